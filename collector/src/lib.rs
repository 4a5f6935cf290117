//! Snapshots the evidence about a failing App Runner deployment into one bundle.
//!
//! `AWS ─▶ sources/* ─▶ scrub ─▶ spool ─▶ bundle`. Only this crate knows AWS types, async and the
//! network. It asks and records; what the evidence means is the analyzer's business.

mod aws;
mod callers;
mod calls;
mod choice;
mod cli;
mod clock;
mod collect;
mod collect_plan;
mod convert;
mod delivery;
mod doctor;
mod download;
mod ec2;
mod encrypt;
mod environment;
mod error;
mod guard;
mod leads;
mod leaks;
mod ledger;
mod output;
mod pace;
mod pages;
mod patience;
mod plan;
mod policy;
mod progress;
mod protection;
mod pseudonymize;
mod quarantine;
mod redact;
mod references;
mod shrink;
mod size;
mod sources;
mod spool;
mod status;
mod stop;
mod summary;
mod target;
mod terminal;
mod whole;
mod windows;
mod witness;

use std::process::ExitCode;

/// Reads the command line, does what it says and returns the exit code.
pub fn run() -> ExitCode {
    environment::without_empty_endpoints().unwrap_or_else(cli::run)
}
