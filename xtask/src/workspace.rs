//! Where things are.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Mode, Result};

/// The top of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the workspace")
}

/// A folder for this run alone, removed with the value.
pub(crate) fn scratch() -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("apprunner-").tempdir()
}

/// Writes `bytes` to `path`, or compares them; `stale` takes the paths that differ.
pub(crate) fn settle(
    stale: &mut Vec<PathBuf>,
    path: &Path,
    bytes: &[u8],
    mode: Mode,
) -> Result<()> {
    if fs::read(path).ok().as_deref() == Some(bytes) {
        return Ok(());
    }
    match mode {
        Mode::Check => stale.push(relative(path)),
        Mode::Write => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
            eprintln!("wrote {}", relative(path).display());
        }
    }
    Ok(())
}

/// Fails when something is stale and says how to renew it.
pub(crate) fn none_stale(stale: &[PathBuf], chore: &str) -> Result {
    if stale.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = stale
        .iter()
        .map(|path| format!("\n  {}", path.display()))
        .collect();
    Err(format!(
        "not up to date:{}\nrun `cargo xtask {chore}` and read the difference",
        list.concat()
    )
    .into())
}

/// `path` as seen from the top of the workspace.
pub(crate) fn relative(path: &Path) -> PathBuf {
    path.strip_prefix(root()).unwrap_or(path).to_owned()
}
