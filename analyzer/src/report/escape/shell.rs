//! Words for a shell.

use super::acts;

/// The words of a command, each quoted so that a POSIX shell gives exactly them to the program and
/// does nothing else.
pub fn shell(words: &[String]) -> Vec<String> {
    words.iter().map(|word| quoted(word)).collect()
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    // zsh takes a bare `=ls` for the path of ls.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.chars().any(acts) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    // Quotes that know escapes, so that nothing in the command acts on the terminal.
    let mut out = String::from("$'");
    for letter in word.chars() {
        // An interactive bash looks for `!` before it reads quotes of this kind, and may take an
        // escaped apostrophe for their end.
        if acts(letter) || matches!(letter, '\'' | '!') {
            let mut bytes = [0; 4];
            // Octal, because a hexadecimal escape swallows digits behind it in some shells.
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("\\{byte:03o}"));
            }
        } else if letter == '\\' {
            out.push_str("\\\\");
        } else {
            out.push(letter);
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::{super::hostile, *};

    #[test]
    fn a_shell_gets_back_the_word() {
        let words = [
            "plain-1.2",
            "it's",
            "a b",
            "{\"Port\":\"3000\"}",
            "x\u{1b}1[2Jy'z\\",
            "\u{7}'!!'!reboot",
            "=ls",
            "~",
            "a=~:b",
        ];
        let words: Vec<String> = words
            .iter()
            .chain(hostile::TEXTS)
            .map(|word| (*word).to_owned())
            .collect();
        let command = format!("printf '%s\\0' {}", shell(&words).join(" "));
        assert!(!command.chars().any(acts), "{command:?}");
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
        assert_eq!(back.len(), words.len() + 1);
        assert_eq!(quoted("\u{7}'!"), "$'\\007\\047\\041'");
    }
}
