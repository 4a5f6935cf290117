//! Log lines that still stand as [`crate::Writer`] wrote them, which nearly all of a large bundle
//! is. They are measured and understood in one pass; everything else takes the way of serde.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::label::{LONG_LINE, unescaped};
use crate::{
    digest::string_end,
    record::{Body, LogLine, Record},
    time::Time,
};

/// A log line whose strings are those of the bundle's text, as far as they need no unescaping.
#[derive(Debug)]
pub(super) struct Written<'a> {
    pub(super) id: u64,
    pub(super) is_service: bool,
    pub(super) time: Time,
    pub(super) service_id: Cow<'a, str>,
    pub(super) stream: Cow<'a, str>,
    pub(super) ingested_at: Option<Time>,
    pub(super) message: Cow<'a, str>,
    /// The length of its text.
    pub(super) len: usize,
    /// Whether there is white space between its tokens.
    pub(super) spaced: bool,
}

impl Written<'_> {
    /// The record.
    pub(super) fn into_record(self) -> Record {
        let line = LogLine {
            time: self.time,
            service_id: self.service_id.into_owned(),
            stream: self.stream.into_owned(),
            ingested_at: self.ingested_at,
            message: self.message.into_owned(),
        };
        let body = match self.is_service {
            true => Body::ServiceLog(line),
            false => Body::ApplicationLog(line),
        };
        Record { id: self.id, body }
    }
}

/// The log line that `text` begins with. `None`: it is something else, is not written as a
/// [`crate::Writer`] does, or is not whole.
pub(super) fn written(text: &[u8]) -> Option<Written<'_>> {
    let mut spaced = false;
    let mut value = |rest, key| value(rest, key, &mut spaced);
    let (id, rest) = number(value(text, b"{\"id\"")?)?;
    let rest = value(rest, b"\"kind\"")?;
    let (is_service, rest) = match rest.strip_prefix(b"\"application_log\"") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix(b"\"service_log\"")?),
    };
    let (time, rest) = time(value(rest, b"\"time\"")?)?;
    let (service_id, rest) = string(value(rest, b"\"service_id\"")?)?;
    let (stream, rest) = string(value(rest, b"\"stream\"")?)?;
    let (ingested_at, rest) = match value(rest, b"\"ingested_at\"") {
        Some(rest) => {
            let (time, rest) = self::time(rest)?;
            (Some(time), rest)
        }
        None => (None, rest),
    };
    let (message, rest) = string(value(rest, b"\"message\"")?)?;
    let rest = rest.strip_prefix(b"}")?;
    Some(Written {
        id,
        is_service,
        time,
        service_id,
        stream,
        ingested_at,
        message,
        len: text.len() - rest.len(),
        spaced,
    })
}

/// What follows a key, which follows a comma if it is not the first. Some programs put a space
/// behind colon and comma.
fn value<'a>(text: &'a [u8], key: &[u8], spaced: &mut bool) -> Option<&'a [u8]> {
    let text = match key[0] {
        b'{' => text,
        _ => behind(text, b',', spaced)?,
    };
    behind(text.strip_prefix(key)?, b':', spaced)
}

fn behind<'a>(text: &'a [u8], mark: u8, spaced: &mut bool) -> Option<&'a [u8]> {
    match text {
        [first, b' ', rest @ ..] if *first == mark => {
            *spaced = true;
            Some(rest)
        }
        [first, rest @ ..] if *first == mark => Some(rest),
        _ => None,
    }
}

/// A whole number without a sign, and what follows it.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Twenty digits may be too many, and JSON has no leading zeros.
    if !(1..20).contains(&digits) || (digits > 1 && text[0] == b'0') {
        return None;
    }
    let (digits, rest) = text.split_at(digits);
    Some((decimal(digits), rest))
}

/// What up to nineteen digits stand for.
fn decimal(digits: &[u8]) -> u64 {
    let add = |number, digit: &u8| number * 10 + u64::from(digit - b'0');
    digits.iter().fold(0, add)
}

