//! The whole chain on one account, as a newcomer sees it.

use std::env;

use samples::{Account, Endpoint};

use crate::{
    Result,
    programs::{self, Build, Programs},
    workspace,
};

/// A failure that everybody has had, and that App Runner's own words do not explain.
pub(crate) const DEFAULT_ACCOUNT: &str = "port-mismatch";

pub(crate) fn run(account: &str, keep: bool) -> Result {
    let loaded = Account::load(account)?;
    let programs = Programs::build(Build::Debug)?;
    let what = loaded.what.trim().to_owned();
    let endpoint = Endpoint::start(loaded, 0)?;

    let scratch = workspace::scratch()?;
    let name = format!("{}.evidence.json.zst", endpoint.account().service().name);
    let bundle = if keep {
        env::current_dir()?.join(&name)
    } else {
        scratch.path().join(&name)
    };

    eprintln!("\n1. A simulated account, served on {}:", endpoint.url());
    for line in what.lines() {
        eprintln!("   {line}");
    }
    eprintln!("\n2. apprunner-collector asks it:\n");
    let mut collect = programs::collect(&programs, &endpoint, &bundle);
    if keep {
        collect.arg("--force");
    }
    let checkout = programs::checkout(endpoint.account())?;
    if let Some(checkout) = &checkout {
        collect.arg("--source-dir").arg(checkout.path());
    }
    let status = collect.status()?;
    if !bundle.exists() {
        return Err(format!("the collector wrote no bundle and ended with {status}").into());
    }
    eprintln!("\n3. apprunner-analyzer reads the bundle, offline:\n");
    let status = programs.analyzer().arg("analyze").arg(&bundle).status()?;
    if !matches!(status.code(), Some(0..=2)) {
        return Err(format!("the analyzer ended with {status}").into());
    }
    if keep {
        eprintln!("\nthe bundle is {}", bundle.display());
    }
    Ok(())
}
