use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// The tracing of the service, as `apprunner:DescribeObservabilityConfiguration` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObservabilityConfiguration {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The revision.
    pub revision: Option<i32>,
    /// Who takes the traces: `AWSXRAY`.
    pub trace_vendor: Option<String>,
    /// `ACTIVE` or `INACTIVE`.
    pub status: Option<String>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
}