/// A time such as `"2026-11-20T10:00:00Z"` or `"2026-11-20T10:00:00.123Z"`, and what follows it.
fn time(text: &[u8]) -> Option<(Time, &[u8])> {
    let (clock, rest) = text.strip_prefix(b"\"")?.split_at_checked(19)?;
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => rest.split_at_checked(3)?,
        None => (b"000".as_slice(), rest),
    };
    let rest = rest.strip_prefix(b"Z\"")?;
    let part = |digits: &[u8]| {
        let whole = digits.iter().all(u8::is_ascii_digit);
        whole.then(|| decimal(digits) as u32)
    };
    for (at, mark) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
        if clock[at] != mark {
            return None;
        }
    }
    let year = part(&clock[..4])?;
    let date = NaiveDate::from_ymd_opt(year as i32, part(&clock[5..7])?, part(&clock[8..10])?)?;
    let time = date.and_hms_milli_opt(
        part(&clock[11..13])?,
        part(&clock[14..16])?,
        part(&clock[17..])?,
        part(fraction)?,
    )?;
    Some((time.and_utc(), rest))
}

/// A string, and what follows it.
fn string(text: &[u8]) -> Option<(Cow<'_, str>, &[u8])> {
    if text.first() != Some(&b'"') {
        return None;
    }
    let (token, rest) = text.split_at(string_end(text)?);
    // A long one is understood in the way that takes less memory.
    if token.len() > LONG_LINE || token.iter().fold(false, |any, byte| any | (*byte < b' ')) {
        return None;
    }
    let token = std::str::from_utf8(token).ok()?;
    let string = match memchr::memchr(b'\\', token.as_bytes()) {
        Some(_) => Cow::Owned(unescaped(token)?),
        None => Cow::Borrowed(&token[1..token.len() - 1]),
    };
    Some((string, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":7,"kind":"application_log","time":"2026-11-20T10:00:00.250Z","service_id":"8fe1","stream":"instance/é","ingested_at":"2024-02-29T23:59:59Z","message":"a\tb \u2603 \"c\" \\"}"#;

    fn by_serde(text: &str) -> Option<Record> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn a_line_is_what_serde_says() {
        let service = LINE.replace("application_log", "service_log");
        let bare = LINE.replace(r#""ingested_at":"2024-02-29T23:59:59Z","#, "");
        let spaced = LINE.replace(r#"":"#, r#"": "#).replace(r#","#, r#", "#);
        for text in [LINE, &service, &bare, &spaced] {
            let followed = format!("{text},\n{{");
            let line = written(followed.as_bytes()).expect("a line as it was written");
            assert_eq!((line.len, line.spaced), (text.len(), text == spaced));
            assert_eq!(Some(line.into_record()), by_serde(text));
        }
        for len in 0..LINE.len() {
            assert!(written(&LINE.as_bytes()[..len]).is_none(), "{len}");
        }
    }

    #[test]
    fn what_is_understood_here_serde_understands_the_same() {
        for (old, new) in [
            ("7", "07"),
            ("7", "-7"),
            ("7", "7.0"),
            ("7", "0"),
            ("7", "18446744073709551615"),
            ("7", "18446744073709551616"),
            ("application", "platform"),
            ("2026-11-20", "2026-02-29"),
            ("2026-11-20", "2026-13-20"),
            ("2026-11-20", "+226-11-20"),
            ("2026-11-20", "0000-01-01"),
            ("T10:00:00", "T24:00:00"),
            ("T10:00:00", "T10:59:60"),
            ("T10:00:00", "t10:00:00"),
            ("T10:00:00", " 10:00:00"),
            ("T10:00:00", "T1é:00:0"),
            (".250Z", ".25Z"),
            (".250Z", ".250000001Z"),
            (".250Z", ".250+01:00"),
            (".250Z", ".Z"),
            (r#""8fe1""#, "7"),
            (r#""8fe1""#, r#""\u0038fe1""#),
            (r"\t", r"\ud83d"),
            (r"\t", "\t"),
            (r"\t", "\u{7f}"),
            (r#"\\"}"#, r#"\\"x}"#),
            (r#"\\"}"#, r#"\\","later":1}"#),
            (",", ", "),
        ] {
            let text = LINE.replacen(old, new, 1);
            assert_ne!(text, LINE);
            if let Some(line) = written(text.as_bytes()) {
                assert_eq!(line.len, text.len(), "{new}");
                assert_eq!(Some(line.into_record()), by_serde(&text), "{new}");
            }
        }
        let mut bytes = LINE.as_bytes().to_vec();
        let end = bytes.len() - 6;
        bytes[end] = 0xff;
        assert!(written(&bytes).is_none());
    }
}
