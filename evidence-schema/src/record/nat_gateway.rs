use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A NAT gateway of the connector's VPC, as `ec2:DescribeNatGateways` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NatGateway {
    /// The id.
    #[serde(rename = "nat_gateway_id")]
    pub id: String,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The subnet in which it is, which has to be a public one.
    pub subnet_id: Option<String>,
    /// `pending`, `failed`, `available`, `deleting`, `deleted`.
    pub state: Option<String>,
    /// `public` or `private`.
    pub connectivity: Option<String>,
    /// Why it could not be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
}
