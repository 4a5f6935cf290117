//! The checkout of who collects: files that are not in AWS.

use std::path::{Component, Path};

use super::{Problem, stated::SourceFileText};

/// A file of the source code.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path within the checkout, with `/` between its parts.
    pub path: String,
    /// What it says.
    pub text: String,
}

pub(super) fn resolve(texts: Vec<SourceFileText>) -> Result<Vec<SourceFile>, Problem> {
    texts
        .into_iter()
        .map(|text| {
            let is_inside = Path::new(text.path.get_ref())
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            if !is_inside || text.path.get_ref().is_empty() {
                return Err(Problem::at(
                    text.path.span(),
                    "the path of a source file is relative and stays in the checkout",
                ));
            }
            Ok(SourceFile {
                path: text.path.into_inner(),
                text: text.text,
            })
        })
        .collect()
}
