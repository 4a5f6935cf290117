//! What the start command calls cannot be started.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    commands::{self, Start},
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
    words,
};

/// How many lines of the application are shown.
const SHOWN: usize = 6;

pub(super) const RULE: Rule = Rule {
    id: "start-command-failed",
    summary: "What the start command calls cannot be started",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("start_command_failed.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let mut hits = case.application(Family::CommandNotFound)?;
    hits.extend(
        case.application(Family::PermissionDenied)?
            .into_iter()
            .filter(|hit| matches!(hit.signature.id, "exec-permission" | "shell-permission")),
    );
    let start = commands::start(case)?;
    // Node.js calls its main file a module.
    let main = |hit: &&Hit| {
        let word = start
            .command()
            .and_then(|it| it.fact.simple.first()?.last().cloned());
        let what = hit.capture("what");
        hit.signature.id == "module-not-found"
            && word.zip(what).is_some_and(|(word, what)| {
                what.starts_with('/') && what.ends_with(word.trim_start_matches("./"))
            })
    };
    hits.extend(
        case.application(Family::ModuleNotFound)?
            .iter()
            .filter(|hit| main(hit)),
    );
    hits.sort_by_key(|hit| hit.first.record);
    let (hits, stopped) = match ending::judge(case, hits)? {
        Ending::Silent => return by_exit_code(case, &start),
        Ending::WentOn(line) => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens, so what it missed was not needed",
            ));
        }
        Ending::Ended { hits, stopped } => (hits, stopped),
    };
    let hit = hits[0];
    let what = hit.capture("what").unwrap_or("a program");
    let trouble = Trouble::of(hit, what);
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The application cannot be started: {}",
            trouble.summary(what)
        ),
        Citation::text(Ground::Application, &hit.first, trouble.summary(what)),
    )
    .citing_if(command(&start))
    .citing_if(ending::citation(stopped))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by("the same command in the image that was deployed");
    finding.fix.push(Step::Text(trouble.advice(what)));
    finish(case, &mut finding, what);
    Ok(finding.into())
}

/// Exit codes 126 and 127 say the same, if less: a shell or the runtime found no program.
fn by_exit_code(case: Case<'_>, start: &Start) -> Result<Answer, Missing> {
    let Some((line, Some(code @ (126 | 127)))) = case.stopped()? else {
        return Ok(Answer::cleared(
            "the application misses no program that it starts",
        ));
    };
    // Lines that it wrote may tell another story, and an image for another processor ends so too.
    if !case.application(Family::ExecFormat)?.is_empty() {
        return Ok(Answer::cleared_by(
            line,
            "the program is for another processor",
        ));
    }
    let mut finding = Finding::new(
        Role::Cause,
        told(code, start),
        Citation::line(Ground::Agreement, line, meaning(code)),
    )
    .citing_if(command(start))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by("the same command in the image that was deployed");
    finding.fix.push(Step::Text(
        if code == 127 {
            "Start a program that is in the image and in its PATH, by its full path if in doubt."
        } else {
            "Make the file executable (chmod +x, or git update-index --chmod=+x), and see that \
             its first line names a program of the image."
        }
        .to_owned(),
    ));
    finish(case, &mut finding, "");
    Ok(finding.into())
}

fn told(code: i32, start: &Start) -> String {
    match start.command() {
        Some(command) => format!(
            "The start command `{}` failed with exit code {code}: {}",
            words::start_of(&command.fact.text, 120),
            meaning(code)
        ),
        None => format!(
            "The application cannot be started: exit code {code}, {}",
            meaning(code)
        ),
    }
}

fn meaning(code: i32) -> &'static str {
    if code == 127 {
        "a command was not found"
    } else {
        "a command may not be executed"
    }
}

fn command(start: &Start) -> Option<Citation> {
    start.command().map(|command| {
        Citation::fact(
            Ground::Context,
            command,
            format!(
                "the start command of the service is `{}`",
                words::start_of(&command.fact.text, 200)
            ),
        )
    })
}

fn finish(case: Case<'_>, finding: &mut Finding, what: &str) {
    if let Some(image) = fix::image_identifier(case) {
        let look = if what.starts_with(['/', '.']) {
            what
        } else {
            "."
        };
        finding.fix.push(Step::command(&[
            "docker",
            "run",
            "--rm",
            "--platform",
            "linux/amd64",
            "--entrypoint",
            "ls",
            &image,
            look,
        ]));
    }
    finding.fix.extend(fix::redeploy(case));
}

/// Why it cannot be started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The program is not there.
    Program,
    /// A path that begins where the program does not run.
    RelativePath,
    /// A file that is not there.
    File,
    /// It may not be executed.
    NotExecutable,
    /// Its first line names a program that is not there.
    Interpreter,
    /// It is there and has nothing of that name inside.
    Inside,
    /// The user has no shell.
    Nologin,
}

