//! Text from a bundle, made harmless for the place that it goes to.
//!
//! The strings of a bundle come from strangers: a log line is whatever somebody sent to the
//! application. One file a target. All of them begin by making visible what acts, hides or turns
//! text around, so that no reader of a report sees less than what is there.

pub(super) mod csv;
pub(super) mod html;
pub(super) mod json;
pub(super) mod markdown;
mod shell;
mod terminal;

pub use self::{shell::shell, terminal::visible};

/// Whether a character would act on a terminal, hide, or turn text around.
///
/// The ranges beyond the control characters are those that Unicode asks programs to ignore when
/// they draw text (`Default_Ignorable_Code_Point`), the marks of direction, and the two line breaks
/// that only some programs honour.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The parts of a sentence that has words of code between backticks: plain, code, plain, and so on.
/// None where the backticks are something else, such as part of a name.
fn with_code(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.split('`').collect();
    let paired = !parts.len().is_multiple_of(2);
    let coded = |part: &&str| !part.is_empty() && part.trim() == *part;
    (paired && parts.iter().skip(1).step_by(2).all(coded)).then_some(parts)
}

#[cfg(test)]
pub(super) mod hostile;
