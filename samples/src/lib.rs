//! Simulated AWS accounts in which a deployment went well or wrong, and the endpoint that serves
//! them. The README of this crate documents the form of an account.

mod account;
mod endpoint;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use account::*;
pub use endpoint::{Call, Endpoint, Outcome};

/// The folder of this crate, in which `accounts/` and `bundles/` are.
pub fn dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of all accounts, sorted by name.
pub fn accounts() -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir().join("accounts"))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
