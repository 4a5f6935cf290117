//! App Runner cannot pull the image with the access role.

use evidence_schema::record::{Role as IamRole, RoleUse};

use super::{Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::PullFailure,
    policy::{Grant, allows},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "access-role-cannot-pull",
    summary: "The access role is missing, or may not pull the image",
    severity: Severity::Critical,
    docs: include_str!("access_role_cannot_pull.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

/// What a role needs to pull, and whether the right is given for a repository or for `*`.
const ACTIONS: &[(&str, bool)] = &[
    ("ecr:GetAuthorizationToken", false),
    ("ecr:BatchCheckLayerAvailability", true),
    ("ecr:BatchGetImage", true),
    ("ecr:DescribeImages", true),
    ("ecr:GetDownloadUrlForLayer", true),
];

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
        .unwrap_or_else(|| repository_arn(&identifier));
    let policies = || {
        role.fact
            .attached_policies
            .iter()
            .chain(&role.fact.inline_policies)
    };
    let complete = policies().all(|policy| policy.document.is_some());
    let documents: Vec<&str> = policies().filter_map(|it| it.document.as_deref()).collect();
    let lacking: Vec<String> = ACTIONS
        .iter()
        .filter(|(action, on_repository)| {
            let resource = if *on_repository {
                repository.as_str()
            } else {
                "*"
            };
            allows(&documents, action, resource) == Grant::No
        })
        .map(|(action, _)| (*action).to_owned())
        .collect();

    let finding = if lacking.is_empty() || !complete {
        Finding::new(
            Role::Cause,
            format!("App Runner could not pull the image with the access role {name}"),
            blamed,
        )
        .citing(Citation::fact(
            Ground::Context,
            role,
            if complete {
                format!("the policies of {name} seem to allow the pull")
            } else {
                format!("not every policy of {name} could be read")
            },
        ))
        .confirmed_by(
            "what the policies do not show: a permissions boundary, an organization's policy, \
             the repository's own policy, or a role that was made seconds before",
        )
    } else {
        Finding::new(
            Role::Cause,
            format!(
                "The access role {name} may not pull: it lacks {}",
                words::list(&lacking)
            ),
            Citation::fact(
                Ground::Configuration,
                role,
                format!("no policy of {name} allows {}", words::list(&lacking)),
            ),
        )
        .citing(blamed)
        .confirmed_by(format!("the policies of {name}"))
    };
    finding
        .touching(Touches::Role(name.to_owned()))
        .touching(Touches::Repository(
            fix::repository_of(&identifier).to_owned(),
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

/// The ARN of the repository of `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`.
fn repository_arn(identifier: &str) -> String {
    let mut parts = identifier.split('.');
    let account = parts.next().unwrap_or("*");
    let region = parts.nth(2).unwrap_or("*");
    format!(
        "arn:aws:ecr:{region}:{account}:repository/{}",
        fix::repository_of(identifier)
    )
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
