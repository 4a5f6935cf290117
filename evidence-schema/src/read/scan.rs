//! Finds the values of a JSON document without building them.
//!
//! serde_json reads a whole array at once; a bundle's is too large for that. This finds where each
//! value ends, bounds its size and depth, and hands the text of one value on.

use std::io::BufRead;

use super::{Limits, ReadError, Stop, text::Text};
use crate::digest::{Digest, string_end};

/// Walks over a document token by token.
pub(super) struct Scanner<R> {
    text: Text<R>,
    limits: Limits,
    buffer: Vec<u8>,
    /// What of the buffer was consumed.
    at: usize,
    /// What of the document was dropped from the buffer.
    dropped: u64,
    over: bool,
    digest: Digest,
    /// A comma and a key that count only if the member is not the digest itself.
    pending: Vec<u8>,
    /// Whether what is consumed counts for the digest.
    counting: bool,
}

impl<R: BufRead> Scanner<R> {
    pub(super) fn new(text: Text<R>, limits: Limits) -> Self {
        Self {
            text,
            limits,
            buffer: Vec::new(),
            at: 0,
            dropped: 0,
            over: false,
            digest: Digest::default(),
            pending: Vec::new(),
            counting: false,
        }
    }

    /// Begins the digest, behind the key of the records.
    pub(super) fn begin_digest(&mut self) {
        self.pending.clear();
        self.counting = true;
    }

    /// The digest over the records and what followed up to its own member.
    pub(super) fn digest(&self) -> String {
        self.digest.finish()
    }

