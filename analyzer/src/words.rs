//! Small pieces of wording that several modules share.

use evidence_schema::Time;

/// An id as logs write it: 32 hex digits, lower case, no dashes.
pub(crate) fn plain_id(id: &str) -> String {
    id.chars()
        .filter(|letter| *letter != '-')
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// A time, to the second: `2026-11-20 10:02:31`.
pub(crate) fn at(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time of day: `10:02:31`.
pub(crate) fn clock(time: Time) -> String {
    time.format("%H:%M:%S").to_string()
}

/// `time` and `span`. A bundle comes from strangers, and its times may be at the end of all times.
pub(crate) fn after(time: Time, span: chrono::TimeDelta) -> Time {
    time.checked_add_signed(span).unwrap_or(Time::MAX_UTC)
}

/// `time` less `span`.
pub(crate) fn before(time: Time, span: chrono::TimeDelta) -> Time {
    time.checked_sub_signed(span).unwrap_or(Time::MIN_UTC)
}

/// `1 line`, `2 lines`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {many}")
    }
}

/// `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// A duration in words: `45 s`, `6 min 12 s`, `3 h 5 min`, `2 days`.
pub(crate) fn duration(span: chrono::TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..172_800 if seconds % 3_600 < 60 => format!("{} h", seconds / 3_600),
        3_600..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A pattern whose word boundaries know ASCII only. With those of Unicode, `regex` takes its slowest
/// way through every line that has one letter beyond ASCII: milliseconds for each.
pub(crate) fn pattern(text: &str) -> String {
    text.replace(r"\b", r"(?-u:\b)")
}

/// The first `limit` characters, and how many more there were.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    // No text has more characters than bytes, and nearly every line is short.
    if text.len() <= limit {
        return text.to_owned();
    }
    match text.char_indices().nth(limit) {
        Some((end, _)) => {
            let more = text[end..].chars().count();
            format!("{}… ({more} more characters)", &text[..end])
        }
        None => text.to_owned(),
    }
}

/// The first `limit` characters of something that is shown in full elsewhere.
pub(crate) fn start_of(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
