//! Policy variables.

use super::{
    case::{ALL, Case, allow, allow_if, case, deny, deny_if, user},
    page,
};

const TEAM: &str = "aws:PrincipalTag/team";

pub(crate) fn cases() -> Vec<Case> {
    let path = |path: &str| {
        allow(&format!(
            r#""Action":"*","Resource":"arn:aws:ecr:us-east-1:111122223333:repository/{path}""#
        ))
    };
    let team = || path("${aws:PrincipalTag/team}/web");
    vec![
        case("a variable that has the right value", page::VARIABLE_TAG)
            .with(TEAM, &["team"])
            .identity(&[team()])
            .allowed(),
        case("a variable that has another value", page::VARIABLE_TAG)
            .with(TEAM, &["crew"])
            .identity(&[team()])
            .not_allowed(),
        case("a variable whose key is in another case", page::VARIABLE_INFO)
            .with(TEAM, &["team"])
            .identity(&[path("${AWS:principaltag/Team}/web")])
            .allowed(),
        case(
            "the value of a variable is compared with its case",
            page::VARIABLE_RESOURCE,
        )
        .with(TEAM, &["Team"])
        .identity(&[team()])
        .not_allowed(),
        case(
            "a variable without a value matches no resource",
            page::VARIABLE_NO_VALUE,
        )
        .identity(&[team()])
        .not_allowed(),
        case(
            "a variable without a value matches no resource, whatever the star",
            page::VARIABLE_NO_VALUE,
        )
        .identity(&[path("*${aws:PrincipalTag/team}*")])
        .not_allowed(),
        case(
            "a pattern beside one without a value counts",
            page::VARIABLE_NO_VALUE,
        )
        .identity(&[allow(
            r#""Action":"*","Resource":["arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}","arn:aws:ecr:*"]"#,
        )])
        .allowed(),
        case(
            "NotResource spares nothing by a variable without a value",
            page::VARIABLE_NO_VALUE,
        )
        .identity(&[
            allow(ALL),
            deny(r#""Action":"*","NotResource":"arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*""#),
        ])
        .denied(),
        case(
            "NotResource spares by a variable that has a value",
            page::VARIABLE_RESOURCE,
        )
        .with(TEAM, &["team"])
        .identity(&[
            allow(ALL),
            deny(r#""Action":"*","NotResource":"arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*""#),
        ])
        .allowed(),
        case("a default stands in for a missing value", page::VARIABLE_DEFAULT)
            .identity(&[path("${aws:PrincipalTag/team, 'team'}/web")])
            .allowed(),
        case("a default is not for a value that is there", page::VARIABLE_DEFAULT)
            .with(TEAM, &["crew"])
            .identity(&[path("${aws:PrincipalTag/team, 'team'}/web")])
            .not_allowed(),
        case("a star in a value is a star", page::VARIABLE_RESOURCE)
            .with(TEAM, &["*"])
            .identity(&[team()])
            .not_allowed(),
        case("a star in a value is a star in StringLike", page::VARIABLE_CONDITION)
            .with(TEAM, &["a*"])
            .with("k", &["abc"])
            .identity(&[allow_if(r#""StringLike":{"k":"${aws:PrincipalTag/team}"}"#)])
            .not_allowed(),
        case("${*} is a star", page::VARIABLE_SPECIAL)
            .with("k", &["a*b"])
            .identity(&[allow_if(r#""StringLike":{"k":"a${*}b"}"#)])
            .allowed(),
        case("${*} is nothing but a star", page::VARIABLE_SPECIAL)
            .with("k", &["axb"])
            .identity(&[allow_if(r#""StringLike":{"k":"a${*}b"}"#)])
            .not_allowed(),
        case("${?} is a question mark", page::VARIABLE_SPECIAL)
            .with("k", &["a?"])
            .identity(&[allow_if(r#""StringLike":{"k":"a${?}"}"#)])
            .allowed(),
        case("${?} is nothing but a question mark", page::VARIABLE_SPECIAL)
            .with("k", &["ab"])
            .identity(&[allow_if(r#""StringLike":{"k":"a${?}"}"#)])
            .not_allowed(),
        case("${$} is a dollar sign", page::VARIABLE_SPECIAL)
            .with("k", &["${x}"])
            .identity(&[allow_if(r#""StringEquals":{"k":"${$}{x}"}"#)])
            .allowed(),
        case("a key of several values is no variable", page::MULTIVALUED)
            .with("aws:TagKeys", &["team", "team"])
            .identity(&[path("${aws:TagKeys}/web")])
            .not_allowed(),
        case("the name of a user is a variable", page::VARIABLE_RESOURCE)
            .by(user())
            .asks("iam:GetUser", "arn:aws:iam::111122223333:user/ana")
            .identity(&[allow(
                r#""Action":"*","Resource":"arn:aws:iam::111122223333:user/${aws:username}""#,
            )])
            .allowed(),
        case("a role has no name of a user", page::VARIABLE_INFO)
            .asks("iam:GetUser", "arn:aws:iam::111122223333:user/Web")
            .identity(&[allow(
                r#""Action":"*","Resource":"arn:aws:iam::111122223333:user/${aws:username}""#,
            )])
            .not_allowed(),
        case("one key is compared with another", page::VARIABLE_CONDITION)
            .with(TEAM, &["blue"])
            .with("aws:ResourceTag/team", &["blue"])
            .identity(&[allow_if(
                r#""StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}"#,
            )])
            .allowed(),
        case("nothing equals a variable without a value", page::VARIABLE_NO_VALUE)
            .with("aws:ResourceTag/team", &["blue"])
            .identity(&[allow_if(
                r#""StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}"#,
            )])
            .not_allowed(),
        case(
            "everything is unequal to a variable without a value",
            page::VARIABLE_NO_VALUE,
        )
        .with("aws:ResourceTag/team", &["blue"])
        .identity(&[
            allow(ALL),
            deny_if(r#""StringNotEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}"#),
        ])
        .denied(),
        case(
            "everything is unlike a variable without a value",
            page::VARIABLE_NO_VALUE,
        )
        .with("aws:ResourceTag/team", &["blue"])
        .identity(&[
            allow(ALL),
            deny_if(r#""StringNotLike":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}*"}"#),
        ])
        .denied(),
        case(
            "a value beside a variable without one counts in StringNotEquals",
            page::VARIABLE_NO_VALUE,
        )
        .with("aws:ResourceTag/team", &["blue"])
        .identity(&[
            allow(ALL),
            deny_if(
                r#""StringNotEquals":{"aws:ResourceTag/team":["${aws:PrincipalTag/team}","blue"]}"#,
            ),
        ])
        .allowed(),
        case("version 2008-10-17 has no variables", page::VERSION)
            .by(user())
            .with("k", &["ana"])
            .identity_text(
                r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",
                    "Condition":{"StringEquals":{"k":"${aws:username}"}}}]}"#,
            )
            .not_allowed(),
        case("in version 2008-10-17 a variable is a text", page::VERSION)
            .by(user())
            .with("k", &["${aws:username}"])
            .identity_text(
                r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",
                    "Condition":{"StringEquals":{"k":"${aws:username}"}}}]}"#,
            )
            .allowed(),
        case("a policy without a version has no variables", page::VERSION)
            .by(user())
            .with("k", &["ana"])
            .identity_text(
                r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*",
                    "Condition":{"StringEquals":{"k":"${aws:username}"}}}]}"#,
            )
            .not_allowed(),
        case("the version may stand behind the statements", page::VERSION)
            .by(user())
            .with("k", &["ana"])
            .identity_text(
                r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*",
                    "Condition":{"StringEquals":{"k":"${aws:username}"}}}],"Version":"2012-10-17"}"#,
            )
            .allowed(),
    ]
}
