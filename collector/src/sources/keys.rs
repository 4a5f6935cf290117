//! The KMS keys behind the service, its repository, its secrets and its parameters.

use evidence_schema::{Body, Status, record::Key};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    status::{Outcome, status_of},
};

const DESCRIBE_KEY: &str = "kms:DescribeKey";
const GET_KEY_POLICY: &str = "kms:GetKeyPolicy";

const KEYS: &str = "arn:aws:kms:*:*:key/*";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "keys",
    gives: "the KMS keys that the service, its image and its secrets are encrypted with",
    calls: &[call(DESCRIBE_KEY, KEYS), call(GET_KEY_POLICY, KEYS)],
};

/// Describes each key and reads its policy, an entry of the ledger each. Runs after the sources
/// that find out which keys there are.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    if context.service.is_none() {
        return Err(Outcome::not_asked("the service could not be described"));
    }
    let keys = context.leads.keys();
    if keys.is_empty() {
        return Err(Outcome::not_asked(
            "nothing that was seen is encrypted with a key of the customer",
        ));
    }
    let policy_of = |reference: &str| format!("{reference} policy");
    for (reference, _) in &keys {
        out.plan(Some(reference), &[]);
        out.plan(Some(&policy_of(reference)), &[]);
    }
    for (reference, used_by) in keys {
        let kms = context.aws.kms(region_of(&reference, context));
        out.begin(Some(&reference));
        match describe(out, &kms, &reference, used_by).await {
            Ok(mut key) => {
                // The record takes the policy in, so its entry stays open until that was asked.
                out.begin(Some(&policy_of(&reference)));
                let policy = policy(out, &kms, context, &key.arn).await;
                out.end(policy.map(|policy| key.policy = policy));
                out.begin(Some(&reference));
                out.push(Body::Key(Box::new(key)));
                out.end(Ok(()));
            }
            Err(outcome) => {
                let gone = outcome.status == Status::Absent;
                out.end(Err(outcome));
                out.begin(Some(&policy_of(&reference)));
                if gone {
                    out.end(Err(Outcome::absent("the key does not exist")));
                } else if reference.contains(":alias/") {
                    let note = "which key the alias means is not known";
                    out.end(Err(Outcome::not_asked(note)));
                } else {
                    let policy = policy(out, &kms, context, &reference).await;
                    out.end(policy.map(|_| ()));
                }
            }
        }
    }
    Ok(())
}

/// The Region in the ARN of a key.
fn region_of<'a>(arn: &'a str, context: &'a Context<'_>) -> &'a str {
    let region = arn.split(':').nth(3).filter(|region| !region.is_empty());
    region.unwrap_or(&context.target.region)
}

async fn describe(
    out: &mut Out<'_>,
    kms: &aws_sdk_kms::Client,
    reference: &str,
    used_by: Vec<String>,
) -> Result<Key, Outcome> {
    out.call(DESCRIBE_KEY);
    let answer = kms
        .describe_key()
        .key_id(reference)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE_KEY, error))?;
    let Some(it) = answer.key_metadata else {
        return Err(Outcome::absent("AWS answered without a key"));
    };
    Ok(Key {
        reference: reference.to_owned(),
        arn: text_of(it.arn.as_ref()).unwrap_or_else(|| reference.to_owned()),
        used_by,
        state: text_of(it.key_state.as_ref()),
        manager: text_of(it.key_manager.as_ref()),
        usage: text_of(it.key_usage.as_ref()),
        origin: text_of(it.origin.as_ref()),
        multi_region: it.multi_region,
        created_at: time_of(it.creation_date.as_ref()),
        deletion_at: time_of(it.deletion_date.as_ref()),
        valid_to: time_of(it.valid_to.as_ref()),
        policy: None,
    })
}

async fn policy(
    out: &mut Out<'_>,
    kms: &aws_sdk_kms::Client,
    context: &Context<'_>,
    arn: &str,
) -> Result<Option<String>, Outcome> {
    if arn.split(':').nth(4) != Some(context.target.account.as_str()) {
        return Err(Outcome::not_asked(
            "only the account of a key may read its policy",
        ));
    }
    out.call(GET_KEY_POLICY);
    let answer = kms
        .get_key_policy()
        .key_id(arn)
        .send()
        .await
        .map_err(|error| status_of(GET_KEY_POLICY, error))?;
    Ok(text_of(answer.policy.as_ref()))
}
