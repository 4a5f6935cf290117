//! Which look-ups are made: CloudTrail takes one attribute in each, and two look-ups a second.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::LookupAttributeKey;
use chrono::TimeDelta;
use evidence_schema::{Interval, manifest::Target, record::Origin};

use crate::{
    aws::GLOBAL_REGION,
    collect::Context,
    references::{Reference, references},
    sources::{image, roles},
};

/// The event source of ECR, and the subject of the look-up by it.
pub(super) const ECR: &str = "ecr.amazonaws.com";

/// The event source of App Runner, and the subject of the look-up by it.
pub(super) const APP_RUNNER: &str = "apprunner.amazonaws.com";

/// Who takes a role on is told by STS.
const IAM: &[&str] = &["iam.amazonaws.com", "sts.amazonaws.com"];
const KEYS: &[&str] = &["kms.amazonaws.com"];
const NETWORK: &[&str] = &["ec2.amazonaws.com"];
const PARAMETERS: &[&str] = &["ssm.amazonaws.com"];
const SECRETS: &[&str] = &["secretsmanager.amazonaws.com"];

/// CloudTrail keeps its event history that long.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Look-ups that CloudTrail takes in a second.
const PER_SECOND: usize = 2;

/// A question to CloudTrail.
#[derive(Debug)]
pub(super) struct LookUp {
    /// What it is about, for the ledger.
    pub(super) subject: String,
    /// The event sources that have a part in it.
    pub(super) sources: &'static [&'static str],
    /// By what is looked up.
    pub(super) key: LookupAttributeKey,
    /// The values: every name that CloudTrail may know the subject by.
    pub(super) values: Vec<String>,
    /// The time.
    pub(super) span: Interval,
    /// The Region whose history is asked.
    pub(super) region: String,
}

/// What will be asked, and what cannot be.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The look-ups, in their order.
    pub(super) look_ups: Vec<LookUp>,
    /// What belongs to another account, whose history is not ours to ask.
    pub(super) foreign: Vec<String>,
}

impl Plan {
    /// The event sources of all look-ups.
    pub(super) fn event_sources(&self) -> BTreeSet<&'static str> {
        let sources = self.look_ups.iter().flat_map(|it| it.sources);
        sources.copied().collect()
    }

    /// Every text by which an event may name what is looked up by name.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let by_name = self
            .look_ups
            .iter()
            .filter(|it| it.key == LookupAttributeKey::ResourceName);
        let mut names: BTreeSet<_> = by_name.flat_map(|it| it.values.iter().cloned()).collect();
        // Keys and repositories are named by the end of their ARN as well.
        for (part, open, close) in [(":key/", "", ""), (":repository/", "\"", "\"")] {
            let ends: Vec<_> = names
                .iter()
                .filter_map(|name| Some(format!("{open}{}{close}", name.split_once(part)?.1)))
                .collect();
            names.extend(ends);
        }
        names
    }
}

/// All events of App Runner. It needs no name, so that it can be made before any is known.
pub(super) fn of_app_runner(target: &Target, extended: Interval) -> LookUp {
    by_source(&[APP_RUNNER], kept(extended), &target.region)
}

