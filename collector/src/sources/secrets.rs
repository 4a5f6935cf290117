//! The secrets that the service refers to: that they exist, never what is in them.

use evidence_schema::{Body, Status, record::Secret};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    references::{Reference, references},
    status::{Outcome, status_of},
};

const DESCRIBE_SECRET: &str = "secretsmanager:DescribeSecret";
const GET_RESOURCE_POLICY: &str = "secretsmanager:GetResourcePolicy";

const SECRETS: &str = "arn:aws:secretsmanager:*:*:secret:*";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "secrets",
    gives: "the secrets that the service refers to, their state and policy, never their content",
    calls: &[
        call(DESCRIBE_SECRET, SECRETS),
        call(GET_RESOURCE_POLICY, SECRETS),
    ],
};

/// Describes each secret and reads its policy, an entry of the ledger each.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let mut secrets = Vec::new();
    for (reference, names) in references(context.service)? {
        match reference {
            Reference::Secret { arn, region } => secrets.push((arn, region, names)),
            Reference::Parameter { .. } => {}
            Reference::Unknown(text) => out.skip(
                Some(&text),
                Outcome::not_asked("the reference names neither a secret nor a parameter"),
            ),
        }
    }
    if secrets.is_empty() {
        if out.coverage().is_empty() {
            return Err(Outcome::not_asked("the service refers to no secret"));
        }
        return Ok(());
    }
    let policy_of = |arn: &str| format!("{arn} policy");
    for (arn, _, _) in &secrets {
        out.plan(Some(arn), &[]);
        out.plan(Some(&policy_of(arn)), &[]);
    }
    for (arn, region, names) in secrets {
        let client = context.aws.secretsmanager(&region);
        out.begin(Some(&arn));
        match describe(out, &client, &arn, names).await {
            Ok(mut secret) => {
                // The record takes the policy in, so its entry stays open until that was asked.
                out.begin(Some(&policy_of(&arn)));
                let policy = if secret.deleted_at.is_some() {
                    Err(Outcome::not_asked(
                        "the secret is marked for deletion, and its policy cannot be read",
                    ))
                } else {
                    policy(out, &client, &arn).await
                };
                out.end(policy.map(|policy| secret.policy = policy));
                if let Some(key) = &secret.kms_key {
                    context.leads.key(context.target, key, &arn);
                }
                out.begin(Some(&arn));
                out.push(Body::Secret(secret));
                out.end(Ok(()));
            }
            Err(outcome) => {
                let gone = outcome.status == Status::Absent;
                out.end(Err(outcome));
                out.begin(Some(&policy_of(&arn)));
                if gone {
                    out.end(Err(Outcome::absent("the secret does not exist")));
                } else {
                    let policy = policy(out, &client, &arn).await;
                    out.end(policy.map(|_| ()));
                }
            }
        }
    }
    Ok(())
}

async fn describe(
    out: &mut Out<'_>,
    client: &aws_sdk_secretsmanager::Client,
    arn: &str,
    referenced_by: Vec<String>,
) -> Result<Secret, Outcome> {
    out.call(DESCRIBE_SECRET);
    let it = client
        .describe_secret()
        .secret_id(arn)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE_SECRET, error))?;
    let stages = it
        .version_ids_to_stages
        .unwrap_or_default()
        .into_iter()
        .map(|(version, mut stages)| {
            stages.sort_unstable();
            (version, stages)
        })
        .collect();
    Ok(Secret {
        arn: text_of(it.arn.as_ref()).unwrap_or_else(|| arn.to_owned()),
        name: text_of(it.name.as_ref()).unwrap_or_default(),
        referenced_by,
        kms_key: text_of(it.kms_key_id.as_ref()),
        created_at: time_of(it.created_date.as_ref()),
        changed_at: time_of(it.last_changed_date.as_ref()),
        rotated_at: time_of(it.last_rotated_date.as_ref()),
        deleted_at: time_of(it.deleted_date.as_ref()),
        rotation_enabled: it.rotation_enabled,
        stages,
        owning_service: text_of(it.owning_service.as_ref()),
        primary_region: text_of(it.primary_region.as_ref()),
        policy: None,
    })
}

async fn policy(
    out: &mut Out<'_>,
    client: &aws_sdk_secretsmanager::Client,
    arn: &str,
) -> Result<Option<String>, Outcome> {
    out.call(GET_RESOURCE_POLICY);
    let answer = client
        .get_resource_policy()
        .secret_id(arn)
        .send()
        .await
        .map_err(|error| status_of(GET_RESOURCE_POLICY, error))?;
    Ok(text_of(answer.resource_policy.as_ref()))
}
