//! The application answers the health check with an error.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
};

pub(super) const RULE: Rule = Rule {
    id: "health-check-path",
    summary: "The application answers the health check path with an error",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("health_check_path.md"),
    explains: Explains::Only(&["health-check-failed", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(failed) = case.failed_health_check()? else {
        return Ok(Answer::cleared("no health check failed"));
    };
    let configured = case.service()?.fact.health_check.as_ref();
    let protocol = failed
        .fact
        .protocol
        .clone()
        .or_else(|| configured.and_then(|it| it.protocol.clone()));
    if protocol.as_deref() == Some("TCP") {
        return Ok(Answer::NotApplicable(
            "the health check is TCP and asks no path".to_owned(),
        ));
    }
    let path = failed
        .fact
        .path
        .clone()
        .or_else(|| configured.and_then(|it| it.path.clone()))
        .unwrap_or_else(|| "/".to_owned());
    let all = case.application(Family::HttpAnswer)?;
    let answers: Vec<(&Hit, u16)> = all
        .iter()
        .copied()
        .filter(|hit| hit.capture("path") == Some(path.as_str()))
        .filter_map(|hit| Some((hit, hit.status()?)))
        .collect();
    if let Some((hit, status)) = answers
        .iter()
        .find(|(_, status)| (200..300).contains(status))
    {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            format!("the application answered {path} with {status}"),
        ));
    }
    let Some((hit, status)) = answers.first() else {
        if let Some((line, _)) = case.stopped()? {
            return Ok(Answer::cleared_by(
                line,
                "the application ended, so it answered nothing",
            ));
        }
        return Err(Missing::undecided(
            "application-log",
            format!("the application logs no answer to {path}"),
        ));
    };

    let times = hit.count;
    // A path that the application answers well tells what may have been meant.
    let better = all
        .iter()
        .find(|hit| hit.status().is_some_and(|status| status == 200))
        .and_then(|hit| Some((*hit, hit.capture("path")?)));
    let summary = format!("The health check asks {path}, and the application answers {status}");
    let why = match status {
        400 => format!(
            "The application refuses the request for {path}, as Django does when the host is not in \
             ALLOWED_HOSTS: the health check comes with the address of the instance."
        ),
        401 | 403 => format!("{path} asks for a login. Leave the health check out of it."),
        404 => format!(
            "The application has no {path}. Add it, name a path that it has, or see whether the \
             start command starts the right program."
        ),
        300..=399 => format!("{path} redirects. Only an answer with success counts."),
        _ => format!("{path} fails inside the application; its log says why."),
    };
    let manifest = &case.evidence.manifest;
    Ok(Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            &hit.first,
            format!(
                "the application answered {path} with {status}, {}",
                crate::words::count(times, "time", "times")
            ),
        ),
    )
    .citing(Citation::fact(
        Ground::Agreement,
        &failed,
        format!("the health check of {path} failed"),
    ))
    .citing_if(better.map(|(hit, other)| {
        Citation::text(
            Ground::Context,
            &hit.first,
            format!("the application answers {other} with 200"),
        )
    }))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by(format!(
        "what the application answers to GET {path} without any header"
    ))
    .fixed_by(
        std::iter::once(Step::Text(why)).chain(better.map(|(_, other)| {
            fix::health_check(manifest, &serde_json::json!({ "Path": other }).to_string())
        })),
    )
    .fixed_by([
        Step::Text("Or ask only whether the port is open:".to_owned()),
        fix::health_check(manifest, r#"{"Protocol":"TCP"}"#),
    ])
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, Sample};

    #[test]
    fn an_error_on_the_path_is_named() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "GET /health 401 2.1 ms - 12"),
                (95, "GET /health 401 1.9 ms - 12"),
            ])
            .found(&RULE);
        assert_eq!(
            finding.summary,
            "The health check asks /health, and the application answers 401"
        );
        assert!(finding.citations()[0].shows.contains("2 times"));
    }

    #[test]
    fn an_error_on_another_path_and_a_success_are_not_it() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "GET /favicon.ico 404 1 ms")])
            .missing(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "GET /health 503 1 ms"), (95, "GET /health 200 1 ms")])
            .cleared(&RULE);
    }

    #[test]
    fn a_path_that_is_answered_well_is_offered() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "GET /health 404 2 ms"),
                (91, "GET /api/health 200 2 ms"),
            ])
            .found(&RULE);
        assert!(
            finding
                .fix
                .iter()
                .any(|step| matches!(step, Step::Command(words)
            if words.iter().any(|word| word.contains("/api/health"))))
        );
    }

    #[test]
    fn tcp_asks_no_path() {
        Sample::image()
            .events(&[(440, "[AppRunner] Health check failed on protocol `TCP` [Port: '8080']. Check your configured port number.")])
            .application(&[(90, "GET /health 404 1 ms")])
            .not_applicable(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        Sample::image()
            .events(HEALTH_FAILED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
