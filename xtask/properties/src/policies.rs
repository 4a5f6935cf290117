//! Policies of IAM.

use analyzer::iam::{
    context::{Context, Rest},
    evaluate::{Answer, Denial, evaluate},
    policies::{Organization, Policies, Source},
    policy::{Kind, Policy},
    principal::Principal,
    request::Request,
    tri::Tri,
};

use crate::source_files::text_of;

/// Words of policies.
pub(crate) const WORDS: &[&str] = &[
    "\n",
    "{",
    "}",
    "[",
    "]",
    "*",
    "?",
    ":",
    "\"*\"",
    "null",
    "${aws:PrincipalTag/team}",
    "${aws:username, 'ann'}",
    "${*}",
    "‹redacted:",
    "\"Version\":\"2012-10-17\"",
    "\"Effect\":\"Allow\"",
    "\"Effect\":\"Deny\"",
    "\"Action\":\"ecr:*\"",
    "\"NotAction\":[\"ecr:Get*\"]",
    "\"Resource\":\"arn:aws:ecr:*:*:repository/*\"",
    "\"NotResource\":\"*\"",
    "\"Condition\":{}",
    ",\"Condition\":{\"StringLike\":{\"aws:SourceArn\":[\"*a*\",\"b?\"]}}",
    ",\"Condition\":{\"ForAllValues:StringNotEqualsIfExists\":{\"aws:TagKeys\":\"${aws:userid}\"}}",
    ",\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"},\"Null\":{\"aws:userid\":true}}",
    ",\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":\"2026\"}}",
    ",\"Condition\":{\"NumericLessThan\":{\"aws:MultiFactorAuthAge\":1e308}}",
    ",\"Condition\":{\"ArnNotLike\":{\"aws:PrincipalArn\":\"arn:*:iam::*:role/*\"}}",
    "\"Principal\":{\"Service\":\"build.apprunner.amazonaws.com\"}",
    "\"NotPrincipal\":{\"AWS\":[\"111122223333\",\"arn:aws:iam::111122223333:role/web\"]}",
    "\"Principal\":\"*\"",
    "\"Statement\":[]",
];

const ROLE: &str = "arn:aws:iam::111122223333:role/web";

const QUESTIONS: &[(&str, &str)] = &[
    (
        "ecr:BatchGetImage",
        "arn:aws:ecr:us-east-1:111122223333:repository/web",
    ),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
    ),
    (
        "kms:Decrypt",
        "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
    ("ssm:GetParameters", "*"),
];

const ALLOW_ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const DENY_ALL: &str = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

/// More permissions take nothing away, more refusals give nothing, and order means nothing. Each
/// line is a policy.
pub fn policies(input: &[u8]) {
    let text = text_of(input);
    let documents: Vec<&str> = text.lines().collect();
    for (action, resource) in QUESTIONS {
        of_a_principal(&documents, action, resource);
        for document in documents.iter().take(LOOKED_AT) {
            elsewhere(document, action, resource);
        }
    }
    for document in documents.iter().take(LOOKED_AT) {
        of_trust(document);
    }
}

/// A mutation that doubles lines shows nothing in the twentieth.
const LOOKED_AT: usize = 20;

fn role() -> Principal {
    Principal::Role {
        arn: ROLE.to_owned(),
        id: None,
    }
}

fn request(principal: Principal, action: &str, resource: &str) -> Request {
    let context = Context::new(Rest::Unknown);
    Request::new(principal, action, resource, context).with_own_keys()
}

/// Whether one answer follows where another does; what is unknown follows from everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Allowed,
    Denied,
    Unknown,
}

fn kept(answer: &Answer) -> Kept {
    match answer {
        Answer::Allowed => Kept::Allowed,
        Answer::Denied(_) => Kept::Denied,
        Answer::Unknown(_) => Kept::Unknown,
    }
}

