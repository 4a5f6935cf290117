//! Collections that end without a warning.

use std::{
    fs,
    process::Stdio,
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use evidence_schema::read::DigestCheck;

use crate::{scene::Scene, told::FAILED};

/// So many collections are killed, at moments spread over the time that a whole one takes.
const KILLED: u32 = 20;

/// So many at once: they wait more than they work.
const AT_ONCE: u32 = 4;

/// An account whose bundle takes a while to be written.
fn large() -> Scene {
    Scene::new(&format!(
        "{FAILED}\n[[bulk]]\nstream = \"application\"\nlines = 60000\nfrom = \"-2h\"\nminutes = 8\n"
    ))
}

#[test]
fn a_killed_collection_leaves_a_whole_bundle_or_none() {
    let scene = large();
    let begun = Instant::now();
    let output = scene.collect("whole.evidence.json.zst", &[]);
    let whole = begun.elapsed();
    assert!(output.status.success(), "{output:?}");
    let expected = scene.read("whole.evidence.json.zst").records.len();
    assert!(expected > 60_000, "the lines are in the bundle");

    let mut finished = 0;
    for first in (0..KILLED).step_by(AT_ONCE as usize) {
        scope(|threads| {
            let running: Vec<_> = (first..first + AT_ONCE)
                .map(|number| {
                    let scene = &scene;
                    // The last moments lie behind the end: those bundles are whole.
                    let after = whole * (number + 1) / (KILLED - 2);
                    threads.spawn(move || killed_after(scene, number, after, expected))
                })
                .collect();
            for one in running {
                finished += u32::from(one.join().expect("no half-written bundle"));
            }
        });
    }
    assert!(finished < KILLED, "some were killed before they ended");
    // What a killed one leaves is never under a name that anybody would take for a bundle.
    for entry in fs::read_dir(scene.directory.path()).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        assert!(
            name.ends_with(".evidence.json.zst")
                || name.starts_with('.') && name.ends_with(".partial"),
            "{name}"
        );
    }
}

/// Kills a collection and tells whether a bundle was there; if so it is a whole one.
fn killed_after(scene: &Scene, number: u32, after: Duration, expected: usize) -> bool {
    let file = format!("{number}.evidence.json.zst");
    let mut child = scene
        .program()
        .args(["collect", "--service", "shop", "-o", &file])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    sleep(after);
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().expect("the program ends");
    if !scene.path(&file).exists() {
        return false;
    }
    let bundle = scene.read(&file);
    assert_eq!(bundle.records.len(), expected);
    assert_eq!(bundle.digest, DigestCheck::Verified);
    true
}
