//! Every target over its corpus and some mutations of it.
//!
//! `FUZZ_RUNS` gives another number of mutations, `FUZZ_SEED` other ones.

use std::{collections::BTreeSet, env, fs, path::Path};

use properties::{Campaign, TARGETS, Target};

fn setting(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

fn holds(name: &str) {
    let target = *TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("a target");
    let corpus = target.corpus().expect("a corpus");
    assert!(!corpus.is_empty());
    let campaign = Campaign {
        target,
        corpus,
        runs: setting("FUZZ_RUNS").unwrap_or(target.moderate),
        seed: setting("FUZZ_SEED").unwrap_or(1),
    };
    match campaign.run() {
        Ok(figures) => println!("{name}: {figures:?}"),
        Err(failure) => panic!(
            "{:?} by an input of {} bytes: {}",
            failure.trouble,
            failure.input.len(),
            failure.input.escape_ascii()
        ),
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                holds(stringify!($name));
            }
        )*

        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets! { reader chain messages policies apprunner_yaml dockerfile config_file command network refusal scrub }

/// The names of the files in a folder, without their endings.
fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz")
        .join(folder);
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into())
        .collect()
}

#[test]
fn every_target_is_tested_and_fuzzed() {
    let of = |target: &Target| target.name.to_owned();
    let targets: BTreeSet<String> = TARGETS.iter().map(of).collect();
    let tested: BTreeSet<String> = TESTED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(targets, tested);
    assert_eq!(targets, names("fuzz_targets"));
    assert_eq!(targets, names("corpus"));
}
