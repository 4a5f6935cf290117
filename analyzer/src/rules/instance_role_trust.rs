//! App Runner may not take the instance role on.

use evidence_schema::record::RoleUse;

use super::{
    About, Explains, Rule,
    fix::{
        self,
        trust::{INSTANCE, Judged},
    },
};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
};

pub(super) const RULE: Rule = Rule {
    id: "instance-role-trust",
    summary: "App Runner cannot assume the instance role",
    severity: Severity::Critical,
    about: About::Both,
    docs: include_str!("instance_role_trust.md"),
    explains: Explains::Only(&[
        "secret-not-readable",
        "container-never-started",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if let Some(refused) = fix::refused::find(case, &[INSTANCE.refusal]) {
        return INSTANCE.answer(case, &refused);
    }
    if case.attempt.refusal.is_some() {
        return fix::refused::another_reason(case);
    }
    if case.service()?.fact.instance.role_arn.is_none() {
        return Ok(Answer::NotApplicable(
            "the service has no instance role".to_owned(),
        ));
    }
    let role = match INSTANCE.judged(case, fix::role_arn(case, RoleUse::Instance).as_deref()) {
        Ok(Judged::Withheld(role, asked)) => (role, asked),
        Ok(Judged::Trusted(role)) => {
            let touched = [Touches::Role(role.fact.name.clone())];
            if let (None, Some(later)) =
                (fix::due(case)?, fix::trust::changed_later(case, &touched))
            {
                return Err(Missing::undecided("roles", later.shows));
            }
            return Ok(Answer::cleared_by_fact(
                &role,
                format!(
                    "the trust policy of {} names {}",
                    role.fact.name, INSTANCE.service
                ),
            ));
        }
        // Whatever the role says, a container that ran had it.
        other => {
            if let Some(answer) = fix::due(case)? {
                return Ok(answer);
            }
            return Ok(match other? {
                Judged::Gone => gone(case),
                _ => Answer::cleared("the role can be assumed"),
            });
        }
    };
    if let Some(answer) = fix::due(case)? {
        return Ok(answer);
    }
    let (role, asked) = role;
    let so = "no container of the deployment can have its credentials";
    let mut finding = INSTANCE.withheld(case, &role, &asked, so);
    if let Ok(Speech::NoGroup | Speech::Silent) = case.speech() {
        finding = finding.citing(Citation::absence(
            Ground::Agreement,
            "no container wrote a line",
        ));
    }
    finding.amendments = fix::permit::amendments(case, &finding.fix);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

fn gone(case: Case<'_>) -> Answer {
    let arn = fix::role_arn(case, RoleUse::Instance).unwrap_or_default();
    let name = fix::role_name(&arn);
    let mut finding = Finding::new(
        Role::Cause,
        format!("The instance role {name} does not exist"),
        Citation::absence(Ground::Configuration, format!("IAM has no role {arn}")),
    )
    .touching(Touches::Role(name.to_owned()))
    .fixed_by([Step::Text(format!(
        "Create {name} again with a trust policy that names {}, or give the service another role.",
        INSTANCE.service
    ))]);
    finding.fix.extend(fix::redeploy(case));
    finding.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, INSTANCE as ARN, NEVER_STARTED, Sample},
    };

    const TASKS: &str = "tasks.apprunner.amazonaws.com";
    const BUILD: &str = "build.apprunner.amazonaws.com";
    const REFUSED: &str =
        "Error in assuming instance role arn:aws:iam::111122223333:role/AppRunnerInstance";

    fn refused(sample: Sample) -> Sample {
        sample.refused(90, "UpdateService", "InvalidRequestException", REFUSED)
    }

    #[test]
    fn a_role_that_trusts_another_service_is_proven_and_mended() {
        let sample = refused(
            Sample::image()
                .without_operations()
                .access_role(BUILD, &["ecr:*"])
                .repository("111122223333", |_| {})
                .instance_role(BUILD, json!([])),
        );
        let finding = sample.found(&RULE);
        assert_eq!(
            finding.citations().first().map(|it: &Citation| it.ground),
            Some(Ground::Configuration)
        );
        sample.is_mended_by(&finding.fix);
    }

    #[test]
    fn without_iam_the_word_of_the_platform_stands_alone() {
        let finding = refused(Sample::image().without_operations().service(|service| {
            service.instance.role_arn = Some(ARN.to_owned());
        }))
        .denied("roles", "iam:GetRole")
        .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(finding.confirm.unwrap_or_default().contains("iam:GetRole"));
    }

    #[test]
    fn a_trust_that_is_right_is_said_as_such() {
        let sample = Sample::image()
            .without_operations()
            .instance_role(TASKS, json!([]));
        let finding = refused(sample.clone()).found(&RULE);
        assert!(
            finding.summary.contains("although its trust policy names"),
            "{}",
            finding.summary
        );
        // A role that is seconds old is the business of another rule.
        let made = crate::test_support::start();
        refused(sample.roles(|role| role.created_at = Some(made))).cleared(&RULE);
    }

    #[test]
    fn a_deployment_without_a_container_is_explained_by_it_and_one_with_a_container_is_not() {
        let sample = Sample::image()
            .events(NEVER_STARTED)
            .instance_role(BUILD, json!([]));
        assert_eq!(
            sample.found(&RULE).strength(),
            Strength::ProvenFromConfiguration
        );
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "hello")])
            .instance_role(BUILD, json!([]))
            .cleared(&RULE);
        Sample::image().events(NEVER_STARTED).not_applicable(&RULE);
    }

    #[test]
    fn a_role_that_could_not_be_read_leaves_a_deployment_open() {
        let missing = Sample::image()
            .events(NEVER_STARTED)
            .service(|service| service.instance.role_arn = Some(ARN.to_owned()))
            .denied("roles", "iam:GetRole")
            .missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("iam:GetRole"));
    }
}
