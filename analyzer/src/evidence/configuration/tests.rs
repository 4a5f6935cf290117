//! What deployments had, from calls and from what the service has now.

use evidence_schema::{Body, Status, record::OperationType};
use serde_json::{Value, json};

use super::*;
use crate::{
    rules::Rule,
    test_support::{ARN, Sample},
};

const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The failed deployment is an update that began with this call.
fn updated(sample: Sample, image: Value) -> Sample {
    let mut sample = sample.change(
        -2,
        "apprunner",
        "UpdateService",
        json!({"serviceArn": ARN, "sourceConfiguration": {"imageRepository": image}}),
    );
    for body in &mut sample.bodies {
        if let Body::Operation(operation) = body
            && operation.id.starts_with("1111")
        {
            operation.operation_type = OperationType::UpdateService;
        }
    }
    sample
}

fn port(value: &str) -> Value {
    json!({"imageConfiguration": {"port": value}})
}

/// What each deployment had, oldest first.
fn had(sample: &Sample, name: &str) -> Vec<String> {
    let evidence = sample.evidence();
    let calls = Calls::of(&evidence);
    let setting = ALL.iter().find(|it| it.name == name).expect("a setting");
    let attempts = evidence.attempts.iter();
    attempts
        .map(|attempt| match calls.had(setting, attempt) {
            Had::Known(value, call) => {
                let by = call.map_or("", |_| " by a call");
                format!("{}{by}", value.as_deref().unwrap_or("none"))
            }
            Had::Hidden(_) => "hidden".to_owned(),
            Had::Unknown => "unknown".to_owned(),
        })
        .collect()
}

#[test]
fn a_rolled_back_update_had_what_it_gave_and_those_before_it_what_was_restored() {
    let sample = updated(Sample::image(), port("3000"));
    assert_eq!(had(&sample, "port"), ["8080", "3000 by a call"]);
    // What no call gave is what it is now.
    assert_eq!(had(&sample, "image")[1], crate::test_support::IMAGE);
}

#[test]
fn where_the_value_is_the_same_now_nothing_tells_what_was_before() {
    let sample = updated(Sample::image(), port("8080"));
    assert_eq!(had(&sample, "port"), ["unknown", "8080 by a call"]);
}

#[test]
fn a_call_of_which_one_setting_was_restored_was_taken_back_as_a_whole() {
    let given = json!({"imageIdentifier": crate::test_support::IMAGE, "imageConfiguration": {"port": "3000", "startCommand": HIDDEN}});
    let sample = updated(Sample::image(), given);
    let image = crate::test_support::IMAGE;
    assert_eq!(
        had(&sample, "image"),
        [image.to_owned(), format!("{image} by a call")]
    );
    assert_eq!(had(&sample, "start command"), ["none", "hidden"]);
}

#[test]
fn a_deployment_after_a_rolled_back_update_had_what_is_there_now() {
    let later = updated(Sample::image(), port("3000")).recovered();
    assert_eq!(had(&later, "port"), ["8080", "3000 by a call", "8080"]);
}

#[test]
fn an_earlier_call_is_known_by_what_it_gave_and_not_by_what_is_now() {
    let sample = Sample::image().change(
        -3_600,
        "apprunner",
        "UpdateService",
        json!({"serviceArn": ARN, "instanceConfiguration": {"cpu": "1024"}}),
    );
    let sample = updated(sample, port("3000"));
    assert_eq!(had(&sample, "CPU"), ["unknown", "1024 by a call"]);
    // The call gave the size without the role.
    assert_eq!(had(&sample, "instance role"), ["unknown", "unknown"]);
}

#[test]
fn what_is_hidden_is_what_it_is_now_only_where_it_was_not_rolled_back() {
    let start = json!({"imageConfiguration": {"startCommand": HIDDEN}});
    let with_start =
        |sample: Sample| sample.configuration(|it| it.start_command = Some("npm start".to_owned()));
    let sample = with_start(updated(Sample::image(), start.clone()));
    assert_eq!(had(&sample, "start command"), ["unknown", "hidden"]);
    let sample = with_start(updated(Sample::image().operation("SUCCEEDED"), start));
    assert_eq!(had(&sample, "start command")[1], "npm start by a call");
}

