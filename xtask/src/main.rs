//! Chores of this workspace: `cargo xtask <chore>`.

mod accuracy;
mod bombs;
mod bundles;
mod ci;
mod demo;
mod deny;
mod differential;
mod fuzz;
mod generate;
mod load;
mod measure;
mod names;
mod pace;
mod programs;
mod simulate;
mod speed;
mod tidy;
mod workspace;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// What a chore gives: nothing, or a sentence that says what is wrong.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Chores of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Shows the whole chain on a simulated account: endpoint, collector, bundle, analyzer.
    Demo {
        /// The name of an account in samples/accounts, or a file.
        #[arg(default_value = demo::DEFAULT_ACCOUNT)]
        account: String,
        /// Leaves the bundle in the current folder.
        #[arg(long)]
        keep: bool,
    },
    /// Serves a simulated account until it is interrupted.
    Simulate {
        /// The name of an account in samples/accounts, or a file.
        account: String,
        /// The port on the loopback address; 0 takes a free one.
        #[arg(long, default_value_t = 4566)]
        port: u16,
    },
    /// Collects every account of samples/accounts into samples/bundles.
    Samples {
        /// Changes nothing and fails when a committed bundle differs.
        #[arg(long)]
        check: bool,
        /// Only these accounts.
        only: Vec<String>,
    },
    /// Measures how often the analyzer names the right cause, and writes docs/accuracy.md.
    Accuracy(accuracy::Options),
    /// Writes the parts of the documentation that the programs themselves say.
    Generate {
        /// Changes nothing and fails when a committed file differs.
        #[arg(long)]
        check: bool,
    },
    /// Measures both programs on an account with very many application log lines.
    Load {
        /// How many lines.
        #[arg(long, default_value_t = 2_000_000)]
        lines: u64,
        /// Where the bundle is left; a temporary folder otherwise.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Measures the analyzer on very many application log lines against a bare `zstd -dc | wc -l`.
    Speed {
        /// How many lines.
        #[arg(long, default_value_t = 2_000_000)]
        lines: u64,
    },
    /// Measures the analyzer on files that somebody made to hurt it, and fails when one does.
    Bombs {
        /// Only those with one of these words in their name.
        only: Vec<String>,
    },
    /// Measures how complete a large collection is, and how near to the pace that AWS allows.
    Pace {
        /// How many times 300,000 application log lines there are.
        #[arg(long, default_value_t = 1)]
        times: u64,
    },
    /// Renews the names of actions and condition keys from the npm package that is pinned.
    Names {
        /// Changes nothing and fails when a committed file differs.
        #[arg(long)]
        check: bool,
    },
    /// Checks that what the documentation names exists, and that nothing is left over.
    Tidy {
        /// A file in which the tests listed the snapshots that they compared.
        #[arg(long)]
        snapshots: Option<PathBuf>,
    },
    /// Checks licences, duplicates, sources and, where there is a database, advisories of crates.
    Deny,
    /// Runs what takes bytes from strangers over its corpus and over seeded mutations of it.
    Fuzz {
        /// Only this target.
        #[arg(long)]
        target: Option<String>,
        /// How many mutations; without it, about a second of them.
        #[arg(long)]
        runs: Option<u64>,
        /// The same seed gives the same mutations.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Compares answers about IAM with those of another implementation, on random cases.
    Differential {
        /// The same seed gives the same cases.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many.
        #[arg(long, default_value_t = 20_000)]
        cases: usize,
        /// Fails where the other implementation cannot be run.
        #[arg(long)]
        required: bool,
        /// Stores cases with its answers for the tests, and compares nothing.
        #[arg(long)]
        store: bool,
    },
    /// Runs every check but the tests.
    Ci,
}

fn main() -> ExitCode {
    let done = match Args::parse().chore {
        Chore::Demo { account, keep } => demo::run(&account, keep),
        Chore::Simulate { account, port } => simulate::run(&account, port),
        Chore::Samples { check, only } => bundles::run(&only, check.into()),
        Chore::Accuracy(options) => accuracy::run(&options),
        Chore::Generate { check } => generate::run(check.into()),
        Chore::Load { lines, output } => load::run(lines, output.as_deref()),
        Chore::Speed { lines } => speed::run(lines),
        Chore::Bombs { only } => bombs::run(&only),
        Chore::Pace { times } => pace::run(times),
        Chore::Names { check } => names::run(check.into()),
        Chore::Tidy { snapshots } => tidy::run(snapshots.as_deref()),
        Chore::Deny => deny::run(),
        Chore::Fuzz { target, runs, seed } => fuzz::run(target.as_deref(), runs, seed),
        Chore::Differential {
            seed,
            cases,
            required,
            store,
        } => differential::run(differential::Plan {
            seed,
            cases,
            required,
            store,
        }),
        Chore::Ci => ci::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What to do with a generated file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Write it.
    Write,
    /// Compare it with what is committed.
    Check,
}

impl From<bool> for Mode {
    fn from(check: bool) -> Self {
        if check { Self::Check } else { Self::Write }
    }
}
