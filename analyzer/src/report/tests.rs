use evidence_schema::{
    Body, Status,
    manifest::{Clock, Pseudonyms, Tool},
    record::Quarantined,
};

use super::*;
use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

fn report(sample: &Sample) -> Report {
    assemble(&sample.evidence())
}

fn text_of(report: &Report) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    text::write(report, &mut out).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

fn json_of(report: &Report) -> String {
    let mut out = Vec::new();
    json::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_cause_is_found() {
    let report = report(
        &Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "listening on port 3000")]),
    );
    assert_eq!(report.verdict.kind, VerdictKind::CauseFound);
    assert_eq!(report.findings[0].rule, "port-mismatch");
    assert_eq!(report.findings[0].standing, "cause");
}

#[test]
fn a_later_success_is_told_first_and_the_failure_after_it() {
    let report = report(
        &Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "listening on port 3000")])
            .recovered(),
    );
    assert_eq!(report.verdict.kind, VerdictKind::Recovered);
    assert!(
        report
            .verdict
            .sentence
            .starts_with("Nothing is wrong with web now")
    );
    assert!(report.verdict.sentence.contains("listens on 3000"));
}

#[test]
fn a_symptom_without_the_log_that_explains_it_is_undecided() {
    let sample = Sample::image().events(HEALTH_FAILED);
    let report = report(&sample.denied("application-log", "logs:FilterLogEvents"));
    assert_eq!(report.verdict.kind, VerdictKind::Undecided);
    assert!(text_of(&report).contains("needs logs:FilterLogEvents"));
}

#[test]
fn no_failure_is_healthy_only_if_we_could_look() {
    let healthy = Sample::image().operation("SUCCEEDED");
    assert_eq!(report(&healthy).verdict.kind, VerdictKind::Healthy);
    let none = Sample::image().without_operations();
    assert_eq!(report(&none).verdict.kind, VerdictKind::Healthy);
    let denied = none.denied("operations", "apprunner:ListOperations");
    assert_eq!(report(&denied).verdict.kind, VerdictKind::Undecided);
}

#[test]
fn a_failure_is_seen_in_the_log_when_the_operations_were_denied() {
    let report = report(
        &Sample::image()
            .without_operations()
            .denied("operations", "apprunner:ListOperations")
            .events(HEALTH_FAILED)
            .application(&[(90, "listening on port 3000")]),
    );
    assert_eq!(report.verdict.kind, VerdictKind::CauseFound);
    assert_eq!(report.findings[0].rule, "port-mismatch");
}

#[test]
fn a_deployment_under_way_is_no_failure() {
    let report = report(&Sample::image().operation("IN_PROGRESS").events(PULLED));
    assert_eq!(report.verdict.kind, VerdictKind::InProgress);
}

#[test]
fn a_cut_bundle_concludes_nothing_from_what_is_not_there() {
    let mut sample = Sample::image().events(PULLED);
    sample.cut = true;
    let report = report(&sample);
    assert_eq!(report.verdict.kind, VerdictKind::Undecided);
    assert!(
        report.ruled_out.iter().all(|it| it.record.is_some()),
        "{:?}",
        report.ruled_out
    );
    assert!(text_of(&report).contains("the file ends after record 3"));
}

#[test]
fn nothing_in_a_bundle_acts_on_the_terminal() {
    let hostile = "\u{1b}]0;owned\u{7} \u{1b}[2J\u{202e}gnp.exe KeyError: 'DATABASE_URL'";
    let report = report(
        &Sample::image()
            .service(|service| service.name = "web\u{1b}[31m".to_owned())
            .events(PULLED)
            .events(&[
                (90, "[AppRunner] \u{1b}[8mhidden"),
                (91, "[AppRunner] Your application stopped or failed to start. \u{9b}31m Container exit code: 1"),
            ])
            .application(&[(80, hostile)]),
    );
    for written in [text_of(&report), json_of(&report)] {
        assert!(
            !written
                .chars()
                .any(|it| it != '\n' && (it.is_control() || it == '\u{202e}')),
            "{written:?}"
        );
    }
    assert!(text_of(&report).contains("\\u{1b}[2J"));
}

#[test]
fn lines_fit_the_width_but_for_words_of_a_command() {
    let report = report(
        &Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, &"listening on port 3000 ".repeat(30))]),
    );
    for line in text_of(&report).lines() {
        assert!(
            line.chars().count() <= 100 || line.trim_start().starts_with('\''),
            "{line}"
        );
    }
}

#[test]
fn platform_lines_that_are_not_understood_are_shown() {
    let report = report(
        &Sample::image()
            .events(PULLED)
            .events(&[(61, "[AppRunner] Frobnicating instances.")]),
    );
    assert_eq!(
        (report.not_understood.lines, report.not_understood.of),
        (1, 3)
    );
    assert!(text_of(&report).contains("Frobnicating instances."));
}

#[test]
fn more_lines_leave_a_report_of_the_same_size() {
    let size = |lines: i64| {
        let many: Vec<(i64, String)> = (0..lines)
            .map(|n| {
                (
                    90 + n / 1_000,
                    format!(
                        "GET /items/{n} 500 KeyError: 'VARIABLE_{n}' listening on port {}",
                        1_000 + n
                    ),
                )
            })
            .collect();
        let many: Vec<(i64, &str)> = many.iter().map(|(at, text)| (*at, text.as_str())).collect();
        json_of(&report(
            &Sample::image().events(HEALTH_FAILED).application(&many),
        ))
        .len()
    };
    let (few, many) = (size(500), size(20_000));
    assert!(many < few + 2_000, "{few} and {many}");
}

