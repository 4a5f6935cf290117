//! The endpoint over a real connection, by the smallest client that does.

mod apprunner;
mod ecr;
mod faults;
mod iam;
mod logs;
mod network;
mod protocol;
mod secrets;
mod services;
mod trails;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::*;

struct Answered {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answered {
    fn read(response: &[u8]) -> Self {
        let end = response
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("an answer has a head");
        let head = String::from_utf8_lossy(&response[..end]).to_lowercase();
        Self {
            status: head[9..12].parse().unwrap(),
            body: response[end + 4..].to_vec(),
            head,
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The error code, from any protocol.
    fn code(&self) -> String {
        assert_ne!(self.status, 200, "{}", self.text());
        let text = String::from_utf8_lossy(&self.body);
        if let Some((_, rest)) = text.split_once("<Code>") {
            return rest.split('<').next().unwrap().to_owned();
        }
        let value = if self.head.contains("application/cbor") {
            cbor::decode(&self.body).unwrap()
        } else {
            self.json()
        };
        let code = value["__type"].as_str().unwrap();
        code.rsplit('#').next().unwrap().to_owned()
    }
}

fn account(text: &str) -> Account {
    let text = format!("what = \"\"\nexpect = []\n{text}");
    Account::parse("test", &text).unwrap_or_else(|error| panic!("{error}"))
}

fn start(text: &str) -> Endpoint {
    Endpoint::start(account(text), 0).unwrap()
}

fn send(endpoint: &Endpoint, path: &str, headers: &[(&str, String)], body: &[u8]) -> Answered {
    Answered::read(&exchange(endpoint, path, headers, body).unwrap())
}

/// Gets what a URL of the endpoint leads to.
fn download(endpoint: &Endpoint, url: &str) -> Answered {
    let path = url
        .strip_prefix(endpoint.url())
        .expect("it is of this endpoint");
    let response = talk(endpoint, &format!("GET {path} HTTP/1.1"), &[], b"").unwrap();
    Answered::read(&response)
}

fn exchange(
    endpoint: &Endpoint,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    talk(endpoint, &format!("POST {path} HTTP/1.1"), headers, body)
}

fn talk(
    endpoint: &Endpoint,
    line: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    let host = endpoint.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut request = format!(
        "{line}\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    stream.write_all(body)?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(response)
}

fn authorization(region: &str, service: &str) -> (&'static str, String) {
    let value = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261120/{region}/{service}/aws4_request, SignedHeaders=host, Signature=00"
    );
    ("authorization", value)
}

/// Asks a JSON service.
fn ask(endpoint: &Endpoint, target: &str, input: Value) -> Answered {
    ask_in("us-east-1", endpoint, target, input)
}

fn ask_in(region: &str, endpoint: &Endpoint, target: &str, input: Value) -> Answered {
    let (prefix, _) = target.rsplit_once('.').unwrap();
    let service = request::SERVICES
        .iter()
        .find(|it| prefix.ends_with(it.target) && !it.target.is_empty());
    let service = service.unwrap_or_else(|| panic!("no service has the target {prefix}"));
    let version = if service.protocols.contains(&request::Protocol::Json10) {
        "1.0"
    } else {
        "1.1"
    };
    let headers = [
        authorization(region, service.signing_name),
        ("content-type", format!("application/x-amz-json-{version}")),
        ("x-amz-target", target.to_owned()),
    ];
    send(endpoint, "/", &headers, input.to_string().as_bytes())
}

fn ask_iam(endpoint: &Endpoint, form: &str) -> Answered {
    ask_form(endpoint, "iam", form)
}

/// Asks a service that takes forms.
fn ask_form(endpoint: &Endpoint, signing_name: &str, form: &str) -> Answered {
    let headers = [
        authorization("us-east-1", signing_name),
        (
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        ),
    ];
    send(endpoint, "/", &headers, form.as_bytes())
}

fn ask_cbor(endpoint: &Endpoint, signing_name: &str, path: &str, body: &[u8]) -> Answered {
    let headers = [
        authorization("us-east-1", signing_name),
        ("content-type", "application/cbor".to_owned()),
        ("smithy-protocol", "rpc-v2-cbor".to_owned()),
    ];
    send(endpoint, path, &headers, body)
}

fn cbor_of(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// All pages of a list.
fn pages(endpoint: &Endpoint, target: &str, mut input: Value, token: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    loop {
        let page = ask(endpoint, target, input.clone());
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let next = page[token].clone();
        pages.push(page);
        if next.is_null() {
            return pages;
        }
        assert!(pages.len() < 1000, "it never ends");
        input[token] = next;
    }
}

fn arn(endpoint: &Endpoint) -> String {
    endpoint.account().service().arn.clone()
}

fn group(endpoint: &Endpoint) -> String {
    endpoint.account().service().application_log_group()
}
