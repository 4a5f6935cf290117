use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A secret that the service refers to, as `secretsmanager:DescribeSecret` gives it. What is in
/// it was never asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Secret {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The environment variables that refer to it, sorted.
    pub referenced_by: Vec<String>,
    /// The key that encrypts it; missing for the key that AWS keeps for all secrets.
    pub kms_key: Option<String>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was last changed.
    pub changed_at: Option<Time>,
    /// When it was last rotated.
    pub rotated_at: Option<Time>,
    /// When it was marked for deletion. From then on nobody can read it.
    pub deleted_at: Option<Time>,
    /// Whether it is rotated.
    pub rotation_enabled: Option<bool>,
    /// The stages of its versions by version id. Without `AWSCURRENT` it has no value.
    pub stages: BTreeMap<String, Vec<String>>,
    /// The AWS service that manages it.
    pub owning_service: Option<String>,
    /// The Region that it is replicated from.
    pub primary_region: Option<String>,
    /// The resource policy; none may mean that there is none or that it could not be read, which
    /// the coverage ledger tells apart.
    pub policy: Option<String>,
}
