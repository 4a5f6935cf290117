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

/// What another service is made of, as `apprunner:DescribeService` gives it: what it may share with
/// the service. Asked for those that were deployed around a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SiblingConfiguration {
    /// The ARN of the service.
    pub service_arn: String,
    /// The image, as it was given: registry, repository, and tag or digest.
    pub image: Option<String>,
    /// The URL of the source code, without user name, password or token.
    pub repository_url: Option<String>,
    /// The role that pulls from a private ECR repository.
    pub access_role_arn: Option<String>,
    /// The connection that pulls source code.
    pub connection_arn: Option<String>,
    /// The role that its instances run under.
    pub instance_role_arn: Option<String>,
    /// The VPC connector, for egress by `VPC`.
    pub vpc_connector_arn: Option<String>,
    /// The auto scaling configuration.
    pub auto_scaling_configuration_arn: Option<String>,
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
