//! The application ended because an environment variable is not set.

use evidence_schema::LengthClass;

use super::{About, Explains, Rule, fix, wrong_environment_variable};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::Family,
};

/// How many lines of the application are shown.
const SHOWN: usize = 6;

pub(super) const RULE: Rule = Rule {
    id: "missing-environment-variable",
    summary: "The application needs an environment variable that it does not get",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("missing_environment_variable.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let hits = case.application(Family::MissingVariable)?;
    let Some(hit) = hits.first() else {
        return Ok(Answer::cleared("the application complains of no variable"));
    };
    let name = wrong_environment_variable::variable(hit.capture("name").unwrap_or_default());
    // A server that goes on and listens has only warned.
    let listens = case
        .application(Family::Listening)?
        .into_iter()
        .find(|listening| listening.last.record > hit.first.record);
    let stopped = case.stopped().ok().flatten();
    if let Some(listening) = listens
        && stopped.is_none()
    {
        return Ok(Answer::cleared_by_text(
            &listening.first,
            format!("the application began to listen although it complained of {name}"),
        ));
    }

    let configuration = case.configuration()?;
    let value = configuration
        .as_ref()
        .and_then(|it| it.fact.environment_variables.get(&name));
    let secret = configuration
        .as_ref()
        .and_then(|it| it.fact.environment_secrets.get(&name));
    let ignored = case.code_source()?.is_some_and(|code| {
        code.fact
            .configuration_source
            .as_ref()
            .is_none_or(|source| source.as_str() == "REPOSITORY")
    });
    let service = &case.evidence.manifest.target.service_name;
    let (state, ground) = match (value, secret) {
        (Some(value), _) if value.length == LengthClass::Empty => (
            format!(
                "the service {service} defines {name} with an empty value, which App Runner drops"
            ),
            Ground::Configuration,
        ),
        (Some(_), _) | (_, Some(_)) if ignored => (
            format!("the service defines {name}, but takes its configuration from apprunner.yaml"),
            Ground::Configuration,
        ),
        (Some(_), _) => (
            format!("the service {service} defines {name} now"),
            Ground::Context,
        ),
        (None, Some(_)) => (
            format!("the service {service} defines {name} as a secret now"),
            Ground::Context,
        ),
        (None, None) if ignored => (
            format!("{name} has to come from apprunner.yaml, which is not in the bundle"),
            Ground::Context,
        ),
        (None, None) => (
            format!("the service {service} does not define {name}"),
            Ground::Configuration,
        ),
    };
    let defined = value.is_some() || secret.is_some();
    let summary = if defined {
        format!("The application did not get the environment variable {name}")
    } else {
        format!("The environment variable {name} is not set, and the application needs it")
    };
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            &hit.first,
            format!("the application misses {name}"),
        ),
    )
    .citing_if(configuration.map(|it| Citation::fact(ground, &it, state)))
    .citing_if(stopped.map(|(line, _)| {
        Citation::line(
            Ground::Agreement,
            line,
            "App Runner saw the application end",
        )
    }))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by(format!("whether the failing version got {name}"));
    if ignored {
        finding.fix.push(Step::Text(format!(
            "Add {name} under run.env (or run.secrets) of apprunner.yaml and deploy again."
        )));
        finding.fix.extend(fix::redeploy(case));
    } else {
        finding.fix.push(Step::Text(format!(
            "Add {name} to the service: as RuntimeEnvironmentSecrets if it is secret, else as \
             RuntimeEnvironmentVariables."
        )));
        finding.fix.extend(fix::edit_source(case));
    }
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence_schema::{Fingerprint, Withheld};

    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

    const STOPPED: (i64, &str) = (
        100,
        "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1",
    );

    fn withheld(length: LengthClass) -> Withheld {
        Withheld {
            fingerprint: Fingerprint("fp-1".to_owned()),
            length,
        }
    }

    #[test]
    fn the_variable_is_named_and_looked_up() {
        let finding = Sample::image()
            .events(PULLED)
            .events(&[STOPPED])
            .application(&[
                (90, "Traceback (most recent call last):"),
                (90, "KeyError: 'DATABASE_URL'"),
            ])
            .found(&RULE);
        assert!(finding.summary.contains("DATABASE_URL is not set"));
        assert!(
            finding.citations()[1]
                .shows
                .contains("does not define DATABASE_URL")
        );
    }

    #[test]
    fn an_empty_value_is_dropped_by_app_runner() {
        let finding = Sample::image()
            .configuration(|it| {
                it.environment_variables
                    .insert("API_KEY".to_owned(), withheld(LengthClass::Empty));
            })
            .events(PULLED)
            .events(&[STOPPED])
            .application(&[(90, "Error: API_KEY is not set")])
            .found(&RULE);
        assert!(finding.citations()[1].shows.contains("empty value"));
    }

    #[test]
    fn a_warning_of_an_application_that_goes_on_is_none() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "warning: SENTRY_DSN is not set"),
                (91, "Server listening on port 3000"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        Sample::image()
            .events(PULLED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
