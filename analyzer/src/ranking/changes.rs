//! Which API call may have brought the cause.

use chrono::TimeDelta;
use evidence_schema::{Interval, Time, record::Change};

use crate::{
    attempt::Attempt,
    correlation::{History, touching},
    evidence::{Case, Observed},
    finding::{Finding, Suspects},
    words,
};

/// How far back a change is looked for when nothing ever went well before.
const WITHOUT_SUCCESS: TimeDelta = TimeDelta::hours(24);

/// What is known of the change behind a cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The newest change that precedes the failure and touches what the cause is about.
    pub suspect: Option<Suspect>,
    /// Where none was found: whether there was none, or we could not look.
    pub none_because: Option<String>,
}

/// An API call that may have brought the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// The record.
    pub record: u64,
    /// When.
    pub time: Time,
    /// What happened, and how often the like happened without harm.
    pub text: String,
}

/// Looks for the change behind `cause`.
pub(super) fn explain(case: Case<'_>, cause: &Finding) -> Explanation {
    if cause.touches.is_empty() {
        return Explanation::default();
    }
    let success = case.evidence.success_before(case.attempt);
    // A change between the last success and the failure can have broken what worked.
    let from = success
        .map(|success| success.ended.unwrap_or(success.started))
        .unwrap_or(words::before(case.attempt.started, WITHOUT_SUCCESS));
    // What broke a row of failures that came equally far came before the first of them.
    let first = History::of(case).first_alike(case.attempt);
    let until = first
        .failed_at()
        .or(first.ended)
        .unwrap_or(case.window().to);
    let touches_it = |change: &Observed<Change>| {
        cause
            .touches
            .iter()
            .any(|what| touching::touches(case, &change.fact, what))
    };
    let touching: Vec<&Observed<Change>> = case
        .changes_before_failure()
        .filter(|it| from < it.fact.time && it.fact.time <= until && touches_it(it))
        .collect();
    let suspect = touching
        .iter()
        .find(|it| touching::is_suspect(&it.fact, cause.suspects));
    if let Some(change) = suspect {
        let mut text = touching::tell(case, change, (until, "the failure"), touches_it);
        text.extend(place(case, first, &change.fact));
        return Explanation {
            suspect: Some(Suspect {
                record: change.record,
                time: change.fact.time,
                text,
            }),
            none_because: None,
        };
    }
    let window = Interval { from, to: until };
    let unseen = cause
        .touches
        .iter()
        .find_map(|what| touching::looked(case, what, window).err());
    let none_because = match unseen {
        None => format!(
            "CloudTrail has no {} between {} and the failure",
            match cause.suspects {
                _ if touching.is_empty() => "change of it",
                Suspects::All => "change of it",
                Suspects::Permissions => "call that took a permission away",
                Suspects::Trust => "change of who may assume it",
            },
            words::at(from)
        ),
        Some(missing) => format!(
            "whether a change brought it is not known: {}",
            missing.sentence()
        ),
    };
    Explanation {
        suspect: None,
        none_because: Some(none_because),
    }
}

/// Where the failure stands among the deployments after a change, if all of them are known.
fn place(case: Case<'_>, first: &Attempt, change: &Change) -> Option<String> {
    let changed = change.time;
    let began_it = change.event_source.starts_with("apprunner.")
        && first.started - changed <= TimeDelta::minutes(2);
    if changed > first.started || began_it {
        return None;
    }
    let window = Interval {
        from: changed,
        to: first.started,
    };
    let ledger = &case.evidence.ledger;
    ledger.looked("operations", None, Some(window)).ok()?;
    let between = case
        .evidence
        .attempts
        .iter()
        .filter(|it| it.refusal.is_none() && it.record != first.record)
        .filter(|it| changed < it.started && it.started < first.started)
        .count();
    let noun = first.noun();
    Some(match between {
        0 if first.record == case.attempt.record => format!("; this {noun} is the first after it"),
        0 => format!(
            "; the {noun} of {} was the first after it, and came as far as this one",
            words::at(first.started)
        ),
        others => format!(
            "; {} came between",
            words::count(others as u64, "other deployment", "other deployments")
        ),
    })
}
