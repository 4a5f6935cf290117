//! Secrets, and no instance role that could read them.

use evidence_schema::record::{ConfigurationSource, Origin, SourceFile, SourceFileRole};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    permissions::configuration,
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "instance-role-missing",
    summary: "The service refers to secrets and has no instance role that could read them",
    severity: Severity::Critical,
    about: About::Both,
    docs: include_str!("instance_role_missing.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "health-check-failed",
        "secret-not-readable",
        "silent-rollback",
    ]),
    check,
};

/// Where the secrets stand.
struct Secrets<'a> {
    /// In words.
    place: &'static str,
    /// The variables, where they are known.
    variables: Vec<String>,
    /// What shows it.
    cited: Citation,
    file: Option<Observed<&'a SourceFile>>,
}

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if let Some(refused) = fix::refused::find(case, &["instance-role-required"]) {
        let secrets = secrets(case).ok().flatten();
        let mut finding = Finding::new(
            fix::refused::role(case),
            format!(
                "App Runner refused the {}: it refers to secrets{} and names no instance role",
                refused.noun(),
                of(secrets.as_ref())
            ),
            refused.cite(
                Ground::Platform,
                "secrets are read with the instance role, and there is none",
            ),
        )
        .citing_if(secrets.map(|it| it.cited));
        finding.fix = advice(case);
        return Ok(finding.into());
    }
    if case.attempt.refusal.is_some() {
        return fix::refused::another_reason(case);
    }
    let service = case.service()?;
    if let Some(arn) = &service.fact.instance.role_arn {
        return Ok(Answer::cleared_by_fact(
            &service,
            format!("the service has the instance role {}", fix::role_name(arn)),
        ));
    }
    if let Some(answer) = fix::due(case)? {
        return Ok(answer);
    }
    let Some(secrets) = secrets(case)? else {
        return Ok(Answer::cleared_by_fact(
            &service,
            "the service refers to no secret and no parameter",
        ));
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The service refers to secrets{} {} and has no instance role to read them",
            of(Some(&secrets)),
            secrets.place
        ),
        secrets.cited,
    )
    .citing(Citation::absence(Ground::Agreement, "no container started"))
    .touching(Touches::Service);
    if secrets.file.is_some() {
        finding = finding.confirmed_by("apprunner.yaml as it was deployed");
    }
    finding.fix = advice(case);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

fn of(secrets: Option<&Secrets<'_>>) -> String {
    match secrets {
        Some(secrets) if !secrets.variables.is_empty() => {
            format!(" for {}", words::list(&secrets.variables))
        }
        _ => String::new(),
    }
}

