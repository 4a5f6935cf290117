//! Whether a secret can still be read, by somebody who decodes whatever there is to decode.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use percent_encoding::percent_decode_str;

/// So many letters of a secret in a row are a leak.
const WINDOW: usize = 10;

/// So often what was decoded is decoded once more.
const DEPTH: u32 = 4;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The first part of a secret that can be read in the text.
pub(crate) fn first<'a>(text: &str, parts: &'a [String]) -> Option<&'a str> {
    let texts = decoded(text, 0);
    parts.iter().map(String::as_str).find(|part| {
        let window = WINDOW.min(part.len());
        (0..=part.len() - window).any(|at| {
            texts
                .iter()
                .any(|text| text.contains(&part[at..at + window]))
        })
    })
}

fn decoded(text: &str, depth: u32) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    if depth == DEPTH {
        return all;
    }
    let percent = percent_decode_str(text).decode_utf8_lossy();
    if percent != text {
        all.extend(decoded(&percent, depth + 1));
    }
    let bare = text.replace("\\n", "\n").replace('\\', "");
    if bare != text {
        all.extend(decoded(&bare, depth + 1));
    }
    let is_digit = |it: char| it.is_ascii_alphanumeric() || "+/-_".contains(it);
    for run in text.split(|it| !is_digit(it)).filter(|it| it.len() >= 12) {
        let digits = run.replace('-', "+").replace('_', "/");
        for offset in 0..4 {
            let rest = &digits[offset.min(digits.len())..];
            let whole = &rest[..rest.len() - usize::from(rest.len() % 4 == 1)];
            if let Ok(bytes) = LENIENT.decode(whole) {
                let inner = String::from_utf8_lossy(&bytes);
                let written = inner.chars().filter(|it| (' '..='~').contains(it)).count();
                if written * 2 > inner.chars().count() {
                    all.extend(decoded(&inner, depth + 1));
                }
            }
        }
    }
    all
}
