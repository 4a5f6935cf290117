//! Secrets Manager: what is known of a secret, but not what is in it.

use super::{
    Served,
    answer::{Answer, Failure, Out},
    request::Request,
    validate::text,
};
use crate::account::{Secret, id, secret::is_suffix};

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "DescribeSecret",
        members: &[text("SecretId", 1, 2048).required()],
        paging: None,
        answer: describe_secret,
    },
    Served {
        operation: "GetResourcePolicy",
        members: &[text("SecretId", 1, 2048).required()],
        paging: None,
        answer: get_resource_policy,
    },
];

fn describe_secret(request: &Request<'_>) -> Result<Answer, Failure> {
    let secret = secret(request)?;
    let version = id::uuid(&["version", &secret.arn, &secret.changed_at.to_rfc3339()]);
    let versions = secret.has_value.then(|| {
        let stages = vec![Out::from("AWSCURRENT")];
        Out::Map(vec![(version, Out::List(stages))])
    });
    Ok(Out::map()
        .with("ARN", &secret.arn)
        .with("Name", &secret.name)
        .with_some("KmsKeyId", secret.kms_key.as_ref())
        .with("LastChangedDate", secret.changed_at)
        .with_some("DeletedDate", secret.deleted_at)
        .with_some("VersionIdsToStages", versions)
        .with("CreatedDate", secret.created_at)
        .into())
}

fn get_resource_policy(request: &Request<'_>) -> Result<Answer, Failure> {
    let secret = secret(request)?;
    if secret.deleted_at.is_some() {
        return Err(Failure::new(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ));
    }
    Ok(Out::map()
        .with("ARN", &secret.arn)
        .with("Name", &secret.name)
        .with_some("ResourcePolicy", secret.policy.as_ref())
        .into())
}

/// The secret by its name, its ARN, or its ARN without the six characters at the end.
fn secret<'a>(request: &Request<'a>) -> Result<&'a Secret, Failure> {
    let asked = request.required("SecretId");
    let is_it = |secret: &&Secret| {
        let is_named = secret.name == asked
            || secret.arn == asked
            || secret
                .arn
                .strip_prefix(asked)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(is_suffix);
        is_named && secret.region == request.region
    };
    let account = asked
        .split(':')
        .nth(4)
        .filter(|_| asked.starts_with("arn:"));
    if account.is_some_and(|account| account != request.account.id) {
        return Err(Failure::new(
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: secretsmanager:{} on resource: {asked} because no resource-based policy allows the secretsmanager:{} action",
                request.account.caller, request.operation, request.operation
            ),
        ));
    }
    request.account.secrets.iter().find(is_it).ok_or_else(|| {
        Failure::new(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        )
    })
}
