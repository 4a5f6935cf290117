//! Collects every account into a committed bundle.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
};

use evidence_schema::{Encoding, Limits, Reader, Writer};
use samples::{Account, Endpoint};

use crate::{
    Mode, Result,
    programs::{self, Build, Programs},
    workspace,
};

/// The run id of committed bundles; a real one is random.
const RUN_ID: &str = "00000000000000000000000000000000";

/// These are also committed as users get them.
const COMPRESSED: &[&str] = &["false-access-role-lead", "port-mismatch"];

pub(crate) fn run(only: &[String], mode: Mode) -> Result {
    let programs = Programs::build(Build::Debug)?;
    let folder = samples::dir().join("bundles");
    let scratch = workspace::scratch()?;
    let mut stale = Vec::new();
    let mut expected = BTreeSet::new();
    let mut collected = 0;
    for file in samples::accounts()? {
        let name = file
            .file_stem()
            .and_then(OsStr::to_str)
            .ok_or("the name of an account is not text")?;
        expected.insert(committed(name));
        let compressed = folder.join(format!("{name}.evidence.json.zst"));
        if COMPRESSED.contains(&name) {
            expected.insert(compressed.clone());
        }
        if !only.is_empty() && !only.iter().any(|wanted| wanted == name) {
            continue;
        }
        let raw = scratch.path().join(format!("{name}.json"));
        collect(&programs, &file, &raw)?;
        collected += 1;
        let plain = committed(name);
        let bytes = settled(&raw, Encoding::Plain)?;
        workspace::settle(&mut stale, &plain, &bytes, mode)?;
        if COMPRESSED.contains(&name) {
            let bytes = settled(&raw, Encoding::Zstd)?;
            workspace::settle(&mut stale, &compressed, &bytes, mode)?;
        }
    }
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if !expected.contains(&path) {
            stale.push(PathBuf::from(format!(
                "{} (no account gives it; remove it)",
                workspace::relative(&path).display()
            )));
        }
    }
    workspace::none_stale(&stale, "samples")?;
    eprintln!("{collected} accounts collected");
    Ok(())
}

/// The committed bundle of an account.
pub(crate) fn committed(account: &str) -> PathBuf {
    samples::dir()
        .join("bundles")
        .join(format!("{account}.json"))
}

fn collect(programs: &Programs, account: &Path, bundle: &Path) -> Result {
    let endpoint = Endpoint::start(Account::load(account)?, 0)?;
    let output = programs::output(&mut programs::collect(programs, &endpoint, bundle))?;
    // 1 says that there are gaps, which some accounts are about.
    if !matches!(output.status.code(), Some(0 | 1)) || !bundle.exists() {
        return Err(format!(
            "{}: the collector ended with {}\n{}",
            account.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(())
}

/// The bundle with the run id that all committed bundles have, and nothing of this machine's clock.
fn settled(bundle: &Path, encoding: Encoding) -> Result<Vec<u8>> {
    let mut reader = Reader::open(File::open(bundle)?, Limits::default())?;
    let mut manifest = reader.manifest().clone();
    manifest.run_id = RUN_ID.to_owned();
    manifest.clock = None;
    let mut writer = Writer::new(Vec::new(), encoding, &manifest)?;
    for record in reader.by_ref() {
        writer.record(&record?.body)?;
    }
    let (bytes, _) = writer.finish(&reader.ending().coverage)?;
    Ok(bytes)
}
