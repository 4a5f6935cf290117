//! Keys of KMS.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use toml::Spanned;

use super::{
    Context, KeyState, Parameter, Problem, Repository, Secret, Service, id,
    stated::{GrantText, KeyText},
};

/// A key.
#[derive(Clone, Debug)]
pub struct Key {
    /// The ARN.
    pub arn: String,
    /// The id, which ends the ARN.
    pub id: String,
    /// The Region.
    pub region: String,
    /// The alias, such as `alias/shop`.
    pub alias: Option<String>,
    /// Whether AWS keeps it for one of its services.
    pub is_of_aws: bool,
    /// Whether it can be used.
    pub state: KeyState,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it will be deleted.
    pub deletion_at: Option<DateTime<Utc>>,
    /// The key policy.
    pub policy: String,
    /// The grants, oldest first.
    pub grants: Vec<Grant>,
}

/// What a key allows to someone, beside its policy.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// Who may.
    pub grantee: String,
    /// What they may do.
    pub operations: Vec<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who may take it back.
    pub retiring: Option<String>,
    /// The encryption context that must be given; none when it is empty.
    pub encryption_context: BTreeMap<String, String>,
    /// Whether nothing but that may be in the encryption context.
    pub is_exact: bool,
}

/// The keys to which anything in the account refers, which are healthy, those that AWS keeps, and
/// those that the file states.
pub(super) fn keys(
    stated: Vec<Spanned<KeyText>>,
    services: &[Service],
    repositories: &[Repository],
    secrets: &[Secret],
    parameters: &[Parameter],
    context: &Context,
) -> Result<Vec<Key>, Problem> {
    let mut keys = Vec::<Key>::new();
    for service in ["secretsmanager", "ssm"] {
        let id = id::uuid(&["key", &context.account, &context.region, service]);
        let mut key = healthy(arn(&id, context), context);
        key.alias = Some(format!("alias/aws/{service}"));
        key.is_of_aws = true;
        key.policy = policy_of_aws(service, context);
        keys.push(key);
    }
    let references = services
        .iter()
        .filter_map(|service| service.kms_key.as_ref())
        .chain(repositories.iter().filter_map(|it| it.kms_key.as_ref()))
        .chain(secrets.iter().filter_map(|secret| secret.kms_key.as_ref()))
        .chain(parameters.iter().filter_map(|it| it.kms_key.as_ref()));
    for reference in references {
        if keys.iter().any(|key| key.is_named(reference)) {
            continue;
        }
        let Some(key) = referred(reference, context) else {
            continue;
        };
        keys.push(key);
    }
    for repository in repositories {
        let named = repository.kms_key.as_ref();
        let key = named.and_then(|name| keys.iter_mut().find(|key| key.is_named(name)));
        if let Some(key) = key {
            key.grants.extend(grants_of_registry(&key.arn, repository));
        }
    }
    for text in stated {
        let span = text.span();
        let text = text.into_inner();
        let position = match keys.iter().position(|key| key.is_named(&text.id)) {
            Some(position) => position,
            None => {
                let key = referred(&text.id, context).ok_or_else(|| {
                    Problem::at(span.clone(), "the key is not one of this account")
                })?;
                keys.push(key);
                keys.len() - 1
            }
        };
        if text.exists == Some(false) {
            keys.remove(position);
            continue;
        }
        let key = &mut keys[position];
        key.alias = text.alias.map(alias).or_else(|| key.alias.take());
        key.state = text.state.unwrap_or(match text.deletion_in_days {
            Some(_) => KeyState::PendingDeletion,
            None => key.state,
        });
        let days = text.deletion_in_days.map_or(7, i64::from);
        key.deletion_at =
            (key.state == KeyState::PendingDeletion).then(|| context.now + TimeDelta::days(days));
        if let Some(created) = text.created {
            key.created_at = created.at(context.now);
        }
        if let Some(policy) = text.policy {
            key.policy = policy.0;
        }
        if let Some(grants) = text.grants {
            key.grants = grants
                .into_iter()
                .map(|text| grant(text, &key.arn, context))
                .collect();
        }
    }
    keys.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(keys)
}

