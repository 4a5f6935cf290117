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
