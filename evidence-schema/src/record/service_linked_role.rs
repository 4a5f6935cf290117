use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A role that App Runner itself works with in the account, as `iam:GetRole` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceLinkedRole {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was last used, by IAM's own tracking.
    pub last_used_at: Option<Time>,
}
