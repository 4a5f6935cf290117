//! Every simulated account gives its committed bundle.

#[path = "collect/scene.rs"]
mod scene;

use std::{fs, thread};

use evidence_schema::read::DigestCheck;
use scene::Scene;

/// The program waits more than it works, so several run at once.
const AT_ONCE: usize = 4;

#[test]
fn every_account_gives_its_committed_bundle() {
    let accounts = samples::accounts().expect("the folder of the accounts");
    assert!(!accounts.is_empty());
    let mut wrong = Vec::new();
    for some in accounts.chunks(AT_ONCE) {
        thread::scope(|scope| {
            let running: Vec<_> = some
                .iter()
                .map(|account| scope.spawn(|| difference(&account.to_string_lossy())))
                .collect();
            for one in running {
                wrong.extend(one.join().expect("the account can be collected"));
            }
        });
    }
    assert!(
        wrong.is_empty(),
        "{}\n`cargo xtask samples` collects them again",
        wrong.join("\n")
    );
}

/// Where the bundle of an account differs from the committed one.
fn difference(account: &str) -> Option<String> {
    let scene = Scene::of(samples::Account::load(account).expect("a valid account"));
    let name = account
        .rsplit(['/', '\\'])
        .next()
        .and_then(|file| file.strip_suffix(".toml"))
        .expect("an account is a .toml file");
    let path = samples::dir().join("bundles").join(format!("{name}.json"));
    let Ok(committed) = fs::read(&path) else {
        return Some(format!("{name}: there is no {}", path.display()));
    };
    fs::write(scene.path("committed.json"), committed).expect("a file");
    let output = scene.collect("collected.json", &[]);
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Some(format!("{name}: {}", scene::said(&output)));
    }
    let committed = scene.read("committed.json").comparable();
    let collected = scene.read("collected.json");
    let counted: u64 = collected.coverage.iter().map(|entry| entry.records).sum();
    if counted != collected.records.len() as u64 {
        return Some(format!("{name}: the ledger counts {counted} records"));
    }
    if collected.digest != DigestCheck::Verified {
        return Some(format!("{name}: the digest is {:?}", collected.digest));
    }
    let collected = collected.comparable();
    let (mut left, mut right) = (committed.lines(), collected.lines());
    (1..).find_map(|number| match (left.next(), right.next()) {
        (None, None) => Some(None),
        (committed, collected) if committed == collected => None,
        (committed, collected) => Some(Some(format!(
            "{name}: line {number} is\n  {}\ninstead of\n  {}",
            collected.unwrap_or("missing"),
            committed.unwrap_or("missing")
        ))),
    })?
}
