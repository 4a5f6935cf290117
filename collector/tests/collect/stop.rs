//! Collections that are stopped in the middle.
#![cfg(unix)]

use std::{
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use evidence_schema::Status;

use crate::{
    scene::{Scene, said},
    told::{FAILED, expect_code},
};

/// An account whose application log is never answered in time.
fn slow() -> Scene {
    Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"logs:FilterLogEvents\"\nwith = \"/application\"\nkind = \"slow\"\nms = 20000\n"
    ))
}

fn started(scene: &Scene) -> Child {
    started_as(scene.program())
}

fn started_as(mut program: Command) -> Child {
    program
        .args(["collect", "--service", "shop", "-o", "shop.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs")
}

/// Waits until the platform's log was read and the application's was asked for.
fn wait_for_logs(scene: &Scene) {
    wait_for_log_calls(scene, 2);
}

fn wait_for_log_calls(scene: &Scene, count: usize) {
    let begin = Instant::now();
    let reads = |scene: &Scene| {
        let calls = scene.endpoint.calls();
        calls
            .iter()
            .filter(|call| call.operation == "FilterLogEvents")
            .count()
    };
    while reads(scene) < count {
        assert!(
            begin.elapsed() < Duration::from_secs(120),
            "the logs are asked for"
        );
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(300));
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

#[test]
fn an_interrupt_writes_what_was_read() {
    for name in ["-INT", "-TERM"] {
        let scene = slow();
        let child = started(&scene);
        wait_for_logs(&scene);
        signal(&child, name);
        let output = child.wait_with_output().expect("the program ends");
        expect_code(&output, 2);
        let bundle = scene.read("shop.json");
        let entry = bundle.source("application-log")[0];
        assert_eq!(entry.status, Status::Partial, "{entry:?}");
        assert_eq!(entry.note.as_deref(), Some("interrupted"));
        assert_eq!(entry.missing, [bundle.manifest.windows.extended]);
        assert_eq!(bundle.source("operations")[0].status, Status::Complete);
        assert!(bundle.count("service_log") > 0);
        assert!(said(&output).contains("stopped early"), "{}", said(&output));
        assert_eq!(scene.files(), ["shop.json"]);
    }
}

#[test]
fn a_program_that_started_itself_again_is_the_same_process() {
    let scene = slow();
    let mut program = scene.program();
    program.env("AWS_ENDPOINT_URL_STS", "");
    let child = started_as(program);
    wait_for_logs(&scene);
    signal(&child, "-INT");
    let output = child.wait_with_output().expect("the program ends");
    expect_code(&output, 2);
    assert!(said(&output).contains("stopped early"), "{}", said(&output));
    assert_eq!(scene.files(), ["shop.json"]);
}

#[test]
fn the_deadline_does_the_same() {
    // No source alone can use the deadline up.
    let scene = Scene::new(&format!(
        "{FAILED}
[[fault]]
call = \"apprunner:ListServices\"
kind = \"slow\"
ms = 1500

[[fault]]
call = \"logs:*\"
kind = \"slow\"
ms = 20000
"
    ));
    let output = scene.collect("shop.json", &["--deadline", "4s"]);
    expect_code(&output, 2);
    let bundle = scene.read("shop.json");
    let entry = bundle.source("application-log")[0];
    assert_eq!(entry.note.as_deref(), Some("the deadline passed"));
}

#[test]
fn a_kill_leaves_nothing_under_the_final_name() {
    let scene = slow();
    let mut child = started(&scene);
    wait_for_logs(&scene);
    signal(&child, "-KILL");
    child.wait().expect("the program ends");
    assert!(!scene.path("shop.json").exists());
}

#[test]
fn before_the_service_is_found_an_interrupt_leaves_nothing() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"apprunner:ListServices\"\nkind = \"slow\"\nms = 20000\n"
    ));
    let child = started(&scene);
    let begin = Instant::now();
    while !scene
        .endpoint
        .calls()
        .iter()
        .any(|call| call.operation == "GetCallerIdentity")
    {
        assert!(
            begin.elapsed() < Duration::from_secs(120),
            "the identity is asked for"
        );
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    let output = child.wait_with_output().expect("the program ends");
    expect_code(&output, 3);
    assert!(scene.files().is_empty());
}

#[test]
fn a_second_interrupt_leaves_nothing() {
    // So many records take a while to write.
    let scene = Scene::new(&format!(
        "{FAILED}
[[bulk]]
stream = \"events\"
lines = 150000
from = \"-3h\"
minutes = 60

[[fault]]
call = \"logs:FilterLogEvents\"
with = \"/application\"
kind = \"slow\"
ms = 20000
"
    ));
    let child = started(&scene);
    wait_for_log_calls(&scene, 17);
    signal(&child, "-INT");
    sleep(Duration::from_millis(150));
    signal(&child, "-INT");
    let output = child.wait_with_output().expect("the program ends");
    expect_code(&output, 130);
    assert!(scene.files().is_empty(), "{:?}", scene.files());
}