impl Trouble {
    fn of(hit: &Hit, what: &str) -> Self {
        match hit.signature.id {
            "nologin" => Self::Nologin,
            "bad-interpreter" | "env-interpreter" | "exec-user-process" => Self::Interpreter,
            "asgi-attribute" | "asgi-import" | "npm-missing-script" | "java-main-class"
            | "jar-without-main" | "flask-application" | "python-main" | "yarn-command" => {
                Self::Inside
            }
            _ if hit.signature.family == Family::PermissionDenied => Self::NotExecutable,
            _ if what.starts_with('/') => Self::File,
            _ if what.contains('/') || what.contains('.') => Self::RelativePath,
            _ => Self::Program,
        }
    }

    fn summary(self, what: &str) -> String {
        match self {
            Self::Program => format!("{what} was not found"),
            Self::RelativePath | Self::File => format!("there is no file {what}"),
            Self::NotExecutable => format!("{what} may not be executed"),
            Self::Interpreter => format!("the program that runs it is missing ({what})"),
            Self::Inside => format!("{what} is not there to be started"),
            Self::Nologin => "the user of the container has no login shell".to_owned(),
        }
    }

    fn advice(self, what: &str) -> String {
        match self {
            Self::Program => format!(
                "Install {what} in what runs, or name it by its full path. A start command of the \
                 service replaces the image's own, and keeps its value in updates that do not \
                 mention it."
            ),
            Self::RelativePath => format!(
                "Name {what} by its full path: the working directory is that of the image \
                 (WORKDIR), or the source directory, and perhaps not the one in which it was \
                 tried."
            ),
            Self::File => format!(
                "Copy {what} into the last stage of the image, or correct the path in the command."
            ),
            Self::NotExecutable => format!(
                "Make {what} executable: RUN chmod +x in the Dockerfile, or git update-index \
                 --chmod=+x, and see that the image's USER may read it."
            ),
            Self::Interpreter => {
                "The first line of the script names a program that the image does not have \
                 (bash in an Alpine image), or ends with a carriage return of Windows: save it \
                 with line ends of Unix and use #!/bin/sh."
                    .to_owned()
            }
            Self::Inside => format!(
                "Correct the name in the command ({what}): module and object of the server, the \
                 script in package.json, or the main class, as seen from the working directory."
            ),
            Self::Nologin => {
                "Give the user of the container a shell (useradd --shell /bin/sh), or start the \
                 program without su."
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

    fn stopped(code: i32) -> String {
        format!(
            "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: {code}"
        )
    }

    #[test]
    fn a_relative_path_is_told_as_such() {
        let finding = Sample::image()
            .configuration(|it| it.start_command = Some("sh ./scripts/start.sh".to_owned()))
            .events(PULLED)
            .events(&[(100, &stopped(2))])
            .application(&[(90, "sh: 0: cannot open ./scripts/start.sh: No such file")])
            .found(&RULE);
        assert!(finding.summary.contains("./scripts/start.sh"));
        assert!(matches!(&finding.fix[0], Step::Text(text) if text.contains("full path")));
    }

    #[test]
    fn programs_scripts_and_shells_that_are_missing() {
        for line in [
            "exec: \"gunicorn\": executable file not found in $PATH",
            "exec /app/start.sh: permission denied",
            "This account is currently not available.",
            "npm error Missing script: \"start\"",
            "Error: Could not find or load main class com.example.Shop",
        ] {
            Sample::image()
                .events(PULLED)
                .events(&[(100, &stopped(1))])
                .application(&[(90, line)])
                .found(&RULE);
        }
    }

    #[test]
    fn the_main_file_of_node_js_is_the_start_command_s_business() {
        Sample::image()
            .configuration(|it| it.start_command = Some("node dist/main.js".to_owned()))
            .events(PULLED)
            .events(&[(100, &stopped(1))])
            .application(&[(90, "Error: Cannot find module '/app/dist/main.js'")])
            .found(&RULE);
    }

    #[test]
    fn an_exit_code_says_it_with_less_certainty() {
        let of = |code| {
            Sample::image()
                .events(PULLED)
                .events(&[(100, &stopped(code))])
        };
        assert!(of(127).found(&RULE).summary.contains("not found"));
        of(1).cleared(&RULE);
        of(127)
            .application(&[(90, "exec /bin/sh: exec format error")])
            .cleared(&RULE);
    }

    #[test]
    fn what_a_script_does_without_is_no_cause() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "/app/start.sh: 3: git: not found"),
                (95, "Server listening on port 3000"),
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
