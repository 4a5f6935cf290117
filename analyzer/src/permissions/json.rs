//! Answers about permissions, for programs.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::{Judged, Permission};
use crate::{
    evidence::Evidence,
    iam::{
        completion::Completion,
        evaluate::{Answer, Denial},
        explain::{Change, Reason},
    },
};

/// The version of this form; it grows when a member changes its meaning or goes.
const VERSION: u32 = 1;

/// The whole answer.
#[derive(Serialize)]
struct Document<'a> {
    /// The version of this form.
    version: u32,
    /// The ARN of the service that the bundle is about.
    service: &'a str,
    /// When the bundle was collected.
    collected_at: String,
    /// The permissions that were judged.
    permissions: Vec<Row<'a>>,
    /// What was not judged, as sentences.
    not_judged: &'a [String],
}

#[derive(Serialize)]
struct Row<'a> {
    /// What the permission is for, where a deployment needs it.
    purpose: Option<&'static str>,
    principal: Option<&'a str>,
    action: &'a str,
    resource: &'a str,
    /// `allowed`, `denied` or `unknown`.
    answer: &'static str,
    /// Of a denial: whether a statement denies it.
    explicit: Option<bool>,
    /// Of an unknown answer: whether all policies in the bundle allow it, and only those of an
    /// organization are left.
    only_organization: Option<bool>,
    reasons: Vec<Why<'a>>,
    needs: Vec<String>,
    allowed_when: Vec<Key<'a>>,
    denied_when: Vec<Key<'a>>,
    remedy: Option<Remedied<'a>>,
    misspelt: Vec<Misspelt<'a>>,
}

#[derive(Serialize)]
struct Why<'a> {
    text: String,
    policy: Option<&'a str>,
    sid: Option<&'a str>,
    /// The number of the statement in its policy, from 1.
    statement: Option<usize>,
    effect: Option<&'static str>,
    /// The element that does not fit.
    element: Option<&'static str>,
}

#[derive(Serialize)]
struct Key<'a> {
    key: &'a str,
    /// None: the request does not carry the key.
    values: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Remedied<'a> {
    changes: Vec<Changed<'a>>,
    /// The answer when all of it is done, found by asking again.
    then: &'static str,
    /// What is then still unknown.
    needs: Vec<String>,
}

#[derive(Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
enum Changed<'a> {
    Add {
        to: &'static str,
        statement: &'a Value,
    },
    Remove {
        policy: &'a str,
        statement: &'a str,
    },
}

#[derive(Serialize)]
struct Misspelt<'a> {
    policy: &'a str,
    action: &'a str,
    nearest: &'a str,
}

/// Writes what was judged.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn write(judged: &Judged, evidence: &Evidence, out: &mut dyn Write) -> io::Result<()> {
    let (permissions, not_judged): (&[Permission], &[String]) = match judged {
        Judged::One(permission) => (std::slice::from_ref(permission), &[]),
        Judged::All(needed) => (&needed.permissions, &needed.not_judged),
    };
    let document = Document {
        version: VERSION,
        service: &evidence.manifest.target.service_arn,
        collected_at: evidence.now().to_rfc3339(),
        permissions: permissions.iter().map(row).collect(),
        not_judged,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn row(permission: &Permission) -> Row<'_> {
    let explanation = &permission.explanation;
    let (doubt, only_organization) = match &explanation.answer {
        Answer::Unknown(doubt) => (Some(doubt), Some(doubt.is_organization_only())),
        _ => (None, None),
    };
    Row {
        purpose: permission.purpose.map(super::Purpose::as_str),
        principal: permission
            .principal
            .as_ref()
            .map(|principal| principal.name())
            .or(permission.who.as_deref()),
        action: &permission.action,
        resource: &permission.resource,
        answer: word(&explanation.answer),
        explicit: match &explanation.answer {
            Answer::Denied(denial) => Some(*denial == Denial::Explicit),
            _ => None,
        },
        only_organization,
        reasons: explanation.reasons.iter().map(why).collect(),
        needs: doubt
            .into_iter()
            .flat_map(|doubt| &doubt.needs)
            .map(ToString::to_string)
            .collect(),
        allowed_when: doubt
            .and_then(|doubt| doubt.allowed_when.as_ref())
            .into_iter()
            .flat_map(Completion::keys)
            .map(|(key, values)| Key { key, values })
            .collect(),
        denied_when: doubt
            .and_then(|doubt| doubt.denied_when.as_ref())
            .into_iter()
            .flat_map(Completion::keys)
            .map(|(key, values)| Key { key, values })
            .collect(),
        remedy: explanation.remedy.as_ref().map(|remedy| Remedied {
            changes: remedy
                .changes
                .iter()
                .map(|change| match change {
                    Change::Add { side, statement } => Changed::Add {
                        to: side.as_str(),
                        statement,
                    },
                    Change::Remove {
                        policy, statement, ..
                    } => Changed::Remove { policy, statement },
                })
                .collect(),
            then: word(&remedy.then),
            needs: match &remedy.then {
                Answer::Unknown(doubt) => doubt.needs.iter().map(ToString::to_string).collect(),
                _ => vec![],
            },
        }),
        misspelt: permission
            .misspelt
            .iter()
            .map(|(policy, action, nearest)| Misspelt {
                policy,
                action,
                nearest,
            })
            .collect(),
    }
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Allowed => "allowed",
        Answer::Denied(_) => "denied",
        Answer::Unknown(_) => "unknown",
    }
}

fn why(reason: &Reason) -> Why<'_> {
    let (statement, element) = match reason {
        Reason::Applies(named) | Reason::MayApply(named) => (Some(named), None),
        Reason::LeftToAccount { statement } => (Some(statement), None),
        Reason::Nearest {
            statement, failure, ..
        } => (Some(statement), Some(failure.element.as_str())),
        Reason::Nothing { .. } | Reason::Inherent(_) => (None, None),
    };
    Why {
        text: reason.to_string(),
        policy: statement.map(|it| it.policy.as_str()),
        sid: statement.and_then(|it| it.sid.as_deref()),
        statement: statement.map(|it| it.number),
        effect: statement.map(|it| it.effect.as_str()),
        element,
    }
}
