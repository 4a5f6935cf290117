//! How many requests the evaluator of IAM answers in a second, on one processor, and how long it takes
//! for policies that somebody made to hurt it.
//!
//! `cargo run --release --package properties --example evaluations`

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use analyzer::iam::{
    context::{Context, Rest},
    evaluate::{Answer, Denial, evaluate},
    policies::{Policies, Source},
    policy::Kind,
    principal::Principal,
    request::Request,
};

use properties::iam::hostile;

/// How long each is measured, after as long without.
const LONG: Duration = Duration::from_millis(700);

/// The managed policy `AWSAppRunnerServicePolicyForECRAccess`.
const MANAGED: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetDownloadUrlForLayer","ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetAuthorizationToken"],"Resource":"*"}]}"#;

/// As few permissions as a pull needs.
const MINIMAL: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"Login","Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"},
    {"Sid":"Pull","Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetDownloadUrlForLayer"],
     "Resource":"arn:aws:ecr:us-east-1:111122223333:repository/web"}]}"#;

/// What an application needs.
const INSTANCE: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"Secrets","Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],
     "Resource":["arn:aws:secretsmanager:us-east-1:111122223333:secret:web/db-??????","arn:aws:secretsmanager:us-east-1:111122223333:secret:web/api-*"]},
    {"Sid":"Parameters","Effect":"Allow","Action":"ssm:GetParameter*","Resource":"arn:aws:ssm:us-east-1:111122223333:parameter/web/*"},
    {"Sid":"Key","Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/*",
     "Condition":{"StringEquals":{"kms:ViaService":["secretsmanager.us-east-1.amazonaws.com","ssm.us-east-1.amazonaws.com"]},"StringLike":{"aws:PrincipalTag/team":"web*"}}},
    {"Sid":"Data","Effect":"Allow","Action":["dynamodb:*Item","dynamodb:Query"],"Resource":"arn:aws:dynamodb:*:111122223333:table/web-*"}]}"#;

/// What a company lets its roles do at most.
const BOUNDARY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},
    {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}}]}"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"tasks.apprunner.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}"#;

const KEY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

struct Role {
    name: &'static str,
    requests: Vec<(Request, Answer)>,
    policies: Policies,
}

fn main() {
    let roles = roles();
    let mut slowest = f64::INFINITY;
    for role in &roles {
        let rate = rate(role);
        slowest = slowest.min(rate);
        println!("{:52} {:>10.0} a second", role.name, rate);
    }
    println!("{:52} {slowest:>10.0} a second", "the slowest");
    for hostile in hostile() {
        let begun = Instant::now();
        let answer = evaluate(&hostile.request, &hostile.policies);
        let time = begun.elapsed().as_secs_f64();
        let has_both = match &answer {
            Answer::Unknown(doubt) => doubt.allowed_when.is_some() && doubt.denied_when.is_some(),
            _ => true,
        };
        let note = if has_both { "" } else { ", without both ways" };
        println!("{:52} {:>10.3} s{note}", hostile.name, time);
    }
}

/// So many answers a second.
fn rate(role: &Role) -> f64 {
    for (request, answer) in &role.requests {
        assert_eq!(&evaluate(request, &role.policies), answer, "{request:?}");
    }
    let mut many = 0_u64;
    let run = |many: &mut u64| {
        let begun = Instant::now();
        while begun.elapsed() < LONG {
            for _ in 0..100 {
                for (request, _) in &role.requests {
                    black_box(evaluate(black_box(request), black_box(&role.policies)));
                    *many += 1;
                }
            }
        }
        begun.elapsed()
    };
    run(&mut 0);
    let time = run(&mut many);
    many as f64 / time.as_secs_f64()
}

fn roles() -> Vec<Role> {
    let managed = |name: &str, document: &str| Source::read(name, document, Kind::Identity);
    let pull = || {
        vec![
            (
                asked(
                    "ecr:BatchGetImage",
                    "arn:aws:ecr:us-east-1:111122223333:repository/web",
                ),
                Answer::Allowed,
            ),
            (asked("ecr:GetAuthorizationToken", "*"), Answer::Allowed),
            (
                asked(
                    "ecr:PutImage",
                    "arn:aws:ecr:us-east-1:111122223333:repository/web",
                ),
                Answer::Denied(Denial::Implicit),
            ),
        ]
    };
    let run = || {
        vec![
            (
                asked(
                    "secretsmanager:GetSecretValue",
                    "arn:aws:secretsmanager:us-east-1:111122223333:secret:web/db-AbCdEf",
                ),
                Answer::Allowed,
            ),
            (
                asked(
                    "secretsmanager:GetSecretValue",
                    "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf",
                ),
                Answer::Denied(Denial::Implicit),
            ),
            (
                asked(
                    "ssm:GetParameters",
                    "arn:aws:ssm:us-east-1:111122223333:parameter/web/db",
                ),
                Answer::Allowed,
            ),
            (
                asked(
                    "kms:Decrypt",
                    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                ),
                Answer::Allowed,
            ),
            (
                asked(
                    "dynamodb:PutItem",
                    "arn:aws:dynamodb:us-east-1:111122223333:table/web-orders",
                ),
                Answer::Allowed,
            ),
        ]
    };
    let key = || Some(Source::read("key policy", KEY, Kind::Resource));
    vec![
        Role {
            name: "AWSAppRunnerServicePolicyForECRAccess",
            requests: pull(),
            policies: Policies {
                identity: vec![managed("AWSAppRunnerServicePolicyForECRAccess", MANAGED)],
                ..Policies::default()
            },
        },
        Role {
            name: "as few permissions as a pull needs",
            requests: pull(),
            policies: Policies {
                identity: vec![managed("pull", MINIMAL)],
                ..Policies::default()
            },
        },
        Role {
            name: "instance role: secrets, parameters, keys, tables",
            requests: run(),
            policies: Policies {
                identity: vec![managed("run", INSTANCE)],
                resource: key(),
                ..Policies::default()
            },
        },
        Role {
            name: "the same within a boundary",
            requests: run(),
            policies: Policies {
                identity: vec![managed("run", INSTANCE)],
                boundary: Some(managed("boundary", BOUNDARY)),
                resource: key(),
                ..Policies::default()
            },
        },
        Role {
            name: "trust policy",
            requests: vec![
                (assumed("tasks.apprunner.amazonaws.com"), Answer::Allowed),
                (
                    assumed("build.apprunner.amazonaws.com"),
                    Answer::Denied(Denial::Implicit),
                ),
            ],
            policies: Policies {
                resource: Some(Source::read("trust policy", TRUST, Kind::Trust)),
                ..Policies::default()
            },
        },
    ]
}

fn asked(action: &str, resource: &str) -> Request {
    let role = Principal::Role {
        arn: "arn:aws:iam::111122223333:role/web".to_owned(),
        id: None,
    };
    let context = Context::new(Rest::Absent)
        .with("aws:RequestedRegion", "us-east-1")
        .with("aws:PrincipalTag/team", "web-shop")
        .with("kms:ViaService", "secretsmanager.us-east-1.amazonaws.com");
    Request::new(role, action, resource, context).with_own_keys()
}

fn assumed(service: &str) -> Request {
    let service = Principal::Service {
        name: service.to_owned(),
    };
    let context = Context::new(Rest::Absent).with("aws:SourceAccount", "111122223333");
    let role = "arn:aws:iam::111122223333:role/web";
    Request::new(service, "sts:AssumeRole", role, context).with_own_keys()
}
