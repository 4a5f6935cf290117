//! What could not be looked at decides nothing: each source is taken out of each bundle in turn, as
//! if AWS had refused it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use analyzer::{evidence::Evidence, report};
use evidence_schema::{Limits, Reader};
use serde_json::{Value, json};

/// The kinds of records that a source gives.
const SOURCES: &[(&str, &[&str])] = &[
    ("service", &["service"]),
    ("operations", &["operation"]),
    ("connections", &["connection"]),
    ("auto-scaling", &["auto_scaling"]),
    ("vpc-connector", &["vpc_connector"]),
    (
        "network",
        &[
            "subnet",
            "route_table",
            "nat_gateway",
            "vpc_endpoint",
            "security_group",
            "network_interface",
        ],
    ),
    ("observability", &["observability_configuration"]),
    ("roles", &["role"]),
    ("role-simulations", &["role_simulation"]),
    ("service-linked-roles", &["service_linked_role"]),
    ("secrets", &["secret"]),
    ("parameters", &["parameter"]),
    ("image", &["repository", "image"]),
    ("pushed-images", &["pushed_image"]),
    ("keys", &["key", "key_grant"]),
    ("quotas", &["quota"]),
    ("health", &["health_event"]),
    ("metrics", &["metric"]),
    ("changes", &["change"]),
    (
        "siblings",
        &[
            "sibling_service",
            "sibling_configuration",
            "sibling_operation",
        ],
    ),
    ("log-groups", &["log_group", "log_stream"]),
    ("service-log", &["service_log"]),
    ("application-log", &["application_log"]),
    ("source-files", &["source_file"]),
];

/// What a rule answered, in a word.
type Answers = BTreeMap<&'static str, &'static str>;

/// The answers of all rules, and the cause where the report is sure of one.
fn asked(bundle: &Value) -> (Answers, Option<&'static str>) {
    // The members of a bundle have an order, which a map of serde_json does not keep.
    let members: Vec<String> = ["format", "version", "manifest", "records", "coverage"]
        .iter()
        .map(|name| format!("\"{name}\":{}", bundle[*name]))
        .collect();
    let text = format!("{{{}}}", members.join(","));
    let reader = Reader::open(text.as_bytes(), Limits::default()).unwrap();
    let report = report::assemble(&Evidence::read(reader).unwrap());
    let mut answers = Answers::new();
    for it in &report.findings {
        answers.insert(it.rule, "found");
    }
    for it in &report.ruled_out {
        answers.insert(it.rule, "cleared");
    }
    for it in &report.undecided {
        answers.insert(it.rule, "inconclusive");
    }
    for it in &report.not_applicable {
        answers.insert(it.rule, "not applicable");
    }
    let sure = report.verdict.kind.id() == "cause_found";
    let cause = report.findings.first().filter(|_| sure).map(|it| it.rule);
    (answers, cause)
}

/// The bundle as if AWS had refused a source.
fn without(bundle: &Value, source: &str, kinds: &[&str]) -> Value {
    let mut bundle = bundle.clone();
    bundle["records"]
        .as_array_mut()
        .unwrap()
        .retain(|record| !kinds.contains(&record["kind"].as_str().unwrap()));
    for entry in bundle["coverage"].as_array_mut().unwrap() {
        if entry["source"] == source {
            entry["status"] = json!("denied");
            entry["covered"] = json!([]);
            entry["permission"] = json!("some:Permission");
        }
    }
    bundle
}

#[test]
fn what_was_denied_clears_no_rule_and_names_no_other_cause() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles");
    let mut wrong = BTreeSet::new();
    let (mut bundles, mut cases, mut kept, mut open) = (0, 0, 0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bundle: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let (before, cause) = asked(&bundle);
        bundles += 1;
        for (source, kinds) in SOURCES {
            let present = bundle["coverage"]
                .as_array()
                .unwrap()
                .iter()
                .any(|entry| entry["source"] == *source && entry["status"] != "not_asked");
            if !present {
                continue;
            }
            cases += 1;
            let (after, cause_after) = asked(&without(&bundle, source, kinds));
            for (rule, answer) in &before {
                let cleared = after.get(rule) == Some(&"cleared");
                if cleared && matches!(*answer, "found" | "inconclusive") {
                    wrong.insert(format!(
                        "{name} without {source}: {rule} {answer} → cleared"
                    ));
                }
            }
            match (cause, cause_after) {
                (before, after) if before == after => kept += 1,
                (_, None) => open += 1,
                (before, Some(after)) => {
                    wrong.insert(format!("{name} without {source}: {before:?} → {after}"));
                }
            }
        }
    }
    println!(
        "{bundles} bundles, {cases} removals: {kept} keep their answer, {open} become open, {} wrong",
        wrong.len()
    );
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 200, "{cases}");
}
