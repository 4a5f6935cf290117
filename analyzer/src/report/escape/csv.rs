//! Text for a cell of a table that a spreadsheet may open.

use super::visible;

/// The text of a cell. Quotes and separators are the writer's business.
///
/// Spreadsheets run a cell that begins with one of these characters as a formula, also behind
/// blanks, and some do so for the wide forms. An apostrophe in front makes it text; a reader that
/// wants the value back takes one apostrophe away where one of these stands behind it. Tabs and
/// line breaks, the other ways in, are visible escapes by then.
pub(in crate::report) fn cell(text: &str) -> String {
    let shown = visible(text);
    let runs = |letter: char| matches!(letter, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    if shown.trim_start().starts_with(runs) {
        return format!("'{shown}");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{
        super::{acts, hostile},
        *,
    };

    #[test]
    fn no_cell_begins_as_a_formula() {
        for hostile in hostile::TEXTS {
            let cell = cell(hostile);
            assert!(
                !cell.trim_start().starts_with(['=', '+', '-', '@', '＝']),
                "{cell:?}"
            );
            assert!(!cell.chars().any(acts), "{cell:?}");
        }
        assert_eq!(cell("=1"), "'=1");
        assert_eq!(cell("a=1"), "a=1");
        assert_eq!(cell("\t=1"), "\\t=1");
    }
}
