//! The same bundle gives the same report, run after run and in whatever order its records come.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{fs, path::Path};

use analyzer::{
    evidence::Evidence,
    report::{self, format},
};
use evidence_schema::{Limits, Reader};
use serde_json::Value;

/// How often each bundle is analyzed.
const RUNS: u64 = 50;

/// The report in every format.
fn reports(text: &str) -> Vec<Vec<u8>> {
    let reader = Reader::open(text.as_bytes(), Limits::default()).unwrap();
    let report = report::assemble(&Evidence::read(reader).unwrap());
    format::ALL
        .iter()
        .map(|format| {
            let mut out = Vec::new();
            (format.write)(&report, &mut out).unwrap();
            out
        })
        .collect()
}

/// The bundle with its records in another order. The digest is of the text, so it is left out.
fn text(bundle: &Value, seed: u64) -> String {
    let mut records = bundle["records"].as_array().unwrap().clone();
    let mut chance = seed;
    for last in (1..records.len()).rev() {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        records.swap(last, usize::try_from(chance >> 33).unwrap() % (last + 1));
    }
    let member = |name: &str| format!("\"{name}\":{}", bundle[name]);
    let head: Vec<String> = ["format", "version", "manifest"].map(member).to_vec();
    format!(
        "{{{},\"records\":{},{}}}",
        head.join(","),
        Value::Array(records),
        member("coverage")
    )
}

#[test]
fn fifty_runs_in_any_order_give_the_same_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles");
    let mut bundles = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        bundles += 1;
        let bundle: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let first = reports(&text(&bundle, 1));
        for seed in 2..=RUNS {
            assert!(
                reports(&text(&bundle, seed)) == first,
                "{} in order {seed}",
                path.display()
            );
        }
    }
    assert!(bundles >= 15);
}
