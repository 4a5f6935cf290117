//! Id and kind of a record, and from there what the record is.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    memory::{Shape, weigh},
    record::{Body, Kind, LogLine, Record},
    time::Time,
};

/// The most of an unknown kind's name that is told.
const NAME: usize = 64;

/// From this size on a log line is understood in a way that is slower and takes less memory.
pub(super) const LONG_LINE: usize = 1 << 20;

/// Why a record is not understood.
pub(super) enum Unparsed {
    /// This version does not know its kind.
    UnknownKind(String),
    /// It is not what its kind says.
    Unreadable(serde_json::Error),
}

/// What every record has.
pub(super) struct Label {
    id: u64,
    kind: KindName,
}

/// A kind, or the begin of the name of one that this version does not know.
struct KindName(Result<Kind, String>);

impl Label {
    /// The label of the record with this text.
    pub(super) fn of(text: &[u8]) -> serde_json::Result<Self> {
        match written_label(text) {
            Some((id, name)) => Ok(Self {
                id,
                kind: KindName::of(name),
            }),
            None => serde_json::from_slice(text),
        }
    }

    /// Whether the record is a log line.
    pub(super) fn is_line(&self) -> bool {
        matches!(self.kind.0, Ok(Kind::ServiceLog | Kind::ApplicationLog))
    }

    /// How much memory the record takes, roughly. Log lines take as much as their text, whose size
    /// is limited.
    pub(super) fn memory(&self, text: &[u8]) -> usize {
        match self.kind.0 {
            Ok(Kind::ServiceLog | Kind::ApplicationLog) | Err(_) => 0,
            Ok(kind) => weigh(text, Shape::of(kind)),
        }
    }

    /// Understands the record.
    pub(super) fn parse(self, text: &[u8]) -> Result<Record, Unparsed> {
        let kind = self.kind.0.map_err(Unparsed::UnknownKind)?;
        let body = match kind {
            Kind::ServiceLog if text.len() > LONG_LINE => long_line(text).map(Body::ServiceLog),
            Kind::ApplicationLog if text.len() > LONG_LINE => {
                long_line(text).map(Body::ApplicationLog)
            }
            kind => Body::of_text(kind, text),
        };
        Ok(Record {
            id: self.id,
            body: body.map_err(Unparsed::Unreadable)?,
        })
    }
}

/// The id and kind of a record that still begins as [`crate::Writer`] wrote it.
fn written_label(text: &[u8]) -> Option<(u64, &str)> {
    let rest = text.strip_prefix(b"{\"id\":")?;
    let comma = memchr::memchr(b',', &rest[..rest.len().min(24)])?;
    let id = std::str::from_utf8(&rest[..comma]).ok()?.parse().ok()?;
    let rest = rest[comma..].strip_prefix(b",\"kind\":\"")?;
    let quote = memchr::memchr(b'"', &rest[..rest.len().min(64)])?;
    let kind = std::str::from_utf8(&rest[..quote]).ok()?;
    (!kind.contains('\\')).then_some((id, kind))
}

impl KindName {
    fn of(name: &str) -> Self {
        Self(Kind::from_name(name).ok_or_else(|| name.chars().take(NAME).collect()))
    }
}

impl<'de> Deserialize<'de> for KindName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = KindName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a kind")
            }

            // A name that is not known is not kept: it may be as long as a record.
            fn visit_str<E: Error>(self, name: &str) -> Result<KindName, E> {
                Ok(KindName::of(name))
            }
        }

        deserializer.deserialize_str(Name)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Label;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record with `id` and `kind`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Label, A::Error> {
                let (mut id, mut kind) = (None, None);
                while let Some(member) = map.next_key::<Member>()? {
                    match member {
                        Member::Id => id = Some(map.next_value::<Number>()?.0),
                        Member::Kind => kind = Some(map.next_value()?),
                        Member::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Label {
                    id: id.ok_or_else(|| A::Error::missing_field("id"))?,
                    kind: kind.ok_or_else(|| A::Error::missing_field("kind"))?,
                })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    Id,
    Kind,
    #[serde(other)]
    Other,
}

/// A number. What stands there instead is not quoted: it may be as long as a record.
struct Number(u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number))
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Number, E> {
                Err(E::custom("`id` is a string and should be a number"))
            }
        }

        // serde_json quotes a string where it was told to expect a number.
        deserializer.deserialize_any(Digits)
    }
}

