//! `doctor`: which calls are allowed, and the policy for those that are not.

use std::collections::BTreeSet;

use evidence_schema::Coverage;

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

/// Every action of the table, once.
fn tried(witness: &Witness, coverage: &[Coverage]) -> Vec<Tried> {
    let answers = witness.answers();
    let mut known = BTreeSet::new();
    let mut tried = Vec::new();
    for source in sources::ALL {
        for call in source.calls.iter().filter(|call| known.insert(call.action)) {
            let of_source = || coverage.iter().filter(|it| it.source == source.name);
            let (verdict, detail) = match answers.get(call.action) {
                Some(Answer::Allowed) => (Verdict::Allowed, String::new()),
                Some(Answer::Denied(code)) => {
                    let error = of_source()
                        .filter(|it| it.permission.as_deref() == Some(call.action))
                        .find_map(|it| it.error.as_ref());
                    let message = error.map_or(String::new(), |it| format!(": {}", it.message));
                    (Verdict::Denied, format!("{code}{message}"))
                }
                Some(Answer::Unclear(code)) => (Verdict::Unclear, code.clone()),
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
                verdict,
                detail,
            });
        }
    }
    tried
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
    let missing = missing(tried);
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
            policy::policy_of(choice, |action| missing.contains(action))
        ));
    }
    text
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
