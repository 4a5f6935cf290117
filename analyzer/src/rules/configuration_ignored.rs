//! A configuration that never reaches the container, because another one is used.

use std::collections::BTreeSet;

use super::{About, Explains, Rule, fix};
use crate::{
    config_file::{self, ConfigFile},
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message, Phase},
    runtimes,
    signature::Family,
    words,
};

use evidence_schema::record::{CodeSource, Configuration, OperationType};

pub(super) const RULE: Rule = Rule {
    id: "configuration-ignored",
    summary: "Values are set in a place that App Runner does not read",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("configuration_ignored.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "build-command-failed",
        "database-refused",
        "health-check-failed",
        "missing-environment-variable",
        "port-mismatch",
        "runtime-unsupported",
        "silent-rollback",
        "start-command-failed",
        "wrong-environment-variable",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "an image has its configuration from the API only".to_owned(),
        ));
    };
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    match code
        .fact
        .configuration_source
        .as_ref()
        .map(|it| it.as_str())
    {
        Some("API") => file_ignored(case, &code),
        Some("REPOSITORY") => api_ignored(case, &code),
        _ => Err(Missing::undecided(
            "service",
            "where the configuration comes from is not told",
        )),
    }
}

/// `apprunner.yaml` is there and the API's configuration is used.
fn file_ignored(case: Case<'_>, code: &Observed<&CodeSource>) -> Result<Answer, Missing> {
    let Some(file) = config_file::of(case)? else {
        return Ok(Answer::cleared(
            "the checkout has no file that could be ignored",
        ));
    };
    let none = Configuration::default();
    let used = code.fact.configuration.as_ref().unwrap_or(&none);
    let matters = differences(case, &file, used)?;
    if matters.is_empty() {
        return Ok(Answer::cleared_by_fact(
            &file.observed,
            "the file is not read, and nothing that it says otherwise bears on this failure",
        ));
    }
    let path = file.observed.fact.path.as_str();
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "App Runner does not read {path}, because the configuration source is API; {}",
            matters.join("; ")
        ),
        Citation::fact(
            Ground::Agreement,
            code,
            "the configuration source of the service is API",
        ),
    )
    .citing(Citation::fact(
        Ground::Agreement,
        &file.observed,
        "the checkout has a configuration file that says something else",
    ))
    .touching(Touches::Service)
    .confirmed_by("which of the two configurations was meant")
    .fixed_by([Step::Text(format!(
        "Either set the values in the service, or let it read {path}: in the answer of the first \
         command set ConfigurationSource to REPOSITORY and leave CodeConfigurationValues out. A \
         service that failed to create cannot change from one to the other: delete it and create \
         it again."
    ))]);
    finding.fix.extend(fix::edit_source(case));
    Ok(finding.into())
}

