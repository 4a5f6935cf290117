//! Every check but the tests.

use std::{env, process::Command};

use crate::{Mode, Result, accuracy, bundles, generate, programs, tidy, workspace};

pub(crate) fn run() -> Result {
    step("format");
    programs::run(cargo().args(["fmt", "--all", "--check"]))?;
    step("clippy");
    programs::run(cargo().args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "--deny",
        "warnings",
    ]))?;
    step("documentation comments");
    programs::run(
        cargo()
            .args(["doc", "--quiet", "--workspace", "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    step("generated documentation");
    generate::run(Mode::Check)?;
    step("sample bundles");
    bundles::run(&[], Mode::Check)?;
    step("accuracy in other words");
    accuracy::hold_perturbed()?;
    step("names in prose");
    tidy::run(None)
}

fn step(name: &str) {
    eprintln!("== {name}");
}

fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root());
    cargo
}
