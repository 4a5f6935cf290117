//! Which API calls change what a finding or a service rests on, whether they were looked up, and how
//! such a call is told.

use evidence_schema::{Interval, Status, Time, record::Change, time::merge};
use serde_json::Value;

use super::trigger::name as principal_name;
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Suspects, Touches},
    words,
};

/// Whether changes of something were looked up over a window.
///
/// A repository is looked up by the source of its events for the last day, and by its name before
/// that.
pub(crate) fn looked(case: Case<'_>, what: &Touches, window: Interval) -> Result<(), Missing> {
    let subject = ledger_subject(case, what);
    let looked = case
        .evidence
        .ledger
        .looked("changes", Some(&subject), Some(window));
    match (looked, what) {
        (Err(_), Touches::Repository(name)) if seen_as_repository(case, name, window) => Ok(()),
        (looked, _) => looked.map(|_| ()),
    }
}

fn seen_as_repository(case: Case<'_>, name: &str, window: Interval) -> bool {
    let entries = case.evidence.ledger.entries.iter();
    let covered: Vec<Interval> = entries
        .filter(|entry| entry.source == "changes" && entry.status == Status::Complete)
        .filter(|entry| {
            entry.subject.as_deref().is_some_and(|subject| {
                subject == "ecr.amazonaws.com" || subject.ends_with(&format!(":repository/{name}"))
            })
        })
        .flat_map(|entry| entry.covered.iter().copied())
        .collect();
    merge(covered).iter().any(|span| span.covers(&window))
}

/// Under which subject the ledger tells whether changes of it were looked up.
fn ledger_subject(case: Case<'_>, what: &Touches) -> String {
    match what {
        Touches::Role(name) => case
            .evidence
            .roles
            .iter()
            .map(|role| role.fact.arn.as_str())
            .chain(
                case.evidence
                    .service
                    .iter()
                    .flat_map(|service| {
                        [
                            &service.fact.source.access_role_arn,
                            &service.fact.instance.role_arn,
                        ]
                    })
                    .filter_map(|arn| arn.as_deref()),
            )
            .find(|arn| arn.ends_with(&format!("/{name}")))
            .unwrap_or(name)
            .to_owned(),
        Touches::Repository(_) => "ecr.amazonaws.com".to_owned(),
        Touches::Connection(_) | Touches::Service => "apprunner.amazonaws.com".to_owned(),
        Touches::Resource { source, names } => {
            let entries = &case.evidence.ledger.entries;
            let known = |name: &&String| {
                entries
                    .iter()
                    .any(|entry| entry.source == "changes" && entry.subject.as_ref() == Some(*name))
            };
            match names.iter().find(known) {
                Some(name) => name.clone(),
                None => format!("{source}.amazonaws.com"),
            }
        }
    }
}

/// Calls that can take a permission away from a role: its own policies, its boundary, and the policies
/// of what it uses.
const TAKE_AWAY: &[(&str, &[&str])] = &[
    (
        "iam",
        &[
            "CreatePolicyVersion",
            "CreateRole",
            "DeletePolicy",
            "DeleteRole",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "SetDefaultPolicyVersion",
        ],
    ),
    (
        "ecr",
        &[
            "CreateRepository",
            "DeleteRepository",
            "DeleteRepositoryPolicy",
            "SetRepositoryPolicy",
        ],
    ),
    (
        "secretsmanager",
        &[
            "CreateSecret",
            "DeleteResourcePolicy",
            "PutResourcePolicy",
            "UpdateSecret",
        ],
    ),
    (
        "kms",
        &["CreateKey", "PutKeyPolicy", "RetireGrant", "RevokeGrant"],
    ),
];

/// Calls that change who may assume a role.
const TRUST: &[&str] = &["CreateRole", "DeleteRole", "UpdateAssumeRolePolicy"];

/// Whether a call that touches what a finding is about can have brought it.
pub(crate) fn is_suspect(change: &Change, suspects: Suspects) -> bool {
    let source = change.event_source.split('.').next().unwrap_or_default();
    let name = change.event_name.as_str();
    match suspects {
        Suspects::All => true,
        Suspects::Trust => source != "iam" || TRUST.contains(&name),
        Suspects::Permissions => TAKE_AWAY
            .iter()
            .find(|(service, _)| *service == source)
            .is_none_or(|(_, calls)| calls.contains(&name)),
    }
}

