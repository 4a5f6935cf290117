//! Text for a JSON document.

use super::acts;

/// The text of a JSON document with everything that acts inside its strings escaped.
pub(in crate::report) fn document(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
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

#[cfg(test)]
mod tests {
    use super::{super::hostile, *};

    #[test]
    fn json_stays_json() {
        for hostile in hostile::TEXTS {
            let value = serde_json::json!({ "a": hostile });
            let shown = document(&serde_json::to_string_pretty(&value).unwrap());
            assert!(!shown.chars().any(|it| it != '\n' && acts(it)), "{shown:?}");
            let back: serde_json::Value = serde_json::from_str(&shown).unwrap();
            assert_eq!(back, value);
        }
    }
}
