use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// An event of the AWS Health service, as `health:DescribeEvents` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthEvent {
    /// The ARN.
    pub arn: String,
    /// The AWS service that it is about.
    pub service: Option<String>,
    /// The type, such as `AWS_ECS_OPERATIONAL_ISSUE`.
    pub event_type_code: Option<String>,
    /// `issue`, `accountNotification` or `scheduledChange`.
    pub category: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// When it began.
    pub started_at: Option<Time>,
    /// When it ended; missing while it is open.
    pub ended_at: Option<Time>,
    /// When AWS last wrote about it.
    pub updated_at: Option<Time>,
    /// `open`, `closed` or `upcoming`.
    pub status: Option<String>,
    /// `PUBLIC` or `ACCOUNT_SPECIFIC`.
    pub scope: Option<String>,
}
