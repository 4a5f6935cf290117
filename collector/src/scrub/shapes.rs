//! Secrets that give themselves away by their shape.
//!
//! The values of environment variables are known; what an application reads from a secret store
//! and prints is not. Only shapes that hardly anything else has are listed: a wrong replacement
//! may hide the line that explains a failure.

use std::{borrow::Cow, sync::LazyLock};

use aho_corasick::AhoCorasick;
use regex::{Captures, Regex};

/// A shape: how the manifest counts it, what a text must contain to be looked at, and the secret
/// itself. With a group the group is replaced, otherwise all of it.
struct Shape {
    name: &'static str,
    hints: &'static [&'static str],
    pattern: &'static str,
}

const SHAPES: &[Shape] = &[
    Shape {
        name: "authorization-header",
        hints: &["bearer ", "basic "],
        pattern: r"(?i)\b(?:bearer|authorization[\x22']?\s*[:=]\s*[\x22']?basic)\s+([a-z0-9._~+/-]{16,}=*)",
    },
    Shape {
        name: "aws-secret-key",
        hints: &[
            "secret_access_key",
            "secretaccesskey",
            "session_token",
            "sessiontoken",
        ],
        pattern: r"(?i)(?:secret_?access_?key|session_?token)[\x22']?\s*[:=]\s*[\x22']?([a-z0-9/+]{30,}=*)",
    },
    Shape {
        name: "json-web-token",
        hints: &["eyj"],
        pattern: r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+",
    },
    Shape {
        name: "password-assignment",
        hints: &["password", "passwd", "pwd"],
        pattern: r"(?i)(?:password|passwd|pwd)(?:=[\x22']?([^\s\x22'&;,<>‹]{4,})|[\x22']\s*:\s*[\x22']([^\x22'‹]{4,}))",
    },
    Shape {
        name: "private-key",
        hints: &["private key-----"],
        pattern: r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\sA-Za-z0-9+/=\\]*)(?:-----END [A-Z ]*PRIVATE KEY-----)?",
    },
    Shape {
        name: "provider-token",
        hints: &[
            "ghp_",
            "gho_",
            "ghs_",
            "ghu_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "sk_live_",
            "xoxb-",
            "xoxp-",
        ],
        pattern: r"\b(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}|sk_live_[A-Za-z0-9]{20,}|xox[bp]-[A-Za-z0-9-]{20,})",
    },
];

/// One search for all hints, so that the lines without any cost nothing more.
static HINTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(SHAPES.iter().flat_map(|shape| shape.hints))
        .expect("the hints are few and short")
});

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .map(|shape| Regex::new(shape.pattern).expect("the patterns are tested"))
        .collect()
});

/// The text without secrets of a known shape; `count` is told the name of each that was replaced.
/// None if there is none.
pub(super) fn without_secrets(text: &str, mut count: impl FnMut(&'static str)) -> Option<String> {
    if !HINTS.is_match(text) {
        return None;
    }
    let mut clean = Cow::Borrowed(text);
    for (shape, pattern) in SHAPES.iter().zip(PATTERNS.iter()) {
        let replaced = pattern.replace_all(&clean, |found: &Captures<'_>| {
            count(shape.name);
            let whole = found.get(0).expect("the whole match");
            let secret = found.iter().skip(1).flatten().next().unwrap_or(whole);
            let before = &whole.as_str()[..secret.start() - whole.start()];
            let after = &whole.as_str()[secret.end() - whole.start()..];
            format!("{before}‹withheld:{}›{after}", shape.name)
        });
        if let Cow::Owned(replaced) = replaced {
            clean = Cow::Owned(replaced);
        }
    }
    match clean {
        Cow::Owned(clean) => Some(clean),
        Cow::Borrowed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> Option<String> {
        without_secrets(text, |_| {})
    }

    #[test]
    fn every_shape_is_found() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";
        let cases = [
            (
                "authorization-header",
                "Authorization: Bearer abcdefghijklmnop.qrst".to_owned(),
            ),
            (
                "aws-secret-key",
                "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            ),
            ("json-web-token", format!("token {jwt} expired")),
            (
                "password-assignment",
                "connect host=db password=opensesame sslmode=on".to_owned(),
            ),
            (
                "password-assignment",
                "{\"Password\": \"open sesame\"}".to_owned(),
            ),
            (
                "private-key",
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE".to_owned(),
            ),
            (
                "provider-token",
                format!("remote https://x/ ghp_{}", "a1B2".repeat(9)),
            ),
        ];
        for (name, text) in cases {
            let mut names = Vec::new();
            let clean = without_secrets(&text, |name| names.push(name)).expect(name);
            assert_eq!(names, [name], "{text}");
            assert!(clean.contains(&format!("‹withheld:{name}›")), "{clean}");
            assert!(!clean.contains("sesame"), "{clean}");
        }
        assert_eq!(
            clean("host=db password=opensesame sslmode=on").as_deref(),
            Some("host=db password=‹withheld:password-assignment› sslmode=on")
        );
    }

    #[test]
    fn what_explains_a_failure_stays() {
        for text in [
            "FATAL: password authentication failed for user \"web\"",
            "KeyError: 'DB_PASSWORD'",
            "Error: missing required environment variable DB_PASSWORD",
            "ValueError: password: field required",
            "WWW-Authenticate: Bearer realm=\"api\"",
            "password=‹withheld:DB_PASSWORD›",
            "[AppRunner] Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration.",
        ] {
            assert_eq!(clean(text), None, "{text}");
        }
    }

    #[test]
    fn every_shape_has_a_hint_that_its_own_pattern_needs() {
        for shape in SHAPES {
            assert!(!shape.hints.is_empty(), "{}", shape.name);
            for hint in shape.hints {
                assert_eq!(
                    *hint,
                    hint.to_lowercase(),
                    "hints are compared without case"
                );
            }
        }
    }
}
