//! The bundle's file: reserved before anything is asked, complete or not there at all.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter, Seek, Write},
    path::{Path, PathBuf},
};

use evidence_schema::{
    Coverage, Encoding, Kind, Manifest, Writer,
    write::{Line, Written},
};
use redaction::{LeakScan, Numbering};
use tempfile::NamedTempFile;

use crate::{
    encrypt::{self, Recipient},
    error::CliError,
    leaks,
    quarantine::{Leaks, Quarantine},
    shrink::{self, Level, Policy, Room, SLACK, Sieve},
    size::Size,
    spool::Spool,
    stop::Remnant,
};

/// A place that was found writable, with a partial file in it.
#[derive(Debug)]
pub(crate) struct Reserved {
    partial: NamedTempFile,
    directory: PathBuf,
    name: Option<PathBuf>,
    force: bool,
    remnant: Remnant,
    recipients: Vec<Recipient>,
}

/// A finished bundle.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Where it is.
    pub path: PathBuf,
    /// How large it became.
    pub written: Written,
    /// What became of every source, and what of it was left out.
    pub coverage: Vec<Coverage>,
    /// The limit, if the file is larger although no log line is left.
    pub exceeds: Option<Size>,
    /// How many records were taken out of the finished file, by what leaked from them.
    pub quarantined: BTreeMap<String, u64>,
    /// For how many it was encrypted; 0 if everybody can read it.
    pub recipients: usize,
}

/// What is to be written.
pub(crate) struct Content<'a> {
    /// The head of the bundle.
    pub manifest: &'a Manifest,
    /// Its records.
    pub spool: &'a mut Spool,
    /// What became of every source.
    pub coverage: &'a [Coverage],
    /// What reads the finished file back.
    pub scan: &'a LeakScan,
}

impl Content<'_> {
    /// The same with another head and ledger.
    fn with<'a>(&'a mut self, manifest: &'a Manifest, coverage: &'a [Coverage]) -> Content<'a> {
        Content {
            manifest,
            spool: self.spool,
            coverage,
            scan: self.scan,
        }
    }
}

