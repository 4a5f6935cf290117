//! What is asked of 30 days when nothing happened shortly before a failure. Each question is
//! answered, or it is said why it cannot be.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use evidence_schema::record::{ConnectionStatus, Origin};

use super::{History, Told};
use crate::{
    attempt::Attempt,
    evidence::Case,
    iam::evaluate::Answer,
    message::Message,
    permissions::{Asker, Purpose, needed},
    words,
};

/// How many packages of a difference are named.
const PACKAGES: usize = 6;

pub(super) fn told(case: Case<'_>, history: &History<'_>) -> Vec<Told> {
    let is_code = case
        .evidence
        .service
        .as_ref()
        .is_some_and(|service| matches!(service.fact.source.origin, Origin::Code(_)));
    let mut told = vec![source(case, history, is_code)];
    if is_code {
        told.push(builds(history));
    } else {
        told.push(Told::new(
            "build process: the service deploys an image, which was built elsewhere",
        ));
    }
    told.push(gradual(history));
    told.push(drift(history, is_code));
    told.push(Told::new(format!(
        "history: {} of {} deployments failed",
        history.all.iter().filter(|it| it.failed()).count(),
        history.all.len()
    )));
    told.push(authentication(case, is_code));
    told.push(build_time(history, is_code));
    told
}

/// How often the source could be pulled.
fn source(case: Case<'_>, history: &History<'_>, is_code: bool) -> Told {
    let count = |wanted: fn(&Message) -> bool| {
        let with = |attempt: &&&Attempt| attempt.lines.iter().any(|line| wanted(&line.message));
        history.all.iter().filter(with).count()
    };
    let pulled = count(|it| matches!(it, Message::PullSucceeded | Message::SourcePulled));
    let failed = count(|it| matches!(it, Message::PullFailed(_) | Message::SourcePullFailed(_)));
    if let Err(missing) = case.service_log() {
        return Told::new(format!(
            "source connectivity: not answerable, {}",
            missing.sentence()
        ));
    }
    let mut text = format!(
        "source connectivity: pulled in {pulled} of {} deployments, failed to in {failed}",
        history.all.len()
    );
    if is_code {
        let connection = case.evidence.connections.first();
        match connection {
            Some(connection) => text.push_str(&format!(
                "; the connection {} says {}",
                connection.fact.name, connection.fact.status
            )),
            None => text.push_str("; the connection is not in the bundle"),
        }
        if connection.is_some_and(|it| it.fact.status == ConnectionStatus::Available) {
            text.push_str(", which does not tell whether the provider still grants the repository");
        }
    }
    Told::new(text)
}

/// What the builds ended with.
fn builds(history: &History<'_>) -> Told {
    let built = |attempt: &&&Attempt| {
        attempt
            .lines
            .iter()
            .any(|line| line.message == Message::BuildSucceeded)
    };
    let broken = |attempt: &&&Attempt| {
        attempt
            .lines
            .iter()
            .any(|line| matches!(line.message, Message::BuildFailed(_)))
    };
    let logs = history.all.iter().filter(|it| it.build.count() > 0).count();
    Told::new(format!(
        "build process: {} built well, {} failed to build, and of {logs} the build log is in the \
         bundle",
        history.all.iter().filter(built).count(),
        history.all.iter().filter(broken).count(),
    ))
}

