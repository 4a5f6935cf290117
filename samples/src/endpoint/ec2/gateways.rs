//! DescribeNatGateways and DescribeVpcEndpoints.

use super::{Answer, Failure, Kind, Out, Request, describe, ids, no_tags, not_found, one};
use crate::account::{EndpointType, NatGateway, NatState, VpcEndpoint, id};

const NAT: Kind<NatGateway> = Kind {
    ids: "NatGatewayId",
    set: "natGatewaySet",
    id: |gateway| &gateway.id,
    field: nat_field,
    not_found: |id| {
        not_found(
            "NatGatewayNotFound",
            format!("The Nat Gateway {id} was not found"),
        )
    },
    out: nat_out,
};

const ENDPOINT: Kind<VpcEndpoint> = Kind {
    ids: "VpcEndpointId",
    set: "vpcEndpointSet",
    id: |endpoint| &endpoint.id,
    field: endpoint_field,
    not_found: |id| {
        not_found(
            "InvalidVpcEndpointId.NotFound",
            format!("The Vpc Endpoint Id '{id}' does not exist"),
        )
    },
    out: endpoint_out,
};

pub(super) fn describe_nat_gateways(request: &Request<'_>) -> Result<Answer, Failure> {
    describe(request, &request.account.network.nat_gateways, &NAT)
}

pub(super) fn describe_vpc_endpoints(request: &Request<'_>) -> Result<Answer, Failure> {
    describe(request, &request.account.network.vpc_endpoints, &ENDPOINT)
}

fn nat_field(_: &Request<'_>, gateway: &NatGateway, name: &str) -> Option<Vec<String>> {
    match name {
        "nat-gateway-id" => one(&gateway.id),
        "state" => one(gateway.state.as_str()),
        "subnet-id" => one(&gateway.subnet),
        "vpc-id" => one(&gateway.vpc),
        _ => None,
    }
}

fn nat_out(_: &Request<'_>, gateway: &NatGateway) -> Out {
    let derived = |kind: &str| format!("{kind}-0{}", id::hex(16, &[kind, &gateway.id]));
    let address = Out::map()
        .with("allocationId", derived("eipalloc"))
        .with("networkInterfaceId", derived("eni"))
        .with("privateIp", "10.0.240.5")
        .with("publicIp", "198.51.100.7")
        .with("isPrimary", true)
        .with("status", "succeeded");
    // A gateway that could not be made, or is gone, has no address.
    let addresses = match gateway.state {
        NatState::Failed | NatState::Deleted => Vec::new(),
        _ => vec![address],
    };
    let failure = gateway.failure.as_ref();
    Out::map()
        .with("natGatewayId", &gateway.id)
        .with("subnetId", &gateway.subnet)
        .with("vpcId", &gateway.vpc)
        .with("state", gateway.state.as_str())
        .with("createTime", gateway.created_at)
        .with_some("deleteTime", gateway.deleted_at)
        .with_some("failureCode", failure.map(|(code, _)| code))
        .with_some("failureMessage", failure.map(|(_, message)| message))
        .with("natGatewayAddressSet", addresses)
        .with("connectivityType", "public")
        .with("tagSet", no_tags())
}

fn endpoint_field(
    request: &Request<'_>,
    endpoint: &VpcEndpoint,
    name: &str,
) -> Option<Vec<String>> {
    match name {
        "owner-id" => one(&request.account.id),
        "service-name" => one(&endpoint.service),
        "vpc-endpoint-id" => one(&endpoint.id),
        "vpc-endpoint-state" => one(&endpoint.state),
        "vpc-endpoint-type" => one(endpoint.endpoint_type.as_str()),
        "vpc-id" => one(&endpoint.vpc),
        _ => None,
    }
}

fn endpoint_out(request: &Request<'_>, endpoint: &VpcEndpoint) -> Out {
    let interfaces = endpoint.subnets.iter().map(|subnet| {
        let id = id::hex(16, &["eni", &endpoint.id, subnet]);
        format!("eni-0{id}")
    });
    let interfaces = match endpoint.endpoint_type {
        EndpointType::Interface => interfaces.collect(),
        EndpointType::Gateway => Vec::new(),
    };
    Out::map()
        .with("vpcEndpointId", &endpoint.id)
        .with("vpcEndpointType", endpoint.endpoint_type.as_str())
        .with("vpcId", &endpoint.vpc)
        .with("serviceName", &endpoint.service)
        .with("state", &endpoint.state)
        .with(
            "policyDocument",
            r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#,
        )
        .with(
            "routeTableIdSet",
            Out::list(&endpoint.route_tables, Out::from),
        )
        .with("subnetIdSet", Out::list(&endpoint.subnets, Out::from))
        .with("groupSet", ids("groupId", &endpoint.security_groups))
        .with("privateDnsEnabled", endpoint.private_dns)
        .with("requesterManaged", false)
        .with("networkInterfaceIdSet", Out::list(interfaces, Out::from))
        .with("creationTimestamp", endpoint.created_at)
        .with("tagSet", no_tags())
        .with("ownerId", &request.account.id)
}
