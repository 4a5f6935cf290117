//! The VPC behind the connector: what an application with VPC egress can reach, and whether there
//! is an address left for its instances.

use std::collections::BTreeSet;

use evidence_schema::{
    Body, Status,
    record::{
        NatGateway, NetworkInterface, Route, RouteTable, SecurityGroup, SecurityGroupRule, Subnet,
        VpcEndpoint,
    },
};

use super::{Source, call};
use crate::{
    collect::Context,
    ec2::{Item, filter},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const SUBNETS: &str = "ec2:DescribeSubnets";
const ROUTE_TABLES: &str = "ec2:DescribeRouteTables";
const NAT_GATEWAYS: &str = "ec2:DescribeNatGateways";
const VPC_ENDPOINTS: &str = "ec2:DescribeVpcEndpoints";
const SECURITY_GROUPS: &str = "ec2:DescribeSecurityGroups";
const NETWORK_INTERFACES: &str = "ec2:DescribeNetworkInterfaces";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "network",
    gives: "the subnets, routes, gateways, endpoints, security groups and interfaces of the connector's VPC",
    calls: &[
        call(SUBNETS, "*"),
        call(ROUTE_TABLES, "*"),
        call(NAT_GATEWAYS, "*"),
        call(VPC_ENDPOINTS, "*"),
        call(SECURITY_GROUPS, "*"),
        call(NETWORK_INTERFACES, "*"),
    ],
};

/// What App Runner writes into the description of its interfaces.
const INTERFACES_OF_APP_RUNNER: &str = "AWSAppRunner*";

/// The parts, as the ledger names them.
const PARTS: [&str; 6] = [
    "subnets",
    "security groups",
    "network interfaces",
    "route tables",
    "NAT gateways",
    "VPC endpoints",
];

/// Reads the parts one after the other: the later ones are asked by what the first ones found.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(service) = context.service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    if service.network.vpc_connector_arn.is_none() {
        return Err(Outcome::not_asked("the service uses no VPC connector"));
    }
    let ids = context.leads.network();
    let of_kind = |prefix: &str| -> Vec<String> {
        let ids = ids.iter().filter(|id| id.starts_with(prefix));
        ids.cloned().collect()
    };
    let (subnets, mut groups) = (of_kind("subnet-"), of_kind("sg-"));
    for part in PARTS {
        out.plan(Some(part), &[]);
    }
    if subnets.is_empty() && groups.is_empty() {
        let note = "the subnets of the VPC connector are not known";
        for part in PARTS {
            out.skip(Some(part), Outcome::not_asked(note));
        }
        return Ok(());
    }

    let mut vpcs = BTreeSet::new();
    let asked = filter(1, "subnet-id", &subnets);
    let mut found = BTreeSet::new();
    let result = each(
        out,
        context,
        PARTS[0],
        SUBNETS,
        &asked,
        "subnetSet",
        |item| {
            let subnet = subnet(&item)?;
            vpcs.extend(subnet.vpc_id.clone());
            found.insert(subnet.id.clone());
            Some(Body::Subnet(subnet))
        },
    );
    if result.await {
        tell_missing(out, &subnets, &found);
    }

    let mut asked = filter(1, "subnet-id", &subnets);
    let pattern = [INTERFACES_OF_APP_RUNNER.to_owned()];
    asked.extend(filter(2, "description", &pattern));
    let set = "networkInterfaceSet";
    each(
        out,
        context,
        PARTS[2],
        NETWORK_INTERFACES,
        &asked,
        set,
        |item| interface(&item).map(Body::NetworkInterface),
    )
    .await;

    let vpcs: Vec<_> = vpcs.into_iter().collect();
    if vpcs.is_empty() {
        for part in &PARTS[3..] {
            let note = "no subnet of the VPC connector could be seen, so the VPC is not known";
            out.skip(Some(part), Outcome::not_asked(note));
        }
    } else {
        let in_vpc = filter(1, "vpc-id", &vpcs);
        let mut ways = Vec::new();
        each(
            out,
            context,
            PARTS[3],
            ROUTE_TABLES,
            &in_vpc,
            "routeTableSet",
            |item| {
                let table = route_table(&item)?;
                if table.main || table.subnets.iter().any(|id| subnets.contains(id)) {
                    ways.push(table.id.clone());
                    ways.extend(gateways(&table));
                }
                Some(Body::RouteTable(table))
            },
        )
        .await;
        context.leads.through(&ways);
        each(
            out,
            context,
            PARTS[4],
            NAT_GATEWAYS,
            &in_vpc,
            "natGatewaySet",
            |item| nat_gateway(&item).map(Body::NatGateway),
        )
        .await;
        each(
            out,
            context,
            PARTS[5],
            VPC_ENDPOINTS,
            &in_vpc,
            "vpcEndpointSet",
            |item| {
                let endpoint = vpc_endpoint(&item)?;
                // What its groups do not let in does not reach it either.
                groups.extend(endpoint.security_groups.iter().cloned());
                Some(Body::VpcEndpoint(endpoint))
            },
        )
        .await;
    }

    groups.sort_unstable();
    groups.dedup();
    let asked = filter(1, "group-id", &groups);
    let mut found = BTreeSet::new();
    let set = "securityGroupInfo";
    let result = each(
        out,
        context,
        PARTS[1],
        SECURITY_GROUPS,
        &asked,
        set,
        |item| {
            let group = security_group(&item)?;
            found.insert(group.id.clone());
            Some(Body::SecurityGroup(group))
        },
    );
    if result.await {
        tell_missing(out, &groups, &found);
    }
    Ok(())
}

