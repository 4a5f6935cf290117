//! Which API call may have brought the cause.

use chrono::TimeDelta;
use evidence_schema::{Interval, Time, record::Change};

use crate::{
    correlation::{History, touching},
    evidence::{Case, Observed},
    finding::Finding,
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
    let newest = case
        .changes_before_failure()
        .find(|change| from < change.fact.time && change.fact.time <= until && touches_it(change));
    if let Some(change) = newest {
        return Explanation {
            suspect: Some(Suspect {
                record: change.record,
                time: change.fact.time,
                text: touching::tell(case, change, until, touches_it),
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
            "CloudTrail has no change of it between {} and the failure",
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
