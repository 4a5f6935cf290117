//! VPCs: what App Runner's connectors use, and what lies behind it.

mod gateway;
mod interface;
mod route;
mod security_group;
mod subnet;

pub(super) use self::gateway::endpoint_id;
pub use self::{
    gateway::{NatGateway, VpcEndpoint},
    interface::NetworkInterface,
    route::{Route, RouteTable},
    security_group::{Rule, SecurityGroup},
    subnet::Subnet,
};
use super::{
    AutoScaling, Context, Problem, Service, VpcConnector, VpcIngressConnection,
    ingress::ENDPOINT_SERVICE,
    stated::{
        NatGatewayText, NetworkInterfaceText, RouteTableText, RouteText, SecurityGroupText,
        SubnetText, VpcEndpointText,
    },
};

/// The VPC in which everything is that does not state another one.
pub(super) const VPC: &str = "vpc-0a1b2c3d4e5f60000";

/// What there is in the VPCs of an account.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The subnets.
    pub subnets: Vec<Subnet>,
    /// The route tables.
    pub route_tables: Vec<RouteTable>,
    /// The NAT gateways.
    pub nat_gateways: Vec<NatGateway>,
    /// The VPC endpoints.
    pub vpc_endpoints: Vec<VpcEndpoint>,
    /// The security groups.
    pub security_groups: Vec<SecurityGroup>,
    /// The network interfaces.
    pub interfaces: Vec<NetworkInterface>,
}

/// What a file states of VPCs.
pub(super) struct NetworkText {
    pub(super) subnets: Vec<SubnetText>,
    pub(super) route_tables: Vec<RouteTableText>,
    pub(super) routes: Vec<toml::Spanned<RouteText>>,
    pub(super) nat_gateways: Vec<NatGatewayText>,
    pub(super) vpc_endpoints: Vec<VpcEndpointText>,
    pub(super) security_groups: Vec<SecurityGroupText>,
    pub(super) interfaces: Vec<NetworkInterfaceText>,
}

/// A VPC in which connectors work, if there are any, changed by what the file states.
pub(super) fn resolve(
    mut text: NetworkText,
    connectors: &[VpcConnector],
    services: &[Service],
    auto_scaling: &AutoScaling,
    ingress: &[VpcIngressConnection],
    context: &Context,
) -> Result<Network, Problem> {
    let ways_in = ingress.iter().any(|connection| connection.vpc == VPC);
    let is_way_in = |text: &VpcEndpointText| text.service.ends_with(ENDPOINT_SERVICE);
    if ways_in && !text.vpc_endpoints.iter().any(is_way_in) {
        text.vpc_endpoints
            .push(VpcEndpointText::healthy(ENDPOINT_SERVICE));
    }
    let mut subnets = subnet::resolve(&text.subnets, connectors, context)?;
    let nat_gateways = gateway::nat_gateways(text.nat_gateways, connectors, context);
    let route_tables = route::resolve(
        text.route_tables,
        text.routes,
        connectors,
        &subnets,
        &nat_gateways,
    )?;
    let interfaces = interface::resolve(
        text.interfaces,
        connectors,
        services,
        auto_scaling,
        &subnets,
        context,
    );
    for subnet in &mut subnets {
        let stated = text.subnets.iter().find(|text| text.id == subnet.id);
        let used = interfaces.iter().filter(|it| it.subnet == subnet.id);
        let used = i32::try_from(used.count()).unwrap_or(i32::MAX);
        subnet.free = stated
            .and_then(|text| text.free)
            .unwrap_or_else(|| subnet.size().saturating_sub(used).max(0));
    }
    Ok(Network {
        security_groups: security_group::resolve(text.security_groups, connectors)?,
        vpc_endpoints: gateway::vpc_endpoints(text.vpc_endpoints, &route_tables, context),
        subnets,
        route_tables,
        nat_gateways,
        interfaces,
    })
}
