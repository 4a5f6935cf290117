//! Another operation of the service was running.

use chrono::TimeDelta;
use evidence_schema::{
    Time,
    record::{Operation, OperationStatus, OperationType, ServiceStatus},
};
use serde_json::json;

use super::{About, Explains, Rule, fix};
use crate::{
    attempt::Outcome,
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    image_identifier, words,
};

pub(super) const RULE: Rule = Rule {
    id: "operation-in-progress",
    summary: "Another operation of the service was running",
    severity: Severity::High,
    about: About::Both,
    docs: include_str!("operation_in_progress.md"),
    explains: Explains::Nothing,
    check,
};

/// The times of CloudTrail and of operations differ by a little.
const APART: TimeDelta = TimeDelta::seconds(5);

/// A push is this long before the automatic deployment that it brings.
const PUSHED: TimeDelta = TimeDelta::minutes(15);

/// No deployment that was ever reported took as long.
const STUCK: TimeDelta = TimeDelta::hours(1);

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if let Some(refused) = fix::refused::find(case, &["operation-in-progress"]) {
        let busy = running_at(case, refused.at());
        return Ok(found(case, &refused, busy.ok().flatten()).into());
    }
    if let Some(refused) = fix::refused::find(case, &["not-running"]) {
        // The same words are used for a service that is paused or was never created.
        return Ok(match running_at(case, refused.at())? {
            Some(busy) => found(case, &refused, Some(busy)).into(),
            None => Answer::cleared("no other operation was running when it was called"),
        });
    }
    if case.attempt.refusal.is_some() {
        return fix::refused::another_reason(case);
    }
    if case.attempt.running() {
        return Ok(stuck(case));
    }
    overlapping(case)
}

/// The operation that was running at a time.
pub(super) fn running_at(
    case: Case<'_>,
    at: Time,
) -> Result<Option<Observed<&Operation>>, Missing> {
    let found = case.evidence.operations.iter().rev().find(|it| {
        let began = it.fact.started_at;
        let ended = it.fact.ended_at;
        began.is_some_and(|began| began <= words::after(at, APART))
            && ended.map_or(is_running(&it.fact.status), |ended| {
                ended >= words::before(at, APART)
            })
    });
    match found {
        Some(operation) => Ok(Some(operation.as_ref())),
        None => {
            case.evidence.ledger.looked("operations", None, None)?;
            Ok(None)
        }
    }
}

fn is_running(status: &OperationStatus) -> bool {
    matches!(
        status,
        OperationStatus::Pending
            | OperationStatus::InProgress
            | OperationStatus::RollbackInProgress
    )
}

fn found(
    case: Case<'_>,
    refused: &fix::refused::Refused<'_>,
    busy: Option<Observed<&Operation>>,
) -> Finding {
    let call = &refused.call.operation;
    let automatic = busy.as_ref().and_then(|busy| automatic(case, busy));
    let what = match (&busy, &automatic) {
        (Some(_), Some(automatic)) => automatic.what.clone(),
        (Some(busy), None) => format!("{} was still running", name(busy.fact)),
        (None, _) => "another operation was running".to_owned(),
    };
    let mut finding = Finding::new(
        fix::refused::role(case),
        format!("App Runner refused {call}: {what}"),
        refused.cite(Ground::Platform, "App Runner takes one operation at a time"),
    );
    if let Some(busy) = &busy {
        let shows = match busy.fact.ended_at {
            Some(ended) => format!(
                "{} ran from {} to {}",
                busy.fact.operation_type,
                busy.time.map(words::clock).unwrap_or_default(),
                words::clock(ended)
            ),
            None => format!("{} has not ended", busy.fact.operation_type),
        };
        finding = finding.citing(Citation::fact(Ground::Agreement, busy, shows));
    } else {
        finding = finding.confirmed_by(
            "the list of operations; App Runner's own maintenance also holds a service in \
             OPERATION_IN_PROGRESS, with no operation in the list",
        );
    }
    let manifest = &case.evidence.manifest;
    let arn = manifest.target.service_arn.as_str();
    match automatic {
        Some(automatic) => {
            finding = finding.citing_if(automatic.push);
            finding.fix.push(Step::Text(format!(
                "The push deploys by itself. Either take the {call} call out of the pipeline, or \
                 switch automatic deployments off and keep the call:"
            )));
            finding.fix.push(fix::update_source(
                case,
                &json!({ "AutoDeploymentsEnabled": false }),
            ));
        }
        None => {
            finding.fix.push(Step::Text(
                "Wait until no operation is running, then call again. In a pipeline, wait for the \
                 status RUNNING before each call, and let one run at a time."
                    .to_owned(),
            ));
            finding.fix.push(fix::aws(
                manifest,
                &[
                    "apprunner",
                    "list-operations",
                    "--service-arn",
                    arn,
                    "--max-results",
                    "5",
                ],
            ));
        }
    }
    finding.touching_all(fix::pushed_to(case))
}