/// What was asked for by its id and is not there. A filter leaves it out; naming it would be an
/// error that costs the others.
fn tell_missing(out: &mut Out<'_>, asked: &[String], found: &BTreeSet<String>) {
    for id in asked.iter().filter(|id| !found.contains(*id)) {
        out.skip(Some(id), Outcome::absent("it does not exist"));
    }
}

/// Reads every page of a part; says whether all were read.
async fn each(
    out: &mut Out<'_>,
    context: &Context<'_>,
    part: &str,
    action: &'static str,
    parameters: &[(String, String)],
    set: &str,
    mut record: impl FnMut(Item<'_, '_>) -> Option<Body>,
) -> bool {
    out.begin(Some(part));
    let result = pages(out, context, action, parameters, set, &mut record).await;
    let whole = result.is_ok();
    out.end(result);
    whole
}

async fn pages(
    out: &mut Out<'_>,
    context: &Context<'_>,
    action: &'static str,
    parameters: &[(String, String)],
    set: &str,
    record: &mut impl FnMut(Item<'_, '_>) -> Option<Body>,
) -> Result<(), Outcome> {
    let operation = action.split_once(':').map_or(action, |(_, name)| name);
    let mut pages = Pages::default();
    loop {
        out.call(action);
        let mut parameters = parameters.to_vec();
        parameters.extend(pages.token().map(|token| ("NextToken".to_owned(), token)));
        let page = context
            .aws
            .ec2
            .ask(operation, &parameters)
            .await
            .map_err(|error| status_of(action, error))?;
        let mut unread = 0_u64;
        let next = page
            .items(set, |item| match record(item) {
                Some(body) => out.push(body),
                None => unread += 1,
            })
            .map_err(|note| Outcome::noted(Status::Failed, note))?;
        if unread > 0 {
            out.note(&format!("{unread} answers had no id"));
        }
        if !pages.advance(next)? {
            return Ok(());
        }
    }
}

fn subnet(item: &Item<'_, '_>) -> Option<Subnet> {
    Some(Subnet {
        id: item.text("subnetId")?,
        vpc_id: item.text("vpcId"),
        state: item.text("state"),
        availability_zone: item.text("availabilityZone"),
        availability_zone_id: item.text("availabilityZoneId"),
        cidr: item.text("cidrBlock"),
        ipv6_cidrs: item.texts("ipv6CidrBlockAssociationSet", "ipv6CidrBlock"),
        free_addresses: item.number("availableIpAddressCount"),
        public_addresses: item.truth("mapPublicIpOnLaunch"),
    })
}

