//! Places where there is no room: for the bundle, and for what waits to be written.
#![cfg(unix)]

use crate::{
    scene::{Scene, said},
    told::{FAILED, expect_code},
};

/// So many lines that they do not fit into memory, in many pages.
fn huge() -> Scene {
    Scene::new(&format!(
        "{FAILED}\n[[bulk]]\nstream = \"application\"\nlines = 600000\nfrom = \"-2h\"\nminutes = 8\n"
    ))
}

#[test]
fn a_bundle_that_does_not_fit_is_told_and_leaves_nothing() {
    let scene = Scene::new(FAILED);
    // No file may grow over a few kilobytes: a disk on which that is left.
    let output = scene.in_shell("ulimit -f 8; exec \"$@\"", &[]);
    expect_code(&output, 5);
    let text = said(&output);
    assert!(
        text.contains("error: cannot write the bundle shop.json"),
        "{text}"
    );
    assert!(
        text.contains("Make room, or choose another place with -o."),
        "{text}"
    );
    assert!(output.stdout.is_empty());
    assert!(scene.files().is_empty(), "{:?}", scene.files());
}

#[test]
fn records_that_find_no_room_to_wait_end_the_collection_at_once() {
    let nowhere = "TMPDIR=no/such/place exec \"$@\"";
    for (script, place) in [
        ("mkdir tmp; ulimit -f 8; TMPDIR=tmp exec \"$@\"", "tmp"),
        (nowhere, "no/such/place"),
    ] {
        let scene = huge();
        let output = scene.in_shell(script, &[]);
        expect_code(&output, 5);
        let text = said(&output);
        let told = format!("error: cannot write a temporary file in {place}\n");
        assert!(text.contains(&told), "{text}");
        assert!(text.contains("in TMPDIR"), "{text}");
        assert!(!scene.path("shop.json").exists());
        let left = scene.files().into_iter().filter(|it| it != "tmp").count();
        assert_eq!(left, 0, "{:?}", scene.files());
        // What could not be kept is not asked for.
        let calls = scene.endpoint.calls();
        let pages = calls.iter().filter(|it| it.operation == "FilterLogEvents");
        assert!(pages.count() < 30, "sixty pages would have been all");
    }
}
