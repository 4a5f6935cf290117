//! What may have been in the way of a role whose policies, as far as they are known, allow what it
//! was denied: IAM that had not spread a change yet, an organization, a condition.

use evidence_schema::record::Role as IamRole;

use super::{
    permit,
    refused::{self, Denial},
    role_name,
    trust::young_role,
};
use crate::{
    evidence::{Case, Observed},
    finding::{Citation, Finding, Ground, Step, Suspects},
    words,
};

/// What is known of a denial that the policies do not explain.
pub(in crate::rules) struct Doubt {
    /// CloudTrail's record of the denied call.
    denied: Option<Citation>,
    /// What AWS's words name.
    by: Option<Denial>,
    /// That IAM had the time to spread what the role is.
    settled: Option<Citation>,
    /// What tells the explanations apart.
    apart: Vec<String>,
    /// What to do first.
    advice: String,
}

impl Doubt {
    /// Looks at a role that was denied calls of these services; `needs` is what the evaluator does
    /// not know.
    pub(in crate::rules) fn of(
        case: Case<'_>,
        role: &Observed<&IamRole>,
        services: &[&str],
        needs: &[String],
    ) -> Self {
        let name = role_name(&role.fact.arn);
        let denied = permit::refused_call(case, &role.fact.arn, services);
        let message = denied.as_ref().and_then(|it| it.quote.as_deref());
        let by = message.and_then(refused::denied_by);
        if let Some(by) = by {
            return Self {
                apart: vec![format!("the {} that AWS's words name", by.policy)],
                advice: by.advice(name),
                denied,
                by: Some(by),
                settled: None,
            };
        }
        let mut apart = vec![
            "whether the same deployment works now: then IAM had not spread a new role or policy yet"
                .to_owned(),
        ];
        let mut advice = Vec::new();
        let settled = match young_role(case, role, case.attempt.started, true) {
            Ok(Some(young)) => {
                advice.push(format!(
                    "Deploy again, with nothing changed: {}, and IAM may not have known it \
                     everywhere yet.",
                    young.shows
                ));
                None
            }
            Ok(None) => {
                advice.push(
                    "Deploy again, with nothing changed. It hardly is a slow IAM, as nothing of the \
                     role was new."
                        .to_owned(),
                );
                Some(Citation::fact(
                    Ground::Context,
                    role,
                    format!(
                        "neither {name} nor a policy of it was made or changed in the {} before",
                        words::duration(super::trust::SPREADING)
                    ),
                ))
            }
            Err(missing) => {
                advice.push(
                    "Deploy again, with nothing changed: it works where IAM had only not spread a \
                     new role or policy yet."
                        .to_owned(),
                );
                apart.push(format!("whether the role was new: {}", missing.sentence()));
                None
            }
        };
        if denied.is_none() {
            apart.push(
                "CloudTrail's record of the denied call, whose message names the policy".to_owned(),
            );
            advice.push(format!(
                "If it fails alike, look for calls of {} by {name} that were denied, in the event \
                 history of CloudTrail: the message names what kind of policy denied it, such as a \
                 service control policy of the organization.",
                alternatives(services)
            ));
        }
        if !needs.is_empty() {
            apart.push(format!(
                "what the bundle does not know: {}",
                words::list(needs)
            ));
            advice.push(format!(
                "What the bundle does not know of: {}.",
                words::list(needs)
            ));
        }
        Self {
            denied,
            by: None,
            settled,
            apart,
            advice: advice.join(" "),
        }
    }

    /// What AWS's words name, as the end of a sentence.
    pub(in crate::rules) fn named(&self) -> String {
        match &self.by {
            Some(by) if by.explicit => format!(": a {} denies it", by.policy),
            Some(by) => format!(": no {} allows it", by.policy),
            None => String::new(),
        }
    }

    /// Tells it with a finding.
    pub(in crate::rules) fn told(self, finding: Finding) -> Finding {
        let finding = match self.by {
            Some(_) => finding.suspecting(Suspects::Permissions),
            None => finding,
        };
        finding
            .citing_if(self.denied)
            .citing_if(self.settled)
            .confirmed_by(words::list(&self.apart))
            .fixed_by([Step::Text(self.advice)])
    }
}

fn alternatives(services: &[&str]) -> String {
    match services {
        [more @ .., last] if !more.is_empty() => format!("{} or {last}", more.join(", ")),
        all => all.concat(),
    }
}