/// A log line whose strings are unescaped into their place; serde_json makes a copy first.
fn long_line(text: &[u8]) -> serde_json::Result<LogLine> {
    #[derive(Deserialize)]
    struct Raw<'a> {
        time: Time,
        #[serde(borrow)]
        service_id: &'a RawValue,
        #[serde(borrow)]
        stream: &'a RawValue,
        #[serde(default)]
        ingested_at: Option<Time>,
        #[serde(borrow)]
        message: &'a RawValue,
    }

    let raw: Raw<'_> = serde_json::from_slice(text)?;
    let string = |raw: &RawValue| {
        unescaped(raw.get()).ok_or_else(|| serde_json::Error::custom("a string was expected"))
    };
    Ok(LogLine {
        time: raw.time,
        service_id: string(raw.service_id)?,
        stream: string(raw.stream)?,
        ingested_at: raw.ingested_at,
        message: string(raw.message)?,
    })
}

/// What a string token of JSON stands for.
pub(super) fn unescaped(token: &str) -> Option<String> {
    let mut rest = token.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let mut letters = escape.chars();
        let letter = match letters.next()? {
            letter @ ('"' | '\\' | '/') => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (letter, left) = code_point(&escape[1..])?;
                text.push(letter);
                rest = left;
                continue;
            }
            _ => return None,
        };
        text.push(letter);
        rest = letters.as_str();
    }
    text.push_str(rest);
    Some(text)
}

/// The character of four hex digits, or of two times four, and what follows.
fn code_point(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| {
        let digits = text.get(..4)?;
        // Four digits, and no sign before three.
        let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        plain.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let first = unit(text)?;
    let rest = &text[4..];
    if let Some(letter) = char::from_u32(first.into()) {
        return Some((letter, rest));
    }
    let rest = rest.strip_prefix("\\u")?;
    let second = unit(rest)?;
    let letter = char::decode_utf16([first, second]).next()?.ok()?;
    Some((letter, &rest[4..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_unescaped_as_serde_json_does() {
        for token in [
            r#""""#,
            r#""plain é ☃""#,
            r#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00 tail""#,
            r#""\ud83d""#,
            r#""\ud83d\u0041""#,
            r#""\ude00""#,
            r#""\u12""#,
            r#""\u12é4""#,
            r#""\x""#,
            r#""\é""#,
            "7",
            r#"{"a":"b"}"#,
        ] {
            assert_eq!(
                unescaped(token),
                serde_json::from_str::<String>(token).ok(),
                "{token}"
            );
        }
    }

    #[test]
    fn a_long_line_is_what_a_short_one_would_be() {
        let text = br#"{"id":7,"kind":"service_log","service_id":"8fe1","time":"2026-11-20T10:00:00.5Z","stream":"events","message":"a\tb \u2603 \"c\"","later":[1,{"x":"\\"}]}"#;
        let short: LogLine = serde_json::from_slice(text).expect("a log line");
        assert_eq!(long_line(text).expect("a log line"), short);
    }

    #[test]
    fn a_label_is_found_wherever_it_stands() {
        for text in [
            r#"{"id":7,"kind":"operation","x":"y"}"#,
            r#"{ "x": {"id":8}, "kind": "oper\u0061tion", "id": 7 }"#,
        ] {
            let label = Label::of(text.as_bytes()).expect("a label");
            assert_eq!((label.id, label.kind.0), (7, Ok(Kind::Operation)));
        }
        for text in [
            "{}",
            "[7,\"operation\"]",
            r#"{"id":"7","kind":"operation"}"#,
            r#"{"id":7}"#,
            r#"{"id":-7,"kind":"operation"}"#,
        ] {
            assert!(Label::of(text.as_bytes()).is_err(), "{text}");
        }
    }
}
