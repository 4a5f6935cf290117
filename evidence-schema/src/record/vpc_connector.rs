use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// The VPC connector of the service, as `apprunner:DescribeVpcConnector` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VpcConnector {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The revision.
    pub revision: Option<i32>,
    /// The ids of the subnets, sorted.
    pub subnets: Vec<String>,
    /// The ids of the security groups, sorted.
    pub security_groups: Vec<String>,
    /// `ACTIVE` or `INACTIVE`. `ACTIVE` says that it is not deleted, not that it works.
    pub status: Option<String>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
}
