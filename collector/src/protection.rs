//! What is done so that a bundle may leave the account, beyond what always is.

use std::collections::{BTreeMap, BTreeSet};

use evidence_schema::{Coverage, manifest::Redaction};
use redaction::{Emails, Fingerprints, LeakScan, Scrubber};

use crate::{encrypt::Recipient, error::CliError, pseudonymize::PseudonymPlan};

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Protection {
    /// Whether e-mail addresses are taken out.
    pub emails: Emails,
    /// How what tells whose account it is gets a pseudonym, if that was asked for.
    pub pseudonyms: Option<PseudonymPlan>,
    /// Who can read the file; nobody: everybody can.
    pub recipients: Vec<Recipient>,
}

impl Protection {
    /// A scrubber that knows these values by the names of their variables.
    pub(crate) fn scrubber(
        &self,
        fingerprints: Fingerprints,
        values: &BTreeMap<String, BTreeSet<String>>,
        public: &[&str],
    ) -> Scrubber {
        Scrubber::new(fingerprints, values, public, self.emails)
    }
}

/// Fingerprints with a key of this run.
pub(crate) fn fingerprints() -> Result<Fingerprints, CliError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(CliError::Random)?;
    Ok(Fingerprints::new(key))
}

/// What reads the finished file back.
pub(crate) fn leak_scan(scrubber: &Scrubber) -> LeakScan {
    LeakScan::new(scrubber.known())
}

/// What the manifest says of the work of a scrubber. `unscrubbed`: the records that it failed on.
pub(crate) fn told(scrubber: &Scrubber, emails: Emails, unscrubbed: u64) -> Redaction {
    let replaced_by_source = scrubber.replaced_by_source();
    let mut replaced = BTreeMap::new();
    for (detector, count) in replaced_by_source.values().flatten() {
        *replaced.entry(detector.clone()).or_default() += count;
    }
    let failed = (unscrubbed > 0).then(|| ("scrubber-failed".to_owned(), unscrubbed));
    Redaction {
        environment_values_withheld: true,
        known_values: scrubber.known_values(),
        email_addresses: emails == Emails::Replace,
        replaced,
        replaced_by_source,
        quarantined: Some(failed.into_iter().collect()),
        ..Redaction::default()
    }
}

/// The ledger without what may not leave.
pub(crate) fn ledger(scrubber: &Scrubber, coverage: Vec<Coverage>) -> Vec<Coverage> {
    coverage
        .into_iter()
        .map(|it| scrubber.coverage(it))
        .collect()
}
