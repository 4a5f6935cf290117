//! The bundle's file: reserved before anything is asked, complete or not there at all.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use evidence_schema::{
    Body, Coverage, Encoding, Kind, Manifest, Record, Time, Writer,
    write::{Line, Written},
};
use tempfile::NamedTempFile;

use crate::{
    encrypt::{self, Recipient},
    error::CliError,
    fingerprint::Numbering,
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
}

/// What is to be written.
pub(crate) struct Content<'a> {
    /// The head of the bundle.
    pub manifest: &'a Manifest,
    /// Its records.
    pub spool: &'a mut Spool,
    /// What became of every source.
    pub coverage: &'a [Coverage],
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
                let name = default_name(&manifest.target.service_name, manifest.collected_at);
                let end = if self.recipients.is_empty() {
                    ""
                } else {
                    ".age"
                };
                self.directory.join(name + end)
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
        let sieve = cut.as_ref().map(|(policy, keep)| policy.sieve(*keep));
        // Nothing plain is left under a name when the bundle is to be encrypted.
        let mut unnamed = match self.recipients.is_empty() {
            true => None,
            false => Some(encrypt::unnamed(&self.directory).map_err(failed)?),
        };
        let plain = unnamed.as_ref().unwrap_or(self.partial.as_file());
        let (mut written, coverage) =
            fill_file(plain, &mut content, encoding, sieve).map_err(failed)?;
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
    let mut content = Content {
        manifest: &neutral,
        spool: content.spool,
        coverage: content.coverage,
    };
    let measure = |content: &mut Content<'_>, sieve| {
        let (_, written, _) = fill(io::sink(), content, encoding, sieve)?;
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
    file: &fs::File,
    content: &mut Content<'_>,
    encoding: Encoding,
    sieve: Option<Sieve<'_>>,
) -> io::Result<(Written, Vec<Coverage>)> {
    let out = BufWriter::new(file);
    let (mut out, written, coverage) = fill(out, content, encoding, sieve)?;
    out.flush()?;
    file.sync_all()?;
    Ok((written, coverage))
}

/// Writes what the sieve keeps, and the ledger that says what it did not.
fn fill<W: Write>(
    out: W,
    content: &mut Content<'_>,
    encoding: Encoding,
    mut sieve: Option<Sieve<'_>>,
) -> io::Result<(W, Written, Vec<Coverage>)> {
    let mut writer = Writer::new(out, encoding, content.manifest)?;
    let mut numbering = Numbering::default();
    content.spool.read(|key, line| {
        if sieve.as_mut().is_some_and(|sieve| !sieve.keeps(key)) {
            return Ok(());
        }
        let line = match key.kind {
            Kind::Service => numbered(&mut numbering, line)?,
            _ => line,
        };
        writer.line(&line).map(|_| ())
    })?;
    let coverage = match sieve {
        Some(sieve) => sieve.coverage(content.coverage),
        None => content.coverage.to_vec(),
    };
    let (out, written) = writer.finish(&coverage)?;
    Ok((out, written, coverage))
}

/// The line with numbers in place of the fingerprints of this run.
fn numbered(numbering: &mut Numbering, line: Line) -> io::Result<Line> {
    // A line has no id and no opening brace; with both it is a record.
    let record: Record = serde_json::from_str(&format!("{{\"id\":0,{}", line.as_str()))?;
    let mut body: Body = record.body;
    numbering.number(&mut body);
    Ok(Line::of(&body))
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

fn default_name(service: &str, time: Time) -> String {
    // A name from AWS becomes part of a path.
    let service: String = service
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!(
        "{service}-{}.evidence.json.zst",
        time.format("%Y%m%dT%H%M%SZ")
    )
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_name_from_aws_stays_in_the_directory() {
        let time = chrono::DateTime::from_timestamp(1_795_176_000, 0).expect("a time");
        assert_eq!(
            default_name("../web", time),
            "___web-20261120T120000Z.evidence.json.zst"
        );
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
