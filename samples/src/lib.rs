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

/// A folder of accounts, and of the bundles that are collected from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// One account for each thing that the programs are shown and tested with.
    Examples,
    /// Failures that somebody reported.
    Cases,
    /// Nothing is wrong, however it looks.
    Healthy,
}

impl Folder {
    /// Every folder.
    pub const ALL: [Self; 3] = [Self::Examples, Self::Cases, Self::Healthy];

    /// The path below `accounts/` and `bundles/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Examples => "",
            Self::Cases => "cases",
            Self::Healthy => "healthy",
        }
    }

    /// The files of its accounts, sorted by name.
    pub fn accounts(self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir().join("accounts").join(self.name()))? {
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

    /// Where its bundles are.
    pub fn bundles(self) -> PathBuf {
        dir().join("bundles").join(self.name())
    }
}

/// The files of the accounts that are examples, sorted by name.
pub fn accounts() -> io::Result<Vec<PathBuf>> {
    Folder::Examples.accounts()
}
