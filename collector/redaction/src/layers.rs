//! Texts inside texts: what JSON, a URL or base64 made of a text before it was put into another.
//!
//! Each view remembers which part of the outer text every part of the inner one came from, so that
//! what is found inside is replaced outside and the rest of the outer text stays as it was.

use std::ops::Range;

/// A text with what it was decoded from.
#[derive(Debug)]
pub(crate) struct View {
    /// The decoded text.
    pub text: String,
    pieces: Vec<Piece>,
}

/// A part of a view and the part of the outer text that it came from.
#[derive(Debug)]
struct Piece {
    /// Where it begins in the view.
    at: usize,
    source: Range<usize>,
    /// Whether both are the same, byte by byte.
    same: bool,
}

impl View {
    fn of(text: &str) -> Self {
        Self {
            text: String::with_capacity(text.len()),
            pieces: Vec::new(),
        }
    }

    fn same(&mut self, outer: &str, source: Range<usize>) {
        if !source.is_empty() {
            self.pieces.push(Piece {
                at: self.text.len(),
                source: source.clone(),
                same: true,
            });
            self.text.push_str(&outer[source]);
        }
    }

    fn decoded(&mut self, letter: char, source: Range<usize>) {
        self.pieces.push(Piece {
            at: self.text.len(),
            source,
            same: false,
        });
        self.text.push(letter);
    }

    /// The part of the outer text that a part of the view came from.
    pub(crate) fn source(&self, range: &Range<usize>) -> Range<usize> {
        let of = |at: usize| {
            let index = self.pieces.partition_point(|piece| piece.at <= at);
            &self.pieces[index.saturating_sub(1)]
        };
        let (first, last) = (
            of(range.start),
            of(range.end.saturating_sub(1).max(range.start)),
        );
        let begin = match first.same {
            true => first.source.start + (range.start - first.at),
            false => first.source.start,
        };
        let end = match last.same {
            true => last.source.start + (range.end - last.at),
            false => last.source.end,
        };
        begin..end
    }
}

/// The text as it was before a JSON document, or a program, escaped it with backslashes.
pub(crate) fn unescaped(text: &str) -> Option<View> {
    let bytes = text.as_bytes();
    let mut view = View::of(text);
    let mut copied = 0;
    let mut at = memchr::memchr(b'\\', bytes)?;
    loop {
        let after = escape(text, at);
        if let Some((letter, end)) = after {
            view.same(text, copied..at);
            view.decoded(letter, at..end);
            copied = end;
        }
        let from = after.map_or(at + 1, |(_, end)| end);
        match memchr::memchr(b'\\', &bytes[from..]) {
            Some(next) => at = from + next,
            None => break,
        }
    }
    if copied == 0 {
        return None;
    }
    view.same(text, copied..text.len());
    Some(view)
}

/// What the escape at `at` stands for, and where it ends.
fn escape(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let letter = match bytes.get(at + 1)? {
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'/' => '/',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'x' => {
            let code = hex(text, at + 2, 2)?;
            return Some((char::from(u8::try_from(code).ok()?), at + 4));
        }
        b'u' => {
            let code = hex(text, at + 2, 4)?;
            if let Some(letter) = char::from_u32(code) {
                return Some((letter, at + 6));
            }
            let low = text.get(at + 6..at + 8).filter(|it| *it == "\\u");
            let low = low.and_then(|_| hex(text, at + 8, 4))?;
            let pair = [u16::try_from(code).ok()?, u16::try_from(low).ok()?];
            let letter = char::decode_utf16(pair).next()?.ok()?;
            return Some((letter, at + 12));
        }
        _ => return None,
    };
    Some((letter, at + 2))
}

