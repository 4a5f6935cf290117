//! The command, run as its users run it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{fs, path::PathBuf, process::Stdio};

use assert_cmd::Command;
use chrono::{DateTime, Utc};
use evidence_schema::{
    Body, Encoding, Interval, Manifest, Writer,
    manifest::{Redaction, Target, Tool, Windows},
    record::Operation,
};

fn command() -> Command {
    Command::cargo_bin("apprunner-analyzer").unwrap()
}

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .unwrap()
        .with_timezone(&Utc)
}

/// A bundle of a service whose deployments ended so.
fn bundle(encoding: Encoding, statuses: &[&str]) -> Vec<u8> {
    let span = Interval {
        from: time("2026-10-21T12:00:00Z"),
        to: time("2026-11-20T12:00:00Z"),
    };
    let manifest = Manifest {
        tool: Tool {
            name: "apprunner-collector".to_owned(),
            version: "0.1.0".to_owned(),
        },
        run_id: "run".to_owned(),
        collected_at: span.to,
        clock: None,
        target: Target {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            service_name: "web".to_owned(),
            service_id: "8fe1e10304f84fd2b0df550fe98a71fa".to_owned(),
            service_arn: "arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa".to_owned(),
        },
        windows: Windows {
            incidents: vec![],
            recent: span,
            extended: span,
        },
        redaction: Redaction::default(),
    };
    let mut writer = Writer::new(Vec::new(), encoding, &manifest).unwrap();
    for (index, status) in statuses.iter().enumerate() {
        let started = time("2026-11-20T08:00:00Z") + chrono::TimeDelta::hours(index as i64);
        writer
            .record(&Body::Operation(Operation {
                id: format!("{index:08}-0000-0000-0000-000000000000"),
                operation_type: "START_DEPLOYMENT".into(),
                status: (*status).into(),
                target_arn: None,
                started_at: Some(started),
                ended_at: Some(started + chrono::TimeDelta::minutes(9)),
                updated_at: None,
            }))
            .unwrap();
    }
    writer.finish(&[]).unwrap().0
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn stderr_of(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    assert!(
        output.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let output = command()
        .arg("--help")
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let text = String::from_utf8(output).unwrap();
    for wanted in ["Examples:", "Exit codes:", "analyze", "rules", "explain"] {
        assert!(text.contains(wanted), "{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100));
    command().arg("--version").assert().success();
}

#[test]
fn a_wrong_command_line_is_usage() {
    for args in [
        vec![],
        vec!["analyse"],
        vec!["analyze"],
        vec!["analyze", "x", "--format", "xml"],
    ] {
        stderr_of(command().args(args), 4);
    }
}

#[test]
fn every_verdict_has_its_exit_code() {
    let healthy = file("healthy.json", &bundle(Encoding::Plain, &["SUCCEEDED"]));
    command().arg("analyze").arg(healthy).assert().code(0);
    let recovered = file(
        "recovered.json.zst",
        &bundle(Encoding::Zstd, &["ROLLBACK_SUCCEEDED", "SUCCEEDED"]),
    );
    command().arg("analyze").arg(recovered).assert().code(0);
    let open = file(
        "open.json.zst",
        &bundle(Encoding::Zstd, &["SUCCEEDED", "ROLLBACK_SUCCEEDED"]),
    );
    command().arg("analyze").arg(open).assert().code(2);
}

#[test]
fn a_bundle_is_read_from_standard_input_and_gives_the_same_bytes() {
    let bytes = bundle(Encoding::Zstd, &["ROLLBACK_SUCCEEDED"]);
    let path = file("same.json.zst", &bytes);
    for format in analyzer::report::format::ALL.iter().map(|it| it.id) {
        let run = |arg: &str, input: &[u8]| {
            command()
                .args(["analyze", "--format", format, arg])
                .write_stdin(input)
                .assert()
                .code(2)
                .get_output()
                .stdout
                .clone()
        };
        let from_file = run(path.to_str().unwrap(), &[]);
        assert_eq!(from_file, run("-", &bytes));
        // Not a terminal, so no escape codes.
        assert!(!from_file.contains(&0x1b));
    }
}

#[test]
fn what_is_no_bundle_is_told_with_the_next_step() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let newer = String::from_utf8(bundle(Encoding::Plain, &[]))
        .unwrap()
        .replace("\"1.0\"", "\"2.0\"");
    let cases: [(PathBuf, &str, &str); 6] = [
        (
            folder.join("nothing-here.json"),
            "failed to open",
            "Check the path",
        ),
        (folder.clone(), "is a directory", "Name one bundle"),
        (file("empty.json", b""), "empty", "collect or send it again"),
        (
            file("list.json", b"[1,2]"),
            "not an evidence bundle",
            "apprunner-collector collect",
        ),
        (
            file("newer.json", newer.as_bytes()),
            "upgrade",
            "newest apprunner-analyzer",
        ),
        (
            file("gzip.json.gz", &[0x1f, 0x8b, 8, 0]),
            "gzip",
            "apprunner-collector collect",
        ),
    ];
    for (path, what, next) in cases {
        let text = stderr_of(command().arg("analyze").arg(&path), 3);
        assert!(text.contains(what) && text.contains(next), "{text}");
        assert!(text.contains(path.to_str().unwrap()), "{text}");
    }
    let big = file("big.json.zst", &bundle(Encoding::Zstd, &["SUCCEEDED"; 50]));
    for (limit, value) in [
        ("--max-bytes", "300"),
        ("--max-record-bytes", "300"),
        ("--max-record-memory", "300"),
        ("--max-records-memory", "3000"),
        ("--max-member-memory", "300"),
        ("--max-records", "30"),
        ("--max-depth", "1"),
        ("--max-frames", "0"),
    ] {
        let text = stderr_of(command().args(["analyze", limit, value]).arg(&big), 3);
        assert!(text.contains(&format!("more with {limit}.")), "{text}");
    }
}

#[test]
fn a_bundle_that_was_cut_is_analyzed_and_said_to_be_cut() {
    let whole = bundle(Encoding::Plain, &["SUCCEEDED", "ROLLBACK_SUCCEEDED"]);
    let text = String::from_utf8(whole.clone()).unwrap();
    let path = file("cut.json", &whole[..text.find("],\"coverage\"").unwrap()]);
    let output = command()
        .arg("analyze")
        .arg(path)
        .assert()
        .code(2)
        .get_output()
        .stdout
        .clone();
    let report = String::from_utf8(output).unwrap();
    assert!(report.contains("after record 2"), "{report}");
}

#[test]
fn rules_and_their_pages_are_shown() {
    let output = command()
        .arg("rules")
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let table = String::from_utf8(output).unwrap();
    assert_eq!(table.lines().count(), analyzer::rules::ALL.len());
    for rule in analyzer::rules::ALL {
        assert!(table.contains(rule.id));
        command().args(["explain", rule.id]).assert().success();
    }
    let text = stderr_of(command().args(["explain", "port-missmatch"]), 4);
    assert!(text.contains("Did you mean port-mismatch"), "{text}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_apprunner-analyzer"))
        .arg("rules")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success());
}

#[test]
fn nothing_of_a_command_line_acts_on_the_terminal() {
    let hostile = "\u{1b}[31mred\u{202e}\n\u{9b}0m\u{200b}";
    let option = format!("--{hostile}");
    let short = format!("-{hostile}");
    let cases: [&[&str]; 10] = [
        &["analyze", hostile],
        &["explain", hostile],
        &[hostile],
        &[&option],
        &[&short],
        &["analyze", "x", hostile],
        &["analyze", "x", &option],
        &["analyze", "x", &short],
        &["analyze", "x", "--format", hostile],
        &["analyze", "x", "--max-bytes", hostile],
    ];
    for args in cases {
        let output = command().args(args).output().unwrap();
        assert!(matches!(output.status.code(), Some(3 | 4)), "{args:?}");
        assert!(output.stdout.is_empty());
        let told = String::from_utf8(output.stderr).unwrap();
        let acts =
            |it: char| it != '\n' && (it.is_control() || matches!(it, '\u{202e}' | '\u{200b}'));
        assert!(!told.chars().any(acts), "{told:?}");
        assert!(told.contains("\\u{1b}"), "{args:?}: {told}");
    }
}
