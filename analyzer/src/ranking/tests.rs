use serde_json::json;

use super::*;
use crate::test_support::{HEALTH_FAILED, PULLED, SERVICE_ID, Sample};

const INVALID: &str = "[AppRunner] Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration.";
const STOPPED: &str = "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1";

fn of<T>(sample: &Sample, look: impl FnOnce(&Evidence, &Diagnosis) -> T) -> T {
    let evidence = sample.evidence();
    let (attempt, _) = evidence.subject().unwrap();
    look(&evidence, &diagnose(&evidence, attempt))
}

fn ids(diagnosis: &Diagnosis) -> Vec<(&'static str, Standing)> {
    diagnosis
        .findings
        .iter()
        .map(|it| (it.rule.id, it.standing))
        .collect()
}

#[test]
fn a_cause_comes_before_its_mechanism_symptom_and_consequence() {
    let sample = Sample::image()
        .events(PULLED)
        .events(&[(100, STOPPED)])
        .application(&[(90, "KeyError: 'DATABASE_URL'")]);
    of(&sample, |_, diagnosis| {
        assert_eq!(
            ids(diagnosis),
            [
                ("missing-environment-variable", Standing::Cause),
                ("application-crashed", Standing::Explained),
                ("silent-rollback", Standing::Explained),
            ]
        );
        let parts: Vec<&str> = diagnosis.chain.iter().map(|link| link.part).collect();
        assert_eq!(parts, ["cause", "mechanism", "consequence"]);
    });
}

#[test]
fn the_trust_policy_explains_the_pull_that_failed() {
    let sample = Sample::image()
        .deployment(&[(5, INVALID)])
        .access_role("ecs-tasks.amazonaws.com", &["ecr:*"]);
    of(&sample, |_, diagnosis| {
        assert_eq!(
            ids(diagnosis)[..2],
            [
                ("access-role-trust", Standing::Cause),
                ("access-role-cannot-pull", Standing::Explained),
            ]
        );
    });
}

#[test]
fn two_causes_that_do_not_explain_each_other_are_both_told() {
    let sample = Sample::image()
        .events(HEALTH_FAILED)
        .application(&[(90, "- Local: http://ip-10-0-104-219.ec2.internal:3000")]);
    of(&sample, |_, diagnosis| {
        assert_eq!(
            ids(diagnosis)[..2],
            [
                ("port-mismatch", Standing::Cause),
                ("bound-to-hostname", Standing::RunnerUp),
            ]
        );
    });
}

#[test]
fn a_crash_that_is_stated_outranks_a_container_that_may_not_have_started() {
    let sample = Sample::image()
        .events(HEALTH_FAILED)
        .events(&[(430, STOPPED)])
        .deployment(&[(452, INVALID)]);
    of(&sample, |_, diagnosis| {
        assert_eq!(ids(diagnosis)[0], ("application-crashed", Standing::Cause));
        assert!(
            !ids(diagnosis)
                .iter()
                .any(|(id, _)| id.starts_with("access-role"))
        );
        assert!(
            diagnosis
                .false_leads
                .iter()
                .any(|lead| lead.reason.contains("the access role works"))
        );
    });
}

#[test]
fn the_port_hint_is_a_false_lead_unless_the_port_is_wrong() {
    let hint = |sample: &Sample| {
        of(sample, |_, diagnosis| {
            diagnosis
                .false_leads
                .iter()
                .any(|lead| lead.reason.contains("whatever the reason"))
        })
    };
    assert!(hint(
        &Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "GET /health 404 1 ms")])
    ));
    assert!(!hint(
        &Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "listening on port 3000")])
    ));
}

#[test]
fn the_newest_change_between_success_and_failure_is_told_with_its_base_rate() {
    let arn = format!("arn:aws:apprunner:us-east-1:111122223333:service/web/{SERVICE_ID}");
    let update = || json!({ "serviceArn": arn });
    let mismatch = Sample::image()
        .events(HEALTH_FAILED)
        .application(&[(90, "listening on port 3000")]);
    let sample = mismatch
        .clone()
        .change(-500_000, "apprunner", "UpdateService", update())
        .change(-60, "apprunner", "UpdateService", update())
        // Neither another service's nor a later one explains it.
        .change(
            -30,
            "apprunner",
            "UpdateService",
            json!({ "serviceArn": "arn:other" }),
        )
        .change(900, "apprunner", "UpdateService", update());
    of(&sample, |_, diagnosis| {
        let suspect = diagnosis.change.suspect.as_ref().unwrap();
        assert!(
            suspect
                .text
                .starts_with("Deployer called UpdateService on web, 8 min 20 s before"),
            "{}",
            suspect.text
        );
        assert!(suspect.text.contains("3 such calls"), "{}", suspect.text);
        assert_eq!(diagnosis.chain[0].part, "change");
    });
    of(&mismatch, |_, diagnosis| {
        assert!(
            diagnosis
                .change
                .none_because
                .as_ref()
                .unwrap()
                .contains("has no change")
        );
    });
    let denied = mismatch.denied("changes", "cloudtrail:LookupEvents");
    of(&denied, |_, diagnosis| {
        assert!(
            diagnosis
                .change
                .none_because
                .as_ref()
                .unwrap()
                .contains("cloudtrail:LookupEvents")
        );
    });
}