/// That a push brought a deployment.
struct Automatic {
    what: String,
    push: Option<Citation>,
}

/// Whether a deployment was an automatic one: they are on, and there was a push or no call.
fn automatic(case: Case<'_>, busy: &Observed<&Operation>) -> Option<Automatic> {
    let source = &case.evidence.service.as_ref()?.fact.source;
    let began = busy.fact.started_at?;
    if source.auto_deployments_enabled != Some(true)
        || busy.fact.operation_type != OperationType::StartDeployment
    {
        return None;
    }
    // Somebody asked for it, so it is none.
    let called = case.evidence.changes.iter().any(|change| {
        let fact = &change.fact;
        fact.event_name == "StartDeployment"
            && fact.error_code.is_none()
            && fact.time >= words::before(began, TimeDelta::minutes(1))
            && fact.time <= words::after(began, APART)
    });
    if called {
        return None;
    }
    let from = words::before(began, PUSHED);
    let is_before = |time: Time| from <= time && time <= words::after(began, APART);
    let repository = fix::image_identifier(case);
    let repository = repository.as_deref().map(image_identifier::repository_of)?;
    let pushed = case.evidence.surroundings.pushed_images.iter().rev();
    let push = pushed
        .filter(|it| it.fact.repository == repository && is_before(it.fact.pushed_at))
        .map(|it| (it.fact.tags.first(), it.record, it.fact.pushed_at))
        .next();
    if let Some((tag, record, at)) = push {
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        return Some(Automatic {
            what: format!(
                "the automatic deployment of {repository}{tag}, pushed {} before it, was still \
                 running",
                words::duration(refused_gap(began, at))
            ),
            push: Some(Citation::fact(
                Ground::Agreement,
                &Observed {
                    fact: (),
                    record,
                    time: Some(at),
                },
                format!("the push of {repository}{tag}"),
            )),
        });
    }
    let called = case.evidence.changes.iter().rev().find(|change| {
        let fact = &change.fact;
        fact.event_name == "PutImage"
            && fact.error_code.is_none()
            && is_before(fact.time)
            && crate::correlation::touching::touches(
                case,
                fact,
                &Touches::Repository(repository.to_owned()),
            )
    });
    called.map(|change| Automatic {
        what: format!(
            "the automatic deployment of the image that was pushed to {repository} {} before it \
             was still running",
            words::duration(refused_gap(began, change.fact.time))
        ),
        push: Some(Citation::fact(
            Ground::Agreement,
            change,
            format!("the push to {repository}"),
        )),
    })
}

fn refused_gap(began: Time, pushed: Time) -> TimeDelta {
    (began - pushed).max(TimeDelta::zero())
}

fn name(operation: &Operation) -> &'static str {
    match operation.operation_type {
        OperationType::CreateService => "the creation of the service",
        OperationType::UpdateService => "an update",
        OperationType::StartDeployment => "another deployment",
        OperationType::PauseService => "a pause",
        OperationType::ResumeService => "a resume",
        OperationType::DeleteService => "the deletion of the service",
        OperationType::Other(_) => "another operation",
    }
}

/// An operation that does not end holds every other up.
fn stuck(case: Case<'_>) -> Answer {
    let attempt = case.attempt;
    let since = case.evidence.now() - attempt.started;
    let told = Observed {
        fact: (),
        record: attempt.record,
        time: Some(attempt.started),
    };
    if since < STUCK {
        return Answer::cleared_by_fact(
            &told,
            format!("it has run for {}, as others do", words::duration(since)),
        );
    }
    let status = case.evidence.service.as_ref();
    let says = status.filter(|it| it.fact.status == ServiceStatus::OperationInProgress);
    Finding::new(
        Role::Symptom,
        format!(
            "The {} has been running for {} and holds up every other operation",
            attempt.noun(),
            words::duration(since)
        ),
        Citation::fact(Ground::Agreement, &told, "it began and has not ended"),
    )
    .citing_if(says.map(|service| {
        Citation::fact(
            Ground::Agreement,
            service,
            "the service says OPERATION_IN_PROGRESS",
        )
    }))
    .confirmed_by("whether it has ended by now")
    .fixed_by([
        Step::Text(
            "Nobody can cancel an operation. Wait for its end; if it does not come, open a case \
             with AWS Support and name the operation."
                .to_owned(),
        ),
        fix::aws(
            &case.evidence.manifest,
            &[
                "apprunner",
                "list-operations",
                "--service-arn",
                &case.evidence.manifest.target.service_arn,
                "--max-results",
                "5",
            ],
        ),
    ])
    .into()
}

