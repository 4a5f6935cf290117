use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A network interface of App Runner in the connector's subnets, as
/// `ec2:DescribeNetworkInterfaces` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkInterface {
    /// The id.
    #[serde(rename = "network_interface_id")]
    pub id: String,
    /// The subnet.
    pub subnet_id: Option<String>,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// `available`, `associated`, `attaching`, `in-use`, `detaching`.
    pub status: Option<String>,
    /// The type, such as `fargate`.
    pub interface_type: Option<String>,
    /// The description, which begins with `AWSAppRunner ENI`.
    pub description: Option<String>,
    /// The private address.
    pub address: Option<String>,
    /// Its security groups, sorted.
    pub security_groups: Vec<String>,
}
