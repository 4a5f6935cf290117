//! The two programs, built and run as a user runs them.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use samples::{Account, Endpoint};
use tempfile::TempDir;

use crate::{Result, workspace};

/// How the programs are built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    Debug,
    Release,
}

/// The programs, ready to run.
pub(crate) struct Programs {
    collector: PathBuf,
    analyzer: PathBuf,
}

impl Programs {
    /// Builds both programs.
    pub(crate) fn build(build: Build) -> Result<Self> {
        let folder = built(build, &["collector", "analyzer"])?;
        Ok(Self {
            collector: program(&folder, "apprunner-collector"),
            analyzer: program(&folder, "apprunner-analyzer"),
        })
    }

    /// The collector with nothing of this user's AWS configuration, asking `endpoint`.
    pub(crate) fn collector(&self, endpoint: &Endpoint) -> Command {
        let mut command = Command::new(&self.collector);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
        command
            .env("AWS_ENDPOINT_URL", endpoint.url())
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "simulated")
            .env("AWS_REGION", &endpoint.account().region)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", nowhere)
            .env("AWS_SHARED_CREDENTIALS_FILE", nowhere);
        command
    }

    /// The collector without an account, for what it says of itself.
    pub(crate) fn collector_alone(&self) -> Command {
        Command::new(&self.collector)
    }

    /// The analyzer.
    pub(crate) fn analyzer(&self) -> Command {
        Command::new(&self.analyzer)
    }
}

/// Builds the analyzer alone.
pub(crate) fn build_analyzer(build: Build) -> Result<PathBuf> {
    Ok(program(&built(build, &["analyzer"])?, "apprunner-analyzer"))
}

/// Builds the programs of these packages and gives the folder in which they lie.
fn built(build: Build, packages: &[&str]) -> Result<PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(workspace::root())
        .args(["build", "--bins"]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    if build == Build::Release {
        cargo.arg("--release");
    }
    eprintln!(
        "building {}; the first time takes minutes",
        packages.join(" and ")
    );
    run(cargo.arg("--quiet"))?;

    // This program lies in target/debug, wherever the target folder is.
    let debug = env::current_exe()?;
    let target = debug
        .ancestors()
        .nth(2)
        .ok_or("this program does not lie in a target folder")?;
    Ok(target.join(match build {
        Build::Debug => "debug",
        Build::Release => "release",
    }))
}

fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// The command that collects the account's service into `bundle`.
pub(crate) fn collect(programs: &Programs, endpoint: &Endpoint, bundle: &Path) -> Command {
    let mut command = programs.collector(endpoint);
    command
        .args(["collect", "--service", &endpoint.account().service().name])
        .arg("--output")
        .arg(bundle);
    command
}

/// A folder with the source code of the account, if it states any.
pub(crate) fn checkout(account: &Account) -> Result<Option<TempDir>> {
    if account.source_files.is_empty() {
        return Ok(None);
    }
    let folder = workspace::scratch()?;
    for file in &account.source_files {
        let path = folder.path().join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &file.text)?;
    }
    Ok(Some(folder))
}

/// Runs a command to its end and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command
        .status()
        .map_err(|error| format!("failed to run {}: {error}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", shown(command)).into())
    }
}

/// Runs a command and gives what it printed, whatever its exit code.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    command
        .output()
        .map_err(|error| format!("failed to run {}: {error}", shown(command)).into())
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program()];
    words.extend(command.get_args());
    let words: Vec<_> = words.into_iter().map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}
