//! The leak scan: reads what is about to leave once more, and trusts nobody.
//!
//! It shares no code and no table with the scrubber, so that one mistake is not made twice. It knows
//! less and is sure of what it knows: a literal and how what follows it has to go on, no patterns.
//! What it finds costs a whole record, so what it takes for a secret has to be one.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{Engine, engine::general_purpose::GeneralPurpose, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// So many texts inside of each other are looked into.
const DEPTH: u32 = 3;

/// A shorter run of base64 holds nothing that would be known.
const SHORTEST_RUN: usize = 16;

/// What a line that is no record is called.
const UNREADABLE: &str = "unreadable";

/// What a value that was withheld elsewhere is called.
const KNOWN_VALUE: &str = "known-value";

/// How a secret goes on behind its literal.
#[derive(Clone, Copy)]
enum Then {
    /// With so many letters of this alphabet at least.
    Run(fn(u8) -> bool, usize),
    /// As this says, of the text before and the text behind.
    Fits(fn(&str, &str) -> bool),
}

/// A secret that begins with a literal.
struct Sign {
    name: &'static str,
    literal: &'static str,
    then: Then,
}

const fn run(
    name: &'static str,
    literal: &'static str,
    alphabet: fn(u8) -> bool,
    length: usize,
) -> Sign {
    Sign {
        name,
        literal,
        then: Then::Run(alphabet, length),
    }
}

const fn fits(name: &'static str, literal: &'static str, fits: fn(&str, &str) -> bool) -> Sign {
    Sign {
        name,
        literal,
        then: Then::Fits(fits),
    }
}

const SIGNS: &[Sign] = &[
    fits("aws-access-key-id", "AKIA", is_key_id),
    fits("aws-access-key-id", "ASIA", is_key_id),
    fits("private-key", "-----BEGIN ", |_, after| {
        let head = after.split("-----").next().unwrap_or_default();
        head.len() < 40 && head.contains("PRIVATE KEY")
    }),
    fits("url-credentials", "://", has_password),
    fits("json-web-token", "eyJ", is_jwt),
    fits("password", "password=", is_password),
    fits("password", "Password=", is_password),
    fits("password", "PASSWORD=", is_password),
    fits("password", "password\":\"", is_password),
    fits("aws-secret-key", "SECRET_ACCESS_KEY=", is_secret_key),
    fits("aws-secret-key", "secret_access_key=", is_secret_key),
    fits("aws-secret-key", "SecretAccessKey\":\"", is_secret_key),
    fits("bearer-token", "Bearer ", |_, after| {
        let length = run_of(after, is_url64);
        length >= 24 && after[..length].bytes().any(|it| it.is_ascii_digit())
    }),
    run("signed-url", "X-Amz-Signature=", hex, 64),
    run("signed-url", "X-Amz-Security-Token=", is_base64, 60),
    run("github-token", "ghp_", alnum, 36),
    run("github-token", "gho_", alnum, 36),
    run("github-token", "ghs_", alnum, 36),
    run("github-token", "ghu_", alnum, 36),
    run("github-token", "ghr_", alnum, 36),
    run("github-token", "github_pat_", is_word, 40),
    run("gitlab-token", "glpat-", is_url64, 20),
    run("slack-token", "xoxb-", is_url64, 24),
    run("slack-token", "xoxp-", is_url64, 24),
    run("slack-webhook", "hooks.slack.com/services/", is_base64, 30),
    run("stripe-key", "sk_live_", alnum, 16),
    run("stripe-key", "rk_live_", alnum, 16),
    run("stripe-key", "sk_test_", alnum, 16),
    run("stripe-key", "whsec_", is_base64, 32),
    run("npm-token", "npm_", alnum, 36),
    run("npm-token", "_authToken=", is_url64, 16),
    run("pypi-token", "pypi-AgE", is_url64, 50),
    run("docker-token", "dckr_pat_", is_url64, 27),
    run("google-key", "AIza", is_url64, 35),
    run("google-key", "GOCSPX-", is_url64, 28),
    run("google-token", "ya29.", is_url64, 30),
    run("sendgrid-key", "SG.", is_url64_or_dot, 60),
    run("vault-token", "hvs.", is_url64, 40),
    run("digitalocean-token", "dop_v1_", hex, 64),
    run("shopify-token", "shpat_", hex, 32),
    run("azure-key", "AccountKey=", is_base64, 80),
    run("anthropic-key", "sk-ant-", is_url64, 40),
    run("openai-key", "sk-proj-", is_url64, 40),
    run("age-key", "AGE-SECRET-KEY-1", alnum, 58),
    run("hugging-face-token", "hf_", alnum, 34),
    run("linear-key", "lin_api_", alnum, 40),
    run("grafana-token", "glsa_", is_word, 40),
    run("atlassian-token", "ATATT3", is_url64, 60),
    run("doppler-token", "dp.pt.", alnum, 40),
    run("rubygems-key", "rubygems_", hex, 48),
    run("pulumi-token", "pul-", hex, 40),
    run("databricks-token", "dapi", hex, 32),
    run("planetscale-token", "pscale_tkn_", is_url64, 32),
    run("sentry-token", "sntrys_", is_base64, 60),
    run("new-relic-key", "NRAK-", alnum, 27),
    run("postman-key", "PMAK-", is_url64, 50),
];

fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_url64(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

fn is_url64_or_dot(byte: u8) -> bool {
    is_url64(byte) || byte == b'.'
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'%')
}

fn run_of(text: &str, alphabet: fn(u8) -> bool) -> usize {
    text.bytes().take_while(|it| alphabet(*it)).count()
}

/// Whether the letter before could not be a part of the same word.
fn begins_word(before: &str) -> bool {
    !before
        .bytes()
        .next_back()
        .is_some_and(|it| alnum(it) || matches!(it, b'+' | b'/' | b'_'))
}

fn is_key_id(before: &str, after: &str) -> bool {
    let is_of = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit();
    begins_word(before) && run_of(after, is_of) == 16 && run_of(after, alnum) == 16
}

fn has_password(_: &str, after: &str) -> bool {
    let end = after
        .bytes()
        .position(|it| it.is_ascii_whitespace() || b"/?#\"'<>\\".contains(&it));
    let authority = &after[..end.unwrap_or(after.len())];
    let Some((user, _)) = authority.rsplit_once('@') else {
        return false;
    };
    !user.starts_with('‹')
        && user.split_once(':').is_some_and(|(_, password)| {
            password.len() >= 4 && !password.contains(['‹', '$', '{', '*'])
        })
}

fn is_jwt(before: &str, after: &str) -> bool {
    let head = run_of(after, is_url64);
    let Some(rest) = after[head..].strip_prefix(".eyJ") else {
        return false;
    };
    begins_word(before) && head >= 8 && run_of(rest, is_url64) >= 8
}

fn is_password(_: &str, after: &str) -> bool {
    let after = after.trim_start_matches(['"', '\'']);
    let length = run_of(after, |it| alnum(it) || b"!@#%^*_+.~-".contains(&it));
    let text = &after[..length];
    length >= 8
        && text.bytes().any(|it| it.is_ascii_digit())
        && text.bytes().any(|it| it.is_ascii_alphabetic())
        && !text.contains("HIDDEN_DUE_TO")
        && !["process.env", "os.environ"]
            .iter()
            .any(|it| text.starts_with(it))
}

fn is_secret_key(_: &str, after: &str) -> bool {
    let is_of = |it: u8| alnum(it) || matches!(it, b'+' | b'/');
    run_of(after.trim_start_matches(['"', '\'']), is_of) == 40
}

/// Reads texts back.
pub struct LeakScan {
    signs: AhoCorasick,
    free: Option<AhoCorasick>,
    everywhere: Option<AhoCorasick>,
}

impl LeakScan {
    /// Knows the values that were withheld, and whether each may stand nowhere at all or only in no
    /// log line.
    pub fn new<'a>(known: impl Iterator<Item = (&'a str, bool)>) -> Self {
        let (mut free, mut everywhere) = (BTreeSet::new(), BTreeSet::new());
        for (value, strong) in known {
            free.insert(value);
            if strong {
                everywhere.insert(value);
            }
        }
        let find = |values: BTreeSet<&str>| {
            let finder = AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .build(&values);
            finder.ok().filter(|_| !values.is_empty())
        };
        Self {
            signs: AhoCorasick::new(SIGNS.iter().map(|sign| sign.literal))
                .expect("the literals are few and short"),
            free: find(free),
            everywhere: find(everywhere),
        }
    }

    /// What leaks from a line of a bundle; none if nothing does.
    pub fn line(&self, line: &str) -> Option<&'static str> {
        match serde_json::from_str::<Value>(line) {
            Ok(value) => self.value(&value),
            Err(_) => Some(UNREADABLE),
        }
    }

    /// What leaks from a value; none if nothing does.
    pub fn value(&self, value: &Value) -> Option<&'static str> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(values) => values.iter().find_map(|it| self.value(it)),
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                let message = value.as_str().filter(|_| name == "message");
                self.text(name)
                    .or_else(|| self.value(value))
                    .or_else(|| known(self.free.as_ref(), message?))
            }),
            _ => None,
        }
    }

    /// What leaks from a text; none if nothing does.
    pub fn text(&self, text: &str) -> Option<&'static str> {
        self.inside(text, 0)
    }

    fn inside(&self, text: &str, depth: u32) -> Option<&'static str> {
        let found = self
            .sign(text)
            .or_else(|| known(self.everywhere.as_ref(), text));
        if found.is_some() || depth == DEPTH {
            return found;
        }
        if text.contains('%') {
            let decoded = percent_decode_str(text).decode_utf8_lossy();
            if decoded != text {
                return self
                    .inside(&decoded, depth + 1)
                    .or_else(|| self.base64(text, depth));
            }
        }
        if text.contains('\\') {
            let bare = text.replace('\\', "");
            return self
                .inside(&bare, depth + 1)
                .or_else(|| self.base64(text, depth));
        }
        self.base64(text, depth)
    }

    fn sign(&self, text: &str) -> Option<&'static str> {
        self.signs.find_overlapping_iter(text).find_map(|found| {
            let sign = &SIGNS[found.pattern().as_usize()];
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            let fits = match sign.then {
                Then::Run(alphabet, length) => run_of(after, alphabet) >= length,
                Then::Fits(fits) => fits(before, after),
            };
            fits.then_some(sign.name)
        })
    }

    fn base64(&self, text: &str, depth: u32) -> Option<&'static str> {
        let is_digit = |it: char| it.is_ascii_alphanumeric() || matches!(it, '+' | '/' | '-' | '_');
        text.split(|it| !is_digit(it))
            .filter(|run| run.len() >= SHORTEST_RUN)
            .find_map(|run| {
                let digits = run.replace('-', "+").replace('_', "/");
                (0..4).find_map(|offset| {
                    let digits = digits.get(offset..)?;
                    let bytes = decode(digits)?;
                    let written = bytes.iter().filter(|it| matches!(it, b' '..=b'~')).count();
                    if written * 4 < bytes.len() * 3 {
                        return None;
                    }
                    self.inside(&String::from_utf8_lossy(&bytes), depth + 1)
                })
            })
    }
}

