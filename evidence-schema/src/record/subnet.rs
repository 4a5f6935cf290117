use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A subnet of the VPC connector, as `ec2:DescribeSubnets` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subnet {
    /// The id.
    #[serde(rename = "subnet_id")]
    pub id: String,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// `available`, `pending`, `unavailable`.
    pub state: Option<String>,
    /// The zone, such as `us-east-1a`, which is another one in every account.
    pub availability_zone: Option<String>,
    /// The id of the zone, such as `use1-az1`, which is the same in every account.
    pub availability_zone_id: Option<String>,
    /// The IPv4 addresses.
    pub cidr: Option<String>,
    /// The IPv6 addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6_cidrs: Vec<String>,
    /// How many addresses are free. Each instance needs one, and a deployment doubles them.
    pub free_addresses: Option<u32>,
    /// Whether whatever starts in it gets a public address.
    pub public_addresses: Option<bool>,
}
