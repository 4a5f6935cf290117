//! The roles of App Runner services: what works, and the mistakes that people make.

#[path = "app_runner/pulling.rs"]
mod pulling;
#[path = "app_runner/secrets.rs"]
mod secrets;
#[path = "app_runner/trust.rs"]
mod trust;

use analyzer::iam::principal::Principal;

use super::{
    case::{ALL, Case, Draft, allow, allow_to, aws, case, deny, document, key},
    page,
};

/// A case of this table, for whoever explains answers.
pub(crate) type AppRunnerCase = Case;

const ACCESS: &str = "arn:aws:iam::111122223333:role/service-role/AppRunnerEcrAccess";
const INSTANCE: &str = "arn:aws:iam::111122223333:role/WebInstance";
const DEPLOYER: &str = "arn:aws:iam::111122223333:role/Deploy";

const BUILD: &str = "build.apprunner.amazonaws.com";
const TASKS: &str = "tasks.apprunner.amazonaws.com";

const REPOSITORY: &str = "arn:aws:ecr:us-east-1:111122223333:repository/web";
const FOREIGN: &str = "arn:aws:ecr:us-east-1:444455556666:repository/web";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-AbCdEf";
const FOREIGN_SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:444455556666:secret:db-password-AbCdEf";
const PARAMETER: &str = "arn:aws:ssm:us-east-1:111122223333:parameter/web/db-url";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d";
const FOREIGN_KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/0a1b2c3d";

/// The actions with which an image is pulled, each with what it is asked for.
const PULL: &[(&str, &str)] = &[
    ("ecr:GetAuthorizationToken", "*"),
    ("ecr:BatchCheckLayerAvailability", REPOSITORY),
    ("ecr:BatchGetImage", REPOSITORY),
    ("ecr:DescribeImages", REPOSITORY),
    ("ecr:GetDownloadUrlForLayer", REPOSITORY),
];

pub(crate) fn cases() -> Vec<AppRunnerCase> {
    [
        pulling::pulling(),
        pulling::pulling_across_accounts(),
        trust::assuming(),
        trust::assuming_with_conditions(),
        limited(),
        secrets::reading_secrets(),
        secrets::decrypting(),
        others(),
    ]
    .concat()
}

fn access_role() -> Principal {
    Principal::Role {
        arn: ACCESS.to_owned(),
        id: Some("AROAEXAMPLEACCESS0002".to_owned()),
    }
}

fn instance_role() -> Principal {
    Principal::Role {
        arn: INSTANCE.to_owned(),
        id: Some("AROAEXAMPLEINSTANCE02".to_owned()),
    }
}

/// AWSAppRunnerServicePolicyForECRAccess, v1.
fn managed_pull() -> String {
    allow(
        r#""Action":["ecr:GetDownloadUrlForLayer","ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetAuthorizationToken"],"Resource":"*""#,
    )
}