/// Whatever whole bytes the digits stand for.
fn decode(digits: &str) -> Option<Vec<u8>> {
    // What encoders leave behind the last byte need not be zero here.
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    let whole = match digits.len() % 4 {
        1 => &digits[..digits.len() - 1],
        _ => digits,
    };
    BASE64_STANDARD
        .decode(whole)
        .or_else(|_| LENIENT.decode(whole))
        .ok()
}

fn known(finder: Option<&AhoCorasick>, text: &str) -> Option<&'static str> {
    finder?.is_match(text).then_some(KNOWN_VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan() -> LeakScan {
        LeakScan::new([("q7Zr1Lx9Tn4Vb6Kp", true), ("opensesame", false)].into_iter())
    }

    #[test]
    fn secrets_are_seen_in_every_wrapping() {
        let scan = scan();
        let token = format!("ghp_{}", "a1B2".repeat(9));
        let base64 = BASE64_STANDARD.encode(format!("token {token}"));
        for (text, name) in [
            (token.clone(), "github-token"),
            (format!("{{\\\"k\\\":\\\"{token}\\\"}}"), "github-token"),
            (
                format!("%7B%22k%22%3A%22{}%22", token.replace('_', "%5F")),
                "github-token",
            ),
            (base64.clone(), "github-token"),
            (format!("/x/{base64}"), "github-token"),
            (
                format!("x{}", BASE64_STANDARD.encode(&base64)),
                "github-token",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\\nMIIE".to_owned(),
                "private-key",
            ),
            (
                "postgres://web:hunter2@db/shop".to_owned(),
                "url-credentials",
            ),
            ("DB_PASSWORD=hunter2x9 go".to_owned(), "password"),
            ("is q7Zr1Lx9Tn4Vb6Kp".to_owned(), "known-value"),
        ] {
            assert_eq!(scan.text(&text), Some(name), "{text}");
        }
    }

    #[test]
    fn a_value_that_is_a_word_is_looked_for_in_log_lines_only() {
        let scan = scan();
        assert_eq!(scan.line(r#"{"name":"opensesame"}"#), None);
        assert_eq!(
            scan.line(r#"{"message":"is opensesame"}"#),
            Some("known-value")
        );
        assert_eq!(
            scan.line(r#"{"tags":{"q7Zr1Lx9Tn4Vb6Kp":""}}"#),
            Some("known-value")
        );
        assert_eq!(scan.line("{"), Some("unreadable"));
    }

    #[test]
    fn what_the_scrubber_left_in_place_is_no_leak() {
        let scan = scan();
        for text in [
            "‹redacted:github-token:32-127:fp-1›",
            "postgres://‹redacted:url-credentials:8-31:fp-1›@db/shop",
            "password=‹redacted:env.DB_PASSWORD:8-31:fp-1›",
            "password=${DB_PASSWORD}",
            "https://host/@scope/package",
            "arn:aws:iam::111122223333:role/AKIAI",
            "FATAL: password authentication failed",
        ] {
            assert_eq!(scan.text(text), None, "{text}");
        }
    }
}
