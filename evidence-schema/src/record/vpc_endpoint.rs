use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A VPC endpoint of the connector's VPC, as `ec2:DescribeVpcEndpoints` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VpcEndpoint {
    /// The id.
    #[serde(rename = "vpc_endpoint_id")]
    pub id: String,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The service that it leads to, such as `com.amazonaws.us-east-1.s3`.
    pub service_name: Option<String>,
    /// `Interface`, `Gateway` or another type.
    pub endpoint_type: Option<String>,
    /// `available`, `pendingAcceptance`, `failed` and so on.
    pub state: Option<String>,
    /// Whether the usual name of the service leads to it.
    pub private_dns: Option<bool>,
    /// The subnets in which it has an address, sorted.
    pub subnets: Vec<String>,
    /// The route tables that lead to it, sorted.
    pub route_tables: Vec<String>,
    /// Its security groups, sorted.
    pub security_groups: Vec<String>,
    /// Its policy, as EC2 keeps it.
    pub policy: Option<String>,
    /// When it was created.
    pub created_at: Option<Time>,
}