/// The smallest policy that pulls from one repository.
fn minimal_pull(repository: &str) -> Vec<String> {
    vec![
        allow(r#""Action":"ecr:GetAuthorizationToken","Resource":"*""#),
        allow(&format!(
            r#""Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer"],"Resource":"{repository}""#
        )),
    ]
}

/// The smallest policy of an instance role that has a secret and a parameter under a customer's key.
fn minimal_instance() -> Vec<String> {
    vec![
        allow(
            r#""Action":["secretsmanager:GetSecretValue"],"Resource":"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-??????""#,
        ),
        allow(&format!(
            r#""Action":["ssm:GetParameters"],"Resource":"{PARAMETER}""#
        )),
        allow(&format!(r#""Action":["kms:Decrypt"],"Resource":"{KEY}""#)),
    ]
}

/// The access role pulls.
fn pull(name: impl Into<String>, page: &'static str) -> Draft {
    case(name, page)
        .by(access_role())
        .asks("ecr:BatchGetImage", REPOSITORY)
}

/// The instance role fetches a secret.
fn secret(name: impl Into<String>, page: &'static str) -> Draft {
    case(name, page)
        .by(instance_role())
        .asks("secretsmanager:GetSecretValue", SECRET)
}

/// The instance role decrypts with the customer's key.
fn decrypt(name: impl Into<String>, page: &'static str) -> Draft {
    case(name, page)
        .by(instance_role())
        .asks("kms:Decrypt", KEY)
}

/// The key policy that KMS makes: the account decides.
fn key_of(account: &str) -> String {
    let root = format!("arn:aws:iam::{account}:root");
    allow_to(&aws(&root), r#""Action":"kms:*","Resource":"*""#)
}

fn limited() -> Vec<Case> {
    let region = r#""Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#;
    vec![
        pull("access role with a boundary that denies", page::BOUNDARY)
            .identity(&[managed_pull()])
            .boundary(&[allow(ALL), deny(r#""Action":"ecr:*","Resource":"*""#)])
            .denied(),
        pull("access role with a boundary that leaves the registry out", page::BOUNDARY)
            .identity(&[managed_pull()])
            .boundary(&[allow(r#""Action":["s3:*","logs:*"],"Resource":"*""#)])
            .not_allowed(),
        secret("instance role with a boundary that leaves secrets out", page::BOUNDARY)
            .identity(&minimal_instance())
            .boundary(&[allow(r#""Action":["ecr:*","logs:*"],"Resource":"*""#)])
            .not_allowed(),
        pull("access role under a service control policy that denies", page::SCP)
            .identity(&[managed_pull()])
            .scps(&[&[allow(ALL)], &[allow(ALL), deny(r#""Action":"ecr:BatchGetImage","Resource":"*""#)]])
            .denied(),
        pull("access role under a service control policy for another Region", page::SCP)
            .with("aws:RequestedRegion", &["us-east-1"])
            .identity(&[managed_pull()])
            .scps(&[&[allow(ALL), deny(region)]])
            .denied(),
        pull("access role under service control policies that are not known", page::SCP)
            .identity(&[managed_pull()])
            .scps_unknown()
            .needs(&[analyzer::iam::completion::Need::ServiceControl]),
        case("the service-linked role under a service control policy that denies", page::LINKED_ROLE)
            .by(Principal::Role {
                arn: "arn:aws:iam::111122223333:role/aws-service-role/apprunner.amazonaws.com/AWSServiceRoleForAppRunner".to_owned(),
                id: None,
            })
            .asks("logs:CreateLogGroup", "arn:aws:logs:us-east-1:111122223333:log-group:/aws/apprunner/web/0a1b/service")
            .identity(&[allow(
                r#""Action":["logs:CreateLogGroup","logs:PutRetentionPolicy"],"Resource":"arn:aws:logs:*:*:log-group:/aws/apprunner/*""#,
            )])
            .scps(&[&[deny(r#""Action":"logs:*","Resource":"*""#)]])
            .allowed(),
        secret("instance role that is denied outside of a VPC, which is not known", page::CONDITION)
            .unknown("aws:SourceVpce")
            .identity(&minimal_instance())
            .identity(&[deny(
                r#""Action":"secretsmanager:*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0a1b"}}"#,
            )])
            .needs(&[key("aws:SourceVpce")]),
    ]
}

fn others() -> Vec<Case> {
    let pass = |name, passed: &str| {
        case(name, page::PASSED_TO_SERVICE)
            .by(Principal::Role {
                arn: DEPLOYER.to_owned(),
                id: None,
            })
            .asks("iam:PassRole", ACCESS)
            .identity(&[allow(&format!(
                r#""Action":"iam:PassRole","Resource":"*","Condition":{{"StringLike":{{"iam:PassedToService":{passed}}}}}"#
            ))])
    };
    let trace = |name, page| {
        case(name, page)
            .by(instance_role())
            .asks("xray:PutTraceSegments", "*")
    };
    vec![
        pass("a deployer may pass roles to apprunner, and passes to it", r#""apprunner.amazonaws.com""#)
            .with("iam:PassedToService", &["apprunner.amazonaws.com"])
            .allowed(),
        pass(
            "a deployer may pass roles to build and tasks, and passes to apprunner",
            r#"["build.apprunner.amazonaws.com","tasks.apprunner.amazonaws.com"]"#,
        )
        .with("iam:PassedToService", &["apprunner.amazonaws.com"])
        .not_allowed(),
        pass("a deployer may pass roles to apprunner, and passes to build", r#""apprunner.amazonaws.com""#)
            .with("iam:PassedToService", &["build.apprunner.amazonaws.com"])
            .not_allowed(),
        pass("a deployer may pass roles to apprunner and all below it", r#""*apprunner.amazonaws.com""#)
            .with("iam:PassedToService", &["tasks.apprunner.amazonaws.com"])
            .allowed(),
        pass("a deployer passes a role, and it is not known to whom", r#""apprunner.amazonaws.com""#)
            .unknown("iam:PassedToService")
            .needs(&[key("iam:PassedToService")]),
        case("a deployer who may not pass roles", page::PASS_ROLE)
            .by(Principal::Role {
                arn: DEPLOYER.to_owned(),
                id: None,
            })
            .asks("iam:PassRole", INSTANCE)
            .identity(&[allow(r#""Action":"apprunner:*","Resource":"*""#)])
            .not_allowed(),
        case("a deployer who may pass the access role alone", page::PASS_ROLE)
            .by(Principal::Role {
                arn: DEPLOYER.to_owned(),
                id: None,
            })
            .asks("iam:PassRole", INSTANCE)
            .identity(&[allow(&format!(r#""Action":"iam:PassRole","Resource":"{ACCESS}""#))])
            .not_allowed(),
        case("a deployer with the managed policy", page::MANAGED_FULL)
            .by(Principal::Role {
                arn: DEPLOYER.to_owned(),
                id: None,
            })
            .asks("iam:PassRole", ACCESS)
            .with("iam:PassedToService", &["apprunner.amazonaws.com"])
            .identity_text(&document(&[
                allow(
                    r#""Action":"iam:CreateServiceLinkedRole","Resource":["arn:aws:iam::*:role/aws-service-role/apprunner.amazonaws.com/AWSServiceRoleForAppRunner","arn:aws:iam::*:role/aws-service-role/networking.apprunner.amazonaws.com/AWSServiceRoleForAppRunnerNetworking"],"Condition":{"StringLike":{"iam:AWSServiceName":["apprunner.amazonaws.com","networking.apprunner.amazonaws.com"]}}"#,
                ),
                allow(
                    r#""Action":"iam:PassRole","Resource":"*","Condition":{"StringLike":{"iam:PassedToService":"apprunner.amazonaws.com"}}"#,
                ),
                allow(r#""Sid":"AppRunnerAdminAccess","Action":"apprunner:*","Resource":"*""#),
            ]))
            .allowed(),
        trace("tracing without a policy for it", page::TRACING)
            .identity(&minimal_instance())
            .not_allowed(),
        trace("tracing with the managed policy", page::MANAGED_TRACING)
            .identity(&[allow(
                r#""Action":["xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"],"Resource":["*"]"#,
            )])
            .allowed(),
        trace("tracing with the policy on the access role", page::APP_RUNNER_ROLES)
            .identity(&[managed_pull()])
            .not_allowed(),
    ]
}
