//! App Runner does not accept the runtime or its version.

use super::{About, Explains, Rule, fix};
use crate::{
    config_file,
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message},
    runtimes,
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
    let file = if from_file {
        config_file::of(case).ok().flatten()
    } else {
        None
    };
    let named = match &file {
        Some(file) => file.runtime.as_ref().map(|it| it.text.as_str()),
        None => code
            .fact
            .configuration
            .as_ref()
            .and_then(|configuration| configuration.runtime.as_deref())
            .filter(|_| !from_file),
    };
    let version = file
        .as_ref()
        .and_then(|file| file.version.as_ref())
        .map(|it| it.text.as_str());
    let summary = match (named, version) {
        (Some(name), Some(version)) => {
            format!("App Runner does not accept the runtime {name} in the version {version}")
        }
        (Some(name), None) => format!("App Runner does not accept the runtime {name}"),
        (None, _) => {
            "App Runner does not accept the runtime or runtime-version in apprunner.yaml".to_owned()
        }
    };
    let known = named.and_then(runtimes::find);
    let ended = known.and_then(|it| it.ended);
    let supported = runtimes::supported(from_file);
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
    .citing_if(file.as_ref().and_then(|file| {
        let at = file.runtime.as_ref()?;
        Some(Citation::fact(
            Ground::Context,
            &file.observed,
            format!(
                "{} of the checkout names it on line {}",
                file.observed.fact.path, at.line
            ),
        ))
    }))
    .citing_if(ended.map(|ended| {
        Citation::fact(
            Ground::Configuration,
            &code,
            format!("support for it ended on {ended}"),
        )
    }))
    .touching(Touches::Service)
    .confirmed_by(place);
    if let Some(name) = named {
        finding
            .fix
            .push(Step::Text(runtimes::advice(name, version, from_file)));
    }
    finding.fix.push(Step::Text(format!(
        "Set {place} to a supported one: {}. A version has to be one that App Runner has \
         released; leave it out to get the newest.",
        supported.join(", ")
    )));
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
    fn the_value_that_would_do_is_named() {
        let finding = Sample::code()
            .service(|service| {
                if let Origin::Code(code) = &mut service.source.origin {
                    code.configuration_source = Some(ConfigurationSource::Repository);
                }
            })
            .deployment(&[REFUSED])
            .config_file("version: 1.0\nruntime: python3\nbuild:\n  commands:\n    build:\n      - pip3 install .\nrun:\n  runtime-version: 3.11\n  command: python3 app.py\n")
            .found(&RULE);
        assert!(finding.summary.contains("python3 in the version 3.11"));
        let Step::Text(advice) = &finding.fix[0] else {
            panic!("a sentence comes first")
        };
        assert!(advice.contains("python311"), "{advice}");
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
