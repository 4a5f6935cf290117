//! The formats in which a report can be written. A new one is a file beside this one and a line in
//! [`ALL`].

use std::io;

use super::{Report, csv, html, json, markdown, text};

/// A format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What a user names it, and the name of its file.
    pub id: &'static str,
    /// What it is for, for the help.
    pub summary: &'static str,
    /// Writes a report. It sorts nothing, decides nothing and looks up nothing.
    pub write: fn(&Report, &mut dyn io::Write) -> io::Result<()>,
}

/// Every format, the usual one first.
pub const ALL: &[Format] = &[
    text::FORMAT,
    markdown::FORMAT,
    html::FORMAT,
    csv::FORMAT,
    json::FORMAT,
];

/// The format of this id.
pub fn find(id: &str) -> Option<Format> {
    ALL.iter().copied().find(|format| format.id == id)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;

    #[test]
    fn ids_are_unique_and_name_their_files() {
        let ids: BTreeSet<&str> = ALL.iter().map(|format| format.id).collect();
        assert_eq!(ids.len(), ALL.len());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
        for id in ids {
            assert!(folder.join(format!("{id}.rs")).exists(), "{id}");
            assert!(find(id).is_some());
        }
    }
}
