//! Who may assume the roles.

use super::{ACCESS, BUILD, INSTANCE, TASKS};
use crate::{
    case::{Case, Draft, allow_to, aws, case, key, service},
    page,
};

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

pub(super) fn assuming() -> Vec<Case> {
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
pub(super) fn assuming_with_conditions() -> Vec<Case> {
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
