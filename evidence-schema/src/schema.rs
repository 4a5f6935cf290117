//! The published JSON Schema of a bundle.

use schemars::{JsonSchema, schema_for};

use crate::{Coverage, Manifest, Record, Version};

/// The whole document. Nothing ever holds one; it exists so that the schema has a root.
#[derive(JsonSchema)]
#[schemars(title = "App Runner evidence bundle")]
#[expect(dead_code, reason = "only its schema is used")]
struct Bundle {
    /// Always `apprunner-evidence`.
    format: Format,
    /// The version of the format.
    version: Version,
    /// Who collected what, when, and with which settings.
    manifest: Manifest,
    /// The evidence, sorted by kind, time and key.
    records: Vec<Record>,
    /// The coverage ledger.
    coverage: Vec<Coverage>,
    /// `blake3:` and 64 hex digits, over the text of `records` up to this member, without white
    /// space between tokens.
    #[schemars(regex(pattern = "^blake3:[0-9a-f]{64}$"))]
    digest: String,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
enum Format {
    #[serde(rename = "apprunner-evidence")]
    AppRunnerEvidence,
}

/// The JSON Schema of a bundle, generated from the types.
pub fn schema() -> serde_json::Value {
    schema_for!(Bundle).to_value()
}