#[test]
fn other_services_and_refused_calls_set_nothing() {
    let other = json!({"serviceArn": format!("{ARN}0"), "sourceConfiguration": {"imageRepository": port("1")}});
    let own = json!({"serviceArn": ARN, "sourceConfiguration": {"imageRepository": port("1")}});
    let sample = Sample::image()
        .change(-60, "apprunner", "UpdateService", other)
        .change(-50, "apprunner", "UpdateService", own)
        .called(|call| call.error_code = Some("InvalidRequestException".to_owned()));
    let evidence = sample.evidence();
    assert!(Calls::of(&evidence).calls.is_empty());
}

#[test]
fn without_the_calls_nothing_is_known() {
    let denied =
        updated(Sample::image(), port("3000")).denied("changes", "cloudtrail:LookupEvents");
    assert_eq!(had(&denied, "port"), ["unknown", "unknown"]);
    assert!(denied.evidence().attempted.is_none());

    // The update was called for, and the call is not there.
    let mut lost = updated(Sample::image(), port("3000"));
    lost.bodies.retain(|it| !matches!(it, Body::Change(_)));
    assert_eq!(had(&lost, "port"), ["8080", "unknown"]);

    let mut short = updated(Sample::image(), port("3000"));
    for entry in short
        .coverage
        .iter_mut()
        .filter(|it| it.source == "changes")
    {
        entry.covered[0].from = crate::test_support::start() - chrono::TimeDelta::hours(1);
        entry.status = Status::Complete;
    }
    assert_eq!(had(&short, "port"), ["unknown", "3000 by a call"]);
}

fn rule(id: &str) -> &'static Rule {
    let found = crate::rules::ALL.iter().find(|it| it.id == id);
    found.expect("a rule")
}

#[test]
fn rules_judge_what_the_deployment_had() {
    let restored = Sample::image();
    assert!(restored.cleared(rule("port-invalid")).contains("8080"));
    let sample = updated(restored, port("80a"));
    let finding = sample.found(rule("port-invalid"));
    let evidence = sample.evidence();
    let call = &evidence.changes[0];
    assert!(
        finding
            .citations()
            .iter()
            .any(|it| it.record == call.record)
    );
}

#[test]
fn what_was_collected_is_of_what_the_service_has_now() {
    let other = "111122223333.dkr.ecr.us-east-1.amazonaws.com/web:v3";
    let sample = Sample::image().image_in_ecr(&["linux/amd64"]);
    let seen = |sample: &Sample| sample.ask(|case| case.image().map(|image| image.is_some()));
    assert_eq!(seen(&sample), Ok(true));
    let missing = seen(&updated(sample, json!({"imageIdentifier": other})));
    assert!(
        missing
            .expect_err("it is another image")
            .sentence()
            .contains("another image than the service has now")
    );
}

#[test]
fn what_the_service_has_now_clears_no_update_of_which_the_call_is_not_known() {
    let sample = updated(Sample::image(), port("80a"));
    let verdict = |sample: &Sample| {
        let evidence = sample.evidence();
        let (attempt, _) = evidence.subject().expect("one failed");
        let diagnosis = crate::ranking::diagnose(&evidence, attempt);
        let other = diagnosis.others.iter().find(|it| it.0.id == "port-invalid");
        other.map(|(_, verdict)| matches!(verdict, crate::ranking::Verdict::Inconclusive(_)))
    };
    assert_eq!(verdict(&sample), None, "it is found");
    let denied = sample.clone().denied("changes", "cloudtrail:LookupEvents");
    assert_eq!(verdict(&denied), Some(true));
    // A deployment of what is configured had what is configured.
    let deployed = Sample::image().denied("changes", "cloudtrail:LookupEvents");
    assert_eq!(verdict(&deployed), Some(false));
}
