//! JSON within a string: its strings are replaced where they stand, and the rest stays as it was
//! written, so a policy document stays one, with its order and its spaces.

use serde::de::IgnoredAny;

use super::{mapper::Mapper, member::Place, pattern::Budget};

/// How often JSON may be written within a string of JSON. Each level escapes the one below, so
/// what is real has three at most.
const DEPTH: u32 = 6;

/// An array or an object that is open.
struct Open {
    is_array: bool,
    /// The next string is the name of a member.
    wants_name: bool,
    /// Where the strings of this container stand.
    place: Place,
}

impl Mapper<'_> {
    /// A text that may be JSON as a whole.
    pub(super) fn whole(&self, text: &str, place: &Place, out: &mut String) {
        self.at_depth(text, place, 0, out);
    }

    fn at_depth(&self, text: &str, place: &Place, depth: u32, out: &mut String) {
        let from = out.len();
        let top = || Place::new(place.mode(), place.of_aws());
        if depth < DEPTH && looks_like_json(text) && self.rewrite(text, top(), depth, out).is_some()
        {
            return;
        }
        out.truncate(from);
        self.scan(text, place.mode(), out);
    }

    /// Rewrites the strings of JSON; nothing when it is none.
    fn rewrite(&self, text: &str, top: Place, depth: u32, out: &mut String) -> Option<()> {
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        let mut budget = Budget::of(text);
        let mut open: Vec<Open> = Vec::new();
        let mut place = top;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'{' | b'[' => {
                    let is_array = bytes[at] == b'[';
                    let inner = match is_array {
                        true => place.clone(),
                        false => place.inside(),
                    };
                    open.push(Open {
                        is_array,
                        wants_name: !is_array,
                        place: inner.clone(),
                    });
                    place = inner;
                    out.push(char::from(bytes[at]));
                    at += 1;
                }
                b'}' | b']' => {
                    open.pop();
                    if let Some(outer) = open.last() {
                        place = outer.place.clone();
                    }
                    out.push(char::from(bytes[at]));
                    at += 1;
                }
                b',' => {
                    if let Some(container) = open.last_mut() {
                        container.wants_name = !container.is_array;
                    }
                    out.push(',');
                    at += 1;
                }
                b'"' => {
                    let raw = &text[at..at + length_of_string(&bytes[at..])?];
                    at += raw.len();
                    let value: String = serde_json::from_str(raw).ok()?;
                    let container = open.last_mut()?;
                    if container.wants_name {
                        container.wants_name = false;
                        place = container.place.member(&value);
                        let mut name = String::new();
                        container.place.member_name(self, &value, &mut name);
                        write_string(raw, &value, &name, out)?;
                        continue;
                    }
                    let is_array = container.is_array;
                    let mapped = self.alternatives(&value, &place, depth, &mut budget);
                    match mapped.as_slice() {
                        [one] => write_string(raw, &value, one, out)?,
                        several => {
                            let all: Vec<String> = several
                                .iter()
                                .map(serde_json::to_string)
                                .collect::<Result<_, _>>()
                                .ok()?;
                            let all = all.join(",");
                            match is_array {
                                true => out.push_str(&all),
                                false => out.push_str(&format!("[{all}]")),
                            }
                        }
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let end = bytes[at..]
                        .iter()
                        .position(|byte| {
                            matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace()
                        })
                        .map_or(bytes.len(), |length| at + length);
                    let number = &text[at..end];
                    match self.knows_account(number) {
                        true => self.account(number, out),
                        false => out.push_str(number),
                    }
                    at = end;
                }
                _ => {
                    let end = bytes[at..]
                        .iter()
                        .position(|byte| {
                            matches!(
                                byte,
                                b',' | b'}' | b']' | b'{' | b'[' | b'"' | b'-' | b'0'..=b'9'
                            )
                        })
                        .map_or(bytes.len(), |length| at + length)
                        .max(at + 1);
                    out.push_str(&text[at..end]);
                    at = end;
                }
            }
        }
        Some(())
    }

    fn alternatives(
        &self,
        value: &str,
        place: &Place,
        depth: u32,
        budget: &mut Budget,
    ) -> Vec<String> {
        if place.is_pattern() && value.contains(['*', '?']) {
            match self.learning {
                None => return self.pattern(value, budget),
                Some(_) => self.learn_pattern(value),
            }
            return vec![value.to_owned()];
        }
        let mut mapped = String::with_capacity(value.len());
        if place.holds_text() {
            self.at_depth(value, place, depth + 1, &mut mapped);
        } else {
            place.value(self, value, &mut mapped);
        }
        vec![mapped]
    }
}

/// Writes a string, as it was where nothing changed.
fn write_string(raw: &str, value: &str, mapped: &str, out: &mut String) -> Option<()> {
    if value == mapped || mapped.is_empty() {
        out.push_str(raw);
    } else {
        out.push_str(&serde_json::to_string(mapped).ok()?);
    }
    Some(())
}

fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}

/// The length of a string in JSON with both of its quotes.
fn length_of_string(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
