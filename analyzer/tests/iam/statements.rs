//! Effects, actions, resources and the grammar.

use super::{
    case::{ALL, Case, REPOSITORY, allow, case, deny},
    page,
};

pub(crate) fn cases() -> Vec<Case> {
    [effects(), actions(), resources(), grammar()].concat()
}

fn effects() -> Vec<Case> {
    vec![
        case("what nothing allows is denied", page::DENY_ALLOW).not_allowed(),
        case("what one policy allows is allowed", page::DENY_ALLOW)
            .identity(&[allow(ALL)])
            .allowed(),
        case(
            "a deny wins over an allow of the same policy",
            page::DENY_ALLOW,
        )
        .identity(&[allow(ALL), deny(r#""Action":"ecr:*","Resource":"*""#)])
        .denied(),
        case(
            "a deny wins over an allow of another policy, in any order",
            page::DENY_ALLOW,
        )
        .identity(&[deny(r#""Action":"ecr:*","Resource":"*""#)])
        .identity(&[allow(ALL)])
        .denied(),
        case(
            "a deny of another action does not matter",
            page::DENY_ALLOW,
        )
        .identity(&[allow(ALL), deny(r#""Action":"ecr:PutImage","Resource":"*""#)])
        .allowed(),
        case(
            "action and resource must be in one statement",
            page::DENY_ALLOW,
        )
        .identity(&[
            allow(r#""Action":"ecr:BatchGetImage","Resource":"arn:aws:ecr:us-east-1:111122223333:repository/other""#),
            allow(&format!(r#""Action":"ecr:PutImage","Resource":"{REPOSITORY}""#)),
        ])
        .not_allowed(),
    ]
}

fn actions() -> Vec<Case> {
    let action = |name, pattern: &str| {
        let rest = format!(r#""Action":"{pattern}","Resource":"*""#);
        case(name, page::ACTION).identity(&[allow(&rest)])
    };
    vec![
        action("the action itself", "ecr:BatchGetImage").allowed(),
        action("an action in another case", "ECR:batchgetimage").allowed(),
        action("a star at the end of an action", "ecr:Batch*").allowed(),
        action("a star in the middle of a word", "ecr:Batch*tImage").allowed(),
        action("a star at both ends of an action", "ecr:*Get*").allowed(),
        action("a question mark is one letter", "ecr:BatchGetImag?").allowed(),
        action("a question mark is not nothing", "ecr:BatchGetImage?").not_allowed(),
        action("the start of an action is not the action", "ecr:BatchGet").not_allowed(),
        action("the action of another service", "ecs:BatchGetImage").not_allowed(),
        case("NotAction allows every other action", page::NOT_ACTION)
            .identity(&[allow(r#""NotAction":"iam:*","Resource":"*""#)])
            .allowed(),
        case("NotAction does not allow what it names", page::NOT_ACTION)
            .identity(&[allow(
                r#""NotAction":["iam:*","ecr:BatchGet*"],"Resource":"*""#,
            )])
            .not_allowed(),
        case(
            "a deny with NotAction denies every other action",
            page::NOT_ACTION,
        )
        .identity(&[allow(ALL), deny(r#""NotAction":"iam:*","Resource":"*""#)])
        .denied(),
        case(
            "a deny with NotAction spares what it names and allows nothing",
            page::NOT_ACTION,
        )
        .identity(&[deny(r#""NotAction":"ecr:*","Resource":"*""#)])
        .not_allowed(),
        case(
            "a deny with NotAction spares what it names",
            page::NOT_ACTION,
        )
        .identity(&[allow(ALL), deny(r#""NotAction":"ecr:*","Resource":"*""#)])
        .allowed(),
    ]
}

fn resources() -> Vec<Case> {
    let resource = |name, pattern: &str| {
        let rest = format!(r#""Action":"*","Resource":"{pattern}""#);
        case(name, page::RESOURCE).identity(&[allow(&rest)])
    };
    const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
    let secret =
        |name, pattern: &str| resource(name, pattern).asks("secretsmanager:GetSecretValue", SECRET);
    vec![
        resource("the resource itself", REPOSITORY).allowed(),
        resource(
            "a resource in another case",
            "arn:aws:ecr:us-east-1:111122223333:repository/Team/web",
        )
        .not_allowed(),
        resource(
            "the start of a resource is not the resource",
            "arn:aws:ecr:us-east-1:111122223333:repository/team",
        )
        .not_allowed(),
        resource(
            "a star in the last part goes beyond a slash",
            "arn:aws:ecr:us-east-1:111122223333:repository/*b",
        )
        .allowed(),
        resource(
            "a star within words",
            "arn:aws:ecr:us-east-1:111122223333:repository/te*m/w*",
        )
        .allowed(),
        resource(
            "a star in the Region",
            "arn:aws:ecr:us-*-1:111122223333:repository/team/web",
        )
        .allowed(),
        resource(
            "a star for the whole account",
            "arn:aws:ecr:us-east-1:*:repository/team/web",
        )
        .allowed(),
        resource(
            "a question mark is one letter of a resource",
            "arn:aws:ecr:us-east-?:111122223333:repository/team/we?",
        )
        .allowed(),
        resource(
            "a question mark is not nothing in a resource",
            "arn:aws:ecr:us-east-1:111122223333:repository/team/web?",
        )
        .not_allowed(),
        resource(
            "a question mark does not stand for a colon",
            "arn:aws:ecr:us-east-1?111122223333:repository/team/web",
        )
        .not_allowed(),
        resource(
            "a star at the end goes on to the end",
            "arn:aws:ecr:us-east-1:*",
        )
        .allowed(),
        resource(
            "a star at the end of a segment goes beyond its colon",
            "arn:aws:ecr:*:repository/team/web",
        )
        .allowed(),
        resource(
            "a star within a segment stays in it",
            "arn:aws:ecr:us*3:repository/team/web",
        )
        .not_allowed(),
        secret(
            "a star in the last part goes beyond a colon",
            "arn:aws:secretsmanager:us-east-1:111122223333:s*f",
        )
        .allowed(),
        secret(
            "six question marks are six letters",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-??????",
        )
        .allowed(),
        resource("what has no resource wants the star", "arn:aws:ecr:*")
            .asks("ecr:GetAuthorizationToken", "*")
            .not_allowed(),
        case("one of several resources is enough", page::RESOURCE)
            .identity(&[allow(&format!(
                r#""Action":"*","Resource":["arn:aws:s3:::bucket","{REPOSITORY}"]"#
            ))])
            .allowed(),
        case(
            "NotResource allows every other resource",
            page::NOT_RESOURCE,
        )
        .identity(&[allow(r#""Action":"*","NotResource":"arn:aws:s3:::*""#)])
        .allowed(),
        case(
            "NotResource does not allow what it names",
            page::NOT_RESOURCE,
        )
        .identity(&[allow(
            r#""Action":"*","NotResource":["arn:aws:s3:::*","arn:aws:ecr:*:*:repository/team/*"]"#,
        )])
        .not_allowed(),
        case(
            "a deny with NotResource denies every other resource",
            page::NOT_RESOURCE,
        )
        .identity(&[
            allow(ALL),
            deny(r#""Action":"*","NotResource":"arn:aws:s3:::*""#),
        ])
        .denied(),
        case(
            "a deny with NotResource spares what it names",
            page::NOT_RESOURCE,
        )
        .identity(&[
            allow(ALL),
            deny(r#""Action":"*","NotResource":"arn:aws:ecr:*:*:repository/team/*""#),
        ])
        .allowed(),
        case(
            "NotAction and NotResource in one deny both spare",
            page::NOT_RESOURCE,
        )
        .identity(&[
            allow(ALL),
            deny(r#""NotAction":"ecr:*","NotResource":"arn:aws:s3:::*""#),
        ])
        .allowed(),
    ]
}

fn grammar() -> Vec<Case> {
    vec![
        case(
            "one statement stands in the place of a list",
            page::GRAMMAR,
        )
        .identity_text(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        )
        .allowed(),
        case(
            "one text stands in the place of a list, everywhere",
            page::GRAMMAR,
        )
        .with("k", &["a"])
        .identity_text(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"*",
                "Condition":{"StringEquals":{"k":"a"}}}}"#,
        )
        .allowed(),
        case(
            "a list of one stands in the place of a text, everywhere",
            page::GRAMMAR,
        )
        .with("k", &["a"])
        .identity_text(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:*"],"Resource":["*"],
                "Condition":{"StringEquals":{"k":["a"]}}}]}"#,
        )
        .allowed(),
        case(
            "principals are a text or a list",
            page::GRAMMAR,
        )
        .resource_text(
            r#"{"Version":"2012-10-17","Statement":[
                {"Effect":"Allow","Principal":{"AWS":["444455556666","arn:aws:iam::111122223333:role/Web"]},"Action":"ecr:*"}]}"#,
        )
        .allowed(),
        case(
            "a policy without a version counts",
            page::VERSION,
        )
        .identity_text(r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#)
        .allowed(),
        case(
            "the statements of two policies do not depend on each other's Sid",
            page::GRAMMAR,
        )
        .identity(&[allow(r#""Sid":"Pull","Action":"ecr:BatchGet*","Resource":"*""#)])
        .identity(&[allow(r#""Sid":"Pull","Action":"ecr:Describe*","Resource":"*""#)])
        .allowed(),
    ]
}
