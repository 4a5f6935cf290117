//! User names and passwords in URLs.

use std::ops::Range;

/// What everybody is called where keys and not names tell people apart.
const NOBODY: &str = "git";

/// Finds the user-info of every URL: `user:password` in front of the `@`.
pub(crate) fn users(text: &str, mut found: impl FnMut(Range<usize>)) {
    let mut from = 0;
    while let Some(at) = text[from..].find("://") {
        let begin = from + at + 3;
        let length = user_length(&text[begin..]);
        if length > 0 && &text[begin..begin + length] != NOBODY {
            found(begin..begin + length);
        }
        from = begin + length;
    }
}

/// The length of `user:password` at the begin of what follows `://`; 0 if there is none.
fn user_length(after: &str) -> usize {
    let end = after
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '|' | '‹'))
        .unwrap_or(after.len());
    let token = &after[..end];
    let slash = token.find(['/', '?', '#']).unwrap_or(token.len());
    if let Some(at) = token[..slash].rfind('@') {
        return at;
    }
    // A password with a slash in it that nobody encoded. A number before the slash is a port.
    let Some(at) = token.find('@') else {
        return 0;
    };
    match token[..slash].split_once(':') {
        Some((_, port)) if !port.bytes().all(|byte| byte.is_ascii_digit()) => at,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_are_found_and_nothing_else() {
        let found = |text: &'static str| {
            let mut all = Vec::new();
            users(text, |range| all.push(&text[range]));
            all
        };
        assert_eq!(
            found("git clone https://x-token:abc@github.com/o/r.git && mysql://u@h:3306/d"),
            ["x-token:abc", "u"],
        );
        assert_eq!(found("redis://u:p@ss@host/0"), ["u:p@ss"]);
        assert_eq!(found("pg://u:pa/ss@host/0"), ["u:pa/ss"]);
        assert_eq!(found("redis://:pass@host/0"), [":pass"]);
        for text in [
            "http://host:8080/@scope/package a@b",
            "http://localhost/users/me@example.com",
            "no url, me@example.com",
            "ssh://git@github.com/o/r.git",
            "pg://‹redacted:url-credentials:8-31:fp-1›@host/0",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
