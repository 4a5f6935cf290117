//! A role was made or changed so shortly before that IAM had not spread it yet.

use evidence_schema::record::RoleUse;

use super::{
    About, Explains, Rule,
    fix::{
        self,
        permit::{self, Standing},
        trust::{ACCESS, Assumed, INSTANCE, Judged},
    },
};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    permissions::{Asker, Purpose, needed},
};

pub(super) const RULE: Rule = Rule {
    id: "role-not-ready",
    summary: "A role was made or changed so shortly before that IAM had not spread it yet",
    severity: Severity::High,
    about: About::Both,
    docs: include_str!("role_not_ready.md"),
    explains: Explains::Only(&[
        "access-role-cannot-pull",
        "container-never-started",
        "health-check-failed",
        "image-pull-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    for assumed in [ACCESS, INSTANCE] {
        if let Some(refused) = fix::refused::find(case, &[assumed.refusal]) {
            return of_call(case, assumed, &refused);
        }
    }
    if case.attempt.refusal.is_some() {
        return fix::refused::another_reason(case);
    }
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    let image = case.image_source()?;
    let private = image.is_some_and(|image| image.fact.repository_type != "ECR_PUBLIC");
    if private && let Some((line, _)) = case.access_role_blamed()? {
        let blamed = Citation::line(
            Ground::Agreement,
            line,
            "App Runner blames the access role, and no pull had gone well before",
        );
        return of_deployment(case, ACCESS, blamed);
    }
    if case.service()?.fact.instance.role_arn.is_none() {
        return Ok(Answer::NotApplicable(
            "no pull blames the access role, and the service has no instance role".to_owned(),
        ));
    }
    if let Some(answer) = fix::due(case)? {
        return Ok(answer);
    }
    // Only what the platform needs the role for before it starts a container can have failed for it.
    let secrets = fix::refers_to_secrets(case);
    let ground = if secrets {
        Ground::Agreement
    } else {
        Ground::Context
    };
    let silent = Citation::absence(
        ground,
        if secrets {
            "no container started, and the role is needed to read the secrets before one does"
        } else {
            "no container wrote a line"
        },
    );
    of_deployment(case, INSTANCE, silent)
}

fn of_call(
    case: Case<'_>,
    assumed: Assumed,
    refused: &fix::refused::Refused<'_>,
) -> Result<Answer, Missing> {
    let arn = assumed.named(case, refused);
    let role = match assumed.judged(case, arn.as_deref())? {
        Judged::Trusted(role) => role,
        Judged::Gone => return Ok(Answer::cleared("the role does not exist at all")),
        Judged::Withheld(role, _) => return Ok(not_trusted(assumed, &role)),
    };
    let Some(young) = fix::trust::young_role(case, &role, refused.at(), false)? else {
        return Ok(old(assumed, &role));
    };
    let so = format!(
        "The {} {} was not known everywhere yet when {} was called",
        assumed.what, role.fact.name, refused.call.operation
    );
    let stated = refused.cite(
        Ground::Agreement,
        format!("App Runner could not assume the {}", assumed.what),
    );
    Ok(
        finding(fix::refused::role(case), so, stated, young, assumed, &role)
            .fixed_by([
                Step::Text(format!(
                    "Make the same {} call again: it works once IAM has spread the role.",
                    refused.call.operation
                )),
                waiting(),
            ])
            .into(),
    )
}

fn of_deployment(case: Case<'_>, assumed: Assumed, shown: Citation) -> Result<Answer, Missing> {
    let role = match assumed.judged(case, fix::role_arn(case, assumed.used_as).as_deref())? {
        Judged::Trusted(role) => role,
        Judged::Gone => return Ok(Answer::cleared("the role does not exist at all")),
        Judged::Withheld(role, _) => return Ok(not_trusted(assumed, &role)),
    };
    for permission in &needed(Asker::new(case.evidence)).permissions {
        let counts = match permission.purpose {
            Some(Purpose::Pull) => assumed.used_as == RoleUse::Access,
            Some(Purpose::ReadSecret | Purpose::ReadParameter | Purpose::Decrypt) => {
                assumed.used_as == RoleUse::Instance
            }
            _ => false,
        };
        // What is not known of a policy does not make the role older.
        if counts && let Standing::Lacking = permit::standing(&permission.explanation) {
            return Ok(Answer::cleared_by_fact(
                &role,
                format!(
                    "{} lacks {}, which waiting does not mend",
                    role.fact.name, permission.action
                ),
            ));
        }
    }
    let services: &[&str] = match assumed.used_as {
        RoleUse::Access => &["ecr"],
        _ => &["secretsmanager", "ssm", "kms"],
    };
    if let Some(denied) = permit::refused_call(case, &role.fact.arn, services)
        && let Some(by) = denied.quote.as_deref().and_then(fix::refused::denied_by)
    {
        let denied = Observed {
            fact: (),
            record: denied.record,
            time: denied.time,
        };
        return Ok(Answer::cleared_by_fact(
            &denied,
            format!("a {} denied it, which waiting does not mend", by.policy),
        ));
    }
    let Some(young) = fix::trust::young_role(case, &role, case.attempt.started, true)? else {
        return Ok(old(assumed, &role));
    };
    let so = format!(
        "The {} {} may not have been known everywhere yet when the {} began",
        assumed.what,
        role.fact.name,
        case.attempt.noun()
    );
    let young = match shown.ground {
        Ground::Context => Citation {
            ground: Ground::Context,
            ..young
        },
        _ => young,
    };
    let mut finding = finding(Role::Cause, so, young, shown, assumed, &role);
    finding.fix.extend(fix::redeploy(case));
    finding.fix.push(waiting());
    Ok(finding.into())
}

fn finding(
    role: Role,
    so: String,
    first: Citation,
    second: Citation,
    assumed: Assumed,
    observed: &Observed<&evidence_schema::record::Role>,
) -> Finding {
    let name = &observed.fact.name;
    Finding::new(role, so, first)
        .citing(second)
        .citing(Citation::fact(
            Ground::Context,
            observed,
            format!(
                "the trust policy of {name} names {}, so nothing has to be changed",
                assumed.service
            ),
        ))
        .touching(Touches::Role(name.clone()))
        .confirmed_by("whether the same works now, with nothing changed")
}

fn waiting() -> Step {
    Step::Text(
        "Where one program makes the role and the service, let the service depend on the role and \
         on its policies, and wait a minute in between."
            .to_owned(),
    )
}

fn not_trusted(assumed: Assumed, role: &Observed<&evidence_schema::record::Role>) -> Answer {
    Answer::cleared_by_fact(
        role,
        format!(
            "{} does not trust {}, which waiting does not mend",
            role.fact.name, assumed.service
        ),
    )
}

fn old(assumed: Assumed, role: &Observed<&evidence_schema::record::Role>) -> Answer {
    Answer::cleared_by_fact(
        role,
        format!(
            "the {} {} was neither made nor changed in the minutes before",
            assumed.what, role.fact.name
        ),
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use evidence_schema::Time;
    use serde_json::json;

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{
            ACCESS as ARN, HEALTH_FAILED, INVALID_ROLE, NEVER_STARTED, SECRET, Sample, start,
        },
    };

    const BUILD: &str = "build.apprunner.amazonaws.com";
    const TASKS: &str = "tasks.apprunner.amazonaws.com";

    fn made(seconds: i64) -> Option<Time> {
        Some(start() + TimeDelta::seconds(seconds))
    }

    fn refused() -> Sample {
        Sample::image()
            .without_operations()
            .access_role(BUILD, &["ecr:*"])
            .refused(
                0,
                "CreateService",
                "InvalidRequestException",
                &format!("Error in assuming access role {ARN}"),
            )
    }

    #[test]
    fn a_role_of_seconds_is_not_ready_and_an_old_one_is() {
        let finding = refused()
            .roles(|role| role.created_at = made(-4))
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::Correlated);
        refused()
            .roles(|role| role.created_at = made(-90_000))
            .cleared(&RULE);
        let changed = refused()
            .roles(|role| role.created_at = made(-90_000))
            .change(
                -20,
                "iam",
                "UpdateAssumeRolePolicy",
                json!({"roleName": "AppRunnerEcrAccess"}),
            );
        assert!(changed.found(&RULE).citations().iter().any(|it| {
            it.shows.contains("UpdateAssumeRolePolicy") && it.ground == Ground::Agreement
        }));
    }

    #[test]
    fn a_role_that_would_never_have_worked_was_not_too_young() {
        refused()
            .roles(|role| {
                role.created_at = made(-4);
                role.trust_policy = role
                    .trust_policy
                    .as_ref()
                    .map(|policy| policy.replace(BUILD, TASKS));
            })
            .cleared(&RULE);
        Sample::image()
            .deployment(&[(5, INVALID_ROLE)])
            .access_role(BUILD, &["ecr:BatchGetImage"])
            .roles(|role| role.created_at = made(-4))
            .cleared(&RULE);
    }

    #[test]
    fn what_an_organization_denied_does_not_pass_by_waiting() {
        let young = Sample::image()
            .deployment(&[(5, INVALID_ROLE)])
            .access_role(BUILD, &["ecr:*"])
            .roles(|role| role.created_at = made(-4));
        young.found(&RULE);
        let reason = young.pull_denied_by_organization().cleared(&RULE);
        assert!(reason.starts_with("a service control policy denied it"));
    }

    #[test]
    fn a_pull_and_a_start_fail_for_it_too() {
        let pull = Sample::image()
            .deployment(&[(5, INVALID_ROLE)])
            .access_role(BUILD, &["ecr:*"])
            .roles(|role| role.created_at = made(-4))
            .found(&RULE);
        assert_eq!(pull.strength(), Strength::Correlated);
        let run = |sample: Sample| {
            sample
                .events(NEVER_STARTED)
                .instance_role(
                    TASKS,
                    json!([{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET}]),
                )
                .roles(|role| role.created_at = made(-4))
        };
        let secrets = run(Sample::image().secret(|_| {})).found(&RULE);
        assert_eq!(secrets.strength(), Strength::Correlated);
        // Without secrets nothing shows that the platform needed the role.
        let without = run(Sample::image()).found(&RULE);
        assert_eq!(without.strength(), Strength::ConsistentWith);
    }

    #[test]
    fn a_container_that_ran_clears_it() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "hello")])
            .instance_role(TASKS, json!([]))
            .roles(|role| role.created_at = made(-4))
            .cleared(&RULE);
    }

    #[test]
    fn without_roles_or_changes_it_cannot_tell() {
        let missing = Sample::image()
            .without_operations()
            .refused(
                0,
                "CreateService",
                "InvalidRequestException",
                &format!("Error in assuming access role {ARN}"),
            )
            .denied("roles", "iam:GetRole")
            .missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("iam:GetRole"));
        let missing = Sample::image()
            .deployment(&[(5, INVALID_ROLE)])
            .access_role(BUILD, &["ecr:*"])
            .denied("changes", "cloudtrail:LookupEvents")
            .missing(&RULE);
        assert_eq!(missing.source, "changes");
    }
}
