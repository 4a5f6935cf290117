//! Secrets that give themselves away by their shape.
//!
//! What is known is data, `detectors.toml`. One search over a text for the hints of all of them
//! decides which patterns are run at all: most texts have none.

use std::{
    ops::Range,
    sync::{LazyLock, OnceLock},
};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;
use serde::Deserialize;

use crate::{judge::Judge, url};

/// The table as it is written.
const TABLE: &str = include_str!("detectors.toml");

/// More detectors than this do not fit into the set of those that are run.
const MOST: usize = 128;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    detector: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    hints: Vec<String>,
    pattern: Option<String>,
    #[serde(default)]
    context: bool,
    #[serde(default)]
    judge: Judge,
    #[serde(default)]
    optional: bool,
    examples: Vec<String>,
}

/// A detector and a secret that is made up for tests, with `{alphabet:length}` where letters by
/// chance stand.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The name of the detector.
    pub detector: &'static str,
    /// The text.
    pub text: &'static str,
    /// Whether it is looked for only when that was asked for.
    pub optional: bool,
}

/// The examples of every detector.
pub fn examples() -> impl Iterator<Item = Example> {
    DETECTORS.rows.iter().flat_map(|row| {
        row.examples.iter().map(|text| Example {
            detector: &row.name,
            text,
            optional: row.optional,
        })
    })
}

/// All detectors, ready to search.
struct Detectors {
    rows: Vec<Row>,
    hints: AhoCorasick,
    /// The detector of each hint.
    of_hint: Vec<u8>,
    /// Compiled when a text first needs them: few collections need many.
    patterns: Vec<OnceLock<Regex>>,
    /// Those that search only when that was asked for.
    optional: u128,
}

static DETECTORS: LazyLock<Detectors> = LazyLock::new(|| {
    let rows = toml::from_str::<Table>(TABLE)
        .expect("the table is tested")
        .detector;
    assert!(rows.len() <= MOST, "the set of detectors is too small");
    let hints = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(rows.iter().flat_map(|row| &row.hints))
        .expect("the hints are few and short");
    let of_hint = rows
        .iter()
        .zip(0_u8..)
        .flat_map(|(row, index)| row.hints.iter().map(move |_| index))
        .collect();
    let optional = rows.iter().zip(0_u8..).filter(|(row, _)| row.optional);
    Detectors {
        optional: optional.fold(0, |set, (_, index)| set | 1 << index),
        patterns: rows.iter().map(|_| OnceLock::new()).collect(),
        rows,
        hints,
        of_hint,
    }
});

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Where it stands.
    pub range: Range<usize>,
    /// The name of its detector.
    pub detector: &'static str,
    /// Whether a word in front of it gave it away, and not its own shape.
    pub context: bool,
}

/// Whether optional detectors search too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Optional {
    /// They do.
    Included,
    /// They do not.
    LeftOut,
}

/// Every secret in the text, unsorted; several detectors may find one.
pub(crate) fn find(text: &str, optional: Optional, mut found: impl FnMut(Hit)) {
    let detectors = &*DETECTORS;
    let mut hinted = 0_u128;
    for hint in detectors.hints.find_overlapping_iter(text) {
        hinted |= 1 << detectors.of_hint[hint.pattern().as_usize()];
    }
    if optional == Optional::LeftOut {
        hinted &= !detectors.optional;
    }
    while hinted != 0 {
        let index = hinted.trailing_zeros() as usize;
        hinted &= hinted - 1;
        let row = &detectors.rows[index];
        let hit = |range: Range<usize>| Hit {
            range,
            detector: &row.name,
            context: row.context,
        };
        let Some(pattern) = &row.pattern else {
            url::users(text, |range| found(hit(range)));
            continue;
        };
        let pattern = detectors.patterns[index]
            .get_or_init(|| Regex::new(pattern).expect("the patterns are tested"));
        for captures in pattern.captures_iter(text) {
            let whole = captures.get(0).expect("the whole match");
            let secret = captures.iter().skip(1).flatten().next().unwrap_or(whole);
            let is_name = row.context && names_something(text, secret.start());
            if !is_name && row.judge.accepts(secret.as_str()) {
                found(hit(secret.range()));
            }
        }
    }
}

