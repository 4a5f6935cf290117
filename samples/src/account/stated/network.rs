//! What there is in a VPC, as a file states it.

use serde::Deserialize;
use toml::Spanned;

use crate::account::{
    time::When,
    words::{EndpointType, NatState, RouteState},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct SubnetText {
    pub(in crate::account) id: String,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) vpc: Option<String>,
    pub(in crate::account) zone: Option<String>,
    pub(in crate::account) zone_id: Option<String>,
    pub(in crate::account) cidr: Option<Spanned<String>>,
    pub(in crate::account) free: Option<i32>,
    pub(in crate::account) public: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct RouteTableText {
    pub(in crate::account) id: String,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) vpc: Option<String>,
    pub(in crate::account) main: Option<bool>,
    pub(in crate::account) subnets: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct RouteText {
    pub(in crate::account) table: Option<String>,
    pub(in crate::account) destination: Option<String>,
    pub(in crate::account) target: Option<String>,
    pub(in crate::account) state: Option<RouteState>,
    pub(in crate::account) exists: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct NatGatewayText {
    pub(in crate::account) id: Option<String>,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) state: Option<NatState>,
    pub(in crate::account) failure_code: Option<String>,
    pub(in crate::account) failure_message: Option<String>,
    pub(in crate::account) subnet: Option<String>,
    pub(in crate::account) created: Option<When>,
    pub(in crate::account) deleted: Option<When>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct VpcEndpointText {
    pub(in crate::account) service: String,
    #[serde(rename = "type")]
    pub(in crate::account) endpoint_type: Option<EndpointType>,
    pub(in crate::account) state: Option<String>,
    pub(in crate::account) vpc: Option<String>,
    pub(in crate::account) subnets: Option<Vec<String>>,
    pub(in crate::account) security_groups: Option<Vec<String>>,
    pub(in crate::account) private_dns: Option<bool>,
    pub(in crate::account) created: Option<When>,
}

impl VpcEndpointText {
    /// An endpoint of which nothing else is stated.
    pub(in crate::account) fn healthy(service: &str) -> Self {
        Self {
            service: service.to_owned(),
            ..Self::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct SecurityGroupText {
    pub(in crate::account) id: String,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) name: Option<String>,
    pub(in crate::account) vpc: Option<String>,
    pub(in crate::account) egress: Option<Vec<RuleText>>,
    pub(in crate::account) ingress: Option<Vec<RuleText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct RuleText {
    pub(in crate::account) protocol: Option<String>,
    pub(in crate::account) ports: Option<Spanned<String>>,
    pub(in crate::account) peers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct NetworkInterfaceText {
    pub(in crate::account) id: String,
    pub(in crate::account) subnet: String,
    pub(in crate::account) description: Option<String>,
    pub(in crate::account) status: Option<String>,
    #[serde(rename = "type")]
    pub(in crate::account) interface_type: Option<String>,
    pub(in crate::account) groups: Option<Vec<String>>,
    pub(in crate::account) address: Option<String>,
}
