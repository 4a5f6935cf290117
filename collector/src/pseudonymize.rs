//! `--pseudonymize`: what tells whose account it is gets a pseudonym, before the file is written.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use evidence_schema::{Coverage, Kind, Manifest, write::Line};
use redaction::{
    Numbering,
    pseudonym::{Mapping, Pseudonyms},
};

use crate::{error::CliError, output, spool::Spool};

/// How pseudonyms are made.
#[derive(Clone, Debug)]
pub(crate) struct PseudonymPlan {
    /// The key under which a value has the same pseudonym in every bundle; a random one otherwise.
    pub key: Option<[u8; 32]>,
    /// The file that tells which pseudonym stands for what. It is no part of the bundle.
    pub map: Option<PathBuf>,
}

/// What is to be written, with pseudonyms.
pub(crate) struct Pseudonymized {
    /// The records, sorted by what they say now.
    pub spool: Spool,
    /// The head of the bundle.
    pub manifest: Manifest,
    /// What became of every source.
    pub coverage: Vec<Coverage>,
    /// Which pseudonym stands for what, if that was asked for.
    pub mapping: Option<Mapping>,
}

/// Replaces what tells whose account it is.
pub(crate) fn pseudonymize(
    plan: &PseudonymPlan,
    spool: &mut Spool,
    manifest: Manifest,
    coverage: &[Coverage],
) -> Result<Pseudonymized, CliError> {
    let key = match plan.key {
        Some(key) => key,
        None => {
            let mut key = [0; 32];
            getrandom::fill(&mut key).map_err(CliError::Random)?;
            key
        }
    };
    let mut pseudonyms = match plan.map {
        Some(_) => Pseudonyms::new(key).with_mapping(),
        None => Pseudonyms::new(key),
    };
    pseudonyms.learn_manifest(&manifest);
    spool
        .read(|key, line| {
            if !matches!(key.kind, Kind::ServiceLog | Kind::ApplicationLog) {
                pseudonyms.learn(&line.record()?.body);
            }
            Ok(())
        })
        .map_err(CliError::spool)?;
    // Fingerprints get their numbers now: those of a run look like ids, which have pseudonyms.
    let mut numbering = Numbering::default();
    let mut renamed = Spool::default();
    spool
        .read(|_, line| {
            let line = Line::from_text(numbering.text(line.as_str()).into_owned());
            renamed.push(&pseudonyms.body(line.record()?.body))
        })
        .map_err(CliError::spool)?;
    let coverage = coverage.iter().cloned().map(|mut entry| {
        output::number(&mut numbering, &mut entry);
        pseudonyms.coverage(entry)
    });
    let coverage = coverage.collect();
    let manifest = pseudonyms.manifest(manifest);
    let mapping = plan.map.as_ref().map(|_| pseudonyms.mapping());
    Ok(Pseudonymized {
        spool: renamed,
        manifest,
        coverage,
        mapping,
    })
}

/// Makes sure that the mapping can be written, before anything is asked.
pub(crate) fn check_map(plan: Option<&PseudonymPlan>, force: bool) -> Result<(), CliError> {
    match plan.and_then(|it| it.map.as_deref()) {
        Some(map) if map.is_dir() => Err(CliError::OutputIsDirectory(map.to_owned())),
        Some(map) if !force && map.exists() => Err(CliError::OutputExists(map.to_owned())),
        _ => Ok(()),
    }
}

/// Writes the mapping into a file that only its owner can read.
pub(crate) fn write_map(path: &Path, mapping: &Mapping, force: bool) -> Result<(), CliError> {
    let failed = |source: io::Error| CliError::WriteMap {
        path: path.to_owned(),
        source,
    };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".apprunner-pseudonyms-")
        .tempfile_in(directory)
        .map_err(failed)?;
    let mut text = serde_json::to_string_pretty(mapping).map_err(|it| failed(it.into()))?;
    text.push('\n');
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    let kept = match force {
        true => file.persist(path),
        false => file.persist_noclobber(path),
    };
    kept.map(|_| ()).map_err(|error| failed(error.error))
}

/// Reads a key: 64 hex digits, as `openssl rand -hex 32` prints them.
pub(crate) fn key_of(file: &str) -> Result<[u8; 32], String> {
    let wrong =
        || "it does not hold a key of 64 hex digits; `openssl rand -hex 32` makes one".to_owned();
    let text = fs::read(file).map_err(|error| format!("it cannot be read: {error}"))?;
    let text = String::from_utf8(text).map_err(|_| wrong())?;
    let digits = text.trim().as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(wrong());
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_64_hex_digits() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("key");
        let name = file.to_str().expect("a name");
        for (text, good) in [
            ("0f".repeat(32) + "\n", true),
            ("0f".repeat(31), false),
            ("xy".repeat(32), false),
        ] {
            fs::write(&file, &text).expect("a file");
            assert_eq!(key_of(name).is_ok(), good, "{text}");
        }
        assert_eq!(key_of(name).map_err(|it| it.contains("openssl")), Err(true));
        assert!(key_of("/nowhere").is_err());
    }
}
