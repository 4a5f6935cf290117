//! The access role does not let App Runner's build service assume it.

use super::{
    About, Explains, Rule,
    fix::{
        self,
        trust::{ACCESS, Judged},
    },
};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Ground, Severity},
};

pub(super) const RULE: Rule = Rule {
    id: "access-role-trust",
    summary: "The access role does not trust build.apprunner.amazonaws.com",
    severity: Severity::Critical,
    about: About::Both,
    docs: include_str!("access_role_trust.md"),
    explains: Explains::Only(&[
        "access-role-cannot-pull",
        "image-pull-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if let Some(refused) = fix::refused::find(case, &[ACCESS.refusal]) {
        return ACCESS.answer(case, &refused);
    }
    if case.attempt.refusal.is_some() {
        return fix::refused::another_reason(case);
    }
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
    let blamed = case.access_role_blamed()?.map(|(line, _)| line);
    let line = match blamed {
        Some(line) => line,
        // A pull that a role could not begin may end without a word.
        None => match fix::pull_without_end(case)? {
            Some(line) => line,
            None => return Ok(Answer::cleared("no failed pull blames the access role")),
        },
    };
    let (role, asked) = match ACCESS.judged(case, None)? {
        Judged::Gone => return Ok(Answer::cleared("the access role does not exist at all")),
        Judged::Trusted(role) => {
            let reason = format!(
                "the trust policy of {} names {}",
                role.fact.name, ACCESS.service
            );
            return Ok(Answer::cleared_by_fact(&role, reason));
        }
        Judged::Withheld(role, asked) => (role, asked),
    };
    let mut finding = ACCESS
        .withheld(case, &role, &asked, "App Runner cannot pull the image")
        .citing(Citation::line(
            Ground::Agreement,
            line,
            if blamed.is_some() {
                "the pull failed, and none had gone well before"
            } else {
                "the pull began, and nothing came of it"
            },
        ));
    finding.amendments = fix::permit::amendments(case, &finding.fix);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::{Step, Strength},
        permissions::BUILD as PRINCIPAL,
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
    fn a_call_that_was_refused_for_it_is_diagnosed_as_well() {
        let refused = |trusted: &str| {
            Sample::image()
                .without_operations()
                .access_role(trusted, &["ecr:*"])
                .repository("111122223333", |_| {})
                .refused(
                    0,
                    "CreateService",
                    "InvalidRequestException",
                    "Error in assuming access role arn:aws:iam::111122223333:role/AppRunnerEcrAccess",
                )
        };
        let sample = refused("apprunner.amazonaws.com");
        let finding = sample.found(&RULE);
        assert!(finding.summary.contains("does not trust"));
        sample.is_mended_by(&finding.fix);
        let right = refused(PRINCIPAL).found(&RULE);
        assert!(right.summary.contains("although its trust policy names"));
    }

    #[test]
    fn a_role_that_was_not_read_and_may_be_new_is_not_blamed_for_its_trust() {
        let refused = Sample::image().without_operations().refused(
            0,
            "CreateService",
            "InvalidRequestException",
            "Error in assuming access role arn:aws:iam::111122223333:role/AppRunnerEcrAccess",
        );
        let unread = refused.denied("roles", "iam:GetRole");
        let finding = unread.found(&RULE);
        assert!(
            finding
                .summary
                .ends_with("assume the access role AppRunnerEcrAccess")
        );
        let request = serde_json::json!({"roleName": "AppRunnerEcrAccess"});
        let missing = unread
            .change(-3, "iam", "CreateRole", request)
            .missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("iam:GetRole"));
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