#[test]
fn a_change_before_the_last_success_explains_nothing() {
    let arn = format!("arn:aws:apprunner:us-east-1:111122223333:service/web/{SERVICE_ID}");
    let sample = Sample::image()
        .events(HEALTH_FAILED)
        .application(&[(90, "listening on port 3000")])
        .change(
            -4 * 86_400,
            "apprunner",
            "UpdateService",
            json!({ "serviceArn": arn }),
        );
    of(&sample, |_, diagnosis| {
        assert_eq!(diagnosis.change.suspect, None)
    });
}

#[test]
fn a_missing_permission_is_explained_by_what_took_it_away_and_tells_which_failed_first() {
    let role = |more: serde_json::Value| {
        let mut request = json!({ "roleName": "AppRunnerEcrAccess" });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        request
    };
    let sample = Sample::image()
        .deployment(&[(22, INVALID)])
        .access_role("build.apprunner.amazonaws.com", &["ecr:BatchGetImage"])
        .repository("111122223333", |_| {});
    let gone = sample.clone().change(
        -3_600,
        "iam",
        "DetachRolePolicy",
        role(json!({ "policyArn": "arn:aws:iam::111122223333:policy/team/pull" })),
    );
    let noisy = gone
        .change(-1_800, "iam", "TagRole", role(json!({})))
        .change(-600, "iam", "AttachRolePolicy", role(json!({})))
        .change(-300, "iam", "UpdateAssumeRolePolicy", role(json!({})));
    of(&noisy, |_, diagnosis| {
        assert_eq!(
            diagnosis.change.suspect.as_ref().unwrap().text,
            "Deployer called DetachRolePolicy on AppRunnerEcrAccess, policy pull, 1 h before the \
             failure; this deployment is the first after it"
        );
    });
    // What only gives explains no lack.
    let given = sample.change(-600, "iam", "AttachRolePolicy", role(json!({})));
    of(&given, |_, diagnosis| {
        assert_eq!(diagnosis.change.suspect, None);
        let why = diagnosis.change.none_because.as_ref().unwrap();
        assert!(
            why.starts_with("CloudTrail has no call that took a permission away"),
            "{why}"
        );
    });
    // Without all operations nobody knows which was the first.
    let unseen = noisy.denied("operations", "apprunner:ListOperations");
    of(&unseen, |_, diagnosis| {
        let text = &diagnosis.change.suspect.as_ref().unwrap().text;
        assert!(text.ends_with("1 h before the failure"), "{text}");
    });
}

const CREATE_FAILED: &str =
    "Can't start a deployment on the specified service, because it isn't in RUNNING state";

#[test]
fn what_a_later_call_was_refused_for_goes_before_what_is_only_not_contradicted() {
    let silent = Sample::image().events(HEALTH_FAILED).operation("FAILED");
    let refused = |sample: Sample, at: i64| {
        sample
            .service(|service| {
                service.status = evidence_schema::record::ServiceStatus::CreateFailed
            })
            .refused(
                at,
                "StartDeployment",
                "InvalidRequestException",
                CREATE_FAILED,
            )
    };
    let first = |sample: &Sample| of(sample, |_, diagnosis| ids(diagnosis)[0].0);
    assert_eq!(first(&silent), "container-never-started");
    assert_eq!(first(&refused(silent.clone(), 3600)), "service-not-running");
    // What was refused before the end did not come of it.
    assert_eq!(
        first(&refused(silent.clone(), 30)),
        "container-never-started"
    );
    // A reason for the failure goes first.
    let told = silent.application(&[(90, "- Local: http://ip-10-0-104-219.ec2.internal:3000")]);
    assert_eq!(first(&refused(told, 3600)), "port-mismatch");
}
