//! The smallest statements that give what is missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::role_name;
use crate::{
    evidence::{Case, Missing},
    finding::{Amendment, Step, Suspects, Touches},
    iam::{
        arn::Arn,
        evaluate::Answer as Allowed,
        explain::{Change, Explanation, Reason, Side},
    },
    permissions::Permission,
};

/// How a permission stands.
pub(in crate::rules) enum Standing {
    /// It is given, unless an organization takes it away.
    Given,
    /// It is not given.
    Lacking,
    /// What is not known decides.
    Open(Vec<String>),
}

/// How a permission stands.
pub(in crate::rules) fn standing(explanation: &Explanation) -> Standing {
    match &explanation.answer {
        Allowed::Allowed => Standing::Given,
        Allowed::Denied(_) => Standing::Lacking,
        Allowed::Unknown(doubt) if doubt.is_organization_only() => Standing::Given,
        Allowed::Unknown(doubt) => {
            Standing::Open(doubt.needs.iter().map(ToString::to_string).collect())
        }
    }
}

/// Whether what a side says is among the reasons for which something is not allowed.
pub(in crate::rules) fn lacks_on(explanation: &Explanation, wanted: Side) -> bool {
    explanation.reasons.iter().any(|reason| match reason {
        Reason::Nearest { side, .. } | Reason::Nothing { side, .. } => *side == wanted,
        Reason::Applies(named) => {
            named.side == wanted && named.effect == crate::iam::policy::Effect::Deny
        }
        _ => false,
    })
}

/// Which changes can have brought it that these are not given: any, where a statement denies one.
pub(in crate::rules) fn suspects(lacking: &[&Permission]) -> Suspects {
    let denied = lacking
        .iter()
        .filter_map(|it| it.explanation.remedy.as_ref())
        .flat_map(|remedy| &remedy.changes)
        .any(|change| matches!(change, Change::Remove { .. }));
    match denied {
        true => Suspects::All,
        false => Suspects::Permissions,
    }
}

