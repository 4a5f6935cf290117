//! `redact`: takes out of a finished bundle what the detectors of today know.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use evidence_schema::{
    Body, Coverage, Limits, Manifest, ReadError, Reader, Status,
    manifest::Tool,
    read::{DigestCheck, Ending},
    record::{QuarantineReason, Quarantined},
    write::Line,
};
use redaction::{Fingerprints, Scrubber, renamed};

use crate::{
    delivery::Delivery,
    error::{CliError, Exit},
    output::{self, Finished},
    protection::{self, Protection},
    pseudonymize,
    quarantine::{self, source_of},
    sources,
    spool::Spool,
    stop::Remnant,
};

/// What is to be redacted, and how.
#[derive(Debug)]
pub(crate) struct RedactPlan {
    /// The bundle, or `-` for standard input.
    pub input: PathBuf,
    /// How much is taken from it.
    pub limits: Limits,
    /// The file to write; named after the service otherwise.
    pub output: Option<PathBuf>,
    /// Whether it may replace another.
    pub force: bool,
    /// What is done beyond what always is.
    pub protection: Protection,
}

/// What a bundle became.
#[derive(Debug)]
pub(crate) struct Redacted {
    /// The new file.
    pub finished: Finished,
    /// What is in it.
    pub manifest: Manifest,
    /// How many times something was replaced that was still in the old one, by detector.
    pub replaced: BTreeMap<String, u64>,
    /// What was wrong with the old one, in sentences.
    pub troubles: Vec<String>,
    /// The exit code.
    pub exit: Exit,
}

/// Redacts what `plan` says.
pub(crate) fn redact(plan: &RedactPlan) -> Result<Redacted, CliError> {
    let unreadable = |source| CliError::NoBundle {
        path: plan.input.clone(),
        source,
    };
    let mut reader = Reader::open(open(&plan.input)?, plan.limits).map_err(unreadable)?;
    pseudonymize::check_map(plan.protection.pseudonyms.as_ref(), plan.force)?;
    let place = output::reserve(plan.output.as_deref(), plan.force, Remnant::default())?
        .encrypted_for(&plan.protection.recipients);
    let fingerprints = protection::fingerprints()?;
    let scrubber = plan
        .protection
        .scrubber(fingerprints.clone(), &BTreeMap::new(), &[]);
    let mut rewriter = Rewriter {
        scrubber: &scrubber,
        fingerprints: &fingerprints,
        spool: Spool::default(),
        unscrubbed: 0,
    };
    for record in &mut reader {
        let body = record.map_err(unreadable)?.body;
        rewriter.take(body).map_err(CliError::spool)?;
    }
    let (mut manifest, ending) = reader.into_parts();
    rewriter.not_understood(&ending).map_err(CliError::spool)?;
    let troubles = troubles(&ending);
    let coverage = match ending.cut {
        Some(_) if ending.coverage.is_empty() => {
            sources::ALL.iter().map(|it| lost(it.name)).collect()
        }
        _ => ending.coverage,
    };
    let mut coverage = protection::ledger(&scrubber, coverage);
    for entry in &mut coverage {
        rename(&fingerprints, entry);
    }
    let (spool, unscrubbed) = (rewriter.spool, rewriter.unscrubbed);

    let new = protection::told(&scrubber, plan.protection.emails, unscrubbed);
    let replaced = new.replaced.clone();
    let told = &mut manifest.redaction;
    told.environment_values_withheld = true;
    told.email_addresses |= new.email_addresses;
    add(&mut told.replaced, new.replaced);
    for (source, of) in new.replaced_by_source {
        add(told.replaced_by_source.entry(source).or_default(), of);
    }
    add(
        told.quarantined.get_or_insert_default(),
        new.quarantined.unwrap_or_default(),
    );
    told.again.push(Tool {
        name: "apprunner-collector".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    let delivery = Delivery {
        place,
        protection: &plan.protection,
        force: plan.force,
        scrubber: &scrubber,
        room: None,
    };
    let (finished, manifest) = delivery.write(spool, manifest, coverage)?;
    let exit = match troubles.is_empty() && finished.quarantined.is_empty() && unscrubbed == 0 {
        true => Exit::Complete,
        false => Exit::Gaps,
    };
    Ok(Redacted {
        finished,
        manifest,
        replaced,
        troubles,
        exit,
    })
}

/// Fills a spool with the records of a bundle.
struct Rewriter<'a> {
    scrubber: &'a Scrubber,
    fingerprints: &'a Fingerprints,
    spool: Spool,
    unscrubbed: u64,
}

impl Rewriter<'_> {
    fn take(&mut self, body: Body) -> io::Result<()> {
        let source = match &body {
            Body::Quarantined(it) => it.source.clone(),
            body => source_of(body.kind()).to_owned(),
        };
        let (clean, kept) = quarantine::scrubbed(self.scrubber, &source, body);
        self.unscrubbed += u64::from(kept.is_err());
        let line = Line::of(&clean);
        let line = Line::from_text(renamed(self.fingerprints, line.as_str()).into_owned());
        self.spool.take(&clean.sort_key(), line)
    }

    /// What cannot be looked at cannot be redacted, and is not handed on.
    fn not_understood(&mut self, ending: &Ending) -> io::Result<()> {
        let unreadable = ("unreadable".to_owned(), ending.unreadable);
        let kinds = ending.unknown_kinds.iter();
        let kinds = kinds.map(|(kind, count)| (kind.clone(), *count));
        for (of_kind, count) in kinds.chain([unreadable]) {
            for _ in 0..count {
                self.take(Body::Quarantined(Quarantined {
                    of_kind: of_kind.clone(),
                    source: "unknown".to_owned(),
                    time: None,
                    reason: QuarantineReason::NotUnderstood,
                    detector: None,
                }))?;
            }
        }
        Ok(())
    }
}