fn hex(text: &str, at: usize, digits: usize) -> Option<u32> {
    let digits = text.get(at..at + digits)?;
    let is_hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The text as it was before it was put into a URL.
pub(crate) fn percent_decoded(text: &str) -> Option<View> {
    let bytes = text.as_bytes();
    let mut view = View::of(text);
    let mut copied = 0;
    let mut at = memchr::memchr(b'%', bytes)?;
    loop {
        let mut end = at;
        let mut run = Vec::new();
        while let Some(code) = bytes
            .get(end)
            .filter(|it| **it == b'%')
            .and_then(|_| hex(text, end + 1, 2))
        {
            run.push(u8::try_from(code).unwrap_or_default());
            end += 3;
        }
        if !run.is_empty() {
            view.same(text, copied..at);
            let mut source = at;
            for chunk in run.utf8_chunks() {
                for letter in chunk.valid().chars() {
                    let next = source + 3 * letter.len_utf8();
                    view.decoded(letter, source..next);
                    source = next;
                }
                if !chunk.invalid().is_empty() {
                    let next = source + 3 * chunk.invalid().len();
                    view.decoded(char::REPLACEMENT_CHARACTER, source..next);
                    source = next;
                }
            }
            copied = end;
        }
        let from = end.max(at + 1);
        match memchr::memchr(b'%', &bytes[from..]) {
            Some(next) => at = from + next,
            None => break,
        }
    }
    if copied == 0 {
        return None;
    }
    view.same(text, copied..text.len());
    Some(view)
}

/// Fewer digits hold no secret that would be known for one.
const SHORTEST_RUN: usize = 16;

/// Encoders break lines at 64 or 76 digits.
const LINE: usize = 60;

/// So many groups of four digits that are text are no accident.
const GROUPS: usize = 4;

/// Not a digit of base64.
const NONE: u8 = 0xff;

/// The value of each digit of base64, in both alphabets.
const DIGITS: [u8; 256] = {
    let mut table = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < alphabet.len() {
        table[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

/// Finds what may be base64 of a text: where it stands, and what it says. A run of digits that
/// begins with something else gives its text too.
pub(crate) fn base64_texts(text: &str, mut found: impl FnMut(Range<usize>, &str)) {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| DIGITS[usize::from(bytes[at])] != NONE;
    let mut probe = SHORTEST_RUN - 1;
    let mut done = 0;
    // A run of this length cannot lie between two probes.
    while probe < bytes.len() {
        if !is_digit(probe) {
            probe += SHORTEST_RUN;
            continue;
        }
        let mut begin = probe;
        while begin > done && is_digit(begin - 1) {
            begin -= 1;
        }
        let end = run_end(bytes, begin, probe);
        if end - begin >= SHORTEST_RUN {
            run_texts(text, begin..end, &mut found);
        }
        done = end;
        probe = end.max(probe) + SHORTEST_RUN;
    }
}

/// Where the run ends, with the line breaks of an encoder in it and its padding.
fn run_end(bytes: &[u8], begin: usize, probe: usize) -> usize {
    let digit = |at: usize| {
        bytes
            .get(at)
            .is_some_and(|it| DIGITS[usize::from(*it)] != NONE)
    };
    let (mut line, mut end) = (begin, probe);
    loop {
        while digit(end) {
            end += 1;
        }
        let after = match (bytes.get(end), bytes.get(end + 1)) {
            (Some(b'\n'), _) => end + 1,
            (Some(b'\r'), Some(b'\n')) => end + 2,
            _ => break,
        };
        if end - line < LINE || !digit(after) {
            break;
        }
        (line, end) = (after, after);
    }
    let padding = bytes[end..]
        .iter()
        .take(2)
        .take_while(|it| **it == b'=')
        .count();
    end + padding
}

fn run_texts(text: &str, run: Range<usize>, found: &mut impl FnMut(Range<usize>, &str)) {
    let digits: Vec<u8> = text.as_bytes()[run.clone()]
        .iter()
        .map(|it| DIGITS[usize::from(*it)])
        .filter(|it| *it != NONE)
        .collect();
    let mut inner = String::new();
    for offset in 0..4 {
        let digits = digits.get(offset..).unwrap_or_default();
        let groups = digits.chunks_exact(4);
        let rest = groups.remainder();
        let is_text = |group: usize| {
            let four = &digits[group * 4..group * 4 + 4];
            bytes_of(four).iter().all(|it| is_written(*it))
        };
        let count = digits.len() / 4;
        let mut probe = GROUPS - 1;
        let mut done = 0;
        while probe < count {
            if !is_text(probe) {
                probe += GROUPS;
                continue;
            }
            let (mut begin, mut end) = (probe, probe + 1);
            while begin > done && is_text(begin - 1) {
                begin -= 1;
            }
            while end < count && is_text(end) {
                end += 1;
            }
            if end - begin >= GROUPS {
                inner.clear();
                for group in begin..end {
                    inner.extend(bytes_of(&digits[group * 4..group * 4 + 4]).map(char::from));
                }
                if end == count {
                    inner.extend(last_bytes(rest).map(char::from));
                }
                found(run.clone(), &inner);
            }
            done = end;
            probe = end + GROUPS;
        }
    }
}

/// The three bytes of four digits.
fn bytes_of(four: &[u8]) -> [u8; 3] {
    [
        four[0] << 2 | four[1] >> 4,
        four[1] << 4 | four[2] >> 2,
        four[2] << 6 | four[3],
    ]
}

/// What two or three digits at the end stand for, as far as it is text.
fn last_bytes(rest: &[u8]) -> impl Iterator<Item = u8> {
    let bytes = match rest {
        [a, b] => [Some(a << 2 | b >> 4), None],
        [a, b, c] => [Some(a << 2 | b >> 4), Some(b << 4 | c >> 2)],
        _ => [None, None],
    };
    bytes.into_iter().flatten().take_while(|it| is_written(*it))
}

fn is_written(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    #[test]
    fn what_is_found_inside_is_known_outside() {
        let outer = "a \\\"b\\u00e9\\n\\\\c\\ud83d\\ude00d\\q";
        let view = unescaped(outer).expect("a view");
        assert_eq!(view.text, "a \"bé\n\\c😀d\\q");
        for (inner, source) in [
            ("b", "b"),
            ("\"b", "\\\"b"),
            ("é", "\\u00e9"),
            ("\\c😀", "\\\\c\\ud83d\\ude00"),
            ("d\\q", "d\\q"),
        ] {
            let at = view.text.find(inner).expect(inner);
            assert_eq!(&outer[view.source(&(at..at + inner.len()))], source);
        }
        assert!(unescaped("plain").is_none() && unescaped("C:\\Dir\\q").is_none());
    }

    #[test]
    fn urls_are_decoded_letter_by_letter() {
        let outer = "q=%22caf%C3%A9%22&x=100%&y=%ff%41z";
        let view = percent_decoded(outer).expect("a view");
        assert_eq!(view.text, "q=\"café\"&x=100%&y=\u{fffd}Az");
        for (inner, source) in [("\"caf", "%22caf"), ("é\"", "%C3%A9%22"), ("Az", "%41z")] {
            let at = view.text.find(inner).expect(inner);
            assert_eq!(&outer[view.source(&(at..at + inner.len()))], source);
        }
        assert!(percent_decoded("100 %, 5%x").is_none());
    }

    fn texts(text: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        base64_texts(text, |range, inner| {
            all.push((text[range].to_owned(), inner.to_owned()))
        });
        all
    }

    #[test]
    fn base64_is_read_wherever_it_begins() {
        let secret = "{\"password\":\"open sesame\"}";
        let digits = BASE64_STANDARD.encode(secret);
        for text in [
            digits.clone(),
            format!("got {digits} here"),
            format!("/v1/{digits}"),
            format!("x{digits}"),
            format!("data_xy-{digits}"),
            digits.replace('=', ""),
        ] {
            let all = texts(&text);
            assert!(
                all.iter()
                    .any(|(_, inner)| inner.contains("open sesame\"}")),
                "{text}: {all:?}"
            );
        }
    }

    #[test]
    fn lines_of_an_encoder_are_one_text() {
        let secret = format!("{}password=opensesame{}", "a ".repeat(30), " b".repeat(40));
        let digits = BASE64_STANDARD.encode(&secret);
        let lines: Vec<_> = digits
            .as_bytes()
            .chunks(76)
            .map(|it| str::from_utf8(it).expect("digits"))
            .collect();
        for end in ["\n", "\r\n"] {
            let all = texts(&lines.join(end));
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].1, secret);
        }
    }

    #[test]
    fn digests_paths_and_names_are_no_base64() {
        for text in [
            "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "/usr/src/app/node_modules/express/lib/router/index",
            "AWSServiceRoleForAppRunnerNetworking-and-more_names/of/it",
            "com.example.application.configuration.InternationalizationAutoConfiguration",
        ] {
            assert_eq!(texts(text), [], "{text}");
        }
    }
}
