//! Secrets that give themselves away by their shape.
//!
//! The values of environment variables are known; what an application reads from a secret store
//! and prints is not. Only shapes that hardly anything else has are listed: a wrong replacement
//! may hide the line that explains a failure.
//!
//! Which providers have tokens worth looking for was compared with what gitleaks (MIT licence)
//! detects; the patterns and the words are our own.

use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

use aho_corasick::AhoCorasick;
use regex::{Captures, Regex};

/// A shape: how the manifest counts it, what a text must contain to be looked at, and the secret
/// itself. With a group the group is replaced, otherwise all of it.
struct Shape {
    name: &'static str,
    hints: &'static [&'static str],
    pattern: &'static str,
    /// Whether the secret must also look like chance: what stands before it is a word that other
    /// texts use as well.
    random: bool,
}

const SHAPES: &[Shape] = &[
    Shape {
        name: "age-secret-key",
        hints: &["age-secret-key-1"],
        pattern: r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}",
        random: false,
    },
    Shape {
        name: "ai-provider-key",
        hints: &[
            "sk-ant-",
            "sk-proj-",
            "sk-svcacct-",
            "hf_",
            "gsk_",
            "t3blbkfj",
        ],
        pattern: r"\b(?:sk-ant-[A-Za-z0-9_-]{20,}|sk-(?:proj|svcacct)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|hf_[A-Za-z]{34,}|gsk_[A-Za-z0-9]{40,})",
        random: false,
    },
    Shape {
        name: "authorization-header",
        hints: &["bearer ", "basic ", "authorization"],
        pattern: r"(?i)\b(?:bearer|authorization[\x22']?\s*[:=]\s*[\x22']?(?:basic|token|apikey|digest))\s+([a-z0-9._~+/-]{16,}=*)",
        random: false,
    },
    Shape {
        name: "aws-access-key-id",
        hints: &["akia", "asia", "abia", "acca"],
        pattern: r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
        random: false,
    },
    Shape {
        name: "aws-presigned-url",
        hints: &[
            "x-amz-signature",
            "x-amz-security-token",
            "x-amz-credential",
        ],
        pattern: r"(?i)\bX-Amz-(?:Signature|Security-Token|Credential)(?:=|%3D)([A-Za-z0-9%/+_=.-]{16,})",
        random: false,
    },
    Shape {
        name: "aws-secret-key",
        hints: &[
            "secret_access_key",
            "secretaccesskey",
            "session_token",
            "sessiontoken",
            "security_token",
        ],
        pattern: r"(?i)(?:secret_?access_?key|session_?token|security_?token)[\x22']?\s*[:=]\s*[\x22']?([a-z0-9/+]{30,}=*)",
        random: false,
    },
    Shape {
        name: "azure-key",
        hints: &["accountkey=", "sharedaccesskey=", "sig="],
        pattern: r"(?i)(?:\b(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,}=*)|[?&]sig=([A-Za-z0-9%+/]{40,}(?:=|%3D)?))",
        random: false,
    },
    Shape {
        name: "cookie",
        hints: &["cookie:", "cookie\":"],
        pattern: r"(?i)\b(?:set-)?cookie[\x22']?\s*:\s*[\x22']?([A-Za-z0-9_.-]+=[^\s;\x22']{8,}(?:;\s*[A-Za-z0-9_.-]+=[^\s;\x22']+)*)",
        random: false,
    },
    Shape {
        name: "google-key",
        hints: &["aiza", "gocspx-", "ya29."],
        pattern: r"\b(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{30,})",
        random: false,
    },
    Shape {
        name: "infrastructure-token",
        hints: &[
            "hvs.",
            "hvb.",
            ".atlasv1.",
            "dop_v1_",
            "doo_v1_",
            "dor_v1_",
            "dp.pt.",
            "dp.st.",
            "dapi",
            "pul-",
            "tskey-",
            "nfp_",
            "fo1_",
            "fm2_",
            "pscale_",
            "sbp_",
            "glsa_",
            "glc_",
        ],
        pattern: r"\b(?:hv[sb]\.[A-Za-z0-9_-]{24,}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}|do[opr]_v1_[a-f0-9]{64}|dp\.(?:pt|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44}|dapi[a-f0-9]{32}|pul-[a-f0-9]{40}|tskey-[a-z]+-[A-Za-z0-9_-]{20,}|nfp_[A-Za-z0-9]{36}|fo1_[A-Za-z0-9_-]{43}|fm2_[A-Za-z0-9+/=]{80,}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9=._-]{32,}|sbp_[a-f0-9]{40}|glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32,}={0,2})",
        random: false,
    },
    Shape {
        name: "json-web-token",
        hints: &["eyj"],
        pattern: r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+",
        random: false,
    },
    Shape {
        name: "messaging-token",
        hints: &[
            "xoxb-",
            "xoxp-",
            "xoxa-",
            "xoxr-",
            "xoxs-",
            "xapp-",
            "hooks.slack.com/",
            "discord",
            "key-",
            "sg.",
            "-us",
            ":aa",
        ],
        pattern: r"(?:\bxox[abprs]-[A-Za-z0-9-]{20,}|\bxapp-\d-[A-Za-z0-9-]{20,}|hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{24,})|discord(?:app)?\.com/api/webhooks/(\d{17,20}/[A-Za-z0-9_-]{60,})|\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|\bkey-[a-f0-9]{32}\b|\b[a-f0-9]{32}-us\d{1,2}\b|\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b)",
        random: false,
    },
    Shape {
        name: "package-registry-token",
        hints: &[
            "npm_",
            "pypi-age",
            "_authtoken",
            "rubygems_",
            "akcp",
            "dckr_pat_",
            "oy2",
            "cio",
        ],
        pattern: r"(?:\bnpm_[A-Za-z0-9]{36}|\bpypi-AgE[A-Za-z0-9_-]{50,}|_authToken\s*=\s*[\x22']?([A-Za-z0-9_+/=-]{16,})|\brubygems_[a-f0-9]{48}|\bAKCp[A-Za-z0-9]{60,}|\bdckr_pat_[A-Za-z0-9_-]{27}|\boy2[a-z0-9]{43}\b|\bcio[A-Za-z0-9]{32}\b)",
        random: false,
    },
    Shape {
        name: "password-assignment",
        hints: &["password", "passwd", "pwd"],
        pattern: r"(?i)(?:password|passwd|pwd)(?:=[\x22']?([^\s\x22'&;,<>‹]{4,})|[\x22']\s*:\s*[\x22']([^\x22'‹]{4,}))",
        random: false,
    },
    Shape {
        name: "password-option",
        hints: &["--password", "--token", "--secret", "--api-key"],
        pattern: r"(?i)--(?:password|token|secret|api-key)(?:=|\s+)[\x22']?([^\s\x22'‹-][^\s\x22'‹]{5,})",
        random: true,
    },
    Shape {
        name: "payment-key",
        hints: &[
            "sk_live_",
            "sk_test_",
            "rk_live_",
            "rk_test_",
            "whsec_",
            "sq0",
            "shpat_",
            "shpss_",
            "shpca_",
            "shppa_",
            "access_token$",
        ],
        pattern: r"(?:\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{20,}|\bwhsec_[A-Za-z0-9+/]{32,}=*|\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}|\bshp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|access_token\$production\$[a-z0-9]{16}\$[a-f0-9]{32})",
        random: false,
    },
    Shape {
        name: "private-key",
        hints: &["private key-----", "private key block-----"],
        pattern: r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:(?s:.*?)-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|[\sA-Za-z0-9+/=\\:.,()-]*)",
        random: false,
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
            "gldt-",
            "glrt-",
            "glcbt-",
            "gloas-",
            "atbb",
            "atatt3",
            "atctt3",
        ],
        pattern: r"\b(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|gl(?:pat|dt|rt|cbt|oas)-[A-Za-z0-9_-]{20,}|ATBB[A-Za-z0-9]{32}|AT[AC]TT3[A-Za-z0-9_=-]{60,})",
        random: false,
    },
    Shape {
        name: "secret-assignment",
        hints: &[
            "secret",
            "token",
            "api_key",
            "apikey",
            "api-key",
            "access_key",
            "credential",
            "auth_key",
        ],
        pattern: r"(?i)(?:secret|token|api[_-]?key|access_key|auth_key|credentials?)(?:_(?:key|value|id))?[\x22']?\s*[:=]\s*[\x22']?([A-Za-z0-9+/_.~-]{20,}={0,2})",
        random: true,
    },
    Shape {
        name: "tool-token",
        hints: &[
            "lin_api_", "ntn_", "secret_", "pmak-", "nrak-", "nrjs-", "sntrys_", "sntryu_", "phx_",
            "phc_", "figd_", "pat-na1-", "ezak", "eztk", "tfp_",
        ],
        pattern: r"\b(?:lin_api_[A-Za-z0-9]{40}|ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|NRAK-[A-Z0-9]{27}|NRJS-[a-f0-9]{19}|sntry[su]_[A-Za-z0-9+/=_-]{40,}|ph[xc]_[A-Za-z0-9]{40,}|figd_[A-Za-z0-9_-]{40,}|pat-na1-[a-f0-9-]{36}|EZ[AT]K[A-Za-z0-9]{54}|tfp_[A-Za-z0-9_-]{40,})",
        random: false,
    },
];

