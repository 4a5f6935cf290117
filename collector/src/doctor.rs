//! `doctor`: which calls are allowed, and the policy for those that are not.

use std::collections::BTreeSet;

use evidence_schema::Coverage;
use serde_json::{Value, json};

use crate::{
    choice::Choice,
    collect::probe,
    collect_plan::CollectPlan,
    error::{CliError, Exit},
    policy,
    progress::status_word,
    sources,
    terminal::escaped,
    witness::{Answer, Witness},
};

/// What became of one kind of call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tried {
    action: &'static str,
    source: &'static str,
    /// What a call was about that was tried apart from the others of its action.
    resource: Option<String>,
    verdict: Verdict,
    detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Denied,
    Unclear,
    NotTried,
}

/// Asks every source as a collection would, but makes each kind of call once and keeps nothing.
/// Gives the table and the exit code.
pub(crate) async fn doctor(plan: &CollectPlan) -> Result<(String, Exit), CliError> {
    let witness = Witness::new();
    let (who, coverage) = probe(plan, &witness).await?;
    let tried = tried(&witness, &coverage);
    let exit = match tried
        .iter()
        .any(|it| matches!(it.verdict, Verdict::Denied | Verdict::Unclear))
    {
        true => Exit::Gaps,
        false => Exit::Complete,
    };
    Ok((text(&who, &tried, &plan.choice), exit))
}

/// Every action of the table, once, and what was tried apart and not allowed.
fn tried(witness: &Witness, coverage: &[Coverage]) -> Vec<Tried> {
    let answers = witness.answers();
    let mut known = BTreeSet::new();
    let mut tried = Vec::new();
    for source in sources::ALL {
        for call in source.calls.iter().filter(|call| known.insert(call.action)) {
            let of_source = || coverage.iter().filter(|it| it.source == source.name);
            let plain = answers.get(&(call.action.to_owned(), None));
            // Some actions are only ever tried apart.
            let first = || {
                answers
                    .iter()
                    .find(|((action, _), _)| action == call.action)
            };
            let answer = plain.or_else(|| first().map(|(_, answer)| answer));
            let (verdict, detail) = match answer {
                Some(answer) => verdict_of(answer, source.name, call.action, coverage),
                None => {
                    let reason = of_source().find_map(|it| {
                        let note = it.note.clone()?;
                        Some(format!("{}: {note}", status_word(it.status)))
                    });
                    let reason = reason.unwrap_or_else(|| "nothing to ask about".to_owned());
                    (Verdict::NotTried, reason)
                }
            };
            tried.push(Tried {
                action: call.action,
                source: source.name,
                resource: None,
                verdict,
                detail,
            });
            for ((action, apart), answer) in &answers {
                // Without a plain one, the first of them was told already.
                let Some(apart) = apart
                    .as_ref()
                    .filter(|_| action == call.action && plain.is_some())
                else {
                    continue;
                };
                let permission = format!("{action} on {}", apart.resource);
                let (verdict, detail) = verdict_of(answer, apart.source, &permission, coverage);
                if verdict != Verdict::Allowed {
                    tried.push(Tried {
                        action: call.action,
                        source: apart.source,
                        resource: Some(apart.resource.clone()),
                        verdict,
                        detail: format!("on {}: {detail}", apart.resource),
                    });
                }
            }
        }
    }
    tried
}

/// What an answer means, with the words of AWS from the ledger.
fn verdict_of(
    answer: &Answer,
    source: &str,
    permission: &str,
    coverage: &[Coverage],
) -> (Verdict, String) {
    match answer {
        Answer::Allowed => (Verdict::Allowed, String::new()),
        Answer::Denied(code) => {
            let error = coverage
                .iter()
                .filter(|it| it.source == source && it.permission.as_deref() == Some(permission))
                .find_map(|it| it.error.as_ref());
            let message = error.map_or(String::new(), |it| format!(": {}", it.message));
            (Verdict::Denied, format!("{code}{message}"))
        }
        Answer::Unclear(code) => (Verdict::Unclear, code.clone()),
    }
}

fn text(who: &str, tried: &[Tried], choice: &Choice) -> String {
    let mut text = format!("{}\n\n", escaped(who));
    for it in tried {
        let word = match it.verdict {
            Verdict::Allowed => "allowed",
            Verdict::Denied => "DENIED",
            Verdict::Unclear => "unclear",
            Verdict::NotTried => "not tried",
        };
        let line = format!(
            "{word:<10}{:<44}{:<22}{}",
            it.action,
            it.source,
            escaped(&it.detail)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let denied = tried
        .iter()
        .filter(|it| it.verdict == Verdict::Denied)
        .count();
    if denied == 0 {
        text.push_str("\nno call was denied\n");
    } else {
        text.push_str(&format!(
            "\n{denied} denied; this policy grants what is missing, and what could not be tried \
             because of it:\n\n{:#}\n",
            policy_for(tried, choice)
        ));
    }
    text
}

/// The policy for what was denied. The table of sources does not know the names of what was denied
/// apart, so each gets a statement with its own ARN.
fn policy_for(tried: &[Tried], choice: &Choice) -> Value {
    let missing = missing(tried);
    let mut policy = policy::policy_of(choice, |action| missing.contains(action));
    let apart = tried
        .iter()
        .filter(|it| it.verdict == Verdict::Denied)
        .filter_map(|it| Some((it.action, it.resource.as_ref()?)));
    if let Some(statements) = policy["Statement"].as_array_mut() {
        statements.extend(apart.map(|(action, resource)| {
            json!({"Effect": "Allow", "Action": [action], "Resource": resource})
        }));
    }
    policy
}

/// The denied actions, and those that were not tried of sources in which one was denied.
fn missing(tried: &[Tried]) -> BTreeSet<&'static str> {
    let sources: BTreeSet<_> = tried
        .iter()
        .filter(|it| it.verdict == Verdict::Denied)
        .map(|it| it.source)
        .collect();
    tried
        .iter()
        .filter(|it| it.resource.is_none())
        .filter(|it| match it.verdict {
            Verdict::Denied => true,
            Verdict::NotTried => sources.contains(it.source),
            _ => false,
        })
        .map(|it| it.action)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_denied_call_hides_is_granted_with_it() {
        let one = |action, source, verdict| Tried {
            action,
            source,
            resource: None,
            verdict,
            detail: String::new(),
        };
        let tried = [
            one("iam:ListRolePolicies", "roles", Verdict::Denied),
            one("iam:GetRolePolicy", "roles", Verdict::NotTried),
            one("iam:GetRole", "roles", Verdict::Allowed),
            one(
                "apprunner:ListConnections",
                "connections",
                Verdict::NotTried,
            ),
        ];
        assert_eq!(
            missing(&tried),
            BTreeSet::from(["iam:GetRolePolicy", "iam:ListRolePolicies"])
        );
        let text = text("me", &tried, &Choice::default());
        assert!(text.contains("\"iam:GetRolePolicy\"") && !text.contains("\"iam:GetRole\""));
    }
}
