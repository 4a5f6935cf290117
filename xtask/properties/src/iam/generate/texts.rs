//! Texts that match other texts, by wildcards and variables.

use std::collections::BTreeMap;

use super::{Values, one};
use crate::mutate::Numbers;

/// A pattern that matches a text of ASCII letters, and perhaps others.
pub(super) fn loosened(numbers: &mut Numbers, text: &str, escapes: bool) -> String {
    let at = numbers.below(text.len() + 1);
    let to = at + numbers.below(text.len() + 1 - at);
    let (Some(start), Some(middle), Some(end)) = (text.get(..at), text.get(at..to), text.get(to..))
    else {
        return escaped(text, escapes);
    };
    let (start, end) = (escaped(start, escapes), escaped(end, escapes));
    match numbers.below(8) {
        0 => "*".to_owned(),
        1..4 => format!("{start}*"),
        4 => format!("*{end}"),
        5 => format!("{start}{}{end}", "?".repeat(middle.chars().count())),
        6 => format!("{start}*{}*{end}", escaped(middle, escapes)),
        _ => format!("{start}*{end}"),
    }
}

/// An ARN with a wildcard in the place of something that has a colon, which it does not match.
pub(super) fn across(numbers: &mut Numbers, arn: &str) -> String {
    // The colons behind the Region and behind the account.
    let colons: Vec<usize> = arn.match_indices(':').map(|(at, _)| at).collect();
    let (Some(region), Some(account)) = (colons.get(3), colons.get(4)) else {
        return arn.to_owned();
    };
    let colon = if numbers.chance(50) {
        *region
    } else {
        *account
    };
    let from = colon - numbers.below(4).min(colon - colons[2] - 1);
    let to = (colon + 2 + numbers.below(3)).min(arn.len() - 1);
    let (start, middle, end) = (&arn[..from], &arn[from..to], &arn[to..]);
    if numbers.chance(70) || end.starts_with(':') {
        // A star before a colon would reach beyond it.
        let end = end.trim_start_matches(':');
        format!("{start}*{end}")
    } else {
        format!("{start}{}{end}", "?".repeat(middle.len()))
    }
}

/// A text as a pattern of it alone.
pub(super) fn escaped(text: &str, escapes: bool) -> String {
    if !escapes {
        return text.to_owned();
    }
    let mut pattern = String::new();
    for letter in text.chars() {
        match letter {
            '*' | '?' | '$' => pattern.extend(['$', '{', letter, '}']),
            _ => pattern.push(letter),
        }
    }
    pattern
}

/// Whether a variable may have no value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    May,
    Never,
}

/// A text with a variable in the place of a part of it.
pub(super) fn with_variable(
    numbers: &mut Numbers,
    context: &BTreeMap<String, Option<Values>>,
    text: &str,
    empty: Empty,
) -> String {
    let mut found = Vec::new();
    for (key, values) in context {
        if let Some(Values::One(value)) = values
            && value.len() > 1
            && !value.contains(':')
            && let Some(at) = text.find(value.as_str())
        {
            found.push((key.as_str(), at..at + value.len()));
        }
    }
    let key = if numbers.chance(15) || found.is_empty() {
        // Often not in the request.
        let at = numbers.below(text.len());
        let to = at + 1 + numbers.below(text.len() - at - 1);
        let key = one(
            numbers,
            &[
                "aws:PrincipalTag/team",
                "aws:PrincipalTag/none",
                "aws:userid",
            ],
        );
        if text
            .get(at..to)
            .is_none_or(|part| part.contains(['\'', '*', '?', '$']))
        {
            return escaped(text, true);
        }
        (key, at..to)
    } else {
        found.swap_remove(numbers.below(found.len()))
    };
    let (key, part) = key;
    let has_value = matches!(context.get(key), Some(Some(Values::One(_))));
    let default = if numbers.chance(40) || (empty == Empty::Never && !has_value) {
        let value = if numbers.chance(70) {
            &text[part.clone()]
        } else {
            "company-wide"
        };
        format!(", '{value}'")
    } else {
        String::new()
    };
    let key = if numbers.chance(20) {
        key.to_ascii_lowercase()
    } else {
        key.to_owned()
    };
    let start = escaped(&text[..part.start], true);
    let end = escaped(&text[part.end..], true);
    let star = if numbers.chance(25) { "*" } else { &end };
    format!("{start}${{{key}{default}}}{star}")
}

/// Some values of a table, each once.
pub(super) fn different(numbers: &mut Numbers, table: &[&str], many: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for _ in 0..many {
        let value = one(numbers, table).to_owned();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}
