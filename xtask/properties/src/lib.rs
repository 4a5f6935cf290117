//! What must hold for any input, whoever made it.
//!
//! Each target is a function of bytes that panics when something does not hold. The same functions
//! are run by the tests and by `cargo xtask fuzz`, over a corpus and seeded mutations of it, and by
//! the coverage-guided fuzzer in `xtask/fuzz`.

mod bundles;
mod campaign;
pub mod iam;
mod messages;
mod mutate;
mod placed;
mod policies;
mod scrubbing;
mod source_files;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub use self::{
    bundles::{chain, reader},
    campaign::{Campaign, Failure, Figures, Trouble},
    messages::messages,
    placed::{command, config_file, network, refusal},
    policies::policies,
    scrubbing::scrub,
    source_files::{apprunner_yaml, dockerfile},
};

/// Something that takes bytes from strangers.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name, also of the folder of its corpus.
    pub name: &'static str,
    /// Panics when something does not hold for the bytes.
    pub check: fn(&[u8]),
    /// What a mutation puts in, besides bytes.
    pub words: &'static [&'static str],
    /// So many mutations take about a second without optimisation.
    pub moderate: u64,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "reader",
        check: reader,
        words: bundles::WORDS,
        moderate: 150,
    },
    Target {
        name: "chain",
        check: chain,
        words: bundles::WORDS,
        moderate: 60,
    },
    Target {
        name: "messages",
        check: messages,
        words: messages::WORDS,
        moderate: 100,
    },
    Target {
        name: "policies",
        check: policies,
        words: policies::WORDS,
        moderate: 1_000,
    },
    Target {
        name: "apprunner_yaml",
        check: apprunner_yaml,
        words: source_files::YAML_WORDS,
        moderate: 1_000,
    },
    Target {
        name: "dockerfile",
        check: dockerfile,
        words: source_files::DOCKERFILE_WORDS,
        moderate: 1_000,
    },
    Target {
        name: "config_file",
        check: config_file,
        words: source_files::YAML_WORDS,
        moderate: 30,
    },
    Target {
        name: "command",
        check: command,
        words: placed::COMMAND_WORDS,
        moderate: 40,
    },
    Target {
        name: "network",
        check: network,
        words: placed::NETWORK_WORDS,
        moderate: 20,
    },
    Target {
        name: "refusal",
        check: refusal,
        words: placed::REFUSAL_WORDS,
        moderate: 60,
    },
    Target {
        name: "scrub",
        check: scrub,
        words: scrubbing::WORDS,
        moderate: 1_000,
    },
];

impl Target {
    /// The inputs to start from, in the order of their names.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn corpus(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut paths = fs::read_dir(corpora().join(self.name))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<PathBuf>>>()?;
        paths.sort_unstable();
        paths.iter().map(fs::read).collect()
    }
}

/// Where the corpora are.
fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}
