//! The start command is written for a shell, and App Runner starts it without one.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    attempt::Outcome,
    commands::{self, Command, Start, Syntax},
    evidence::{Case, Missing, Observed, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
    words,
};
use evidence_schema::record::OperationType;

/// How many lines of the application are shown.
const SHOWN: usize = 6;

pub(super) const RULE: Rule = Rule {
    id: "start-command-not-run-by-shell",
    summary: "The start command needs a shell, and App Runner starts it without one",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("start_command_not_run_by_shell.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "container-never-started",
        "health-check-failed",
        "module-missing",
        "port-mismatch",
        "silent-rollback",
        "start-command-failed",
        "wrong-environment-variable",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let start = commands::start(case)?;
    let (hits, stopped) = match ending::of(case, &[Family::ShellSyntax])? {
        Ending::Silent => return unsaid(case, &start),
        Ending::WentOn(line) => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens all the same",
            ));
        }
        Ending::Ended { hits, stopped } => (hits, stopped),
    };
    let hit = ending::telling(&hits, "what");
    let what = hit.capture("what").unwrap_or("its syntax");
    let command = start.command();
    // A script of the image may have a fault of its own; then the start command is plain.
    if let Some(command) = command
        && command.fact.is_plain()
    {
        return Ok(Answer::cleared_by_fact(
            command,
            "the start command is a list of plain words, so what was misread stands elsewhere",
        ));
    }
    if start == Start::OfImage && !is_literal_variable(hit) {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            "the service has no start command, so what was misread stands in the image",
        ));
    }
    let summary = match command {
        Some(command) => format!(
            "The start command `{}` is not run by a shell, and {what} was taken for a word",
            words::start_of(&command.fact.text, 120)
        ),
        None => format!("The start command is not run by a shell, and {what} was taken for a word"),
    };
    let finding = Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            &hit.first,
            "the program was given the syntax of a shell as it stands",
        ),
    )
    .citing_if(command.map(|command| cite(case, command)))
    .citing_if(ending::citation(stopped));
    finished(case, finding, &start).map(Answer::from)
}

/// No line tells of it. A command that cannot work without a shell is enough where nothing else was
/// heard of the application.
fn unsaid(case: Case<'_>, start: &Start) -> Result<Answer, Missing> {
    let command = match start {
        Start::Given(command) => command,
        Start::OfImage => {
            case.shown("start command")?;
            return Ok(Answer::cleared(
                "the service has no start command of its own",
            ));
        }
        Start::NotSeen(missing) => {
            return match case.speech()? {
                Speech::Spoke(line) => Ok(Answer::cleared_by_text(
                    line,
                    "the program ran and tells of no syntax of a shell that it was given",
                )),
                Speech::Silent | Speech::NoGroup => Err(missing.clone()),
            };
        }
    };
    let Some(syntax) = command.fact.syntax.first().filter(|it| it.breaks()) else {
        return Ok(Answer::cleared_by_fact(
            command,
            "the start command has nothing that only a shell understands",
        ));
    };
    if command.fact.calls_shell() {
        return Ok(Answer::cleared_by_fact(
            command,
            "the start command calls a shell, and nothing tells that its words were misread",
        ));
    }
    if let Speech::Spoke(line) = case.speech()? {
        return Ok(Answer::cleared_by_text(
            line,
            "the program ran and tells of no syntax of a shell that it was given",
        ));
    }
    // An update that was rolled back took its configuration with it: what the service has now is
    // not what failed.
    if case.attempt.kind == OperationType::UpdateService
        && case.attempt.outcome == Outcome::RolledBack
    {
        return Err(Missing::undecided(
            "service",
            "the update was rolled back, and with it the start command that failed",
        ));
    }
    let stopped = case.stopped()?;
    let failed = case.failed_health_check()?;
    if !case.attempt.failed() || (stopped.is_none() && failed.is_none()) {
        return Ok(Answer::cleared(
            "the deployment did not come as far as the start command",
        ));
    }
    let finding = Finding::new(
        Role::Cause,
        format!(
            "The start command `{}` needs a shell ({}), and App Runner starts it without one",
            words::start_of(&command.fact.text, 120),
            syntax.words()
        ),
        Citation {
            ground: Ground::Agreement,
            ..cite(case, command)
        },
    )
    .citing(Citation::absence(
        Ground::Agreement,
        "no new instance wrote a line: the program did not begin",
    ))
    .citing_if(ending::citation(stopped));
    finished(case, finding, start).map(Answer::from)
}

fn cite(case: Case<'_>, command: &Observed<Command>) -> Citation {
    let syntax: Vec<String> = command
        .fact
        .syntax
        .iter()
        .take(3)
        .map(Syntax::words)
        .collect();
    let now = if case.attempt.outcome == Outcome::RolledBack {
        " (as it is now, after the rollback)"
    } else {
        ""
    };
    Citation::fact(
        Ground::Configuration,
        command,
        format!("the start command has {}{now}", words::list(&syntax)),
    )
}

