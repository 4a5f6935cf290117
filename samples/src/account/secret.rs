//! Secrets of Secrets Manager. Their contents exist nowhere.

use chrono::{DateTime, TimeDelta, Utc};
use toml::Spanned;

use super::{Context, Problem, Service, id, stated::SecretText};

/// A secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The ARN, with the six characters at its end.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The Region.
    pub region: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its value was last changed.
    pub changed_at: DateTime<Utc>,
    /// When it was marked for deletion.
    pub deleted_at: Option<DateTime<Utc>>,
    /// The customer's key.
    pub kms_key: Option<String>,
    /// The resource policy.
    pub policy: Option<String>,
    /// Whether it has a current value.
    pub has_value: bool,
}

/// The secrets to which services refer, which are healthy, and those that the file states.
pub(super) fn secrets(
    stated: Vec<Spanned<SecretText>>,
    services: &[Service],
    context: &Context,
) -> Result<Vec<Secret>, Problem> {
    let mut secrets = Vec::<Secret>::new();
    for reference in services.iter().flat_map(|service| service.secrets.values()) {
        let Some(secret) = referred(reference, &stated, context) else {
            continue;
        };
        if secrets.iter().all(|known| known.arn != secret.arn) {
            secrets.push(secret);
        }
    }
    for text in stated {
        let span = text.span();
        let text = text.into_inner();
        let position = secrets
            .iter()
            .position(|known| known.name == text.name || known.arn == text.name);
        let position = match position {
            Some(position) => position,
            None if text.name.starts_with("arn:") => {
                return Err(Problem::at(
                    span,
                    "no service refers to this secret: state its name instead",
                ));
            }
            None => {
                let suffix = id::hex(6, &["secret", &context.account, &text.name]);
                let arn = format!("{}:secret:{}-{suffix}", begin(context), text.name);
                secrets.push(healthy(arn, text.name.clone(), &context.region, context));
                secrets.len() - 1
            }
        };
        if text.exists == Some(false) {
            secrets.remove(position);
            continue;
        }
        let secret = &mut secrets[position];
        secret.created_at = text
            .created
            .map_or(secret.created_at, |when| when.at(context.now));
        secret.changed_at = text
            .changed
            .map_or(secret.changed_at, |when| when.at(context.now))
            .max(secret.created_at);
        secret.deleted_at = text.deleted.map(|when| when.at(context.now));
        if secret.deleted_at.is_some_and(|time| time > context.now) {
            return Err(Problem::at(span, "the deletion lies after `now`"));
        }
        secret.kms_key = text.kms_key;
        secret.policy = text.policy.map(|document| document.0);
        secret.has_value = text.value.unwrap_or(true);
    }
    secrets.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(secrets)
}

/// The secret of the account that a service means.
fn referred(reference: &str, stated: &[Spanned<SecretText>], context: &Context) -> Option<Secret> {
    let parts = reference.split(':').collect::<Vec<_>>();
    let [
        "arn",
        _,
        "secretsmanager",
        region,
        account,
        "secret",
        id,
        ..,
    ] = parts.as_slice()
    else {
        return None;
    };
    if *account != context.account {
        return None;
    }
    // An ARN may end in the name alone, and a name may look as if it ended in the six characters.
    let is_name = stated.iter().any(|text| text.get_ref().name == *id);
    let name = id
        .rsplit_once('-')
        .filter(|(_, suffix)| !is_name && is_suffix(suffix))
        .map(|(name, _)| name);
    let begin = format!("arn:aws:secretsmanager:{region}:{account}");
    let arn = match name {
        Some(_) => format!("{begin}:secret:{id}"),
        None => format!(
            "{begin}:secret:{id}-{}",
            id::hex(6, &["secret", account, id])
        ),
    };
    Some(healthy(arn, name.unwrap_or(id).to_owned(), region, context))
}

/// Whether a text could be the six characters at the end of an ARN.
pub(crate) fn is_suffix(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn healthy(arn: String, name: String, region: &str, context: &Context) -> Secret {
    let created_at = context.now - TimeDelta::days(200);
    Secret {
        arn,
        name,
        region: region.to_owned(),
        created_at,
        changed_at: created_at,
        deleted_at: None,
        kms_key: None,
        policy: None,
        has_value: true,
    }
}

fn begin(context: &Context) -> String {
    format!(
        "arn:aws:secretsmanager:{}:{}",
        context.region, context.account
    )
}
