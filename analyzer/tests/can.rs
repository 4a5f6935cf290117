//! The command `can`, on a service with most of the mistakes that are made with roles.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{fs, path::PathBuf};

use assert_cmd::Command;
use chrono::{DateTime, TimeDelta, Utc};
use evidence_schema::{
    Body, Coverage, Encoding, Interval, Manifest, Status, Writer,
    manifest::{Redaction, Target, Tool, Windows},
};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
const PARAMETER: &str = "arn:aws:ssm:us-east-1:111122223333:parameter/web/url";
const REPOSITORY: &str = "arn:aws:ecr:us-east-1:444455556666:repository/web";

fn role(name: &str, used_as: &str, trusted: &str, policy: &Value) -> Value {
    json!({
        "kind": "role",
        "arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "name": name,
        "role_id": "AROAEXAMPLE111111111",
        "used_as": [used_as],
        "trust_policy": json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}],
        }).to_string(),
        "attached_policies": [],
        "inline_policies": [{"name": "own", "document": policy.to_string()}],
    })
}

/// A service that pulls from another account and reads a secret and a parameter, and whose roles
/// lack something everywhere.
fn bodies() -> Vec<Value> {
    vec![
        json!({
            "kind": "service",
            "name": "web",
            "service_id": "8fe1e10304f84fd2b0df550fe98a71fa",
            "arn": "arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa",
            "status": "CREATE_FAILED",
            "source": {
                "origin": {
                    "type": "image",
                    "identifier": "444455556666.dkr.ecr.us-east-1.amazonaws.com/web:v2",
                    "repository_type": "ECR",
                    "configuration": {
                        "environment_variables": {},
                        "environment_secrets": {"DB": format!("{SECRET}:password::"), "URL": "/web/url"},
                    },
                },
                "access_role_arn": format!("arn:aws:iam::{ACCOUNT}:role/Pull"),
            },
            "instance": {"role_arn": format!("arn:aws:iam::{ACCOUNT}:role/Run")},
            "network": {"egress_type": "VPC"},
            "observability": {"enabled": true},
        }),
        role(
            "Pull",
            "access",
            "tasks.apprunner.amazonaws.com",
            &json!({
                "Version": "2012-10-17",
                "Statement": [
                    {"Sid": "Token", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": REPOSITORY},
                    {"Sid": "Pull", "Effect": "Allow", "Resource": REPOSITORY,
                     "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImage", "ecr:GetDownloadUrlForLayer"]},
                ],
            }),
        ),
        role(
            "Run",
            "instance",
            "tasks.apprunner.amazonaws.com",
            &json!({
                "Version": "2012-10-17",
                "Statement": [
                    {"Sid": "Secret", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
                     "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:db"},
                    {"Sid": "Parameter", "Effect": "Allow", "Action": "ssm:GetParameter", "Resource": PARAMETER},
                    {"Sid": "Traces", "Effect": "Allow", "Action": "xray:Put*", "Resource": "*"},
                    {"Sid": "FromOurNetwork", "Effect": "Deny", "Action": "xray:PutTelemetryRecords", "Resource": "*",
                     "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-0a"}}},
                ],
            }),
        ),
        json!({
            "kind": "repository", "arn": REPOSITORY, "name": "web", "registry_id": "444455556666",
            "policy": json!({
                "Version": "2012-10-17",
                "Statement": [{"Sid": "Service", "Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLE222222222"},
                    "Action": ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]}],
            }).to_string(),
        }),
        json!({
            "kind": "secret", "arn": SECRET, "name": "db", "referenced_by": ["DB"], "kms_key": KEY, "stages": {},
        }),
        json!({
            "kind": "parameter", "reference": "/web/url", "name": "/web/url", "arn": PARAMETER,
            "referenced_by": ["URL"], "type": "String",
        }),
        json!({
            "kind": "key", "reference": KEY, "arn": KEY, "used_by": [SECRET], "manager": "CUSTOMER",
            "policy": json!({
                "Version": "2012-10-17",
                "Statement": [{"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                    "Action": "kms:*", "Resource": "*"}],
            }).to_string(),
        }),
        json!({
            "kind": "service_linked_role", "name": "AWSServiceRoleForAppRunner",
            "arn": "arn:aws:iam::111122223333:role/aws-service-role/apprunner.amazonaws.com/AWSServiceRoleForAppRunner",
        }),
    ]
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn bundle(name: &str) -> PathBuf {
    let now = time("2026-11-20T12:00:00Z");
    let span = Interval {
        from: now - TimeDelta::days(30),
        to: now,
    };
    let manifest = Manifest {
        tool: Tool {
            name: "apprunner-collector".to_owned(),
            version: "0.1.0".to_owned(),
        },
        run_id: "run".to_owned(),
        collected_at: now,
        clock: None,
        target: Target {
            account: ACCOUNT.to_owned(),
            region: "us-east-1".to_owned(),
            service_name: "web".to_owned(),
            service_id: "8fe1e10304f84fd2b0df550fe98a71fa".to_owned(),
            service_arn: "arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa".to_owned(),
        },
        windows: Windows {
            incidents: vec![],
            recent: span,
            extended: span,
        },
        redaction: Redaction::default(),
    };
    let mut writer = Writer::new(Vec::new(), Encoding::Plain, &manifest).unwrap();
    let mut bodies: Vec<Body> = bodies()
        .into_iter()
        .map(|body| serde_json::from_value(body).unwrap())
        .collect();
    bodies.sort_by_key(Body::sort_key);
    for body in &bodies {
        writer.record(body).unwrap();
    }
    let coverage: Vec<Coverage> = [
        ("service", None),
        ("roles", None),
        ("image", None),
        ("secrets", None),
        ("parameters", None),
        ("keys", None),
        ("service-linked-roles", None),
    ]
    .into_iter()
    .map(|(source, subject): (&str, Option<&str>)| Coverage {
        source: source.to_owned(),
        subject: subject.map(str::to_owned),
        status: Status::Complete,
        operations: vec![],
        calls: 1,
        records: 1,
        covered: vec![],
        missing: vec![],
        permission: None,
        error: None,
        note: None,
    })
    .collect();
    let bytes = writer.finish(&coverage).unwrap().0;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("can-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("bundle.json");
    fs::write(&path, bytes).unwrap();
    path
}

fn can(args: &[&str], bundle: &PathBuf, code: i32) -> String {
    let output = Command::cargo_bin("apprunner-analyzer")
        .unwrap()
        .arg("can")
        .args(args)
        .arg(bundle)
        .assert()
        .code(code)
        .get_output()
        .clone();
    let text = if code > 2 {
        output.stderr
    } else {
        output.stdout
    };
    String::from_utf8(text).unwrap()
}

#[test]
fn everything_that_the_service_needs_is_judged_in_one_table() {
    let path = bundle("all");
    insta::assert_snapshot!("can_all", can(&["--all"], &path, 1));
    let json = can(&["--all", "--format", "json"], &path, 1);
    let document: Value = serde_json::from_str(&json).unwrap();
    let answers: Vec<(&str, &str)> = document["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["action"].as_str().unwrap(),
                row["answer"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(answers.contains(&("kms:Decrypt", "denied")), "{answers:?}");
    assert!(
        answers.contains(&("xray:PutTelemetryRecords", "unknown")),
        "{answers:?}"
    );
    insta::assert_snapshot!("can_all_json", json);
}

#[test]
fn one_permission_has_an_answer_its_reason_and_an_exit_code() {
    let path = bundle("one");
    let ask = |args: &[&str], code| can(args, &path, code);
    insta::assert_snapshot!(
        "can_one",
        [
            ask(&["instance-role", "secretsmanager:GetSecretValue", "db"], 1),
            ask(&["Run", "xray:PutTelemetryRecords", "*"], 2),
            ask(&["access-role", "ecr:BatchGetImage", "web"], 1),
            ask(
                &[
                    "tasks.apprunner.amazonaws.com",
                    "sts:AssumeRole",
                    "Run",
                    "--no-organization"
                ],
                0
            ),
            ask(&["111122223333", "sts:AssumeRole", "Run"], 1),
        ]
        .join("\n")
    );
    let known = "--context=aws:SourceVpc=vpc-0a";
    ask(
        &[
            "Run",
            "xray:PutTelemetryRecords",
            "*",
            "--no-organization",
            known,
        ],
        0,
    );
    let other = "--context=aws:SourceVpc=vpc-0b";
    let denied = ask(&["Run", "xray:PutTelemetryRecords", "*", other], 1);
    assert!(denied.contains("FromOurNetwork"), "{denied}");
    // A request that does not carry the key is not equal to anything.
    ask(
        &[
            "Run",
            "xray:PutTelemetryRecords",
            "*",
            "--context=aws:SourceVpc",
        ],
        1,
    );
}

#[test]
fn what_makes_no_sense_is_told_with_what_was_meant() {
    let path = bundle("wrong");
    for (args, wanted) in [
        (
            &["access-role", "ecr:DescribeImage", "web"][..],
            "Did you mean ecr:DescribeImages?",
        ),
        (&["access-role", "ecr:*", "web"], "Ask about one action"),
        (
            &["access-role", "ecr:BatchGetImage", "wob"],
            "one of: Pull, Run, web, db",
        ),
        (
            &["Pall", "ecr:BatchGetImage", "web"],
            "one of: access-role, instance-role, Pull, Run",
        ),
        (
            &["access-role"],
            "a principal, an action, a resource and a bundle are needed",
        ),
        (
            &["access-role", "--all"],
            "--all takes the bundle and nothing else",
        ),
    ] {
        let text = can(args, &path, 4);
        assert!(text.contains(wanted), "{text}");
    }
}
