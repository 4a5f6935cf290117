//! What is done, when it was asked for, so that a bundle can be given to somebody else.

use std::fs;

use evidence_schema::manifest::Marking;

use crate::scene::{Bundle, Scene, bare_program, said};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// What tells whose account it is.
const TELLING: &[&str] = &["111122223333", "acorn", "AcornPull", "10.9.8.7"];

fn scene() -> Scene {
    let scene = Scene::new(
        r#"
what = "Somebody who can be told by the names."
expect = []

[service]
name = "acorn-shop"

[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
application = """
0:10 acorn-shop of 111122223333 listening, asked by jane.doe@acorn.example from 10.9.8.7
"""
"#,
    );
    fs::write(scene.path("key"), KEY).expect("a file");
    scene
}

fn text(bundle: &Bundle) -> String {
    String::from_utf8(bundle.bytes.clone()).expect("plain JSON")
}

#[test]
fn nothing_tells_whose_it_is_but_the_file_that_stays() {
    let scene = scene();
    let options = [
        "--pseudonymize",
        "--pseudonym-key",
        "key",
        "--pseudonym-map",
        "map.json",
    ];
    let output = scene.collect("shop.json", &options);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        said(&output)
    );
    let bundle = scene.read("shop.json");
    let told = text(&bundle);
    for word in TELLING {
        assert!(!told.contains(word), "{word}");
    }
    assert_eq!(bundle.manifest.redaction.marking(), Marking::Pseudonymized);
    assert_ne!(bundle.manifest.target.account, "111122223333");
    let map = fs::read_to_string(scene.path("map.json")).expect("the mapping");
    let map: serde_json::Value = serde_json::from_str(&map).expect("JSON");
    assert_eq!(
        map["account"]["111122223333"],
        bundle.manifest.target.account.as_str()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(scene.path("map.json"))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "only its owner reads the mapping");
    }

    // The same key gives the same bundle, and another one none that can be compared.
    scene.collect("again.json", &options[..3]);
    assert_eq!(scene.read("again.json").comparable(), bundle.comparable());
    scene.collect("other.json", &options[..1]);
    assert_ne!(
        scene.read("other.json").manifest.target.account,
        bundle.manifest.target.account
    );

    // Records are sorted by what they say now.
    let keys: Vec<_> = bundle.records.iter().map(|it| it.body.sort_key()).collect();
    assert!(keys.is_sorted());
}

#[test]
fn the_name_of_the_file_says_how_far_it_was_redacted() {
    let scene = scene();
    let mut command = scene.program();
    command.args([
        "collect",
        "--service",
        "acorn-shop",
        "--pseudonymize",
        "--redact-emails",
    ]);
    let output = command.output().expect("the program runs");
    let name = String::from_utf8(output.stdout).expect("a name");
    let name = name.trim().trim_start_matches("./");
    assert!(name.ends_with(".pseudonymized.evidence.json.zst"), "{name}");
    assert!(!name.contains("acorn"), "{name}");
    let bundle = scene.read(name);
    assert!(bundle.manifest.redaction.email_addresses);
    assert!(bundle.manifest.redaction.replaced["email-address"] >= 1);
}

#[test]
fn a_finished_bundle_gets_pseudonyms_too() {
    let scene = scene();
    scene.collect("shop.json", &[]);
    let mut command = bare_program(scene.directory.path());
    command.args([
        "redact",
        "shop.json",
        "-o",
        "new.json",
        "--pseudonymize",
        "--pseudonym-key",
        "key",
    ]);
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told = text(&scene.read("new.json"));
    for word in TELLING {
        assert!(!told.contains(word), "{word}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_asked() {
    let scene = scene();
    fs::write(scene.path("short"), "abc").expect("a file");
    fs::write(scene.path("mine"), "mine").expect("a file");
    for (options, code, words) in [
        (
            &["--pseudonymize", "--pseudonym-key", "short"][..],
            4,
            "64 hex digits",
        ),
        (&["--pseudonym-map", "map.json"][..], 4, "--pseudonymize"),
        (
            &["--pseudonymize", "--pseudonym-map", "mine"][..],
            5,
            "the file exists",
        ),
    ] {
        let output = scene.collect("shop.json", options);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    assert!(scene.endpoint.calls().is_empty());
}
