use std::collections::{BTreeMap, BTreeSet};

use evidence_schema::{
    Body, Coverage, Status,
    coverage::AwsError,
    record::{Change, LogLine, Tags},
};
use serde_json::json;

use super::*;

fn scrubber() -> Scrubber {
    let values = [
        ("API_TOKEN", "s3cr3t/tok en\"x"),
        ("HOST", "0.0.0.0"),
        ("MODE", "application"),
        ("STAGE", "production"),
        ("SECOND", "s3cr3t/tok en\"x"),
    ];
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), BTreeSet::from([(*value).to_owned()])))
        .collect();
    let public = ["arn:aws:apprunner:us-east-1:111122223333:service/web/0"];
    Scrubber::new(Fingerprints::new([7; 32]), &values, &public, Emails::Keep)
}

/// The text with every fingerprint left out.
fn clean(text: &str) -> String {
    let clean = scrubber().text("test", text.to_owned());
    crate::unnumbered(&clean).replace(":fp-more", "")
}

fn line(stream: &str, message: &str) -> Body {
    Body::ApplicationLog(LogLine {
        time: chrono::DateTime::UNIX_EPOCH,
        service_id: "0".to_owned(),
        stream: stream.to_owned(),
        ingested_at: None,
        message: message.to_owned(),
    })
}

fn message(body: Result<Body, Failed>) -> String {
    match body {
        Ok(Body::ApplicationLog(line)) => line.message,
        other => panic!("the kind stays: {other:?}"),
    }
}

#[test]
fn what_is_glued_to_a_secret_is_found_when_that_is_gone() {
    for (text, left) in [
        (
            "s3cr3t/tok en\"xAKIAIOSFODNN7EXAMPLE",
            "‹redacted:env.API_TOKEN:8-31›‹redacted:aws-access-key-id:8-31›",
        ),
        (
            "cGFzc3dvcmQ9Y29ycm-----BEGIN PRIVATE KEY-----Vjd",
            "‹redacted:password-assignment:1-7›‹redacted:private-key:8-31›",
        ),
    ] {
        assert_eq!(clean(text), left);
        let once = scrubber().text("test", text.to_owned());
        assert_eq!(scrubber().text("test", once.clone()), once);
    }
}

#[test]
fn a_known_value_is_replaced_in_whatever_form_it_comes() {
    for (text, left) in [
        (
            "token=s3cr3t/tok en\"x;",
            "token=‹redacted:env.API_TOKEN:8-31›;",
        ),
        (
            "{\"token\":\"s3cr3t/tok en\\\"x\"}",
            "{\"token\":\"‹redacted:env.API_TOKEN:8-31›\"}",
        ),
        (
            "?token=s3cr3t%2Ftok%20en%22x&a=b",
            "?token=‹redacted:env.API_TOKEN:8-31›&a=b",
        ),
        (
            "Basic czNjcjN0L3RvayBlbiJ4 sent",
            "Basic ‹redacted:env.API_TOKEN:8-31› sent",
        ),
    ] {
        assert_eq!(clean(text), left);
    }
}

#[test]
fn what_the_bundle_says_anyway_stays() {
    let text = "[AppRunner] Successfully pulled your application image, 0.0.0.0 us-east-1 abc";
    assert_eq!(clean(text), text);
}

#[test]
fn texts_inside_texts_are_looked_into_and_the_rest_stays() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let marker = "‹redacted:github-token:32-127›";
    let json = serde_json::to_string(&json!({"a": {"b": token}, "c": "d"})).expect("JSON");
    let twice = serde_json::to_string(&json!({"inner": json})).expect("JSON");
    assert_eq!(clean(&twice), twice.replace(&token, marker));
    let url = format!("q=%7B%22b%22%3A%22{}%22%7D", token.replace('_', "%5F"));
    assert_eq!(clean(&url), format!("q=%7B%22b%22%3A%22{marker}%22%7D"));
    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &json);
    assert_eq!(clean(&format!("<{base64}>")), format!("<{marker}>"));
    let deep = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("body={url}"));
    assert_eq!(clean(&format!("x/{deep} y")), format!("{marker} y"));
}

#[test]
fn one_secret_has_one_marker_named_by_who_knows_most() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    assert_eq!(
        clean(&format!("GITHUB_TOKEN={token} and password={token}")),
        "GITHUB_TOKEN=‹redacted:github-token:32-127› and password=‹redacted:github-token:32-127›"
    );
    let scrubber = scrubber();
    let both = scrubber.text("test", format!("{token} {token} ghp_{}", "c3D4".repeat(9)));
    let prints: Vec<_> = both.split(' ').map(|it| it.rsplit(':').next()).collect();
    assert!(prints[0] == prints[1] && prints[0] != prints[2], "{both}");
    assert_eq!(scrubber.replaced_by_source()["test"]["github-token"], 3);
}

