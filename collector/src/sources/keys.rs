//! The KMS keys behind the service, its repository, its secrets and its parameters, and who may use
//! them.

use std::collections::HashMap;

use aws_sdk_kms::types::GrantListEntry;
use evidence_schema::{
    Body, Status,
    record::{ContextPair, GrantConstraints, Key, KeyGrant},
};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const DESCRIBE_KEY: &str = "kms:DescribeKey";
const GET_KEY_POLICY: &str = "kms:GetKeyPolicy";
const LIST_GRANTS: &str = "kms:ListGrants";

const KEYS: &str = "arn:aws:kms:*:*:key/*";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "keys",
    gives: "the KMS keys that the service, its image and its secrets are encrypted with, and the grants on them",
    calls: &[
        call(DESCRIBE_KEY, KEYS),
        call(GET_KEY_POLICY, KEYS),
        call(LIST_GRANTS, KEYS),
    ],
};

/// A page of grants, the largest that KMS gives.
const PAGE: i32 = 100;

/// Describes each key and reads its policy and its grants, an entry of the ledger each. Runs after
/// the sources that find out which keys there are.
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
    let grants_of = |reference: &str| format!("{reference} grants");
    for (reference, _) in &keys {
        out.plan(Some(reference), &[]);
        out.plan(Some(&policy_of(reference)), &[]);
        out.plan(Some(&grants_of(reference)), &[]);
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
                let arn = key.arn.clone();
                out.begin(Some(&reference));
                out.push(Body::Key(Box::new(key)));
                out.end(Ok(()));
                out.begin(Some(&grants_of(&reference)));
                let grants = grants(out, &kms, context, &arn).await;
                out.end(grants);
            }
            Err(outcome) => {
                let skipped = if outcome.status == Status::Absent {
                    Some(Outcome::absent("the key does not exist"))
                } else if reference.contains(":alias/") {
                    let note = "which key the alias means is not known";
                    Some(Outcome::not_asked(note))
                } else {
                    None
                };
                out.end(Err(outcome));
                if let Some(outcome) = skipped {
                    out.skip(Some(&policy_of(&reference)), outcome.clone());
                    out.skip(Some(&grants_of(&reference)), outcome);
                    continue;
                }
                out.begin(Some(&policy_of(&reference)));
                let policy = policy(out, &kms, context, &reference).await;
                out.end(policy.map(|_| ()));
                out.begin(Some(&grants_of(&reference)));
                let grants = grants(out, &kms, context, &reference).await;
                out.end(grants);
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

/// Whether the key is one of the account that is looked at.
fn is_own(arn: &str, context: &Context<'_>) -> bool {
    arn.split(':').nth(4) == Some(context.target.account.as_str())
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
    if !is_own(arn, context) {
        return Err(Outcome::not_asked(
            "only the account of a key may read its policy",
        ));
    }
    out.call(GET_KEY_POLICY);
    let answer = kms
        .get_key_policy()
        .key_id(arn)
        // The only one there is, and not assumed by everything that speaks for KMS.
        .policy_name("default")
        .send()
        .await
        .map_err(|error| status_of(GET_KEY_POLICY, error))?;
    Ok(text_of(answer.policy.as_ref()))
}

/// Reads the grants to the last page. Each is a record of its own: a key may have fifty thousand.
async fn grants(
    out: &mut Out<'_>,
    kms: &aws_sdk_kms::Client,
    context: &Context<'_>,
    arn: &str,
) -> Result<(), Outcome> {
    if !is_own(arn, context) {
        return Err(Outcome::not_asked(
            "the grants on a key of another account are its own business",
        ));
    }
    let mut pages = Pages::default();
    loop {
        out.call(LIST_GRANTS);
        let page = kms
            .list_grants()
            .key_id(arn)
            .limit(PAGE)
            .set_marker(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_GRANTS, error))?;
        let mut unread = 0_u64;
        for grant in page.grants.unwrap_or_default() {
            match convert(grant, arn) {
                Some(grant) => out.push(Body::KeyGrant(Box::new(grant))),
                None => unread += 1,
            }
        }
        if unread > 0 {
            out.note(&format!("{unread} grants had no id"));
        }
        let marker = text_of(page.next_marker.as_ref());
        if page.truncated && marker.is_none() {
            let note = "KMS said that there are more grants, and not how to ask for them";
            return Err(Outcome::noted(Status::Partial, note));
        }
        if !pages.advance(marker)? {
            return Ok(());
        }
    }
}

fn convert(it: GrantListEntry, arn: &str) -> Option<KeyGrant> {
    let mut granted_operations: Vec<_> = it
        .operations
        .unwrap_or_default()
        .iter()
        .map(|operation| operation.as_str().to_owned())
        .collect();
    granted_operations.sort_unstable();
    let constraints = it.constraints;
    let constraints = constraints.map_or_else(GrantConstraints::default, |it| GrantConstraints {
        context_subset: it.encryption_context_subset.map(pairs),
        context_equals: it.encryption_context_equals.map(pairs),
        source_arn: text_of(it.source_arn.as_ref()),
    });
    Some(KeyGrant {
        key_arn: arn.to_owned(),
        grant_id: text_of(it.grant_id.as_ref())?,
        grant_name: text_of(it.name.as_ref()),
        grantee: text_of(it.grantee_principal.as_ref())
            .or_else(|| text_of(it.grantee_service_principal.as_ref())),
        retiring_principal: text_of(it.retiring_principal.as_ref())
            .or_else(|| text_of(it.retiring_service_principal.as_ref())),
        issuing_account: text_of(it.issuing_account.as_ref()),
        granted_operations,
        constraints,
        created_at: time_of(it.creation_date.as_ref()),
    })
}

fn pairs(context: HashMap<String, String>) -> Vec<ContextPair> {
    let pair = |(left, right)| ContextPair { left, right };
    let mut pairs: Vec<_> = context.into_iter().map(pair).collect();
    pairs.sort_unstable();
    pairs
}
