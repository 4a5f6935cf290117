//! App Runner does not accept the runtime or its version.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message},
};

pub(super) const RULE: Rule = Rule {
    id: "runtime-unsupported",
    summary: "App Runner does not accept the runtime or its version",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("runtime_unsupported.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

/// A managed runtime: its name in the API, in `apprunner.yaml`, and when its support ended.
struct Runtime {
    api: &'static str,
    file: &'static str,
    ended: Option<&'static str>,
}

const fn runtime(api: &'static str, file: &'static str, ended: Option<&'static str>) -> Runtime {
    Runtime { api, file, ended }
}

/// The managed runtimes, as documented in 2026.
const RUNTIMES: &[Runtime] = &[
    runtime("PYTHON_3", "python3", Some("2025-12-01")),
    runtime("PYTHON_311", "python311", None),
    runtime("NODEJS_12", "nodejs12", Some("2025-12-01")),
    runtime("NODEJS_14", "nodejs14", Some("2025-12-01")),
    runtime("NODEJS_16", "nodejs16", Some("2025-12-01")),
    runtime("NODEJS_18", "nodejs18", Some("2025-12-01")),
    runtime("NODEJS_22", "nodejs22", None),
    runtime("CORRETTO_8", "corretto8", None),
    runtime("CORRETTO_11", "corretto11", None),
    runtime("DOTNET_6", "dotnet6", Some("2025-12-01")),
    runtime("GO_1", "go1", Some("2025-12-01")),
    runtime("PHP_81", "php81", Some("2025-12-31")),
    runtime("RUBY_31", "ruby31", Some("2025-12-01")),
];

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    };
    let Some((line, ())) = case.platform(|message| match message {
        Message::BuildFailed(BuildFailure::Runtime) => Some(()),
        _ => None,
    })?
    else {
        return Ok(
            match case.attempt.find(|message| {
                matches!(message, Message::BuildStarted | Message::BuildSucceeded).then_some(())
            }) {
                Some((begun, ())) => {
                    Answer::cleared_by(begun, "the build began, so the runtime was accepted")
                }
                None => Answer::cleared("App Runner did not refuse the runtime"),
            },
        );
    };

    // The API's runtime is ignored when the configuration comes from the repository.
    let from_file = code
        .fact
        .configuration_source
        .as_ref()
        .is_none_or(|source| source.as_str() == "REPOSITORY");
    let named = code
        .fact
        .configuration
        .as_ref()
        .and_then(|configuration| configuration.runtime.as_deref())
        .filter(|_| !from_file);
    let summary = match named {
        Some(name) => format!("App Runner does not accept the runtime {name}"),
        None => {
            "App Runner does not accept the runtime or runtime-version in apprunner.yaml".to_owned()
        }
    };
    let ended = RUNTIMES
        .iter()
        .find(|it| Some(it.api) == named)
        .and_then(|it| it.ended);
    let supported: Vec<&str> = RUNTIMES
        .iter()
        .filter(|it| it.ended.is_none())
        .map(|it| if from_file { it.file } else { it.api })
        .collect();
    let place = if from_file {
        "`runtime` and `run.runtime-version` in apprunner.yaml"
    } else {
        "the runtime of the service"
    };
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::line(Ground::Platform, line, "App Runner refused the runtime"),
    )
    .citing_if(ended.map(|ended| {
        Citation::fact(
            Ground::Configuration,
            &code,
            format!("support for it ended on {ended}"),
        )
    }))
    .touching(Touches::Service)
    .confirmed_by(place)
    .fixed_by([Step::Text(format!(
        "Set {place} to a supported one: {}. A version has to be one that App Runner has \
         released; leave it out to get the newest.",
        supported.join(", ")
    ))]);
    if from_file {
        finding.fix.extend(fix::redeploy(case));
    } else {
        finding.fix.extend(fix::edit_source(case));
    }
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence_schema::record::{ConfigurationSource, Origin};

    use crate::test_support::Sample;

    const REFUSED: (i64, &str) = (
        20,
        "[AppRunner] Failed to build your application source code. Reason: The specified runtime version is not supported. Refer to the Release information in the App Runner Developer guide for supported runtime versions.",
    );

    #[test]
    fn the_runtime_of_the_api_is_named_with_its_end() {
        let finding = Sample::code().deployment(&[REFUSED]).found(&RULE);
        assert!(finding.summary.contains("NODEJS_18"));
        assert!(finding.citations()[1].shows.contains("2025-12-01"));
    }

    #[test]
    fn the_runtime_of_a_file_is_not_guessed() {
        let finding = Sample::code()
            .service(|service| {
                if let Origin::Code(code) = &mut service.source.origin {
                    code.configuration_source = Some(ConfigurationSource::Repository);
                }
            })
            .deployment(&[REFUSED])
            .found(&RULE);
        assert!(
            !finding.summary.contains("NODEJS_18") && finding.summary.contains("apprunner.yaml")
        );
    }

    #[test]
    fn a_build_that_began_had_its_runtime() {
        Sample::code()
            .deployment(&[(
                20,
                "[AppRunner] Starting to build your application source code.",
            )])
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        Sample::code()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
