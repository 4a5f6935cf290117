//! What rules about refused calls share.

use evidence_schema::{Time, record::Change};
use serde_json::Value;

use crate::{
    attempt::{Attempt, RefusedCall},
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Ground, Role},
};

/// A call that App Runner refused.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Refused<'a> {
    attempt: &'a Attempt,
    /// The call.
    pub(in crate::rules) call: &'a RefusedCall,
}

impl<'a> Refused<'a> {
    /// When it was called.
    pub(in crate::rules) fn at(&self) -> Time {
        self.attempt.started
    }

    /// What the call asked for: `creation`, `update`, `deployment`.
    pub(in crate::rules) fn noun(&self) -> &'static str {
        self.attempt.noun()
    }

    /// Cites the call, with the words of AWS.
    pub(in crate::rules) fn cite(&self, ground: Ground, shows: impl Into<String>) -> Citation {
        Citation {
            record: self.attempt.record,
            time: Some(self.attempt.started),
            shows: shows.into(),
            quote: Some(format!("{}: {}", self.call.code, self.call.message)),
            ground,
        }
    }

    /// The record of the call.
    pub(in crate::rules) fn record(&self, case: Case<'a>) -> Option<&'a Observed<Change>> {
        let changes = &case.evidence.changes;
        changes.iter().find(|it| it.record == self.attempt.record)
    }

    /// A parameter of the call by its path; nothing where CloudTrail has none.
    pub(in crate::rules) fn parameter(&self, case: Case<'a>, path: &[&str]) -> Option<&'a Value> {
        let mut value = self.record(case)?.fact.request_parameters.as_ref()?;
        for name in path {
            value = value.get(name)?;
        }
        Some(value)
    }
}

/// The refused calls that there are, newest first.
pub(in crate::rules) fn all<'a>(case: Case<'a>) -> impl Iterator<Item = Refused<'a>> {
    case.refusals()
        .map(|(attempt, call)| Refused { attempt, call })
}

/// The newest refused call whose error means one of `ids`.
pub(in crate::rules) fn find<'a>(case: Case<'a>, ids: &[&str]) -> Option<Refused<'a>> {
    all(case).find(|it| it.call.refusal.is_some_and(|it| ids.contains(&it.id)))
}

/// The place of a refused call in the chain: where a deployment is under diagnosis, what was called
/// beside it did not make that fail.
pub(in crate::rules) fn role(case: Case<'_>) -> Role {
    match case.attempt.refusal {
        Some(_) => Role::Cause,
        None => Role::Consequence,
    }
}

/// That the calls were refused for another reason; unless AWS's words are not known.
pub(in crate::rules) fn another_reason(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(newest) = all(case).next() else {
        return Ok(Answer::NotApplicable("no call was refused".to_owned()));
    };
    if newest.call.message.is_empty() && newest.call.refusal.is_none() {
        return Err(Missing::undecided(
            "changes",
            format!(
                "CloudTrail kept no message of the {} that was refused with {}",
                newest.call.operation, newest.call.code
            ),
        ));
    }
    let at = Observed {
        fact: (),
        record: newest.attempt.record,
        time: Some(newest.at()),
    };
    Ok(Answer::cleared_by_fact(
        &at,
        format!("{} was refused for another reason", newest.call.operation),
    ))
}

/// What AWS's words say of a denied call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Denial {
    /// The kind of policy.
    pub(in crate::rules) policy: &'static str,
    /// Whether a statement of it denies; else none allows.
    pub(in crate::rules) explicit: bool,
}

impl Denial {
    /// What to do about it, so that `who` may.
    pub(in crate::rules) fn advice(self, who: &str) -> String {
        let policy = self.policy;
        match self.explicit {
            true => format!(
                "A statement of a {policy} denies it: take that out, or except {who} from it. No \
                 other policy can outweigh it."
            ),
            false => format!("The {policy} has to allow it as well."),
        }
    }
}

/// The kind of policy that a message of AWS names, unless it is the role's own.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
pub(in crate::rules) fn denied_by(message: &str) -> Option<Denial> {
    let lower = message.to_ascii_lowercase();
    let policy = [
        "service control policy",
        "resource control policy",
        "permissions boundary",
        "session policy",
        "resource-based policy",
        "VPC endpoint policy",
    ]
    .into_iter()
    .find(|policy| lower.contains(&policy.to_ascii_lowercase()))?;
    Some(Denial {
        policy,
        explicit: lower.contains("explicit deny"),
    })
}

/// The first ARN of a role in a text.
pub(in crate::rules) fn role_arn(text: &str) -> Option<&str> {
    let marked = text.find(":role/")?;
    let start = text[..marked].rfind("arn:")?;
    let end = text[start..]
        .find(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | ',' | ')'))
        .map_or(text.len(), |end| start + end);
    Some(text[start..end].trim_end_matches(['.', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_that_denied_is_named_by_aws() {
        let denial = |policy, explicit| Some(Denial { policy, explicit });
        assert_eq!(
            denied_by(
                "x is not authorized to perform: y with an explicit deny in a service control policy"
            ),
            denial("service control policy", true)
        );
        assert_eq!(
            denied_by("because no VPC endpoint policy allows the y action"),
            denial("VPC endpoint policy", false)
        );
        assert_eq!(
            denied_by("because no identity-based policy allows the y action"),
            None
        );
    }

    #[test]
    fn the_role_in_an_error_is_found() {
        let arn = "arn:aws:iam::111122223333:role/service-role/Pull";
        for text in [
            format!("Error in assuming access role {arn}"),
            format!("Error in assuming access role {arn}."),
            format!("not authorized to perform: iam:PassRole on resource: {arn} because"),
        ] {
            assert_eq!(role_arn(&text), Some(arn));
        }
        assert_eq!(role_arn("Error in assuming access role ..."), None);
    }
}
