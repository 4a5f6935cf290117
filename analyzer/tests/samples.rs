//! Every committed bundle through every rule and every format, and every account's expectation.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
};

use analyzer::{
    evidence::Evidence,
    report::{
        self, Report,
        format::{self, Format},
    },
};
use evidence_schema::{Limits, Reader};
use serde::Deserialize;

/// What this test reads of an account.
#[derive(Deserialize)]
struct Account {
    expect: Vec<String>,
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

/// The files of a folder of the samples with this extension, by name.
fn files(folder: &str, extension: &str) -> BTreeMap<String, PathBuf> {
    fs::read_dir(samples().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            (name.to_owned(), path.clone())
        })
        .collect()
}

fn analyzed(path: &Path) -> Report {
    let reader = Reader::open(File::open(path).unwrap(), Limits::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let evidence =
        Evidence::read(reader).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    report::assemble(&evidence)
}

/// The report in a format, without the styles of a terminal.
fn written(report: &Report, format: &Format) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    (format.write)(report, &mut out).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

#[test]
fn every_bundle_in_every_format() {
    for (name, path) in files("bundles", "json") {
        let report = analyzed(&path);
        for format in format::ALL {
            insta::assert_snapshot!(format!("{name}.{}", format.id), written(&report, format));
        }
    }
}

#[test]
fn every_rule_on_every_bundle() {
    let mut table = String::new();
    for (name, path) in files("bundles", "json") {
        let report = analyzed(&path);
        table.push_str(&format!("{name}: {}\n", report.verdict.kind.id()));
        for finding in &report.findings {
            table.push_str(&format!(
                "  found           {} ({})\n",
                finding.rule, finding.standing
            ));
        }
        for it in &report.ruled_out {
            table.push_str(&format!("  cleared         {}\n", it.rule));
        }
        for it in &report.undecided {
            table.push_str(&format!("  inconclusive    {}: {}\n", it.rule, it.reason));
        }
        for it in &report.not_applicable {
            table.push_str(&format!("  not applicable  {}\n", it.rule));
        }
    }
    insta::assert_snapshot!("outcomes", table);
}

#[test]
fn every_account_is_diagnosed_as_it_expects() {
    let bundles = files("bundles", "json");
    let mut wrong = Vec::new();
    for (name, path) in files("accounts", "toml") {
        let account: Account = toml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let Some(bundle) = bundles.get(&name) else {
            wrong.push(format!("{name}: there is no bundle of it"));
            continue;
        };
        let report = analyzed(bundle);
        let told: Vec<&str> = report.findings.iter().map(|it| it.rule).collect();
        // A recovered service lists its past failure, and nothing is wrong with it.
        let first: Vec<&str> = match report.verdict.kind.id() {
            "healthy" | "recovered" | "in_progress" if account.expect.is_empty() => vec![],
            _ => told
                .iter()
                .copied()
                .take(account.expect.len().max(1))
                .collect(),
        };
        if first != account.expect {
            wrong.push(format!(
                "{name}: expected {:?}, told {told:?} ({})",
                account.expect,
                report.verdict.kind.id()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_json_report_is_what_its_schema_says() {
    let schema = serde_json::to_value(report::json::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, path) in files("bundles", "json") {
        let document =
            serde_json::from_str(&written(&analyzed(&path), &report::json::FORMAT)).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn no_snapshot_is_left_of_a_bundle_that_is_gone() {
    let bundles: BTreeSet<String> = files("bundles", "json").into_keys().collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((of, format)) = name
            .strip_prefix("samples__")
            .and_then(|rest| rest.strip_suffix(".snap")?.rsplit_once('.'))
        else {
            continue;
        };
        assert!(bundles.contains(of), "{name} has no bundle");
        assert!(format::find(format).is_some(), "{name} has no format");
    }
}
