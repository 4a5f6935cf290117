//! Private keys that are printed a line at a time, each line a log event of its own.

use std::{collections::BTreeMap, sync::LazyLock};

use memchr::memmem;

/// No key has so many lines.
const MOST_LINES: u32 = 120;

/// So many streams are remembered at once; keys are rare.
const MOST_STREAMS: usize = 1_024;

/// What a key begins with.
static BEGIN: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new("-----BEGIN "));

/// Which streams are in the middle of a private key.
#[derive(Debug, Default)]
pub(crate) struct KeyBlocks(BTreeMap<String, u32>);

impl KeyBlocks {
    /// Whether the line belongs to a key that an earlier line of its stream began. Lines come in
    /// their order.
    pub(crate) fn take(&mut self, stream: &str, line: &str) -> bool {
        let Some(left) = self.0.get_mut(stream) else {
            return self.begin(stream, line);
        };
        let text = line.trim();
        let ends = text.contains("-----END ");
        if ends || !is_of_key(text) || *left == 0 {
            self.0.remove(stream);
            // Its end says nothing, and what is no part of it is for others to look at.
            return ends && self.begin(stream, line);
        }
        *left -= 1;
        true
    }

    fn begin(&mut self, stream: &str, line: &str) -> bool {
        // Nearly no line has one, and looking for the first is faster than for the last.
        if BEGIN.find(line.as_bytes()).is_none() {
            return false;
        }
        let begins = memmem::rfind(line.as_bytes(), b"-----BEGIN ").is_some_and(|at| {
            let rest = &line[at..];
            rest.contains("PRIVATE KEY") && !rest.contains("-----END ")
        });
        if begins && self.0.len() < MOST_STREAMS {
            self.0.insert(stream.to_owned(), MOST_LINES);
        }
        false
    }
}

/// Whether the text is digits of base64, or a header of a key.
fn is_of_key(text: &str) -> bool {
    let digits = |text: &str| {
        text.trim_end_matches('=')
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/'))
    };
    let header = ["Proc-Type:", "DEK-Info:", "Comment:", "Version:"];
    digits(text) || header.iter().any(|it| text.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_between_begin_and_end_belong_to_the_key() {
        let mut blocks = KeyBlocks::default();
        let lines = [
            ("a", "starting", false),
            ("a", "-----BEGIN RSA PRIVATE KEY-----", false),
            ("b", "MIIEowIBAAKCAQEA", false),
            ("a", "DEK-Info: AES-128-CBC,0A", true),
            ("a", "", true),
            ("a", "MIIEowIBAAKCAQEA75Vs", true),
            ("a", "+x/y==", true),
            ("a", "-----END RSA PRIVATE KEY-----", false),
            ("a", "MIIEowIBAAKCAQEA", false),
            ("b", "-----BEGIN PRIVATE KEY-----", false),
            ("b", "listening on port 8080", false),
            ("b", "deadbeef", false),
        ];
        for (stream, line, wanted) in lines {
            assert_eq!(blocks.take(stream, line), wanted, "{line}");
        }
    }
}