impl Key {
    /// Whether a name in a request means this key: its id, its ARN, or its alias as either.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        let alias = name.split_once(":alias/").map(|(_, alias)| alias);
        let alias = alias.or_else(|| name.strip_prefix("alias/"));
        match alias {
            Some(alias) => {
                let own = self.alias.as_deref();
                own.and_then(|own| own.strip_prefix("alias/")) == Some(alias)
            }
            None => self.id == name || self.arn == name,
        }
    }
}

/// A healthy key of this account under that name.
fn referred(name: &str, context: &Context) -> Option<Key> {
    let mut parts = name.splitn(6, ':');
    let (region, resource) = if name.starts_with("arn:") {
        let region = parts.nth(3)?;
        (parts.next()? == context.account).then_some(())?;
        (region.to_owned(), parts.next()?)
    } else {
        (context.region.clone(), name)
    };
    let mut key = match resource.strip_prefix("alias/") {
        Some(_) => {
            let id = id::uuid(&["key", &context.account, &region, resource]);
            healthy(arn(&id, context), context)
        }
        None => {
            let id = resource.strip_prefix("key/").unwrap_or(resource);
            healthy(arn(id, context), context)
        }
    };
    if resource.starts_with("alias/") {
        key.alias = Some(resource.to_owned());
    }
    key.arn = key.arn.replacen(&context.region, &region, 1);
    key.region = region;
    Some(key)
}

fn healthy(arn: String, context: &Context) -> Key {
    Key {
        id: arn.rsplit('/').next().unwrap_or_default().to_owned(),
        arn,
        region: context.region.clone(),
        alias: None,
        is_of_aws: false,
        state: KeyState::Enabled,
        created_at: context.now - TimeDelta::days(300),
        deletion_at: None,
        // What KMS gives a key that is made without a policy: IAM decides.
        policy: format!(
            r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#,
            context.account
        ),
        grants: Vec::new(),
    }
}

fn policy_of_aws(service: &str, context: &Context) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Id":"auto-{service}-1","Statement":[{{"Sid":"Allow access through {service} for all principals in the account","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{}","kms:ViaService":"{service}.{}.amazonaws.com"}}}}}}]}}"#,
        context.account, context.region
    )
}

/// With these two grants ECR works with the key of a repository; who pulls needs nothing.
fn grants_of_registry(key: &str, repository: &Repository) -> [Grant; 2] {
    let make = |operations: &[&str]| Grant {
        id: id::hex(64, &["grant", key, &repository.arn(), operations[0]]),
        name: None,
        grantee: format!("ecr.{}.amazonaws.com", repository.region),
        operations: operations.iter().map(|&it| it.to_owned()).collect(),
        created_at: repository.created_at,
        retiring: None,
        encryption_context: BTreeMap::from([("aws:ecr:arn".to_owned(), repository.arn())]),
        is_exact: false,
    };
    [
        make(&["GenerateDataKey", "Decrypt"]),
        make(&["RetireGrant", "DescribeKey"]),
    ]
}

fn grant(text: GrantText, key: &str, context: &Context) -> Grant {
    Grant {
        id: id::hex(
            64,
            &["grant", key, &text.grantee, &text.operations.join(" ")],
        ),
        name: text.name,
        grantee: text.grantee,
        operations: text.operations,
        created_at: text
            .created
            .map_or(context.now - TimeDelta::days(200), |when| {
                when.at(context.now)
            }),
        retiring: text.retiring,
        encryption_context: text.context,
        is_exact: text.exact,
    }
}

fn alias(name: String) -> String {
    if name.starts_with("alias/") {
        return name;
    }
    format!("alias/{name}")
}

fn arn(id: &str, context: &Context) -> String {
    format!(
        "arn:aws:kms:{}:{}:key/{id}",
        context.region, context.account
    )
}
