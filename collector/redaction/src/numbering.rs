//! Fingerprints become numbers in the order of their appearance in the bundle.
//!
//! A keyed hash would differ between two collections of the same account; a number does not, and it
//! lets nobody guess a weak value, even with the key.

use std::{borrow::Cow, collections::HashMap};

use memchr::memmem;

use crate::marker::{DIGITS, END, Fingerprints, RUNNING};

/// So many values are told apart; an application that prints a new token in every line must not
/// fill the memory.
const MOST: usize = 65_536;

/// A longer number is none that was given here.
const MOST_DIGITS: usize = 9;

/// Gives each fingerprint a number.
#[derive(Debug, Default)]
pub struct Numbering(HashMap<[u8; DIGITS], u32>);

impl Numbering {
    /// The text with numbers in place of the fingerprints of this run.
    pub fn text<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        replaced(text, |digits| {
            let next = u32::try_from(self.0.len() + 1).ok()?;
            let known = self.0.get(digits).copied();
            if known.is_none() && self.0.len() < MOST {
                self.0.insert(*digits, next);
                return Some(next);
            }
            known
        })
    }
}

/// The line of a finished bundle with its numbers as fingerprints of this run, so that they stay
/// apart from new ones.
pub fn renamed<'a>(fingerprints: &Fingerprints, line: &'a str) -> Cow<'a, str> {
    let mut clean = String::new();
    let mut copied = 0;
    for at in memmem::find_iter(line.as_bytes(), "fp-") {
        let rest = &line[at + 3..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let digits = match rest.starts_with("more") {
            true => "more".len(),
            false => digits,
        };
        let (before, after) = (&line[..at], &rest[digits..]);
        let in_marker = before.ends_with(':') && after.starts_with(END);
        let in_member = before.ends_with("\"fingerprint\":\"") && after.starts_with('"');
        if digits == 0 || digits > MOST_DIGITS || at < copied || !(in_marker || in_member) {
            continue;
        }
        let end = at + 3 + digits;
        clean.push_str(&line[copied..at]);
        clean.push_str(&fingerprints.of(&line[at..end]).to_string());
        copied = end;
    }
    if copied == 0 {
        return Cow::Borrowed(line);
    }
    clean.push_str(&line[copied..]);
    Cow::Owned(clean)
}

/// The text without the fingerprints of this run, by which records would be sorted otherwise in
/// every run.
pub fn unnumbered(text: &str) -> Cow<'_, str> {
    replaced(text, |_| None)
}

fn replaced(text: &str, mut number: impl FnMut(&[u8; DIGITS]) -> Option<u32>) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut copied = 0;
    for at in memmem::find_iter(text.as_bytes(), RUNNING) {
        let begin = at + RUNNING.len();
        let digits = text.as_bytes().get(begin..begin + DIGITS);
        let Some(digits) = digits.and_then(|it| <&[u8; DIGITS]>::try_from(it).ok()) else {
            continue;
        };
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            continue;
        }
        clean.push_str(&text[copied..at]);
        clean.push_str("fp-");
        match number(digits) {
            Some(number) => clean.push_str(&number.to_string()),
            None => clean.push_str("more"),
        }
        copied = begin + DIGITS;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number_and_new_ones_the_next() {
        let prints = Fingerprints::new([7; 32]);
        let (one, two) = (prints.of("one"), prints.of("two"));
        let mut numbering = Numbering::default();
        assert_eq!(
            numbering.text(&format!("{two} {one} {two}")),
            "fp-1 fp-2 fp-1"
        );
        assert_eq!(numbering.text(&format!("{one}…")), "fp-2…");
        assert_eq!(numbering.text("fp~xyz fp-1"), "fp~xyz fp-1");
        assert_eq!(unnumbered(&format!("a{one}")), "afp-more");
    }

    #[test]
    fn numbers_of_a_finished_bundle_stay_apart_from_new_ones() {
        let prints = Fingerprints::new([7; 32]);
        let old = "{\"fingerprint\":\"fp-7\",\"text\":\"‹redacted:x:8-31:fp-7› ‹redacted:y:8-31:fp-2› fp-3\"}";
        let line = format!("{} {}", prints.of("new"), renamed(&prints, old));
        assert_eq!(
            Numbering::default().text(&line),
            "fp-1 {\"fingerprint\":\"fp-2\",\"text\":\"‹redacted:x:8-31:fp-2› ‹redacted:y:8-31:fp-3› fp-3\"}"
        );
        let plain = "‹redacted:x:8-31:fp-1234567890› fp- fp-x";
        assert_eq!(renamed(&prints, plain), plain);
    }

    #[test]
    fn beyond_the_most_they_are_not_told_apart() {
        let prints = Fingerprints::new([7; 32]);
        let mut numbering = Numbering::default();
        for number in 0..MOST {
            numbering.text(&prints.of(&number.to_string()).to_string());
        }
        assert_eq!(numbering.text(&prints.of("new").to_string()), "fp-more");
        assert_eq!(numbering.text(&prints.of("0").to_string()), "fp-1");
    }
}
