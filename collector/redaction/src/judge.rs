//! What a secret must also be where the words before it do not only stand before secrets.

use serde::Deserialize;

use crate::entropy::is_random;

/// What programs and manuals write where a secret would stand.
const PLACEHOLDERS: &[&str] = &[
    "default",
    "empty",
    "environ",
    "example",
    "false",
    "field",
    "file",
    "hidden",
    "invalid",
    "missing",
    "must",
    "none",
    "null",
    "optional",
    "passphrase",
    "password",
    "placeholder",
    "process.env",
    "prompt",
    "redacted",
    "required",
    "secret",
    "stdin",
    "string",
    "token",
    "true",
    "undefined",
    "unset",
    "value",
    "withheld",
];

/// What CloudTrail puts where it withholds something.
const HIDDEN_BY_AWS: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// What a secret must also be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Judge {
    /// Its shape says enough.
    #[default]
    Anything,
    /// No placeholder and no variable.
    Word,
    /// Letters with digits or signs, and no placeholder.
    Mixed,
    /// It looks like made by chance.
    Random,
}

impl Judge {
    /// Whether `text` may be the secret.
    pub(crate) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Word => !is_placeholder(text),
            Self::Mixed => is_mixed(text) && !is_placeholder(text),
            Self::Random => is_random(text),
        }
    }
}

fn is_mixed(text: &str) -> bool {
    let has = |which: fn(&u8) -> bool| text.as_bytes().iter().any(which);
    has(u8::is_ascii_alphabetic) && (has(u8::is_ascii_digit) || has(|it| b"!@#^*~+".contains(it)))
}

fn is_placeholder(text: &str) -> bool {
    let variable = ["${", "$(", "{{", "%(", "%{", "<", "[", "***", "..."];
    let is_name = text.strip_prefix('$').is_some_and(|name| {
        name.bytes()
            .all(|it| it.is_ascii_uppercase() || it == b'_' || it.is_ascii_digit())
    });
    let word = text
        .trim_matches(|it: char| !it.is_alphanumeric())
        .to_ascii_lowercase();
    is_name
        || text == HIDDEN_BY_AWS
        || variable.iter().any(|it| text.starts_with(it))
        || PLACEHOLDERS.iter().any(|it| word == *it)
        || ["process.env", "os.environ", "env.", "getenv("]
            .iter()
            .any(|it| word.starts_with(it))
        || text
            .bytes()
            .all(|it| it == b'*' || it == b'x' || it == b'X' || it == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_secrets() {
        for text in [
            "${DB_PASSWORD}",
            "$PASSWORD",
            "********",
            "required",
            "Required.",
            "<pw>",
            "process.env.PW",
        ] {
            assert!(!Judge::Word.accepts(text), "{text}");
        }
        for text in ["hunter2x9", "opensesame", "$ecret1", "p@ss$word"] {
            assert!(Judge::Word.accepts(text), "{text}");
        }
        assert!(!Judge::Mixed.accepts("authentication"));
        assert!(Judge::Mixed.accepts("open-sesame7"));
    }
}