/// Whether what stands at `at` is a part of an ARN or of a digest, whose words are no context.
fn names_something(text: &str, at: usize) -> bool {
    let ends = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '`' | ',' | '<' | '=');
    let begin = text[..at].rfind(ends).map_or(0, |before| {
        before + text[before..].chars().next().map_or(0, char::len_utf8)
    });
    let token = &text[begin..];
    token.starts_with("arn:") || token.starts_with("sha256:") || token.starts_with("sha512-")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn found(text: &str) -> Vec<(&'static str, &str)> {
        let mut all = Vec::new();
        find(text, Optional::Included, |hit| {
            all.push((hit.detector, &text[hit.range]))
        });
        all
    }

    #[test]
    fn every_row_is_sound() {
        let names: BTreeSet<_> = DETECTORS.rows.iter().map(|row| &row.name).collect();
        assert_eq!(names.len(), DETECTORS.rows.len());
        let other = |row: &&Row| row.pattern.is_none();
        let finders: Vec<_> = DETECTORS.rows.iter().filter(other).collect();
        assert_eq!(finders.len(), 1);
        assert_eq!(finders[0].name, "url-credentials");
        for row in &DETECTORS.rows {
            assert!(
                !row.examples.is_empty() && !row.hints.is_empty(),
                "{}",
                row.name
            );
            assert!(
                row.name.bytes().all(crate::marker::is_of_kind),
                "{}",
                row.name
            );
            if let Some(pattern) = &row.pattern {
                Regex::new(pattern).expect(&row.name);
            }
            for hint in &row.hints {
                assert_eq!(*hint, hint.to_lowercase(), "{}", row.name);
            }
        }
    }

    #[test]
    fn what_explains_a_failure_stays() {
        for text in [
            "FATAL: password authentication failed for user \"web\"",
            "KeyError: 'DB_PASSWORD'",
            "Error: missing required environment variable DB_PASSWORD",
            "ValueError: password: field required",
            "WWW-Authenticate: Bearer realm=\"api\"",
            "password=‹redacted:env.DB_PASSWORD:8-31:fp-1›",
            "password=${DB_PASSWORD}",
            "Error: token: unexpected_end_of_input_found",
            "secret=/shop/production/database-url-2",
            "secrets: arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:4f5e6d7c8b9a0f1e2d3c-AbCdEf",
            "npm WARN deprecated token-types@5.0.1: no longer maintained",
            "SyntaxError: Unexpected token '}' in JSON at position 1234567890",
            "usage: --token-file FILE",
            "  --password string   the password of the user",
            "#8 sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9 done",
            "{\"password\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}",
            "http://localhost:8080/users/me@example.com",
        ] {
            let all = found(text);
            let all: Vec<_> = all.iter().filter(|it| it.0 != "email-address").collect();
            assert!(all.is_empty(), "{text}: {all:?}");
        }
    }

    #[test]
    fn only_the_secret_is_taken() {
        for (text, secret) in [
            ("host=db password=opensesame sslmode=on", "opensesame"),
            ("{\"Password\": \"open sesame\"}", "open sesame"),
            ("{\\\"password\\\":\\\"open sesame\\\"}", "open sesame"),
            ("password: s3same-open", "s3same-open"),
            (
                "Authorization: Bearer abcdefghijklmnop.qrst",
                "abcdefghijklmnop.qrst",
            ),
            ("mysql --password opensesame", "opensesame"),
            (
                "DB_PASSWORD='p@ss;word, and more' run",
                "p@ss;word, and more",
            ),
        ] {
            let all = found(text);
            assert!(all.iter().any(|it| it.1 == secret), "{text}: {all:?}");
        }
    }

    #[test]
    fn a_private_key_goes_whether_its_end_is_there_or_not() {
        let begin = "-----BEGIN RSA PRIVATE KEY-----";
        for (text, left) in [
            (
                format!("{{\"key\":\"{begin}\\nMIIEow\",\"n\":1}}"),
                "{\"key\":\"\",\"n\":1}",
            ),
            (
                format!("{begin}\nMIIEow==\n-----END RSA PRIVATE KEY-----, and on"),
                ", and on",
            ),
            (
                format!(
                    "{begin}\nDEK-Info: AES-128-CBC,0A\n\nMIIEow==\n-----END RSA PRIVATE KEY-----\n"
                ),
                "\n",
            ),
        ] {
            let all = found(&text);
            assert_eq!(all.len(), 1, "{text}: {all:?}");
            assert_eq!(text.replace(all[0].1, ""), left);
        }
    }
}
