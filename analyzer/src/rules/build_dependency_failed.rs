//! A dependency of the build could not be resolved or compiled.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message},
    signature::build::{self, Trouble},
};

/// How many lines of the build are shown.
const SHOWN: usize = 12;

pub(super) const RULE: Rule = Rule {
    id: "build-dependency-failed",
    summary: "A dependency could not be resolved or compiled during the build",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("build_dependency_failed.md"),
    explains: Explains::Only(&["build-command-failed", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if case.code_source()?.is_none() {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    }
    let Some((failed, ())) = case.platform(|message| {
        matches!(message, Message::BuildFailed(BuildFailure::Command(_))).then_some(())
    })?
    else {
        return Ok(Answer::cleared("no build command failed"));
    };
    if case.attempt.build.count() == 0 {
        return Err(Missing::undecided(
            "service-log",
            "the build wrote no line that would tell its trouble",
        ));
    }
    let wanted = |trouble| {
        matches!(
            trouble,
            Trouble::Unresolved | Trouble::NotCompiled | Trouble::Version
        )
    };
    let Some(hit) = build::telling(case.attempt.build.iter(), wanted) else {
        // The tool may have said so in a line that did not come.
        case.service_log()?;
        return Ok(Answer::cleared_by(
            failed,
            "the build tells of no dependency that failed",
        ));
    };
    // What pins the version of the runtime is the build's own affair, and no dependency.
    if hit.trouble == Trouble::Version && hit.line.text.contains("(set by") {
        return Ok(Answer::cleared_by_text(
            hit.line,
            "the version of the runtime is missing, not a dependency",
        ));
    }
    let what = &hit.what;
    let (summary, advice) = match hit.trouble {
        Trouble::NotCompiled => (
            format!("A dependency could not be compiled: {what}"),
            "The build image has no compiler or library for it. Take a version that comes compiled \
             (psycopg2-binary for psycopg2, a release with wheels or prebuilt binaries for this \
             runtime), install what is missing under pre-build (yum install -y gcc python3-devel \
             …), or deploy an image that you build yourself."
                .to_owned(),
        ),
        Trouble::Version => (
            format!("A dependency demands another version of the runtime: {what}"),
            "Set run.runtime-version, or the runtime, to one that fits, or take a version of the \
             dependency that fits the runtime."
                .to_owned(),
        ),
        _ => (
            format!("A dependency could not be resolved: {what}"),
            "Make the file of dependencies and its lock file agree, and push both; a package of a \
             private registry needs its credentials under build.env."
                .to_owned(),
        ),
    };
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            hit.line,
            "the tool that installs dependencies gave up here",
        ),
    )
    .citing(Citation::line(
        Ground::Agreement,
        failed,
        "App Runner stopped at the command",
    ))
    .showing(case.attempt.build.last(SHOWN))
    .touching(Touches::Service)
    .confirmed_by("the same command in an empty container of the runtime")
    .fixed_by([Step::Text(advice)]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
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
    fn a_driver_that_needs_a_compiler() {
        let finding = Sample::code()
            .deployment(&[
                (80, "[Build] Collecting psycopg2"),
                (81, "[Build]   Error: pg_config executable not found."),
                FAILED,
            ])
            .found(&RULE);
        assert!(finding.summary.contains("pg_config"));
    }

    #[test]
    fn a_version_that_does_not_exist() {
        let finding = Sample::code()
            .deployment(&[
                (80, "[Build] npm error code ETARGET"),
                (
                    80,
                    "[Build] npm error notarget No matching version found for left-pad@9.9.9.",
                ),
                FAILED,
            ])
            .found(&RULE);
        assert!(finding.summary.contains("left-pad@9.9.9"));
    }

    #[test]
    fn other_errors_of_a_build_are_not_laid_to_dependencies() {
        Sample::code()
            .deployment(&[(80, "[Build] sh: 1: vite: not found"), FAILED])
            .cleared(&RULE);
        Sample::code()
            .deployment(&[(
                80,
                "[AppRunner] Successfully built your application source code.",
            )])
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn a_log_that_was_read_in_part_clears_no_dependency() {
        let sample = Sample::code().deployment(&[(80, "[Build] Collecting psycopg2"), FAILED]);
        sample.cleared(&RULE);
        let missing = sample
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
        assert_eq!(missing.source, "service-log");
    }

    #[test]
    fn without_lines_of_the_build_it_cannot_tell() {
        Sample::code().deployment(&[FAILED]).missing(&RULE);
        Sample::code()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
