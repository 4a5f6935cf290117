//! What the bundle does not know, and when it decides.

use analyzer::iam::{completion::Need, principal::Principal, tri::Tri};

use super::{
    case::{
        ALL, ANY_ACTION, Case, FOREIGN, KEY, ROLE, USER, allow, allow_if, allow_to, aws, case,
        deny, deny_if, key, policy, session, statement, user,
    },
    page,
};

pub(crate) fn cases() -> Vec<Case> {
    [
        keys(),
        together(),
        policies(),
        wrong(),
        organizations(),
        withheld(),
    ]
    .concat()
}

fn keys() -> Vec<Case> {
    let asked = |name| case(name, page::CONDITION).unknown("k").unknown("l");
    let one = r#""StringEquals":{"k":"a"}"#;
    vec![
        asked("an allow under an unknown condition")
            .identity(&[allow_if(one)])
            .needs(&[key("k")]),
        asked("a deny under an unknown condition, over an allow")
            .identity(&[allow(ALL), deny_if(one)])
            .needs(&[key("k")]),
        asked("a deny under an unknown condition, over nothing")
            .identity(&[deny_if(one)])
            .not_allowed(),
        asked("a deny over an allow under an unknown condition")
            .identity(&[allow_if(one), deny(ALL)])
            .denied(),
        asked("a deny beside a deny under an unknown condition")
            .identity(&[allow(ALL), deny_if(one)])
            .identity(&[deny(ALL)])
            .denied(),
        asked("an allow beside an allow under an unknown condition")
            .identity(&[allow_if(one), allow(ALL)])
            .allowed(),
        asked("an unknown condition on another action")
            .identity(&[allow(ALL), deny(r#""Action":"ecr:PutImage","Resource":"*","Condition":{"StringEquals":{"k":"a"}}"#)])
            .allowed(),
        asked("an unknown key beside a condition that does not hold")
            .with("m", &["b"])
            .identity(&[allow_if(r#""StringEquals":{"k":"a","m":"a"}"#)])
            .not_allowed(),
        asked("two unknown keys")
            .identity(&[allow_if(r#""StringEquals":{"l":"a","k":"a"}"#)])
            .needs(&[key("k"), key("l")]),
        asked("two unknown keys of which one decides alone")
            .identity(&[allow_if(one), allow_if(r#""StringEquals":{"k":"a","l":"a"}"#)])
            .needs(&[key("k")]),
        asked("the case of the first name of an unknown key is kept")
            .unknown("aws:sourcevpc")
            .identity(&[allow_if(r#""StringEquals":{"aws:SourceVpc":"vpc-0a"}"#)])
            .needs(&[key("aws:SourceVpc")]),
        case("a key that nobody named is unknown where the rest is", page::CONDITION)
            .rest_unknown()
            .identity(&[allow_if(one)])
            .needs(&[key("k")]),
        case("a variable of an unknown key", page::VARIABLE_RESOURCE)
            .unknown("aws:PrincipalTag/team")
            .identity(&[allow(
                r#""Action":"*","Resource":"arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*""#,
            )])
            .needs(&[key("aws:principaltag/team")]),
        asked("an unknown key in a text whose case does not matter")
            .with("m", &["Prod"])
            .identity(&[allow_if(r#""StringEqualsIgnoreCase":{"m":"PR${k}"}"#)])
            .needs(&[key("k")]),
        asked("an unknown key is like itself")
            .identity(&[
                allow_if(r#""StringEquals":{"k":"${k}"}"#),
                allow_if(r#""Null":{"k":"true"}"#),
            ])
            .allowed(),
        asked("two unknown keys that are compared with each other behind a letter")
            .identity(&[allow_if(r#""StringEquals":{"k":["a${l}"],"l":["b","c"]}"#)])
            .needs(&[key("k"), key("l")]),
        asked("two unknown keys that are compared with each other, and neither decides")
            .identity(&[
                allow_if(r#""StringEquals":{"k":"${l}"}"#),
                allow_if(r#""StringNotEquals":{"l":"b"}"#),
                allow_if(r#""StringEquals":{"l":"b"}"#),
            ])
            .allowed(),
        case("a tag that may be no number", page::NUMERIC)
            .unknown("aws:PrincipalTag/level")
            .identity(&[
                allow_if(r#""NumericLessThan":{"aws:PrincipalTag/level":"5"}"#),
                allow_if(r#""NumericGreaterThanEqualsIfExists":{"aws:PrincipalTag/level":"5"}"#),
            ])
            .needs(&[key("aws:PrincipalTag/level")]),
        case("a variable of an unknown key that cannot make a pattern match", page::VARIABLE_RESOURCE)
            .unknown("aws:PrincipalTag/team")
            .identity(&[allow(
                r#""Action":"*","Resource":"arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/api""#,
            )])
            .not_allowed(),
        case("two unknown keys that are compared with each other", page::VARIABLE_CONDITION)
            .unknown("aws:PrincipalTag/team")
            .unknown("aws:ResourceTag/team")
            .identity(&[allow_if(
                r#""StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}"#,
            )])
            .needs(&[key("aws:principaltag/team"), key("aws:ResourceTag/team")]),
        case("a deny of what is unequal to a variable of an unknown key", page::VARIABLE_NO_VALUE)
            .unknown("aws:PrincipalTag/team")
            .with("k", &["a"])
            .identity(&[
                allow(ALL),
                deny_if(r#""StringNotEquals":{"k":"${aws:PrincipalTag/team}"}"#),
            ])
            .needs(&[key("aws:principaltag/team")]),
        case("NotResource with a variable of an unknown key", page::VARIABLE_NO_VALUE)
            .unknown("aws:PrincipalTag/team")
            .identity(&[
                allow(ALL),
                deny(r#""Action":"*","NotResource":"arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*""#),
            ])
            .needs(&[key("aws:principaltag/team")]),
        case("several values without a quantifier", page::MULTIVALUED)
            .with("k", &["a", "b"])
            .identity(&[allow_if(one)])
            .needs(&[statement("identity policy 1", "statement 1")]),
        case("an ARN operator with fewer than six segments", page::ARN)
            .with("aws:SourceArn", &["arn:aws:apprunner:us-east-1:111122223333:service/web/0a1b"])
            .identity(&[allow_if(r#""ArnLike":{"aws:SourceArn":"arn:aws:apprunner:*"}"#)])
            .needs(&[statement("identity policy 1", "statement 1")]),
        case("a session whose name is not known", page::PRINCIPAL_SESSION)
            .resource(&[allow_to(&aws("arn:aws:sts::111122223333:assumed-role/Web/task"), ANY_ACTION)])
            .needs(&[statement("resource policy", "statement 1")]),
        case("the name of an unknown session does not decide what its role may", page::PRINCIPAL_SESSION)
            .identity(&[allow(ALL)])
            .resource(&[allow_to(&aws("arn:aws:sts::111122223333:assumed-role/Web/task"), ANY_ACTION)])
            .allowed(),
    ]
}

/// Statements that add up: each alone is unknown, and together they are not.
fn together() -> Vec<Case> {
    let asked = |name, statements: &[String]| {
        case(name, page::CONDITION)
            .unknown("k")
            .unknown("l")
            .identity(statements)
    };
    vec![
        asked(
            "equal or not equal, one of them holds",
            &[
                allow_if(r#""StringEquals":{"k":"a"}"#),
                allow_if(r#""StringNotEquals":{"k":"a"}"#),
            ],
        )
        .allowed(),
        asked(
            "equal to one or to another, and perhaps to neither",
            &[
                allow_if(r#""StringEquals":{"k":"a"}"#),
                allow_if(r#""StringEquals":{"k":"b"}"#),
            ],
        )
        .needs(&[key("k")]),
        asked(
            "there or not there, one of them holds",
            &[
                allow_if(r#""Null":{"k":"true"}"#),
                allow_if(r#""Null":{"k":"false"}"#),
            ],
        )
        .allowed(),
        asked(
            "in the range or beside it, one of them holds",
            &[
                allow_if(r#""IpAddress":{"k":"203.0.113.0/24"}"#),
                allow_if(r#""NotIpAddress":{"k":"203.0.113.0/24"}"#),
            ],
        )
        .allowed(),
        asked(
            "less or not less, and perhaps not there",
            &[
                allow_if(r#""NumericLessThan":{"k":"10"}"#),
                allow_if(r#""NumericGreaterThanEquals":{"k":"10"}"#),
            ],
        )
        .needs(&[key("k")]),
        asked(
            "less or not less or not there, one of them holds",
            &[
                allow_if(r#""NumericLessThan":{"k":"10"}"#),
                allow_if(r#""NumericGreaterThanEquals":{"k":"10"}"#),
                allow_if(r#""Null":{"k":"true"}"#),
            ],
        )
        .allowed(),
        asked(
            "conditions that no value meets",
            &[allow_if(
                r#""StringEquals":{"k":"a"},"StringLike":{"k":"b*"}"#,
            )],
        )
        .not_allowed(),
        asked(
            "an allow and a deny under one condition",
            &[
                allow_if(r#""StringEquals":{"k":"a"}"#),
                deny_if(r#""StringLike":{"k":"a*"}"#),
            ],
        )
        .not_allowed(),
        asked(
            "a deny of what is equal and of what is not",
            &[
                allow(ALL),
                deny_if(r#""StringEquals":{"k":"a"}"#),
                deny_if(r#""StringNotEquals":{"k":"a"}"#),
            ],
        )
        .denied(),
        asked(
            "all values or some other, one of them holds",
            &[
                allow_if(r#""ForAllValues:StringEquals":{"k":"a"}"#),
                allow_if(r#""ForAnyValue:StringNotEquals":{"k":"a"}"#),
            ],
        )
        .allowed(),
        asked(
            "an unknown key that each of two others makes up for",
            &[
                allow_if(r#""StringEquals":{"k":"a","l":"a"}"#),
                allow_if(r#""StringEquals":{"k":"a"},"StringNotEquals":{"l":"a"}"#),
            ],
        )
        .needs(&[key("k")]),
    ]
}

fn policies() -> Vec<Case> {
    let denied = "iam:GetRolePolicy was denied";
    vec![
        case(
            "a policy of the principal that was not collected",
            page::EVALUATION,
        )
        .missing_identity(denied)
        .needs(&[policy("identity policy 1", denied)]),
        case(
            "an allow beside a policy that was not collected and may deny",
            page::EVALUATION,
        )
        .identity(&[allow(ALL)])
        .missing_identity(denied)
        .needs(&[policy("identity policy 2", denied)]),
        case(
            "a deny beside a policy that was not collected",
            page::EVALUATION,
        )
        .missing_identity(denied)
        .identity(&[deny(ALL)])
        .denied(),
        case(
            "a boundary that was not collected, which may not be there, and NotPrincipal",
            page::NOT_PRINCIPAL,
        )
        .by(user())
        .identity(&[allow(ALL)])
        .missing_boundary(denied)
        .resource(&[deny(&format!(
            r#""NotPrincipal":{{"AWS":["111122223333","{USER}"]}},{ANY_ACTION}"#
        ))])
        .needs(&[policy("boundary", denied)]),
        case("a boundary that was not collected", page::BOUNDARY)
            .identity(&[allow(ALL)])
            .missing_boundary(denied)
            .needs(&[policy("boundary", denied)]),
        case(
            "a boundary that was not collected, over nothing",
            page::BOUNDARY,
        )
        .missing_boundary(denied)
        .not_allowed(),
        case(
            "a resource policy that was not collected",
            page::ONE_ACCOUNT,
        )
        .missing_resource(denied)
        .needs(&[policy("resource policy", denied)]),
        case(
            "a resource policy elsewhere that was not collected",
            page::CROSS_ACCOUNT,
        )
        .asks("ecr:BatchGetImage", FOREIGN)
        .identity(&[allow(ALL)])
        .missing_resource(denied)
        .needs(&[policy("resource policy", denied)]),
        case(
            "a resource policy elsewhere does not help without a policy of the principal",
            page::CROSS_ACCOUNT,
        )
        .asks("ecr:BatchGetImage", FOREIGN)
        .missing_resource(denied)
        .not_allowed(),
        case("grants that are not known, over nothing", page::KEY_GRANTS)
            .asks("kms:Decrypt", KEY)
            .resource(&[allow_to(
                &aws("111122223333"),
                r#""Action":"kms:*","Resource":"*""#,
            )])
            .grants(Tri::Maybe)
            .needs(&[Need::Grants]),
        case("grants that are not known, over an allow", page::KEY_GRANTS)
            .asks("kms:Decrypt", KEY)
            .resource(&[allow_to(&aws(ROLE), r#""Action":"kms:*","Resource":"*""#)])
            .grants(Tri::Maybe)
            .allowed(),
        case("grants that are not known, over a deny", page::KEY_GRANTS)
            .asks("kms:Decrypt", KEY)
            .identity(&[deny(ALL)])
            .grants(Tri::Maybe)
            .denied(),
    ]
}

fn wrong() -> Vec<Case> {
    let no_json = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [,]\n}";
    let no_json_why =
        "it cannot be understood, line 3, column 17: the policy: it is no JSON: expected value";
    let no_grammar = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Permit\", \"Action\": \"*\", \"Resource\": \"*\"}]\n}";
    let no_grammar_why =
        "it cannot be understood, line 3, column 28: Statement[1].Effect: it must be Allow or Deny";
    vec![
        case("a policy that is no JSON", page::GRAMMAR)
            .wrong_identity(no_json)
            .needs(&[policy("identity policy 1", no_json_why)]),
        case("a policy whose grammar is wrong", page::GRAMMAR)
            .wrong_identity(no_grammar)
            .needs(&[policy("identity policy 1", no_grammar_why)]),
        case("an allow beside a policy that is no JSON", page::GRAMMAR)
            .identity(&[allow(ALL)])
            .wrong_identity(no_json)
            .needs(&[policy("identity policy 2", no_json_why)]),
        case("a deny beside a policy that is no JSON", page::GRAMMAR)
            .wrong_identity(no_json)
            .identity(&[deny(ALL)])
            .denied(),
        case(
            "a deny beside a policy whose grammar is wrong",
            page::GRAMMAR,
        )
        .wrong_identity(no_grammar)
        .identity(&[allow(ALL), deny(r#""Action":"ecr:*","Resource":"*""#)])
        .denied(),
    ]
}

fn organizations() -> Vec<Case> {
    let linked = Principal::Role {
        arn: "arn:aws:iam::111122223333:role/aws-service-role/apprunner.amazonaws.com/AWSServiceRoleForAppRunner".to_owned(),
        id: None,
    };
    vec![
        case("unknown service control policies, over an allow", page::SCP)
            .identity(&[allow(ALL)])
            .scps_unknown()
            .needs(&[Need::ServiceControl]),
        case("unknown service control policies, over nothing", page::SCP)
            .scps_unknown()
            .not_allowed(),
        case("unknown service control policies, over a deny", page::SCP)
            .identity(&[allow(ALL), deny(ALL)])
            .scps_unknown()
            .denied(),
        case(
            "unknown service control policies and a service-linked role",
            page::SCP_EFFECTS,
        )
        .by(linked)
        .identity(&[allow(ALL)])
        .scps_unknown()
        .allowed(),
        case(
            "unknown resource control policies, over an allow",
            page::RCP,
        )
        .identity(&[allow(ALL)])
        .rcps_unknown()
        .needs(&[Need::ResourceControl]),
        case("unknown policies of both organizations", page::RCP)
            .asks("ecr:BatchGetImage", FOREIGN)
            .identity(&[allow(ALL)])
            .resource(&[allow_to(&aws(ROLE), ANY_ACTION)])
            .scps_unknown()
            .rcps_unknown()
            .needs(&[Need::ServiceControl, Need::ResourceControl]),
        case(
            "an unknown key and unknown service control policies",
            page::SCP,
        )
        .unknown("k")
        .identity(&[allow_if(r#""StringEquals":{"k":"a"}"#)])
        .scps_unknown()
        .needs(&[key("k"), Need::ServiceControl]),
    ]
}

/// What was taken out when the bundle was scrubbed.
fn withheld() -> Vec<Case> {
    let resource = r#""Action":"*","Resource":"arn:aws:ecr:us-east-1:111122223333:repository/‹redacted:key:0a1b›""#;
    vec![
        case("a resource that was scrubbed", page::RESOURCE)
            .identity(&[allow(resource)])
            .needs(&[statement("identity policy 1", "statement 1")]),
        case(
            "a resource that was scrubbed, in a statement with a name",
            page::RESOURCE,
        )
        .identity(&[allow(&format!(r#""Sid":"Pull",{resource}"#))])
        .needs(&[statement("identity policy 1", "statement Pull")]),
        case(
            "a resource that was scrubbed, beside one that matches",
            page::RESOURCE,
        )
        .identity(&[allow(
            r#""Action":"*","Resource":["arn:aws:ecr:‹redacted:key:0a1b›","*"]"#,
        )])
        .allowed(),
        case(
            "a scrubbed resource of a deny, over an allow",
            page::RESOURCE,
        )
        .identity(&[allow(ALL), deny(resource)])
        .needs(&[statement("identity policy 1", "statement 2")]),
        case("a scrubbed resource for another action", page::RESOURCE)
            .identity(&[allow(
                r#""Action":"s3:*","Resource":"arn:aws:s3:::‹redacted:key:0a1b›""#,
            )])
            .not_allowed(),
        case("the value of a condition that was scrubbed", page::STRING)
            .with("k", &["a"])
            .identity(&[allow_if(r#""StringEquals":{"k":"‹redacted:key:0a1b›"}"#)])
            .needs(&[statement("identity policy 1", "statement 1")]),
        case(
            "a scrubbed value does not matter without the key",
            page::OPERATORS,
        )
        .identity(&[allow_if(r#""StringEquals":{"k":"‹redacted:key:0a1b›"}"#)])
        .not_allowed(),
        case("a principal that was scrubbed", page::PRINCIPAL_ROLE)
            .by(session())
            .resource(&[allow_to(
                &aws("arn:aws:iam::111122223333:role/‹redacted:key:0a1b›"),
                ANY_ACTION,
            )])
            .needs(&[statement("resource policy", "statement 1")]),
    ]
}
