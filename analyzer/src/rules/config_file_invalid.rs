//! App Runner read `apprunner.yaml` and did not take it.

use super::{About, Explains, Rule, fix};
use crate::{
    config_file::{self, ConfigFile, Fault},
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message},
};

pub(super) const RULE: Rule = Rule {
    id: "config-file-invalid",
    summary: "App Runner does not take apprunner.yaml as it is written",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("config_file_invalid.md"),
    explains: Explains::Only(&["build-command-failed", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    };
    if code
        .fact
        .configuration_source
        .as_ref()
        .is_some_and(|source| source.as_str() == "API")
    {
        return Ok(Answer::NotApplicable(
            "the configuration comes from the API, so apprunner.yaml is not read".to_owned(),
        ));
    }
    let taken = case.platform(|message| {
        matches!(
            message,
            Message::ConfigAccepted | Message::BuildStarted | Message::BuildSucceeded
        )
        .then_some(())
    })?;
    if let Some((line, ())) = taken {
        return Ok(Answer::cleared_by(line, "the file was accepted"));
    }
    // These have reasons of their own, and rules.
    if let Some((line, ())) = case.attempt.find(|message| {
        matches!(
            message,
            Message::SourcePullFailed(_)
                | Message::BuildFailed(
                    BuildFailure::Command(_)
                        | BuildFailure::ConfigMissing(_)
                        | BuildFailure::Runtime
                )
        )
        .then_some(())
    }) {
        return Ok(Answer::cleared_by(
            line,
            "App Runner names another reason than the form of the file",
        ));
    }
    let reading = case
        .attempt
        .find(|message| matches!(message, Message::ConfigReading).then_some(()));
    let refused = case.attempt.find(|message| match message {
        Message::BuildFailed(BuildFailure::Other(reason)) => Some(reason.as_str()),
        _ => None,
    });
    let file = config_file::of(case);
    let faults: Vec<&Fault> = match &file {
        Ok(Some(file)) => file.faults.iter().filter(|it| it.certain).collect(),
        _ => vec![],
    };
    let Some((first, stated)) = ground(reading.map(|it| it.0), refused) else {
        if !case.attempt.failed() {
            return Ok(Answer::NotApplicable(
                "the deployment has not failed".to_owned(),
            ));
        }
        if case.pulled()?.is_none() {
            return Ok(Answer::cleared("App Runner did not come to read the file"));
        }
        return match &file {
            Ok(Some(file)) if !faults.is_empty() => Ok(finished(
                case,
                file_finding(file, &faults, Ground::Agreement, None),
                Some(file),
            )),
            Ok(_) => Ok(Answer::cleared("App Runner names no trouble with the file")),
            Err(missing) => Err(missing.clone()),
        };
    };
    Ok(match &file {
        Ok(Some(file)) if !faults.is_empty() => finished(
            case,
            file_finding(file, &faults, Ground::Configuration, Some(first)),
            Some(file),
        ),
        Ok(Some(file)) => {
            let finding = Finding::new(
                Role::Cause,
                format!(
                    "App Runner stopped at {}{}",
                    config_file::NAME,
                    reason(stated)
                ),
                first,
            )
            .citing(Citation::fact(
                Ground::Context,
                &file.observed,
                "the file of the checkout has no fault; what was deployed may be another",
            ));
            finished(case, finding, Some(file))
        }
        Ok(None) | Err(_) => {
            let finding = Finding::new(
                Role::Cause,
                format!(
                    "App Runner stopped at {}{}",
                    config_file::NAME,
                    reason(stated)
                ),
                first,
            );
            finished(case, finding, None)
        }
    })
}

/// What shows that the file was the last that App Runner did: the line, and the reason it gave.
fn ground<'a>(
    reading: Option<&crate::attempt::PlatformLine>,
    refused: Option<(&crate::attempt::PlatformLine, &'a str)>,
) -> Option<(Citation, &'a str)> {
    let about_file = |reason: &str| {
        let reason = reason.to_ascii_lowercase();
        reason.contains("yaml") || reason.contains("configuration file")
    };
    match (reading, refused) {
        (_, Some((line, reason))) if about_file(reason) => Some((
            Citation::line(Ground::Platform, line, "App Runner refused the file"),
            reason,
        )),
        (Some(_), Some((line, _))) => Some((
            Citation::line(
                Ground::Agreement,
                line,
                "the build failed at once after the file was read, before any command",
            ),
            "",
        )),
        (Some(reading), None) => Some((
            Citation::line(
                Ground::Agreement,
                reading,
                "the file was being read, and App Runner never wrote that it took it",
            ),
            "",
        )),
        (None, _) => None,
    }
}

fn reason(stated: &str) -> String {
    match stated {
        "" => " and does not say why".to_owned(),
        reason => format!(": {reason}"),
    }
}

fn file_finding(
    file: &ConfigFile<'_>,
    faults: &[&Fault],
    ground: Ground,
    first: Option<Citation>,
) -> Finding {
    let path = file.observed.fact.path.as_str();
    let fault = faults[0];
    let shown = Citation::fact(
        ground,
        &file.observed,
        format!("line {} of {path}: {}", fault.line, fault.what),
    );
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "App Runner does not take {path}: on line {}, {}",
            fault.line, fault.what
        ),
        shown,
    )
    .citing_if(first);
    for fault in &faults[1..] {
        finding = finding.citing(Citation::fact(
            Ground::Context,
            &file.observed,
            format!("line {} of {path}: {}", fault.line, fault.what),
        ));
    }
    finding
}

