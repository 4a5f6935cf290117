//! What another implementation answers otherwise, and why we do not follow it.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{Case, Verdict};

/// One case that is answered otherwise.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disagreement {
    /// What it is about.
    pub title: String,
    /// Our answer.
    pub ours: Verdict,
    /// The other.
    pub theirs: Verdict,
    /// The page of AWS that ours follows.
    pub page: String,
    /// What the page says, in a sentence.
    pub why: String,
    /// The case.
    pub case: Case,
}

/// All of them.
///
/// # Errors
///
/// When the file cannot be read.
pub fn disagreements() -> io::Result<Vec<Disagreement>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../samples/conformance/iam/disagreements.json");
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}