/// The fewest look-ups that answer what changed, that of App Runner first. Everything by its name
/// where that is narrower than all events of a service.
pub(super) fn plan(context: &Context<'_>) -> Plan {
    let kept = kept(context.windows.extended);
    let own = context.target.region.as_str();
    let by_name = |subject: &str, sources, values: Vec<String>, region: &str| LookUp {
        subject: subject.to_owned(),
        sources,
        key: LookupAttributeKey::ResourceName,
        values,
        span: kept,
        region: region.to_owned(),
    };
    let account = context.target.account.as_str();
    let is_foreign = |arn: &str| arn.split(':').nth(4).is_some_and(|it| it != account);
    let mut foreign = Vec::new();
    let mut look_ups = vec![of_app_runner(context.target, context.windows.extended)];
    // IAM is a global service, and its events are recorded in us-east-1 alone.
    for (arn, _) in roles::used(context) {
        let name = roles::name_of(&arn).to_owned();
        look_ups.push(by_name(&arn, IAM, vec![name], GLOBAL_REGION));
    }
    for arn in context.leads.policies() {
        look_ups.push(by_name(&arn, IAM, vec![arn.clone()], GLOBAL_REGION));
    }
    if pulls_from_ecr(context) {
        let repository = image::reference(context).ok();
        let region = repository.as_ref().map_or(own, |it| it.region.as_str());
        // By its source for a day: pulls and refused pulls do not always name the repository.
        look_ups.push(by_source(&[ECR], context.windows.recent, region));
        let before = Interval {
            from: kept.from,
            to: context.windows.recent.from,
        };
        if let Some(it) = repository
            && before.from < before.to
        {
            let arn = it.arn();
            if is_foreign(&arn) {
                foreign.push(arn);
            } else {
                let mut look_up = by_name(&arn, &[ECR], vec![arn.clone()], &it.region);
                look_up.span = before;
                look_ups.push(look_up);
            }
        }
    }
    for reference in references(context.service).unwrap_or_default().into_keys() {
        match reference {
            Reference::Secret { arn, .. } if is_foreign(&arn) => foreign.push(arn),
            Reference::Secret { arn, region } => {
                // CloudTrail knows a secret as the caller named it.
                let mut names = vec![arn.clone()];
                names.extend(secret_name(&arn));
                look_ups.push(by_name(&arn, SECRETS, names, &region));
            }
            Reference::Parameter { stated, .. } if is_foreign(&stated) => foreign.push(stated),
            Reference::Parameter { stated, names, .. } => {
                let mut values = names.clone();
                values.push(format!(
                    "arn:aws:ssm:{own}:{account}:parameter/{}",
                    names[0].trim_start_matches('/')
                ));
                look_ups.push(by_name(&stated, PARAMETERS, values, own));
            }
            Reference::Unknown(_) => {}
        }
    }
    for (key, _) in context.leads.keys() {
        if is_foreign(&key) {
            foreign.push(key);
            continue;
        }
        let region = key.split(':').nth(3).unwrap_or(own).to_owned();
        look_ups.push(by_name(&key, KEYS, vec![key.clone()], &region));
    }
    for id in context.leads.network() {
        look_ups.push(by_name(&id, NETWORK, vec![id.clone()], own));
    }
    Plan { look_ups, foreign }
}

/// What of a window the event history still has.
fn kept(extended: Interval) -> Interval {
    Interval {
        from: extended.from.max(extended.to - KEPT),
        to: extended.to,
    }
}

/// A look-up of everything that a service did.
fn by_source(sources: &'static [&'static str], span: Interval, region: &str) -> LookUp {
    LookUp {
        subject: sources[0].to_owned(),
        sources,
        key: LookupAttributeKey::EventSource,
        values: vec![sources[0].to_owned()],
        span,
        region: region.to_owned(),
    }
}

/// What the look-ups cost at least, said before they begin.
pub(super) fn cost(look_ups: &[&LookUp]) -> String {
    let calls: usize = look_ups.iter().map(|it| it.values.len()).sum();
    format!(
        "{calls} look-ups in CloudTrail, which takes {PER_SECOND} a second: {} s, and more where \
         there are many events",
        calls.div_ceil(PER_SECOND)
    )
}

/// Whether pulls and pushes of ECR have anything to do with the service.
pub(super) fn pulls_from_ecr(context: &Context<'_>) -> bool {
    match context.service.map(|service| &service.source.origin) {
        Some(Origin::Image(image)) => image.repository_type != "ECR_PUBLIC",
        Some(Origin::Code(_)) => false,
        // It is not known, so it may be.
        Some(Origin::Unknown) | None => true,
    }
}

/// The name of a secret, without the six characters that its ARN ends in.
fn secret_name(arn: &str) -> Option<String> {
    let name = arn.split(':').nth(6)?;
    let (name, suffix) = name.rsplit_once('-')?;
    (suffix.len() == 6).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_a_name_before_its_suffix() {
        let arn =
            |name: &str| format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}");
        assert_eq!(
            secret_name(&arn("shop/db-AbCdEf")).as_deref(),
            Some("shop/db")
        );
        assert_eq!(secret_name(&arn("shop")), None);
    }
}