/// The reasons, each once.
pub(in crate::rules) fn reasons<'a>(of: impl IntoIterator<Item = &'a Explanation>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for reason in of.into_iter().flat_map(|it| &it.reasons) {
        let text = reason.to_string();
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// The commands that give a role what it lacks and nothing more; `policy` names the new policy.
pub(in crate::rules) fn steps(
    case: Case<'_>,
    role: &str,
    policy: &str,
    lacking: &[&Permission],
) -> Vec<Step> {
    let mut own: BTreeSet<(String, String)> = BTreeSet::new();
    let mut bounded: BTreeSet<(String, String)> = BTreeSet::new();
    let mut foreign: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    let mut steps = Vec::new();
    let changes = lacking
        .iter()
        .filter_map(|it| Some((it, it.explanation.remedy.as_ref()?)))
        .flat_map(|(it, remedy)| remedy.changes.iter().map(move |change| (it, change)));
    for (permission, change) in changes {
        let pair = (permission.action.clone(), permission.resource.clone());
        match change {
            Change::Add {
                side: Side::Identity,
                ..
            } => {
                own.insert(pair);
            }
            Change::Add {
                side: Side::Boundary,
                ..
            } => {
                bounded.insert(pair);
            }
            Change::Add {
                side: Side::Resource,
                statement,
            } => {
                foreign
                    .entry(permission.resource.clone())
                    .or_default()
                    .insert(permission.action.clone(), statement.clone());
            }
            Change::Add { .. } => {}
            Change::Remove {
                policy, statement, ..
            } => {
                let step = Step::Text(format!(
                    "{statement} of the {policy} denies {}: take it out, or except this role from \
                     it. No other policy can outweigh a denial.",
                    permission.action
                ));
                if !steps.contains(&step) {
                    steps.push(step);
                }
            }
        }
    }
    if !own.is_empty() {
        steps.push(put_role_policy(case, role, policy, &own));
    }
    if !bounded.is_empty() {
        let statements = grouped(&bounded);
        steps.push(Step::Text(format!(
            "The permissions boundary of {} has to allow it as well: {}",
            role_name(role),
            json!(statements)
        )));
    }
    for (resource, statements) in foreign {
        steps.extend(put_resource_policy(case, &resource, statements));
    }
    if steps.is_empty() && !lacking.is_empty() {
        steps.push(Step::Text(
            "No policy of this account can be shown to give it: see what is not known above."
                .to_owned(),
        ));
    }
    steps
}

/// Adds an inline policy under a name that the role does not have, for that one would be replaced.
fn put_role_policy(
    case: Case<'_>,
    role: &str,
    policy: &str,
    pairs: &BTreeSet<(String, String)>,
) -> Step {
    let known: Vec<&str> = case
        .evidence
        .roles
        .iter()
        .filter(|it| it.fact.arn == role)
        .flat_map(|it| &it.fact.inline_policies)
        .map(|it| it.name.as_str())
        .collect();
    let name = (1..)
        .map(|number| match number {
            1 => policy.to_owned(),
            _ => format!("{policy}{number}"),
        })
        .find(|name| !known.contains(&name.as_str()))
        .unwrap_or_else(|| policy.to_owned());
    Step::command(&[
        "aws",
        "iam",
        "put-role-policy",
        "--role-name",
        role_name(role),
        "--policy-name",
        &name,
        "--policy-document",
        &document(grouped(pairs)).to_string(),
    ])
}

/// A policy of these statements.
pub(in crate::rules) fn document(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// As few statements as say the same: one for each set of actions.
fn grouped(pairs: &BTreeSet<(String, String)>) -> Vec<Value> {
    let mut by_resource: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (action, resource) in pairs {
        by_resource.entry(resource).or_default().push(action);
    }
    let mut by_actions: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (resource, actions) in by_resource {
        by_actions.entry(actions).or_default().push(resource);
    }
    by_actions
        .into_iter()
        .map(|(actions, resources)| {
            json!({ "Effect": "Allow", "Action": one_or_all(&actions), "Resource": one_or_all(&resources) })
        })
        .collect()
}

fn one_or_all(texts: &[&str]) -> Value {
    match texts {
        [one] => json!(one),
        all => json!(all),
    }
}

/// Sets the policy of a repository, a secret or a key to what it is with the statements added.
fn put_resource_policy(
    case: Case<'_>,
    resource: &str,
    statements: BTreeMap<String, Value>,
) -> Vec<Step> {
    let Some(arn) = Arn::parse(resource) else {
        return vec![];
    };
    let surroundings = &case.evidence.surroundings;
    let (actions, mut all): (Vec<&str>, Vec<Value>) = statements
        .iter()
        .map(|(action, statement)| (action.as_str(), statement.clone()))
        .unzip();
    // They are alike but for the action.
    all.truncate(1);
    if let Some(first) = all.first_mut() {
        first["Action"] = one_or_all(&actions);
    }
    let (before, command): (Option<&str>, Vec<&str>) = match arn.service {
        "ecr" => {
            let known = case.evidence.repository.as_ref();
            let known = known.filter(|it| it.fact.arn == resource);
            let name = arn.resource.strip_prefix("repository/").unwrap_or_default();
            (
                known.and_then(|it| it.fact.policy.as_deref()),
                vec![
                    "ecr",
                    "set-repository-policy",
                    "--registry-id",
                    arn.account,
                    "--repository-name",
                    name,
                    "--policy-text",
                ],
            )
        }
        "secretsmanager" => {
            let known = surroundings
                .secrets
                .iter()
                .find(|it| it.fact.arn == resource);
            (
                known.and_then(|it| it.fact.policy.as_deref()),
                vec![
                    "secretsmanager",
                    "put-resource-policy",
                    "--secret-id",
                    resource,
                    "--resource-policy",
                ],
            )
        }
        "kms" => {
            let known = surroundings.keys.iter().find(|it| it.fact.arn == resource);
            (
                known.and_then(|it| it.fact.policy.as_deref()),
                vec![
                    "kms",
                    "put-key-policy",
                    "--key-id",
                    resource,
                    "--policy-name",
                    "default",
                    "--policy",
                ],
            )
        }
        _ => return vec![],
    };
    let merged = merged(before.unwrap_or_default(), all).to_string();
    let mut words = vec!["aws"];
    words.extend(command);
    words.extend([merged.as_str(), "--region", arn.region]);
    let mut steps = Vec::new();
    if arn.account != case.evidence.manifest.target.account {
        steps.push(Step::Text(format!(
            "With credentials of the account {}, whose policy it is:",
            arn.account
        )));
    }
    steps.push(Step::command(&words));
    steps
}

/// A policy with more statements; what else it says stays.
pub(in crate::rules) fn merged(before: &str, more: Vec<Value>) -> Value {
    let mut policy: Value = serde_json::from_str(before).unwrap_or_default();
    if !policy.is_object() {
        return document(more);
    }
    let mut statements = match policy["Statement"].take() {
        Value::Array(statements) => statements,
        Value::Null => vec![],
        one => vec![one],
    };
    // AWS takes no policy that names what was deleted, although it keeps such a one.
    statements.retain_mut(|statement| {
        let principal = statement.pointer_mut("/Principal/AWS");
        principal.is_none_or(without_deleted)
    });
    statements.extend(more);
    policy["Statement"] = json!(statements);
    policy
}

/// Takes deleted principals out; says whether any principal is left.
fn without_deleted(principal: &mut Value) -> bool {
    match principal {
        Value::String(name) => !is_deleted(name),
        Value::Array(names) => {
            names.retain(|name| !name.as_str().is_some_and(is_deleted));
            !names.is_empty()
        }
        _ => true,
    }
}

/// The id that IAM leaves in a policy in the place of a role or user that was deleted.
pub(in crate::rules) fn is_deleted(principal: &str) -> bool {
    ["AROA", "AIDA"].iter().any(|kind| {
        principal.strip_prefix(kind).is_some_and(|rest| {
            rest.len() >= 12 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

/// What the commands of a fix change in the facts, so that it can be tried out; nothing where they
/// change what cannot be.
pub(in crate::rules) fn amendments(case: Case<'_>, fix: &[Step]) -> Vec<Amendment> {
    let mut all = Vec::new();
    // What was refused was refused in the facts of that time.
    if case.attempt.refusal.is_some() {
        return all;
    }
    for step in fix {
        let Step::Command(words) = step else { continue };
        let of = |name: &str| {
            let at = words.iter().position(|word| word == name)?;
            words.get(at + 1).cloned()
        };
        let role = || {
            let name = of("--role-name")?;
            let mut roles = case.evidence.roles.iter();
            roles
                .find(|role| role.fact.name == name)
                .map(|role| role.fact.arn.clone())
        };
        let amendment = match words.get(2).map(String::as_str) {
            Some("put-role-policy") => role()
                .zip(of("--policy-document"))
                .map(|(role, document)| Amendment::RolePolicy { role, document }),
            Some("update-assume-role-policy") => role()
                .zip(of("--policy-document"))
                .map(|(role, document)| Amendment::Trust { role, document }),
            Some("set-repository-policy") => of("--policy-text").map(Amendment::RepositoryPolicy),
            Some(
                "put-resource-policy"
                | "put-key-policy"
                | "enable-key"
                | "cancel-key-deletion"
                | "restore-secret",
            ) => return vec![],
            _ => continue,
        };
        match amendment {
            Some(amendment) => all.push(amendment),
            None => return vec![],
        }
    }
    all
}

/// What a change would have to touch to take something away from a role: the role itself, or a
/// policy of the account that is attached to it.
pub(in crate::rules) fn touches(case: Case<'_>, role: &str) -> Vec<Touches> {
    let mut all = vec![Touches::Role(role_name(role).to_owned())];
    let role = case.evidence.roles.iter().find(|it| it.fact.arn == role);
    if let Some(role) = role {
        let attached = role.fact.attached_policies.iter();
        let names: Vec<String> = attached
            .filter_map(|policy| policy.arn.clone())
            .chain(role.fact.permissions_boundary_arn.clone())
            // Nobody but AWS changes its own.
            .filter(|arn| !arn.contains(":iam::aws:"))
            .collect();
        if !names.is_empty() {
            all.push(Touches::Resource {
                source: "iam",
                names,
            });
        }
    }
    all
}

/// What AWS answered in CloudTrail when the role was denied something of a service: its words name
/// the policy that was in the way.
pub(in crate::rules) fn refused_call(
    case: Case<'_>,
    role: &str,
    services: &[&str],
) -> Option<crate::finding::Citation> {
    let name = role_name(role);
    let window = case.window();
    let change = case.evidence.changes.iter().rev().find(|change| {
        let fact = &change.fact;
        let source = fact.event_source.split('.').next().unwrap_or_default();
        let code = fact.error_code.as_deref().unwrap_or_default();
        services.contains(&source)
            && code.starts_with("AccessDenied")
            && window.from <= fact.time
            && fact.time <= window.to
            && fact.principal.as_deref().is_some_and(|principal| {
                principal == role || principal.contains(&format!(":assumed-role/{name}/"))
            })
    })?;
    Some(crate::finding::Citation {
        quote: change.fact.error_message.clone(),
        ..crate::finding::Citation::fact(
            crate::finding::Ground::Agreement,
            change,
            format!(
                "CloudTrail has the {} that was denied",
                change.fact.event_name
            ),
        )
    })
}

/// That what is not known decides whether a role may do something.
pub(in crate::rules) fn undecided(role: &str, needs: &[String]) -> Missing {
    Missing::undecided(
        "roles",
        format!(
            "what {} may do hangs on {}",
            role_name(role),
            crate::words::list(needs)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_resources_are_grouped_without_giving_more() {
        let pair = |action: &str, resource: &str| (action.to_owned(), resource.to_owned());
        let all = BTreeSet::from([
            pair("ecr:A", "*"),
            pair("ecr:B", "r"),
            pair("ecr:C", "r"),
            pair("s:G", "x"),
            pair("s:G", "y"),
        ]);
        assert_eq!(
            json!(grouped(&all)),
            json!([
                {"Effect": "Allow", "Action": "ecr:A", "Resource": "*"},
                {"Effect": "Allow", "Action": ["ecr:B", "ecr:C"], "Resource": "r"},
                {"Effect": "Allow", "Action": "s:G", "Resource": ["x", "y"]},
            ])
        );
    }

    #[test]
    fn a_policy_keeps_what_it_says_but_for_what_was_deleted() {
        let before = json!({"Version": "2008-10-17", "Id": "x", "Statement": [
            {"Sid": "gone", "Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEROLEID0001"}, "Action": "ecr:A"},
            {"Sid": "kept", "Effect": "Allow", "Principal": "*", "Action": "ecr:B"},
        ]});
        let after = merged(&before.to_string(), vec![json!({"Sid": "new"})]);
        let sids: Vec<_> = after["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["Sid"].as_str().unwrap())
            .collect();
        assert_eq!(sids, ["kept", "new"]);
        assert_eq!(
            (&after["Version"], &after["Id"]),
            (&json!("2008-10-17"), &json!("x"))
        );
        assert_eq!(merged("", vec![]), document(vec![]));
    }
}
