//! Collects every account into a committed bundle.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    thread,
};

use evidence_schema::{Encoding, Limits, Reader, Writer};
use samples::{Account, Endpoint, Folder};

use crate::{
    Mode, Result,
    programs::{self, Build, Programs},
    workspace,
};

/// The run id of committed bundles; a real one is random.
const RUN_ID: &str = "00000000000000000000000000000000";

/// These examples are also committed as users get them.
const COMPRESSED: &[&str] = &["false-access-role-lead", "port-mismatch"];

/// The program waits more than it works, so many run at once.
const AT_ONCE: usize = 16;

pub(crate) fn run(only: &[String], mode: Mode) -> Result {
    let programs = Programs::build(Build::Debug)?;
    let scratch = workspace::scratch()?;
    let mut stale = Vec::new();
    let mut collected = 0;
    for folder in Folder::ALL {
        let mut expected = BTreeSet::new();
        let (mut wanted, mut files) = (Vec::new(), Vec::new());
        for account in folder.accounts()? {
            let name = stem(&account)?;
            let committed = committed_of(folder, &name);
            expected.extend(committed.iter().map(|(path, _)| path.clone()));
            if only.is_empty() || only.contains(&name) {
                let raw = scratch.path().join(format!("{name}.json"));
                wanted.push((Account::load(&account)?, raw));
                files.push(committed);
            }
        }
        collect_all(&programs, &wanted)?;
        for ((_, raw), committed) in wanted.iter().zip(files) {
            for (path, encoding) in committed {
                let bytes = settled(raw, encoding)?;
                workspace::settle(&mut stale, &path, &bytes, mode)?;
            }
        }
        collected += wanted.len();
        stale.extend(left_over(folder, &expected)?);
    }
    workspace::none_stale(&stale, "samples")?;
    eprintln!("{collected} accounts collected");
    Ok(())
}

/// The committed bundle of an example.
pub(crate) fn committed(account: &str) -> PathBuf {
    Folder::Examples.bundles().join(format!("{account}.json"))
}

/// The files that are committed of an account. An example is readable, so that a difference shows
/// what changed; of the many others only the smallest form is kept.
fn committed_of(folder: Folder, account: &str) -> Vec<(PathBuf, Encoding)> {
    let compressed = folder
        .bundles()
        .join(format!("{account}.evidence.json.zst"));
    match folder {
        Folder::Examples if COMPRESSED.contains(&account) => vec![
            (committed(account), Encoding::Plain),
            (compressed, Encoding::Zstd),
        ],
        Folder::Examples => vec![(committed(account), Encoding::Plain)],
        Folder::Cases | Folder::Healthy => vec![(compressed, Encoding::Zstd)],
    }
}

/// The bundles of a folder that no account gives.
fn left_over(folder: Folder, expected: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut stale = Vec::new();
    if !folder.bundles().exists() {
        return Ok(stale);
    }
    for entry in fs::read_dir(folder.bundles())? {
        let path = entry?.path();
        if path.is_file() && !expected.contains(&path) {
            stale.push(PathBuf::from(format!(
                "{} (no account gives it; remove it)",
                workspace::relative(&path).display()
            )));
        }
    }
    Ok(stale)
}

pub(crate) fn stem(account: &Path) -> Result<String> {
    let name = account.file_stem().and_then(OsStr::to_str);
    Ok(name.ok_or("the name of an account is not text")?.to_owned())
}

/// Collects accounts, each into its file.
pub(crate) fn collect_all(programs: &Programs, wanted: &[(Account, PathBuf)]) -> Result {
    for some in wanted.chunks(AT_ONCE) {
        thread::scope(|scope| {
            let running: Vec<_> = some
                .iter()
                .map(|(account, bundle)| scope.spawn(move || collect(programs, account, bundle)))
                .collect();
            running
                .into_iter()
                .try_for_each(|one| one.join().expect("a collection does not panic"))
        })?;
    }
    Ok(())
}

/// Runs the collector against an account. A thread can give an error only as text.
fn collect(
    programs: &Programs,
    account: &Account,
    bundle: &Path,
) -> std::result::Result<(), String> {
    try_collect(programs, account, bundle).map_err(|error| format!("{}: {error}", account.name))
}

fn try_collect(programs: &Programs, account: &Account, bundle: &Path) -> Result {
    let endpoint = Endpoint::start(account.clone(), 0)?;
    let mut command = programs::collect(programs, &endpoint, bundle);
    let checkout = programs::checkout(endpoint.account())?;
    if let Some(checkout) = &checkout {
        command.arg("--source-dir").arg(checkout.path());
    }
    let output = programs::output(&mut command)?;
    // 1 says that there are gaps, which some accounts are about.
    if !matches!(output.status.code(), Some(0 | 1)) || !bundle.exists() {
        return Err(format!(
            "the collector ended with {}\n{}",
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
