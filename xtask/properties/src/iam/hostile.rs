//! Policies made to take long, each as long as a policy may be.

use std::fmt::Write;

use analyzer::iam::{
    context::{Context, Rest},
    grammar::LONGEST,
    policies::{Organization, Policies, Source},
    policy::Kind,
    principal::Principal,
    request::Request,
};

/// A request with policies that somebody made to take long.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// What is bad about it.
    pub name: &'static str,
    /// The request, of whose context nothing is known.
    pub request: Request,
    /// The policies.
    pub policies: Policies,
}

/// One of each kind.
pub fn hostile() -> Vec<Hostile> {
    let statement = |effect: &str, resource: &str, condition: &str| {
        format!(
            r#"{{"Effect":"{effect}","Action":"*","Resource":"{resource}","Condition":{{{condition}}}}}"#
        )
    };
    let stars = |letters: &str| format!("*{letters}").repeat(30_000 / (letters.len() + 1));
    let mut all = vec![
        one("a resource of wildcards", |_| {
            let pattern = format!("arn:aws:ecr:*:*:{}", stars("a"));
            statement("Allow", &pattern, "")
        }),
        one("many resources of wildcards", |index| {
            let pattern = format!("arn:aws:ecr:*:*:repository/*a*b*{index}*");
            statement("Allow", &pattern, "")
        }),
        one("an unknown key against a pattern of wildcards", |_| {
            let condition = format!(r#""StringLike":{{"k":"{}"}}"#, stars("ab"));
            statement("Allow", "*", &condition)
        }),
        one("an unknown key against many patterns", |index| {
            let condition = format!(r#""StringLike":{{"k":["*a{index}*b*","?{index}*c"]}}"#);
            statement("Deny", "*", &condition)
        }),
        one("unknown keys against some patterns each", |index| {
            let key = index / 8;
            let condition = format!(r#""StringLike":{{"k{key}":["*a*{index}*b*","*c?{index}*"]}}"#);
            statement("Deny", "*", &condition)
        }),
        one("many unknown keys", |index| {
            statement("Deny", "*", &format!(r#""Bool":{{"k{index}":"true"}}"#))
        }),
        one("many unknown keys, each for a permission", |index| {
            statement(
                "Allow",
                "*",
                &format!(r#""StringEquals":{{"k{index}":"a"}}"#),
            )
        }),
        one("many unknown keys under one statement", |index| {
            let keys: Vec<String> = (0..20)
                .map(|key| format!(r#""k{index}x{key}":["a","b*"]"#))
                .collect();
            let condition = format!(r#""StringLike":{{{}}}"#, keys.join(","));
            statement("Allow", "*", &condition)
        }),
        one("unknown sets", |index| {
            let key = index % 40;
            let condition =
                format!(r#""ForAllValues:StringLike":{{"k{key}":["a{index}*","*b{index}"]}}"#);
            statement("Deny", "*", &condition)
        }),
        one("unknown variables in resources", |index| {
            let resource = format!(
                "arn:aws:ecr:*:*:repository/*${{k{index}}}*${{l{}}}*",
                index + 1
            );
            statement("Deny", &resource, "")
        }),
        one("one unknown variable many times in a resource", |_| {
            let resource = format!("arn:aws:ecr:*:*:{}", "*${k}".repeat(5_000));
            statement("Deny", &resource, "")
        }),
        one("unknown keys against each other", |index| {
            let condition = format!(
                r#""StringLike":{{"k{index}":["${{k{}}}*a","*${{k{}}}"]}}"#,
                index + 1,
                index + 2
            );
            statement("Deny", "*", &condition)
        }),
        one("few unknown keys against each other", |index| {
            let condition = format!(
                r#""StringLike":{{"k{}":["${{k{}}}*a{index}","*${{k{}}}b"]}}"#,
                index % 7,
                (index + 1) % 7,
                (index + 2) % 7
            );
            statement("Deny", "*", &condition)
        }),
        one("numbers, dates and addresses", |index| {
            let condition = format!(
                r#""NumericLessThan":{{"n{0}":"{index}"}},"DateLessThan":{{"d{0}":"{1}"}},"IpAddress":{{"i{0}":"10.{2}.0.0/16"}}"#,
                index % 3,
                index + 10_000,
                index % 256,
            );
            statement("Deny", "*", &condition)
        }),
        one("many values", |index| {
            let values: Vec<String> = (0..200).map(|it| format!(r#""a{index}v{it}""#)).collect();
            let condition = format!(r#""StringEqualsIgnoreCase":{{"k":[{}]}}"#, values.join(","));
            statement("Deny", "*", &condition)
        }),
    ];
    all.push(unknown_policies());
    all
}

/// As many statements as there is room for.
fn document(statement: impl Fn(usize) -> String) -> String {
    let mut document =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}"#
            .to_owned();
    for index in 0.. {
        let statement = statement(index);
        if document.len() + statement.len() + 3 > LONGEST {
            break;
        }
        // Writing into a text does not fail.
        let _ = write!(document, ",{statement}");
    }
    document + "]}"
}

fn one(name: &'static str, statement: impl Fn(usize) -> String) -> Hostile {
    let document = document(statement);
    Hostile {
        name,
        request: request(),
        policies: Policies {
            identity: vec![Source::read("hostile", &document, Kind::Identity)],
            ..Policies::default()
        },
    }
}

fn unknown_policies() -> Hostile {
    let document = document(|index| {
        format!(
            r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"StringEquals":{{"k{index}":"a"}}}}}}"#
        )
    });
    let unknown = |index: usize| Source::not_collected(format!("policy {index}"), "it is gone");
    let mut identity: Vec<Source> = (0..100).map(unknown).collect();
    identity.push(Source::read("hostile", &document, Kind::Identity));
    Hostile {
        name: "a hundred policies that nobody knows",
        request: request(),
        policies: Policies {
            identity,
            boundary: Some(unknown(200)),
            session: Some(unknown(201)),
            scps: Organization::Unknown,
            rcps: Organization::Unknown,
            ..Policies::default()
        },
    }
}

fn request() -> Request {
    let principal = Principal::Role {
        arn: "arn:aws:iam::111122223333:role/web".to_owned(),
        id: None,
    };
    let name = "ab".repeat(120);
    Request::new(
        principal,
        "ecr:BatchGetImage",
        &format!("arn:aws:ecr:us-east-1:111122223333:repository/{name}"),
        Context::new(Rest::Unknown),
    )
}