/// Reserves the place of the bundle. `name`: what the user asked for; without it the bundle gets a
/// name in the current directory when the service is known.
pub(crate) fn reserve(
    name: Option<&Path>,
    force: bool,
    remnant: Remnant,
) -> Result<Reserved, CliError> {
    let directory = match name.and_then(Path::parent) {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    if let Some(name) = name {
        if name.is_dir() {
            return Err(CliError::OutputIsDirectory(name.to_owned()));
        }
        if !force && name.exists() {
            return Err(CliError::OutputExists(name.to_owned()));
        }
    }
    let partial = tempfile::Builder::new()
        .prefix(".apprunner-evidence-")
        .suffix(".partial")
        .tempfile_in(&directory)
        .map_err(|error| CliError::OutputNotWritable {
            directory: directory.clone(),
            source: error,
        })?;
    remnant.set(Some(partial.path().to_owned()));
    Ok(Reserved {
        partial,
        directory,
        name: name.map(Path::to_owned),
        force,
        remnant,
        recipients: vec![],
    })
}

impl Reserved {
    /// For these only; nobody: for everybody.
    pub(crate) fn encrypted_for(self, recipients: &[Recipient]) -> Self {
        Self {
            recipients: recipients.to_vec(),
            ..self
        }
    }

    /// Writes the bundle, with no more log lines than there is room for, and gives it its name.
    pub(crate) fn write(
        self,
        mut content: Content<'_>,
        room: Option<&Room>,
    ) -> Result<Finished, CliError> {
        let manifest = content.manifest;
        let path = match &self.name {
            Some(name) => name.clone(),
            None => {
                let end = match self.recipients.is_empty() {
                    true => "",
                    false => ".age",
                };
                self.directory.join(default_name(manifest) + end)
            }
        };
        let failed = |source| CliError::Write {
            path: path.clone(),
            source,
        };
        let encoding = encoding_of(&path);
        let plain_room = room.map(|room| Room {
            limit: Size(encrypt::plain_limit(room.limit.0, &self.recipients)),
            failures: room.failures.clone(),
        });
        let cut = match &plain_room {
            Some(room) => cut_for(&mut content, encoding, room).map_err(failed)?,
            None => None,
        };
        let sieve = || cut.as_ref().map(|(policy, keep)| policy.sieve(*keep));
        // Nothing plain is left under a name when the bundle is to be encrypted.
        let mut unnamed = match self.recipients.is_empty() {
            true => None,
            false => Some(encrypt::unnamed(&self.directory).map_err(failed)?),
        };
        let file = unnamed.as_ref().unwrap_or(self.partial.as_file());
        let (mut written, mut coverage) =
            fill_file(file, &mut content, encoding, sieve(), &Leaks::new()).map_err(failed)?;
        // The file is read back by who shares nothing with the scrubber. What leaks is taken out,
        // and what is left is looked at once more.
        let found = leaks::look(file, encoding, content.scan).map_err(failed)?;
        let quarantined = counted(&found.records);
        if !found.is_clean() {
            let mut manifest = content.manifest.clone();
            let told = manifest.redaction.quarantined.get_or_insert_default();
            for (leak, count) in &quarantined {
                *told.entry(leak.clone()).or_default() += count;
            }
            let (manifest, ledger) =
                leaks::clean(content.scan, &manifest, content.coverage).map_err(failed)?;
            let mut content = content.with(&manifest, &ledger);
            (written, coverage) =
                fill_file(file, &mut content, encoding, sieve(), &found.records).map_err(failed)?;
            let left = leaks::look(file, encoding, content.scan).map_err(failed)?;
            if !left.is_clean() {
                return Err(CliError::Leaks(path));
            }
        }
        if let Some(plain) = &mut unnamed {
            written.file_bytes = encrypt::encrypt(self.partial.as_file(), plain, &self.recipients)
                .map_err(failed)?;
        }
        let exceeds = room
            .map(|room| room.limit)
            .filter(|limit| written.file_bytes > limit.0);

        let kept = if self.force {
            self.partial.persist(&path)
        } else {
            self.partial.persist_noclobber(&path)
        };
        self.remnant.set(None);
        if let Err(error) = kept {
            return Err(match error.error.kind() {
                io::ErrorKind::AlreadyExists => CliError::OutputExists(path),
                _ => CliError::Write {
                    path,
                    source: error.error,
                },
            });
        }
        // The name itself is only safe once the directory is. Some file systems cannot do it, and
        // the bundle is there all the same.
        if let Ok(directory) = fs::File::open(&self.directory) {
            let _ = directory.sync_all();
        }
        Ok(Finished {
            path,
            written,
            coverage,
            exceeds,
            quarantined,
            recipients: self.recipients.len(),
        })
    }
}

/// Which log lines have to go so that the content fits; none when all of it does.
fn cut_for(
    content: &mut Content<'_>,
    encoding: Encoding,
    room: &Room,
) -> io::Result<Option<(Policy, Level)>> {
    // The same account gives the same cut, whatever the id and the clock of this collection are.
    let neutral = Manifest {
        run_id: "0123456789abcdeffedcba9876543210".to_owned(),
        clock: None,
        ..content.manifest.clone()
    };
    let ledger = content.coverage;
    let mut content = content.with(&neutral, ledger);
    let measure = |content: &mut Content<'_>, sieve| {
        let (_, written, _) = fill(io::sink(), content, encoding, sieve, &Leaks::new())?;
        io::Result::Ok(written.file_bytes)
    };
    let budget = room.limit.0.saturating_sub(SLACK);
    let whole = measure(&mut content, None)?;
    if whole <= budget {
        return Ok(None);
    }
    let mut policy = Policy::new(room);
    content.spool.read(|key, _| {
        policy.count(key);
        Ok(())
    })?;
    let mut weights = BTreeMap::new();
    let mut sieve = policy.sieve(Level::MAX);
    content.spool.read(|key, line| {
        if let Some(level) = sieve.level(key) {
            *weights.entry(level).or_default() += line.as_str().len() as u64;
        }
        Ok(())
    })?;
    let keep = shrink::fit(budget, &weights, whole, |keep| {
        measure(&mut content, Some(policy.sieve(keep)))
    })?;
    Ok(Some((policy, keep)))
}

