//! The health check gives up before the application can answer it.

use chrono::TimeDelta;
use evidence_schema::record::HealthCheck;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
    signature::Family,
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "health-check-too-strict",
    summary: "The settings of the health check leave the application no time, or ask no path",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("health_check_too_strict.md"),
    explains: Explains::Only(&["health-check-failed", "silent-rollback"]),
    check,
};

/// What App Runner takes where nothing is set: every 5 seconds, 2 to answer, 5 failures.
const INTERVAL: i32 = 5;
const UNHEALTHY: i32 = 5;

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(failed) = case.failed_health_check()? else {
        return Ok(Answer::cleared("no health check failed"));
    };
    let service = case.service()?;
    let Some(configured) = case.health_check()? else {
        return Ok(Answer::cleared_by_fact(
            &service,
            "the health check has the settings that App Runner gives everybody",
        ));
    };
    let settings = configured.fact;
    if settings.protocol.as_deref() == Some("HTTP")
        && let Some(path) = settings.path.as_deref()
        && !path.starts_with('/')
    {
        let finding = Finding::new(
            Role::Cause,
            format!("The path of the health check is “{path}”, which does not begin with a slash"),
            Citation::fact(
                Ground::Configuration,
                &configured,
                format!("the path of the health check is “{path}”"),
            ),
        );
        let right = format!(r#"{{"Path":"/{path}"}}"#);
        return Ok(finished(case, finding, &failed, &right));
    }

    if let Some(answer) = case.application(Family::HttpAnswer)?.first() {
        return Ok(Answer::cleared_by_text(
            &answer.first,
            "the application answered requests while it was being checked",
        ));
    }
    let patience = patience(settings);
    let asked =
        case.platform(|message| matches!(message, Message::HealthCheckStarted(_)).then_some(()))?;
    let listening = case.application(Family::Listening)?;
    let first = listening
        .iter()
        .filter(|hit| {
            hit.port().is_none() || failed.fact.port.is_none() || hit.port() == failed.fact.port
        })
        .map(|hit| &hit.first)
        .min_by_key(|line| line.time);
    let Some(listening) = first else {
        return Err(Missing::undecided(
            "application-log",
            "the application never says when it listens, so how long it needs is not known",
        ));
    };
    if let Some((line, _)) = case.stopped()? {
        return Ok(Answer::cleared_by(
            line,
            "the application ended, so more time would not have helped",
        ));
    }
    let begun = asked.map_or(case.attempt.started, |(line, ())| line.time);
    let needed = listening.time - begun;
    if needed <= patience {
        return Ok(Answer::cleared_by_text(
            listening,
            format!(
                "the application listened within the {} that the health check waits",
                words::duration(patience)
            ),
        ));
    }
    let interval = settings.interval_seconds.unwrap_or(INTERVAL);
    let threshold = settings.unhealthy_threshold.unwrap_or(UNHEALTHY);
    let finding = Finding::new(
        Role::Cause,
        format!(
            "The health check gives up after {} ({threshold} failures, one every {interval} s), and the application needed {} to listen",
            words::duration(patience),
            words::duration(needed)
        ),
        Citation::text(
            Ground::Agreement,
            listening,
            format!("the application began to listen {} after the first check", words::duration(needed)),
        ),
    )
    .citing(Citation::fact(
        Ground::Agreement,
        &configured,
        format!("a check every {interval} s, unhealthy after {threshold}"),
    ));
    Ok(finished(
        case,
        finding,
        &failed,
        r#"{"Interval":20,"Timeout":10,"UnhealthyThreshold":15}"#,
    ))
}

/// How long an application may be silent before it counts as unhealthy.
fn patience(settings: &HealthCheck) -> TimeDelta {
    let interval = settings.interval_seconds.unwrap_or(INTERVAL).clamp(1, 20);
    let threshold = settings
        .unhealthy_threshold
        .unwrap_or(UNHEALTHY)
        .clamp(1, 20);
    TimeDelta::seconds(i64::from(interval) * i64::from(threshold))
}

fn finished(
    case: Case<'_>,
    finding: Finding,
    failed: &Observed<crate::message::Probe>,
    right: &str,
) -> Answer {
    let manifest = &case.evidence.manifest;
    finding
        .citing(Citation::fact(
            Ground::Context,
            failed,
            "the health check failed",
        ))
        .touching(Touches::Service)
        .confirmed_by("the time from the first line of the application to the one that it listens")
        .fixed_by([
            fix::health_check(manifest, right),
            Step::Text(
                "Each of the numbers goes up to 20. The application has to answer within five \
                 minutes all the same: do at the start only what must be done there, or give the \
                 instances more CPU."
                    .to_owned(),
            ),
        ])
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, Sample};

    fn checked() -> Sample {
        Sample::image().events(HEALTH_FAILED)
    }

    #[test]
    fn an_application_that_needs_longer_is_told_with_both_times() {
        let finding = checked()
            .application(&[(70, "starting"), (125, "Server listening on port 8080")])
            .found(&RULE);
        assert!(
            finding.summary.contains("after 25 s") && finding.summary.contains("needed 45 s"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn a_path_without_a_slash_is_none() {
        let finding = checked()
            .service(|service| {
                if let Some(settings) = &mut service.health_check {
                    settings.path = Some("health".to_owned());
                }
            })
            .found(&RULE);
        assert!(finding.summary.contains("“health”"));
    }

    #[test]
    fn an_application_that_was_in_time_or_ended_is_not_it() {
        checked()
            .application(&[(90, "Server listening on port 8080")])
            .cleared(&RULE);
        checked()
            .application(&[(125, "Server listening on port 8080")])
            .events(&[(300, "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1")])
            .cleared(&RULE);
        Sample::image().cleared(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        checked()
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
