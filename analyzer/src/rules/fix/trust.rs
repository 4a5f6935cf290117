//! Whether App Runner may take a role on, and whether IAM may not have known the role yet.

use chrono::TimeDelta;
use evidence_schema::{
    Interval, Time,
    record::{Role as IamRole, RoleUse},
};

use super::{
    permit::{self, Standing},
    refused::Refused,
    role_arn, role_name,
};
use crate::{
    correlation::touching,
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Step, Suspects, Touches},
    iam::{
        explain::{Change, Explanation},
        principal::Principal,
    },
    permissions::{Asker, BUILD, TASKS},
    words,
};

/// How long IAM may need until a new role or a changed policy is known everywhere. Mostly it is
/// seconds; a role that was a minute old has worked where one of seconds has not.
pub(in crate::rules) const SPREADING: TimeDelta = TimeDelta::minutes(5);

/// Calls that change whether a role can be assumed.
const TRUST: &[&str] = &["CreateRole", "UpdateAssumeRolePolicy"];

/// Calls that change what a role may do.
const POLICIES: &[&str] = &[
    "AttachRolePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "DeleteRolePermissionsBoundary",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
];

/// A role that App Runner takes on.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Assumed {
    /// What the service uses it as.
    pub(in crate::rules) used_as: RoleUse,
    /// Who takes it on.
    pub(in crate::rules) service: &'static str,
    /// What people call it.
    pub(in crate::rules) what: &'static str,
    /// What a refused call means that could not take it on.
    pub(in crate::rules) refusal: &'static str,
}

pub(in crate::rules) const ACCESS: Assumed = Assumed {
    used_as: RoleUse::Access,
    service: BUILD,
    what: "access role",
    refusal: "access-role-not-assumed",
};

pub(in crate::rules) const INSTANCE: Assumed = Assumed {
    used_as: RoleUse::Instance,
    service: TASKS,
    what: "instance role",
    refusal: "instance-role-not-assumed",
};

