//! The last steps of a bundle: pseudonyms if they are wanted, the file, and what stays beside it.

use evidence_schema::{Coverage, Manifest};
use redaction::Scrubber;

use crate::{
    error::CliError,
    output::{Content, Finished, Reserved},
    protection::{self, Protection},
    pseudonymize::{self, pseudonymize},
    shrink::Room,
    spool::Spool,
};

/// What it takes to write a bundle.
pub(crate) struct Delivery<'a> {
    /// Where it goes.
    pub place: Reserved,
    /// What is done so that it may leave the account.
    pub protection: &'a Protection,
    /// Whether files may be replaced.
    pub force: bool,
    /// What looked at its records.
    pub scrubber: &'a Scrubber,
    /// What it has to fit into.
    pub room: Option<Room>,
}

impl Delivery<'_> {
    /// Writes the bundle; gives the file, and the head as it is in it.
    pub(crate) fn write(
        self,
        mut spool: Spool,
        mut manifest: Manifest,
        mut coverage: Vec<Coverage>,
    ) -> Result<(Finished, Manifest), CliError> {
        let mut mapping = None;
        if let Some(wanted) = &self.protection.pseudonyms {
            let renamed = pseudonymize(wanted, &mut spool, manifest, &coverage)?;
            (spool, manifest, coverage) = (renamed.spool, renamed.manifest, renamed.coverage);
            mapping = wanted.map.as_ref().zip(renamed.mapping);
        }
        let scan = protection::leak_scan(self.scrubber);
        let content = Content {
            manifest: &manifest,
            spool: &mut spool,
            coverage: &coverage,
            scan: &scan,
        };
        let finished = self.place.write(content, self.room.as_ref())?;
        if let Some((path, mapping)) = mapping {
            pseudonymize::write_map(path, &mapping, self.force)?;
        }
        Ok((finished, manifest))
    }
}
