//! Permissions boundaries, session policies and the policies of organizations: they limit and give
//! nothing.

use super::{
    case::{
        ALL, ANY_ACTION, Case, FOREIGN, ROLE, SESSION, USER, allow, allow_if, allow_to, aws, case,
        deny, deny_if, role, root, service, session, user,
    },
    page,
};

const ECR: &str = r#""Action":"ecr:*","Resource":"*""#;
const S3: &str = r#""Action":"s3:*","Resource":"*""#;

pub(crate) fn cases() -> Vec<Case> {
    [boundaries(), sessions(), organizations(), of_resources()].concat()
}

fn boundaries() -> Vec<Case> {
    let bounded = |name| case(name, page::BOUNDARY).boundary(&[allow(S3)]);
    vec![
        bounded("a boundary blocks what it does not allow")
            .identity(&[allow(ALL)])
            .not_allowed(),
        case("a boundary and a policy both allow", page::BOUNDARY)
            .boundary(&[allow(ECR)])
            .identity(&[allow(ALL)])
            .allowed(),
        case("a boundary alone gives nothing", page::BOUNDARY)
            .boundary(&[allow(ALL)])
            .not_allowed(),
        case("a boundary can deny", page::BOUNDARY)
            .boundary(&[allow(ALL), deny(ECR)])
            .identity(&[allow(ALL)])
            .denied(),
        case("a boundary has conditions", page::BOUNDARY)
            .boundary(&[allow_if(r#""StringEquals":{"aws:RequestedRegion":"us-east-1"}"#)])
            .with("aws:RequestedRegion", &["eu-west-1"])
            .identity(&[allow(ALL)])
            .not_allowed(),
        bounded("a boundary does not limit what a resource policy gives a user")
            .by(user())
            .resource(&[allow_to(&aws(USER), ANY_ACTION)])
            .allowed(),
        bounded("a boundary limits what a resource policy gives a role")
            .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
            .not_allowed(),
        bounded("a boundary limits a session where a resource policy names its role")
            .by(session())
            .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
            .not_allowed(),
        bounded("a boundary does not limit what a resource policy gives a session")
            .by(session())
            .resource(&[allow_to(&aws(SESSION), ANY_ACTION)])
            .allowed(),
        case(
            "a boundary that allows leaves what a resource policy gives a role",
            page::BOUNDARY,
        )
        .boundary(&[allow(ECR)])
        .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
        .allowed(),
        case(
            "a boundary does not limit what a resource policy gives everybody with a condition",
            page::PRINCIPAL_ROLE,
        )
        .boundary(&[allow(S3)])
        .resource(&[allow_to(
            r#""*""#,
            r#""Action":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Web"}}"#,
        )])
        .allowed(),
        bounded("a boundary limits where a resource policy names the account")
            .identity(&[allow(ALL)])
            .resource(&[allow_to(&aws("111122223333"), ANY_ACTION)])
            .not_allowed(),
        case("a deny of a boundary wins over a resource policy that names the user", page::BOUNDARY)
            .by(user())
            .boundary(&[deny(ECR)])
            .resource(&[allow_to(&aws(USER), ANY_ACTION)])
            .denied(),
    ]
}

fn sessions() -> Vec<Case> {
    let within = |name| {
        case(name, page::SESSION_POLICY)
            .by(session())
            .session(&[allow(S3)])
    };
    vec![
        within("a session policy blocks what it does not allow")
            .identity(&[allow(ALL)])
            .not_allowed(),
        case("a session policy and a policy both allow", page::SESSION_POLICY)
            .by(session())
            .session(&[allow(ECR)])
            .identity(&[allow(ALL)])
            .allowed(),
        case("a session policy alone gives nothing", page::SESSION_POLICY)
            .by(session())
            .session(&[allow(ALL)])
            .not_allowed(),
        case("a session policy can deny", page::SESSION_POLICY)
            .by(session())
            .session(&[allow(ALL), deny(ECR)])
            .identity(&[allow(ALL)])
            .denied(),
        within("a session policy limits what a resource policy gives the role")
            .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
            .not_allowed(),
        within("a session policy does not limit what a resource policy gives the session")
            .resource(&[allow_to(&aws(SESSION), ANY_ACTION)])
            .allowed(),
        case(
            "a session policy does not limit what a resource policy gives by aws:PrincipalArn",
            page::PRINCIPAL_ROLE,
        )
        .by(session())
        .session(&[allow(S3)])
        .resource(&[allow_to(
            r#""*""#,
            r#""Action":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Web"}}"#,
        )])
        .allowed(),
        case(
            "a session policy limits what a resource policy gives whoever has an aws:PrincipalArn",
            page::PRINCIPAL_ROLE,
        )
        .by(session())
        .session(&[allow(S3)])
        .resource(&[allow_to(
            r#""*""#,
            r#""Action":"*","Condition":{"Null":{"aws:PrincipalArn":"false"}}"#,
        )])
        .not_allowed(),
        case("boundary, session policy and policy must all allow", page::SESSION_POLICY)
            .by(session())
            .boundary(&[allow(ECR)])
            .session(&[allow(ECR), allow(S3)])
            .identity(&[allow(ALL)])
            .allowed(),
        case("what boundary and session policy allow must be the same", page::SESSION_POLICY)
            .by(session())
            .boundary(&[allow(S3)])
            .session(&[allow(ECR)])
            .identity(&[allow(ALL)])
            .not_allowed(),
    ]
}

fn organizations() -> Vec<Case> {
    let full = || [allow(ALL)];
    let asked = |name| case(name, page::SCP).identity(&[allow(ALL)]);
    let linked = || {
        let arn = "arn:aws:iam::111122223333:role/aws-service-role/apprunner.amazonaws.com/AWSServiceRoleForAppRunner";
        analyzer::iam::principal::Principal::Role {
            arn: arn.to_owned(),
            id: None,
        }
    };
    vec![
        asked("service control policies of each level allow")
            .scps(&[&full(), &full(), &full()])
            .allowed(),
        asked("a level without an allow blocks")
            .scps(&[&full(), &[allow(S3)], &full()])
            .not_allowed(),
        asked("a level without any policy blocks")
            .scps(&[&full(), &[], &full()])
            .not_allowed(),
        asked("an allow of one level does not stand in for another")
            .scps(&[&[allow(S3)], &[allow(ECR)]])
            .not_allowed(),
        asked("a deny of the root blocks")
            .scps(&[&[allow(ALL), deny(ECR)], &full()])
            .denied(),
        asked("a deny of the account blocks")
            .scps(&[&full(), &[allow(ALL), deny(ECR)]])
            .denied(),
        asked("a deny of the organization holds under its condition")
            .with("aws:RequestedRegion", &["us-east-1"])
            .scps(&[&[
                allow(ALL),
                deny_if(r#""StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}"#),
            ]])
            .allowed(),
        case("service control policies give nothing", page::SCP)
            .scps(&[&full()])
            .not_allowed(),
        case(
            "service control policies limit what a resource policy gives",
            page::SCP,
        )
        .by(user())
        .resource(&[allow_to(&aws(USER), ANY_ACTION)])
        .scps(&[&[allow(S3)]])
        .not_allowed(),
        case(
            "service control policies limit the root user",
            page::SCP_EFFECTS,
        )
        .by(root())
        .scps(&[&[allow(ALL), deny(ECR)]])
        .denied(),
        case(
            "service control policies do not limit service-linked roles",
            page::SCP_EFFECTS,
        )
        .by(linked())
        .identity(&[allow(ALL)])
        .scps(&[&[deny(ALL)]])
        .allowed(),
        case(
            "service control policies do not limit services",
            page::SCP_EFFECTS,
        )
        .by(service("build.apprunner.amazonaws.com"))
        .asks("sts:AssumeRole", ROLE)
        .trust(&[allow_to(
            r#"{"Service":"build.apprunner.amazonaws.com"}"#,
            r#""Action":"sts:AssumeRole""#,
        )])
        .scps(&[&[deny(ALL)]])
        .allowed(),
        case(
            "the organization of the principal limits it elsewhere",
            page::SCP,
        )
        .asks("ecr:BatchGetImage", FOREIGN)
        .identity(&[allow(ALL)])
        .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
        .scps(&[&[allow(ALL), deny(ECR)]])
        .denied(),
    ]
}

fn of_resources() -> Vec<Case> {
    // An organization keeps everybody out but its own people and the services of AWS.
    let outsiders = || {
        [
            allow(ALL),
            deny_if(
                r#""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-example"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#,
            ),
        ]
    };
    let asked = |name| case(name, page::RCP).by(role()).identity(&[allow(ALL)]);
    vec![
        asked("resource control policies allow")
            .rcps(&[&[allow(ALL)], &[allow(ALL)]])
            .allowed(),
        asked("resource control policies deny")
            .rcps(&[&[allow(ALL)], &[allow(ALL), deny(ECR)]])
            .denied(),
        asked("a resource control policy lets its organization in")
            .with("aws:PrincipalOrgID", &["o-example"])
            .rcps(&[&outsiders()])
            .allowed(),
        asked("a resource control policy keeps another organization out")
            .with("aws:PrincipalOrgID", &["o-another"])
            .rcps(&[&outsiders()])
            .denied(),
        case(
            "a resource control policy spares services where it says so",
            page::RCP,
        )
        .by(service("tasks.apprunner.amazonaws.com"))
        .asks("sts:AssumeRole", ROLE)
        .trust(&[allow_to(
            r#"{"Service":"tasks.apprunner.amazonaws.com"}"#,
            r#""Action":"sts:AssumeRole""#,
        )])
        .rcps(&[&outsiders()])
        .allowed(),
        case(
            "a resource control policy that does not spare services denies them",
            page::RCP,
        )
        .by(service("tasks.apprunner.amazonaws.com"))
        .asks("sts:AssumeRole", ROLE)
        .trust(&[allow_to(
            r#"{"Service":"tasks.apprunner.amazonaws.com"}"#,
            r#""Action":"sts:AssumeRole""#,
        )])
        .rcps(&[&[
            allow(ALL),
            deny_if(r#""StringNotEquals":{"aws:PrincipalOrgID":"o-example"}"#),
        ]])
        .denied(),
    ]
}