/// Whether deployments that went well take longer and longer.
fn gradual(history: &History<'_>) -> Told {
    let took: Vec<TimeDelta> = history
        .all
        .iter()
        .filter(|attempt| attempt.succeeded())
        .filter_map(|attempt| Some(attempt.ended? - attempt.started))
        .collect();
    if took.len() < 4 {
        return Told::new(format!(
            "gradual change: not answerable, {} deployments that went well are too few to compare",
            took.len()
        ));
    }
    let middle = |of: &[TimeDelta]| {
        let mut sorted = of.to_vec();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    let (early, late) = took.split_at(took.len() / 2);
    let (early, late) = (middle(early), middle(late));
    let text = if late > early * 3 / 2 {
        "gradual change: deployments that went well became slower"
    } else {
        "gradual change: deployments that went well took about as long as before"
    };
    Told::new(format!(
        "{text}, {} at first and {} lately",
        words::duration(early),
        words::duration(late)
    ))
}

/// What the last good build and the failed one installed differently.
fn drift(history: &History<'_>, is_code: bool) -> Told {
    if !is_code {
        return Told::new(
            "dependency drift: not answerable, what is in an image is not in the bundle",
        );
    }
    let failed = history.all.last().filter(|it| it.build.count() > 0);
    let good = history.success.filter(|it| it.build.count() > 0);
    let (Some(failed), Some(good)) = (failed, good) else {
        return Told::new(
            "dependency drift: not answerable, it takes the build log of a deployment that went \
             well and of the one that failed",
        );
    };
    let (before, after) = (packages(good), packages(failed));
    if before.is_empty() || after.is_empty() {
        return Told::new(
            "dependency drift: not answerable, the kept lines of the build logs name no versions",
        );
    }
    let mut different = Vec::new();
    for (name, versions) in &after {
        match before.get(name) {
            Some(old) if old != versions => {
                different.push(format!("{name} {} → {}", join(old), join(versions)))
            }
            Some(_) => {}
            None => different.push(format!("{name} {} is new", join(versions))),
        }
    }
    for (name, versions) in &before {
        if !after.contains_key(name) {
            different.push(format!("{name} {} is gone", join(versions)));
        }
    }
    if different.is_empty() {
        return Told::new(format!(
            "dependency drift: none, the {} packages that both builds name have the same versions",
            after.len()
        ));
    }
    let more = different.len().saturating_sub(PACKAGES);
    different.truncate(PACKAGES);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Told {
        time: Some(good.started),
        text: format!(
            "dependency drift since the build of this time: {}{rest}",
            different.join(", ")
        ),
        record: good.record,
        digest: None,
    }
}

fn join(versions: &BTreeSet<String>) -> String {
    versions.iter().cloned().collect::<Vec<_>>().join("/")
}

/// Packages with their versions, as pip (`Successfully installed flask-3.0.2`), npm and yarn
/// (`flask@3.0.2`) and bundler (`Installing rails 7.1.0`) name them.
fn packages(attempt: &Attempt) -> BTreeMap<String, BTreeSet<String>> {
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |name: &str, version: &str| {
        let is_version = version.starts_with(|letter: char| letter.is_ascii_digit());
        if is_version && !name.is_empty() && name.len() < 80 && version.len() < 40 {
            packages
                .entry(name.to_ascii_lowercase())
                .or_default()
                .insert(version.to_owned());
        }
    };
    for line in attempt.build.iter() {
        if let Some((_, installed)) = line.text.split_once("Successfully installed ") {
            for package in installed.split_whitespace() {
                if let Some((name, version)) = package.rsplit_once('-') {
                    add(name, version);
                }
            }
            continue;
        }
        let mut words = line.text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            if matches!(word, "Installing" | "Using")
                && let (Some(name), Some(version)) = (words.next(), words.peek())
            {
                add(name, version);
            } else if let Some((name, version)) = word.rsplit_once('@') {
                add(name, version.trim_end_matches([',', ':', ')']));
            }
        }
    }
    packages
}

/// Whether the image may be pulled by what the bundle knows of permissions.
fn authentication(case: Case<'_>, is_code: bool) -> Told {
    if is_code {
        return Told::new("image authentication: the service deploys source code");
    }
    let needed = needed(Asker::new(case.evidence));
    let pulls = || {
        needed.permissions.iter().filter(|permission| {
            matches!(
                permission.purpose,
                Some(Purpose::TakeOnAccessRole | Purpose::Pull)
            )
        })
    };
    if pulls().next().is_none() {
        return Told::new("image authentication: a public image is pulled without a role");
    }
    let denied: Vec<String> = pulls()
        .filter(|it| matches!(it.explanation.answer, Answer::Denied(_)))
        .map(|it| it.action.clone())
        .collect();
    let open = pulls()
        .filter(|it| match &it.explanation.answer {
            Answer::Unknown(doubt) => !doubt.is_organization_only(),
            _ => false,
        })
        .count();
    Told::new(match (denied.is_empty(), open) {
        (false, _) => format!(
            "image authentication: not allowed by the policies in the bundle: {}",
            words::list(&denied)
        ),
        (true, 0) => "image authentication: the policies in the bundle allow the pull, unless the \
                      organization denies it"
            .to_owned(),
        (true, open) => format!(
            "image authentication: of {} needed permissions {open} cannot be judged",
            pulls().count()
        ),
    })
}

/// How long builds took; App Runner does not document after how long it gives up.
fn build_time(history: &History<'_>, is_code: bool) -> Told {
    if !is_code {
        return Told::new("build time-out: the service deploys an image");
    }
    let took = |attempt: &Attempt| {
        let begun = attempt.find(|it| (*it == Message::BuildStarted).then_some(()))?;
        let ended = attempt.find(|it| {
            matches!(it, Message::BuildSucceeded | Message::BuildFailed(_)).then_some(())
        })?;
        Some(ended.0.time - begun.0.time)
    };
    let of = history.all.last().and_then(|attempt| took(attempt));
    let longest = history
        .all
        .iter()
        .filter(|attempt| attempt.succeeded())
        .filter_map(|attempt| took(attempt))
        .max();
    Told::new(match (of, longest) {
        (Some(of), Some(longest)) => format!(
            "build time-out: this build took {}, the longest that went well {}; after how long App \
             Runner gives up is not documented",
            words::duration(of),
            words::duration(longest)
        ),
        (Some(of), None) => format!(
            "build time-out: this build took {}, and none that went well is known to compare with",
            words::duration(of)
        ),
        (None, _) => "build time-out: not answerable, the log does not have the begin and the end \
                      of the build"
            .to_owned(),
    })
}