#[test]
fn the_json_report_is_what_its_schema_says() {
    let schema = serde_json::to_value(json::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for sample in [
        Sample::image().operation("SUCCEEDED"),
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "listening on port 3000")]),
        Sample::code().denied("service-log", "logs:FilterLogEvents"),
        Sample::image()
            .covered("operations", Status::Throttled)
            .without_operations(),
    ] {
        let document = serde_json::from_str(&json_of(&report(&sample))).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"format": "apprunner-report"})));
}

#[test]
fn times_at_the_end_of_all_times_are_borne() {
    use chrono::{DateTime, Utc};
    for end in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
        let mut sample = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "listening on port 3000")]);
        for body in &mut sample.bodies {
            if let evidence_schema::Body::Operation(operation) = body {
                operation.started_at = Some(end);
                operation.ended_at = Some(end);
            }
        }
        let report = report(&sample);
        assert!(!text_of(&report).is_empty());
        assert!(!json_of(&report).is_empty());
    }
}

#[test]
fn a_clock_that_was_off_is_told_from_a_minute_on() {
    let told = |aws_ahead_seconds| {
        let mut evidence = Sample::image().events(HEALTH_FAILED).evidence();
        evidence.manifest.clock = Some(Clock { aws_ahead_seconds });
        let report = assemble(&evidence);
        (text_of(&report), json_of(&report))
    };
    let (text, json) = told(61);
    assert!(text.contains("61 s behind AWS's"), "{text}");
    assert!(json.contains("\"clock_off\": 61"), "{json}");
    assert!(told(-7_200).0.contains("7200 s ahead of AWS's"));
    let (text, json) = told(-60);
    assert!(!text.contains("AWS's") && !json.contains("clock_off"));
}

#[test]
fn the_first_line_says_how_far_the_bundle_was_redacted() {
    let mut evidence = Sample::image().events(HEALTH_FAILED).evidence();
    let mut first = |change: fn(&mut evidence_schema::manifest::Redaction)| {
        change(&mut evidence.manifest.redaction);
        let report = assemble(&evidence);
        let line = |text: String| text.lines().next().unwrap().to_owned();
        let mut page = Vec::new();
        html::write(&report, &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        let shown = phrases::marking(&report);
        assert!(page.find(&shown).unwrap() < page.find("<main>").unwrap());
        assert!(json_of(&report).starts_with("{\n  \"marking\": \""));
        line(text_of(&report))
    };
    assert!(first(|_| {}).starts_with("Warning: unredacted bundle of web, collected 2026-11-20"));
    assert!(
        first(|it| it.environment_values_withheld = true).starts_with("Redacted bundle of web")
    );
    assert!(
        first(|it| it.pseudonyms = Some(Pseudonyms { strings: 3 }))
            .starts_with("Pseudonymized bundle of web")
    );
}

#[test]
fn what_was_replaced_and_taken_out_is_counted() {
    let mut sample = Sample::image().events(HEALTH_FAILED);
    for (of_kind, reason) in [
        ("service_log", QuarantineReason::LeakScan),
        ("service_log", QuarantineReason::LeakScan),
        ("change", QuarantineReason::ScrubberFailed),
    ] {
        sample.bodies.push(Body::Quarantined(Quarantined {
            of_kind: of_kind.to_owned(),
            source: "service-log".to_owned(),
            time: None,
            reason,
            detector: None,
        }));
    }
    let mut evidence = sample.evidence();
    let redaction = &mut evidence.manifest.redaction;
    redaction.replaced = [("jwt".to_owned(), 2), ("aws-key".to_owned(), u64::MAX)].into();
    redaction.quarantined = Some([("jwt".to_owned(), 2)].into());
    redaction.again = vec![Tool {
        name: "apprunner-collector".to_owned(),
        version: "0.2.0".to_owned(),
    }];
    let report = assemble(&evidence);
    assert_eq!(report.redaction.replaced, u64::MAX);
    let text = text_of(&report);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "values replaced (aws-key 18446744073709551615, jwt 2)",
        "leak scan the finished file was read back; 2 records were taken out",
        "quarantined 1 record of the kind change: the scrubber could not",
        "quarantined 2 records of the kind service_log: the leak scan found",
        "redacted again apprunner-collector 0.2.0",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let json: serde_json::Value = serde_json::from_str(&json_of(&report)).unwrap();
    let told = &json["bundle"]["redaction"];
    assert_eq!(told["leak_scan"]["records"], 2);
    assert_eq!(told["quarantined"][1]["reason"], "leak_scan");
    assert_eq!(told["quarantined"][1]["records"], 2);
}

#[test]
fn what_is_too_much_is_left_off_and_counted() {
    let mut evidence = Sample::image()
        .service(|service| service.name = "web".to_owned())
        .events(HEALTH_FAILED)
        .evidence();
    evidence.manifest.target.service_name = "n".repeat(5_000);
    let entry = evidence.ledger.entries[0].clone();
    for number in 0..1_000 {
        evidence.ledger.entries.push(evidence_schema::Coverage {
            subject: Some(number.to_string()),
            status: Status::Failed,
            note: Some("x".repeat(50_000)),
            ..entry.clone()
        });
    }
    evidence.manifest.windows.incidents = vec![evidence.manifest.windows.recent; 500];
    let report = assemble(&evidence);
    assert_eq!(report.gaps.len(), 100);
    let text = text_of(&report);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(
        "not shown 900 more sources that could not be looked at and 480 more incident windows"
    ));
    assert!(text.contains("(48000 more characters)"));
    assert!(report.service.name.ends_with("… (4700 more characters)"));
    assert!(json_of(&report).len() < 500_000);
}
