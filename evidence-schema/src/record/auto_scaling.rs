use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// An auto scaling configuration, as `apprunner:DescribeAutoScalingConfiguration` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AutoScaling {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The revision.
    pub revision: Option<i32>,
    /// `ACTIVE` or `INACTIVE`.
    pub status: Option<String>,
    /// Requests at once that an instance takes.
    pub max_concurrency: Option<i32>,
    /// The least number of instances. App Runner doubles them while it deploys.
    pub min_size: Option<i32>,
    /// The greatest number of instances.
    pub max_size: Option<i32>,
    /// When it was created.
    pub created_at: Option<Time>,
}