fn fill_file(
    mut file: &fs::File,
    content: &mut Content<'_>,
    encoding: Encoding,
    sieve: Option<Sieve<'_>>,
    leaks: &Leaks,
) -> io::Result<(Written, Vec<Coverage>)> {
    file.rewind()?;
    file.set_len(0)?;
    let (mut out, written, coverage) = fill(BufWriter::new(file), content, encoding, sieve, leaks)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok((written, coverage))
}

/// Writes what the sieve keeps and what does not leak, and the ledger that says what else there was.
fn fill<W: Write>(
    out: W,
    content: &mut Content<'_>,
    encoding: Encoding,
    mut sieve: Option<Sieve<'_>>,
    leaks: &Leaks,
) -> io::Result<(W, Written, Vec<Coverage>)> {
    let mut writer = Writer::new(out, encoding, content.manifest)?;
    let mut numbering = Numbering::default();
    let mut quarantine = Quarantine::default();
    // Markers stand behind everything else, those of the scrubber as well.
    let mut markers = Spool::default();
    let mut position = 0;
    content.spool.read(|key, line| {
        if sieve.as_mut().is_some_and(|sieve| !sieve.keeps(key)) {
            return Ok(());
        }
        position += 1;
        if let Some(leak) = leaks.get(&position) {
            return markers.push(&quarantine.take(key, leak));
        }
        let line = Line::from_text(numbering.text(line.as_str()).into_owned());
        match key.kind {
            Kind::Quarantined => markers.take(key, line),
            _ => writer.line(&line).map(|_| ()),
        }
    })?;
    markers.read(|_, line| writer.line(&line).map(|_| ()))?;
    let coverage = match sieve {
        Some(sieve) => sieve.coverage(content.coverage),
        None => content.coverage.to_vec(),
    };
    let mut coverage = quarantine.coverage(&coverage);
    for entry in &mut coverage {
        number(&mut numbering, entry);
    }
    let (out, written) = writer.finish(&coverage)?;
    Ok((out, written, coverage))
}

/// Gives the fingerprints in an entry of the ledger their numbers.
pub(crate) fn number(numbering: &mut Numbering, entry: &mut Coverage) {
    let error = entry.error.as_mut();
    let error = error
        .into_iter()
        .flat_map(|it| [&mut it.message, &mut it.code]);
    let told = [&mut entry.note, &mut entry.subject, &mut entry.permission];
    for text in error.chain(told.into_iter().flatten()) {
        *text = numbering.text(text).into_owned();
    }
}

/// How many records leak what.
fn counted(leaks: &Leaks) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for leak in leaks.values() {
        *counted.entry((*leak).to_owned()).or_default() += 1;
    }
    counted
}

fn encoding_of(path: &Path) -> Encoding {
    let encrypted = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("age"));
    let plain = if encrypted {
        path.file_stem().map(Path::new)
    } else {
        None
    };
    match plain.unwrap_or(path).extension() {
        Some(extension) if extension.eq_ignore_ascii_case("json") => Encoding::Plain,
        _ => Encoding::Zstd,
    }
}

fn default_name(manifest: &Manifest) -> String {
    // A name from AWS becomes part of a path.
    let service = manifest.target.service_name.chars().map(|c| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '_'
        }
    });
    format!(
        "{}-{}.{}.evidence.json.zst",
        service.collect::<String>(),
        manifest.collected_at.format("%Y%m%dT%H%M%SZ"),
        manifest.redaction.marking().as_str()
    )
}

#[cfg(test)]
mod tests {
    use evidence_schema::{
        Body, Interval, Limits, Reader, Status,
        manifest::{Redaction, Target, Tool, Windows},
        read::DigestCheck,
        record::LogLine,
    };

    use super::*;

    #[test]
    fn the_extension_decides_on_compression() {
        assert_eq!(encoding_of(Path::new("a.json")), Encoding::Plain);
        assert_eq!(encoding_of(Path::new("a.json.age")), Encoding::Plain);
        assert_eq!(encoding_of(Path::new("a.age")), Encoding::Zstd);
        assert_eq!(
            encoding_of(Path::new("a.evidence.json.zst")),
            Encoding::Zstd
        );
        assert_eq!(encoding_of(Path::new("a")), Encoding::Zstd);
    }