/// Whether App Runner may take the role on.
pub(in crate::rules) enum Judged<'a> {
    /// There is no such role.
    Gone,
    /// It may.
    Trusted(Observed<&'a IamRole>),
    /// It may not.
    Withheld(Observed<&'a IamRole>, Box<Explanation>),
}

impl Assumed {
    /// The role that a refused call was about: its error names it, or the service does.
    pub(in crate::rules) fn named(self, case: Case<'_>, refused: &Refused<'_>) -> Option<String> {
        super::refused::role_arn(&refused.call.message)
            .map(str::to_owned)
            .or_else(|| role_arn(case, self.used_as))
    }

    /// Judges the trust policy of the role.
    pub(in crate::rules) fn judged<'a>(
        self,
        case: Case<'a>,
        arn: Option<&str>,
    ) -> Result<Judged<'a>, Missing> {
        let configured = role_arn(case, self.used_as);
        let role = match arn {
            // A call may name another role than the service has now.
            Some(arn) if configured.as_deref() != Some(arn) => {
                let known = case.evidence.roles.iter().find(|it| it.fact.arn == arn);
                match known {
                    Some(role) => Some(role.as_ref()),
                    None => {
                        let absent = case.evidence.ledger.entries.iter().any(|entry| {
                            entry.source == "roles"
                                && entry.subject.as_deref() == Some(arn)
                                && entry.status == evidence_schema::Status::Absent
                        });
                        if !absent {
                            case.evidence.ledger.looked("roles", Some(arn), None)?;
                            return Err(Missing::undecided(
                                "roles",
                                format!("the role {arn} is not in the bundle"),
                            ));
                        }
                        None
                    }
                }
            }
            _ => case.role(self.used_as)?,
        };
        let Some(role) = role else {
            return Ok(Judged::Gone);
        };
        let service = Principal::Service {
            name: self.service.to_owned(),
        };
        let asked = Asker::new(case.evidence).explain(service, "sts:AssumeRole", &role.fact.arn);
        match permit::standing(&asked) {
            Standing::Given => Ok(Judged::Trusted(role)),
            Standing::Lacking => Ok(Judged::Withheld(role, Box::new(asked))),
            Standing::Open(needs) => Err(Missing::undecided(
                "roles",
                format!(
                    "whether {} trusts {} hangs on {}",
                    role.fact.name,
                    self.service,
                    words::list(&needs)
                ),
            )),
        }
    }

    /// That the role does not trust App Runner, with the trust policy that does.
    pub(in crate::rules) fn withheld(
        self,
        case: Case<'_>,
        role: &Observed<&IamRole>,
        asked: &Explanation,
        so: &str,
    ) -> Finding {
        let name = &role.fact.name;
        let why = permit::reasons([asked]);
        let later = changed_later(case, &[Touches::Role(name.clone())]);
        // What it was like at the time of the failure is then not known for sure.
        let ground = match later {
            Some(_) => Ground::Agreement,
            None => Ground::Configuration,
        };
        let mut finding = Finding::new(
            Role::Cause,
            format!(
                "The {} {name} does not trust {}, so {so}",
                self.what, self.service
            ),
            Citation::fact(ground, role, words::list(&why)),
        )
        .citing_if(later)
        .touching(Touches::Role(name.clone()))
        .suspecting(Suspects::Trust)
        .confirmed_by(format!(
            "the trust policy of {name}: it has to name {}",
            self.service
        ));
        if let Some(policy) =
            with_trust(role.fact.trust_policy.as_deref().unwrap_or_default(), asked)
        {
            finding.fix.push(Step::command(&[
                "aws",
                "iam",
                "update-assume-role-policy",
                "--role-name",
                name,
                "--policy-document",
                &policy,
            ]));
        } else {
            finding.fix.extend(denials(asked));
        }
        finding
    }

    /// What a trust rule says of a call that was refused because the role could not be assumed.
    pub(in crate::rules) fn answer(
        self,
        case: Case<'_>,
        refused: &Refused<'_>,
    ) -> Result<Answer, Missing> {
        let arn = self.named(case, refused);
        let what = self.what;
        let name = arn.as_deref().map(role_name).unwrap_or_default().to_owned();
        let stated = refused.cite(
            Ground::Platform,
            format!("App Runner could not assume the {what}"),
        );
        let so = format!("App Runner refused the {}", refused.noun());
        let role = super::refused::role(case);
        let again = Step::Text(format!(
            "Wait a minute, then make the same {} call again.",
            refused.call.operation
        ));
        let mut finding = match self.judged(case, arn.as_deref()) {
            Ok(Judged::Gone) => Finding::new(
                role,
                format!("The {what} {name} does not exist, so {so}"),
                Citation::absence(
                    Ground::Configuration,
                    format!("IAM has no role {}", arn.as_deref().unwrap_or(&name)),
                ),
            )
            .citing(stated)
            .touching(Touches::Role(name.clone()))
            .fixed_by([Step::Text(format!(
                "Name a role that exists, or create {name} with a trust policy that names {}.",
                self.service
            ))]),
            Ok(Judged::Withheld(observed, asked)) => {
                let mut finding = self.withheld(case, &observed, &asked, &so).citing(stated);
                finding.role = role;
                finding
            }
            Ok(Judged::Trusted(observed)) => {
                if let Ok(Some(_)) = young(case, &observed, refused.at(), TRUST) {
                    return Ok(Answer::cleared_by_fact(
                        &observed,
                        format!(
                            "the trust policy of {name} names {}; the role was only just made or \
                             changed",
                            self.service
                        ),
                    ));
                }
                Finding::new(
                    role,
                    format!(
                        "App Runner could not assume the {what} {name}, although its trust policy \
                         names {}",
                        self.service
                    ),
                    stated,
                )
                .citing(Citation::fact(
                    Ground::Context,
                    &observed,
                    "the trust policy in the bundle allows it",
                ))
                .citing_if(changed_later(case, &[Touches::Role(name.clone())]))
                .touching(Touches::Role(name.clone()))
                .confirmed_by(
                    "the trust policy as it was at that time, in the history of the role; whether \
                     the same call works now; a resource control policy of the organization",
                )
            }
            Err(missing) => {
                // Whether its trust is wrong or only new is then not known either.
                let just_made = young_call(case, arn.as_deref(), refused.at(), TRUST);
                if !matches!(just_made, Ok(None)) {
                    return Err(missing);
                }
                Finding::new(
                    role,
                    format!("App Runner could not assume the {what} {name}"),
                    stated,
                )
                .touching(Touches::Role(name.clone()))
                .confirmed_by(format!(
                    "the trust policy of {name}, which has to name {}: {}",
                    self.service,
                    missing.sentence()
                ))
                .fixed_by([Step::Text(format!(
                    "See that the trust policy of {name} lets {} call sts:AssumeRole.",
                    self.service
                ))])
            }
        };
        finding.fix.push(again);
        Ok(finding.into())
    }
}

