use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// What stands in a bundle for a record that may not leave the account as it is: that it was there,
/// and why it was taken out.
///
/// It stands among its own kind, behind all others, and counts in the ledger as the record that it
/// stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quarantined {
    /// The kind of the record that was taken out.
    pub of_kind: String,
    /// The source that had given it.
    pub source: String,
    /// Its time, where records of its kind have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// Why it was taken out.
    pub reason: QuarantineReason,
    /// What was found in it, by the name of the detector; none where the scrubber failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<String>,
}

/// Why a record was taken out.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    /// The scan of the finished file found what the scrubber had left.
    LeakScan,
    /// The scrubber could not do its work on it.
    ScrubberFailed,
    /// The program that redacted the bundle once more does not know what kind of record it is, or
    /// could not read it.
    NotUnderstood,
}
