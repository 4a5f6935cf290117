//! How programs put a text into another.

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrapping {
    Plain,
    Sentence,
    Json,
    JsonInJson,
    Url,
    Base64,
    Base64OfJson,
    UrlOfBase64,
}

impl Wrapping {
    pub(crate) const ALL: &[Self] = &[
        Self::Plain,
        Self::Sentence,
        Self::Json,
        Self::JsonInJson,
        Self::Url,
        Self::Base64,
        Self::Base64OfJson,
        Self::UrlOfBase64,
    ];

    pub(crate) fn wrap(self, text: &str) -> String {
        let json = |text: &str| serde_json::json!({"level": "info", "body": text}).to_string();
        let url = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        match self {
            Self::Plain => text.to_owned(),
            Self::Sentence => format!("2026-11-20 10:00:00 INFO got [{text}] from upstream"),
            Self::Json => json(text),
            Self::JsonInJson => json(&json(text)),
            Self::Url => format!("/v1/items?body={}&page=2", url(text)),
            Self::Base64 => BASE64_STANDARD.encode(text),
            Self::Base64OfJson => format!("payload {}", BASE64_STANDARD.encode(json(text))),
            Self::UrlOfBase64 => format!("?state={}", url(&BASE64_STANDARD.encode(text))),
        }
    }
}