fn finished(case: Case<'_>, finding: Finding, file: Option<&ConfigFile<'_>>) -> Answer {
    let mut finding = finding
        .touching(Touches::Service)
        .confirmed_by("the file of the very commit that was deployed, read by a YAML parser");
    let unknown = file
        .into_iter()
        .flat_map(|file| file.faults.iter().filter(|it| !it.certain));
    for fault in unknown {
        finding
            .fix
            .push(Step::Text(format!("Line {}: {}.", fault.line, fault.what)));
    }
    finding.fix.push(Step::Text(
        "Two spaces a level and no tabs; `version: 1.0`, `runtime`, `build.commands.build` as a \
         list and `run.command` are required; `env` is a list of `name` and `value`. Mend the line, \
         commit, and deploy again."
            .to_owned(),
    ));
    finding.fix.extend(fix::redeploy(case));
    finding.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Strength, test_support::Sample};

    const READING: (i64, &str) = (24, "[AppRunner] Reading apprunner.yaml config file.");
    const FAILED: (i64, &str) = (
        25,
        "[AppRunner] Failed to build your application source code.",
    );
    const BROKEN: &str = "version: 1.0\nruntime: python311\nbuild:\n  commands:\n    build:\n      - pip3 install .\n   env:\n    - name: STAGE\n      value: ‹withheld›\nrun:\n  command: python3 main.py\n";
    const GOOD: &str = "version: 1.0\nruntime: python311\nbuild:\n  commands:\n    build:\n      - pip3 install .\nrun:\n  command: python3 main.py\n";

    fn read() -> Sample {
        Sample::code()
            .with_file_as_source()
            .events(&[READING])
            .deployment(&[FAILED])
    }

    #[test]
    fn the_line_of_the_checkout_is_named() {
        let finding = read().config_file(BROKEN).found(&RULE);
        assert!(finding.summary.contains("on line 7"), "{}", finding.summary);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
    }

    #[test]
    fn without_the_file_the_moment_of_the_failure_speaks() {
        let finding = read().found(&RULE);
        assert_eq!(finding.strength(), Strength::Correlated);
        assert!(finding.summary.contains("does not say why"));
        let good = read().config_file(GOOD).found(&RULE);
        assert_eq!(good.strength(), Strength::Correlated);
    }

    #[test]
    fn a_file_that_was_taken_or_is_not_read_is_not_it() {
        read()
            .config_file(BROKEN)
            .events(&[(26, "[AppRunner] Successfully Validate configuration file.")])
            .cleared(&RULE);
        read()
            .deployment(&[(26, "[AppRunner] Failed to build your application source code. Reason: The specified runtime version is not supported.")])
            .cleared(&RULE);
        Sample::code().config_file(BROKEN).not_applicable(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        Sample::code()
            .with_file_as_source()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
