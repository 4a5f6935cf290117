//! Every committed sample is a bundle: valid against the schema, sorted, whole.

use std::{fs, path::PathBuf};

use evidence_schema::{Limits, Reader, read::DigestCheck, schema};

fn bundles(extension: &str) -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/bundles");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|other| other == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn every_sample_fits_the_schema() {
    let validator = jsonschema::validator_for(&schema()).expect("a valid schema");
    let files = bundles("json");
    assert!(files.len() >= 13, "the samples are there");
    for file in files {
        let bytes = fs::read(&file).expect("a sample");
        let document = serde_json::from_slice(&bytes).expect("one JSON document");
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
    }
}

#[test]
fn every_sample_is_whole_and_sorted() {
    let compressed = bundles("zst");
    assert!(compressed.len() >= 2, "some are as users get them");
    for file in bundles("json").into_iter().chain(compressed) {
        let bytes = fs::read(&file).expect("a sample");
        let mut reader = Reader::open(&bytes[..], Limits::default()).expect("a bundle");
        let mut last = None;
        for (index, record) in reader.by_ref().enumerate() {
            let record = record.expect("a record");
            assert_eq!(record.id, index as u64 + 1, "{}", file.display());
            let key = record.body.sort_key();
            assert!(last <= Some(key.clone()), "{}: {key:?}", file.display());
            last = Some(key);
        }
        let ending = reader.ending();
        assert_eq!(ending.digest, DigestCheck::Verified, "{}", file.display());
        assert!(ending.cut.is_none() && ending.unknown_kinds.is_empty());
        assert_eq!(ending.unreadable, 0, "{}", file.display());
        assert!(!ending.coverage.is_empty());
    }
}
