use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A route table of the connector's VPC, as `ec2:DescribeRouteTables` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouteTable {
    /// The id.
    #[serde(rename = "route_table_id")]
    pub id: String,
    /// The VPC.
    pub vpc_id: Option<String>,
    /// Whether it holds for every subnet that has no table of its own.
    pub main: bool,
    /// The subnets that it was given to, sorted.
    pub subnets: Vec<String>,
    /// The routes, as EC2 orders them.
    pub routes: Vec<Route>,
}

/// Where packets to some addresses go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Addresses such as `0.0.0.0/0`, or a prefix list.
    pub destination: String,
    /// What they are sent to: `local`, or the id of a gateway, an interface, an endpoint.
    pub target: Option<String>,
    /// `active`, or `blackhole` when the target does not work or does not exist.
    pub state: Option<String>,
}
