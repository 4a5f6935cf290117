//! A finished bundle is redacted once more.

use std::{fs, io::Write, process::Output};

use evidence_schema::{
    Body, Status,
    manifest::{Marking, Redaction},
    record::QuarantineReason,
};

use crate::scene::{Scene, bare_program, said};

/// A token of a shape that every version knows.
fn token() -> String {
    format!("ghp_{}", "a1B2".repeat(9))
}

/// A bundle as an older version would have written it: with a secret in a line, one that was
/// replaced, and a record of a kind that nobody knows.
fn old(scene: &Scene) -> String {
    let bundle = scene.collected("shop.json", 0);
    let text = String::from_utf8(bundle.bytes).expect("plain JSON");
    let (head, tail) = text.split_once("\n],\"coverage\"").expect("a ledger");
    let line = |id: u32, kind: &str, message: &str| {
        format!(
            ",\n{{\"id\":{id},\"kind\":\"{kind}\",\"time\":\"2026-11-20T11:00:0{}Z\",\
             \"service_id\":\"0\",\"stream\":\"events\",\"message\":\"{message}\"}}",
            id % 10
        )
    };
    let tail = format!("\n],\"coverage\"{tail}");
    [
        head,
        &line(901, "service_log", &format!("cloning with {}", token())),
        &line(
            902,
            "service_log",
            "was ‹redacted:github-token:32-127:fp-7› before",
        ),
        &line(903, "weather", "sunny"),
        &tail,
    ]
    .concat()
}

fn redact(scene: &Scene, input: &str, output: &str) -> Output {
    let mut command = bare_program(scene.directory.path());
    let args = ["redact", input, "-o", output];
    command.args(args).output().expect("the program runs")
}

fn scene() -> Scene {
    Scene::new("what = \"Nothing failed.\"\nexpect = []\n")
}

#[test]
fn what_is_known_today_goes_and_the_rest_stays() {
    let scene = scene();
    fs::write(scene.path("old.json"), old(&scene)).expect("a file");
    let output = redact(&scene, "old.json", "new.json");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let told = said(&output);
    assert!(told.contains("github-token: 1"), "{told}");
    assert!(
        told.contains("1 records of kinds that this version does not know"),
        "{told}"
    );
    let (before, after) = (scene.read("shop.json"), scene.read("new.json"));
    let text = String::from_utf8(after.bytes.clone()).expect("plain JSON");
    assert!(!text.contains(&token()) && !text.contains("sunny"));
    assert_eq!(after.records.len(), before.records.len() + 3);
    let lines: Vec<_> = after
        .records
        .iter()
        .filter_map(|it| match &it.body {
            Body::ServiceLog(line) if line.message.contains('‹') => Some(line.message.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        lines,
        [
            "cloning with ‹redacted:github-token:32-127:fp-1›",
            "was ‹redacted:github-token:32-127:fp-2› before",
        ]
    );
    let last = &after.records.last().expect("records").body;
    let Body::Quarantined(marker) = last else {
        panic!("{last:?}");
    };
    assert_eq!(
        (marker.of_kind.as_str(), marker.reason),
        ("weather", QuarantineReason::NotUnderstood)
    );
    let Redaction {
        again, replaced, ..
    } = &after.manifest.redaction;
    assert_eq!((again.len(), replaced["github-token"]), (1, 1));
    assert_eq!(after.manifest.redaction.marking(), Marking::Redacted);
    assert_eq!(after.manifest.run_id, before.manifest.run_id);
}

#[test]
fn a_bundle_that_is_clean_stays_as_it_is() {
    let scene = scene();
    let before = scene.collected("shop.evidence.json.zst", 0);
    for (old, new) in [
        ("shop.evidence.json.zst", "one.evidence.json.zst"),
        ("one.evidence.json.zst", "two.evidence.json.zst"),
    ] {
        let output = redact(&scene, old, new);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(
            said(&output).contains("nothing secret was found"),
            "{}",
            said(&output)
        );
    }
    let after = scene.read("two.evidence.json.zst");
    assert_eq!(
        (after.records, after.coverage),
        (before.records, before.coverage)
    );
    assert_eq!(after.manifest.redaction.again.len(), 2);
}

#[test]
fn a_bundle_that_was_cut_gives_what_was_whole_and_concludes_nothing() {
    let scene = scene();
    let whole = old(&scene);
    let cut = whole.find("\n],\"coverage\"").expect("a ledger") - 40;
    fs::write(scene.path("cut.json"), &whole[..cut]).expect("a file");
    let output = redact(&scene, "cut.json", "new.json");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("the old bundle ends after record"),
        "{}",
        said(&output)
    );
    let after = scene.read("new.json");
    assert!(after.coverage.len() > 20);
    assert!(after.coverage.iter().all(|it| it.status == Status::Failed));
}

#[test]
fn what_is_no_bundle_is_refused_and_nothing_is_left() {
    let scene = scene();
    fs::File::create(scene.path("x"))
        .and_then(|mut it| it.write_all(b"hello"))
        .expect("a file");
    for (input, words) in [
        ("x", "not an evidence bundle"),
        ("missing", "No such file"),
        (".", "directory"),
    ] {
        let output = redact(&scene, input, "new.json");
        assert_eq!(output.status.code(), Some(3));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    assert!(!scene.path("new.json").exists());
}
