use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A KMS key that something of the service is encrypted with, as `kms:DescribeKey` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Key {
    /// The ARN of the key, or of the alias, by which it is referred to.
    pub reference: String,
    /// The ARN.
    pub arn: String,
    /// The ARNs of what is encrypted with it, sorted.
    pub used_by: Vec<String>,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: Option<String>,
    /// `CUSTOMER` or `AWS`.
    pub manager: Option<String>,
    /// `ENCRYPT_DECRYPT`, …
    pub usage: Option<String>,
    /// `AWS_KMS`, `EXTERNAL`, …
    pub origin: Option<String>,
    /// Whether it has copies in other Regions.
    pub multi_region: Option<bool>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it will be deleted.
    pub deletion_at: Option<Time>,
    /// When its imported material expires.
    pub valid_to: Option<Time>,
    /// The key policy; none when it could not be read, which the coverage ledger explains.
    pub policy: Option<String>,
}
