//! How an application came to its end, for the rules that name the reason.

use crate::{
    attempt::PlatformLine,
    evidence::{Case, LogText, Missing},
    finding::{Citation, Ground},
    signature::{Family, Hit},
    words,
};

/// Lines after which nothing more runs. Others may be logged by an application that goes on.
const LAST_WORDS: &[&str] = &[
    "asgi-startup-failed",
    "dotnet-unhandled",
    "fatal-level",
    "go-fatal",
    "go-panic",
    "gunicorn-boot",
    "java-exception",
    "node-unhandled",
    "npm-lifecycle",
    "rust-panic",
    "segmentation-fault",
    "spring-failed-to-start",
];

/// What became of an application that complained.
pub(super) enum Ending<'a> {
    /// It complained of nothing.
    Silent,
    /// It complained, and listens all the same.
    WentOn(&'a LogText),
    /// It complained, and that was its end, or nobody heard of it again.
    Ended {
        /// The complaints, the first one first. Never empty.
        hits: Vec<&'a Hit>,
        /// App Runner's word for it.
        stopped: Option<(&'a PlatformLine, Option<i32>)>,
    },
}

/// What the application says of `families`, and whether it went on.
pub(super) fn of<'a>(case: Case<'a>, families: &[Family]) -> Result<Ending<'a>, Missing> {
    let mut hits = Vec::new();
    for family in families {
        hits.extend(case.application(*family)?);
    }
    hits.sort_by_key(|hit| hit.first.record);
    judge(case, hits)
}

/// The same for hits that were chosen already, the first one first.
pub(super) fn judge<'a>(case: Case<'a>, hits: Vec<&'a Hit>) -> Result<Ending<'a>, Missing> {
    let Some(first) = hits.first() else {
        return Ok(Ending::Silent);
    };
    let stopped = case.stopped();
    if let Ok(Some(stopped)) = stopped {
        return Ok(Ending::Ended {
            hits,
            stopped: Some(stopped),
        });
    }
    let listening = case.application(Family::Listening)?;
    let last = listening.iter().max_by_key(|hit| hit.last.record);
    if let Some(last) = last {
        let after = last.last.record > first.first.record;
        let over = case.application(Family::Crash).is_ok_and(|crashes| {
            crashes.iter().any(|crash| {
                LAST_WORDS.contains(&crash.signature.id) && crash.last.record > last.last.record
            })
        });
        // A server opens its port first and connects to its database later; then it lives.
        if after || !over {
            // That App Runner saw no end is known only if its log was read.
            stopped?;
            return Ok(Ending::WentOn(&last.last));
        }
    }
    Ok(Ending::Ended {
        hits,
        stopped: None,
    })
}

/// App Runner's word for the end.
pub(super) fn citation(stopped: Option<(&PlatformLine, Option<i32>)>) -> Option<Citation> {
    stopped.map(|(line, code)| {
        let shows = match code {
            Some(code) => format!("App Runner saw the application end with exit code {code}"),
            None => "App Runner saw the application end".to_owned(),
        };
        Citation::line(Ground::Agreement, line, shows)
    })
}

/// The complaint of which most is known: one with a name goes before one without.
pub(super) fn telling<'a>(hits: &[&'a Hit], name: &str) -> &'a Hit {
    hits.iter()
        .find(|hit| hit.capture(name).is_some())
        .copied()
        .unwrap_or(hits[0])
}

/// The begin of the line of a hit, in quotation marks.
pub(super) fn quoted(hit: &Hit) -> String {
    format!("“{}”", words::start_of(hit.first.text.trim(), 140))
}
