//! Whether other services of the account failed at the same time, and what they share with this one.

mod shared;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use evidence_schema::{
    Interval,
    record::{Service, SiblingConfiguration, SiblingOperation},
};

use self::shared::{Shared, shared};
use super::Told;
use crate::{
    attempt::Outcome,
    evidence::{Case, Missing, Observed},
    words,
};

/// How far from the failure another one counts.
const WITHIN: TimeDelta = TimeDelta::hours(1);

/// How many services that went well are named.
const LISTED: usize = 8;

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
    let within = within(case);
    let failed: Vec<&Observed<SiblingOperation>> = within
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
        .copied()
        .collect();
    let well: Vec<&Observed<SiblingOperation>> = within
        .iter()
        .filter(|operation| Outcome::of(&operation.fact.status) == Outcome::Succeeded)
        .copied()
        .collect();
    let services: BTreeSet<&str> = failed
        .iter()
        .map(|operation| operation.fact.service_arn.as_str())
        .collect();
    let others = words::count(all as u64, "other service", "other services");
    let with_all = with_all(case, &services);
    let mut told = Vec::new();
    told.push(Told::new(match (services.len(), well.len()) {
        (0, 0) => format!(
            "no deployment of the {others} falls within an hour of it, so they are no witnesses"
        ),
        (0, well) => format!(
            "the trouble is the service's own: {} of the {others} went well within an hour of it, \
             and none failed",
            words::count(well as u64, "deployment", "deployments")
        ),
        (failed, 0) if with_all.as_ref().is_ok_and(Vec::is_empty) => format!(
            "{failed} of the {others} failed within an hour of it too and none deployed well, \
             though they share nothing but the account and the Region: either something outside of \
             them, or chance"
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
        let name = name(case, &operation.fact.service_arn);
        let mut text = format!(
            "{name}: {} {}",
            operation.fact.operation_type, operation.fact.status
        );
        // What the only one shares is told below.
        if services.len() > 1 {
            text.push_str(&match with(case, &operation.fact.service_arn) {
                Ok(all) if all.is_empty() => "; it shares nothing with this one".to_owned(),
                Ok(all) => format!("; it shares {}", list(&all)),
                Err(_) => String::new(),
            });
        }
        told.push(Told {
            time: operation.time,
            text,
            record: operation.record,
            digest: None,
        });
    }
    if !failed.is_empty() {
        told.push(Told::new(match &with_all {
            Ok(all) if all.is_empty() => {
                "they share nothing but the account and the Region".to_owned()
            }
            Ok(all) => format!("they share {}", list(all)),
            Err(missing) => format!(
                "they share the account and the Region; what else was not looked at: {}",
                missing.sentence()
            ),
        }));
    }
    told.extend(cleared(case, &well));
    told
}

/// The deployments of others within an hour of the attempt.
fn within<'a>(case: Case<'a>) -> Vec<&'a Observed<SiblingOperation>> {
    let window = case.window();
    let near = Interval {
        from: words::before(window.from, WITHIN),
        to: words::after(window.to, WITHIN),
    };
    let operations = case.evidence.surroundings.sibling_operations.iter();
    operations
        .filter(|operation| {
            let ended = operation.fact.ended_at.or(operation.fact.updated_at);
            operation.fact.operation_type.deploys()
                && operation
                    .time
                    .is_some_and(|began| began <= near.to && ended.unwrap_or(began) >= near.from)
        })
        .collect()
}

fn name(case: Case<'_>, arn: &str) -> String {
    let siblings = &case.evidence.surroundings.siblings;
    let known = siblings.iter().find(|it| it.fact.arn == arn);
    known.map_or_else(|| arn.to_owned(), |it| it.fact.name.clone())
}

/// What another service is made of.
fn configuration<'a>(
    case: Case<'a>,
    arn: &str,
) -> Result<&'a Observed<SiblingConfiguration>, Missing> {
    let all = &case.evidence.surroundings.sibling_configurations;
    if let Some(found) = all.iter().find(|it| it.fact.service_arn == arn) {
        return Ok(found);
    }
    let subject = format!("{arn} configuration");
    case.evidence
        .ledger
        .looked("siblings", Some(&subject), None)?;
    Err(Missing::undecided(
        "siblings",
        "the bundle does not tell what they are made of",
    ))
}

fn own<'a>(case: Case<'a>) -> Result<&'a Service, Missing> {
    case.service().map(|service| service.fact)
}

/// What another service shares with this one.
fn with(case: Case<'_>, arn: &str) -> Result<Vec<Shared>, Missing> {
    Ok(shared(own(case)?, &configuration(case, arn)?.fact))
}

/// What some services all share with this one.
fn with_all(case: Case<'_>, services: &BTreeSet<&str>) -> Result<Vec<Shared>, Missing> {
    let mut all: Option<Vec<Shared>> = None;
    for arn in services {
        let these = with(case, arn)?;
        all = Some(match all {
            None => these,
            Some(known) => known.into_iter().filter(|it| these.contains(it)).collect(),
        });
    }
    Ok(all.unwrap_or_default())
}

/// What services share with this one that went well, which tells that it worked.
fn cleared(case: Case<'_>, well: &[&Observed<SiblingOperation>]) -> Vec<Told> {
    let mut newest: BTreeMap<&str, &Observed<SiblingOperation>> = BTreeMap::new();
    for operation in well {
        newest.insert(&operation.fact.service_arn, operation);
    }
    let mut told = Vec::new();
    let mut alone = 0;
    let mut unseen: Option<Missing> = None;
    for (arn, operation) in &newest {
        let all = match with(case, arn) {
            Ok(all) => all,
            Err(missing) => {
                unseen.get_or_insert(missing);
                continue;
            }
        };
        if all.is_empty() {
            alone += 1;
            continue;
        }
        // One that went well before may have done so before something broke.
        let since = case.attempt.failed_at().unwrap_or(case.attempt.started);
        let works = match operation.time.is_some_and(|began| began >= since) {
            true => "works",
            false => "worked then",
        };
        let (it, them) = match all.len() {
            1 => ("it", format!("so that {works}")),
            _ => ("them", format!("so each of them {works}")),
        };
        told.push(Told {
            time: operation.time,
            text: format!(
                "{} shares {} with this one and went well with {it}, {them}",
                name(case, arn),
                list(&all)
            ),
            record: operation.record,
            digest: None,
        });
    }
    let more = told.len().saturating_sub(LISTED);
    told.truncate(LISTED);
    if more > 0 {
        told.push(Told::new(format!(
            "{} like these are not listed",
            words::count(more as u64, "service", "services")
        )));
    }
    if alone > 0 && told.is_empty() && unseen.is_none() {
        told.push(Told::new(
            "those that went well share nothing with this one but the account and the Region, so \
             they clear nothing that it depends on",
        ));
    }
    if let Some(missing) = unseen {
        told.push(Told::new(format!(
            "what those that went well share with this one was not looked at of all: {}",
            missing.sentence()
        )));
    }
    told
}

fn list(all: &[Shared]) -> String {
    let all: Vec<String> = all.iter().map(Shared::text).collect();
    words::list(&all)
}

#[cfg(test)]
mod tests;