/// The trust policy with the statements that were found missing.
pub(in crate::rules) fn with_trust(document: &str, asked: &Explanation) -> Option<String> {
    let changes = asked.remedy.iter().flat_map(|remedy| &remedy.changes);
    let mut missing = Vec::new();
    for change in changes {
        match change {
            Change::Add { statement, .. } => missing.push(statement.clone()),
            // Adding a statement would not help while another denies.
            Change::Remove { .. } => return None,
        }
    }
    (!missing.is_empty()).then(|| permit::merged(document, missing).to_string())
}

/// The statements that deny.
fn denials(asked: &Explanation) -> Vec<Step> {
    let changes = asked.remedy.iter().flat_map(|remedy| &remedy.changes);
    changes
        .map(|change| match change {
            Change::Remove {
                policy, statement, ..
            } => Step::Text(format!(
                "Take {statement} out of the {policy}, or except App Runner from it."
            )),
            Change::Add { statement, .. } => Step::Text(format!("Then add {statement}")),
        })
        .collect()
}

/// What was made or changed so shortly before `at` that IAM may not have known it everywhere; all of
/// a role's changes when `policies` count too.
pub(in crate::rules) fn young_role(
    case: Case<'_>,
    role: &Observed<&IamRole>,
    at: Time,
    policies: bool,
) -> Result<Option<Citation>, Missing> {
    young(case, role, at, if policies { POLICIES } else { TRUST })
}

fn young(
    case: Case<'_>,
    role: &Observed<&IamRole>,
    at: Time,
    calls: &[&str],
) -> Result<Option<Citation>, Missing> {
    let fact = role.fact;
    let called = young_call(case, Some(&fact.arn), at, calls);
    if let Ok(Some(_)) = called {
        return called;
    }
    let (from, to) = just_before(at);
    if let Some(created) = fact.created_at
        && from <= created
        && created <= to
    {
        let mut made = Citation::fact(
            Ground::Agreement,
            role,
            format!(
                "the role {} was created {} before",
                fact.name,
                words::duration(at - created)
            ),
        );
        made.time = Some(created);
        return Ok(Some(made));
    }
    called
}

/// The newest of these calls about the role of this ARN that IAM may not have spread by `at`.
fn young_call(
    case: Case<'_>,
    arn: Option<&str>,
    at: Time,
    calls: &[&str],
) -> Result<Option<Citation>, Missing> {
    let (from, to) = just_before(at);
    let touches = arn
        .map(|arn| permit::touches(case, arn))
        .unwrap_or_default();
    let newest = case.evidence.changes.iter().rev().find(|change| {
        let it = &change.fact;
        from <= it.time
            && it.time <= to
            && it.error_code.is_none()
            && calls.contains(&it.event_name.as_str())
            && touches
                .iter()
                .any(|what| touching::touches(case, &change.fact, what))
    });
    if let Some(change) = newest {
        let name = arn.map(role_name).unwrap_or_default();
        return Ok(Some(Citation::fact(
            Ground::Agreement,
            change,
            match change.fact.time <= at {
                true => format!(
                    "{} for {name}, {} before",
                    change.fact.event_name,
                    words::duration(at - change.fact.time)
                ),
                false => format!(
                    "{} for {name}, {} after it began",
                    change.fact.event_name,
                    words::duration(change.fact.time - at)
                ),
            },
        )));
    }
    let interval = Interval { from, to: at };
    case.evidence
        .ledger
        .looked("changes", arn, Some(interval))?;
    Ok(None)
}

/// The time in which what was changed may not be known everywhere at `at`.
fn just_before(at: Time) -> (Time, Time) {
    // The clocks of two services differ by a little.
    (
        words::before(at, SPREADING),
        words::after(at, TimeDelta::seconds(2)),
    )
}

/// A change after the failure: what the bundle has may not be what it was then.
pub(in crate::rules) fn changed_later(case: Case<'_>, what: &[Touches]) -> Option<Citation> {
    let failed = case.attempt.failed_at().unwrap_or(case.window().to);
    let change = case.evidence.changes.iter().find(|change| {
        change.fact.time > failed
            && change.fact.error_code.is_none()
            && change.fact.read_only != Some(true)
            && what
                .iter()
                .any(|what| touching::touches(case, &change.fact, what))
    })?;
    Some(Citation::fact(
        Ground::Context,
        change,
        format!(
            "{} {} after the failure: what it was like before is not in the bundle",
            change.fact.event_name,
            words::duration(change.fact.time - failed)
        ),
    ))
}