/// One search for all hints, so that the lines without any cost nothing more, and those with one
/// only the shapes that it belongs to.
static HINTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(SHAPES.iter().flat_map(|shape| shape.hints))
        .expect("the hints are few and short")
});

/// The shape of each hint, by its place in [`SHAPES`].
static SHAPE_OF_HINT: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let shapes = SHAPES.iter().enumerate();
    shapes
        .flat_map(|(index, shape)| shape.hints.iter().map(move |_| index))
        .collect()
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
    let hinted: BTreeSet<usize> = HINTS
        .find_overlapping_iter(text)
        .map(|hint| SHAPE_OF_HINT[hint.pattern().as_usize()])
        .collect();
    let mut clean = Cow::Borrowed(text);
    for index in hinted {
        let shape = &SHAPES[index];
        let mut found_one = false;
        let replaced = PATTERNS[index].replace_all(&clean, |found: &Captures<'_>| {
            let whole = found.get(0).expect("the whole match");
            let secret = found.iter().skip(1).flatten().next().unwrap_or(whole);
            if shape.random && !is_random(secret.as_str()) {
                return whole.as_str().to_owned();
            }
            found_one = true;
            count(shape.name);
            let before = &whole.as_str()[..secret.start() - whole.start()];
            let after = &whole.as_str()[secret.end() - whole.start()..];
            format!("{before}‹withheld:{}›{after}", shape.name)
        });
        if found_one {
            clean = Cow::Owned(replaced.into_owned());
        }
    }
    match clean {
        Cow::Owned(clean) => Some(clean),
        Cow::Borrowed(_) => None,
    }
}

