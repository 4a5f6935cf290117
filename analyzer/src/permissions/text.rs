//! Answers about permissions, for people.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use super::{Judged, Needed, Permission};
use crate::{
    evidence::Evidence,
    iam::{
        completion::{Completion, Doubt},
        evaluate::{Answer, Denial},
        explain::{Change, Remedy, Side},
        principal::Principal,
    },
    report::visible,
};

/// Writes what was judged.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn write(judged: &Judged, evidence: &Evidence, out: &mut dyn Write) -> io::Result<()> {
    match judged {
        Judged::One(permission) => one(permission, out),
        Judged::All(needed) => all(needed, evidence, out),
    }
}

fn one(permission: &Permission, out: &mut dyn Write) -> io::Result<()> {
    let Permission {
        who,
        action,
        resource,
        explanation,
        ..
    } = permission;
    let who = who.as_deref().unwrap_or("nobody");
    writeln!(
        out,
        "{}: {} {action} on {}",
        headline(&explanation.answer),
        visible(who),
        visible(resource)
    )?;
    body(permission, "  ", out)?;
    misspelt([permission], out)
}

/// The actions in policies that do not exist, each once.
fn misspelt<'a>(
    permissions: impl IntoIterator<Item = &'a Permission>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all: BTreeSet<&(String, String, String)> = permissions
        .into_iter()
        .flat_map(|permission| &permission.misspelt)
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNo such action:")?;
    for (policy, action, nearest) in all {
        writeln!(
            out,
            "- {} in the {}; did you mean {nearest}?",
            visible(action),
            visible(policy)
        )?;
    }
    Ok(())
}

/// The reasons, what would decide, and what would help.
fn body(permission: &Permission, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let explanation = &permission.explanation;
    for reason in &explanation.reasons {
        writeln!(out, "{indent}- {}", visible(&reason.to_string()))?;
    }
    if let Answer::Unknown(doubt) = &explanation.answer {
        open(doubt, indent, out)?;
    }
    if let Some(remedy) = &explanation.remedy {
        remedied(remedy, permission, indent, out)?;
    }
    Ok(())
}

fn open(doubt: &Doubt, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{indent}What would decide:")?;
    for need in &doubt.needs {
        writeln!(out, "{indent}- {}", visible(&need.to_string()))?;
    }
    let mut when = |word: &str, completion: &Option<Completion>| -> io::Result<()> {
        let Some(completion) = completion else {
            return Ok(());
        };
        let keys: Vec<String> = completion
            .keys()
            .map(|(key, values)| match values {
                Some(values) => format!("{key} is {}", values.join(", ")),
                None => format!("the request does not carry {key}"),
            })
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "{indent}For example {word} when {}.",
            visible(&keys.join(" and "))
        )
    };
    when("allowed", &doubt.allowed_when)?;
    when("denied", &doubt.denied_when)
}

fn remedied(
    remedy: &Remedy,
    permission: &Permission,
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let then = match &remedy.then {
        Answer::Allowed => "it is allowed (checked by asking again)".to_owned(),
        Answer::Unknown(doubt) if doubt.is_organization_only() => {
            "it is allowed, unless the organization denies it (checked by asking again)".to_owned()
        }
        Answer::Unknown(doubt) => {
            let needs: Vec<String> = doubt.needs.iter().map(ToString::to_string).collect();
            format!(
                "nothing but this is in its way (checked by asking again): {}",
                needs.join("; ")
            )
        }
        Answer::Denied(_) => return Ok(()),
    };
    for change in &remedy.changes {
        match change {
            Change::Add { side, statement } => {
                writeln!(out, "{indent}Missing in {}:", place(*side, permission))?;
                writeln!(out, "{indent}  {}", visible(&statement.to_string()))?;
            }
            Change::Remove {
                policy, statement, ..
            } => writeln!(
                out,
                "{indent}In the way: {} of {}",
                visible(statement),
                visible(policy)
            )?,
        }
    }
    let both = if remedy.changes.len() == 1 {
        "With that"
    } else {
        "With all of that"
    };
    writeln!(out, "{indent}{both} {}.", visible(&then))
}

fn place(side: Side, permission: &Permission) -> String {
    let who = permission
        .principal
        .as_ref()
        .map(Principal::name)
        .unwrap_or_default();
    match side {
        Side::Identity => format!("the policies of {}", visible(who)),
        Side::Boundary => format!("the permissions boundary of {}", visible(who)),
        Side::Resource => format!("the policy of {}", visible(&permission.resource)),
        Side::Trust => format!("the trust policy of {}", visible(&permission.resource)),
        Side::Session | Side::ServiceControl | Side::ResourceControl => {
            format!("the {}", side.as_str())
        }
    }
}

fn headline(answer: &Answer) -> &'static str {
    match answer {
        Answer::Allowed => "allowed",
        Answer::Denied(Denial::Explicit) => "denied by a statement",
        Answer::Denied(Denial::Implicit) => "denied, because nothing allows it",
        Answer::Unknown(doubt) if doubt.is_organization_only() => {
            "unknown, allowed unless the organization denies it"
        }
        Answer::Unknown(_) => "unknown",
    }
}

/// The answer in a table.
fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Allowed => "allowed",
        Answer::Denied(Denial::Explicit) => "DENIED",
        Answer::Denied(Denial::Implicit) => "not allowed",
        Answer::Unknown(doubt) if doubt.is_organization_only() => "allowed*",
        Answer::Unknown(_) => "unknown",
    }
}

fn all(needed: &Needed, evidence: &Evidence, out: &mut dyn Write) -> io::Result<()> {
    let target = &evidence.manifest.target;
    writeln!(
        out,
        "Permissions that {} needs to deploy, by the policies in the bundle\n",
        visible(&target.service_name)
    )?;
    let rows: Vec<[String; 5]> = needed
        .permissions
        .iter()
        .map(|permission| {
            [
                word(&permission.explanation.answer).to_owned(),
                permission.action.clone(),
                visible(&permission.resource),
                visible(permission.who.as_deref().unwrap_or("nobody")),
                permission
                    .explanation
                    .reasons
                    .first()
                    .map(|reason| visible(&reason.short()))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    let heads = ["answer", "action", "resource", "who", "by"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&heads]);
        cells
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3)];
    for row in [&heads].into_iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        line.push_str(&row[4]);
        writeln!(out, "{}", line.trim_end())?;
    }
    let organization = |permission: &Permission| match &permission.explanation.answer {
        Answer::Unknown(doubt) => doubt.is_organization_only(),
        _ => false,
    };
    if needed.permissions.iter().any(organization) {
        writeln!(
            out,
            "\n* unless a policy of the organization denies it: those are not in a bundle.\n  \
             With --no-organization it is taken that there are none."
        )?;
    }
    for permission in &needed.permissions {
        let answer = &permission.explanation.answer;
        if matches!(answer, Answer::Allowed) || organization(permission) {
            continue;
        }
        writeln!(
            out,
            "\n{}: {} {} on {}",
            headline(answer),
            visible(permission.who.as_deref().unwrap_or("nobody")),
            permission.action,
            visible(&permission.resource)
        )?;
        body(permission, "  ", out)?;
    }
    misspelt(&needed.permissions, out)?;
    if !needed.not_judged.is_empty() {
        writeln!(out, "\nNot judged:")?;
        for sentence in &needed.not_judged {
            writeln!(out, "- {}", visible(sentence))?;
        }
    }
    Ok(())
}
