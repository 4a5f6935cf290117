//! App Runner cannot pull the image with the access role.

use evidence_schema::record::{Role as IamRole, RoleUse};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    iam::{
        arn::Arn,
        evaluate::Answer as Allowed,
        explain::{Reason, Side},
    },
    image_identifier,
    message::PullFailure,
    permissions::{Asker, pull_actions},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "access-role-cannot-pull",
    summary: "The access role is missing, or may not pull the image",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("access_role_cannot_pull.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AWSAppRunnerServicePolicyForECRAccess";

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
    let Some((line, failure)) = case.access_role_blamed()? else {
        return Ok(match case.pulled()? {
            Some(pulled) => Answer::cleared_by(pulled, "the image was pulled, so the role works"),
            None => Answer::cleared("no failed pull blames the access role"),
        });
    };
    // Until 2022 the same words were used for an image that does not exist.
    let ground = match failure {
        PullFailure::AccessRole => Ground::Platform,
        _ => Ground::Agreement,
    };
    let blamed = Citation::line(
        ground,
        line,
        "App Runner blames the access role, and no pull had gone well before",
    );
    let arn = fix::role_arn(case, RoleUse::Access);
    let name = arn.as_deref().map(fix::role_name).unwrap_or_default();

    let mut finding = match (arn.as_deref(), case.role(RoleUse::Access)) {
        (None, _) => Finding::new(
            Role::Cause,
            "The service has no access role, and its image is in a private repository",
            Citation::fact(
                Ground::Configuration,
                &image,
                "no access role is configured",
            ),
        )
        .citing(blamed),
        (Some(arn), Ok(None)) => Finding::new(
            Role::Cause,
            format!("The access role {name} does not exist"),
            Citation::absence(Ground::Configuration, format!("IAM has no role {arn}")),
        )
        .citing(blamed)
        .touching(Touches::Role(name.to_owned())),
        (Some(_), Ok(Some(role))) => missing_permission(case, &role, blamed),
        (Some(_), Err(missing)) => Finding::new(
            Role::Cause,
            format!("App Runner could not pull the image with the access role {name}"),
            blamed,
        )
        .touching(Touches::Role(name.to_owned()))
        .confirmed_by(format!(
            "the role {name} and its policies, which are not in the bundle: {}",
            missing.sentence()
        )),
    };
    if finding.fix.is_empty() {
        finding.fix.push(Step::Text(
            "Give the service a role that trusts build.apprunner.amazonaws.com and may pull."
                .to_owned(),
        ));
    }
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

fn missing_permission(case: Case<'_>, role: &Observed<&IamRole>, blamed: Citation) -> Finding {
    let name = role.fact.name.as_str();
    let identifier = fix::image_identifier(case).unwrap_or_default();
    let repository = case
        .evidence
        .repository
        .as_ref()
        .map(|repository| repository.fact.arn.clone())
        .unwrap_or_else(|| image_identifier::repository_arn(&identifier));
    let asker = Asker::new(case.evidence);
    let mut lacking = Vec::new();
    let mut why = Vec::new();
    let mut unknown = Vec::new();
    let foreign = Arn::parse(&repository)
        .is_some_and(|arn| arn.account != case.evidence.manifest.target.account);
    for (action, on_repository) in pull_actions(foreign) {
        let resource = if on_repository {
            repository.as_str()
        } else {
            "*"
        };
        let asked = asker.explain(asker.as_principal(&role.fact.arn), action, resource);
        // What the role's own policies do not allow, a policy of the repository that was not
        // collected could; that is rare, and said.
        let not_by_role = asked.reasons.iter().any(|reason| {
            matches!(
                reason,
                Reason::Nearest {
                    side: Side::Identity,
                    ..
                } | Reason::Nothing {
                    side: Side::Identity,
                    ..
                }
            )
        });
        let doubt = match &asked.answer {
            Allowed::Allowed => continue,
            Allowed::Denied(_) => None,
            Allowed::Unknown(doubt) => Some(doubt),
        };
        for need in doubt.into_iter().flat_map(|doubt| &doubt.needs) {
            let need = need.to_string();
            if !unknown.contains(&need) {
                unknown.push(need);
            }
        }
        if doubt.is_none() || not_by_role {
            lacking.push(action.to_owned());
            for reason in &asked.reasons {
                let reason = reason.to_string();
                if !why.contains(&reason) {
                    why.push(reason);
                }
            }
        }
    }

    let finding = if lacking.is_empty() {
        Finding::new(
            Role::Cause,
            format!("App Runner could not pull the image with the access role {name}"),
            blamed,
        )
        .citing(Citation::fact(
            Ground::Context,
            role,
            format!("the policies of {name} seem to allow the pull"),
        ))
        .confirmed_by(if unknown.is_empty() {
            "whether the role was made or changed seconds before: IAM needs some to spread it"
                .to_owned()
        } else {
            format!("what the bundle does not know: {}", words::list(&unknown))
        })
    } else {
        Finding::new(
            Role::Cause,
            format!(
                "The access role {name} may not pull: it lacks {}",
                words::list(&lacking)
            ),
            Citation::fact(Ground::Configuration, role, words::list(&why)),
        )
        .citing(blamed)
        .confirmed_by(if unknown.is_empty() {
            format!("the policies of {name}")
        } else {
            format!(
                "the policies of {name}, and what the bundle does not know: {}",
                words::list(&unknown)
            )
        })
    };
    finding
        .touching(Touches::Role(name.to_owned()))
        .touching(Touches::Repository(
            image_identifier::repository_of(&identifier).to_owned(),
        ))
        .fixed_by([Step::command(&[
            "aws",
            "iam",
            "attach-role-policy",
            "--role-name",
            name,
            "--policy-arn",
            MANAGED,
        ])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence_schema::Status;

    use crate::{
        finding::Strength,
        test_support::{ACCESS, HEALTH_FAILED, Sample},
    };

    const INVALID: (i64, &str) = (
        5,
        "[AppRunner] Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration.",
    );
    const BUILD: &str = "build.apprunner.amazonaws.com";

    #[test]
    fn a_missing_action_is_named() {
        let finding = Sample::image()
            .deployment(&[INVALID])
            .access_role(
                BUILD,
                &[
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchCheckLayerAvailability",
                ],
            )
            .found(&RULE);
        assert!(
            finding.summary.contains("ecr:DescribeImages"),
            "{}",
            finding.summary
        );
        assert!(!finding.summary.contains("BatchGetImage"));
    }

    #[test]
    fn a_role_that_does_not_exist_is_named() {
        let mut sample = Sample::image().deployment(&[INVALID]);
        sample = sample
            .covered("roles", Status::Complete)
            .absent("roles", ACCESS);
        let finding = sample.found(&RULE);
        assert!(
            finding.summary.contains("does not exist"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn without_iam_the_word_of_the_platform_stands_alone() {
        let finding = Sample::image()
            .deployment(&[INVALID])
            .denied("roles", "iam:GetRole")
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(finding.confirm.unwrap().contains("iam:GetRole"));
    }

    #[test]
    fn the_line_that_is_written_while_rolling_back_is_no_finding() {
        Sample::image()
            .events(HEALTH_FAILED)
            .deployment(&[(452, INVALID.1)])
            .access_role(BUILD, &["ecr:*"])
            .cleared(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        let missing = Sample::image()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("logs:FilterLogEvents"));
    }
}
