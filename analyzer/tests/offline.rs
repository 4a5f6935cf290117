//! The analyzer opens the files that it was told to open, and none that a bundle names.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use analyzer::{evidence::Evidence, report};
use evidence_schema::{Limits, Reader};
use serde_json::Value;

/// Where files may be opened: those of the command line.
const MAY_OPEN: &[&str] = &["cli/analyze.rs"];

/// What opens, writes or starts something.
const OPENS: &[&str] = &[
    "std::fs",
    "fs::",
    "File::",
    "OpenOptions",
    "std::net",
    "TcpStream",
    "process::Command",
    "env::var",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_the_command_line_opens_files() {
    for member in ["analyzer", "evidence-schema"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(member)
            .join("src");
        let mut files = Vec::new();
        sources(&root, &mut files);
        assert!(files.len() > 10);
        for path in files {
            let name = path.strip_prefix(&root).unwrap();
            if name.ends_with("tests.rs") {
                continue;
            }
            if MAY_OPEN.iter().any(|it| name == Path::new(it)) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for word in OPENS {
                let used = code.match_indices(word).any(|(at, _)| {
                    let before = code[..at].chars().next_back();
                    !before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == ':')
                });
                assert!(!used, "{} uses {word}", path.display());
            }
        }
    }
}

/// Puts `text` in place of every string but those that the format needs.
fn fill(value: &mut Value, text: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if !matches!(
                    name.as_str(),
                    "kind" | "type" | "status" | "used_as" | "role"
                ) {
                    fill(value, text);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, text)),
        Value::String(old) if !old.ends_with('Z') => *old = text.to_owned(),
        _ => {}
    }
}

#[test]
fn a_bundle_that_names_a_file_everywhere_leaves_it_alone() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("offline");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let canary = folder.join("canary");
    let words = "nobody may read this";
    fs::write(&canary, words).unwrap();
    let made = folder.join("made");

    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles");
    for sample in ["port-mismatch", "config-file-missing", "access-role-trust"] {
        let text = fs::read_to_string(samples.join(sample).with_extension("json")).unwrap();
        for path in [&canary, &made] {
            let mut document: Value = serde_json::from_str(&text).unwrap();
            for member in ["manifest", "records", "coverage"] {
                fill(&mut document[member], path.to_str().unwrap());
            }
            let bundle = format!(
                r#"{{"format":"apprunner-evidence","version":"1.0","manifest":{},"records":{},"coverage":{}}}"#,
                document["manifest"], document["records"], document["coverage"]
            );
            let reader = Reader::open(bundle.as_bytes(), Limits::default()).unwrap();
            let report = report::assemble(&Evidence::read(reader).unwrap());
            let mut out = Vec::new();
            report::text::write(&report, &mut out).unwrap();
            report::json::write(&report, &mut out).unwrap();
            let told = String::from_utf8(out).unwrap();
            assert!(told.contains(path.to_str().unwrap()), "the path is told");
            assert!(!told.contains(words), "and what is in it is not");
        }
    }
    assert_eq!(fs::read_to_string(&canary).unwrap(), words);
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing was made: {left:?}");
}
