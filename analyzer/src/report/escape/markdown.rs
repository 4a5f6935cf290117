//! Text for a Markdown document.
//!
//! Escaping alone is not enough. Sites that show Markdown look for mentions, issues, commits, links
//! and emoji in the finished text, where a backslash in front is gone, and they look everywhere but
//! in code. So whatever is not plain prose becomes code.

use super::{visible, with_code};

/// Runs of more backticks than this are told, not written.
///
/// A fence has to be longer than any run inside. The parser that GitHub uses gives up on inline
/// fences of more than 80 backticks and counts no more than 255 of a block's, so a longer run in a
/// log line would end the fence around it.
const RUN: usize = 16;

/// Text as inline code, between fences that are longer than any run of backticks inside.
pub(in crate::report) fn code(text: &str) -> String {
    let shown = tamed(text);
    if shown.trim().is_empty() {
        // A fence around nothing, or around blanks alone, is not one for every parser.
        return format!("`\"{shown}\"`");
    }
    let fence = "`".repeat(longest_run(&shown) + 1);
    // One blank on both sides is taken away again by the parser.
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// Lines as a block of code, each on a line of its own.
pub(in crate::report) fn block<'a>(
    language: &str,
    lines: impl IntoIterator<Item = &'a str>,
) -> String {
    let shown: Vec<String> = lines.into_iter().map(tamed).collect();
    let longest = shown.iter().map(|line| longest_run(line)).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    let mut out = format!("{fence}{language}\n");
    for line in shown {
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str(&fence);
    out.push('\n');
    out
}

/// A sentence in which names and quotations may stand: plain words stay, everything else becomes
/// code, and so does what the sentence itself has between backticks.
pub(in crate::report) fn prose(text: &str) -> String {
    let shown = tamed(text);
    let Some(parts) = with_code(&shown) else {
        return words(&shown, true).trim().to_owned();
    };
    let mut out = String::with_capacity(shown.len());
    for (index, part) in parts.iter().enumerate() {
        let piece = match index % 2 {
            0 => words(part, index == 0),
            _ => code(part),
        };
        // Two fences that touch would be one.
        if out.ends_with('`') && piece.starts_with('`') {
            out.push(' ');
        }
        out.push_str(&piece);
    }
    out.trim().to_owned()
}

/// The words of a text that has no code in it, with single blanks where there were some.
fn words(text: &str, start: bool) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .enumerate()
        .map(|(index, text)| word(text, start && index == 0))
        .collect();
    let blank = |there: bool| if there { " " } else { "" };
    format!(
        "{}{}{}",
        blank(text.starts_with(' ')),
        words.join(" "),
        blank(text.ends_with(' ') && !words.is_empty())
    )
}

/// A word with the punctuation around it.
fn word(text: &str, first: bool) -> String {
    let inner = text.trim_start_matches(OPENING);
    let (opening, inner) = text.split_at(text.len() - inner.len());
    let core = inner.trim_end_matches(CLOSING);
    let (core, closing) = inner.split_at(core.len());
    if core.is_empty() {
        // What stands behind code: a comma, a bracket.
        return if first { code(text) } else { text.to_owned() };
    }
    // `1.` and `1)` at the start of a line begin a list.
    let number = core.chars().all(|it| it.is_ascii_digit());
    if first && number && closing.starts_with(['.', ')']) {
        return code(text);
    }
    if is_plain(core) || is_time(core) {
        return text.to_owned();
    }
    format!("{opening}{}{closing}", code(core))
}

/// Punctuation in front of a word that means nothing in Markdown.
const OPENING: [char; 5] = ['(', '“', '‘', '"', '\''];

/// Punctuation behind a word that means nothing in Markdown.
const CLOSING: [char; 11] = [')', '”', '’', '"', '\'', '.', ',', ';', ':', '?', '…'];

/// Whether no site makes anything of a word: letters, perhaps joined by hyphens or an apostrophe,
/// or a number.
fn is_plain(word: &str) -> bool {
    let number = word.len() < 7 && word.chars().all(|it| it.is_ascii_digit());
    let letters = word
        .split(['-', '\'', '’'])
        .all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
    // `deadbeef` alone is a commit to some sites.
    let commit = word.len() >= 7 && word.chars().all(|it| it.is_ascii_hexdigit());
    number || (letters && !commit)
}

