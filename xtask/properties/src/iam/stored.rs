//! Cases with the answers of the other implementation, so that a test needs nothing but a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Case, Generator, Verdict};

/// How many are stored.
pub const STORED: usize = 3_000;

/// The seed of those that are stored.
const SEED: u64 = 20_261_120;

/// The file is small and read often.
const LEVEL: i32 = 19;

/// A case and what the other implementation answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The answer.
    pub answer: Verdict,
    /// The case.
    pub case: Case,
}

/// Where they are: one a line, compressed.
pub fn stored_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/iam.ndjson.zst")
}

/// The cases that are to be stored.
pub fn to_store() -> impl Iterator<Item = Case> {
    Generator::new(SEED).take(STORED)
}

/// What the file has in it.
///
/// # Errors
///
/// When it cannot be read.
pub fn stored() -> io::Result<Vec<Stored>> {
    let text = zstd::decode_all(fs::read(stored_path())?.as_slice())?;
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| Ok(serde_json::from_slice(line)?))
        .collect()
}

/// The bytes of such a file.
///
/// # Errors
///
/// When they cannot be compressed.
pub fn pack(cases: &[Stored]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for case in cases {
        serde_json::to_writer(&mut text, case)?;
        text.push(b'\n');
    }
    zstd::encode_all(text.as_slice(), LEVEL)
}
