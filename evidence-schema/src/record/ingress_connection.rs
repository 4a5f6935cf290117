use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A way into a private service, as `apprunner:DescribeVpcIngressConnection` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngressConnection {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// `AVAILABLE`, `PENDING_CREATION`, `FAILED_CREATION`, …
    pub status: Option<String>,
    /// The domain name by which the service is reached through it.
    pub domain_name: Option<String>,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The VPC endpoint.
    pub vpc_endpoint_id: Option<String>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
}
