//! Text from a bundle, made harmless for a terminal and for a shell.

/// Whether a character would act on a terminal, hide, or turn text around.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The text with every such character made visible.
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

/// The text of a JSON document with every such character inside its strings escaped.
pub(super) fn visible_json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for letter in document.chars() {
        // The layout of the document itself needs its line breaks.
        if letter != '\n' && acts(letter) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(letter);
        }
    }
    out
}

/// The words of a command, each quoted for a POSIX shell.
pub fn shell(words: &[String]) -> Vec<String> {
    words.iter().map(|word| quoted(word)).collect()
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.chars().any(acts) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    // Quotes that know escapes, so that nothing in the command acts on the terminal.
    let mut out = String::from("$'");
    for letter in word.chars() {
        match letter {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            letter if acts(letter) => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\x{byte:02x}"));
                }
            }
            letter => out.push(letter),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn json_stays_json() {
        let document =
            serde_json::to_string_pretty(&serde_json::json!({"a": "\u{202e}x\u{7f}\u{e0001}"}))
                .unwrap();
        let shown = visible_json(&document);
        assert!(shown.is_ascii());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            serde_json::from_str::<serde_json::Value>(&document).unwrap()
        );
    }

    #[test]
    fn a_shell_gets_back_the_word() {
        let words = [
            "plain-1.2",
            "",
            "it's",
            "a b",
            "{\"Port\":\"3000\"}",
            "$(reboot)",
            "x\u{1b}[2Jy'z\\",
            "`id`;ls",
        ];
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let command = format!("printf '%s\\0' {}", shell(&words).join(" "));
        let output = std::process::Command::new("bash")
            .arg("-c")
            .arg(&command)
            .output()
            .unwrap();
        let back: Vec<&str> = std::str::from_utf8(&output.stdout)
            .unwrap()
            .split('\0')
            .collect();
        assert_eq!(back[..words.len()], words);
        assert!(!shell(&words).join(" ").contains('\u{1b}'));
    }
}