/// Values of the API are there and the file is used.
fn api_ignored(case: Case<'_>, code: &Observed<&CodeSource>) -> Result<Answer, Missing> {
    let Some(unused) = code.fact.configuration.as_ref() else {
        return Ok(Answer::cleared(
            "the API has no values beside those of the repository",
        ));
    };
    let unread: BTreeSet<&str> = unused
        .environment_variables
        .keys()
        .chain(unused.environment_secrets.keys())
        .map(String::as_str)
        .collect();
    if unread.is_empty() && unused.port.is_none() {
        return Ok(Answer::cleared_by_fact(
            code,
            "the API has no variables, secrets or port that could be ignored",
        ));
    }
    let missed = case.application(Family::MissingVariable)?;
    let missed = missed.iter().find_map(|hit| {
        Some((
            hit,
            hit.capture("name").filter(|name| unread.contains(name))?,
        ))
    });
    let (what, line) = match missed {
        Some((hit, name)) => (
            format!("{name} is set in the service, and the application misses it"),
            Citation::text(
                Ground::Application,
                &hit.first,
                format!("the application misses {name}"),
            ),
        ),
        None => {
            let asked = case.failed_health_check()?;
            let asked = asked.and_then(|probe| Some((probe.fact.port?, probe)));
            let set = unused.port.as_deref().and_then(|port| port.parse().ok());
            let listening = case
                .application(Family::Listening)?
                .into_iter()
                .find(|hit| hit.port().is_some() && hit.port() == set);
            match (asked, listening, set) {
                (Some((asked, _)), Some(hit), Some(set)) if asked != set => (
                    format!("the port {set} is set in the service, and App Runner asks {asked}"),
                    Citation::text(
                        Ground::Application,
                        &hit.first,
                        format!("the application listens on {set}"),
                    ),
                ),
                _ => return unread_at_first(case, code, &unread),
            }
        }
    };
    let names: Vec<String> = unread.iter().take(6).map(|it| (*it).to_owned()).collect();
    let mut finding = Finding::new(
        Role::Cause,
        format!("App Runner does not read the values of the API, because the configuration source is REPOSITORY: {what}"),
        Citation::fact(
            Ground::Configuration,
            code,
            match names.as_slice() {
                [] => "the configuration source is REPOSITORY, and the API has values too".to_owned(),
                names => format!(
                    "the configuration source is REPOSITORY, and {} {} in the API only",
                    words::list(names),
                    if names.len() == 1 { "is" } else { "are" }
                ),
            },
        ),
    )
    .citing(line)
    .touching(Touches::Service)
    .confirmed_by("whether apprunner.yaml of the deployed commit sets it")
    .fixed_by([Step::Text(
        "Put them into apprunner.yaml: variables as a list of `name` and `value` under `run.env`, \
         secrets as `name` and `value-from` under `run.secrets`, the port under \
         `run.network.port`. Then deploy again."
            .to_owned(),
    )]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// The first deployment of a service whose values nobody reads: nothing proves that it missed them,
/// and nothing of this service ever worked without them.
fn unread_at_first(
    case: Case<'_>,
    code: &Observed<&CodeSource>,
    unread: &BTreeSet<&str>,
) -> Result<Answer, Missing> {
    let first = case.attempt.kind == OperationType::CreateService
        && case.attempt.phase() >= Phase::Provision
        && !unread.is_empty();
    if !first {
        return Ok(Answer::cleared_by_fact(
            code,
            "values of the API are not read, and none of them bears on this failure",
        ));
    }
    let file = config_file::of(case)?;
    let lost: Vec<String> = unread
        .iter()
        .filter(|name| {
            !file.as_ref().is_some_and(|file| {
                file.variables.contains(**name) || file.secrets.contains(**name)
            })
        })
        .take(6)
        .map(|name| (*name).to_owned())
        .collect();
    let Some(file) = file.filter(|_| !lost.is_empty()) else {
        return Ok(Answer::cleared_by_fact(
            code,
            "the file sets what the API sets, so nothing is lost",
        ));
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "{} never {} the container: the configuration source is REPOSITORY, and {} sets {} not",
            words::list(&lost),
            if lost.len() == 1 { "reaches" } else { "reach" },
            file.observed.fact.path,
            if lost.len() == 1 { "it" } else { "them" },
        ),
        Citation::fact(
            Ground::Context,
            code,
            "the configuration source is REPOSITORY, so variables and secrets of the API are not read",
        ),
    )
    .citing(Citation::fact(
        Ground::Context,
        &file.observed,
        "the file that is read",
    ))
    .touching(Touches::Service)
    .confirmed_by("whether the application starts without these variables")
    .fixed_by([Step::Text(
        "Put them into apprunner.yaml: variables as a list of `name` and `value` under `run.env`, \
         secrets as `name` and `value-from` under `run.secrets`. Then deploy again."
            .to_owned(),
    )]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// What the file says otherwise and what could have mattered where the deployment failed.
fn differences(
    case: Case<'_>,
    file: &ConfigFile<'_>,
    used: &Configuration,
) -> Result<Vec<String>, Missing> {
    let mut out = Vec::new();
    let pulled = case.platform(|message| {
        matches!(message, Message::SourcePulled | Message::BuildStarted).then_some(())
    })?;
    let built = case
        .attempt
        .find(|message| matches!(message, Message::BuildSucceeded).then_some(()))
        .is_some();
    let runtime_refused = case
        .attempt
        .find(|message| {
            matches!(message, Message::BuildFailed(BuildFailure::Runtime)).then_some(())
        })
        .is_some();
    let phase = case.attempt.phase();
    let building = !built && phase <= Phase::Build && pulled.is_some();
    if building && let (Some(wanted), Some(runtime)) = (&file.runtime, &used.runtime) {
        let same = runtimes::find(runtime).is_some_and(|it| it.file == wanted.text);
        if !same {
            out.push(format!(
                "the file names the runtime {}, and {runtime} is used",
                wanted.text
            ));
        }
    }
    if building && !runtime_refused {
        let commands = file.build.join(" && ");
        let used = used.build_command.as_deref().unwrap_or_default();
        if !file.build.is_empty() && !same_command(&commands, used) {
            out.push(format!(
                "the file builds with `{}`, and {} is used",
                words::start_of(&commands, 120),
                quoted(used)
            ));
        }
    }
    if built || phase >= Phase::Provision {
        let missed = case.application(Family::MissingVariable)?;
        for hit in missed {
            let Some(name) = hit.capture("name") else {
                continue;
            };
            let set = used.environment_variables.contains_key(name)
                || used.environment_secrets.contains_key(name);
            if !set && (file.variables.contains(name) || file.secrets.contains(name)) {
                out.push(format!(
                    "the file sets {name}, which the application misses"
                ));
            }
        }
        let asked = case
            .failed_health_check()?
            .and_then(|probe| probe.fact.port);
        if let (Some(asked), Some(port)) = (asked, &file.port)
            && port.text != asked.to_string()
        {
            let listens = case
                .application(Family::Listening)?
                .iter()
                .any(|hit| hit.port().is_some_and(|it| it.to_string() == port.text));
            if listens {
                out.push(format!(
                    "the file names the port {}, on which the application listens, and {asked} is asked",
                    port.text
                ));
            }
        }
    }
    Ok(out)
}

fn same_command(left: &str, right: &str) -> bool {
    let plain = |text: &str| -> String {
        text.split_whitespace()
            .filter(|word| *word != "&&" && *word != ";")
            .map(|word| word.trim_end_matches(';'))
            .collect::<Vec<_>>()
            .join(" ")
    };
    plain(left) == plain(right)
}

fn quoted(command: &str) -> String {
    match command {
        "" => "no build command".to_owned(),
        command => format!("`{}`", words::start_of(command, 120)),
    }
}

#[cfg(test)]
mod tests {
    use evidence_schema::{
        record::{ConfigurationSource, Origin},
        withheld::{Fingerprint, LengthClass, Withheld},
    };

    use super::*;
    use crate::{finding::Strength, test_support::Sample};

    const FILE: &str = "version: 1.0\nruntime: nodejs18\nbuild:\n  commands:\n    build:\n      - npm ci\n      - npm run build\nrun:\n  command: npm start\n  network:\n    port: 3000\n";
    const BUILDING: &[(i64, &str)] = &[
        (13, "[AppRunner] Successfully pulled source code."),
        (25, "[AppRunner] Starting source code build."),
    ];
    const ASKED: (i64, &str) = (
        440,
        "[AppRunner] Health check failed on protocol `TCP` [Port: '8080']. Check your configured port number.",
    );

    fn with_variable(name: &str) -> Sample {
        Sample::code().with_file_as_source().configuration(|it| {
            it.environment_variables.insert(
                name.to_owned(),
                Withheld {
                    fingerprint: Fingerprint("fp-1".to_owned()),
                    length: LengthClass::Short,
                },
            );
        })
    }

    #[test]
    fn a_file_that_is_not_read_is_told_with_what_it_says_otherwise() {
        let finding = Sample::code()
            .config_file(FILE)
            .events(BUILDING)
            .found(&RULE);
        assert!(
            finding.summary.contains("npm ci && npm run build"),
            "{}",
            finding.summary
        );
        assert_eq!(finding.strength(), Strength::Correlated);
    }

    #[test]
    fn a_variable_of_the_api_that_the_application_misses_is_proven() {
        let finding = with_variable("DATABASE_URL")
            .events(&[ASKED])
            .application(&[(90, "KeyError: 'DATABASE_URL'")])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(finding.summary.contains("DATABASE_URL"));
    }

    #[test]
    fn a_first_deployment_whose_values_are_not_read_is_consistent_with_it() {
        let mut sample = with_variable("LOG_LEVEL")
            .config_file(FILE)
            .events(&[ASKED])
            .operation("FAILED");
        for body in &mut sample.bodies {
            if let evidence_schema::Body::Operation(it) = body {
                it.operation_type = "CREATE_SERVICE".into();
            }
        }
        assert_eq!(sample.found(&RULE).strength(), Strength::ConsistentWith);
    }

    #[test]
    fn what_does_not_bear_on_the_failure_is_not_it() {
        with_variable("LOG_LEVEL")
            .events(&[ASKED])
            .application(&[(90, "KeyError: 'DATABASE_URL'")])
            .cleared(&RULE);
        Sample::code()
            .config_file(FILE)
            .configuration(|it| it.build_command = Some("npm ci && npm run build".to_owned()))
            .events(BUILDING)
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_checkout_or_the_source_of_the_configuration_it_cannot_tell() {
        Sample::code().denied("source-files", "none").missing(&RULE);
        Sample::code()
            .service(|service| {
                if let Origin::Code(code) = &mut service.source.origin {
                    code.configuration_source = Some(ConfigurationSource::Other("X".to_owned()));
                }
            })
            .missing(&RULE);
    }
}
