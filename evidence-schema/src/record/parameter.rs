use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A parameter that the service refers to, as `ssm:DescribeParameters` gives it. Its value was
/// never asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// The name or ARN by which the service refers to it.
    pub reference: String,
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: Option<String>,
    /// The environment variables that refer to it, sorted.
    pub referenced_by: Vec<String>,
    /// `String`, `StringList` or `SecureString`.
    #[serde(rename = "type")]
    pub parameter_type: Option<String>,
    /// The key that encrypts a `SecureString`.
    pub kms_key: Option<String>,
    /// The version, from 1.
    pub version: Option<i64>,
    /// `Standard`, `Advanced` or `Intelligent-Tiering`.
    pub tier: Option<String>,
    /// `text`, or what the value is checked to be.
    pub data_type: Option<String>,
    /// When it was last changed.
    pub changed_at: Option<Time>,
    /// Who changed it.
    pub changed_by: Option<String>,
}
