//! The image was pulled, and no container of it ever ran.

use chrono::TimeDelta;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{Message, Phase},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "container-never-started",
    summary: "The image was pulled, and no container of it ever started",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("container_never_started.md"),
    explains: Explains::Only(&["health-check-failed", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    if let Speech::Spoke(line) = case.speech()? {
        return Ok(Answer::cleared_by_text(
            line,
            "a container ran and wrote a line",
        ));
    }
    let Some(pulled) = case.pulled()? else {
        return Ok(Answer::cleared(
            "the deployment did not come as far as starting a container",
        ));
    };
    if let Some((line, _)) = case.stopped()? {
        return Ok(Answer::cleared_by(line, "a container ran, for it ended"));
    }
    if let Some((line, ())) = case.attempt.find(|message| match message {
        Message::BuildFailed(_) | Message::SourcePullFailed(_) => Some(()),
        _ => None,
    }) {
        return Ok(Answer::cleared_by(
            line,
            "the deployment ended before a container was due",
        ));
    }
    // Source code is built first, and a build can fail without a word about it.
    let building = case
        .attempt
        .find(|message| {
            matches!(message, Message::SourcePulled | Message::BuildStarted).then_some(())
        })
        .filter(|_| case.attempt.phase() <= Phase::Build)
        .filter(|_| {
            case.attempt
                .find(|message| matches!(message, Message::BuildSucceeded).then_some(()))
                .is_none()
        });
    if let Some((line, ())) = building {
        return Ok(Answer::cleared_by(
            line,
            "the source code was not built, so no container was due",
        ));
    }
    let asked = case.attempt.find(|message| match message {
        Message::Provisioning | Message::HealthCheckStarted(_) | Message::HealthCheckFailed(_) => {
            Some(())
        }
        _ => None,
    });
    let speech = case.speech()?;
    let silence = match speech {
        Speech::NoGroup => "the application log group does not exist: nothing was ever written",
        _ => "no new instance wrote a line",
    };
    let failed = case.attempt.failures().next();
    let after = case
        .attempt
        .failed_at()
        .map(|failed| words::duration(failed - pulled.time))
        .unwrap_or_default();

    let (role, summary, silent, ground) = match asked {
        None => (
            Role::Mechanism,
            format!(
                "No container started: the deployment failed {after} after the image was pulled"
            ),
            Ground::Agreement,
            Ground::Agreement,
        ),
        // An application that is silent and answers nothing looks the same, so this is only what was
        // seen. One that waits for something while it is loaded has been taken for it.
        Some(_) => (
            Role::Symptom,
            "No container seems to have run: nothing was written and nobody answered".to_owned(),
            Ground::Context,
            Ground::Context,
        ),
    };
    let mut finding = Finding::new(
        role,
        summary,
        Citation::line(
            ground,
            pulled,
            "the image was pulled, so image and access role are right",
        ),
    )
    .citing(Citation::absence(silent, silence))
    .citing_if(failed.map(|line| {
        let shows = match asked {
            None => "the failure, with no line about provisioning or a health check before it",
            Some(_) => "the failure",
        };
        Citation::line(Ground::Context, line, shows)
    }))
    .citing_if(young_role(case))
    .citing_all(excluded(case))
    .touching(Touches::Service)
    .confirmed_by(
        "the platform of the image, the age of the roles, and a deployment without the VPC \
         connector",
    );
    finding.fix = advice(case);
    Ok(finding.into())
}

/// A role that was made just before: it may not have been known everywhere yet.
fn young_role(case: Case<'_>) -> Option<Citation> {
    case.evidence.roles.iter().find_map(|role| {
        let age = case.attempt.started - role.fact.created_at?;
        let young = TimeDelta::zero() <= age && age < TimeDelta::minutes(10);
        young.then(|| {
            let shows = format!(
                "the role {} was made {} before the deployment began",
                role.fact.name,
                words::duration(age)
            );
            Citation::fact(Ground::Agreement, role, shows)
        })
    })
}

/// What is known not to be it, so that nobody looks there again.
fn excluded(case: Case<'_>) -> Vec<Citation> {
    let mut out = Vec::new();
    let later = |pushed| fix::pushed_after(case, pushed);
    if let Ok(Some(image)) = case.image()
        && !later(image.fact.pushed_at)
        && image
            .fact
            .platforms
            .iter()
            .any(|it| it.os == "linux" && it.architecture == "amd64")
    {
        out.push(Citation::fact(
            Ground::Context,
            &image,
            "not the processor: the image is for linux/amd64",
        ));
    }
    let Ok(service) = case.service() else {
        return out;
    };
    if service.fact.network.egress_type.as_deref() == Some("DEFAULT") {
        out.push(Citation::fact(
            Ground::Context,
            &service,
            "not a VPC connector: the egress of the service is DEFAULT",
        ));
    }
    if let Ok(Some(configuration)) = case.configuration()
        && configuration.fact.environment_secrets.is_empty()
        && service.fact.instance.role_arn.is_none()
    {
        out.push(Citation::fact(
            Ground::Context,
            &service,
            "not a secret and not the instance role: the service has none",
        ));
    }
    out
}

/// The checks in the order in which they have helped.
fn advice(case: Case<'_>) -> Vec<Step> {
    let manifest = &case.evidence.manifest;
    let mut steps = vec![Step::Text(
        "App Runner gives no reason for this. What has caused it, in the order to check: an image \
         that is not for linux/amd64; a role that was made seconds before; a VPC connector that \
         is ACTIVE and does not work; an image user without a login shell; a passing fault of the \
         platform."
            .to_owned(),
    )];
    let network = case.service().ok().map(|service| &service.fact.network);
    if let Some(network) = network
        && network.egress_type.as_deref() == Some("VPC")
    {
        steps.push(Step::Text(format!(
            "Deploy once without the VPC connector{}. If that works, delete the connector and make \
             it again.",
            match &network.vpc_connector_arn {
                Some(arn) => format!(" {arn}"),
                None => String::new(),
            }
        )));
        steps.push(fix::aws(
            manifest,
            &[
                "apprunner",
                "update-service",
                "--service-arn",
                &manifest.target.service_arn,
                "--network-configuration",
                r#"{"EgressConfiguration":{"EgressType":"DEFAULT"}}"#,
            ],
        ));
        if let Some(arn) = &network.vpc_connector_arn {
            steps.push(Step::Text(
                "A deployment that works now proves the connector. What the application reaches in \
                 the VPC is not there meanwhile; to go back, with this connector or the new one:"
                    .to_owned(),
            ));
            let back = format!(
                r#"{{"EgressConfiguration":{{"EgressType":"VPC","VpcConnectorArn":"{arn}"}}}}"#
            );
            steps.push(fix::aws(
                manifest,
                &[
                    "apprunner",
                    "update-service",
                    "--service-arn",
                    &manifest.target.service_arn,
                    "--network-configuration",
                    &back,
                ],
            ));
        }
    }
    if let Some(image) = fix::image_identifier(case) {
        steps.push(Step::command(&[
            "docker",
            "buildx",
            "imagetools",
            "inspect",
            &image,
        ]));
    }
    steps.push(Step::Text(
        "With all of that right, deploy again; unchanged retries have worked.".to_owned(),
    ));
    steps.extend(fix::redeploy(case));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence_schema::Status;

    use crate::{
        evidence::Why,
        finding::Strength,
        test_support::{HEALTH_FAILED, PULLED, Sample},
    };

    const BARE: (i64, &str) = (78, "[AppRunner] Failed to deploy your application image.");

    fn bare() -> Sample {
        Sample::image()
            .events(PULLED)
            .deployment(&[BARE])
            .operation("FAILED")
    }

    #[test]
    fn pulled_failed_and_no_log_group() {
        let finding = bare()
            .covered("application-log", Status::Absent)
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::Correlated);
        assert!(
            finding.summary.contains("18 s after"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn a_vpc_connector_is_the_first_thing_to_try_without() {
        let finding = bare()
            .service(|service| service.network.egress_type = Some("VPC".to_owned()))
            .found(&RULE);
        assert!(finding.fix.iter().any(|step| matches!(step, Step::Command(words) if words.iter().any(|word| word.contains("DEFAULT")))));
    }

    #[test]
    fn what_is_known_not_to_be_it_is_told() {
        let finding = bare()
            .image_in_ecr(&["linux/amd64"])
            .service(|service| service.network.egress_type = Some("DEFAULT".to_owned()))
            .found(&RULE);
        for not in ["not the processor", "not a VPC connector", "not a secret"] {
            let told = |it: &Citation| it.shows.starts_with(not);
            assert!(finding.citations().iter().any(told), "{not}");
        }
        assert_eq!(finding.strength(), Strength::Correlated);
    }

    #[test]
    fn lines_of_an_old_instance_do_not_mean_that_it_started() {
        bare()
            .stream("instance/old", -999)
            .instance("instance/old", &[(70, "GET / 200")])
            .found(&RULE);
        bare().application(&[(70, "booting")]).cleared(&RULE);
    }

    #[test]
    fn a_silent_application_is_only_consistent_with_it() {
        let finding = Sample::image().events(HEALTH_FAILED).found(&RULE);
        assert_eq!(finding.strength(), Strength::ConsistentWith);
        assert_eq!(finding.role, Role::Symptom);
    }

    #[test]
    fn source_code_that_was_not_built_makes_no_container() {
        Sample::code()
            .events(&[
                (13, "[AppRunner] Successfully pulled source code."),
                (25, "[AppRunner] Starting source code build."),
                (
                    86,
                    "[AppRunner] Deployment with ID : 11111111222233334444555555555555 failed.",
                ),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn an_exit_code_shows_that_it_started() {
        Sample::image()
            .events(PULLED)
            .events(&[(90, "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1")])
            .cleared(&RULE);
    }

    #[test]
    fn a_denied_log_leaves_it_open() {
        let missing = bare()
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
        assert_eq!(missing.why, Why::Denied);
    }
}