/// Whether a variable arrived as its name: the command of an image in exec form does that too.
fn is_literal_variable(hit: &Hit) -> bool {
    hit.signature.id.starts_with("variable-as-")
}

fn finished(case: Case<'_>, finding: Finding, start: &Start) -> Result<Finding, Missing> {
    let mut finding = finding
        .showing(case.attempt.application.lines.last(SHOWN))
        .touching(Touches::Service)
        .touching_all(fix::pushed_to(case))
        .confirmed_by("the same words, given to the program without a shell");
    let text = start.command().map(|command| command.fact.text.clone());
    let Some(text) = text else {
        finding.fix.push(Step::Text(
            "Let the image start a shell: CMD [\"sh\", \"-c\", \"exec …\"] in the Dockerfile."
                .to_owned(),
        ));
        return Ok(finding);
    };
    // Quotation marks in the start command were seen to arrive as letters, so a script is the only
    // way that is known to be safe.
    let image = case.image_source()?;
    let (path, place) = if image.is_some() {
        ("/app/start.sh", "the image")
    } else {
        ("start.sh", "the source directory")
    };
    let script = script(&Command::read(&text));
    finding.fix.push(Step::Text(format!(
        "Put the command into a script {path} in {place}, with line ends of Unix:"
    )));
    finding
        .fix
        .push(Step::Text(format!("#!/bin/sh\nset -e\n{script}")));
    finding.fix.push(Step::Text(format!(
        "and let the start command be the two words `sh {path}`. Quotation marks do not help: \
         `sh -c '…'` in the start command has failed as well."
    )));
    match image {
        Some(image) => finding.fix.push(fix::image_configuration(
            case,
            image.fact,
            serde_json::json!({ "StartCommand": format!("sh {path}") }),
        )),
        None => finding.fix.extend(fix::edit_source(case)),
    }
    Ok(finding)
}

/// The command as lines of a script: what stands between `&&` at the outside becomes a line.
fn script(command: &Command) -> String {
    let text = if command.calls_shell() {
        command
            .simple
            .first()
            .and_then(|words| words.get(2))
            .cloned()
            .unwrap_or_else(|| command.text.clone())
    } else {
        command.text.clone()
    };
    let read = Command::read(&text);
    let only_and = read
        .syntax
        .iter()
        .all(|it| !matches!(it, Syntax::Operator(operator) if *operator != "&&"));
    if only_and && !text.contains(['"', '\'']) {
        let lines: Vec<&str> = text.split("&&").map(str::trim).collect();
        lines.join("\n")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, PULLED, Sample},
    };

    fn stopped(code: i32) -> String {
        format!(
            "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: {code}"
        )
    }

    fn starts_with(command: &str) -> Sample {
        Sample::image().configuration(|it| it.start_command = Some(command.to_owned()))
    }

    #[test]
    fn cd_and_its_operator_are_words_for_a_program() {
        let finding = starts_with("cd server && node server.js")
            .events(PULLED)
            .events(&[(100, &stopped(1))])
            .application(&[(90, "cd: too many arguments")])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(finding.fix.contains(&Step::Text(
            "#!/bin/sh\nset -e\ncd server\nnode server.js".to_owned()
        )));
    }

    #[test]
    fn quotation_marks_arrive_as_letters() {
        starts_with("sh -c 'node migrate.js && node server.js'")
            .events(PULLED)
            .events(&[(100, &stopped(2))])
            .application(&[(90, "run: 1: Syntax error: Unterminated quoted string")])
            .found(&RULE);
    }

    #[test]
    fn a_silent_end_is_laid_to_a_command_that_cannot_work() {
        let finding = starts_with("cd server && node server.js")
            .events(HEALTH_FAILED)
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::Correlated);
        starts_with("node server.js")
            .events(HEALTH_FAILED)
            .cleared(&RULE);
        Sample::image().events(HEALTH_FAILED).cleared(&RULE);
    }

    #[test]
    fn a_program_that_speaks_was_started_well() {
        starts_with("npm run migrate && npm start")
            .events(HEALTH_FAILED)
            .application(&[(90, "TypeError: x is not a function")])
            .cleared(&RULE);
        starts_with("./run.sh")
            .events(PULLED)
            .events(&[(100, &stopped(2))])
            .application(&[(90, "run: 1: Syntax error: Unterminated quoted string")])
            .cleared(&RULE);
    }

    #[test]
    fn a_variable_that_no_shell_replaced() {
        Sample::image()
            .events(PULLED)
            .events(&[(100, &stopped(1))])
            .application(&[(90, "Error: '$PORT' is not a valid port number.")])
            .found(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        starts_with("cd server && node server.js")
            .events(HEALTH_FAILED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
