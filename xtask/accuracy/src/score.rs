//! What a report named, against what is right.

use analyzer::{
    finding::Role,
    report::{Report, VerdictKind},
};
use samples::Account;

/// How many findings are looked at.
const FIRST: usize = 3;

/// A diagnosis that a report named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The rule.
    pub rule: String,
    /// Whether it was given as the reason, and not only as what was seen.
    pub is_reason: bool,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The right cause was named first.
    Right,
    /// No reason was given, or what is true and is none.
    Open,
    /// Something else was named as the reason.
    Wrong,
}

/// A case, and what a report named.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The account.
    pub name: String,
    /// What kind of trouble it is.
    pub category: String,
    /// Whether the cause was confirmed.
    pub confirmed: bool,
    /// Whether the account decides the cause.
    pub decides: bool,
    /// Whether what decides is in the words of the report.
    pub verbatim: bool,
    /// The rules that are right.
    pub expect: Vec<String>,
    /// What was named, in order.
    pub told: Vec<Told>,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether the right cause is among the first.
    pub in_first: bool,
}

/// A healthy account, and what a report named.
#[derive(Clone, Debug)]
pub struct Healthy {
    /// The account.
    pub name: String,
    /// What was named as wrong now.
    pub told: Vec<Told>,
    /// Whether the report says that something is wrong.
    pub is_alarm: bool,
}

/// Scores the report of a case.
pub fn score(account: &Account, report: &Report) -> Scored {
    let told = told(report);
    let is_right = |it: &Told| account.expect.contains(&it.rule);
    let outcome = match told.first() {
        None => Outcome::Open,
        Some(first) if is_right(first) => Outcome::Right,
        Some(first) if !first.is_reason || account.case.also.contains(&first.rule) => Outcome::Open,
        Some(_) => Outcome::Wrong,
    };
    Scored {
        name: account.name.clone(),
        category: account.case.category.clone().unwrap_or_default(),
        confirmed: account.case.confirmed,
        decides: account.case.decides,
        verbatim: account.case.verbatim,
        expect: account.expect.clone(),
        in_first: told.iter().any(is_right),
        outcome,
        told,
    }
}

/// Scores the report of a healthy account. A failure that is over may be told.
pub fn healthy(account: &Account, report: &Report) -> Healthy {
    Healthy {
        name: account.name.clone(),
        told: told(report),
        is_alarm: match report.verdict.kind {
            VerdictKind::Healthy | VerdictKind::Recovered | VerdictKind::InProgress => false,
            VerdictKind::CauseFound | VerdictKind::Undecided => true,
        },
    }
}

fn told(report: &Report) -> Vec<Told> {
    report
        .findings
        .iter()
        .take(FIRST)
        .map(|it| Told {
            rule: it.rule.to_owned(),
            is_reason: matches!(it.role, Role::Cause | Role::Mechanism),
        })
        .collect()
}
