//! The bundle's file: reserved before anything is asked, complete or not there at all.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use evidence_schema::{
    Body, Coverage, Encoding, Kind, Manifest, Record, Time, Writer,
    write::{Line, Written},
};
use tempfile::NamedTempFile;

use crate::{error::CliError, fingerprint::Numbering, spool::Spool, stop::Remnant};

/// A place that was found writable, with a partial file in it.
#[derive(Debug)]
pub(crate) struct Reserved {
    partial: NamedTempFile,
    directory: PathBuf,
    name: Option<PathBuf>,
    force: bool,
    remnant: Remnant,
}

/// A finished bundle.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Where it is.
    pub path: PathBuf,
    /// How large it became.
    pub written: Written,
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
    })
}

impl Reserved {
    /// Writes the bundle and gives it its name.
    pub(crate) fn write(
        self,
        manifest: &Manifest,
        spool: Spool,
        coverage: &[Coverage],
    ) -> Result<Finished, CliError> {
        let path = match &self.name {
            Some(name) => name.clone(),
            None => self.directory.join(default_name(
                &manifest.target.service_name,
                manifest.collected_at,
            )),
        };
        let failed = |source| CliError::Write {
            path: path.clone(),
            source,
        };
        let written = fill(&self.partial, &path, manifest, spool, coverage).map_err(failed)?;

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
        Ok(Finished { path, written })
    }
}

fn fill(
    partial: &NamedTempFile,
    path: &Path,
    manifest: &Manifest,
    spool: Spool,
    coverage: &[Coverage],
) -> io::Result<Written> {
    let out = BufWriter::new(partial.as_file());
    let mut writer = Writer::new(out, encoding_of(path), manifest)?;
    let mut numbering = Numbering::default();
    spool.drain(|kind, line| {
        let line = match kind {
            Kind::Service => numbered(&mut numbering, line)?,
            _ => line,
        };
        writer.line(&line).map(|_| ())
    })?;
    let (mut out, written) = writer.finish(coverage)?;
    out.flush()?;
    partial.as_file().sync_all()?;
    Ok(written)
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
    match path.extension() {
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
