//! The access role and the repository.

use analyzer::iam::principal::Principal;

use super::{ACCESS, FOREIGN, PULL, REPOSITORY, access_role, managed_pull, minimal_pull, pull};
use crate::{
    case::{Case, allow, allow_to, aws, case, deny, key, policy, statement},
    page,
};

pub(super) fn pulling() -> Vec<Case> {
    let mut cases = Vec::new();
    for (action, resource) in PULL {
        cases.push(
            pull(
                format!("access role with the managed policy: {action}"),
                page::MANAGED_PULL,
            )
            .asks(action, resource)
            .identity(&[managed_pull()])
            .allowed(),
        );
        cases.push(
            pull(
                format!("access role with the minimal policy: {action}"),
                page::IMAGE_SOURCE,
            )
            .asks(action, resource)
            .identity(&minimal_pull(REPOSITORY))
            .allowed(),
        );
    }
    cases.extend([
        pull("access role without any policy", page::ACCESS_ROLE).not_allowed(),
        pull("ecr:GetAuthorizationToken on the repository", page::ECR_ACTIONS)
            .asks("ecr:GetAuthorizationToken", "*")
            .identity(&[allow(&format!(r#""Action":"ecr:*","Resource":"{REPOSITORY}""#))])
            .not_allowed(),
        pull("ecr:DescribeImages is missing", page::ACCESS_ROLE)
            .asks("ecr:DescribeImages", REPOSITORY)
            .identity(&[
                allow(r#""Action":"ecr:GetAuthorizationToken","Resource":"*""#),
                allow(&format!(
                    r#""Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Resource":"{REPOSITORY}""#
                )),
            ])
            .not_allowed(),
        pull("the policy names a repository of another Region", page::ECR_ACTIONS)
            .identity(&minimal_pull("arn:aws:ecr:eu-west-1:111122223333:repository/web"))
            .not_allowed(),
        pull("the policy names the repository by the address of its image", page::ECR_ACTIONS)
            .identity(&minimal_pull("arn:aws:ecr:us-east-1:111122223333:web"))
            .not_allowed(),
        pull("a repository policy alone, in one account", page::REPOSITORY_POLICY)
            .resource(&[allow_to(&aws(ACCESS), r#""Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]"#)])
            .allowed(),
        pull("a repository policy that denies all but one role", page::REPOSITORY_POLICY)
            .identity(&[managed_pull()])
            .resource(&[deny(
                r#""Principal":"*","Action":"ecr:*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Ci"}}"#,
            )])
            .denied(),
    ]);
    cases
}

pub(super) fn pulling_across_accounts() -> Vec<Case> {
    let foreign = |name| pull(name, page::IMAGE_SOURCE).asks("ecr:BatchGetImage", FOREIGN);
    let grant = |principal: &str| {
        allow_to(
            &aws(principal),
            r#""Action":["ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer"]"#,
        )
    };
    vec![
        foreign("repository elsewhere without a repository policy")
            .identity(&[managed_pull()])
            .not_allowed(),
        foreign("repository elsewhere without a policy of the role")
            .resource(&[grant(ACCESS)])
            .not_allowed(),
        foreign("repository elsewhere, the policy of the role is for its own account")
            .identity(&minimal_pull(REPOSITORY))
            .resource(&[grant(ACCESS)])
            .not_allowed(),
        foreign("repository elsewhere with both policies")
            .identity(&minimal_pull(FOREIGN))
            .resource(&[grant(ACCESS)])
            .allowed(),
        foreign("repository elsewhere that gives to the account")
            .identity(&[managed_pull()])
            .resource(&[grant("arn:aws:iam::111122223333:root")])
            .allowed(),
        foreign("repository elsewhere that names another role")
            .identity(&[managed_pull()])
            .resource(&[grant("arn:aws:iam::111122223333:role/AppRunnerEcrAccess")])
            .not_allowed(),
        foreign("repository elsewhere that names its own account")
            .identity(&[managed_pull()])
            .resource(&[grant("444455556666")])
            .not_allowed(),
        foreign("repository elsewhere that names App Runner and not the role")
            .identity(&[managed_pull()])
            .resource(&[allow_to(
                r#"{"Service":"build.apprunner.amazonaws.com"}"#,
                r#""Action":"ecr:*""#,
            )])
            .not_allowed(),
        case("role made again, the repository elsewhere has the id of the old one", page::UNIQUE_IDS)
            .by(access_role())
            .asks("ecr:BatchGetImage", FOREIGN)
            .identity(&[managed_pull()])
            .resource(&[grant("AROAEXAMPLEACCESS0001")])
            .not_allowed(),
        case("role whose id is not known, the repository elsewhere has an id", page::UNIQUE_IDS)
            .by(Principal::Role {
                arn: ACCESS.to_owned(),
                id: None,
            })
            .asks("ecr:BatchGetImage", FOREIGN)
            .identity(&[managed_pull()])
            .resource(&[grant("AROAEXAMPLEACCESS0001")])
            .needs(&[statement("resource policy", "statement 1")]),
        foreign("repository elsewhere for the organization")
            .with("aws:PrincipalOrgID", &["o-example"])
            .identity(&[managed_pull()])
            .resource(&[allow_to(
                r#""*""#,
                r#""Action":"ecr:*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}"#,
            )])
            .allowed(),
        foreign("repository elsewhere for an organization, and ours is not known")
            .unknown("aws:PrincipalOrgID")
            .identity(&[managed_pull()])
            .resource(&[allow_to(
                r#""*""#,
                r#""Action":"ecr:*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}"#,
            )])
            .needs(&[key("aws:PrincipalOrgID")]),
        foreign("repository elsewhere whose policy was not collected")
            .identity(&[managed_pull()])
            .missing_resource("ecr:GetRepositoryPolicy was denied")
            .needs(&[policy(
                "resource policy",
                "ecr:GetRepositoryPolicy was denied",
            )]),
    ]
}
