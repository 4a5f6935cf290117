//! Whether other services of the account failed at the same time.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use evidence_schema::{Interval, record::SiblingOperation};

use super::Told;
use crate::{
    attempt::Outcome,
    evidence::{Case, Observed},
    words,
};

/// How far from the failure another one counts.
const WITHIN: TimeDelta = TimeDelta::hours(1);

/// What became of other services within an hour of the failure.
pub(super) fn told(case: Case<'_>) -> Vec<Told> {
    let surroundings = &case.evidence.surroundings;
    if let Err(missing) = case.evidence.ledger.looked("siblings", None, None) {
        return vec![Told::new(format!(
            "whether others failed too is not known: {}",
            missing.sentence()
        ))];
    }
    let all = surroundings.siblings.len();
    if all == 0 {
        return vec![Told::new(
            "the account has no other service in this Region, so whether the trouble is the \
             service's own cannot be told from others",
        )];
    }
    let window = case.window();
    let near = Interval {
        from: words::before(window.from, WITHIN),
        to: words::after(window.to, WITHIN),
    };
    let name = |arn: &str| {
        let known = surroundings.siblings.iter().find(|it| it.fact.arn == arn);
        known.map_or_else(|| arn.to_owned(), |it| it.fact.name.clone())
    };
    let within: Vec<&Observed<SiblingOperation>> = surroundings
        .sibling_operations
        .iter()
        .filter(|operation| {
            let ended = operation.fact.ended_at.or(operation.fact.updated_at);
            operation.fact.operation_type.deploys()
                && operation
                    .time
                    .is_some_and(|began| began <= near.to && ended.unwrap_or(began) >= near.from)
        })
        .collect();
    let failed: Vec<&&Observed<SiblingOperation>> = within
        .iter()
        .filter(|operation| {
            matches!(
                Outcome::of(&operation.fact.status),
                Outcome::Failed
                    | Outcome::RolledBack
                    | Outcome::RollbackFailed
                    | Outcome::RollingBack
            )
        })
        .collect();
    let well = within
        .iter()
        .filter(|operation| Outcome::of(&operation.fact.status) == Outcome::Succeeded)
        .count();
    let services: BTreeSet<&str> = failed
        .iter()
        .map(|operation| operation.fact.service_arn.as_str())
        .collect();
    let others = words::count(all as u64, "other service", "other services");
    let mut told = Vec::new();
    told.push(Told::new(match (services.len(), well) {
        (0, 0) => format!(
            "no deployment of the {others} falls within an hour of it, so they are no witnesses"
        ),
        (0, well) => format!(
            "the trouble is the service's own: {} of the {others} went well within an hour of it, \
             and none failed",
            words::count(well as u64, "deployment", "deployments")
        ),
        (failed, 0) => format!(
            "{failed} of the {others} failed within an hour of it too and none deployed well: \
             something that they share is likelier than the service's own configuration"
        ),
        (failed, well) => format!(
            "{failed} of the {others} failed within an hour of it too, while {} went well",
            words::count(well as u64, "deployment", "deployments")
        ),
    }));
    for operation in &failed {
        told.push(Told {
            time: operation.time,
            text: format!(
                "{}: {} {}",
                name(&operation.fact.service_arn),
                operation.fact.operation_type,
                operation.fact.status
            ),
            record: operation.record,
            digest: None,
        });
    }
    if !failed.is_empty() {
        told.push(Told::new(
            "they share the account and the Region; whether also a role, a connector, a repository \
             or a connection is not in the bundle, which describes one service only",
        ));
    }
    told
}
