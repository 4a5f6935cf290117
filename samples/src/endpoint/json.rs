//! AWS JSON 1.0 and 1.1.

use serde_json::Value;

use super::answer::{Failure, Out};

pub(super) fn decode(body: &[u8]) -> Result<Value, Failure> {
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(Failure::new("SerializationException", "")),
    }
}

pub(super) fn encode(out: &Out) -> Vec<u8> {
    let mut text = Vec::new();
    write(&mut text, out);
    text
}

/// An error; JSON 1.0 services name the namespace of the code.
pub(super) fn encode_failure(failure: &Failure, service: &str, namespace: Option<&str>) -> Vec<u8> {
    let code = match namespace {
        Some(namespace) => format!("{namespace}#{}", failure.code),
        None => failure.code.clone(),
    };
    encode(
        &Out::map()
            .with("__type", code)
            .with(message_member(service, &failure.code), &failure.message),
    )
}

/// How the models spell the member that holds the message.
fn message_member(service: &str, code: &str) -> &'static str {
    match (service, code) {
        ("apprunner" | "secretsmanager" | "servicequotas", _) | ("ssm", "InvalidNextToken") => {
            "Message"
        }
        _ => "message",
    }
}

fn write(text: &mut Vec<u8>, out: &Out) {
    match out {
        Out::Bool(value) => text.extend(value.to_string().bytes()),
        Out::Int(value) => text.extend(value.to_string().bytes()),
        Out::Float(value) => text.extend(Value::from(*value).to_string().bytes()),
        Out::Text(value) => write_text(text, value),
        Out::Time(time) => {
            let seconds = time.timestamp_millis() as f64 / 1000.0;
            text.extend(Value::from(seconds).to_string().bytes());
        }
        Out::List(items) => {
            text.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(b',');
                }
                write(text, item);
            }
            text.push(b']');
        }
        Out::Map(members) => {
            text.push(b'{');
            for (position, (name, value)) in members.iter().enumerate() {
                if position > 0 {
                    text.push(b',');
                }
                write_text(text, name);
                text.push(b':');
                write(text, value);
            }
            text.push(b'}');
        }
    }
}

fn write_text(text: &mut Vec<u8>, value: &str) {
    serde_json::to_writer(text, value).expect("a text is always JSON and a vector takes it");
}
