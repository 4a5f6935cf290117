//! Ways out of a VPC: NAT gateways and VPC endpoints.

use chrono::{DateTime, TimeDelta, Utc};

use super::{RouteTable, VPC, subnet};
use crate::account::{
    Context, EndpointType, NatState, VpcConnector, id,
    stated::{NatGatewayText, VpcEndpointText},
};

/// The NAT gateway of private subnets.
pub(super) const NAT: &str = "nat-0a1b2c3d4e5f60020";

/// A NAT gateway.
#[derive(Clone, Debug)]
pub struct NatGateway {
    /// The id.
    pub id: String,
    /// The VPC.
    pub vpc: String,
    /// The subnet in which it is.
    pub subnet: String,
    /// How it stands.
    pub state: NatState,
    /// Why it could not be made: code and message.
    pub failure: Option<(String, String)>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub struct VpcEndpoint {
    /// The id.
    pub id: String,
    /// The VPC.
    pub vpc: String,
    /// The service to which it leads, such as `com.amazonaws.us-east-1.secretsmanager`.
    pub service: String,
    /// How it is reached.
    pub endpoint_type: EndpointType,
    /// How it stands.
    pub state: String,
    /// The subnets of an interface endpoint.
    pub subnets: Vec<String>,
    /// The security groups of an interface endpoint.
    pub security_groups: Vec<String>,
    /// The route tables of a gateway endpoint.
    pub route_tables: Vec<String>,
    /// Whether the usual name of the service leads to it.
    pub private_dns: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

pub(super) fn nat_gateways(
    stated: Vec<NatGatewayText>,
    connectors: &[VpcConnector],
    context: &Context,
) -> Vec<NatGateway> {
    let healthy = |id: &str| NatGateway {
        id: id.to_owned(),
        vpc: VPC.to_owned(),
        subnet: subnet::PUBLIC.to_owned(),
        state: NatState::Available,
        failure: None,
        created_at: context.now - TimeDelta::days(200),
        deleted_at: None,
    };
    let mut gateways = Vec::<NatGateway>::new();
    if !connectors.is_empty() {
        gateways.push(healthy(NAT));
    }
    for text in stated {
        let id = text.id.as_deref().unwrap_or(NAT);
        let position = match gateways.iter().position(|known| known.id == id) {
            Some(position) => position,
            None => {
                gateways.push(healthy(id));
                gateways.len() - 1
            }
        };
        if text.exists == Some(false) {
            gateways.remove(position);
            continue;
        }
        let gateway = &mut gateways[position];
        gateway.deleted_at = text.deleted.map(|when| when.at(context.now));
        gateway.state = text.state.unwrap_or(match gateway.deleted_at {
            Some(_) => NatState::Deleted,
            None => gateway.state,
        });
        gateway.failure = text
            .failure_code
            .map(|code| (code, text.failure_message.unwrap_or_default()));
        if let Some(subnet) = text.subnet {
            gateway.subnet = subnet;
        }
        if let Some(created) = text.created {
            gateway.created_at = created.at(context.now);
        }
    }
    gateways
}

pub(super) fn vpc_endpoints(
    stated: Vec<VpcEndpointText>,
    route_tables: &[RouteTable],
    context: &Context,
) -> Vec<VpcEndpoint> {
    let resolve = |text: VpcEndpointText| {
        let service = service_name(&text.service, context);
        let vpc = text.vpc.unwrap_or_else(|| VPC.to_owned());
        let is_gateway = [".s3", ".dynamodb"].iter().any(|it| service.ends_with(it));
        let endpoint_type = text.endpoint_type.unwrap_or(if is_gateway {
            EndpointType::Gateway
        } else {
            EndpointType::Interface
        });
        let is_gateway = endpoint_type == EndpointType::Gateway;
        let tables = route_tables.iter().filter(|it| is_gateway && it.vpc == vpc);
        VpcEndpoint {
            id: endpoint_id(&vpc, &service, context),
            route_tables: tables.map(|table| table.id.clone()).collect(),
            state: text.state.unwrap_or_else(|| "available".to_owned()),
            subnets: text.subnets.unwrap_or_default(),
            security_groups: text.security_groups.unwrap_or_default(),
            private_dns: text.private_dns.unwrap_or(!is_gateway),
            created_at: text
                .created
                .map_or(context.now - TimeDelta::days(200), |when| {
                    when.at(context.now)
                }),
            vpc,
            service,
            endpoint_type,
        }
    };
    stated.into_iter().map(resolve).collect()
}

/// The id of the endpoint of a service in a VPC.
pub(in crate::account) fn endpoint_id(vpc: &str, service: &str, context: &Context) -> String {
    let service = service_name(service, context);
    let id = id::hex(16, &["vpce", &context.account, vpc, &service]);
    format!("vpce-0{id}")
}

/// The name of a service, of which a file may state the end alone.
fn service_name(service: &str, context: &Context) -> String {
    if service.starts_with("com.") || service.starts_with("aws.") {
        return service.to_owned();
    }
    format!("com.amazonaws.{}.{service}", context.region)
}
