//! Bundles that are hostile by their size.

use std::{fs, path::PathBuf, process::Command, sync::LazyLock, time::Instant};

use analyzer::report::format;
use evidence_schema::{
    Body, Coverage, Encoding, Status, Writer,
    coverage::AwsError,
    record::{LogLine, LogStream},
};

use super::{analyzed, bundle, proven, written};

/// A line of 10 MB, with what breaks fences and tables all through it.
fn line() -> String {
    "`````` <b>\u{1b}[31m|@everyone #1 ".repeat(10 * (1 << 20) / 32)
}

/// A bundle with lines of 10 MB, 100,000 streams, and a ledger of 2,000 entries.
static LARGE: LazyLock<Vec<u8>> = LazyLock::new(large);

fn large() -> Vec<u8> {
    let bundles = bundle::committed();
    let sample = &bundles["port-mismatch"];
    let target = &sample.manifest.target;
    let time = sample.manifest.collected_at - chrono::TimeDelta::hours(2);
    let mut bodies = sample.bodies.clone();
    let log = |stream: &str, message: String, minutes: i64| LogLine {
        time: time + chrono::TimeDelta::minutes(minutes),
        service_id: target.service_id.clone(),
        stream: stream.to_owned(),
        ingested_at: None,
        message,
    };
    bodies.push(Body::ServiceLog(log(
        "events",
        format!("[AppRunner] {}", line()),
        3,
    )));
    bodies.push(Body::ServiceLog(log("events", line(), 3)));
    bodies.push(Body::ApplicationLog(log("instance/0", line(), 3)));
    bodies.push(Body::ApplicationLog(log(
        "instance/0",
        format!("KeyError: '{}'", "A".repeat(1_000)),
        4,
    )));
    for number in 0..100_000 {
        bodies.push(Body::LogStream(LogStream {
            group: format!("/aws/apprunner/shop/{}/application", target.service_id),
            name: format!("instance/{number}`|<b>"),
            created_at: Some(time),
            first_event_at: Some(time),
            last_event_at: Some(time),
        }));
    }
    bodies.sort_by_key(Body::kind);
    let mut coverage = sample.coverage.clone();
    // The ledger stays in memory, so what it may take is bounded.
    for number in 0..2_000 {
        coverage.push(Coverage {
            source: "application-log".to_owned(),
            subject: Some(format!("instance/{number}")),
            status: Status::Failed,
            operations: vec![],
            calls: 1,
            records: 0,
            covered: vec![],
            missing: vec![],
            permission: None,
            error: Some(AwsError {
                code: "timeout".to_owned(),
                message: if number == 0 {
                    line().chars().take(256 << 10).collect()
                } else {
                    "late".to_owned()
                },
            }),
            note: None,
        });
    }
    let mut writer = Writer::new(Vec::new(), Encoding::Zstd, &sample.manifest).unwrap();
    for body in &bodies {
        writer.record(body).unwrap();
    }
    writer.finish(&coverage).unwrap().0
}

#[test]
fn a_large_bundle_gives_a_report_of_the_usual_size() {
    let report = analyzed(&LARGE);
    assert_eq!(report.findings[0].rule, "missing-environment-variable");
    proven(&report);
    for format in format::ALL {
        let text = written(&report, format.id);
        assert!(text.len() < 200_000, "{}: {}", format.id, text.len());
        if format.id != "csv" {
            assert!(text.contains("more characters"), "{}", format.id);
            assert!(
                text.contains("sources that could not be looked at"),
                "{}",
                format.id
            );
        }
    }
}

/// The address space is limited, so that memory is measured and not guessed.
#[cfg(target_os = "linux")]
#[test]
fn a_large_bundle_needs_little_time_and_memory() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile-large");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("large.json.zst");
    fs::write(&path, &*LARGE).unwrap();
    // The formats differ in the report only, which is small.
    let started = Instant::now();
    let output = Command::new("bash")
        .args([
            "-c",
            "ulimit -v 400000; exec \"$0\" analyze --format \"$1\" \"$2\"",
        ])
        .arg(env!("CARGO_BIN_EXE_apprunner-analyzer"))
        .arg("html")
        .arg(&path)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    // A build without optimization on a machine that others use too takes its time.
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}
