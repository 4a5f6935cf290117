//! SimulatePrincipalPolicy: what the policies of a role would decide.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    no_such_entity,
    policy::{Call, judge},
};
use crate::{
    account::{Account, Role},
    endpoint::{
        answer::{Answer, Failure, Out},
        page,
        request::Request,
        validate::{Member, int, list, text},
    },
};

pub(super) const MEMBERS: &[Member] = &[
    text("PolicySourceArn", 20, 2048).required(),
    list("ActionNames", 1, 1000).required(),
    list("ResourceArns", 0, 1000),
    list("PolicyInputList", 0, 100),
    list("PermissionsBoundaryPolicyInputList", 0, 100),
    list("ContextEntries", 0, 1000),
    text("CallerArn", 1, 2048),
    text("ResourcePolicy", 1, 131_072),
    text("Marker", 1, 320),
    int("MaxItems", 1, 1000),
];

/// A policy of a role, as results name it.
struct Source {
    id: String,
    kind: &'static str,
    document: String,
}

pub(super) fn simulate_principal_policy(request: &Request<'_>) -> Result<Answer, Failure> {
    // Whoever relied on these would get an answer that is wrong.
    for member in ["CallerArn", "ResourcePolicy"] {
        if request.text(member).is_some() {
            let message = format!("{member} is not simulated by this endpoint.");
            return Err(Failure::new("InvalidInput", message));
        }
    }
    let role = role(request)?;
    let mut sources = sources(role, request.account);
    sources.extend(
        texts(request, "PolicyInputList")
            .enumerate()
            .map(|(number, document)| Source {
                id: format!("PolicyInputList.{}", number + 1),
                kind: "none",
                document: document.to_owned(),
            }),
    );
    let mut boundaries = texts(request, "PermissionsBoundaryPolicyInputList")
        .map(str::to_owned)
        .collect::<Vec<_>>();
    if let (Some(arn), true) = (&role.boundary, boundaries.is_empty()) {
        boundaries.push(document(arn, request.account).unwrap_or_default());
    }
    let context = context(request);
    let resources = texts(request, "ResourceArns").collect::<Vec<_>>();
    let resources = if resources.is_empty() {
        vec!["*"]
    } else {
        resources
    };
    let mut calls = Vec::new();
    for action in texts(request, "ActionNames") {
        if !action.contains(':') {
            let message = format!("Invalid Action name: {action}");
            return Err(Failure::new("InvalidInput", message));
        }
        calls.extend(resources.iter().map(|resource| Call {
            action,
            resource,
            context: &context,
        }));
    }
    let (range, next) = page::slice(request, calls.len(), "MaxItems", 100)?;
    let results = Out::list(&calls[range], |call| result(call, &sources, &boundaries));
    Ok(Answer {
        out: Out::map()
            .with("EvaluationResults", results)
            .with("IsTruncated", next.is_some()),
        next,
    })
}

/// The decision on a call: a denial beats everything, and what nobody allows is denied as well.
fn result(call: &Call<'_>, sources: &[Source], boundaries: &[String]) -> Out {
    let mut missing = BTreeSet::new();
    let mut allowing = Vec::new();
    let mut denying = Vec::new();
    for source in sources {
        let verdict = judge(&source.document, call);
        missing.extend(verdict.missing);
        if verdict.denies {
            denying.push(source);
        } else if verdict.allows {
            allowing.push(source);
        }
    }
    let within = boundaries.iter().fold(None, |within, document| {
        let verdict = judge(document, call);
        missing.extend(verdict.missing);
        let (allowed, denied) = within.unwrap_or((false, false));
        Some((allowed || verdict.allows, denied || verdict.denies))
    });
    let (is_within, is_denied_there) = within.unwrap_or((true, false));
    let decision = if !denying.is_empty() || is_denied_there {
        "explicitDeny"
    } else if !allowing.is_empty() && is_within {
        "allowed"
    } else {
        "implicitDeny"
    };
    let matched = if denying.is_empty() {
        allowing
    } else {
        denying
    };
    let boundary = within.map(|_| {
        let is_allowed = is_within && !is_denied_there;
        Out::map().with("AllowedByPermissionsBoundary", is_allowed)
    });
    Out::map()
        .with("EvalActionName", call.action)
        .with("EvalResourceName", call.resource)
        .with("EvalDecision", decision)
        .with(
            "MatchedStatements",
            Out::list(matched, |source| {
                Out::map()
                    .with("SourcePolicyId", &source.id)
                    .with("SourcePolicyType", source.kind)
            }),
        )
        .with("MissingContextValues", Out::list(missing, Out::from))
        .with_some("PermissionsBoundaryDecisionDetail", boundary)
}

fn sources(role: &Role, account: &Account) -> Vec<Source> {
    let attached = role.attached.iter().filter_map(|(arn, name)| {
        Some(Source {
            id: name.clone(),
            kind: if arn.starts_with("arn:aws:iam::aws:") {
                "aws-managed"
            } else {
                "user-managed"
            },
            document: document(arn, account)?,
        })
    });
    let inline = role.inline.iter().map(|(name, document)| Source {
        id: format!("role_{}_{name}", role.name),
        kind: "role",
        document: document.clone(),
    });
    attached.chain(inline).collect()
}

fn document(arn: &str, account: &Account) -> Option<String> {
    let policy = account.policies.iter().find(|policy| policy.arn == arn)?;
    Some(policy.document.clone())
}

fn role<'a>(request: &Request<'a>) -> Result<&'a Role, Failure> {
    let asked = request.required("PolicySourceArn");
    if !asked.starts_with("arn:aws:iam::") {
        let message =
            format!("Invalid Entity Arn: {asked} does not clearly define entity type and name.");
        return Err(Failure::new("InvalidInput", message));
    }
    let found = request.account.roles.iter().find(|role| role.arn == asked);
    found.ok_or_else(|| {
        let name = asked.rsplit('/').next().unwrap_or_default();
        no_such_entity(format!("The role with name {name} cannot be found."))
    })
}

/// The circumstances, with those that IAM knows without being told.
fn context(request: &Request<'_>) -> Vec<(String, Vec<String>)> {
    let entry = |entry: &Value| {
        let values = entry["ContextKeyValues"].as_array()?;
        let values = values.iter().filter_map(Value::as_str).map(str::to_owned);
        Some((
            entry["ContextKeyName"].as_str()?.to_owned(),
            values.collect(),
        ))
    };
    let mut context = request
        .list("ContextEntries")
        .iter()
        .filter_map(entry)
        .collect::<Vec<_>>();
    let known = |name: &str| {
        context
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let principal = request.required("PolicySourceArn").to_owned();
    let own = [
        ("aws:PrincipalArn", principal),
        ("aws:PrincipalAccount", request.account.id.clone()),
    ];
    let own = own.into_iter().filter(|(name, _)| !known(name));
    let own = own.map(|(name, value)| (name.to_owned(), vec![value]));
    let own = own.collect::<Vec<_>>();
    context.extend(own);
    context
}

fn texts<'r>(request: &'r Request<'_>, member: &str) -> impl Iterator<Item = &'r str> {
    request.list(member).iter().filter_map(Value::as_str)
}
