use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A CloudWatch log group of the service, as `logs:DescribeLogGroups` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogGroup {
    /// The name: `/aws/apprunner/<service>/<service id>/service` or `…/application`.
    pub name: String,
    /// When it was created.
    pub created_at: Option<Time>,
    /// After how many days lines are deleted; missing: never.
    pub retention_days: Option<i32>,
    /// How much it holds.
    pub stored_bytes: Option<i64>,
}

/// A stream of a log group, as `logs:DescribeLogStreams` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogStream {
    /// The group.
    pub group: String,
    /// The name: `events`, `deployment/<operation id>` or `instance/<instance id>`.
    pub name: String,
    /// When it was created.
    pub created_at: Option<Time>,
    /// The time of its first line.
    pub first_event_at: Option<Time>,
    /// The time of its last line; CloudWatch may be an hour late with it.
    pub last_event_at: Option<Time>,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    /// When it was written, to the millisecond.
    pub time: Time,
    /// The id of the service that wrote it, 32 hex digits. A recreated service has several.
    pub service_id: String,
    /// The stream: `events`, `deployment/<operation id>` or `instance/<instance id>`.
    pub stream: String,
    /// When CloudWatch took it in; application logs can be minutes late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingested_at: Option<Time>,
    /// The text, as it was written, without secrets.
    pub message: String,
}
