//! How often the analyzer names the right cause, measured on failures that were reported in public.
//!
//! A case is an account of `samples/accounts/cases` and the bundle that was collected from it. What
//! a report names first is compared with what the account says is right.

pub mod baseline;
pub mod page;
pub mod perturb;
pub mod score;
pub mod table;

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use analyzer::{
    evidence::Evidence,
    report::{self, Report},
};
use evidence_schema::{Limits, ReadError, Reader};
use samples::{Account, AccountError, Folder};

pub use self::score::{Healthy, Outcome, Scored, Told};

/// The folders whose accounts are measured.
pub const FOLDERS: [Folder; 2] = [Folder::Cases, Folder::Healthy];

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder of the accounts could not be read.
    #[error("failed to list the accounts")]
    List(#[source] io::Error),
    /// An account could not be loaded.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A bundle could not be opened.
    #[error("failed to open {}; `cargo xtask samples` collects it", path.display())]
    Open {
        /// The bundle.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A bundle could not be read.
    #[error("failed to read {name}")]
    Read {
        /// The account.
        name: String,
        /// Why not.
        #[source]
        source: ReadError,
    },
}

/// What became of every account.
#[derive(Debug, Default)]
pub struct Measured {
    /// The cases, by name.
    pub cases: Vec<Scored>,
    /// The healthy accounts, by name.
    pub healthy: Vec<Healthy>,
}

impl Measured {
    /// Analyzes the committed bundles.
    ///
    /// # Errors
    ///
    /// When an account or its bundle cannot be read.
    pub fn committed() -> Result<Self, Error> {
        let mut measured = Self::default();
        for folder in FOLDERS {
            for path in folder.accounts().map_err(Error::List)? {
                let account = Account::load(&path)?;
                let path = folder
                    .bundles()
                    .join(format!("{}.evidence.json.zst", account.name));
                let bundle = File::open(&path).map_err(|source| Error::Open { path, source })?;
                measured.add(folder, &account, bundle)?;
            }
        }
        Ok(measured)
    }

    /// Analyzes a bundle of an account and keeps what came of it.
    ///
    /// # Errors
    ///
    /// When the bundle cannot be read.
    pub fn add(
        &mut self,
        folder: Folder,
        account: &Account,
        bundle: impl Read,
    ) -> Result<(), Error> {
        let report = analyzed(bundle).map_err(|source| Error::Read {
            name: account.name.clone(),
            source,
        })?;
        match folder {
            Folder::Cases => self.cases.push(score::score(account, &report)),
            Folder::Healthy => self.healthy.push(score::healthy(account, &report)),
            Folder::Examples => {}
        }
        Ok(())
    }
}

fn analyzed(bundle: impl Read) -> Result<Report, ReadError> {
    let reader = Reader::open(bundle, Limits::default())?;
    Ok(report::assemble(&Evidence::read(reader)?))
}
