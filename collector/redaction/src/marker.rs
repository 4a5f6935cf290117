//! What stands for a value that may not leave: which kind of secret it was, how long it roughly was,
//! and whether it equals another one.

use std::fmt;

use evidence_schema::{Fingerprint, LengthClass, Withheld};

/// What every marker begins with.
pub(crate) const BEGIN: &str = "‹redacted:";

/// What every marker ends with.
pub(crate) const END: char = '›';

/// A longer text is no marker.
const LONGEST: usize = 160;

/// What a fingerprint begins with while a collection runs.
pub(crate) const RUNNING: &str = "fp~";

/// How many hex digits it then has.
pub(crate) const DIGITS: usize = 32;

/// Makes the fingerprints of one collection. Their key is random, never written, and thrown away
/// with the process.
#[derive(Clone)]
pub struct Fingerprints {
    key: [u8; 32],
}

/// Equal within one collection exactly when the values are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print([u8; DIGITS / 2]);

impl Fingerprints {
    /// With a key that nobody else knows.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// What stands in a record for `value`.
    pub fn withhold(&self, value: &str) -> Withheld {
        Withheld {
            fingerprint: Fingerprint(self.of(value).to_string()),
            length: LengthClass::of(value),
        }
    }

    pub(crate) fn of(&self, value: &str) -> Print {
        let hash = blake3::keyed_hash(&self.key, value.as_bytes());
        let mut print = [0; DIGITS / 2];
        print.copy_from_slice(&hash.as_bytes()[..DIGITS / 2]);
        Print(print)
    }
}

impl fmt::Debug for Fingerprints {
    /// Without the key, which would let somebody guess weak values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprints")
    }
}

impl Print {
    fn push(self, out: &mut String) {
        const HEX: &[u8; 16] = b"0123456789abcdef";

        out.push_str(RUNNING);
        for byte in self.0 {
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(RUNNING.len() + DIGITS);
        self.push(&mut text);
        f.write_str(&text)
    }
}

/// Appends the marker of a secret.
pub(crate) fn push(out: &mut String, kind: &str, length: LengthClass, print: Print) {
    for part in [BEGIN, kind, ":", length.as_str(), ":"] {
        out.push_str(part);
    }
    print.push(out);
    out.push(END);
}

/// The length of the marker that `text` begins with.
pub(crate) fn length_at(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(BEGIN)?;
    let end = rest.bytes().take(LONGEST).position(|it| it == END_BYTE)?;
    let mut parts = rest.get(..end)?.split(':');
    let (kind, length, print) = (parts.next()?, parts.next()?, parts.next()?);
    let is_marker = parts.next().is_none()
        && !kind.is_empty()
        && kind.bytes().all(is_of_kind)
        && LengthClass::ALL.iter().any(|it| it.as_str() == length)
        && is_print(print);
    is_marker.then_some(BEGIN.len() + end + END.len_utf8())
}

/// The first byte of [`END`], which no other part of a marker has.
const END_BYTE: u8 = 0xe2;

/// Whether the byte may stand in the name of a kind.
pub(crate) fn is_of_kind(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn is_print(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix(RUNNING) {
        return digits.len() == DIGITS && digits.bytes().all(|it| it.is_ascii_hexdigit());
    }
    text.strip_prefix("fp-").is_some_and(|number| {
        number == "more"
            || (number.len() < 10
                && !number.is_empty()
                && number.bytes().all(|it| it.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_within_a_collection_only() {
        let (one, other) = (Fingerprints::new([1; 32]), Fingerprints::new([2; 32]));
        assert_eq!(one.withhold("hunter2"), one.withhold("hunter2"));
        assert_ne!(one.withhold("hunter2"), one.withhold("hunter3"));
        assert_ne!(one.withhold("hunter2"), other.withhold("hunter2"));
        assert!(!one.withhold("hunter2").fingerprint.0.contains("hunter2"));
    }

    #[test]
    fn a_marker_is_known_again_and_nothing_else_is_one() {
        let print = Fingerprints::new([1; 32]).of("x");
        let mut text = String::new();
        push(&mut text, "env.DB_URL", LengthClass::Long, print);
        assert_eq!(length_at(&text), Some(text.len()));
        assert_eq!(length_at(&format!("{text} and on")), Some(text.len()));
        assert_eq!(length_at("‹redacted:github-token:8-31:fp-12› x"), Some(38));
        for other in [
            "‹redacted:github-token:8-31:fp-12",
            "‹redacted:github-token:9-31:fp-12›",
            "‹redacted:github-token:8-31:ghp_0123›",
            "‹redacted::8-31:fp-1›",
            "‹redacted:a b:8-31:fp-1›",
            "redacted:a:8-31:fp-1",
        ] {
            assert_eq!(length_at(other), None, "{other}");
        }
    }
}
