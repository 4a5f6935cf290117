//! The published JSON Schema fits what is written, checked by an independent validator.

use crate::support::{bodies, bundle};
use evidence_schema::{Encoding, schema};

#[test]
fn what_is_written_fits_the_schema() {
    let validator = jsonschema::validator_for(&schema()).expect("a valid schema");
    let document: serde_json::Value =
        serde_json::from_slice(&bundle(&bodies(), Encoding::Plain)).expect("JSON");
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_schema_refuses_what_is_not_a_bundle() {
    let validator = jsonschema::validator_for(&schema()).expect("a valid schema");
    let mut document: serde_json::Value =
        serde_json::from_slice(&bundle(&bodies(), Encoding::Plain)).expect("JSON");
    document["records"][0]["account"] = 7.into();
    assert!(!validator.is_valid(&document), "an account is a string");
    document["records"][0]["account"] = "111122223333".into();
    assert!(validator.is_valid(&document));
    document["format"] = "other".into();
    assert!(!validator.is_valid(&document), "the format is fixed");
}