fn open(path: &Path) -> Result<Box<dyn Read>, CliError> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let failed = |source| CliError::NoBundle {
        path: path.to_owned(),
        source: ReadError::Io(source),
    };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok(Box::new(file))
}

/// What is wrong with a bundle that was read.
fn troubles(ending: &Ending) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Some(cut) = &ending.cut {
        troubles.push(format!(
            "the old bundle ends after record {} ({}); nothing behind it is in the new one",
            cut.after_records, cut.cause
        ));
    }
    if ending.digest == DigestCheck::Mismatch {
        troubles.push("the old bundle was changed after it was written".to_owned());
    }
    let unknown: u64 = ending.unknown_kinds.values().sum();
    if unknown > 0 {
        troubles.push(format!(
            "{unknown} records of kinds that this version does not know were taken out; a newer \
             apprunner-collector keeps them"
        ));
    }
    if let Some((position, why)) = &ending.first_unreadable {
        troubles.push(format!(
            "{} records that cannot be read were taken out, the first at position {position}: {why}",
            ending.unreadable
        ));
    }
    troubles
}

/// Keeps the numbers of the old bundle apart from new ones, as in its records.
fn rename(fingerprints: &Fingerprints, entry: &mut Coverage) {
    let error = entry.error.as_mut().map(|it| &mut it.message);
    for text in error.into_iter().chain(&mut entry.note) {
        *text = renamed(fingerprints, text).into_owned();
    }
}

/// The entry of a source whose entry is lost.
fn lost(source: &str) -> Coverage {
    Coverage {
        source: source.to_owned(),
        subject: None,
        status: Status::Failed,
        operations: Vec::new(),
        calls: 0,
        records: 0,
        covered: Vec::new(),
        missing: Vec::new(),
        permission: None,
        error: None,
        note: Some(
            "the bundle was cut, and its ledger lost, before it was redacted again".to_owned(),
        ),
    }
}

fn add(to: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (name, count) in more {
        *to.entry(name).or_default() += count;
    }
}
