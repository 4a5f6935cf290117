use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What IAM says a role may do, as `iam:SimulatePrincipalPolicy` gives it. The trust policy has no
/// part in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleSimulation {
    /// The ARN of the role.
    pub role_arn: String,
    /// The action, such as `ecr:BatchGetImage`.
    pub action: String,
    /// The ARN of what it would be done to, or `*`.
    pub resource: String,
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: Option<String>,
    /// The policies whose statements decided, sorted.
    pub matched_policies: Vec<String>,
    /// The condition keys that the simulation had no value for, sorted.
    pub missing_context: Vec<String>,
    /// Whether the permissions boundary allows it; missing when there is none.
    pub allowed_by_boundary: Option<bool>,
    /// Whether the organization's policies allow it; missing when IAM did not say.
    pub allowed_by_organization: Option<bool>,
}
