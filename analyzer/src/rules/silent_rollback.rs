//! The last deployment was rolled back, while the service says RUNNING.

use evidence_schema::record::ServiceStatus;

use super::{About, Explains, Rule, fix};
use crate::{
    attempt::{Basis, Outcome},
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "silent-rollback",
    summary: "The service runs, but on its old version: the last deployment was rolled back",
    severity: Severity::High,
    about: About::Deployment,
    docs: include_str!("silent_rollback.md"),
    explains: Explains::Nothing,
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let attempt = case.attempt;
    if attempt.outcome != Outcome::RolledBack {
        // The log does not tell a rollback from a failure for certain.
        if attempt.basis == Basis::ServiceLog {
            case.evidence.ledger.looked("operations", None, None)?;
        }
        let ended = Observed {
            fact: (),
            record: attempt.record,
            time: attempt.ended,
        };
        let reason = format!("the {} {}", attempt.noun(), attempt.outcome.as_str());
        return Ok(Answer::cleared_by_fact(&ended, reason));
    }
    let service = case.service_now()?;
    if service.fact.status != ServiceStatus::Running {
        return Ok(Answer::cleared_by_fact(
            &service,
            format!(
                "the service says {}, which is not silent",
                service.fact.status
            ),
        ));
    }
    if let Some((_, Some(later))) = case.evidence.subject()
        && later.started > attempt.started
    {
        return Ok(Answer::cleared_by_fact(
            &Observed {
                fact: (),
                record: later.record,
                time: Some(later.started),
            },
            "a later deployment succeeded",
        ));
    }

    let since = case.evidence.success_before(attempt);
    let running = match since {
        Some(success) => format!(
            "the version that runs is that of {}",
            words::at(success.ended.unwrap_or(success.started))
        ),
        None => "an older version runs".to_owned(),
    };
    let told = Observed {
        fact: (),
        record: attempt.record,
        time: attempt.ended,
    };
    let shows = match attempt.basis {
        Basis::Operation => "the operation ended as ROLLBACK_SUCCEEDED",
        Basis::ServiceLog | Basis::Call => "the deployment failed, and the service went on",
    };
    let mut finding = Finding::new(
        Role::Consequence,
        format!(
            "The {} of {} was rolled back while the service says RUNNING; {running}",
            attempt.noun(),
            words::at(attempt.started)
        ),
        Citation::fact(Ground::Platform, &told, shows),
    )
    .citing(Citation::fact(
        Ground::Agreement,
        &service,
        "the service says RUNNING",
    ))
    .touching(Touches::Service)
    .confirmed_by("the reason of the rollback, which only the logs give");
    finding.fix.push(Step::Text(
        "CloudFormation and Terraform may report success for this: compare what runs with what you \
         deployed. Mend the reason, then deploy again."
            .to_owned(),
    ));
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{PULLED, Sample};

    #[test]
    fn a_service_that_runs_hides_the_failure() {
        let finding = Sample::image().events(PULLED).found(&RULE);
        assert!(
            finding.summary.contains("2026-11-17"),
            "{}",
            finding.summary
        );
        assert_eq!(finding.role, Role::Consequence);
    }

    #[test]
    fn a_failed_create_and_a_recovered_service_hide_nothing() {
        Sample::image().operation("FAILED").cleared(&RULE);
        Sample::image().recovered().cleared(&RULE);
    }

    #[test]
    fn without_the_service_it_cannot_tell() {
        Sample::image()
            .without_service()
            .denied("service", "apprunner:DescribeService")
            .missing(&RULE);
    }
}
