//! Text of strangers, made safe for a terminal.

/// The text with its control characters escaped: an error message of AWS may repeat what somebody
/// else wrote, and must not move the cursor or hide a line.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        // Direction marks reorder what is shown, which is as good as a lie.
        let reorders = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || reorders {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(escaped("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\r\\n");
        assert_eq!(escaped("wo\u{202e}rd"), "wo\\u{202e}rd");
        assert_eq!(escaped("plain – text"), "plain – text");
    }
}
