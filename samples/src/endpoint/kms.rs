//! KMS: keys, their policies and their grants.

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::Request,
    validate::{Member, int, list, text},
};
use crate::account::{Key, KeyState};

const KEY: Member = text("KeyId", 1, 2048).required();

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "DescribeKey",
        members: &[KEY, list("GrantTokens", 0, 10)],
        paging: None,
        answer: describe_key,
    },
    Served {
        operation: "GetKeyPolicy",
        members: &[KEY, text("PolicyName", 1, 128)],
        paging: None,
        answer: get_key_policy,
    },
    Served {
        operation: "ListGrants",
        members: &[
            KEY,
            int("Limit", 1, 100),
            text("Marker", 1, 1024),
            text("GrantId", 1, 128),
            text("GranteePrincipal", 1, 256),
        ],
        paging: Some(Paging {
            token_in: "Marker",
            token_out: &["NextMarker"],
            items: &["Grants"],
            more: Some("Truncated"),
        }),
        answer: list_grants,
    },
];

fn describe_key(request: &Request<'_>) -> Result<Answer, Failure> {
    let key = key(request)?;
    let manager = if key.is_of_aws { "AWS" } else { "CUSTOMER" };
    let description = match (key.is_of_aws, &key.alias) {
        (true, Some(alias)) => {
            let service = alias.rsplit('/').next().unwrap_or_default();
            format!("Default key that protects my {service} data when no other key is defined")
        }
        _ => String::new(),
    };
    let metadata = Out::map()
        .with("AWSAccountId", &request.account.id)
        .with("KeyId", &key.id)
        .with("Arn", &key.arn)
        .with("CreationDate", key.created_at)
        .with("Enabled", key.state == KeyState::Enabled)
        .with("Description", description)
        .with("KeyUsage", "ENCRYPT_DECRYPT")
        .with("KeyState", key.state.as_str())
        .with_some("DeletionDate", key.deletion_at)
        .with("Origin", "AWS_KMS")
        .with("KeyManager", manager)
        .with("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT")
        .with("KeySpec", "SYMMETRIC_DEFAULT")
        .with("EncryptionAlgorithms", vec![Out::from("SYMMETRIC_DEFAULT")])
        .with("MultiRegion", false);
    Ok(Out::map().with("KeyMetadata", metadata).into())
}

fn get_key_policy(request: &Request<'_>) -> Result<Answer, Failure> {
    let key = key_by_id(request)?;
    let name = request.text("PolicyName").unwrap_or("default");
    if name != "default" {
        return Err(Failure::new(
            "NotFoundException",
            format!("No such policy exists: {name}"),
        ));
    }
    Ok(Out::map()
        .with("Policy", &key.policy)
        .with("PolicyName", name)
        .into())
}

fn list_grants(request: &Request<'_>) -> Result<Answer, Failure> {
    let key = key_by_id(request)?;
    let found = key
        .grants
        .iter()
        .filter(|grant| {
            request.text("GrantId").is_none_or(|id| grant.id == id)
                && request
                    .text("GranteePrincipal")
                    .is_none_or(|grantee| grant.grantee == grantee)
        })
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "Limit", 50)?;
    let grants = Out::list(&found[range], |grant| {
        let context = &grant.encryption_context;
        let constraints = (!context.is_empty()).then(|| {
            let pairs = context
                .iter()
                .fold(Out::map(), |map, (name, value)| map.with(name, value));
            let constraint = match grant.is_exact {
                true => "EncryptionContextEquals",
                false => "EncryptionContextSubset",
            };
            Out::map().with(constraint, pairs)
        });
        Out::map()
            .with("KeyId", &key.arn)
            .with("GrantId", &grant.id)
            .with_some("Name", grant.name.as_ref())
            .with("CreationDate", grant.created_at)
            .with("GranteePrincipal", &grant.grantee)
            .with_some("RetiringPrincipal", grant.retiring.as_ref())
            .with(
                "IssuingAccount",
                format!("arn:aws:iam::{}:root", request.account.id),
            )
            .with("Operations", Out::list(&grant.operations, Out::from))
            .with_some("Constraints", constraints)
    });
    Ok(Answer {
        out: Out::map()
            .with("Grants", grants)
            .with("Truncated", next.is_some()),
        next,
    })
}

/// The key by its id or its ARN: what needs more than a description takes no alias.
fn key_by_id<'a>(request: &Request<'a>) -> Result<&'a Key, Failure> {
    let asked = request.required("KeyId");
    if asked.starts_with("alias/") || asked.contains(":alias/") {
        return Err(Failure::new(
            "NotFoundException",
            format!("Invalid keyId '{asked}'"),
        ));
    }
    key(request)
}

fn key<'a>(request: &Request<'a>) -> Result<&'a Key, Failure> {
    let asked = request.required("KeyId");
    let region = &request.region;
    let account = &request.account.id;
    let not_found = |message: String| Failure::new("NotFoundException", message);
    if let Some(arn) = asked.strip_prefix("arn:") {
        let parts = arn.split(':').collect::<Vec<_>>();
        let ["aws", "kms", of_region, of_account, _] = parts.as_slice() else {
            return Err(Failure::new(
                "InvalidArnException",
                format!("Invalid arn {asked}"),
            ));
        };
        if of_region != region {
            return Err(not_found(format!("Invalid arn {of_region}")));
        }
        if of_account != account {
            return Err(Failure::new(
                "AccessDeniedException",
                format!(
                    "User: {} is not authorized to perform: kms:{} on resource: {asked} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
                    request.account.caller, request.operation
                ),
            ));
        }
    }
    let found = request
        .account
        .keys
        .iter()
        .find(|key| key.is_named(asked) && key.region == *region);
    found.ok_or_else(|| {
        let resource = asked.rsplit(':').next().unwrap_or(asked);
        let resource = resource.strip_prefix("key/").unwrap_or(resource);
        not_found(match resource.strip_prefix("alias/") {
            Some(_) => format!("Alias arn:aws:kms:{region}:{account}:{resource} is not found."),
            None => format!("Key 'arn:aws:kms:{region}:{account}:key/{resource}' does not exist"),
        })
    })
}
