//! Which look-ups are made: CloudTrail takes one attribute in each, and two look-ups a second.

use aws_sdk_cloudtrail::types::LookupAttributeKey;
use chrono::TimeDelta;
use evidence_schema::{Interval, record::Origin};

use crate::{
    aws::GLOBAL_REGION,
    collect::Context,
    references::{Reference, references},
    sources::{image, roles},
};

/// The event source of ECR, and the subject of the look-up by it.
pub(super) const ECR: &str = "ecr.amazonaws.com";

const APP_RUNNER: &str = "apprunner.amazonaws.com";

/// CloudTrail keeps its event history that long.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Look-ups that CloudTrail takes in a second.
const PER_SECOND: usize = 2;

/// A question to CloudTrail.
#[derive(Debug)]
pub(super) struct LookUp {
    /// What it is about, for the ledger.
    pub(super) subject: String,
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

/// The fewest look-ups that answer what changed. Everything by its name where that is narrower
/// than all events of a service.
pub(super) fn plan(context: &Context<'_>) -> Plan {
    let extended = context.windows.extended;
    let kept = Interval {
        from: extended.from.max(extended.to - KEPT),
        to: extended.to,
    };
    let own = context.target.region.as_str();
    let by_source = |source: &str, span, region: &str| LookUp {
        subject: source.to_owned(),
        key: LookupAttributeKey::EventSource,
        values: vec![source.to_owned()],
        span,
        region: region.to_owned(),
    };
    let by_name = |subject: &str, values: Vec<String>, region: &str| LookUp {
        subject: subject.to_owned(),
        key: LookupAttributeKey::ResourceName,
        values,
        span: kept,
        region: region.to_owned(),
    };
    let account = context.target.account.as_str();
    let is_foreign = |arn: &str| arn.split(':').nth(4).is_some_and(|it| it != account);
    let mut foreign = Vec::new();
    let mut look_ups = vec![by_source(APP_RUNNER, kept, own)];
    // IAM is a global service, and its events are recorded in us-east-1 alone.
    for (arn, _) in roles::used(context) {
        let name = roles::name_of(&arn).to_owned();
        look_ups.push(by_name(&arn, vec![name], GLOBAL_REGION));
    }
    for arn in context.leads.policies() {
        look_ups.push(by_name(&arn, vec![arn.clone()], GLOBAL_REGION));
    }
    if pulls_from_ecr(context) {
        let repository = image::repository(context);
        let region = repository.as_ref().map_or(own, |it| it.region.as_str());
        // By its source for a day: pulls and refused pulls do not always name the repository.
        look_ups.push(by_source(ECR, context.windows.recent, region));
        let before = Interval {
            from: kept.from,
            to: context.windows.recent.from,
        };
        if let Some(it) = repository
            && before.from < before.to
        {
            if is_foreign(&it.arn) {
                foreign.push(it.arn);
            } else {
                let mut look_up = by_name(&it.arn, vec![it.arn.clone()], &it.region);
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
                look_ups.push(by_name(&arn, names, &region));
            }
            Reference::Parameter { stated, .. } if is_foreign(&stated) => foreign.push(stated),
            Reference::Parameter { stated, names, .. } => {
                let mut values = names.clone();
                values.push(format!(
                    "arn:aws:ssm:{own}:{account}:parameter/{}",
                    names[0].trim_start_matches('/')
                ));
                look_ups.push(by_name(&stated, values, own));
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
        look_ups.push(by_name(&key, vec![key.clone()], &region));
    }
    for id in context.leads.network() {
        look_ups.push(by_name(&id, vec![id.clone()], own));
    }
    Plan { look_ups, foreign }
}

/// What the look-ups cost at least, said before they begin.
pub(super) fn cost(look_ups: &[LookUp]) -> String {
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
