//! The health check failed. The symptom; other rules say why.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
};

/// How many lines of the application are shown.
const SHOWN: usize = 12;

pub(super) const RULE: Rule = Rule {
    id: "health-check-failed",
    summary: "App Runner got no good answer from the application",
    severity: Severity::High,
    about: About::Deployment,
    docs: include_str!("health_check_failed.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(failed) = case.failed_health_check()? else {
        return Ok(
            match case
                .attempt
                .find(|message| matches!(message, Message::HealthCheckPassed).then_some(()))
            {
                Some((line, ())) => Answer::cleared_by(line, "the health check passed"),
                None => Answer::cleared("no health check failed"),
            },
        );
    };
    let probe = &failed.fact;
    let mut asked = String::new();
    if let Some(protocol) = &probe.protocol {
        asked.push_str(&format!(" by {protocol}"));
    }
    if let Some(path) = &probe.path {
        asked.push_str(&format!(" of {path}"));
    }
    if let Some(port) = probe.port {
        asked.push_str(&format!(" on port {port}"));
    }
    let mut finding = Finding::new(
        Role::Symptom,
        format!("The health check{asked} failed"),
        Citation {
            quote: case
                .attempt
                .lines
                .iter()
                .find(|line| line.record == failed.record)
                .map(|line| line.text.clone()),
            ..Citation::fact(Ground::Platform, &failed, "App Runner gave up")
        },
    )
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .confirmed_by("what the application writes while it starts: its port, its address, its end");
    if let Ok(Speech::Spoke(line)) = case.speech() {
        finding = finding.citing(Citation::text(
            Ground::Context,
            line,
            "the application did run",
        ));
    }
    finding.fix.push(Step::Text(
        "App Runner prints \"Check your configured port number\" for every failed health check. The \
         application has to answer on that port, on all addresses (0.0.0.0), within five minutes \
         of its start."
            .to_owned(),
    ));
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

    #[test]
    fn it_says_what_was_asked() {
        let finding = Sample::image().events(HEALTH_FAILED).found(&RULE);
        assert_eq!(
            finding.summary,
            "The health check by HTTP of /health on port 8080 failed"
        );
        assert_eq!(finding.role, Role::Symptom);
    }

    #[test]
    fn a_check_that_passed_or_never_came_is_none() {
        Sample::image()
            .events(PULLED)
            .events(&[(
                90,
                "[AppRunner] Health check is successful. Routing traffic to application.",
            )])
            .cleared(&RULE);
        Sample::image().events(PULLED).cleared(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        Sample::image()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
