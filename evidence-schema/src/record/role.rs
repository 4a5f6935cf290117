use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// An IAM role that the service uses or that deploys it, with its policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The unique id, `AROA…`.
    pub role_id: Option<String>,
    /// What the service uses it as.
    pub used_as: Vec<RoleUse>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was last used, by IAM's own tracking.
    pub last_used_at: Option<Time>,
    /// The trust policy, decoded, as IAM keeps it.
    pub trust_policy: Option<String>,
    /// The permissions boundary.
    pub permissions_boundary_arn: Option<String>,
    /// The permissions boundary with its text.
    #[serde(default)]
    pub permissions_boundary: Option<Policy>,
    /// The managed policies that are attached.
    pub attached_policies: Vec<Policy>,
    /// The policies in the role itself.
    pub inline_policies: Vec<Policy>,
}

/// What a service uses a role as.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RoleUse {
    /// App Runner pulls the image with it.
    Access,
    /// The application runs under it.
    Instance,
    /// Somebody deployed with it, and was refused.
    Deployer,
}

/// A policy and its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// The name.
    pub name: String,
    /// The ARN of a managed policy.
    pub arn: Option<String>,
    /// The document, decoded, as IAM keeps it; missing when it could not be read, which the
    /// coverage ledger explains.
    pub document: Option<String>,
}
