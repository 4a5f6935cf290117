//! The application ended by itself while it was being deployed.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
};

/// How many lines of the application are shown.
const SHOWN: usize = 12;

pub(super) const RULE: Rule = Rule {
    id: "application-crashed",
    summary: "The application ended while it started",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("application_crashed.md"),
    explains: Explains::Only(&[
        "health-check-failed",
        "container-never-started",
        "silent-rollback",
    ]),
    check,
};

/// What an application says about its own end, the telling ones first.
const DEATHS: &[Family] = &[
    Family::OutOfMemory,
    Family::ShellSyntax,
    Family::CommandNotFound,
    Family::ModuleNotFound,
    Family::FileNotFound,
    Family::PermissionDenied,
    Family::BindFailed,
    Family::MigrationFailed,
    Family::DatabaseRefused,
    Family::WrongVariable,
    Family::AwsCredentials,
    Family::AwsDenied,
    Family::Crash,
];

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let stopped = case.stopped();
    let deaths = deaths(case);
    let exit = match &stopped {
        Ok(Some((_, code))) => *code,
        _ => None,
    };
    let seen = stopped
        .as_ref()
        .ok()
        .and_then(|it| *it)
        .map(|(line, code)| {
            let shows = match code {
                Some(code) => format!(
                    "the container ended with exit code {code}: {}",
                    meaning(code)
                ),
                None => "the container ended".to_owned(),
            };
            Citation::line(Ground::Platform, line, shows)
        });
    // Without App Runner's word, an error in the log counts if the application never listened
    // after it and the deployment failed.
    let told = deaths.as_ref().ok().and_then(|hits| hits.first().copied());
    let told = told.filter(|_| seen.is_some() || case.attempt.failed());
    let word = told.map(|hit| Citation::text(Ground::Application, &hit.first, what(hit)));
    let Some((first, second)) = (match (seen, word) {
        (Some(seen), word) => Some((seen, word)),
        (None, Some(word)) => Some((word, None)),
        (None, None) => None,
    }) else {
        stopped?;
        deaths?;
        return Ok(match case.speech()? {
            Speech::Spoke(line) => Answer::cleared_by_text(
                line,
                "the application wrote, and neither it nor App Runner tells of its end",
            ),
            Speech::Silent | Speech::NoGroup => {
                Answer::cleared("neither App Runner nor the application tells of its end")
            }
        });
    };

    let summary = match (exit, told) {
        (_, Some(hit)) => format!("The application ended while it started: {}", what(hit)),
        (Some(code), None) => format!(
            "The application ended with exit code {code}: {}",
            meaning(code)
        ),
        (None, None) => "The application ended while it started".to_owned(),
    };
    let mut finding = Finding::new(Role::Mechanism, summary, first)
        .citing_if(second)
        .showing(case.attempt.application.lines.last(SHOWN))
        .touching(Touches::Service)
        .touching_all(fix::pushed_to(case))
        .confirmed_by("the last lines of the application before it ended");
    finding.fix.push(Step::Text(match (exit, told.map(|hit| hit.signature.family)) {
        (Some(137), _) | (_, Some(Family::OutOfMemory)) => memory_advice(case),
        (_, Some(Family::ShellSyntax)) => {
            "The start command is not read by a shell: put it into a script.".to_owned()
        }
        (Some(127), _) | (_, Some(Family::CommandNotFound)) => {
            "Start a program that is in the image and in its PATH. With a revised build (python311, \
             nodejs18 and later) only /app is carried to the run stage: install there or in pre-run."
                .to_owned()
        }
        _ => "Mend what the lines of the application name, then deploy again.".to_owned(),
    }));
    finding.fix.extend(fix::run_image(case));
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// What the application wrote of its own end, the telling families first; nothing when it listens
/// all the same.
fn deaths<'a>(case: Case<'a>) -> Result<Vec<&'a Hit>, Missing> {
    let Ending::Ended { mut hits, .. } = ending::of(case, DEATHS)? else {
        return Ok(vec![]);
    };
    // "Traceback (most recent call last):" says less than the error that ends it.
    hits.sort_by_key(|hit| {
        let family = DEATHS
            .iter()
            .position(|family| *family == hit.signature.family);
        (family, hit.capture("what").is_none(), hit.first.record)
    });
    Ok(hits)
}

fn what(hit: &Hit) -> String {
    let name = hit.capture("what");
    match (hit.signature.family, name) {
        (Family::OutOfMemory, _) => "it ran out of memory".to_owned(),
        (Family::CommandNotFound, Some(name)) => format!("{name} was not found"),
        (Family::ModuleNotFound, Some(name)) => format!("the module {name} was not found"),
        (Family::ShellSyntax, Some(name)) => {
            format!("its command was not read by a shell ({name})")
        }
        (Family::FileNotFound, Some(name)) => format!("the file {name} was not found"),
        (Family::PermissionDenied, Some(name)) => format!("it may not use {name}"),
        (Family::BindFailed, Some(name)) => format!("it could not take its address ({name})"),
        (Family::Crash, None) => "it met an error that nothing caught".to_owned(),
        _ => ending::quoted(hit),
    }
}

/// What the exit code of a container means.
fn meaning(code: i32) -> &'static str {
    match code {
        0 => "it ended by itself, without an error",
        1 => "an error of the application, or a program for another processor",
        2 => "wrong use of a command, or an error of the application",
        126 => "the command cannot be executed",
        127 => "the command was not found",
        132 => "illegal instruction",
        134 => "aborted",
        137 => "killed, most often for want of memory",
        139 => "segmentation fault",
        143 => "ended from outside",
        _ => "an error of the application",
    }
}

fn memory_advice(case: Case<'_>) -> String {
    let size = case
        .service()
        .ok()
        .and_then(|service| service.fact.instance.memory.clone());
    match size {
        Some(size) => format!(
            "Give the instances more than {size} of memory (MB unless it says GB), or let the \
             application need less while it starts."
        ),
        None => "Give the instances more memory.".to_owned(),
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

    #[test]
    fn the_exit_code_is_explained_and_the_last_lines_are_shown() {
        let finding = Sample::image()
            .events(PULLED)
            .events(&[(100, &stopped(137))])
            .application(&[(90, "loading the model")])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(finding.summary.contains("137") && finding.summary.contains("memory"));
        assert_eq!(finding.excerpt.len(), 1);
    }

    #[test]
    fn the_error_says_more_than_the_head_of_its_traceback() {
        let finding = Sample::image()
            .events(PULLED)
            .events(&[(100, &stopped(1))])
            .application(&[
                (90, "Traceback (most recent call last):"),
                (90, "  File \"app.py\", line 3"),
                (90, "ModuleNotFoundError: No module named 'flask'"),
            ])
            .found(&RULE);
        assert!(finding.summary.contains("flask"), "{}", finding.summary);
    }

    #[test]
    fn an_error_before_it_listens_is_none() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (85, "RuntimeError: cache is cold"),
                (90, "Server listening on port 3000"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn without_both_logs_it_cannot_tell() {
        Sample::image()
            .denied("service-log", "logs:FilterLogEvents")
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
