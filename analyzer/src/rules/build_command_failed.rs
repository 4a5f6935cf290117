//! A command of the build ended with an error.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{BuildFailure, Message, Phase},
    signature::build::{self, BuildHit, Trouble},
    words,
};
use evidence_schema::record::SourceFileRole;

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
                None => unsaid(case),
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
    let known = build::telling(case.attempt.build.iter(), |_| true);
    // A version that a file pins breaks the first step, before a line of the user's own.
    let pin = pinned(case).filter(|_| step == "pre-build" && known.is_none());
    let mut summary = match ran.or(command) {
        Some(command) => format!("The {step} command `{command}` failed"),
        None => format!("A {step} command failed"),
    };
    let directory = code.fact.source_directory.as_deref().unwrap_or("/");
    let advice = match (&known, &pin) {
        (Some(hit), _) => {
            summary.push_str(": ");
            summary.push_str(&reason(hit));
            Some(advice(hit, directory))
        }
        (None, Some((path, _))) => Some(pin_advice(path)),
        (None, None) => None,
    };
    let last = known.as_ref().map(|hit| hit.line).or(last);
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
            if known.is_some() {
                "what the build says of it"
            } else {
                "the last words of the build before it"
            },
        )
    }))
    .citing_if(pin.map(|(path, file)| {
        Citation::fact(
            Ground::Agreement,
            &file,
            format!("the checkout has the file {path}"),
        )
    }))
    .showing(case.attempt.build.last(SHOWN))
    .touching(Touches::Service)
    .confirmed_by("the lines of the build before the failure")
    .fixed_by(advice.map(Step::Text))
    .fixed_by([Step::Text(format!(
        "Mend what the lines of the build name, push to {}, and deploy again. The commands run in \
         {directory}; variables of the service are not visible to them, only those under \
         build.env of apprunner.yaml.",
        code.fact.branch.as_deref().unwrap_or("the branch")
    ))]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// No line tells how the build ended. Where it began and nothing came after it, that is where the
/// deployment failed, which is only what was seen.
fn unsaid(case: Case<'_>) -> Answer {
    let begun = case
        .attempt
        .find(|message| matches!(message, Message::BuildStarted).then_some(()))
        .filter(|_| case.attempt.failed() && case.attempt.phase() <= Phase::Build);
    let another = case
        .attempt
        .find(|message| matches!(message, Message::BuildFailed(_)).then_some(()));
    let (Some((begun, ())), None) = (begun, another) else {
        return Answer::cleared("no build command failed");
    };
    let until = case.attempt.ended.or(case.attempt.failed_at());
    let after = until.map(|until| words::duration(until - begun.time));
    let mut finding = Finding::new(
        Role::Symptom,
        match after {
            Some(after) => format!(
                "The deployment failed {after} after its build began, and App Runner does not say \
                 how the build ended"
            ),
            None => "The deployment failed after its build began, and App Runner does not say how \
                     the build ended"
                .to_owned(),
        },
        Citation::line(
            Ground::Context,
            begun,
            "the build began, and no line tells of its end or of anything after it",
        ),
    )
    .showing(case.attempt.build.last(SHOWN))
    .touching(Touches::Service)
    .confirmed_by("the lines of the build, which stand in the stream of the deployment")
    .fixed_by([Step::Text(
        "Run the build commands in the image of the runtime, with nothing but what is committed; a \
         build that is not done after a while, or runs out of memory there, does so here. If all is \
         well with them, deploy again."
            .to_owned(),
    )]);
    finding.fix.extend(fix::redeploy(case));
    finding.into()
}

/// The file that pins the version of Python, and its record.
fn pinned(case: Case<'_>) -> Option<(String, Observed<()>)> {
    case.evidence
        .surroundings
        .source_files
        .iter()
        .find(|file| {
            file.fact.role == SourceFileRole::RuntimeVersion
                && file.fact.path.ends_with(".python-version")
        })
        .map(|file| {
            let observed = Observed {
                fact: (),
                record: file.record,
                time: file.time,
            };
            (file.fact.path.clone(), observed)
        })
}

fn pin_advice(path: &str) -> String {
    format!(
        "Remove {path} from what App Runner builds: its version is rarely the one that the build \
         image has, and the first step fails on that. The runtime and run.runtime-version choose \
         the version."
    )
}

fn reason(hit: &BuildHit<'_>) -> String {
    let what = &hit.what;
    match hit.trouble {
        Trouble::Unresolved => format!("a dependency could not be resolved ({what})"),
        Trouble::NotCompiled => format!("a dependency could not be compiled ({what})"),
        Trouble::Version => format!("the version {what} is not there"),
        Trouble::Program => format!("{what} was not found"),
        Trouble::Place => format!("{what} is not where it was looked for"),
        Trouble::Variable => format!("the variable {what} is not set during the build"),
        Trouble::Memory => "memory ran out".to_owned(),
        Trouble::Code => format!("the code has a fault ({what})"),
    }
}

fn advice(hit: &BuildHit<'_>, directory: &str) -> String {
    let what = hit.what.as_str();
    match hit.trouble {
        Trouble::Program if matches!(what, "pip" | "python") => {
            format!("The build image of this runtime calls it {what}3: write {what}3.")
        }
        Trouble::Program if is_development_tool(what) => format!(
            "{what} is not installed. Most often it stands among devDependencies, which are left \
             out when NODE_ENV is production: install with `npm ci --include=dev`, or move {what} \
             to dependencies."
        ),
        Trouble::Program => format!(
            "{what} is not in the build image: install it under pre-build, or correct the name."
        ),
        Trouble::Place => format!(
            "The commands begin in {directory}, the source directory: correct it, or the path \
             {what}. A `cd` into the source directory itself is one too many."
        ),
        Trouble::Variable => format!(
            "Variables of the service are not visible to the build: give {what} under build.env of \
             apprunner.yaml, or move what needs it (a migration, collectstatic) to the start."
        ),
        Trouble::Memory => {
            "The size of the build machine is fixed: let the build need less (fewer workers, no \
             source maps), or build an image elsewhere."
                .to_owned()
        }
        Trouble::Version if hit.line.text.contains("(set by") => pin_advice(".python-version"),
        _ => "Mend what the line names; the same command in an empty container of the runtime \
              shows the same."
            .to_owned(),
    }
}

/// Whether a program is one of those that Node.js projects install for themselves.
fn is_development_tool(name: &str) -> bool {
    matches!(
        name,
        "vite"
            | "tsc"
            | "next"
            | "nest"
            | "webpack"
            | "esbuild"
            | "rollup"
            | "tsup"
            | "nuxt"
            | "react-scripts"
            | "vue-cli-service"
            | "ng"
            | "astro"
            | "prisma"
            | "turbo"
            | "tsx"
            | "babel"
            | "swc"
            | "remix"
            | "rimraf"
            | "parcel"
    )
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
    fn the_trouble_is_named_where_the_tool_names_it() {
        for (line, named, advice) in [
            (
                "[Build] /bin/sh: line 1: pip: command not found",
                "pip was not found",
                "pip3",
            ),
            (
                "[Build] sh: 1: vite: not found",
                "vite was not found",
                "devDependencies",
            ),
            (
                "[Build] /bin/sh: line 1: cd: backend: No such file or directory",
                "backend is not",
                "source directory",
            ),
            (
                "[Build] KeyError: 'SECRET_KEY'",
                "SECRET_KEY is not set during",
                "build.env",
            ),
            (
                "[Build] pyenv: version `3.11.9' is not installed (set by /app/.python-version)",
                "3.11.9",
                ".python-version",
            ),
        ] {
            let finding = Sample::code()
                .deployment(&[(80, line), FAILED])
                .found(&RULE);
            assert!(finding.summary.contains(named), "{}", finding.summary);
            assert!(
                matches!(&finding.fix[0], Step::Text(text) if text.contains(advice)),
                "{:?}",
                finding.fix[0]
            );
        }
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
    fn a_build_of_which_no_end_is_told_is_only_what_was_seen() {
        let begun = (74, "[AppRunner] Starting source code build.");
        let finding = Sample::code().events(&[begun]).found(&RULE);
        assert_eq!(finding.role, Role::Symptom);
        assert_eq!(finding.strength(), crate::finding::Strength::ConsistentWith);
        let later = (
            200,
            "[AppRunner] Provisioning instances and deploying image.",
        );
        Sample::code().events(&[begun, later]).cleared(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        Sample::code()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