/// Bits of chance in a letter from which on a text is none that somebody would write: of English
/// words and paths it is about 3, of twenty random letters and digits above 3.5.
const RANDOM_BITS: f64 = 3.3;

/// Whether a text looks like made by chance: letters and digits, and few of them twice.
fn is_random(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has = |which: fn(&u8) -> bool| bytes.iter().any(which);
    if text.starts_with('/') || !has(u8::is_ascii_digit) || !has(u8::is_ascii_alphabetic) {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let length = bytes.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    bits >= RANDOM_BITS.min(length.log2() * 0.8)
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
                "age-secret-key",
                format!("AGE-SECRET-KEY-1{}", "Q4".repeat(29)),
            ),
            ("ai-provider-key", format!("sk-ant-{}", "a1B2".repeat(9))),
            ("ai-provider-key", format!("hf_{}", "aBcD".repeat(9))),
            (
                "aws-access-key-id",
                "id AKIAIOSFODNN7EXAMPLE is old".to_owned(),
            ),
            (
                "aws-presigned-url",
                format!("GET /a?X-Amz-Signature={}", "0a1b".repeat(16)),
            ),
            (
                "azure-key",
                format!("AccountName=a;AccountKey={}==", "aB3/".repeat(20)),
            ),
            ("cookie", "Cookie: session=s3ss10nval; theme=x".to_owned()),
            ("google-key", format!("key AIza{}", "a1B2c".repeat(7))),
            ("infrastructure-token", format!("hvs.{}", "a1B2".repeat(8))),
            (
                "infrastructure-token",
                format!("dop_v1_{}", "0a1b".repeat(16)),
            ),
            (
                "messaging-token",
                format!("xoxb-{}", "1234567890-".repeat(3)),
            ),
            (
                "messaging-token",
                format!(
                    "https://hooks.slack.com/services/T00000000/B00000000/{}",
                    "aB3x".repeat(6)
                ),
            ),
            (
                "messaging-token",
                format!("SG.{}.{}x", "a1".repeat(11), "b2".repeat(21)),
            ),
            (
                "package-registry-token",
                format!("npm_{}", "a1B2".repeat(9)),
            ),
            (
                "package-registry-token",
                format!("pypi-AgEIcHlwaS5vcmc{}", "a1B2".repeat(16)),
            ),
            ("password-option", "mysql --password hunter2x9".to_owned()),
            ("payment-key", format!("rk_live_{}", "a1B2".repeat(6))),
            ("payment-key", format!("shpat_{}", "0a1b".repeat(8))),
            ("provider-token", format!("glpat-{}", "a1B2".repeat(5))),
            (
                "secret-assignment",
                "client_secret: q7Zr1Lx9Tn4Vb6Kp0Wd3".to_owned(),
            ),
            ("tool-token", format!("lin_api_{}", "a1B2".repeat(10))),
            (
                "tool-token",
                format!("PMAK-{}-{}ff", "0a1b2c".repeat(4), "0a1b".repeat(8)),
            ),
            (
                "provider-token",
                format!("remote https://x/ ghp_{}", "a1B2".repeat(9)),
            ),
        ];
        let tried: BTreeSet<_> = cases.iter().map(|(name, _)| *name).collect();
        let all: BTreeSet<_> = SHAPES.iter().map(|shape| shape.name).collect();
        assert_eq!(tried, all, "a shape without an example is not tested");
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
    fn a_private_key_goes_whether_its_end_is_there_or_not() {
        let begin = "-----BEGIN RSA PRIVATE KEY-----";
        for (text, left) in [
            (
                format!("{{\"key\":\"{begin}\\nMIIEow\",\"n\":1}}"),
                "{\"key\":\"‹withheld:private-key›\",\"n\":1}",
            ),
            (
                format!("{begin}\nMIIEow==\n-----END RSA PRIVATE KEY-----, and on"),
                "‹withheld:private-key›, and on",
            ),
            (
                format!(
                    "{begin}\nDEK-Info: AES-128-CBC,0A\n\nMIIEow==\n-----END RSA PRIVATE KEY-----\n"
                ),
                "‹withheld:private-key›\n",
            ),
        ] {
            assert_eq!(clean(&text).as_deref(), Some(left));
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
            "password=‹withheld:DB_PASSWORD›",
            "Error: token: unexpected_end_of_input_found",
            "secret=/shop/production/database-url-2",
            "secrets: arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf",
            "npm WARN deprecated token-types@5.0.1: no longer maintained",
            "SyntaxError: Unexpected token '}' in JSON at position 1234567890",
            "usage: --token-file FILE",
            "#8 sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9 done",
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
