//! Finds the values of a JSON document without building them.
//!
//! serde_json reads a whole array at once; a bundle's is too large for that. This finds where each
//! value ends, bounds its size and depth, and hands the text of one value on.

use std::io::BufRead;

use super::{
    Limits, ReadError, Stop,
    line::{self, Written},
    lines::{Line, Lines},
    text::Text,
};
use crate::{
    digest::{Digest, string_end_from},
    memory::{Shape, weigh},
    record::Record,
};

/// The longest name of a member, and the longest text of a member that holds a word or two.
const SHORT: usize = 4 << 10;

/// The longest number, `true`, `false` or `null`.
const WORD: usize = 64;

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
    /// Whether the value that was measured has white space between its tokens.
    spaced: bool,
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
            spaced: false,
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
        let Some(len) = self.measure(SHORT)? else {
            return Err(self.malformed("a member name is too long"));
        };
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
        let limit = self.limits.record_bytes;
        self.peek()?;
        match self.measure(limit)? {
            Some(len) => Ok(self.consume(len)),
            None => Err(Stop::Error(ReadError::RecordTooLarge {
                offset: self.offset(),
                limit,
            })),
        }
    }

    /// Consumes a log line that is here as a whole and as it was written, if one comes next.
    pub(super) fn written_line(&mut self) -> Result<Option<Record>, Stop> {
        self.peek()?;
        let Some(line) = self.line_at(self.at) else {
            return Ok(None);
        };
        let (len, spaced) = (line.len, line.spaced);
        let record = line.into_record();
        self.spaced = spaced;
        self.consume(len);
        Ok(Some(record))
    }

    /// Consumes a comma and the line of the application behind it, if both are here as a whole and
    /// as they were written; the line is added to `lines`.
    pub(super) fn next_line(&mut self, lines: &mut Lines) -> bool {
        let begin = match &self.buffer[self.at..] {
            [b',', b'\n' | b' ', ..] => self.at + 2,
            [b',', ..] => self.at + 1,
            _ => return false,
        };
        let (len, spaced) = match self.line_at(begin) {
            Some(line) if !line.is_service => {
                lines.push(Line {
                    id: line.id,
                    time: line.time,
                    service_id: &line.service_id,
                    stream: &line.stream,
                    message: &line.message,
                });
                (line.len, line.spaced)
            }
            _ => return false,
        };
        self.at = begin;
        self.pending.push(b',');
        self.spaced = spaced;
        self.consume(len);
        true
    }

    /// The log line that stands there as a whole and as it was written.
    fn line_at(&self, at: usize) -> Option<Written<'_>> {
        let line = line::written(&self.buffer[at..])?;
        (line.len <= self.limits.record_bytes && self.limits.depth > 0).then_some(line)
    }

    /// Consumes a value that is a word or two.
    pub(super) fn short(&mut self) -> Result<&[u8], Stop> {
        self.peek()?;
        match self.measure(SHORT)? {
            Some(len) => Ok(self.consume(len)),
            None => Err(self.malformed("a short text was expected")),
        }
    }

    /// Consumes a value of `member`, which may take `limit` bytes of memory and takes `before`
    /// already; gives the value and what it takes.
    pub(super) fn kept(
        &mut self,
        member: &'static str,
        limit: usize,
        before: usize,
    ) -> Result<(&[u8], usize), Stop> {
        self.peek()?;
        let offset = self.offset();
        let too_heavy = ReadError::MemberTooHeavy {
            member,
            offset,
            limit,
        };
        let Some(left) = limit.checked_sub(before) else {
            return Err(too_heavy.into());
        };
        let most = self.limits.record_bytes;
        let Some(len) = self.measure(left.min(most))? else {
            return Err(match most < left {
                true => ReadError::RecordTooLarge {
                    offset,
                    limit: most,
                },
                false => too_heavy,
            }
            .into());
        };
        let memory = weigh(&self.buffer[self.at..self.at + len], Shape::Fixed);
        if memory > left {
            return Err(too_heavy.into());
        }
        Ok((self.consume(len), memory))
    }

    /// Consumes what was measured.
    fn consume(&mut self, len: usize) -> &[u8] {
        self.flush_pending();
        let value = self.at..self.at + len;
        self.at += len;
        if self.counting && self.spaced {
            self.digest.spaced(&self.buffer[value.clone()]);
        } else if self.counting {
            self.digest.compact(&self.buffer[value.clone()]);
        }
        &self.buffer[value]
    }

    /// Consumes the value of the digest: the digest itself ends before this member.
    pub(super) fn value_undigested(&mut self) -> Result<&[u8], Stop> {
        self.pending.clear();
        self.counting = false;
        self.short()
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

    /// The length of the value that begins here, with all of it in the buffer. `None`: it is longer
    /// than `limit`.
    fn measure(&mut self, limit: usize) -> Result<Option<usize>, Stop> {
        // Both count from the beginning of the value: filling moves the buffer. A string that is
        // not whole yet is not looked at from its beginning again when more of it has come.
        let mut seen = 0;
        let mut in_string = None;
        let mut depth = 0_usize;
        self.spaced = false;
        loop {
            if seen > limit {
                return Ok(None);
            }
            if let Some(from) = in_string {
                match string_end_from(&self.buffer[self.at..], from) {
                    Ok(end) => {
                        seen = end;
                        in_string = None;
                    }
                    Err(_) if self.buffer.len() - self.at > limit => return Ok(None),
                    Err(resume) => {
                        in_string = Some(resume);
                        self.fill()?;
                        continue;
                    }
                }
            } else {
                let Some(&byte) = self.buffer.get(self.at + seen) else {
                    // A number at the very end of the text is over with the text.
                    self.fill()?;
                    continue;
                };
                match byte {
                    b'"' => {
                        in_string = Some(seen + 1);
                        continue;
                    }
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
                        self.spaced = true;
                        seen += 1;
                        continue;
                    }
                    _ => match word_end(&self.buffer[self.at + seen..]) {
                        Some(len) => seen += len,
                        None if self.buffer.len() - self.at - seen > WORD => {
                            return Err(self.malformed("a value was expected"));
                        }
                        None => {
                            self.fill()?;
                            continue;
                        }
                    },
                }
            }
            if depth == 0 {
                return Ok((seen <= limit).then_some(seen));
            }
        }
    }

    pub(super) fn offset(&self) -> u64 {
        self.dropped + self.at as u64
    }

    fn malformed(&self, what: &'static str) -> Stop {
        Stop::Error(ReadError::Malformed {
            offset: self.offset(),
            what,
        })
    }
}

/// Where a number, `true`, `false` or `null` ends, if that is near.
fn word_end(text: &[u8]) -> Option<usize> {
    let is_end = |byte: &u8| b",:{}[]\"".contains(byte) || byte.is_ascii_whitespace();
    text[..text.len().min(WORD + 1)].iter().position(is_end)
}
