//! A module, a package or a file that the application needs is not there when it starts.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
};

/// How many lines of the application are shown.
const SHOWN: usize = 8;

pub(super) const RULE: Rule = Rule {
    id: "module-missing",
    summary: "A module, package or file is missing where the application runs",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("module_missing.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let (hits, stopped) = match ending::of(case, &[Family::ModuleNotFound, Family::FileNotFound])? {
        Ending::Silent => {
            return Ok(Answer::cleared(
                "the application misses no module and no file",
            ));
        }
        Ending::WentOn(line) => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens although it missed something",
            ));
        }
        Ending::Ended { hits, stopped } => (hits, stopped),
    };
    // What is missing first takes the rest with it, and a module says more than a file.
    let hit = hits
        .iter()
        .find(|hit| hit.signature.family == Family::ModuleNotFound)
        .copied()
        .unwrap_or(hits[0]);
    let what = hit.capture("what").unwrap_or("something");
    let kind = kind(hit, what);
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "{} {what} is missing where the application runs",
            kind.noun()
        ),
        Citation::text(
            Ground::Application,
            &hit.first,
            format!("the application does not find {what}"),
        ),
    )
    .citing_if(ending::citation(stopped))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by("a look into what was deployed");
    finding.fix.push(Step::Text(
        kind.advice(what, case.image_source()?.is_some()),
    ));
    finding.fix.extend(fix::run_image(case));
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// What is missing.
#[derive(Clone, Copy)]
enum Kind {
    /// A file of the project, or one that its build makes.
    Own,
    /// A package of somebody else.
    Package,
    /// A library of the system.
    Library,
}

fn kind(hit: &Hit, what: &str) -> Kind {
    match hit.signature.id {
        "shared-library" | "c-library-version" => Kind::Library,
        "next-build-missing" | "prisma-not-generated" | "php-required-file" => Kind::Own,
        _ if hit.signature.family == Family::FileNotFound => Kind::Own,
        _ if what.starts_with(['.', '/']) => Kind::Own,
        _ => Kind::Package,
    }
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Own => "The file",
            Self::Package => "The package",
            Self::Library => "The library",
        }
    }

    fn advice(self, what: &str, image: bool) -> String {
        match (self, image) {
            (Self::Own, true) => format!(
                "Copy {what} into the last stage of the Dockerfile, after the step that makes it \
                 if it is generated (prisma generate, next build, tsc), and see that .dockerignore \
                 does not leave it out."
            ),
            (Self::Own, false) => format!(
                "Commit {what}, or let a build command make it; paths are counted from the source \
                 directory, and upper and lower case differ."
            ),
            (Self::Package, true) => format!(
                "Name {what} among the dependencies that the image installs, not only among those \
                 for development, and commit the lock file."
            ),
            (Self::Package, false) => format!(
                "Name {what} in the file of dependencies that the build installs, and push it."
            ),
            (Self::Library, _) => format!(
                "Install {what} in the image that runs, or build on the same base image as it."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

    const STOPPED: (i64, &str) = (
        100,
        "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1",
    );

    fn sample(line: &str) -> Sample {
        Sample::image()
            .events(PULLED)
            .events(&[STOPPED])
            .application(&[(90, line)])
    }

    #[test]
    fn modules_files_and_libraries_are_named() {
        for (line, named) in [
            (
                "Error: Cannot find module './lib/generated/client'",
                "The file ./lib/generated/client",
            ),
            (
                "ModuleNotFoundError: No module named 'redis'",
                "The package redis",
            ),
            (
                "FileNotFoundError: [Errno 2] No such file or directory: 'schema.sql'",
                "The file schema.sql",
            ),
            (
                "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
                "The library libGL.so.1",
            ),
        ] {
            let finding = sample(line).found(&RULE);
            assert!(finding.summary.starts_with(named), "{}", finding.summary);
        }
    }

    #[test]
    fn a_file_that_may_be_missing_is_no_cause() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (
                    90,
                    "Error: ENOENT: no such file or directory, open '/app/.env'",
                ),
                (91, "Server listening on port 3000"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        Sample::image()
            .events(PULLED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
