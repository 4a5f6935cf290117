use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A security group of the connector or of an endpoint, as `ec2:DescribeSecurityGroups` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityGroup {
    /// The id.
    #[serde(rename = "security_group_id")]
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// What may come in.
    pub ingress: Vec<SecurityGroupRule>,
    /// What may go out. Empty: nothing.
    pub egress: Vec<SecurityGroupRule>,
}

/// Something that a security group lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityGroupRule {
    /// `tcp`, `udp`, `icmp`, the number of another one, or `-1` for all.
    pub protocol: String,
    /// The first port; none when ports do not matter.
    pub from_port: Option<i32>,
    /// The last port.
    pub to_port: Option<i32>,
    /// Who is on the other side: ranges of addresses, security groups, prefix lists.
    pub peers: Vec<String>,
}
