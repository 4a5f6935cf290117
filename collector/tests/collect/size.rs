//! Bundles that must not be larger than somebody takes.

use evidence_schema::{Body, Interval, Record, Status, Time, read::DigestCheck};

use crate::{
    scene::{Bundle, Scene, said},
    told::{FAILED, expect_code},
};

/// Fifty thousand lines around the failure in two streams, and two thousand of the platform.
fn large() -> Scene {
    Scene::new(&format!(
        r#"{FAILED}
[[bulk]]
stream = "application"
lines = 40000
from = "-170m"
minutes = 60

[[bulk]]
stream = "instance/00000000000000000000000000000002"
lines = 10000
from = "-125m"
minutes = 15
text = "worker {{n}} took a job"

[[bulk]]
stream = "events"
lines = 2000
from = "-20d"
minutes = 20000
"#
    ))
}

/// Time and text of the lines of a kind.
fn lines(bundle: &Bundle, kind: &str) -> Vec<(Time, String)> {
    let of_kind = bundle
        .records
        .iter()
        .filter(|it| it.body.kind().as_str() == kind);
    of_kind
        .filter_map(|it| match &it.body {
            Body::ServiceLog(line) | Body::ApplicationLog(line) => {
                Some((line.time, line.message.clone()))
            }
            _ => None,
        })
        .collect()
}

/// Everything but the log lines.
fn essentials(bundle: &Bundle) -> Vec<&Record> {
    let is_line = |it: &&Record| matches!(it.body, Body::ServiceLog(_) | Body::ApplicationLog(_));
    bundle.records.iter().filter(|it| !is_line(it)).collect()
}

fn failure(bundle: &Bundle) -> Time {
    let mut operations = bundle.records.iter().filter_map(|it| match &it.body {
        Body::Operation(it) if it.status.failed() => it.ended_at,
        _ => None,
    });
    operations.next_back().expect("a failed operation")
}

/// How many lines the ledger says were left out.
fn left_out(note: &str) -> u64 {
    let (before, _) = note.split_once(" lines left out").expect("a count");
    let count = before.rsplit(' ').next().expect("a number");
    count.parse().expect("a number")
}

fn within(lines: &[(Time, String)], span: Interval) -> Vec<&(Time, String)> {
    lines.iter().filter(|it| span.contains(it.0)).collect()
}

#[test]
fn a_limit_takes_log_lines_alone_and_the_ledger_has_each_of_them() {
    let scene = large();
    let whole = scene.collected("whole.evidence.json.zst", 0);
    let failed = failure(&whole);
    let mut kept_before = usize::MAX;
    for (limit, bytes) in [("200kB", 200_000), ("90KiB", 90 << 10), ("60000B", 60_000)] {
        let file = format!("{limit}.evidence.json.zst");
        let output = scene.collect(&file, &["--max-size", limit]);
        // Something of the hour before the failure is missing.
        expect_code(&output, 1);
        let bundle = scene.read(&file);
        let size = bundle.bytes.len();
        assert!(size <= bytes, "{size} bytes for {limit}");
        assert!(size * 100 >= bytes * 85, "{size} bytes for {limit}");
        assert_eq!(bundle.digest, DigestCheck::Verified);
        // Thousands of lines are not to be printed.
        assert!(essentials(&bundle) == essentials(&whole), "{limit}");
        let platform = lines(&whole, "service_log");
        assert!(lines(&bundle, "service_log") == platform, "{limit}");

        let (kept, all) = (
            lines(&bundle, "application_log"),
            lines(&whole, "application_log"),
        );
        assert!(kept.len() < kept_before, "less room, fewer lines");
        kept_before = kept.len();
        let entry = bundle.source("application-log")[0];
        let uncut = whole.source("application-log")[0];
        let note = entry.note.as_deref().expect("a note");
        assert_eq!(entry.status, Status::Truncated);
        assert_eq!(entry.records, kept.len() as u64);
        assert_eq!(entry.records + left_out(note), uncut.records, "{note}");
        assert!(said(&output).contains(note), "{}", said(&output));

        // What counts as seen is there to the last line.
        for span in &entry.covered {
            assert!(within(&kept, *span) == within(&all, *span), "{limit}");
        }
        assert!(entry.covered.iter().any(|it| it.contains(failed)));
        assert!(entry.missing.iter().all(|it| !it.contains(failed)));
        // Each stream keeps its ends.
        for text in [
            "GET /items/1 200",
            "Server listening on http://0.0.0.0:3000",
            "worker 1 took a job",
        ] {
            assert!(kept.iter().any(|it| it.1 == text), "{text} with {limit}");
        }
    }
}

#[test]
fn lines_of_the_platform_leave_when_those_of_the_application_are_gone() {
    let scene = large();
    let whole = scene.collected("whole.json", 0);
    let plain = essentials(&whole).iter().fold(8_000, |bytes, it| {
        bytes + serde_json::to_string(it).expect("JSON").len()
    });
    let limit = plain + 60_000;
    let output = scene.collect("some.json", &["--max-size", &format!("{limit}B")]);
    expect_code(&output, 1);
    let bundle = scene.read("some.json");
    assert!(bundle.bytes.len() <= limit);
    assert_eq!(bundle.count("application_log"), 0);
    let kept = bundle.count("service_log");
    assert!(kept > 100 && kept < whole.count("service_log"));
    let entry = bundle.source("service-log")[0];
    let note = entry.note.as_deref().expect("a note");
    assert_eq!(
        entry.records + left_out(note),
        whole.source("service-log")[0].records
    );
    let failed = lines(&bundle, "service_log");
    assert!(
        failed
            .iter()
            .any(|it| it.1.contains("Health check failed.")),
        "what the platform says of the failure stays"
    );

    // The same account gives the same bytes.
    let again = scene.collect("again.json", &["--max-size", &format!("{limit}B")]);
    expect_code(&again, 1);
    let again = scene.read("again.json");
    assert!(again.comparable() == bundle.comparable());
}

#[test]
fn what_always_stays_is_written_even_if_it_is_too_large() {
    let scene = Scene::new(FAILED);
    let whole = scene.collected("whole.json", 0);
    let output = scene.collect("small.json", &["--max-size", "16KiB"]);
    expect_code(&output, 1);
    let bundle = scene.read("small.json");
    assert_eq!(essentials(&bundle), essentials(&whole));
    assert_eq!(
        (bundle.count("service_log"), bundle.count("application_log")),
        (0, 0)
    );
    assert!(
        said(&output).contains("the file is larger than 16 KiB even without a log line"),
        "{}",
        said(&output)
    );

    // With room enough nothing changes.
    let output = scene.collect("room.json", &["--max-size", "1GiB"]);
    expect_code(&output, 0);
    assert_eq!(scene.read("room.json").comparable(), whole.comparable());
}

#[test]
fn a_limit_that_makes_no_sense_is_a_usage_error() {
    let scene = Scene::new(FAILED);
    for (limit, why) in [
        ("10", "is no size; say 500kB"),
        ("10 potatoes", "is no size; say 500kB"),
        ("5kB", "5 kB has no room for a bundle; say 16 KiB or more"),
    ] {
        let output = scene.collect("no.json", &["--max-size", limit]);
        expect_code(&output, 4);
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    assert!(scene.files().is_empty() && scene.endpoint.calls().is_empty());
}
