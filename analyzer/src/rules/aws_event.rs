//! AWS itself had trouble while the deployment failed.

use chrono::TimeDelta;
use evidence_schema::{
    Interval,
    record::{HealthEvent, SiblingOperation},
};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step},
    message::Message,
    words,
};

/// How far from the deployment other services may fail for the same reason.
const NEAR: TimeDelta = TimeDelta::minutes(15);

pub(super) const RULE: Rule = Rule {
    id: "aws-event",
    summary: "AWS had trouble of its own while the deployment failed",
    severity: Severity::High,
    about: About::Deployment,
    docs: include_str!("aws_event.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "image-pull-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    let window = case.window();
    let event = case
        .evidence
        .health_events
        .iter()
        .find(|event| concerns(case, &event.fact) && overlaps(&event.fact, window));
    let (failed, well) = siblings(case, window);
    // What the user's own build or program reports is not AWS's doing, whatever AWS says.
    if let Some(answer) = own_doing(case)? {
        return Ok(answer);
    }
    let Some(event) = event else {
        return without_event(case, &failed, &well);
    };
    let of = event.fact.service.as_deref().unwrap_or("AWS");
    let ended = match event.fact.ended_at {
        Some(ended) => format!("until {}", words::at(ended)),
        None => "and has not ended".to_owned(),
    };
    let began = event.fact.started_at.map(words::at).unwrap_or_default();
    let finding = Finding::new(
        Role::Cause,
        format!(
            "AWS reports trouble of {of} in {} from {began} {ended}, while the deployment failed",
            case.evidence.manifest.target.region
        ),
        Citation::fact(
            Ground::Agreement,
            event,
            format!(
                "the event {}",
                event
                    .fact
                    .event_type_code
                    .as_deref()
                    .unwrap_or("of AWS Health")
            ),
        ),
    );
    Ok(finished(case, finding, &failed, &well))
}

fn without_event(
    case: Case<'_>,
    failed: &[&Observed<SiblingOperation>],
    well: &[&Observed<SiblingOperation>],
) -> Result<Answer, Missing> {
    let health = case.evidence.ledger.looked("health", None, None);
    if failed.is_empty() {
        health?;
        return Ok(Answer::cleared(
            "AWS Health has no event of that time for App Runner or what it works with",
        ));
    }
    if let Some(other) = well.first() {
        return Ok(Answer::cleared_by_fact(
            other,
            "another service of the account was deployed well at the same time",
        ));
    }
    // Two are a coincidence of releases; a role or an image that they share is as likely.
    let [first, _, ..] = failed else {
        health?;
        return Err(Missing::undecided(
            "siblings",
            "one other service failed at the same time, and AWS Health has no event of it",
        ));
    };
    let finding = Finding::new(
        Role::Cause,
        format!(
            "{} other services of the account failed at the same time and none went well, which \
             speaks of a passing trouble of the platform or of something that they share",
            failed.len()
        ),
        Citation::fact(
            Ground::Context,
            first,
            "another service failed at the same time",
        ),
    );
    Ok(finished(case, finding, failed, well))
}

fn finished(
    case: Case<'_>,
    finding: Finding,
    failed: &[&Observed<SiblingOperation>],
    well: &[&Observed<SiblingOperation>],
) -> Answer {
    let other = |what: &str, of: &Observed<SiblingOperation>| {
        let arn = of.fact.service_arn.as_str();
        let name = arn.split('/').nth(1).unwrap_or(arn);
        Citation::fact(
            Ground::Context,
            of,
            format!("the service {name} {what} at the same time"),
        )
    };
    let mut finding = finding
        .citing_if(failed.first().map(|it| other("failed", it)))
        .citing_if(well.first().map(|it| other("was deployed well", it)))
        .confirmed_by("the same deployment once the event is over")
        .fixed_by([Step::Text(
            "Nothing of yours need be changed for this. Wait until AWS reports the end of it, then \
             deploy the same again."
                .to_owned(),
        )]);
    finding.fix.extend(fix::redeploy(case));
    finding.into()
}

/// A line that tells that the user's own build or program ran and failed.
fn own_doing(case: Case<'_>) -> Result<Option<Answer>, Missing> {
    let line = case.platform(|message| {
        matches!(
            message,
            Message::BuildFailed(_) | Message::ApplicationStopped { .. }
        )
        .then_some(())
    })?;
    if let Some((line, ())) = line {
        return Ok(Some(Answer::cleared_by(
            line,
            "the build or the application itself failed",
        )));
    }
    Ok(match case.speech()? {
        Speech::Spoke(line) => Some(Answer::cleared_by_text(
            line,
            "the platform did its part: the application ran and wrote a line",
        )),
        Speech::Silent | Speech::NoGroup => None,
    })
}

/// Whether an event is about App Runner, or about what this deployment had to do with.
fn concerns(case: Case<'_>, event: &HealthEvent) -> bool {
    let region = &case.evidence.manifest.target.region;
    let here = event
        .region
        .as_deref()
        .is_none_or(|it| it == region || it == "global");
    let issue = event.category.as_deref().is_none_or(|it| it == "issue");
    let name = event
        .service
        .as_deref()
        .or(event.event_type_code.as_deref())
        .unwrap_or_default()
        .to_ascii_uppercase();
    let image = case.evidence.service.as_ref().is_none_or(|service| {
        matches!(
            service.fact.source.origin,
            evidence_schema::record::Origin::Image(_)
        )
    });
    let pulled = case
        .attempt
        .find(|message| matches!(message, Message::PullSucceeded).then_some(()))
        .is_some();
    let matters = match name.as_str() {
        "ECR" => image && !pulled,
        "CODEBUILD" => !image,
        "ECS" | "FARGATE" | "EC2" | "VPC" | "IAM" => true,
        _ => name.contains("APPRUNNER") || name.contains("APP_RUNNER"),
    };
    here && issue && matters
}

fn overlaps(event: &HealthEvent, window: Interval) -> bool {
    let Some(began) = event.started_at else {
        return false;
    };
    began <= window.to && event.ended_at.is_none_or(|ended| ended >= window.from)
}

/// Other services whose deployments failed and went well around the window.
fn siblings<'a>(
    case: Case<'a>,
    window: Interval,
) -> (
    Vec<&'a Observed<SiblingOperation>>,
    Vec<&'a Observed<SiblingOperation>>,
) {
    let near = Interval {
        from: words::before(window.from, NEAR),
        to: words::after(window.to, NEAR),
    };
    let around = case
        .evidence
        .surroundings
        .sibling_operations
        .iter()
        .filter(|it| it.fact.operation_type.deploys())
        .filter(|it| {
            it.fact
                .started_at
                .is_some_and(|at| near.from <= at && at <= near.to)
        });
    let mut failed: Vec<&Observed<SiblingOperation>> = Vec::new();
    let mut well = Vec::new();
    for it in around {
        if it.fact.status.failed() {
            if failed
                .iter()
                .all(|other| other.fact.service_arn != it.fact.service_arn)
            {
                failed.push(it);
            }
        } else if !it.fact.status.running() {
            well.push(it);
        }
    }
    (failed, well)
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, Status};

    use super::*;
    use crate::test_support::{PULLED, Sample, seconds};

    fn event(service: &str, from: i64, to: Option<i64>) -> Body {
        Body::HealthEvent(HealthEvent {
            arn: format!("arn:aws:health:us-east-1::event/{service}"),
            service: Some(service.to_owned()),
            event_type_code: Some(format!("AWS_{service}_OPERATIONAL_ISSUE")),
            category: Some("issue".to_owned()),
            region: Some("us-east-1".to_owned()),
            started_at: Some(seconds(from)),
            ended_at: to.map(seconds),
            updated_at: None,
            status: None,
            scope: None,
        })
    }

    fn sibling(name: &str, status: &str) -> Body {
        Body::SiblingOperation(SiblingOperation {
            service_arn: format!("arn:aws:apprunner:us-east-1:111122223333:service/{name}/0"),
            operation_id: name.to_owned(),
            operation_type: "CREATE_SERVICE".into(),
            status: status.into(),
            started_at: Some(seconds(60)),
            ended_at: None,
            updated_at: None,
        })
    }

    fn bare() -> Sample {
        Sample::image()
            .events(PULLED)
            .covered("health", Status::Complete)
            .covered("siblings", Status::Complete)
    }

    #[test]
    fn an_event_over_the_failure_is_told() {
        let finding = bare().with(event("APPRUNNER", -600, None)).found(&RULE);
        assert!(finding.summary.contains("APPRUNNER"), "{}", finding.summary);
        assert!(finding.summary.contains("has not ended"));
    }

    #[test]
    fn an_event_of_another_time_or_of_what_went_well_is_not_it() {
        bare()
            .with(event("APPRUNNER", -9_000, Some(-6_000)))
            .cleared(&RULE);
        bare().with(event("ECR", -600, None)).cleared(&RULE);
        bare()
            .with(event("APPRUNNER", -600, None))
            .application(&[(80, "booting")])
            .cleared(&RULE);
        bare().cleared(&RULE);
    }

    #[test]
    fn several_services_that_fail_together_are_a_witness() {
        let together = bare()
            .with(sibling("a", "FAILED"))
            .with(sibling("b", "FAILED"));
        assert!(
            together
                .found(&RULE)
                .summary
                .starts_with("2 other services")
        );
        together.with(sibling("c", "SUCCEEDED")).cleared(&RULE);
    }

    #[test]
    fn without_aws_health_it_cannot_tell() {
        bare()
            .denied("health", "health:DescribeEvents")
            .missing(&RULE);
    }
}
