//! Many replacements at once.

use std::collections::BTreeMap;

/// Words, and what stands in their place.
#[derive(Default)]
pub(super) struct Replacements(BTreeMap<String, String>);

impl Replacements {
    /// Replaces `old`, unless something does so already.
    pub(super) fn add(&mut self, old: &str, other: String) {
        if !old.is_empty() {
            self.0.entry(old.to_owned()).or_insert(other);
        }
    }

    /// The text with every whole word replaced. What is put in is not looked at again, and where
    /// several begin, the longest counts.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = None;
        while let Some(letter) = rest.chars().next() {
            match self.at(rest, before) {
                Some((old, other)) => {
                    out.push_str(other);
                    before = old.chars().next_back();
                    rest = &rest[old.len()..];
                }
                None => {
                    out.push(letter);
                    before = Some(letter);
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        out
    }

    fn at(&self, rest: &str, before: Option<char>) -> Option<(&str, &str)> {
        self.0
            .iter()
            .filter(|(old, _)| {
                rest.starts_with(old.as_str())
                    && is_end(before, old.chars().next())
                    && is_end(old.chars().next_back(), rest[old.len()..].chars().next())
            })
            .max_by_key(|(old, _)| old.len())
            .map(|(old, other)| (old.as_str(), other.as_str()))
    }
}

/// Whether a word begins or ends between two letters.
fn is_end(left: Option<char>, right: Option<char>) -> bool {
    let is_word = |letter: Option<char>| letter.is_some_and(|it| it.is_ascii_alphanumeric());
    !(is_word(left) && is_word(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_replaced_once_and_the_longest_first() {
        let mut new = Replacements::default();
        new.add("shop", "cedar".to_owned());
        new.add("cedar", "wrong".to_owned());
        new.add("shop-private", "inner".to_owned());
        new.add("/health", "/up".to_owned());
        new.add("8080", "4711".to_owned());
        assert_eq!(
            new.apply("shop shop_1 workshop shop-private 0.0.0.0:8080 18080 GET /health /healthz"),
            "cedar cedar_1 workshop inner 0.0.0.0:4711 18080 GET /up /healthz"
        );
    }
}
