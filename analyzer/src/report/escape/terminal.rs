//! Text for a terminal.

use super::acts;

/// The text with everything that acts made visible, on one line.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if acts(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{super::hostile, *};

    #[test]
    fn what_acts_on_a_terminal_is_made_visible() {
        assert_eq!(
            visible("a\u{1b}[31mb\u{202e}c\u{9b}\td\n"),
            "a\\u{1b}[31mb\\u{202e}c\\u{9b}\\td\\n"
        );
        assert_eq!(
            visible("▲ Next.js, größer, 日本"),
            "▲ Next.js, größer, 日本"
        );
        for hostile in hostile::TEXTS {
            assert!(!visible(hostile).chars().any(acts), "{hostile:?}");
        }
    }
}
