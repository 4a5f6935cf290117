//! Collections that nobody listens to.
#![cfg(unix)]

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use crate::{
    scene::Scene,
    told::{FAILED, expect_code},
};

#[test]
fn whoever_stops_to_listen_does_not_end_a_collection() {
    for script in [
        "\"$@\" 2>&-",
        "\"$@\" >&-",
        "\"$@\" <&- >&- 2>&-",
        // The reader goes at once, or after the first line.
        "{ \"$@\" 2>&1 >/dev/null; echo $? >code; } | true; exit $(cat code)",
        "{ \"$@\" 2>&1 >/dev/null; echo $? >code; } | head -n 1 >&2; exit $(cat code)",
        "{ \"$@\" 2>&1; echo $? >code; } | true; exit $(cat code)",
    ] {
        for more in [&[] as &[&str], &["-v"]] {
            let scene = Scene::new(FAILED);
            let output = scene.in_shell(script, more);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{script} {more:?}: {output:?}"
            );
            let bundle = scene.read("shop.json");
            assert!(bundle.count("application_log") > 0, "{script}");
        }
    }
}

#[test]
fn a_gap_is_told_by_the_exit_code_when_nobody_listens() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"iam:*\"\nkind = \"denied\"\n"
    ));
    let output = scene.in_shell("\"$@\" >&- 2>&-", &["-v"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(scene.path("shop.json").exists());
}

#[test]
fn a_reader_that_goes_in_the_middle_ends_nothing() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"logs:FilterLogEvents\"\nkind = \"slow\"\nms = 1000\n"
    ));
    let mut child = scene
        .program()
        .args(["-v", "collect", "--service", "shop", "-o", "shop.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let begin = Instant::now();
    while scene.endpoint.calls().len() < 3 {
        assert!(begin.elapsed() < Duration::from_secs(30), "calls are made");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(child.stderr.take());
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    expect_code(&output, 0);
    assert!(scene.read("shop.json").count("application_log") > 0);
}