    fn manifest(service: &str) -> Manifest {
        let time = chrono::DateTime::from_timestamp(1_795_176_000, 0).expect("a time");
        let window = Interval {
            from: time - chrono::TimeDelta::days(1),
            to: time,
        };
        Manifest {
            tool: Tool {
                name: "apprunner-collector".to_owned(),
                version: "0.1.0".to_owned(),
            },
            run_id: "0".repeat(32),
            collected_at: time,
            clock: None,
            target: Target {
                account: "111122223333".to_owned(),
                region: "us-east-1".to_owned(),
                service_name: service.to_owned(),
                service_id: "0".repeat(32),
                service_arn: "arn:aws:apprunner:us-east-1:111122223333:service/web/0".to_owned(),
            },
            windows: Windows {
                incidents: vec![],
                recent: window,
                extended: window,
            },
            redaction: Redaction {
                environment_values_withheld: true,
                quarantined: Some(BTreeMap::new()),
                ..Redaction::default()
            },
        }
    }

    #[test]
    fn a_name_from_aws_stays_in_the_directory() {
        assert_eq!(
            default_name(&manifest("../web")),
            "___web-20261120T120000Z.redacted.evidence.json.zst"
        );
    }

    #[test]
    fn a_record_that_leaks_is_taken_out_and_the_bundle_is_delivered() {
        let directory = tempfile::tempdir().expect("a directory");
        let token = format!("ghp_{}", "a1B2".repeat(9));
        let mut manifest = manifest("web");
        manifest.target.service_name = format!("web-{token}");
        let mut spool = Spool::default();
        for (second, message) in [(0, "before"), (1, token.as_str()), (2, "after")] {
            let line = Body::ServiceLog(LogLine {
                time: manifest.collected_at + chrono::TimeDelta::seconds(second),
                service_id: "0".to_owned(),
                stream: "events".to_owned(),
                ingested_at: None,
                message: message.to_owned(),
            });
            spool.push(&line).expect("a record");
        }
        let coverage = ["service-log", "roles"].map(|source| Coverage {
            source: source.to_owned(),
            subject: None,
            status: Status::Complete,
            operations: vec![],
            calls: 1,
            records: 3,
            covered: vec![],
            missing: vec![],
            permission: None,
            error: None,
            note: (source == "roles").then(|| format!("is {token}")),
        });
        for name in ["web.json", "web.evidence.json.zst"] {
            let path = directory.path().join(name);
            let place = reserve(Some(&path), false, Remnant::default()).expect("a place");
            let content = Content {
                manifest: &manifest,
                spool: &mut spool,
                coverage: &coverage,
                scan: &LeakScan::new(std::iter::empty()),
            };
            let finished = place.write(content, None).expect("a bundle");
            assert_eq!(
                finished.quarantined,
                BTreeMap::from([("github-token".to_owned(), 1)])
            );
            let file = fs::File::open(&path).expect("the bundle");
            let mut reader = Reader::open(file, Limits::default()).expect("a bundle");
            let told = reader.manifest().clone();
            assert_eq!(told.redaction.quarantined, Some(finished.quarantined));
            assert_eq!(told.target.service_name, "‹quarantined:github-token›");
            let records: Vec<_> = reader.by_ref().map(|it| it.expect("a record")).collect();
            let text = format!("{told:?} {records:?} {:?}", reader.ending());
            assert!(!text.contains("a1B2a1B2"), "{text}");
            let kinds: Vec<_> = records.iter().map(|it| it.body.kind()).collect();
            assert_eq!(
                kinds,
                [Kind::ServiceLog, Kind::ServiceLog, Kind::Quarantined]
            );
            assert_eq!(reader.ending().digest, DigestCheck::Verified);
            let entry = &reader.ending().coverage[0];
            assert_eq!(
                (entry.status, entry.records, entry.missing.len()),
                (Status::Partial, 3, 1)
            );
        }
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_left() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("web.json");
        fs::write(&path, "mine").expect("a file");
        assert!(matches!(
            reserve(Some(&path), false, Remnant::default()),
            Err(CliError::OutputExists(_))
        ));
        drop(reserve(Some(&path), true, Remnant::default()).expect("force"));
        let left = fs::read_dir(directory.path()).expect("a directory").count();
        assert_eq!(left, 1);
        assert_eq!(fs::read(&path).expect("a file"), b"mine");
    }
}
