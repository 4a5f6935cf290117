//! A command of the build ended with an error.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message},
};

/// How many lines of the build are shown.
const SHOWN: usize = 12;

pub(super) const RULE: Rule = Rule {
    id: "build-command-failed",
    summary: "A build command ended with an error",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("build_command_failed.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    };
    let Some((line, step)) = case.platform(|message| match message {
        Message::BuildFailed(BuildFailure::Command(step)) => Some(step),
        _ => None,
    })?
    else {
        return Ok(
            match case
                .attempt
                .find(|message| matches!(message, Message::BuildSucceeded).then_some(()))
            {
                Some((built, ())) => Answer::cleared_by(built, "the build went well"),
                None => Answer::cleared("no build command failed"),
            },
        );
    };

    let step = step.replace('_', "-");
    let command = code
        .fact
        .configuration
        .as_ref()
        .and_then(|configuration| configuration.build_command.as_deref())
        .filter(|_| step == "build");
    let last = case
        .attempt
        .build
        .iter()
        .rev()
        .find(|line| is_telling(&line.text));
    let ran = case
        .attempt
        .build
        .iter()
        .rev()
        .find_map(|line| command_of(&line.text));
    let summary = match ran.or(command) {
        Some(command) => format!("The {step} command `{command}` failed"),
        None => format!("A {step} command failed"),
    };
    let directory = code.fact.source_directory.as_deref().unwrap_or("/");
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::line(
            Ground::Platform,
            line,
            format!("App Runner stopped at the {step} command"),
        ),
    )
    .citing_if(last.map(|line| {
        Citation::text(
            Ground::Context,
            line,
            "the last words of the build before it",
        )
    }))
    .showing(case.attempt.build.last(SHOWN))
    .touching(Touches::Service)
    .confirmed_by("the lines of the build before the failure")
    .fixed_by([Step::Text(format!(
        "Mend what the lines of the build name, push to {}, and deploy again. The commands run in \
         {directory}; variables of the service are not visible to them, only those under \
         build.env of apprunner.yaml.",
        code.fact.branch.as_deref().unwrap_or("the branch")
    ))]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// Whether a line of the build says more than where it was.
fn is_telling(text: &str) -> bool {
    let text = text.split_once("] ").map_or(text, |(_, text)| text);
    !text.trim().is_empty() && !text.starts_with("Step ") && !text.starts_with(" --->")
}

/// The command that docker names in the line with which it gives up.
fn command_of(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("The command '/bin/sh -c ")?;
    Some(rest.split_once("' returned a non-zero code")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Sample;

    const FAILED: (i64, &str) = (
        95,
        "[AppRunner] Failed to build your application source code. Reason: Failed to execute 'build' command.",
    );

    #[test]
    fn the_last_lines_of_the_build_are_shown() {
        let finding = Sample::code()
            .deployment(&[
                (
                    10,
                    "[AppRunner] Starting to build your application source code.",
                ),
                (80, "[Build] > tsc"),
                (81, "[Build] src/a.ts(3,7): error TS2322: Type 'string'"),
                (82, "[Build] "),
                FAILED,
            ])
            .found(&RULE);
        assert!(finding.summary.contains("npm run build"));
        assert_eq!(finding.excerpt.len(), 3);
        assert!(
            finding.citations()[1]
                .quote
                .as_ref()
                .unwrap()
                .contains("TS2322")
        );
    }

    #[test]
    fn the_command_is_the_one_that_docker_names() {
        let finding = Sample::code()
            .deployment(&[
                (
                    80,
                    "[Build] The command '/bin/sh -c cd api && make' returned a non-zero code: 2",
                ),
                FAILED,
            ])
            .found(&RULE);
        assert_eq!(finding.summary, "The build command `cd api && make` failed");
    }

    #[test]
    fn a_build_that_went_well_is_not_to_blame_for_a_failed_start() {
        Sample::code()
            .deployment(&[
                (
                    80,
                    "[AppRunner] Successfully built your application source code.",
                ),
                (
                    160,
                    "[AppRunner] Failed to deploy your application source code.",
                ),
            ])
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
