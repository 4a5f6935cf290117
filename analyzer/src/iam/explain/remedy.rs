//! The smallest change that would allow a request, tried out.

use serde_json::{Value, json};

use super::{Side, View, outcome};
use crate::iam::{
    evaluate::{Answer, Denial, applies},
    policies::{Content, Policies, Slot, Source},
    policy::{Effect, Kind},
    principal::Principal,
    request::Request,
    tri::Tri,
};

/// What would allow a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// All of it together is needed.
    pub changes: Vec<Change>,
    /// The answer when all of it is done, found by asking again.
    pub then: Answer,
}

/// A change to one policy.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A statement that is missing.
    Add {
        /// Where it has to stand.
        side: Side,
        /// The statement.
        statement: Value,
    },
    /// A statement that must go, or except this request.
    Remove {
        /// Where it stands.
        side: Side,
        /// The policy.
        policy: String,
        /// The statement.
        statement: String,
    },
}

/// Looks for the smallest change after which the request is allowed, or after which only what is not
/// known is in its way.
pub(super) fn find(
    request: &Request,
    policies: &Policies,
    view: &View<'_>,
    before: &Answer,
) -> Option<Remedy> {
    let mut changed = policies.clone();
    let mut changes = Vec::new();
    if *before == Answer::Denied(Denial::Explicit) {
        remove_denials(&mut changed, view, &mut changes);
    }
    let sides = View::new(request, &changed).missing_sides();
    for side in sides {
        let statement = statement(request, side)?;
        add(&mut changed, side, &statement)?;
        changes.push(Change::Add { side, statement });
    }
    if changes.is_empty() {
        return None;
    }
    let then = outcome(request, &changed);
    if matches!(then, Answer::Denied(_)) || then == *before {
        return None;
    }
    Some(Remedy { changes, then })
}

/// Takes out every statement that denies the request.
fn remove_denials(policies: &mut Policies, view: &View<'_>, changes: &mut Vec<Change>) {
    let slots: Vec<(Slot, String)> = policies
        .sources()
        .filter(|(slot, _)| view.counts(*slot))
        .map(|(slot, source)| (slot, source.name.clone()))
        .collect();
    for (slot, policy) in slots {
        let Some(source) = policies.source_mut(slot) else {
            continue;
        };
        let Content::Policy(content) = &mut source.content else {
            continue;
        };
        content.statements.retain(|statement| {
            let denies =
                statement.effect == Effect::Deny && applies(statement, view.asked) == Tri::Yes;
            if denies {
                changes.push(Change::Remove {
                    side: view.side(slot),
                    policy: policy.clone(),
                    statement: statement.name(),
                });
            }
            !denies
        });
    }
}

/// The smallest statement that allows the request on a side; none for those of an organization,
/// which are others' to change.
fn statement(request: &Request, side: Side) -> Option<Value> {
    let principal = || match &request.principal {
        Principal::Service { name } => json!({ "Service": name }),
        Principal::Root { account } => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
        principal => json!({ "AWS": principal.role().unwrap_or(principal.name()) }),
    };
    Some(match side {
        Side::Identity | Side::Boundary | Side::Session => json!({
            "Effect": "Allow",
            "Action": request.action,
            "Resource": request.resource,
        }),
        Side::Trust => json!({
            "Effect": "Allow",
            "Principal": principal(),
            "Action": request.action,
        }),
        // The policy of a repository has no Resource: it is about the repository.
        Side::Resource if request.service() == "ecr" => json!({
            "Effect": "Allow",
            "Principal": principal(),
            "Action": request.action,
        }),
        Side::Resource => json!({
            "Effect": "Allow",
            "Principal": principal(),
            "Action": request.action,
            "Resource": "*",
        }),
        Side::ServiceControl | Side::ResourceControl => return None,
    })
}

fn add(policies: &mut Policies, side: Side, statement: &Value) -> Option<()> {
    let kind = match side {
        Side::Resource => Kind::Resource,
        Side::Trust => Kind::Trust,
        _ => Kind::Identity,
    };
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let new = Source::read("the new statement", &document, kind);
    let Content::Policy(added) = &new.content else {
        return None;
    };
    let slot = match side {
        Side::Identity => {
            policies.identity.push(new);
            return Some(());
        }
        Side::Boundary => &mut policies.boundary,
        Side::Session => &mut policies.session,
        Side::Resource | Side::Trust => &mut policies.resource,
        Side::ServiceControl | Side::ResourceControl => return None,
    };
    match slot {
        Some(Source {
            content: Content::Policy(policy),
            ..
        }) => policy.statements.extend(added.statements.clone()),
        // What a policy says that nobody could read is not changed by what is added to it.
        Some(_) => return None,
        None => *slot = Some(new),
    }
    Some(())
}
