//! AWS Query: a form in the request, XML in the answer.

use chrono::SecondsFormat;
use serde_json::{Map, Value};

use super::answer::{Failure, Out};

/// The parameters of a form, all as text.
pub(super) fn decode(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    let malformed = || Failure::new("MalformedQueryString", "The query string is malformed");
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut parameters = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode(name).ok_or_else(malformed)?;
        let value = percent_decode(value).ok_or_else(malformed)?;
        parameters.insert(name, Value::String(value));
    }
    Ok(parameters)
}

pub(super) fn encode(operation: &str, out: &Out, namespace: &str, request_id: &str) -> Vec<u8> {
    let mut text = format!("<{operation}Response xmlns=\"{namespace}\">");
    write(&mut text, &format!("{operation}Result"), out);
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
    write(&mut text, "Code", &Out::from(&failure.code));
    write(&mut text, "Message", &Out::from(&failure.message));
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

fn write(text: &mut String, name: &str, out: &Out) {
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
        Out::Time(time) => text.push_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true)),
        Out::List(items) => {
            for item in items {
                write(text, "member", item);
            }
        }
        Out::Map(members) => {
            for (name, value) in members {
                write(text, name, value);
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
