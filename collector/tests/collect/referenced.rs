//! The secrets, parameters and keys that a service refers to: their state and never their content.

use evidence_schema::{
    Body, Status,
    record::{Key, Parameter, Secret},
};

use crate::{
    scene::{Bundle, Scene},
    told::FAILED,
};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf";
const GONE: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/old-GhIjKl";

/// A service that refers to two secrets and three parameters.
fn referring(more: &str) -> Scene {
    Scene::new(&format!(
        r#"{FAILED}
[service.secrets]
DB_PASSWORD = "{SECRET}:password::"
DB_USER = "{SECRET}:user::"
OLD = "{GONE}"
TOKEN = "arn:aws:ssm:us-east-1:111122223333:parameter/shop/token"
PLAIN = "plain"
MISSING = "/shop/missing"
FOREIGN = "arn:aws:ssm:us-east-1:444455556666:parameter/foreign"
STRANGE = "arn:aws:s3:::bucket/key"

[[secret]]
name = "{SECRET}"
kms_key = "11111111-2222-3333-4444-555555555555"
policy = """{{"Version":"2012-10-17","Statement":[]}}"""

[[secret]]
name = "{GONE}"
exists = false

[[parameter]]
name = "/shop/missing"
exists = false

[[key]]
id = "11111111-2222-3333-4444-555555555555"
state = "Disabled"
{more}
"#
    ))
}

fn secrets(bundle: &Bundle) -> Vec<&Secret> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let wanted = bodies.filter_map(|body| match body {
        Body::Secret(it) => Some(it),
        _ => None,
    });
    wanted.collect()
}

fn parameters(bundle: &Bundle) -> Vec<&Parameter> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let wanted = bodies.filter_map(|body| match body {
        Body::Parameter(it) => Some(it),
        _ => None,
    });
    wanted.collect()
}

fn keys(bundle: &Bundle) -> Vec<&Key> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let wanted = bodies.filter_map(|body| match body {
        Body::Key(it) => Some(it.as_ref()),
        _ => None,
    });
    wanted.collect()
}

/// The status of the entry of a source about a subject.
fn status(bundle: &Bundle, source: &str, subject: &str) -> Status {
    let entries = bundle.source(source);
    let entry = entries
        .iter()
        .find(|it| it.subject.as_deref() == Some(subject));
    entry
        .unwrap_or_else(|| panic!("no entry of {source} about {subject}"))
        .status
}

#[test]
fn a_secret_is_described_once_whatever_is_taken_from_it() {
    let bundle = referring("").collected("shop.json", 0);
    let secrets = secrets(&bundle);
    assert_eq!(secrets.len(), 1);
    let secret = secrets[0];
    assert_eq!(secret.arn, SECRET);
    assert_eq!(secret.referenced_by, ["DB_PASSWORD", "DB_USER"]);
    assert_eq!(secret.deleted_at, None);
    assert!(
        secret
            .policy
            .as_deref()
            .is_some_and(|it| it.contains("2012-10-17"))
    );
    assert_eq!(status(&bundle, "secrets", SECRET), Status::Complete);
    assert_eq!(status(&bundle, "secrets", GONE), Status::Absent);
    assert_eq!(
        status(&bundle, "secrets", &format!("{GONE} policy")),
        Status::Absent
    );
    assert_eq!(
        status(&bundle, "secrets", "arn:aws:s3:::bucket/key"),
        Status::NotAsked
    );
}

#[test]
fn a_secret_that_is_marked_for_deletion_says_so() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[service.secrets]\nDB = \"{SECRET}\"\n[[secret]]\nname = \"{SECRET}\"\ndeleted = \"-3h\"\n"
    ));
    let bundle = scene.collected("shop.json", 0);
    let deleted = secrets(&bundle)[0]
        .deleted_at
        .expect("the time of the mark");
    assert_eq!(deleted.to_rfc3339(), "2026-11-20T09:00:00+00:00");
    let policy = format!("{SECRET} policy");
    assert_eq!(status(&bundle, "secrets", &policy), Status::NotAsked);
}

#[test]
fn a_parameter_is_found_by_its_name_or_told_as_absent() {
    let bundle = referring("").collected("shop.json", 0);
    let mut names: Vec<_> = parameters(&bundle)
        .iter()
        .map(|it| it.name.clone())
        .collect();
    names.sort();
    assert_eq!(names, ["/shop/token", "plain"]);
    assert_eq!(
        status(&bundle, "parameters", "/shop/missing"),
        Status::Absent
    );
    let foreign = "arn:aws:ssm:us-east-1:444455556666:parameter/foreign";
    assert_eq!(status(&bundle, "parameters", foreign), Status::NotAsked);
}

#[test]
fn a_key_is_found_by_what_it_encrypts() {
    let bundle = referring("").collected("shop.json", 0);
    let keys = keys(&bundle);
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(keys[0].state.as_deref(), Some("Disabled"));
    assert_eq!(keys[0].used_by, [SECRET]);
    assert!(keys[0].policy.is_some());
}

#[test]
fn the_keys_of_the_service_and_its_repository_are_described_too() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/99999999-2222-3333-4444-555555555555";
    let scene = Scene::new(&format!(
        "{FAILED}\n[service]\nkms_key = \"{key}\"\n[repository]\nencryption = \"KMS\"\nkms_key = \"{key}\"\n"
    ));
    let bundle = scene.collected("shop.json", 0);
    let keys = keys(&bundle);
    assert_eq!((keys.len(), keys[0].used_by.len()), (1, 2), "{keys:?}");
}

#[test]
fn a_denied_policy_costs_only_itself() {
    let denied = "[[fault]]\ncall = \"secretsmanager:GetResourcePolicy\"\nkind = \"denied\"\n";
    let bundle = referring(denied).collected("shop.json", 1);
    assert_eq!(secrets(&bundle)[0].policy, None);
    assert_eq!(status(&bundle, "secrets", SECRET), Status::Complete);
    assert_eq!(
        status(&bundle, "secrets", &format!("{SECRET} policy")),
        Status::Denied
    );
}

#[test]
fn no_call_for_the_content_of_anything_is_ever_made() {
    let scene = referring("");
    scene.collected("shop.json", 0);
    let calls = scene.endpoint.calls();
    let asked = |service: &str| -> Vec<&str> {
        let mut asked: Vec<_> = calls
            .iter()
            .filter(|it| it.service == service)
            .map(|it| it.operation.as_str())
            .collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    };
    assert_eq!(
        asked("secretsmanager"),
        ["DescribeSecret", "GetResourcePolicy"]
    );
    assert_eq!(asked("ssm"), ["DescribeParameters"]);
    assert_eq!(asked("kms"), ["DescribeKey", "GetKeyPolicy"]);
}

#[test]
fn a_service_that_refers_to_nothing_says_so() {
    let bundle = Scene::new(FAILED).collected("shop.json", 0);
    for source in ["secrets", "parameters", "keys"] {
        let entry = bundle.source(source)[0];
        assert_eq!(
            (entry.status, entry.calls),
            (Status::NotAsked, 0),
            "{source}"
        );
        assert!(entry.note.is_some(), "{source}");
    }
}
