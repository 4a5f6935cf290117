//! Calls that fail: they never end a collection, and the ledger tells of each.

use evidence_schema::{Status, record::Body};

use crate::{
    scene::{Scene, said},
    told::{FAILED, expect_code},
};

fn fault(call: &str, rest: &str) -> String {
    format!("{FAILED}\n[[fault]]\ncall = \"{call}\"\n{rest}\n")
}

#[test]
fn a_denied_call_is_in_the_ledger_with_the_missing_permission() {
    let scene = Scene::new(&fault("logs:FilterLogEvents", "kind = \"denied\""));
    let output = scene.collect("shop.json", &[]);
    expect_code(&output, 1);
    let bundle = scene.read("shop.json");
    let entry = bundle.source("service-log")[0];
    assert_eq!(entry.status, Status::Denied);
    assert_eq!(entry.permission.as_deref(), Some("logs:FilterLogEvents"));
    assert!(entry.covered.is_empty());
    assert_eq!(entry.missing, [bundle.manifest.windows.extended]);
    assert!(
        entry
            .error
            .as_ref()
            .is_some_and(|it| it.message.contains("is not authorized"))
    );
    let said = said(&output);
    assert!(
        said.contains("missing permissions: logs:FilterLogEvents"),
        "{said}"
    );
}

#[test]
fn everything_denied_but_the_service_still_gives_a_bundle() {
    let calls = [
        "sts:*",
        "apprunner:ListOperations",
        "apprunner:DescribeAutoScalingConfiguration",
        "apprunner:DescribeCustomDomains",
        "apprunner:ListTagsForResource",
        "iam:*",
        "ecr:*",
        "cloudwatch:*",
        "cloudtrail:*",
        "logs:*",
        "health:*",
    ];
    let faults: String = calls
        .iter()
        .map(|call| format!("[[fault]]\ncall = \"{call}\"\nkind = \"denied\"\n"))
        .collect();
    let scene = Scene::new(&format!("{FAILED}\n{faults}"));
    let bundle = scene.collected("shop.json", 1);
    assert_eq!(bundle.count("service"), 1);
    for entry in &bundle.coverage {
        // The service was found by listing all of them; some sources have no business here.
        let fine = ["service", "siblings"].contains(&entry.source.as_str())
            || (entry.status == Status::NotAsked && entry.calls == 0);
        assert!(fine || entry.status == Status::Denied, "{entry:?}");
        assert!(fine || entry.permission.is_some(), "{entry:?}");
    }
}

#[test]
fn a_service_that_may_not_be_described_is_collected_by_its_arn() {
    let scene = Scene::new(&fault("apprunner:DescribeService", "kind = \"denied\""));
    let bundle = scene.collected("shop.json", 1);
    assert_eq!(bundle.source("service")[0].status, Status::Denied);
    assert_eq!(bundle.count("service"), 0);
    assert!(bundle.count("operation") > 0 && bundle.count("service_log") > 0);
    assert_eq!(bundle.source("roles")[0].status, Status::NotAsked);
}

#[test]
fn one_denied_policy_costs_only_itself() {
    let scene = Scene::new(&fault("iam:GetPolicyVersion", "kind = \"denied\""));
    let bundle = scene.collected("shop.json", 1);
    let role = bundle.records.iter().find_map(|it| match &it.body {
        Body::Role(role) if !role.attached_policies.is_empty() => Some(role),
        _ => None,
    });
    let role = role.expect("the access role");
    assert!(role.trust_policy.is_some());
    assert_eq!(role.attached_policies[0].document, None);
    let entries = bundle.source("roles");
    let entry = entries
        .iter()
        .find(|it| it.subject.as_deref() == Some(&role.arn))
        .expect("an entry");
    assert_eq!(entry.status, Status::Partial);
    assert_eq!(entry.permission.as_deref(), Some("iam:GetPolicyVersion"));
}

#[test]
fn a_call_that_is_throttled_for_ever_is_given_up() {
    let scene = Scene::new(&fault("cloudtrail:LookupEvents", "kind = \"throttled\""));
    let bundle = scene.collected("shop.json", 1);
    let entries = bundle.source("changes");
    assert_eq!(entries[0].status, Status::Throttled);
    assert_eq!(entries[0].calls, 1, "retries are not calls");
    assert!(
        entries[1..]
            .iter()
            .all(|it| it.status == Status::NotAsked && it.calls == 0)
    );
    let attempts = scene.endpoint.calls();
    let attempts = attempts
        .iter()
        .filter(|it| it.operation == "LookupEvents")
        .count();
    assert_eq!(attempts, 8, "the others were not tried");
    assert_eq!(bundle.count("application_log"), 5);
}

#[test]
fn a_short_throttling_is_waited_for() {
    let scene = Scene::new(&fault(
        "apprunner:ListOperations",
        "kind = \"throttled\"\ntimes = 2",
    ));
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(bundle.source("operations")[0].status, Status::Complete);
}

#[test]
fn what_was_read_before_an_error_is_kept() {
    let scene = Scene::new(&format!(
        "{}\n[[bulk]]\nstream = \"application\"\nlines = 25000\nfrom = \"-2h\"\nminutes = 5\n",
        fault(
            "logs:FilterLogEvents",
            "kind = \"denied\"\nwith = \"/application\"\nafter = 1"
        )
    ));
    let bundle = scene.collected("shop.json", 1);
    let entry = bundle.source("application-log")[0];
    assert_eq!(entry.status, Status::Partial);
    assert_eq!(entry.records, bundle.count("application_log") as u64);
    assert!(entry.records > 0 && entry.records < 25_000);
    let (seen, missing) = (entry.covered[0], entry.missing[1]);
    assert_eq!(
        seen.to, missing.from,
        "what is missing begins where what was seen ends"
    );
    let incident = bundle.manifest.windows.incidents[0];
    assert_eq!(seen.from, incident.from, "the failure was read first");
    assert!(incident.contains(missing.from));
    assert_eq!(missing.to, bundle.manifest.windows.extended.to);
}

#[test]
fn a_token_that_goes_round_ends_the_source_and_not_the_run() {
    let scene = Scene::new(&fault(
        "apprunner:ListOperations",
        "kind = \"repeated-token\"",
    ));
    let bundle = scene.collected("shop.json", 1);
    let entry = bundle.source("operations")[0];
    assert_eq!(entry.status, Status::Partial);
    assert!(
        entry.note.as_deref().is_some_and(|it| it.contains("twice")),
        "{entry:?}"
    );
}

#[test]
fn a_broken_answer_is_a_failure_of_its_source() {
    let scene = Scene::new(&fault(
        "cloudwatch:GetMetricData",
        "kind = \"malformed-body\"",
    ));
    let bundle = scene.collected("shop.json", 1);
    let entry = bundle.source("metrics")[0];
    assert_eq!(entry.status, Status::Failed);
    assert!(entry.error.is_some());
}

#[test]
fn a_missing_support_plan_is_told_and_is_no_gap() {
    let scene = Scene::new(FAILED);
    let bundle = scene.collected("shop.json", 0);
    let entry = bundle.source("health")[0];
    assert_eq!(entry.status, Status::Failed);
    assert_eq!(
        entry.note.as_deref(),
        Some("not available on this support plan")
    );
}