/// Whether it is a date or a time of day, as reports write them.
fn is_time(word: &str) -> bool {
    let groups = |mark: char, sizes: [usize; 3]| {
        let mut parts = word.split(mark);
        sizes.iter().all(|size| {
            parts.next().is_some_and(|part| {
                part.len() == *size && part.chars().all(|it| it.is_ascii_digit())
            })
        }) && parts.next().is_none()
    };
    groups(':', [2, 2, 2]) || groups('-', [4, 2, 2])
}

/// The text on one line, with long runs of backticks told.
fn tamed(text: &str) -> String {
    let shown = visible(text);
    if longest_run(&shown) <= RUN {
        return shown;
    }
    let mut out = String::with_capacity(shown.len());
    let mut run = 0;
    let end = |out: &mut String, run: &mut usize| {
        if *run > RUN {
            out.push_str(&format!("\\u{{60}}…({run} backticks)"));
        } else {
            out.push_str(&"`".repeat(*run));
        }
        *run = 0;
    };
    for letter in shown.chars() {
        if letter == '`' {
            run += 1;
        } else {
            end(&mut out, &mut run);
            out.push(letter);
        }
    }
    end(&mut out, &mut run);
    out
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::{
        super::{acts, hostile},
        *,
    };

    /// The text outside of code, and the text of code.
    fn parsed(document: &str) -> (String, String) {
        let (mut outside, mut inside, mut depth) = (String::new(), String::new(), 0);
        for event in Parser::new_ext(document, Options::all()) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => depth += 1,
                Event::End(pulldown_cmark::TagEnd::CodeBlock) => depth -= 1,
                Event::Text(text) if depth > 0 => inside.push_str(&text),
                Event::Code(text) => {
                    inside.push_str(&text);
                    outside.push('□');
                }
                Event::Text(text) => outside.push_str(&text),
                Event::Start(Tag::Paragraph) | Event::End(_) | Event::SoftBreak => {}
                other => panic!("{other:?} in {document}"),
            }
        }
        (outside, inside)
    }

    #[test]
    fn code_gives_back_the_text_and_nothing_else() {
        for hostile in hostile::TEXTS.iter().filter(|it| !it.trim().is_empty()) {
            let (outside, inside) = parsed(&code(hostile));
            assert_eq!(outside, "□", "{hostile:?}");
            assert_eq!(inside, visible(hostile));
            assert!(!inside.chars().any(acts));
            let (outside, inside) = parsed(&block("text", [*hostile, "end"]));
            assert_eq!(outside, "");
            assert_eq!(inside, format!("{}\nend\n", visible(hostile)));
        }
    }

    #[test]
    fn prose_leaves_nothing_outside_of_code_that_a_site_would_make_something_of() {
        for hostile in hostile::TEXTS {
            let (outside, _) = parsed(&prose(&format!("{hostile} {hostile}")));
            assert!(
                outside.chars().all(|it| it.is_alphanumeric()
                    || it == '□'
                    || it == ' '
                    || OPENING.contains(&it)
                    || CLOSING.contains(&it)),
                "{hostile:?} became {outside:?}"
            );
        }
    }

    #[test]
    fn plain_words_and_times_stay_as_they_are() {
        let plain = "App Runner’s health check failed (twice), on 2026-11-20 10:00:00: \
                     it asked port 8080; “a well-known port”.";
        assert_eq!(prose(plain), plain);
        assert_eq!(
            prose("pull 111122223333.dkr.ecr.us-east-1.amazonaws.com/web:v1, (arn:aws:x)."),
            "pull `111122223333.dkr.ecr.us-east-1.amazonaws.com/web:v1`, (`arn:aws:x`)."
        );
        assert_eq!(
            prose("1. 2) GH-1 a deadbeef"),
            "`1.` 2) `GH-1` a `deadbeef`"
        );
        assert_eq!(
            prose("see `a b` `c`d and `e``f`, g"),
            "see `a b` `c`d and `e` `f`, g"
        );
        assert_eq!(prose("a ` b"), "a `` ` `` b");
        assert_eq!(prose("a `` b"), "a ``` `` ``` b");
    }

    #[test]
    fn a_long_run_of_backticks_is_told() {
        let shown = code(&format!("a{}b", "`".repeat(500)));
        assert_eq!(shown, "`a\\u{60}…(500 backticks)b`");
    }
}
