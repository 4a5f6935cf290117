use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who collected, as `sts:GetCallerIdentity` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The account of the caller.
    pub account: String,
    /// The ARN of the caller.
    pub arn: String,
    /// The unique id of the caller.
    pub user_id: String,
}