    /// Consumes `wanted`.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), Stop> {
        if self.peek()? != wanted {
            return Err(self.malformed("another character was expected"));
        }
        self.at += 1;
        self.flush_pending();
        self.count(&[wanted]);
        Ok(())
    }

    /// Consumes `close` if it comes next.
    pub(super) fn ends(&mut self, close: u8) -> Result<bool, Stop> {
        let ends = self.peek()? == close;
        if ends {
            self.at += 1;
            self.count(&[close]);
        }
        Ok(ends)
    }

    /// Consumes a comma (`true`) or `close` (`false`).
    pub(super) fn more(&mut self, close: u8) -> Result<bool, Stop> {
        if self.ends(close)? {
            return Ok(false);
        }
        if self.peek()? != b',' {
            return Err(self.malformed("a comma or the end was expected"));
        }
        self.at += 1;
        self.pending.push(b',');
        Ok(true)
    }

    /// Consumes the key of a member and its colon.
    pub(super) fn key(&mut self) -> Result<String, Stop> {
        if self.peek()? != b'"' {
            return Err(self.malformed("a member name was expected"));
        }
        let len = self.measure()?;
        let token = &self.buffer[self.at..self.at + len];
        let key = serde_json::from_slice(token)
            .map_err(|_| self.malformed("a member name is not a string"))?;
        self.pending.extend_from_slice(token);
        self.at += len;
        if self.peek()? != b':' {
            return Err(self.malformed("a colon was expected"));
        }
        self.at += 1;
        self.pending.push(b':');
        Ok(key)
    }

    /// Consumes a value and gives its text.
    pub(super) fn value(&mut self) -> Result<&[u8], Stop> {
        self.peek()?;
        let len = self.measure()?;
        self.flush_pending();
        let value = self.at..self.at + len;
        self.at += len;
        if self.counting {
            self.digest.spaced(&self.buffer[value.clone()]);
        }
        Ok(&self.buffer[value])
    }

    /// Consumes the value of the digest: the digest itself ends before this member.
    pub(super) fn value_undigested(&mut self) -> Result<&[u8], Stop> {
        self.pending.clear();
        self.counting = false;
        self.value()
    }

    /// Makes sure that nothing follows.
    pub(super) fn expect_end(&mut self) -> Result<(), Stop> {
        match self.peek() {
            Ok(_) => Err(Stop::Cut(
                "something follows the end of the document".to_owned(),
            )),
            Err(Stop::Cut(_)) if self.over => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    fn flush_pending(&mut self) {
        if self.counting {
            self.digest.compact(&self.pending);
        }
        self.pending.clear();
    }

    fn count(&mut self, token: &[u8]) {
        if self.counting {
            self.digest.compact(token);
        }
    }

    /// The next byte that is not white space. The end of the text is a cut.
    fn peek(&mut self) -> Result<u8, Stop> {
        let begin = self.offset();
        loop {
            while let Some(byte) = self.buffer.get(self.at) {
                if !byte.is_ascii_whitespace() {
                    return Ok(*byte);
                }
                self.at += 1;
            }
            // No tool indents by megabytes; a bomb of white space would keep us busy for long.
            if self.offset() - begin > self.limits.record_bytes as u64 {
                return Err(Stop::Error(ReadError::RecordTooLarge {
                    offset: begin,
                    limit: self.limits.record_bytes,
                }));
            }
            self.fill()?;
        }
    }

    /// Reads more text behind what is in the buffer.
    fn fill(&mut self) -> Result<(), Stop> {
        if self.over {
            return Err(Stop::Cut("the text ends in the middle".to_owned()));
        }
        self.buffer.drain(..self.at);
        self.dropped += self.at as u64;
        self.at = 0;
        self.over = !self.text.read(&mut self.buffer)?;
        Ok(())
    }

    /// The length of the value that begins here, with all of it in the buffer.
    fn measure(&mut self) -> Result<usize, Stop> {
        // `seen` counts from the beginning of the value: filling moves the buffer.
        let mut seen = 0;
        let mut depth = 0_usize;
        loop {
            if seen > self.limits.record_bytes {
                return Err(Stop::Error(ReadError::RecordTooLarge {
                    offset: self.offset(),
                    limit: self.limits.record_bytes,
                }));
            }
            let Some(&byte) = self.buffer.get(self.at + seen) else {
                // A number at the very end of the text is over with the text.
                self.fill()?;
                continue;
            };
            match byte {
                b'"' => match string_end(&self.buffer[self.at + seen..]) {
                    Some(len) => seen += len,
                    None => {
                        if self.buffer.len() - self.at > self.limits.record_bytes {
                            seen = self.buffer.len() - self.at;
                        } else {
                            self.fill()?;
                        }
                        continue;
                    }
                },
                b'{' | b'[' => {
                    depth += 1;
                    seen += 1;
                    if depth > self.limits.depth {
                        return Err(Stop::Error(ReadError::TooDeep {
                            offset: self.offset(),
                            limit: self.limits.depth,
                        }));
                    }
                    continue;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    seen += 1;
                }
                b'}' | b']' | b',' | b':' if depth == 0 => {
                    return Err(self.malformed("a value was expected"));
                }
                b'}' | b']' | b',' | b':' => {
                    seen += 1;
                    continue;
                }
                _ if byte.is_ascii_whitespace() => {
                    seen += 1;
                    continue;
                }
                _ => {
                    let rest = &self.buffer[self.at + seen..];
                    let is_end =
                        |byte: &u8| b",:{}[]\"".contains(byte) || byte.is_ascii_whitespace();
                    match rest.iter().position(is_end) {
                        Some(len) => seen += len,
                        None if rest.len() > 64 => {
                            return Err(self.malformed("a value was expected"));
                        }
                        None => {
                            self.fill()?;
                            continue;
                        }
                    }
                }
            }
            if depth == 0 {
                if seen > self.limits.record_bytes {
                    continue;
                }
                return Ok(seen);
            }
        }
    }

    fn offset(&self) -> u64 {
        self.dropped + self.at as u64
    }

    fn malformed(&self, what: &'static str) -> Stop {
        Stop::Error(ReadError::Malformed {
            offset: self.offset(),
            what,
        })
    }
}
