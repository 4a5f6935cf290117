//! The service was paused, or had failed to create, when a deployment was asked for.

use evidence_schema::{
    Time,
    record::{OperationStatus, OperationType, ServiceStatus},
};

use super::{About, Explains, Rule, fix, operation_in_progress::running_at};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Severity, Step, Touches},
};

pub(super) const RULE: Rule = Rule {
    id: "service-not-running",
    summary: "The service was not running when it was to be deployed or updated",
    severity: Severity::High,
    about: About::Call,
    docs: include_str!("service_not_running.md"),
    explains: Explains::Nothing,
    check,
};

/// How the service stood.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Paused,
    CreateFailed,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "was paused",
            Self::CreateFailed => "had failed to create",
        }
    }
}

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let ids = ["not-running", "create-failed", "paused"];
    let Some(refused) = fix::refused::find(case, &ids) else {
        return fix::refused::another_reason(case);
    };
    let id = refused.call.refusal.map(|it| it.id).unwrap_or_default();
    // A service that is busy is refused in the same words.
    if id == "not-running"
        && let Ok(Some(busy)) = running_at(case, refused.at())
    {
        return Ok(Answer::cleared_by_fact(
            &busy,
            format!("{} was still running", busy.fact.operation_type),
        ));
    }
    let state = match id {
        "create-failed" => Some((State::CreateFailed, None)),
        "paused" => Some((State::Paused, None)),
        _ => state_at(case, refused.at()),
    };
    let call = refused.call.operation.as_str();
    let name = &case.evidence.manifest.target.service_name;
    let so = match &state {
        Some((state, _)) => format!("the service {name} {}", state.as_str()),
        None => format!("the service {name} was not in the state RUNNING"),
    };
    let mut finding = Finding::new(
        fix::refused::role(case),
        format!("App Runner refused {call}: {so}"),
        refused.cite(Ground::Platform, "the state of the service is the reason"),
    )
    .touching(Touches::Service);
    let kind = state.as_ref().map(|(state, _)| *state);
    match state {
        Some((_, Some(shown))) => finding = finding.citing(shown),
        Some((_, None)) => {}
        None => {
            finding = finding
                .confirmed_by("the status of the service and its list of operations at that time");
        }
    }
    finding.fix = advice(case, kind, id);
    Ok(finding.into())
}

/// How the service stood at a time: what the last operation before left, or what it says now.
fn state_at(case: Case<'_>, at: Time) -> Option<(State, Option<Citation>)> {
    let last = case
        .evidence
        .operations
        .iter()
        .rev()
        .find(|it| it.fact.ended_at.is_some_and(|ended| ended <= at));
    if let Some(last) = last {
        let failed = last.fact.status == OperationStatus::Failed;
        let state = match last.fact.operation_type {
            OperationType::PauseService if !failed => Some(State::Paused),
            OperationType::CreateService if failed => Some(State::CreateFailed),
            // The rebuild of a service that had failed to create.
            OperationType::UpdateService if failed => Some(State::CreateFailed),
            _ => None,
        };
        if let Some(state) = state {
            let shows = format!("{} ended {}", last.fact.operation_type, last.fact.status);
            return Some((state, Some(Citation::fact(Ground::Agreement, last, shows))));
        }
    }
    let service = case.evidence.service.as_ref()?;
    let state = match service.fact.status {
        ServiceStatus::Paused => State::Paused,
        ServiceStatus::CreateFailed => State::CreateFailed,
        _ => return None,
    };
    // What it says now it said then, if nothing has happened since.
    let unchanged = service.fact.updated_at.is_none_or(|updated| updated <= at);
    unchanged.then(|| {
        let now = Observed {
            fact: (),
            record: service.record,
            time: service.time,
        };
        let shows = format!("the service says {}", service.fact.status);
        (state, Some(Citation::fact(Ground::Agreement, &now, shows)))
    })
}

fn advice(case: Case<'_>, state: Option<State>, id: &str) -> Vec<Step> {
    let manifest = &case.evidence.manifest;
    let arn = manifest.target.service_arn.as_str();
    let resume = || {
        fix::aws(
            manifest,
            &["apprunner", "resume-service", "--service-arn", arn],
        )
    };
    let rebuild = || {
        fix::aws(
            manifest,
            &["apprunner", "update-service", "--service-arn", arn],
        )
    };
    match state {
        Some(State::Paused) => vec![
            Step::Text("Resume the service; that deploys nothing new, so deploy after it.".into()),
            resume(),
        ],
        Some(State::CreateFailed) if id == "create-failed" => {
            vec![
            Step::Text(
                "App Runner does not take this change of a service that failed to create. Delete \
                 it, and create it again with what is wanted."
                    .to_owned(),
            ),
            fix::aws(manifest, &["apprunner", "delete-service", "--service-arn", arn]),
        ]
        }
        Some(State::CreateFailed) => vec![
            Step::Text(
                "First mend what made the creation fail. An update then builds the service anew; \
                 it need not change anything."
                    .to_owned(),
            ),
            rebuild(),
        ],
        None => vec![
            Step::Text(
                "See how the service stands: PAUSED is resumed, CREATE_FAILED is built anew by an \
                 update, and OPERATION_IN_PROGRESS has to be waited for."
                    .to_owned(),
            ),
            fix::aws(
                manifest,
                &[
                    "apprunner",
                    "describe-service",
                    "--service-arn",
                    arn,
                    "--query",
                    "Service.Status",
                ],
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{BUSY, NOT_RUNNING, Sample},
    };

    fn refused(sample: Sample) -> Sample {
        sample.refused(
            90,
            "StartDeployment",
            "InvalidRequestException",
            NOT_RUNNING,
        )
    }

    #[test]
    fn a_paused_service_is_resumed_and_a_failed_one_built_anew() {
        for (status, says, command) in [
            (ServiceStatus::Paused, "was paused", "resume-service"),
            (
                ServiceStatus::CreateFailed,
                "had failed to create",
                "update-service",
            ),
        ] {
            let finding = refused(Sample::image().without_operations())
                .service(|service| service.status = status)
                .found(&RULE);
            assert_eq!(finding.strength(), Strength::StatedByPlatform);
            assert!(finding.summary.contains(says), "{}", finding.summary);
            assert!(format!("{:?}", finding.fix).contains(command));
        }
    }

    #[test]
    fn a_service_that_was_busy_is_another_matter() {
        refused(Sample::image().operation("SUCCEEDED")).cleared(&RULE);
        Sample::image()
            .without_operations()
            .refused(90, "UpdateService", "InvalidStateException", BUSY)
            .cleared(&RULE);
    }

    #[test]
    fn without_a_message_it_cannot_tell() {
        let missing = Sample::image()
            .without_operations()
            .refused(90, "StartDeployment", "InvalidRequestException", "")
            .missing(&RULE);
        assert_eq!(missing.source, "changes");
    }
}