/// Another operation during a deployment that failed.
fn overlapping(case: Case<'_>) -> Result<Answer, Missing> {
    let attempt = case.attempt;
    let window = case.window();
    case.evidence.ledger.looked("operations", None, None)?;
    let other = case.evidence.operations.iter().find(|it| {
        let began = it.fact.started_at.unwrap_or(window.to);
        let ended = it.fact.ended_at.unwrap_or(case.evidence.now());
        it.record != attempt.record
            && words::after(began, APART) < window.to
            && words::before(ended, APART) > window.from
    });
    let (Some(other), Outcome::Failed | Outcome::RolledBack | Outcome::RollbackFailed) =
        (other, attempt.outcome)
    else {
        return Ok(Answer::cleared("no other operation ran at the same time"));
    };
    let own = Observed {
        fact: (),
        record: attempt.record,
        time: Some(attempt.started),
    };
    // That they ran side by side is odd; that one made the other fail is not shown by it.
    Ok(Finding::new(
        Role::Symptom,
        format!(
            "{} ran at the same time as the {} that failed",
            name(&other.fact),
            attempt.noun()
        ),
        Citation::fact(
            Ground::Context,
            other,
            "the other operation, whose time overlaps",
        ),
    )
    .citing(Citation::fact(Ground::Context, &own, "the one that failed"))
    .confirmed_by("whether it fails again when it runs alone")
    .fixed_by(fix::redeploy(case))
    .into())
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Status, record::PushedImage};

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{BUSY, NOT_RUNNING, Sample},
    };

    fn pushed(mut sample: Sample, before: i64) -> Sample {
        sample
            .bodies
            .push(evidence_schema::Body::PushedImage(PushedImage {
                repository: "web".to_owned(),
                digest: "sha256:00".to_owned(),
                tags: vec!["v2".to_owned()],
                pushed_at: crate::test_support::start() - TimeDelta::seconds(before),
                size_bytes: None,
                manifest_media_type: None,
                status: None,
            }));
        sample
    }

    #[test]
    fn the_automatic_deployment_of_the_same_push_is_named() {
        let sample = pushed(Sample::image().operation("SUCCEEDED"), 60).refused(
            90,
            "StartDeployment",
            "InvalidStateException",
            BUSY,
        );
        let finding = sample.found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(
            finding
                .summary
                .contains("automatic deployment of web:v2, pushed 1 min before"),
            "{}",
            finding.summary
        );
        assert!(format!("{:?}", finding.fix).contains("AutoDeploymentsEnabled"));
    }

    #[test]
    fn a_deployment_that_somebody_asked_for_is_not_called_automatic() {
        let sample = pushed(Sample::image().operation("SUCCEEDED"), 60)
            .change(-2, "apprunner", "StartDeployment", json!({}))
            .refused(
                90,
                "StartDeployment",
                "InvalidRequestException",
                NOT_RUNNING,
            );
        let finding = sample.found(&RULE);
        assert!(
            finding
                .summary
                .contains("another deployment was still running"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn the_same_words_for_a_service_that_is_not_busy_are_another_matter() {
        Sample::image()
            .without_operations()
            .refused(
                90,
                "StartDeployment",
                "InvalidRequestException",
                NOT_RUNNING,
            )
            .cleared(&RULE);
        let missing = Sample::image()
            .without_operations()
            .refused(
                90,
                "StartDeployment",
                "InvalidRequestException",
                NOT_RUNNING,
            )
            .denied("operations", "apprunner:ListOperations")
            .missing(&RULE);
        assert_eq!(
            missing.permission.as_deref(),
            Some("apprunner:ListOperations")
        );
    }

    #[test]
    fn a_call_that_is_refused_during_the_failed_deployment_is_not_its_cause() {
        let finding = Sample::image()
            .refused(90, "StartDeployment", "InvalidStateException", BUSY)
            .found(&RULE);
        assert_eq!(finding.role, Role::Consequence);
    }

    #[test]
    fn a_deployment_alone_clears_it_and_one_that_never_ends_is_told() {
        Sample::image().cleared(&RULE);
        let finding = Sample::image().operation("IN_PROGRESS").found(&RULE);
        assert!(finding.summary.contains("has been running for 2 h"));
        let missing = Sample::image()
            .covered("operations", Status::Throttled)
            .missing(&RULE);
        assert_eq!(missing.source, "operations");
    }
}
