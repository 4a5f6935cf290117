//! DescribeRouteTables.

use super::{Answer, Failure, Kind, Out, Request, describe, no_tags, not_found, one};
use crate::account::{RouteTable, id};

const KIND: Kind<RouteTable> = Kind {
    ids: "RouteTableId",
    set: "routeTableSet",
    id: |table| &table.id,
    field,
    not_found: |id| {
        not_found(
            "InvalidRouteTableID.NotFound",
            format!("The routeTable ID '{id}' does not exist"),
        )
    },
    out,
};

pub(super) fn describe_route_tables(request: &Request<'_>) -> Result<Answer, Failure> {
    describe(request, &request.account.network.route_tables, &KIND)
}

fn field(request: &Request<'_>, table: &RouteTable, name: &str) -> Option<Vec<String>> {
    let routes = |begin: &str| {
        let targets = table.routes.iter().map(|route| route.target.clone());
        Some(targets.filter(|it| it.starts_with(begin)).collect())
    };
    match name {
        "association.main" => one(table.is_main),
        "association.route-table-id" | "route-table-id" => one(&table.id),
        "association.subnet-id" => Some(table.subnets.clone()),
        "association.route-table-association-id" => {
            let subnets = table.subnets.iter();
            Some(
                subnets
                    .map(|subnet| association_id(table, subnet))
                    .collect(),
            )
        }
        "owner-id" => one(&request.account.id),
        "route.destination-cidr-block" => {
            let routes = table.routes.iter();
            Some(routes.map(|route| route.destination.clone()).collect())
        }
        "route.gateway-id" => {
            let targets = table.routes.iter().map(|route| &route.target);
            let is_gateway = |it: &&String| member(it) == "gatewayId";
            let mut gateways = targets.filter(is_gateway).cloned().collect::<Vec<_>>();
            gateways.push("local".to_owned());
            Some(gateways)
        }
        "route.nat-gateway-id" => routes("nat-"),
        "route.transit-gateway-id" => routes("tgw-"),
        "route.state" => {
            let states = table.routes.iter().map(|it| it.state.as_str().to_owned());
            Some(states.chain(["active".to_owned()]).collect())
        }
        "vpc-id" => one(&table.vpc),
        _ => None,
    }
}

fn out(request: &Request<'_>, table: &RouteTable) -> Out {
    let associated = |id: String| {
        Out::map()
            .with("routeTableAssociationId", id)
            .with("routeTableId", &table.id)
    };
    let state = || Out::map().with("state", "associated");
    let mut associations = Out::list(&table.subnets, |subnet| {
        associated(association_id(table, subnet))
            .with("subnetId", subnet)
            .with("main", false)
            .with("associationState", state())
    });
    if let (true, Out::List(associations)) = (table.is_main, &mut associations) {
        let main = associated(association_id(table, "main"))
            .with("main", true)
            .with("associationState", state());
        associations.push(main);
    }
    let within = Out::map()
        .with("destinationCidrBlock", "10.0.0.0/16")
        .with("gatewayId", "local")
        .with("state", "active")
        .with("origin", "CreateRouteTable");
    let mut routes = vec![within];
    routes.extend(table.routes.iter().map(|route| {
        let destination = if route.destination.starts_with("pl-") {
            "destinationPrefixListId"
        } else if route.destination.contains("::") {
            "destinationIpv6CidrBlock"
        } else {
            "destinationCidrBlock"
        };
        Out::map()
            .with(destination, &route.destination)
            .with(member(&route.target), &route.target)
            .with("state", route.state.as_str())
            .with("origin", "CreateRoute")
    }));
    Out::map()
        .with("routeTableId", &table.id)
        .with("vpcId", &table.vpc)
        .with("ownerId", &request.account.id)
        .with("routeSet", routes)
        .with("associationSet", associations)
        .with("propagatingVgwSet", Vec::new())
        .with("tagSet", no_tags())
}

/// The member that names what a route leads to.
fn member(target: &str) -> &'static str {
    match target.split('-').next() {
        Some("nat") => "natGatewayId",
        Some("tgw") => "transitGatewayId",
        Some("eni") => "networkInterfaceId",
        Some("pcx") => "vpcPeeringConnectionId",
        Some("eigw") => "egressOnlyInternetGatewayId",
        Some("i") => "instanceId",
        _ => "gatewayId",
    }
}

fn association_id(table: &RouteTable, subnet: &str) -> String {
    format!(
        "rtbassoc-0{}",
        id::hex(16, &["rtbassoc", &table.id, subnet])
    )
}
