//! The access role does not let App Runner's build service assume it.

use evidence_schema::record::RoleUse;
use serde_json::{Value, json};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Amendment, Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    iam::{
        evaluate::Answer as Allowed,
        explain::{Change, Explanation},
        principal::Principal,
    },
    permissions::{Asker, BUILD as PRINCIPAL},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "access-role-trust",
    summary: "The access role does not trust build.apprunner.amazonaws.com",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("access_role_trust.md"),
    explains: Explains::Only(&[
        "access-role-cannot-pull",
        "image-pull-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(image) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code and has no access role".to_owned(),
        ));
    };
    if image.fact.repository_type == "ECR_PUBLIC" {
        return Ok(Answer::NotApplicable(
            "a public image is pulled without an access role".to_owned(),
        ));
    }
    // A role may be mended or broken later; what counts is whether this attempt could pull.
    if let Some(pulled) = case.pulled()? {
        return Ok(Answer::cleared_by(
            pulled,
            "the image was pulled, so the role works",
        ));
    }
    let Some((line, _)) = case.access_role_blamed()? else {
        return Ok(Answer::cleared("no failed pull blames the access role"));
    };
    let Some(role) = case.role(RoleUse::Access)? else {
        return Ok(Answer::cleared("the access role does not exist at all"));
    };
    let service = Principal::Service {
        name: PRINCIPAL.to_owned(),
    };
    let asked = Asker::new(case.evidence).explain(service, "sts:AssumeRole", &role.fact.arn);
    match &asked.answer {
        Allowed::Allowed => {
            return Ok(Answer::cleared_by_fact(
                &role,
                format!("the trust policy of {} names {PRINCIPAL}", role.fact.name),
            ));
        }
        Allowed::Unknown(doubt) if !doubt.is_organization_only() => {
            let needs: Vec<String> = doubt.needs.iter().map(ToString::to_string).collect();
            return Err(Missing::undecided(
                "roles",
                format!(
                    "whether {} trusts {PRINCIPAL} hangs on {}",
                    role.fact.name,
                    words::list(&needs)
                ),
            ));
        }
        Allowed::Unknown(_) => {
            return Ok(Answer::cleared_by_fact(
                &role,
                format!("the trust policy of {} names {PRINCIPAL}", role.fact.name),
            ));
        }
        Allowed::Denied(_) => {}
    }

    let name = &role.fact.name;
    let why = asked
        .reasons
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    let policy = mended(
        role.fact.trust_policy.as_deref().unwrap_or_default(),
        &asked,
    );
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The access role {name} does not trust {PRINCIPAL}, so App Runner cannot pull the image"
        ),
        Citation::fact(Ground::Configuration, &role, words::list(&why)),
    )
    .citing(Citation::line(
        Ground::Agreement,
        line,
        "the pull failed, and none had gone well before",
    ))
    .touching(Touches::Role(name.clone()))
    .confirmed_by(format!(
        "the trust policy of {name}: it has to name {PRINCIPAL}"
    ));
    if let Some(policy) = policy {
        finding.amendments.push(Amendment::Trust {
            role: role.fact.arn.clone(),
            document: policy.to_string(),
        });
        finding.fix.push(Step::command(&[
            "aws",
            "iam",
            "update-assume-role-policy",
            "--role-name",
            name,
            "--policy-document",
            &policy.to_string(),
        ]));
    }
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// The trust policy with the statement that the evaluator found missing; what else it allows stays.
fn mended(document: &str, asked: &Explanation) -> Option<Value> {
    let missing: Vec<&Value> = asked
        .remedy
        .iter()
        .flat_map(|remedy| &remedy.changes)
        .filter_map(|change| match change {
            Change::Add { statement, .. } => Some(statement),
            Change::Remove { .. } => None,
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let mut policy: Value = serde_json::from_str(document).unwrap_or_default();
    let mut statements = match policy["Statement"].take() {
        Value::Array(statements) => statements,
        Value::Null => vec![],
        one => vec![one],
    };
    statements.extend(missing.into_iter().cloned());
    policy["Statement"] = json!(statements);
    Some(policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{IMAGE, PULLED, Sample},
    };

    const INVALID: (i64, &str) = (
        5,
        "[AppRunner] Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration.",
    );
    const TASKS: &str = "tasks.apprunner.amazonaws.com";

    #[test]
    fn a_role_that_trusts_another_service_cannot_pull() {
        let finding = Sample::image()
            .deployment(&[INVALID])
            .access_role(TASKS, &["ecr:*"])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        let Step::Command(words) = &finding.fix[0] else {
            panic!("a command comes first")
        };
        // What the role already trusts stays in the new policy.
        assert!(
            words[6].contains(TASKS) && words[6].contains(PRINCIPAL),
            "{words:?}"
        );
    }

    #[test]
    fn a_pull_that_went_well_clears_the_role_whatever_came_later() {
        let reason = Sample::image()
            .events(PULLED)
            .deployment(&[(450, INVALID.1)])
            .access_role(TASKS, &["ecr:*"])
            .cleared(&RULE);
        assert!(reason.contains("was pulled"));
    }

    #[test]
    fn the_right_trust_and_a_public_image_are_not_to_blame() {
        Sample::image()
            .deployment(&[INVALID])
            .access_role(PRINCIPAL, &["ecr:*"])
            .cleared(&RULE);
        let public = Sample::image().service(|service| {
            if let evidence_schema::record::Origin::Image(image) = &mut service.source.origin {
                image.repository_type = "ECR_PUBLIC".to_owned();
                assert_eq!(image.identifier, IMAGE);
            }
        });
        public.not_applicable(&RULE);
        Sample::code().not_applicable(&RULE);
    }

    #[test]
    fn a_role_that_could_not_be_read_leaves_it_open() {
        let missing = Sample::image()
            .deployment(&[INVALID])
            .denied("roles", "iam:GetRole")
            .missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("iam:GetRole"));
    }
}
