//! The roles of App Runner services: what works, and the mistakes that people make.

use analyzer::iam::principal::Principal;

use super::{
    case::{
        ALL, Case, Draft, allow, allow_if, allow_to, aws, case, deny, document, key, service,
        statement,
    },
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
        pulling(),
        pulling_across_accounts(),
        assuming(),
        assuming_with_conditions(),
        limited(),
        reading_secrets(),
        decrypting(),
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

fn pulling() -> Vec<Case> {
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

fn pulling_across_accounts() -> Vec<Case> {
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
            .needs(&[super::case::policy(
                "resource policy",
                "ecr:GetRepositoryPolicy was denied",
            )]),
    ]
}

/// A service asks for a role that trusts another, or the right one.
fn assume(
    name: impl Into<String>,
    page: &'static str,
    by: &str,
    role: &str,
    trusted: &str,
) -> Draft {
    case(name, page)
        .by(service(by))
        .asks("sts:AssumeRole", role)
        .trust(&[allow_to(
            &format!(r#"{{"Service":{trusted}}}"#),
            r#""Action":"sts:AssumeRole""#,
        )])
}

fn assuming() -> Vec<Case> {
    const BOTH: &str = r#"["build.apprunner.amazonaws.com","tasks.apprunner.amazonaws.com"]"#;
    let json = |service: &str| format!(r#""{service}""#);
    let mut cases = vec![
        assume(
            "access role that trusts build",
            page::ACCESS_ROLE,
            BUILD,
            ACCESS,
            &json(BUILD),
        )
        .allowed(),
        assume(
            "instance role that trusts tasks",
            page::INSTANCE_ROLE,
            TASKS,
            INSTANCE,
            &json(TASKS),
        )
        .allowed(),
        assume(
            "access role that trusts both",
            page::ACCESS_ROLE,
            BUILD,
            ACCESS,
            BOTH,
        )
        .allowed(),
        assume(
            "instance role that trusts both",
            page::INSTANCE_ROLE,
            TASKS,
            INSTANCE,
            BOTH,
        )
        .allowed(),
        assume(
            "access role that trusts tasks",
            page::ACCESS_ROLE,
            BUILD,
            ACCESS,
            &json(TASKS),
        )
        .not_allowed(),
        assume(
            "instance role that trusts build",
            page::INSTANCE_ROLE,
            TASKS,
            INSTANCE,
            &json(BUILD),
        )
        .not_allowed(),
        case("access role that trusts its account", page::ACCESS_ROLE)
            .by(service(BUILD))
            .asks("sts:AssumeRole", ACCESS)
            .trust(&[allow_to(
                &aws("arn:aws:iam::111122223333:root"),
                r#""Action":"sts:AssumeRole""#,
            )])
            .not_allowed(),
    ];
    for wrong in [
        "apprunner.amazonaws.com",
        "ecs-tasks.amazonaws.com",
        "ssm.amazonaws.com",
        "ec2.amazonaws.com",
        // A copy of the documentation had this, and people have it from there.
        "tasks.apprunner.aws.com",
    ] {
        for (kind, page, by, role) in [
            ("access", page::ACCESS_ROLE, BUILD, ACCESS),
            ("instance", page::INSTANCE_ROLE, TASKS, INSTANCE),
        ] {
            let name = format!("{kind} role that trusts {wrong}");
            cases.push(assume(name, page, by, role, &json(wrong)).not_allowed());
        }
    }
    cases
}

/// Whether App Runner sends aws:SourceArn and aws:SourceAccount is not documented.
fn assuming_with_conditions() -> Vec<Case> {
    let conditional = |name, condition: &str| {
        case(name, page::CONFUSED_DEPUTY)
            .by(service(TASKS))
            .asks("sts:AssumeRole", INSTANCE)
            .unknown("aws:SourceArn")
            .unknown("aws:SourceAccount")
            .trust(&[allow_to(
                r#"{"Service":"tasks.apprunner.amazonaws.com"}"#,
                &format!(r#""Action":"sts:AssumeRole","Condition":{{{condition}}}"#),
            )])
    };
    vec![
        conditional(
            "trust under aws:SourceArn",
            r#""ArnLike":{"aws:SourceArn":"arn:aws:apprunner:us-east-1:111122223333:service/web/*"}"#,
        )
        .needs(&[key("aws:SourceArn")]),
        conditional(
            "trust under aws:SourceAccount",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
        )
        .needs(&[key("aws:SourceAccount")]),
        conditional(
            "trust under both",
            r#""StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:apprunner:us-east-1:111122223333:service/web/*"}"#,
        )
        .needs(&[key("aws:SourceAccount"), key("aws:SourceArn")]),
        conditional(
            "trust under aws:SourceAccount, if it is sent",
            r#""StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}"#,
        )
        .needs(&[key("aws:SourceAccount")]),
        conditional(
            "trust under a condition on the organization, which a service has none of",
            r#""StringEquals":{"aws:PrincipalOrgID":"o-example"}"#,
        )
        .not_allowed(),
        conditional(
            "trust under an external id, which App Runner has none of",
            r#""StringEquals":{"sts:ExternalId":"web"}"#,
        )
        .not_allowed(),
    ]
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

fn reading_secrets() -> Vec<Case> {
    let named = |name, resource: &str| {
        secret(name, page::SECRET_ARN).identity(&[allow(&format!(
            r#""Action":"secretsmanager:GetSecretValue","Resource":"{resource}""#
        ))])
    };
    let parameter = |name| {
        case(name, page::SECRETS)
            .by(instance_role())
            .asks("ssm:GetParameters", PARAMETER)
    };
    let foreign = |name| {
        secret(name, page::SECRET_FOREIGN).asks("secretsmanager:GetSecretValue", FOREIGN_SECRET)
    };
    let get_any = || allow(r#""Action":"secretsmanager:GetSecretValue","Resource":"*""#);
    vec![
        secret("instance role with the minimal policy: secret", page::SECRETS)
            .identity(&minimal_instance())
            .allowed(),
        parameter("instance role with the minimal policy: parameter")
            .identity(&minimal_instance())
            .allowed(),
        decrypt("instance role with the minimal policy: key", page::SECRETS)
            .identity(&minimal_instance())
            .resource(&[key_of("111122223333")])
            .allowed(),
        secret("permissions for secrets on the access role", page::SECRETS)
            .identity(&[managed_pull()])
            .not_allowed(),
        named("secret with its whole ARN", SECRET).allowed(),
        named(
            "secret without the six letters at its end",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password",
        )
        .not_allowed(),
        named(
            "secret with six question marks",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-??????",
        )
        .allowed(),
        named(
            "secret with five question marks",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-?????",
        )
        .not_allowed(),
        named(
            "secret with a star at its end",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-*",
        )
        .allowed(),
        named(
            "secret whose name has another at its start",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-??????",
        )
        .not_allowed(),
        named(
            "secret with the name of its field at the end of its ARN",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-password-AbCdEf:password::",
        )
        .not_allowed(),
        secret("secretsmanager:DescribeSecret in the place of GetSecretValue", page::SECRETS)
            .identity(&[allow(r#""Action":["secretsmanager:DescribeSecret","secretsmanager:ListSecrets"],"Resource":"*""#)])
            .not_allowed(),
        parameter("ssm:GetParameter in the place of ssm:GetParameters")
            .identity(&[allow(&format!(r#""Action":"ssm:GetParameter","Resource":"{PARAMETER}""#))])
            .not_allowed(),
        parameter("ssm:GetParameter with a star")
            .identity(&[allow(&format!(r#""Action":"ssm:GetParameter*","Resource":"{PARAMETER}""#))])
            .allowed(),
        parameter("parameter with a slash too many")
            .identity(&[allow(
                r#""Action":"ssm:GetParameters","Resource":"arn:aws:ssm:us-east-1:111122223333:parameter//web/db-url""#,
            )])
            .not_allowed(),
        foreign("secret elsewhere without a resource policy")
            .identity(&[get_any()])
            .not_allowed(),
        foreign("secret elsewhere without a policy of the role")
            .resource(&[allow_to(&aws(INSTANCE), r#""Action":"secretsmanager:GetSecretValue","Resource":"*""#)])
            .not_allowed(),
        foreign("secret elsewhere with both policies")
            .identity(&[get_any()])
            .resource(&[allow_to(&aws(INSTANCE), r#""Action":"secretsmanager:GetSecretValue","Resource":"*""#)])
            .allowed(),
        secret("secret whose resource policy denies all but one role", page::SECRET_ARN)
            .identity(&minimal_instance())
            .resource(&[deny(
                r#""Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Admin"}}"#,
            )])
            .denied(),
    ]
}

fn decrypting() -> Vec<Case> {
    let via = || {
        allow_to(
            &aws("*"),
            r#""Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}}"#,
        )
    };
    let without_key = || minimal_instance()[..2].to_vec();
    vec![
        decrypt("kms:Decrypt is missing for a customer's key", page::SECRET_KEY)
            .identity(&without_key())
            .resource(&[key_of("111122223333")])
            .not_allowed(),
        decrypt("kms:Decrypt is not needed for the key of Secrets Manager", page::SECRET_KEY)
            .identity(&without_key())
            .resource(&[via()])
            .with("kms:CallerAccount", &["111122223333"])
            .with("kms:ViaService", &["secretsmanager.us-east-1.amazonaws.com"])
            .allowed(),
        decrypt("a key policy that does not leave the key to its account", page::KEY_ROOT)
            .identity(&minimal_instance())
            .resource(&[allow_to(&aws("arn:aws:iam::111122223333:role/Admin"), r#""Action":"kms:*","Resource":"*""#)])
            .not_allowed(),
        decrypt("a key policy that names the instance role", page::KEY_POLICY)
            .identity(&without_key())
            .resource(&[allow_to(&aws(INSTANCE), r#""Action":"kms:Decrypt","Resource":"*""#)])
            .allowed(),
        decrypt("kms:Decrypt with a star", page::SECRETS)
            .identity(&[allow(&format!(r#""Action":"kms:Decrypt*","Resource":"{KEY}""#))])
            .resource(&[key_of("111122223333")])
            .allowed(),
        decrypt("kms:Decrypt on an alias", page::KEY_POLICY)
            .identity(&[allow(
                r#""Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/web""#,
            )])
            .resource(&[key_of("111122223333")])
            .not_allowed(),
        decrypt("kms:Decrypt by way of another service", page::VIA_SERVICE)
            .identity(&[allow_if(r#""StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}"#)])
            .resource(&[key_of("111122223333")])
            .with("kms:ViaService", &["secretsmanager.us-east-1.amazonaws.com"])
            .not_allowed(),
        decrypt("the key of a secret elsewhere that is left to our account", page::SECRET_FOREIGN)
            .asks("kms:Decrypt", FOREIGN_KEY)
            .identity(&[allow(&format!(r#""Action":"kms:Decrypt","Resource":"{FOREIGN_KEY}""#))])
            .resource(&[key_of("444455556666"), key_of("111122223333")])
            .allowed(),
        decrypt("the key of a secret elsewhere that is left to its own account", page::SECRET_FOREIGN)
            .asks("kms:Decrypt", FOREIGN_KEY)
            .identity(&[allow(&format!(r#""Action":"kms:Decrypt","Resource":"{FOREIGN_KEY}""#))])
            .resource(&[key_of("444455556666")])
            .not_allowed(),
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
