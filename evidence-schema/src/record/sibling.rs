use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OperationStatus, OperationType, ServiceStatus};
use crate::time::Time;

/// Another App Runner service of the same account and Region, as `apprunner:ListServices` gives
/// it. Whether it deploys well at the same time tells the service's troubles from the Region's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SiblingService {
    /// The name.
    pub name: String,
    /// The id, 32 hex digits.
    pub service_id: Option<String>,
    /// The ARN.
    pub arn: String,
    /// How it stands.
    pub status: ServiceStatus,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was last updated.
    pub updated_at: Option<Time>,
}

/// One operation of another service, as `apprunner:ListOperations` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SiblingOperation {
    /// The ARN of the service that it acted on.
    pub service_arn: String,
    /// The id, as AWS wrote it.
    pub operation_id: String,
    /// What was asked for.
    #[serde(rename = "type")]
    pub operation_type: OperationType,
    /// How it ended, or that it goes on.
    pub status: OperationStatus,
    /// When it began.
    pub started_at: Option<Time>,
    /// When it ended; missing while it runs.
    pub ended_at: Option<Time>,
    /// When AWS last changed it.
    pub updated_at: Option<Time>,
}