fn interface(item: &Item<'_, '_>) -> Option<NetworkInterface> {
    Some(NetworkInterface {
        id: item.text("networkInterfaceId")?,
        subnet_id: item.text("subnetId"),
        vpc_id: item.text("vpcId"),
        status: item.text("status"),
        interface_type: item.text("interfaceType"),
        description: item.text("description"),
        address: item.text("privateIpAddress"),
        security_groups: item.texts("groupSet", "groupId"),
    })
}

fn route_table(item: &Item<'_, '_>) -> Option<RouteTable> {
    Some(RouteTable {
        id: item.text("routeTableId")?,
        vpc_id: item.text("vpcId"),
        main: item
            .list("associationSet")
            .any(|it| it.truth("main") == Some(true)),
        subnets: item.texts("associationSet", "subnetId"),
        routes: item.list("routeSet").filter_map(|it| route(&it)).collect(),
    })
}

fn route(item: &Item<'_, '_>) -> Option<Route> {
    let one_of = |names: &[&str]| names.iter().find_map(|name| item.text(name));
    Some(Route {
        destination: one_of(&[
            "destinationCidrBlock",
            "destinationIpv6CidrBlock",
            "destinationPrefixListId",
        ])?,
        target: one_of(&[
            "natGatewayId",
            "gatewayId",
            "transitGatewayId",
            "vpcPeeringConnectionId",
            "egressOnlyInternetGatewayId",
            "localGatewayId",
            "carrierGatewayId",
            "coreNetworkArn",
            // A NAT instance has both; the interface is what packets are sent to.
            "networkInterfaceId",
            "instanceId",
        ]),
        state: item.text("state"),
    })
}

/// The NAT gateways that a table sends packets to.
fn gateways(table: &RouteTable) -> impl Iterator<Item = String> {
    let targets = table.routes.iter().filter_map(|route| route.target.clone());
    targets.filter(|target| target.starts_with("nat-"))
}

fn nat_gateway(item: &Item<'_, '_>) -> Option<NatGateway> {
    Some(NatGateway {
        id: item.text("natGatewayId")?,
        vpc_id: item.text("vpcId"),
        subnet_id: item.text("subnetId"),
        state: item.text("state"),
        connectivity: item.text("connectivityType"),
        failure_code: item.text("failureCode"),
        failure_message: item.text("failureMessage"),
        created_at: item.time("createTime"),
        deleted_at: item.time("deleteTime"),
    })
}

fn vpc_endpoint(item: &Item<'_, '_>) -> Option<VpcEndpoint> {
    Some(VpcEndpoint {
        id: item.text("vpcEndpointId")?,
        vpc_id: item.text("vpcId"),
        service_name: item.text("serviceName"),
        endpoint_type: item.text("vpcEndpointType"),
        state: item.text("state"),
        private_dns: item.truth("privateDnsEnabled"),
        subnets: item.texts("subnetIdSet", ""),
        route_tables: item.texts("routeTableIdSet", ""),
        security_groups: item.texts("groupSet", "groupId"),
        policy: item.text("policyDocument"),
        created_at: item.time("creationTimestamp"),
    })
}

fn security_group(item: &Item<'_, '_>) -> Option<SecurityGroup> {
    Some(SecurityGroup {
        id: item.text("groupId")?,
        name: item.text("groupName"),
        vpc_id: item.text("vpcId"),
        ingress: item.list("ipPermissions").map(|it| rule(&it)).collect(),
        egress: item
            .list("ipPermissionsEgress")
            .map(|it| rule(&it))
            .collect(),
    })
}

fn rule(item: &Item<'_, '_>) -> SecurityGroupRule {
    let mut peers = item.texts("ipRanges", "cidrIp");
    peers.extend(item.texts("ipv6Ranges", "cidrIpv6"));
    peers.extend(item.texts("groups", "groupId"));
    peers.extend(item.texts("prefixListIds", "prefixListId"));
    SecurityGroupRule {
        protocol: item.text("ipProtocol").unwrap_or_else(|| "-1".to_owned()),
        from_port: item.number("fromPort"),
        to_port: item.number("toPort"),
        peers,
    }
}
