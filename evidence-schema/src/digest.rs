//! The digest of a bundle: BLAKE3 over the tokens of its records and its coverage ledger.
//!
//! White space between tokens does not count, so that a bundle that somebody re-indented can still
//! be checked. The manifest does not count, so that two collections of the same state of an
//! account have the same digest.

/// Collects the text of a document from its records up to its member `digest`.
#[derive(Debug, Default)]
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    /// Adds text that has no white space between tokens.
    pub(crate) fn compact(&mut self, text: &[u8]) {
        self.0.update(text);
    }

    /// Adds whole tokens that may have white space between them.
    pub(crate) fn spaced(&mut self, text: &[u8]) {
        let mut rest = text;
        while !rest.is_empty() {
            let token_end = rest
                .iter()
                .position(|byte| byte.is_ascii_whitespace() || *byte == b'"')
                .unwrap_or(rest.len());
            self.0.update(&rest[..token_end]);
            rest = &rest[token_end..];
            match rest.first() {
                Some(b'"') => {
                    let end = string_end(rest).unwrap_or(rest.len());
                    self.0.update(&rest[..end]);
                    rest = &rest[end..];
                }
                Some(_) => rest = &rest[1..],
                None => {}
            }
        }
    }

    /// The digest as a bundle states it.
    pub(crate) fn finish(&self) -> String {
        format!("blake3:{}", self.0.finalize().to_hex())
    }
}

/// The length of the string token that `text` begins with, quotes included.
pub(crate) fn string_end(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_counts_inside_strings_only() {
        let mut compact = Digest::default();
        compact.compact(br#"{"a":"x \" y","b":[1,2]}"#);
        let mut spaced = Digest::default();
        spaced.spaced(b"{\n  \"a\" : \"x \\\" y\",\n\t\"b\": [1, 2]\r\n}");
        assert_eq!(compact.finish(), spaced.finish());

        let mut changed = Digest::default();
        changed.spaced(br#"{"a":"x  \" y","b":[1,2]}"#);
        assert_ne!(compact.finish(), changed.finish());
    }
}
