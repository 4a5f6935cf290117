//! AWS Query: a form in the request, XML in the answer. EC2 speaks a dialect of its own.

use chrono::SecondsFormat;
use serde_json::{Map, Value};

use super::answer::{Failure, Out};

/// How a service writes XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// Items are `member`, times have seconds.
    Query,
    /// Items are `item`, times have milliseconds.
    Ec2,
}

/// The parameters of a form, all as text, in the lists and structures that their names spell.
pub(super) fn decode(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    let malformed = || Failure::new("MalformedQueryString", "The query string is malformed");
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut parameters = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode(name).ok_or_else(malformed)?;
        let value = percent_decode(value).ok_or_else(malformed)?;
        let path = name.split('.').collect::<Vec<_>>();
        insert(&mut parameters, &path, value).ok_or_else(malformed)?;
    }
    Ok(parameters
        .into_iter()
        .map(|(name, value)| (name, lists(value)))
        .collect())
}

/// Puts a value where its path leads, through structures.
fn insert(into: &mut Map<String, Value>, path: &[&str], value: String) -> Option<()> {
    match path {
        [] => None,
        [name] => {
            into.insert((*name).to_owned(), Value::String(value));
            Some(())
        }
        [name, rest @ ..] => {
            let inner = into
                .entry(*name)
                .or_insert_with(|| Value::Object(Map::new()));
            insert(inner.as_object_mut()?, rest, value)
        }
    }
}

/// Structures whose members are numbers are lists; Query puts a `member` in between, EC2 does not.
fn lists(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let inner = match members.get("member") {
        Some(Value::Object(inner)) if members.len() == 1 => inner.clone(),
        _ => members,
    };
    let number = |name: &String| name.parse::<u64>().ok();
    if !inner.is_empty() && inner.keys().all(|name| number(name).is_some()) {
        let mut items = inner.into_iter().collect::<Vec<_>>();
        items.sort_by_key(|(name, _)| number(name));
        return items.into_iter().map(|(_, value)| lists(value)).collect();
    }
    let members = inner.into_iter().map(|(name, value)| (name, lists(value)));
    Value::Object(members.collect())
}

/// An answer of EC2: no wrapper around the members, and the id of the request among them.
pub(super) fn encode_ec2(operation: &str, out: &Out, namespace: &str, request_id: &str) -> Vec<u8> {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{operation}Response xmlns=\"{namespace}\"><requestId>{request_id}</requestId>"
    );
    if let Out::Map(members) = out {
        for (name, value) in members {
            write(&mut text, name, value, Dialect::Ec2);
        }
    }
    text.push_str(&format!("</{operation}Response>"));
    text.into_bytes()
}

/// An error of EC2, which is in no namespace.
pub(super) fn encode_ec2_failure(failure: &Failure, request_id: &str) -> Vec<u8> {
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>".to_owned();
    write(&mut text, "Code", &Out::from(&failure.code), Dialect::Ec2);
    write(
        &mut text,
        "Message",
        &Out::from(&failure.message),
        Dialect::Ec2,
    );
    text.push_str(&format!(
        "</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    ));
    text.into_bytes()
}

pub(super) fn encode(operation: &str, out: &Out, namespace: &str, request_id: &str) -> Vec<u8> {
    let mut text = format!("<{operation}Response xmlns=\"{namespace}\">");
    write(
        &mut text,
        &format!("{operation}Result"),
        out,
        Dialect::Query,
    );
    text.push_str(&format!(
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    ));
    text.into_bytes()
}

pub(super) fn encode_failure(failure: &Failure, namespace: &str, request_id: &str) -> Vec<u8> {
    let fault = if failure.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let mut text = format!("<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type>");
    write(&mut text, "Code", &Out::from(&failure.code), Dialect::Query);
    write(
        &mut text,
        "Message",
        &Out::from(&failure.message),
        Dialect::Query,
    );
    text.push_str(&format!(
        "</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    ));
    text.into_bytes()
}

/// The text as IAM encodes policies in its answers.
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn write(text: &mut String, name: &str, out: &Out, dialect: Dialect) {
    text.push_str(&format!("<{name}>"));
    match out {
        Out::Bool(value) => text.push_str(&value.to_string()),
        Out::Int(value) => text.push_str(&value.to_string()),
        Out::Float(value) => text.push_str(&value.to_string()),
        Out::Text(value) => {
            for letter in value.chars() {
                match letter {
                    '&' => text.push_str("&amp;"),
                    '<' => text.push_str("&lt;"),
                    '>' => text.push_str("&gt;"),
                    letter => text.push(letter),
                }
            }
        }
        Out::Time(time) => {
            let format = match dialect {
                Dialect::Query => SecondsFormat::Secs,
                Dialect::Ec2 => SecondsFormat::Millis,
            };
            text.push_str(&time.to_rfc3339_opts(format, true));
        }
        Out::List(items) => {
            let tag = match dialect {
                Dialect::Query => "member",
                Dialect::Ec2 => "item",
            };
            for item in items {
                write(text, tag, item, dialect);
            }
        }
        Out::Map(members) => {
            for (name, value) in members {
                write(text, name, value, dialect);
            }
        }
    }
    text.push_str(&format!("</{name}>"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let form = decode(b"Action=GetRole&RoleName=a%2Bb+c&Empty=").unwrap();
        assert_eq!(form["RoleName"], "a+b c");
        assert_eq!(form["Empty"], "");
        assert_eq!(decode(b"Name=%2").unwrap_err().code, "MalformedQueryString");
    }

    #[test]
    fn lists_are_spelled_in_the_names() {
        let form = "ActionNames.member.2=b&ActionNames.member.1=a&ActionNames.member.10=c&Filter.1.Name=x&Filter.1.Value.1=y";
        let form = Value::Object(decode(form.as_bytes()).unwrap());
        assert_eq!(form["ActionNames"], serde_json::json!(["a", "b", "c"]));
        let filter = serde_json::json!([{"Name": "x", "Value": ["y"]}]);
        assert_eq!(form["Filter"], filter);
        let wrong = decode(b"Name=a&Name.1=b").unwrap_err();
        assert_eq!(wrong.code, "MalformedQueryString");
    }

    #[test]
    fn a_policy_is_encoded_as_iam_does() {
        assert_eq!(percent_encode("{\"a\": 1}"), "%7B%22a%22%3A%201%7D");
    }

    #[test]
    fn xml_is_escaped() {
        let out = Out::map().with("A", "<&>");
        let text = String::from_utf8(encode("Get", &out, "urn:x", "id")).unwrap();
        assert!(
            text.contains("<GetResult><A>&lt;&amp;&gt;</A></GetResult>"),
            "{text}"
        );
    }
}
