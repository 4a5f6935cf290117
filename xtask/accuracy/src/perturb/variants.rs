//! Lines of applications that say the same in other words.

mod wordings;

use std::sync::LazyLock;

use analyzer::signature::Family;
use regex::Regex;

use self::wordings::VARIANTS;
use super::dice::Dice;

/// A line, and lines that say the same. `${n}` is what was found.
struct Variant {
    line: &'static str,
    /// A line as it is in an account.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "a test holds the others against it")
    )]
    example: &'static str,
    /// What all of them tell; nothing where only the whole of an account tells it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "a test holds the others against it")
    )]
    tells: Option<Family>,
    others: &'static [&'static str],
}

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    VARIANTS
        .iter()
        .map(|it| Regex::new(it.line).expect("the patterns are fixed and tested"))
        .collect()
});

/// A block of lines with some of them in other words.
pub(super) fn block(text: &str, dice: &mut Dice) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let (time, said) = timed(line);
        out.push_str(time);
        out.push_str(&other(said, dice));
        out.push('\n');
    }
    out
}

/// The time with its space, and what was said.
fn timed(line: &str) -> (&str, &str) {
    let is_time = |word: &str| {
        let digits = word.trim_start_matches('+');
        word.starts_with(|it: char| it == '+' || it.is_ascii_digit())
            && (word.contains(':') || word.starts_with('+'))
            && digits
                .chars()
                .all(|it| it.is_ascii_digit() || matches!(it, ':' | '.'))
    };
    match line.split_once(' ') {
        Some((word, _)) if is_time(word) => line.split_at(word.len() + 1),
        _ => ("", line),
    }
}

fn other(said: &str, dice: &mut Dice) -> String {
    // As it is in the report is one of the wordings too.
    let found = PATTERNS
        .iter()
        .zip(VARIANTS)
        .find_map(|(pattern, variant)| Some((pattern.captures(said)?, variant)));
    let Some((found, variant)) = found else {
        return said.to_owned();
    };
    let index = usize::try_from(dice.below(variant.others.len() as u64 + 1)).unwrap_or(0);
    let Some(template) = variant.others.get(index) else {
        return said.to_owned();
    };
    let mut line = String::new();
    found.expand(template, &mut line);
    line
}

#[cfg(test)]
mod tests {
    use analyzer::{
        observed::Seen,
        signature::{Hit, hits},
    };

    use super::*;

    #[test]
    fn every_other_wording_keeps_what_was_found() {
        let line = "2:25 SHOP_DSN not set\n";
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..400 {
            let other = block(line, &mut Dice::new(seed, "test"));
            assert!(other.starts_with("2:25 "), "{other}");
            assert!(other.contains("SHOP_DSN"), "{other}");
            assert!(!other.contains("${"), "{other}");
            seen.insert(other);
        }
        assert_eq!(seen.len(), VARIANTS[0].others.len() + 1);
    }

    #[test]
    fn a_line_without_another_wording_stays() {
        let text = "1:00 hello\n  indented\n+2 one\n";
        assert_eq!(block(text, &mut Dice::new(1, "")), text);
    }

    #[test]
    fn no_template_names_what_its_pattern_does_not_find() {
        let name = Regex::new(r"\$\{(\w+)\}").expect("fixed");
        for (pattern, variant) in PATTERNS.iter().zip(VARIANTS) {
            let known: Vec<&str> = pattern.capture_names().flatten().collect();
            for other in variant.others {
                for found in name.captures_iter(other) {
                    assert!(known.contains(&&found[1]), "{other}");
                }
                let plain = other.replace("$$", "");
                assert_eq!(plain.matches('$').count(), plain.matches("${").count());
            }
        }
    }

    /// What the analyzer takes a line for.
    fn read(line: &str) -> Vec<Hit> {
        let seen = Seen {
            record: 1,
            time: chrono::DateTime::UNIX_EPOCH,
            text: line,
        };
        hits([("instance/1", seen)])
    }

    /// A report of another application with the same failure has one of these, and which is chance:
    /// so that no seed meets one that is not understood, all of them are tried.
    #[test]
    fn every_wording_is_understood_as_the_line_that_it_stands_for() {
        let mut lost = Vec::new();
        for (pattern, variant) in PATTERNS.iter().zip(VARIANTS) {
            let found = pattern.captures(variant.example);
            let found = found.unwrap_or_else(|| panic!("{}", variant.example));
            let Some(family) = variant.tells else {
                continue;
            };
            let mut lines = vec![variant.example.to_owned()];
            for other in variant.others {
                let mut line = String::new();
                found.expand(other, &mut line);
                lines.push(line);
            }
            for line in lines {
                let hits = read(&line);
                let of_family: Vec<&Hit> = hits
                    .iter()
                    .filter(|hit| hit.signature.family == family)
                    .collect();
                if of_family.is_empty() {
                    let taken: Vec<_> = hits.iter().map(|hit| hit.signature.family).collect();
                    lost.push(format!("{line}: {taken:?} and no {family:?}"));
                }
                // Who listens for itself alone says so in each of these.
                let is_loopback =
                    |hit: &&Hit| matches!(hit.capture("host"), Some("127.0.0.1" | "localhost"));
                if variant.example.contains("127.0.0.1") && !of_family.iter().any(is_loopback) {
                    lost.push(format!("{line}: no address of its own"));
                }
                for (group, capture) in [
                    ("n", "name"),
                    ("p", "port"),
                    ("path", "path"),
                    ("s", "status"),
                ] {
                    if let Some(wanted) = found.name(group)
                        && !of_family.is_empty()
                        && !of_family
                            .iter()
                            .any(|hit| hit.capture(capture) == Some(wanted.as_str()))
                    {
                        lost.push(format!("{line}: {family:?} without its {capture}"));
                    }
                }
            }
        }
        assert!(lost.is_empty(), "{}", lost.join("\n"));
    }
}