/// The references to secrets that count: those of the API, or those of `apprunner.yaml`.
fn secrets(case: Case<'_>) -> Result<Option<Secrets<'_>>, Missing> {
    let service = case.service()?;
    if let Some(configuration) = configuration(service.fact).0 {
        if configuration.environment_secrets.is_empty() {
            return Ok(None);
        }
        return Ok(Some(Secrets {
            place: "in its configuration",
            variables: configuration.environment_secrets.keys().cloned().collect(),
            cited: Citation::fact(
                Ground::Configuration,
                &service,
                "the configuration has secrets and no instance role",
            ),
            file: None,
        }));
    }
    let Origin::Code(code) = &service.fact.source.origin else {
        return Ok(None);
    };
    if code.configuration_source != Some(ConfigurationSource::Repository) {
        return Ok(None);
    }
    let files = &case.evidence.surroundings.source_files;
    let file = files
        .iter()
        .find(|it| it.fact.role == SourceFileRole::Configuration && it.fact.content.is_some());
    let Some(file) = file else {
        case.evidence.ledger.looked("source-files", None, None)?;
        return Err(Missing::undecided(
            "source-files",
            "apprunner.yaml, which may refer to secrets, is not in the bundle",
        ));
    };
    let content = file.fact.content.as_deref().unwrap_or_default();
    let has = content
        .lines()
        .any(|line| line.trim_end() == "secrets:" || line.trim() == "secrets:");
    if !has && file.fact.truncated {
        return Err(Missing::undecided(
            "source-files",
            "apprunner.yaml goes on where the bundle ends it",
        ));
    }
    Ok(has.then(|| Secrets {
        place: "in apprunner.yaml",
        variables: vec![],
        // The checkout may be newer or older than what was deployed.
        cited: Citation::fact(
            Ground::Agreement,
            file,
            format!("{} has a section of secrets", file.fact.path),
        ),
        file: Some(file.as_ref()),
    }))
}

fn advice(case: Case<'_>) -> Vec<Step> {
    let manifest = &case.evidence.manifest;
    let account = &manifest.target.account;
    vec![
        Step::Text(
            "Give the service an instance role that trusts tasks.apprunner.amazonaws.com and may \
             read what is referred to: secretsmanager:GetSecretValue or ssm:GetParameters, and \
             kms:Decrypt for keys of your own."
                .to_owned(),
        ),
        fix::aws(
            manifest,
            &[
                "apprunner",
                "update-service",
                "--service-arn",
                &manifest.target.service_arn,
                "--instance-configuration",
                &format!("InstanceRoleArn=arn:aws:iam::{account}:role/NAME_OF_THE_ROLE"),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use evidence_schema::Body;

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{BUSY, HEALTH_FAILED, NEVER_STARTED, SECRET, Sample},
    };

    const REQUIRED: &str =
        "Instance Role have to be provided if passing in RuntimeEnvironmentSecrets.";
    const SOURCE: &[(i64, &str)] = &[
        (0, "[AppRunner] Deployment started."),
        (
            10,
            "[AppRunner] Successfully pulled your application source code.",
        ),
        (
            90,
            "[AppRunner] Successfully built your application source code.",
        ),
        (
            110,
            "[AppRunner] Failed to deploy your application source code.",
        ),
    ];

    fn from_repository(content: Option<&str>) -> Sample {
        let mut sample = Sample::code().events(SOURCE).service(|service| {
            if let Origin::Code(code) = &mut service.source.origin {
                code.configuration_source = Some(ConfigurationSource::Repository);
            }
        });
        if let Some(content) = content {
            sample.bodies.push(Body::SourceFile(SourceFile {
                path: "apprunner.yaml".to_owned(),
                role: SourceFileRole::Configuration,
                size_bytes: content.len() as u64,
                content: Some(content.to_owned()),
                truncated: false,
                instructions: vec![],
            }));
        }
        sample
    }

    #[test]
    fn a_refused_call_and_a_deployment_tell_of_it() {
        let refused = Sample::image()
            .without_operations()
            .refused(0, "CreateService", "InvalidRequestException", REQUIRED)
            .found(&RULE);
        assert_eq!(refused.strength(), Strength::StatedByPlatform);
        let deployed = Sample::image()
            .events(NEVER_STARTED)
            .refers("DB", SECRET)
            .found(&RULE);
        assert_eq!(deployed.strength(), Strength::ProvenFromConfiguration);
        assert!(deployed.summary.contains("for DB"), "{}", deployed.summary);
    }

    #[test]
    fn secrets_of_the_repository_count_where_they_are_seen() {
        let with = "run:\n  secrets:\n    - name: DB\n      value-from: x\n";
        assert_eq!(
            from_repository(Some(with)).found(&RULE).strength(),
            Strength::Correlated
        );
        from_repository(Some("run:\n  command: x\n")).cleared(&RULE);
        let missing = from_repository(None).missing(&RULE);
        assert_eq!(missing.source, "source-files");
    }

    #[test]
    fn a_container_that_ran_needed_no_role_to_start() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "hello")])
            .refers("DB", SECRET)
            .cleared(&RULE);
        Sample::image().events(NEVER_STARTED).cleared(&RULE);
        Sample::image()
            .without_operations()
            .refused(0, "UpdateService", "InvalidStateException", BUSY)
            .cleared(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        let missing = Sample::image()
            .events(NEVER_STARTED)
            .refers("DB", SECRET)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
        assert_eq!(missing.source, "application-log");
    }
}