/// The lines as the policies of a role.
fn of_a_principal(documents: &[&str], action: &str, resource: &str) {
    let guard = Source::read(
        "key policy",
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#,
        Kind::Resource,
    );
    let has_guard = action.starts_with("kms:");
    let sources: Vec<Source> = documents
        .iter()
        .map(|document| Source::read("policy", document, Kind::Identity))
        .collect();
    let ask = |action: &str, identity: Vec<Source>| {
        let policies = Policies {
            identity,
            resource: has_guard.then(|| guard.clone()),
            ..Policies::default()
        };
        evaluate(&request(role(), action, resource), &policies)
    };
    let with = |document: &str| {
        let mut all = sources.clone();
        all.push(Source::read("policy", document, Kind::Identity));
        ask(action, all)
    };
    let answer = ask(action, sources.clone());

    if answer == Answer::Allowed {
        assert_eq!(with(ALLOW_ALL), answer, "a permission takes nothing away");
    }
    assert_eq!(
        with(DENY_ALL),
        Answer::Denied(Denial::Explicit),
        "nothing is stronger than a refusal"
    );
    assert_ne!(
        with("{"),
        Answer::Allowed,
        "a policy that nobody can read may refuse"
    );
    let backwards = sources.iter().rev().cloned().collect();
    assert_eq!(
        kept(&ask(action, backwards)),
        kept(&answer),
        "order means nothing"
    );
    assert_eq!(
        kept(&ask(&action.to_ascii_uppercase(), sources.clone())),
        kept(&answer),
        "actions do not care for case"
    );
    if sources.len() < LOOKED_AT {
        assert_eq!(
            kept(&ask(action, [&sources[..], &sources[..]].concat())),
            kept(&answer),
            "saying it twice means nothing"
        );
    }
    if let Answer::Unknown(doubt) = &answer {
        assert!(!doubt.needs.is_empty(), "something must decide");
    }
}

/// A line in every other place where a policy can be.
fn elsewhere(document: &str, action: &str, resource: &str) {
    let all = || vec![Source::read("policy", ALLOW_ALL, Kind::Identity)];
    let read = |kind| Source::read("policy", document, kind);
    let session = Principal::Session {
        arn: "arn:aws:sts::111122223333:assumed-role/web/i-0a1b".to_owned(),
        role: ROLE.to_owned(),
        id: None,
    };
    let ask = |policies: &Policies| {
        for principal in [role(), session.clone()] {
            let _ = evaluate(&request(principal, action, resource), policies);
        }
    };
    ask(&Policies {
        identity: all(),
        boundary: Some(read(Kind::Identity)),
        ..Policies::default()
    });
    ask(&Policies {
        identity: all(),
        session: Some(read(Kind::Identity)),
        scps: Organization::Levels(vec![vec![read(Kind::Identity)]]),
        ..Policies::default()
    });
    ask(&Policies {
        resource: Some(read(Kind::Resource)),
        ..Policies::default()
    });
    ask(&Policies {
        identity: all(),
        resource: Some(read(Kind::Resource)),
        grants: Tri::Maybe,
        scps: Organization::Unknown,
        rcps: Organization::Levels(vec![vec![read(Kind::Resource)]]),
        ..Policies::default()
    });
}

/// A line as the trust policy of a role.
fn of_trust(document: &str) {
    let parsed = Policy::parse(document, Kind::Trust);
    let laid_out = format!("\n  {document}\t\n");
    assert_eq!(
        Policy::parse(&laid_out, Kind::Trust).is_ok(),
        parsed.is_ok(),
        "layout means nothing"
    );
    if let Err(error) = &parsed {
        assert!(error.line >= 1 && !error.problem.is_empty());
    }
    let service = Principal::Service {
        name: "build.apprunner.amazonaws.com".to_owned(),
    };
    for principal in [service, role()] {
        let policies = Policies {
            resource: Some(Source::read("trust policy", document, Kind::Trust)),
            ..Policies::default()
        };
        let request = request(
            principal,
            "sts:AssumeRole",
            "arn:aws:iam::111122223333:role/pull",
        );
        let answer = evaluate(&request, &policies);
        assert!(
            parsed.is_ok() || answer != Answer::Allowed,
            "a policy that nobody can read allows nothing for certain"
        );
    }
}
