//! Whom and what a question on the command line is about.

use crate::{
    evidence::Evidence,
    iam::{
        arn::{self, Arn},
        principal::Principal,
    },
};

use super::{Asker, reference::Reference};

/// Why a principal or a resource is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectError {
    /// What was asked for.
    pub text: String,
    /// What it could have been, as the bundle has it.
    pub known: Vec<String>,
}

/// The principal that a text names: `access-role`, `instance-role`, a service, an ARN, or the name
/// of a role in the bundle.
///
/// # Errors
///
/// When it names none.
pub fn principal(evidence: &Evidence, text: &str) -> Result<Principal, SubjectError> {
    let asker = Asker::new(evidence);
    let service = evidence.service.as_ref().map(|service| &service.fact);
    let configured = match text {
        "access-role" => service.and_then(|it| it.source.access_role_arn.as_deref()),
        "instance-role" => service.and_then(|it| it.instance.role_arn.as_deref()),
        _ => None,
    };
    if let Some(arn) = configured {
        return Ok(asker.as_principal(arn));
    }
    if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") {
        return Ok(Principal::Service {
            name: text.to_owned(),
        });
    }
    if let Some(arn) = Arn::parse(text) {
        if arn.service == "iam" && arn.resource == "root" {
            return Ok(Principal::Root {
                account: arn.account.to_owned(),
            });
        }
        if arn.service == "iam" && arn.resource.starts_with("role/") {
            return Ok(asker.as_principal(text));
        }
        if arn.service == "iam" && arn.resource.starts_with("user/") {
            return Ok(Principal::User {
                arn: text.to_owned(),
                id: None,
            });
        }
        let session = arn.resource.strip_prefix("assumed-role/");
        if let (Some(rest), "sts") = (session, arn.service)
            && let Some((name, _)) = rest.split_once('/')
        {
            let role = asker.roles().find(|role| role.fact.name == name);
            return Ok(Principal::Session {
                arn: text.to_owned(),
                role: role.map_or_else(
                    || format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account),
                    |role| role.fact.arn.clone(),
                ),
                id: role.and_then(|role| role.fact.role_id.clone()),
            });
        }
    } else if arn::is_account(text) {
        return Ok(Principal::Root {
            account: text.to_owned(),
        });
    }
    if let Some(role) = asker.roles().find(|role| role.fact.name == text) {
        return Ok(asker.as_principal(&role.fact.arn));
    }
    let mut known: Vec<String> = Vec::new();
    if service.is_some_and(|it| it.source.access_role_arn.is_some()) {
        known.push("access-role".to_owned());
    }
    if service.is_some_and(|it| it.instance.role_arn.is_some()) {
        known.push("instance-role".to_owned());
    }
    known.extend(asker.roles().map(|role| role.fact.name.clone()));
    Err(SubjectError {
        text: text.to_owned(),
        known,
    })
}

/// The ARN that a text names: an ARN, `*`, or the name of a role, a repository, a secret, a
/// parameter or a key in the bundle.
///
/// # Errors
///
/// When it names none.
pub fn resource(evidence: &Evidence, text: &str) -> Result<String, SubjectError> {
    if text == "*" || Arn::parse(text).is_some() {
        return Ok(text.to_owned());
    }
    let mut known: Vec<(String, String)> = Vec::new();
    let surroundings = &evidence.surroundings;
    for role in Asker::new(evidence).roles() {
        known.push((role.fact.name.clone(), role.fact.arn.clone()));
    }
    if let Some(repository) = &evidence.repository {
        known.push((repository.fact.name.clone(), repository.fact.arn.clone()));
    }
    for secret in &surroundings.secrets {
        known.push((secret.fact.name.clone(), secret.fact.arn.clone()));
    }
    let target = &evidence.manifest.target;
    for parameter in &surroundings.parameters {
        let fact = &parameter.fact;
        let reference = Reference::parse(&fact.reference, &target.region, &target.account);
        let arn = match (&fact.arn, reference) {
            (Some(arn), _) => arn.clone(),
            (None, Reference::Parameter(arn)) => arn,
            (None, _) => continue,
        };
        known.push((fact.name.clone(), arn));
    }
    for key in &surroundings.keys {
        let id = Arn::parse(&key.fact.arn).map_or("", |arn| arn.name());
        known.push((id.to_owned(), key.fact.arn.clone()));
    }
    match known.iter().find(|(name, _)| name == text) {
        Some((_, arn)) => Ok(arn.clone()),
        None => Err(SubjectError {
            text: text.to_owned(),
            known: known.into_iter().map(|(name, _)| name).collect(),
        }),
    }
}
