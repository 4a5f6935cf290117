//! Policies of IAM.

use analyzer::policy::{Grant, allows, trusted_services, trusts};
use serde_json::Value;

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
    "\"*\"",
    "null",
    "\"Effect\":\"Allow\"",
    "\"Effect\":\"Deny\"",
    "\"Action\":\"ecr:*\"",
    "\"NotAction\":[\"ecr:Get*\"]",
    "\"Resource\":\"arn:aws:ecr:*:*:repository/*\"",
    "\"NotResource\":\"*\"",
    "\"Condition\":{}",
    "\"Principal\":{\"Service\":\"build.apprunner.amazonaws.com\"}",
    "\"Principal\":\"*\"",
    "\"Statement\":[]",
];

const QUESTIONS: &[(&str, &str)] = &[
    (
        "ecr:BatchGetImage",
        "arn:aws:ecr:us-east-1:111122223333:repository/web",
    ),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
    ),
    ("ssm:GetParameters", "*"),
];

const SERVICE: &str = "build.apprunner.amazonaws.com";

const ALLOW_ALL: &str =
    r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
const DENY_ALL: &str =
    r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;

/// More permissions take nothing away, more refusals give nothing, and order means nothing. Each
/// line is a policy.
pub fn policies(input: &[u8]) {
    let text = text_of(input);
    let documents: Vec<&str> = text.lines().collect();
    for (action, resource) in QUESTIONS {
        let ask = |documents: &[&str]| allows(documents, action, resource);
        let answer = ask(&documents);

        let more = ask(&[&documents[..], &[ALLOW_ALL]].concat());
        if answer == Grant::Yes {
            assert_eq!(more, Grant::Yes, "a permission takes nothing away");
        }
        let denied = ask(&[&documents[..], &[DENY_ALL]].concat());
        assert_eq!(denied, Grant::No, "nothing is stronger than a refusal");
        let unreadable = ask(&[&documents[..], &["{"]].concat());
        assert_ne!(
            unreadable,
            Grant::Yes,
            "a policy that nobody can read may refuse"
        );
        let mut backwards = documents.clone();
        backwards.reverse();
        assert_eq!(ask(&backwards), answer, "order means nothing");
        let upper = action.to_ascii_uppercase();
        assert_eq!(
            allows(&documents, &upper, resource),
            answer,
            "actions do not care for case"
        );
        assert_eq!(
            ask(&[&documents[..], &documents[..]].concat()),
            answer,
            "saying it twice means nothing"
        );
    }

    for document in documents {
        let answer = trusts(document, SERVICE);
        let services = trusted_services(document);
        assert!(services.is_sorted_by(|one, other| one < other));
        let Ok(value) = serde_json::from_str::<Value>(document) else {
            assert_eq!(answer, Grant::Unknown, "what is no JSON is not understood");
            assert!(services.is_empty());
            continue;
        };
        let laid_out = format!("{value:#}");
        assert_eq!(trusts(&laid_out, SERVICE), answer, "layout means nothing");
        assert_eq!(trusted_services(&laid_out), services);
    }
}
