//! The secrets, parameters and keys that a service refers to: their state and never their content.

use evidence_schema::{
    Body, Status,
    record::{Key, KeyGrant, Parameter, Secret},
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

fn grants(bundle: &Bundle) -> Vec<&KeyGrant> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let wanted = bodies.filter_map(|body| match body {
        Body::KeyGrant(it) => Some(it.as_ref()),
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

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/99999999-2222-3333-4444-555555555555";

/// A service that is encrypted with a key.
fn encrypted(more: &str) -> Scene {
    Scene::new(&format!("{FAILED}\n[service]\nkms_key = \"{KEY}\"\n{more}"))
}

#[test]
fn the_grants_on_a_key_are_read_to_the_last_page_and_their_names_are_scrubbed() {
    let grant = |number: usize| {
        format!(
            "{{ grantee = \"arn:aws:iam::111122223333:role/R{number}\", operations = [\"Decrypt\"] }}, "
        )
    };
    let many: String = (0..120).map(grant).collect();
    let one = r#"{ grantee = "arn:aws:iam::111122223333:role/Web", operations = ["GenerateDataKey", "Decrypt"], name = "for-s3cr3t-of-shop", retiring = "arn:aws:iam::111122223333:role/Retires", context = { tier = "a", app = "shop" }, exact = true, created = "-3d" }"#;
    let scene = encrypted(&format!(
        "environment = {{ TOKEN = \"s3cr3t-of-shop\" }}\n[[key]]\nid = \"{KEY}\"\ngrants = [{many}{one}]\n"
    ));
    let bundle = scene.collected("shop.json", 0);
    let grants = grants(&bundle);
    assert_eq!(grants.len(), 121);
    let subject = format!("{KEY} grants");
    let entries = bundle.source("keys");
    let entry = entries
        .iter()
        .find(|it| it.subject.as_deref() == Some(&subject))
        .expect("an entry of its own");
    assert_eq!(
        (entry.status, entry.calls, entry.records),
        (Status::Complete, 2, 121)
    );
    assert_eq!(entry.operations, ["kms:ListGrants"]);

    let named = grants
        .iter()
        .find(|it| it.grant_name.is_some())
        .expect("the grant with a name");
    assert_eq!(named.key_arn, KEY);
    assert_eq!(named.grant_id.len(), 64);
    assert_eq!(
        named.grant_name.as_deref(),
        Some("for-‹redacted:env.TOKEN:8-31:fp-1›")
    );
    assert_eq!(
        named.grantee.as_deref(),
        Some("arn:aws:iam::111122223333:role/Web")
    );
    assert_eq!(
        named.retiring_principal.as_deref(),
        Some("arn:aws:iam::111122223333:role/Retires")
    );
    assert_eq!(named.granted_operations, ["Decrypt", "GenerateDataKey"]);
    assert_eq!(named.constraints.context_subset, None);
    let pairs = named.constraints.context_equals.iter().flatten();
    let pairs: Vec<_> = pairs
        .map(|it| (it.left.as_str(), it.right.as_str()))
        .collect();
    assert_eq!(pairs, [("app", "shop"), ("tier", "a")]);
    let created = named.created_at.expect("a time");
    assert_eq!(created.to_rfc3339(), "2026-11-17T12:00:00+00:00");
}

#[test]
fn the_registry_works_with_a_key_through_grants_for_one_repository() {
    let scene = encrypted(&format!(
        "[repository]\nencryption = \"KMS\"\nkms_key = \"{KEY}\"\n"
    ));
    let bundle = scene.collected("shop.json", 0);
    let grants = grants(&bundle);
    assert_eq!(grants.len(), 2);
    for grant in grants {
        assert_eq!(
            grant.grantee.as_deref(),
            Some("ecr.us-east-1.amazonaws.com")
        );
        let pairs = grant.constraints.context_subset.as_deref();
        let pair = &pairs.expect("a constraint")[0];
        assert_eq!(pair.left, "aws:ecr:arn");
        assert!(pair.right.ends_with(":repository/shop"), "{}", pair.right);
    }
}

#[test]
fn denied_grants_cost_only_themselves_and_those_before_are_kept() {
    let fault = "[[fault]]\ncall = \"kms:ListGrants\"\nkind = \"denied\"\n";
    let bundle = encrypted(fault).collected("shop.json", 1);
    assert_eq!(keys(&bundle).len(), 1);
    assert_eq!(status(&bundle, "keys", KEY), Status::Complete);
    let subject = format!("{KEY} grants");
    assert_eq!(status(&bundle, "keys", &subject), Status::Denied);

    let grants_of_role = |number| {
        format!(
            "{{ grantee = \"arn:aws:iam::111122223333:role/R{number}\", operations = [\"Decrypt\"] }}, "
        )
    };
    let many: String = (0..101).map(grants_of_role).collect();
    let bundle = encrypted(&format!(
        "[[key]]\nid = \"{KEY}\"\ngrants = [{many}]\n{fault}after = 1\n"
    ))
    .collected("shop.json", 1);
    assert_eq!(grants(&bundle).len(), 100);
    assert_eq!(status(&bundle, "keys", &subject), Status::Partial);
}

#[test]
fn a_key_of_another_account_is_not_asked_for_its_grants() {
    let foreign = "arn:aws:kms:us-east-1:444455556666:key/99999999-2222-3333-4444-555555555555";
    let scene = Scene::new(&format!("{FAILED}\n[service]\nkms_key = \"{foreign}\"\n"));
    let bundle = scene.collected("shop.json", 1);
    let subject = format!("{foreign} grants");
    assert_eq!(status(&bundle, "keys", &subject), Status::NotAsked);
}

#[test]
fn the_keys_of_the_service_and_its_repository_are_described_too() {
    let scene = encrypted(&format!(
        "[repository]\nencryption = \"KMS\"\nkms_key = \"{KEY}\"\n"
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
    assert_eq!(asked("kms"), ["DescribeKey", "GetKeyPolicy", "ListGrants"]);
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
