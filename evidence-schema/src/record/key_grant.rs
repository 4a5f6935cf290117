use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A grant on a KMS key, as `kms:ListGrants` gives it: what the key allows beside its policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyGrant {
    /// The ARN of the key.
    pub key_arn: String,
    /// The id of the grant.
    pub grant_id: String,
    /// The name that its maker gave it, which is free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_name: Option<String>,
    /// Who may use the key: an ARN, or a service such as `ecr.us-east-1.amazonaws.com`.
    pub grantee: Option<String>,
    /// Who may take the grant back before it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring_principal: Option<String>,
    /// The account that made it.
    pub issuing_account: Option<String>,
    /// `Decrypt`, `GenerateDataKey`, …, sorted.
    pub granted_operations: Vec<String>,
    /// When the grant holds; always when nothing is stated.
    #[serde(default)]
    pub constraints: GrantConstraints,
    /// When it was created.
    pub created_at: Option<Time>,
}

/// What a request must have so that a grant allows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantConstraints {
    /// Pairs that its encryption context must have among others, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_subset: Option<Vec<ContextPair>>,
    /// All the pairs of its encryption context, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_equals: Option<Vec<ContextPair>>,
    /// The resource on whose behalf it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

/// A pair of an encryption context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ContextPair {
    /// The left side, such as `aws:ecr:arn`.
    pub left: String,
    /// The right side.
    pub right: String,
}