/// Who called what, how long before something, and how often the like happened without harm.
pub(crate) fn tell(
    case: Case<'_>,
    change: &Observed<Change>,
    (until, something): (Time, &str),
    touching: impl Fn(&Observed<Change>) -> bool,
) -> String {
    let fact = &change.fact;
    let who = fact
        .principal
        .as_deref()
        .map(principal_name)
        .or(fact.invoked_by.as_deref())
        .unwrap_or("somebody");
    let what = match (subject(fact), policy(fact)) {
        (Some(name), Some(policy)) => format!(" on {name}, policy {policy}"),
        (Some(name), None) => format!(" on {name}"),
        (None, _) => String::new(),
    };
    let distance = if fact.time <= until {
        format!("{} before {something}", words::duration(until - fact.time))
    } else {
        format!("{} after {something}", words::duration(fact.time - until))
    };
    let mut text = format!("{who} called {}{what}, {distance}", fact.event_name);
    // How often the like happened without harm says how much the coincidence is worth.
    let like: Vec<&Observed<Change>> = case
        .evidence
        .changes
        .iter()
        .filter(|other| {
            other.fact.event_name == fact.event_name
                && other.fact.error_code.is_none()
                && touching(other)
        })
        .collect();
    if like.len() > 1 {
        let harmful = like
            .iter()
            .filter(|other| followed_by_failure(case, other))
            .count();
        text.push_str(&format!(
            " ({} such calls in the bundle, {} of them followed by a failed deployment)",
            like.len(),
            harmful
        ));
    }
    text
}

fn followed_by_failure(case: Case<'_>, change: &Observed<Change>) -> bool {
    case.evidence
        .attempts
        .iter()
        .find(|attempt| attempt.ended.is_none_or(|ended| ended > change.fact.time))
        .is_some_and(|attempt| attempt.failed())
}

fn parameter<'a>(change: &'a Change, name: &str) -> Option<&'a str> {
    change.request_parameters.as_ref()?.get(name)?.as_str()
}

fn subject(change: &Change) -> Option<String> {
    if let Some(repository) = parameter(change, "repositoryName") {
        let tag = parameter(change, "imageTag");
        return Some(match tag {
            Some(tag) => format!("{repository}:{tag}"),
            None => repository.to_owned(),
        });
    }
    ["roleName", "connectionName", "serviceName", "policyArn"]
        .iter()
        .find_map(|name| parameter(change, name))
        .map(str::to_owned)
        .or_else(|| {
            let arn = parameter(change, "serviceArn")?;
            arn.split('/').nth(1).map(str::to_owned)
        })
}

/// The policy of a role that a call is about.
fn policy(change: &Change) -> Option<&str> {
    parameter(change, "roleName")?;
    let arn = parameter(change, "policyArn").map(|arn| arn.rsplit('/').next().unwrap_or(arn));
    arn.or_else(|| parameter(change, "policyName"))
}

/// Whether a call changes what a finding is about.
pub(crate) fn touches(case: Case<'_>, change: &Change, what: &Touches) -> bool {
    let source = change.event_source.split('.').next().unwrap_or_default();
    let names = |name: &str| {
        change.resources.iter().any(|resource| {
            resource
                .name
                .as_deref()
                .is_some_and(|it| it == name || it.ends_with(&format!("/{name}")))
        })
    };
    match what {
        Touches::Role(name) => {
            source == "iam" && (parameter(change, "roleName") == Some(name) || names(name))
        }
        Touches::Repository(name) => {
            let changing = [
                "PutImage",
                "BatchDeleteImage",
                "PolicyExecutionEvent",
                "DeleteRepository",
                "SetRepositoryPolicy",
                "DeleteRepositoryPolicy",
            ];
            source == "ecr"
                && changing.contains(&change.event_name.as_str())
                && (parameter(change, "repositoryName") == Some(name) || names(name))
        }
        Touches::Connection(name) => {
            source == "apprunner"
                && change.event_name.ends_with("Connection")
                && (parameter(change, "connectionName") == Some(name) || names(name))
        }
        Touches::Resource {
            source: wanted,
            names: known,
        } => {
            let in_parameters = |name: &String| {
                change
                    .request_parameters
                    .as_ref()
                    .is_some_and(|parameters| mentions(parameters, name))
            };
            source == *wanted && known.iter().any(|name| names(name) || in_parameters(name))
        }
        Touches::Service => {
            let target = &case.evidence.manifest.target;
            source == "apprunner"
                && matches!(
                    change.event_name.as_str(),
                    "CreateService" | "UpdateService"
                )
                && (parameter(change, "serviceArn") == Some(&target.service_arn)
                    || parameter(change, "serviceName") == Some(&target.service_name))
        }
    }
}

/// Whether a text of the parameters of a call is this name.
fn mentions(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Array(items) => items.iter().any(|item| mentions(item, name)),
        Value::Object(members) => members.values().any(|item| mentions(item, name)),
        _ => false,
    }
}
