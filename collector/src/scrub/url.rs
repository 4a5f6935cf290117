//! User names and passwords in URLs.

/// The text without the user-info of its URLs, and how many had one; none if there is none.
pub(super) fn without_user(text: &str) -> Option<(String, u64)> {
    let mut clean = String::new();
    let mut rest = text;
    let mut times = 0;
    while let Some(at) = rest.find("://") {
        let (scheme, after) = rest.split_at(at + 3);
        clean.push_str(scheme);
        rest = &after[user_length(after)..];
        times += u64::from(rest.len() < after.len());
    }
    if times == 0 {
        return None;
    }
    clean.push_str(rest);
    Some((clean, times))
}

/// The length of `user:password@` at the begin of what follows `://`.
fn user_length(after: &str) -> usize {
    let end = after
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '|'))
        .unwrap_or(after.len());
    let token = &after[..end];
    let slash = token.find(['/', '?', '#']).unwrap_or(token.len());
    if let Some(at) = token[..slash].rfind('@') {
        return at + 1;
    }
    // A password with a slash in it that nobody encoded. A number before the slash is a port.
    let Some(at) = token.find('@') else {
        return 0;
    };
    match token[..slash].split_once(':') {
        Some((_, port)) if !port.bytes().all(|byte| byte.is_ascii_digit()) => at + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_are_removed_and_nothing_else() {
        let clean = |text| without_user(text).map(|(clean, _)| clean);
        assert_eq!(
            clean("git clone https://x-token:abc@github.com/o/r.git && mysql://u@h:3306/d"),
            Some("git clone https://github.com/o/r.git && mysql://h:3306/d".to_owned()),
        );
        assert_eq!(
            clean("redis://u:p@ss@host/0"),
            Some("redis://host/0".to_owned())
        );
        assert_eq!(clean("pg://u:pa/ss@host/0"), Some("pg://host/0".to_owned()));
        assert_eq!(clean("http://host:8080/@scope/package a@b"), None);
        assert_eq!(clean("http://localhost/users/me@example.com"), None);
        assert_eq!(clean("no url, me@example.com"), None);
    }
}
