//! The coverage ledger: what was looked at, what was not, and why.
//!
//! Absence is evidence; not having looked is not. A rule may clear a suspicion only over an
//! interval that the ledger says was covered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Interval;

/// What became of one source, or of one subject of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// The source, such as `operations` or `service-log`.
    pub source: String,
    /// What of the source this entry is about, where it has several: a role, a log group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How it ended.
    pub status: Status,
    /// The AWS operations that were asked, such as `logs:FilterLogEvents`, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// How many calls were made, a page each, without the retries.
    pub calls: u64,
    /// How many records of this entry are in the bundle.
    pub records: u64,
    /// The intervals that were seen to the last event. Empty for a source that has no time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<Interval>,
    /// The intervals that were wanted and were not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Interval>,
    /// The IAM action that would have allowed the call, when it was denied. ` on ` and an ARN follow
    /// where the policy that the collector prints may not name the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// The error as AWS or the network worded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<AwsError>,
    /// A sentence for people: why it was not asked, what was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How the collection of a source ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything that was wanted is in the bundle.
    Complete,
    /// Something was read, then an error or the user ended it; `missing` says where.
    Partial,
    /// A limit of ours cut it; `missing` and `note` say what.
    Truncated,
    /// AWS refused; `permission` names the IAM action.
    Denied,
    /// AWS answered "too many requests" until we gave up.
    Throttled,
    /// Another error; `error` has it.
    Failed,
    /// We looked, and it does not exist.
    Absent,
    /// It was not asked for; `note` says why.
    NotAsked,
}

impl Status {
    /// Whether the absence of a record under this status means that there was nothing.
    pub fn is_conclusive(self) -> bool {
        matches!(self, Self::Complete | Self::Absent)
    }
}

/// An error as AWS worded it, or as the network gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AwsError {
    /// The code, such as `AccessDeniedException`; `timeout` or `connection` when no answer came.
    pub code: String,
    /// The message.
    pub message: String,
}