#[test]
fn nothing_is_replaced_twice() {
    let scrubber = scrubber();
    for text in [
        "password=hunter2x9 postgres://web:hunter2x9@db/shop s3cr3t/tok en\"x",
        "{\"password\":\"open sesame\",\"secret_key\":\"q7Zr1Lx9Tn4Vb6Kp0Wd3\"}",
        "Authorization: Bearer abcdefghijklmnop.qrst",
    ] {
        let once = scrubber.text("test", text.to_owned());
        assert_ne!(once, text);
        assert_eq!(scrubber.text("test", once.clone()), once);
    }
}

#[test]
fn a_forged_marker_hides_nothing() {
    let text = format!("‹redacted:x:8-31:ghp_{}›", "a1B2".repeat(9));
    assert!(!clean(&text).contains("a1B2"));
}

#[test]
fn documents_of_others_are_searched_to_the_last_member() {
    let change = Change {
        event_id: "e".to_owned(),
        time: chrono::DateTime::UNIX_EPOCH,
        event_source: "apprunner.amazonaws.com".to_owned(),
        event_name: "UpdateService".to_owned(),
        region: None,
        principal: None,
        principal_type: None,
        invoked_by: None,
        user_agent: None,
        read_only: None,
        error_code: None,
        error_message: Some("bad s3cr3t/tok en\"x".to_owned()),
        resources: vec![],
        request_parameters: Some(json!({
            "name": ["s3cr3t/tok en\"x"],
            "masterUserPassword": "short",
            "nextToken": "abc",
            "environment": {"runtimeEnvironmentVariables": {"A": "one", "B": {"C": ["two"]}}},
        })),
        response_elements: None,
    };
    let clean = scrubber()
        .body("changes", Body::Change(Box::new(change)))
        .expect("a record");
    let text = serde_json::to_string(&clean).expect("JSON");
    for secret in ["s3cr3t", "short", "\"one", "two"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("\"nextToken\":\"abc\"") && text.contains("\"masterUserPassword\""));
}

#[test]
fn names_somebody_chose_are_searched_and_names_of_aws_stay() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let tags = Tags {
        resource_arn: "arn:aws:apprunner:us-east-1:111122223333:service/production/0".to_owned(),
        tags: BTreeMap::from([(token.clone(), "production".to_owned())]),
    };
    let clean = scrubber().body("tags", Body::Tags(tags)).expect("a record");
    let text = serde_json::to_string(&clean).expect("JSON");
    assert!(!text.contains(&token));
    assert!(text.contains("service/production/0"), "{text}");
    assert!(text.contains("‹redacted:env.STAGE:8-31:"), "{text}");
}

#[test]
fn a_key_that_is_printed_line_by_line_goes_line_by_line() {
    let scrubber = scrubber();
    let lines = [
        "-----BEGIN RSA PRIVATE KEY-----",
        "MIIEowIBAAKCAQEA75VsvFrPcdVOzsC4zBV9",
        "-----END RSA PRIVATE KEY-----",
        "listening",
    ];
    let left: Vec<_> = lines
        .iter()
        .map(|it| message(scrubber.body("application-log", line("instance/1", it))))
        .collect();
    assert!(
        left[0].contains("redacted:private-key")
            && left[1].starts_with("‹redacted:private-key:32-127:")
    );
    assert_eq!(left[3], "listening");
}

#[test]
fn the_ledger_is_scrubbed() {
    let entry = scrubber().coverage(Coverage {
        source: "roles".to_owned(),
        subject: None,
        status: Status::Failed,
        operations: vec![],
        calls: 1,
        records: 0,
        covered: vec![],
        missing: vec![],
        permission: None,
        error: Some(AwsError {
            code: "E".to_owned(),
            message: "s3cr3t/tok en\"x".to_owned(),
        }),
        note: None,
    });
    let message = entry.error.expect("the error").message;
    assert!(
        message.starts_with("‹redacted:env.API_TOKEN:8-31:"),
        "{message}"
    );
}

#[test]
fn e_mail_addresses_go_when_that_was_asked_for() {
    let text = "user me@example.com logged in";
    assert_eq!(clean(text), text);
    let scrubber = Scrubber::new(
        Fingerprints::new([7; 32]),
        &BTreeMap::new(),
        &[],
        Emails::Replace,
    );
    let clean = scrubber.text("test", text.to_owned());
    assert!(
        clean.starts_with("user ‹redacted:email-address:8-31:"),
        "{clean}"
    );
}
