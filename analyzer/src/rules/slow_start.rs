//! The application is well, and was not ready when App Runner gave up.

use chrono::TimeDelta;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, LogText, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
    signature::{Family, Hit},
    words,
};

/// How many lines of the application are shown.
const SHOWN: usize = 8;

/// What ends an application; the rules that know of it say more.
const TROUBLE: &[Family] = &[
    Family::BindFailed,
    Family::CommandNotFound,
    Family::DatabaseRefused,
    Family::ExecFormat,
    Family::MigrationFailed,
    Family::MissingVariable,
    Family::ModuleNotFound,
    Family::OutOfMemory,
    Family::ShellSyntax,
    Family::WrongVariable,
];

pub(super) const RULE: Rule = Rule {
    id: "slow-start",
    summary: "The application was not ready when App Runner gave up",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("slow_start.md"),
    // A start that is too slow for a check is a check that is too strict for the start; what to do
    // is the same.
    explains: Explains::Only(&[
        "health-check-failed",
        "health-check-too-strict",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(failed) = case.failed_health_check()? else {
        return Ok(Answer::cleared("no health check failed"));
    };
    let gave_up = failed.time.unwrap_or(case.window().to);
    if let Some((line, _)) = case.stopped()? {
        return Ok(Answer::cleared_by(line, "the application ended"));
    }
    let listening = case.application(Family::Listening)?;
    let on_time = listening.iter().find(|hit| hit.first.time < gave_up);
    if let Some(hit) = on_time {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            format!(
                "the application was ready {} before App Runner gave up",
                words::duration(gave_up - hit.first.time)
            ),
        ));
    }
    let Some(first) = case.attempt.application.lines.first() else {
        return Err(Missing::undecided(
            "application-log",
            "the application wrote nothing, so nobody knows what it did",
        ));
    };
    for family in TROUBLE {
        if let Some(hit) = case.application(*family)?.first() {
            return Ok(Answer::cleared_by_text(
                &hit.first,
                "the application had another trouble than time",
            ));
        }
    }
    let waited = case.application(Family::Waiting)?;
    let ready = listening.iter().min_by_key(|hit| hit.first.record);
    let last = case
        .attempt
        .application
        .lines
        .iter()
        .next_back()
        .unwrap_or(first);
    let (summary, citation) = match ready {
        Some(ready) => {
            let took = ready.first.time - first.time;
            (
                format!(
                    "The application needed {} to start, and App Runner had given up {} before",
                    told(ready, took),
                    words::duration(ready.first.time - gave_up)
                ),
                Citation::text(
                    Ground::Application,
                    &ready.first,
                    "the application was ready after the health check had failed",
                ),
            )
        }
        // Somebody who writes nothing when ready looks the same, save for a wait that is told.
        None => {
            let Some(wait) = waited.iter().find(|hit| still_waits(hit, last)) else {
                return Err(Missing::undecided(
                    "application-log",
                    "the application never says that it is ready, nor what it waits for",
                ));
            };
            (
                format!(
                    "The application was still waiting for {} when App Runner gave up, {} after \
                     its first line",
                    wait.capture("what").unwrap_or("something"),
                    words::duration(gave_up - first.time)
                ),
                Citation::text(
                    Ground::Agreement,
                    &wait.first,
                    "the application waits before it listens",
                ),
            )
        }
    };
    let began = case
        .attempt
        .find(|message| matches!(message, Message::HealthCheckStarted(_)).then_some(()));
    let mut finding = Finding::new(Role::Cause, summary, citation)
        .citing(Citation::fact(
            Ground::Agreement,
            &failed,
            match began {
                Some((began, ())) => format!(
                    "App Runner asked for {} and gave up",
                    words::duration(gave_up - began.time)
                ),
                None => "App Runner gave up".to_owned(),
            },
        ))
        .citing(Citation::text(
            Ground::Context,
            first,
            "the first line of the application",
        ))
        .showing(case.attempt.application.lines.last(SHOWN))
        .touching(Touches::Service)
        .touching_all(fix::pushed_to(case))
        .confirmed_by("the time from the first line to the one that says it listens");
    finding.fix = advice(case, &waited)?;
    Ok(finding.into())
}

/// How long it took, in the words of the application where it has some.
fn told(ready: &Hit, took: TimeDelta) -> String {
    match ready.capture("seconds") {
        Some(seconds) => format!("{seconds} s"),
        None => words::duration(took),
    }
}

/// Whether nothing was written after the wait but more of it.
fn still_waits(hit: &Hit, last: &LogText) -> bool {
    last.time - hit.last.time < TimeDelta::seconds(30)
}

fn advice(case: Case<'_>, waited: &[&Hit]) -> Result<Vec<Step>, Missing> {
    let service = case.service()?;
    let manifest = &case.evidence.manifest;
    let health = service.fact.health_check.as_ref();
    let protocol = health.and_then(|it| it.protocol.as_deref());
    let timeout = health.and_then(|it| it.timeout_seconds).unwrap_or(5);
    let mut wanted = serde_json::json!({
        "Protocol": protocol.unwrap_or("TCP"),
        "Interval": 20,
        "Timeout": timeout.max(5),
        "HealthyThreshold": 1,
        "UnhealthyThreshold": 20,
    });
    if let Some(path) = health.and_then(|it| it.path.as_deref())
        && protocol == Some("HTTP")
    {
        wanted["Path"] = serde_json::json!(path);
    }
    let mut steps = vec![
        Step::Text(
            "Let App Runner ask longer: 20 s between two checks and 20 failures are the most that \
             it takes."
                .to_owned(),
        ),
        fix::health_check(manifest, &wanted.to_string()),
        Step::Text(
            "Listen first and load later; no installation, download or compilation at start (uv \
             run, npm install, prisma generate); more CPU, for a start most often waits for it."
                .to_owned(),
        ),
    ];
    if !waited.is_empty() || service.fact.network.egress_type.as_deref() == Some("VPC") {
        steps.push(Step::Text(
            "What it waits for may never come: see whether database and other systems can be \
             reached from the instances."
                .to_owned(),
        ));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

    #[test]
    fn ready_after_app_runner_gave_up() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "Starting ShopApplication using Java 17.0.8 with PID 1"),
                (
                    470,
                    "Tomcat started on port(s): 8080 (http) with context path ''",
                ),
                (
                    471,
                    "Started ShopApplication in 381.2 seconds (process running for 383.1)",
                ),
            ])
            .found(&RULE);
        assert!(
            finding.summary.contains("6 min 20 s"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn a_wait_that_does_not_end() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "booting"),
                (100, "Waiting for database to be ready"),
                (430, "Waiting for database to be ready"),
            ])
            .found(&RULE);
        assert!(finding.summary.contains("waiting for database"));
    }

    #[test]
    fn ready_in_time_or_dead_is_something_else() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "Server listening on port 3000")])
            .cleared(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "ModuleNotFoundError: No module named 'flask'")])
            .cleared(&RULE);
        Sample::image()
            .events(PULLED)
            .application(&[(90, "booting")])
            .cleared(&RULE);
    }

    #[test]
    fn who_says_nothing_is_not_judged() {
        Sample::image().events(HEALTH_FAILED).missing(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "booting")])
            .missing(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
