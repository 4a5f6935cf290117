//! The digest of a bundle: BLAKE3 over the tokens of its records and its coverage ledger.
//!
//! White space between tokens does not count, so that a bundle that somebody re-indented can still
//! be checked. The manifest does not count, so that two collections of the same state of an
//! account have the same digest.

/// How much text is hashed at once: BLAKE3 is several times as fast with long pieces.
const PIECE: usize = 64 << 10;

/// Collects the text of a document from its records up to its member `digest`.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    hasher: blake3::Hasher,
    /// Text that waits for more.
    waiting: Vec<u8>,
}

impl Digest {
    /// Adds text that has no white space between tokens.
    pub(crate) fn compact(&mut self, text: &[u8]) {
        if self.waiting.len() + text.len() >= PIECE {
            self.hasher.update(&self.waiting);
            self.waiting.clear();
        }
        if text.len() >= PIECE {
            self.hasher.update(text);
        } else {
            self.waiting.extend_from_slice(text);
        }
    }

    /// Adds whole tokens that may have white space between them.
    pub(crate) fn spaced(&mut self, text: &[u8]) {
        let (mut from, mut at) = (0, 0);
        while let Some(byte) = text.get(at) {
            match byte {
                b'"' => at += string_end(&text[at..]).unwrap_or(text.len() - at),
                byte if byte.is_ascii_whitespace() => {
                    self.compact(&text[from..at]);
                    at += 1;
                    from = at;
                }
                _ => at += 1,
            }
        }
        self.compact(&text[from..]);
    }

    /// The digest as a bundle states it.
    pub(crate) fn finish(&self) -> String {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.waiting);
        format!("blake3:{}", hasher.finalize().to_hex())
    }
}

/// The length of the string token that `text` begins with, quotes included.
pub(crate) fn string_end(text: &[u8]) -> Option<usize> {
    string_end_from(text, 1).ok()
}

/// The same, with everything before `at` known to be inside of the string. `Err`: it does not end
/// here, and this is where to go on once there is more of it.
pub(crate) fn string_end_from(text: &[u8], mut at: usize) -> Result<usize, usize> {
    while let Some(rest) = text.get(at..) {
        let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
            return Err(text.len());
        };
        if rest[found] == b'"' {
            return Ok(at + found + 1);
        }
        at += found + 2;
    }
    Err(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_that_comes_in_pieces_ends_where_it_ends() {
        let text = br#""a \" b \\" tail"#;
        let whole = string_end(text).expect("it ends");
        for first in 1..whole {
            let resume = string_end_from(&text[..first], 1).expect_err("it goes on");
            assert_eq!(string_end_from(text, resume), Ok(whole), "cut at {first}");
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_digest_of_the_whole() {
        let text: Vec<u8> = (0..3 * PIECE).map(|at| (at % 251) as u8).collect();
        for size in [7, PIECE - 1, PIECE, PIECE + 1, text.len()] {
            let mut digest = Digest::default();
            text.chunks(size).for_each(|piece| digest.compact(piece));
            let whole = format!("blake3:{}", blake3::hash(&text).to_hex());
            assert_eq!(digest.finish(), whole, "{size}");
        }
    }

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
