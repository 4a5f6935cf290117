//! A secret is named by a part of its ARN.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
};

pub(super) const RULE: Rule = Rule {
    id: "secret-arn-incomplete",
    summary: "The ARN of a secret lacks its last six characters",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("secret_arn_incomplete.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "secret-not-readable",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(configuration) = case.configuration()? else {
        return Ok(Answer::NotApplicable(
            "the API names no secrets for this service".to_owned(),
        ));
    };
    let secrets = &configuration.fact.environment_secrets;
    if secrets.is_empty() {
        return Ok(Answer::NotApplicable(
            "the service has no secrets".to_owned(),
        ));
    }
    let Some((variable, reference)) = secrets.iter().find(|(_, it)| is_partial(it)) else {
        return Ok(Answer::cleared_by_fact(
            &configuration,
            "every secret is named by its whole ARN, or is a parameter",
        ));
    };
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    let stated = case.platform(|message| match message {
        Message::SecretUnreadable(_) => Some(()),
        _ => None,
    })?;
    // A container gets its secrets before it starts.
    if stated.is_none() {
        if let Some((line, ())) = case.attempt.find(|message| {
            matches!(
                message,
                Message::HealthCheckPassed | Message::ApplicationStopped { .. }
            )
            .then_some(())
        }) {
            return Ok(Answer::cleared_by(
                line,
                "a container ran, so it had its secrets",
            ));
        }
        if let Speech::Spoke(line) = case.speech()? {
            return Ok(Answer::cleared_by_text(
                line,
                "a container ran, so it had its secrets",
            ));
        }
        if case.pulled()?.is_none() {
            return Ok(Answer::cleared(
                "the deployment did not come as far as reading secrets",
            ));
        }
    }
    // What everything after the name would be is known where the secret is in the bundle.
    let whole = case.evidence.surroundings.secrets.iter().find(|secret| {
        let rest = secret.fact.arn.strip_prefix(reference.as_str());
        rest.is_some_and(|rest| rest.starts_with('-'))
    });
    let shown = Citation::fact(
        Ground::Configuration,
        &configuration,
        format!("{variable} refers to {reference}"),
    );
    let line = stated.map(|(line, ())| {
        Citation::line(Ground::Platform, line, "App Runner could not read a secret")
    });
    let (first, second) = match line {
        Some(line) => (line, Some(shown)),
        None => (
            Citation {
                ground: Ground::Agreement,
                ..shown
            },
            Some(Citation::absence(
                Ground::Context,
                "no container of the deployment ever wrote a line",
            )),
        ),
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The variable {variable} refers to the secret {reference}, an ARN without the six characters that Secrets Manager adds"
        ),
        first,
    )
    .citing_if(second)
    .citing_if(whole.map(|secret| {
        Citation::fact(
            Ground::Context,
            secret,
            format!("the whole ARN is {}", secret.fact.arn),
        )
    }))
    .touching(Touches::Service)
    .confirmed_by("the ARN that Secrets Manager gives for the secret")
    .fixed_by([
        Step::Text("The whole ARN:".to_owned()),
        fix::aws(
            &case.evidence.manifest,
            &[
                "secretsmanager",
                "describe-secret",
                "--secret-id",
                reference,
                "--query",
                "ARN",
                "--output",
                "text",
            ],
        ),
    ]);
    finding.fix.extend(fix::edit_source(case));
    Ok(finding.into())
}

/// Whether this is the ARN of a secret whose name is not followed by a dash and six characters.
fn is_partial(reference: &str) -> bool {
    let mut parts = reference.splitn(7, ':');
    let is_secret = parts.next() == Some("arn")
        && parts.nth(1) == Some("secretsmanager")
        && parts.nth(2) == Some("secret");
    if !is_secret {
        return false;
    }
    // `name-AbCdEf:json-key:stage:version`.
    let name = parts.next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    let ending = name.rsplit_once('-').map(|(_, ending)| ending);
    !ending.is_some_and(|it| it.len() == 6 && it.chars().all(|it| it.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{PULLED, Sample},
    };

    const PARTIAL: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db";

    fn with_secret(reference: &str) -> Sample {
        Sample::image().events(PULLED).configuration(|it| {
            it.environment_secrets
                .insert("DB".to_owned(), reference.to_owned());
        })
    }

    #[test]
    fn a_part_of_an_arn_is_named_with_its_variable() {
        let finding = with_secret(PARTIAL).found(&RULE);
        assert!(finding.summary.contains("variable DB"));
        assert_eq!(finding.strength(), Strength::Correlated);
        let stated = with_secret(PARTIAL)
            .deployment(&[(70, "[AppRunner] unable to retrieve secret from asm")])
            .found(&RULE);
        assert_eq!(stated.strength(), Strength::StatedByPlatform);
    }

    #[test]
    fn whole_arns_parameters_and_containers_that_ran_are_not_it() {
        with_secret(&format!("{PARTIAL}-AbCdEf:password::")).cleared(&RULE);
        with_secret("arn:aws:ssm:us-east-1:111122223333:parameter/db").cleared(&RULE);
        with_secret(PARTIAL)
            .application(&[(90, "booting")])
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        with_secret(PARTIAL)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
