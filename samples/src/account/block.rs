//! Blocks of log lines as account files write them.

use serde::{Deserialize, Deserializer, de};

/// Log events with their time since the start of what they belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The events, in the order of the file.
    pub(super) lines: Vec<Line>,
}

/// A log event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Milliseconds since the start.
    pub(super) offset: i64,
    /// The text, with its placeholders.
    pub(super) text: String,
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

fn parse(text: &str) -> Result<Block, String> {
    let mut lines = Vec::<Line>::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(more) = line.strip_prefix("| ").or((line == "|").then_some("")) {
            let Some(last) = lines.last_mut() else {
                return Err(format!("line {number} of the block continues no event"));
            };
            last.text.push('\n');
            last.text.push_str(more);
            continue;
        }
        let timed = line
            .split_once(' ')
            .and_then(|(time, text)| Some((parse_offset(time)?, text)));
        match (timed, lines.last()) {
            (Some((_, "")), _) => {
                return Err(format!("line {number} of the block has a time and no text"));
            }
            (Some((offset, text)), _) => lines.push(Line {
                offset,
                text: text.to_owned(),
            }),
            (None, Some(last)) => {
                let offset = last.offset;
                lines.push(Line {
                    offset,
                    text: line.to_owned(),
                });
            }
            (None, None) => {
                return Err(format!(
                    "line {number} of the block has no time: write `0:07 text` or `+7 text`, not `{line}`"
                ));
            }
        }
    }
    Ok(Block { lines })
}

/// Milliseconds of `m:ss`, `h:mm:ss` or `+seconds`, each with an optional fraction.
fn parse_offset(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "000"));
    if fraction.is_empty() || fraction.len() > 3 || !all_digits(fraction) {
        return None;
    }
    let millis = format!("{fraction:0<3}").parse::<i64>().ok()?;
    if let Some(seconds) = whole.strip_prefix('+') {
        if !all_digits(seconds) || seconds.len() > 9 {
            return None;
        }
        return Some(seconds.parse::<i64>().ok()? * 1000 + millis);
    }
    let parts = whole.split(':').collect::<Vec<_>>();
    if parts.len() < 2 || parts.len() > 3 || parts.iter().any(|part| part.len() > 4) {
        return None;
    }
    let mut seconds = 0;
    for (position, part) in parts.iter().enumerate() {
        if !all_digits(part) || (position > 0 && part.len() != 2) {
            return None;
        }
        seconds = seconds * 60 + part.parse::<i64>().ok()?;
    }
    Some(seconds * 1000 + millis)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read() {
        assert_eq!(parse_offset("1:50"), Some(110_000));
        assert_eq!(parse_offset("1:00:00.5"), Some(3_600_500));
        assert_eq!(parse_offset("+7"), Some(7_000));
        assert_eq!(parse_offset("+0.25"), Some(250));
        for text in ["7", "1:5", "a:00", "+", "1:00.", "[AppRunner]", "Error:"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_without_time_is_another_event_and_a_bar_continues_one() {
        let block = parse("\n0:02 Traceback:\n  File \"app.py\"\n\n+3 one\n| two\n").unwrap();
        let lines = block
            .lines
            .iter()
            .map(|line| (line.offset, line.text.as_str()))
            .collect::<Vec<_>>();
        assert_eq!(
            lines,
            [
                (2_000, "Traceback:"),
                (2_000, "  File \"app.py\""),
                (3_000, "one\ntwo"),
            ]
        );
    }

    #[test]
    fn a_first_line_without_time_is_refused() {
        let error = parse("\n[AppRunner] Deployment started.\n").unwrap_err();
        assert!(
            error.starts_with("line 2 of the block has no time"),
            "{error}"
        );
    }
}
