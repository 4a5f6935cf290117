//! The way out of a VPC: from a subnet of the connector over its routes to where packets go.

use core::net::{IpAddr, Ipv4Addr};

use evidence_schema::record::{Route, RouteTable, SecurityGroupRule, VpcConnector, VpcEndpoint};
use ipnet::Ipv4Net;

use crate::evidence::{Case, Missing, Observed};

/// Where a connection should go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Destination {
    /// A name or an address.
    pub(crate) host: String,
    /// The port, where the log tells it.
    pub(crate) port: Option<u16>,
}

impl Destination {
    /// The address, when the host is one.
    pub(crate) fn address(&self) -> Option<Ipv4Addr> {
        match self.host.parse().ok()? {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        }
    }

    /// Whether it is this machine itself, or what every container has beside it.
    pub(crate) fn is_local(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host == "::1"
            || self
                .address()
                .is_some_and(|it| it.is_loopback() || it.is_link_local() || it.is_unspecified())
    }

    /// Whether it can only be reached through a VPC.
    pub(crate) fn is_private(&self) -> bool {
        self.address().is_some_and(|it| it.is_private()) || self.host.ends_with(".internal")
    }

    /// Whether it is a name that AWS gives to something inside a VPC, such as a database.
    pub(crate) fn is_in_some_vpc(&self) -> bool {
        let host = self.host.to_ascii_lowercase();
        self.is_private()
            || [
                ".rds.",
                ".cache.",
                ".docdb.",
                ".redshift.",
                ".neptune.",
                ".memorydb.",
            ]
            .iter()
            .any(|part| host.contains(part) && host.contains(".amazonaws.com"))
    }

    /// The service of AWS whose API it is, such as `bedrock-runtime`, in this Region.
    pub(crate) fn api(&self, region: &str) -> Option<&str> {
        if self.is_in_some_vpc() {
            return None;
        }
        let rest = self
            .host
            .strip_suffix(".amazonaws.com")
            .or_else(|| self.host.strip_suffix(".api.aws"))?;
        let service = match rest.strip_suffix(region) {
            Some(service) => service.strip_suffix('.')?,
            // The endpoints without a Region are those of services that have one place only.
            None if !rest.contains('.') => rest,
            None => return None,
        };
        // `my-bucket.s3`, `123456789012.dkr.ecr`.
        Some(match service {
            _ if service == "s3" || service.ends_with(".s3") => "s3",
            _ => service,
        })
    }

    /// As it is written.
    pub(crate) fn name(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

/// Where packets of a subnet end up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// In the VPC, or behind something that is not looked through: a peering, a transit gateway, an
    /// instance.
    Goes,
    /// They do not arrive: why, and the record that shows it.
    Ends(Broken),
}

/// A hop that is missing or does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// What is wrong, a clause.
    pub(crate) what: String,
    /// Which kind of trouble.
    pub(crate) kind: Trouble,
    /// The record.
    pub(crate) record: u64,
    /// The names under which changes of it are known.
    pub(crate) names: Vec<String>,
}

/// What is wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is no route.
    NoRoute,
    /// The route leads to what does not exist any more.
    Blackhole,
    /// The route leads to an internet gateway, and the interfaces have no public address.
    PublicSubnet,
    /// The NAT gateway does not work.
    Nat,
    /// The security group lets nothing out there.
    Egress,
    /// The endpoint does not let the connector in.
    Endpoint,
}

/// The VPC connector; `None`: the service has one and it does not exist.
pub(crate) fn connector<'a>(case: Case<'a>) -> Result<Option<Observed<&'a VpcConnector>>, Missing> {
    case.as_now("VPC connector", "vpc-connector", |it| {
        it.network.vpc_connector_arn.clone()
    })?;
    let arn = case.service()?.fact.network.vpc_connector_arn.as_deref();
    let connectors = &case.evidence.surroundings.vpc_connectors;
    if let Some(found) = connectors
        .iter()
        .find(|it| arn.is_none_or(|arn| it.fact.arn == arn))
    {
        return Ok(Some(found.as_ref()));
    }
    case.evidence.ledger.looked("vpc-connector", None, None)?;
    Ok(None)
}

/// Whether packets from every subnet of `connector` reach `to`; the first that do not are told. A
/// destination that is not known stands for the internet.
pub(crate) fn way(
    case: Case<'_>,
    connector: &Observed<&VpcConnector>,
    to: Option<&Destination>,
) -> Result<Way, Missing> {
    let region = case.evidence.manifest.target.region.as_str();
    if let Some(broken) = egress(case, connector, to)? {
        return Ok(Way::Ends(broken));
    }
    let address = to.and_then(Destination::address);
    if to.is_some_and(|to| to.is_in_some_vpc() && address.is_none()) {
        return Ok(Way::Goes);
    }
    let api = to.and_then(|to| to.api(region));
    for subnet in &connector.fact.subnets {
        let Some(table) = route_table(case, subnet)? else {
            continue;
        };
        if let Some(api) = api
            && let Some(endpoint) = endpoint(case, api, &table)?
        {
            match closed(case, connector, &endpoint)? {
                Some(broken) => return Ok(Way::Ends(broken)),
                None => continue,
            }
        }
        let route = route(&table, address);
        if let Some(broken) = broken(case, subnet, &table, route)? {
            return Ok(Way::Ends(broken));
        }
    }
    Ok(Way::Goes)
}

/// The table that holds for a subnet: its own, or the main one of its VPC. `None`: it has none in
/// the bundle, because the subnet is gone.
fn route_table<'a>(
    case: Case<'a>,
    subnet: &str,
) -> Result<Option<Observed<&'a RouteTable>>, Missing> {
    let around = &case.evidence.surroundings;
    let looked = |part| case.evidence.ledger.looked("network", Some(part), None);
    looked("route tables")?;
    let own = around
        .route_tables
        .iter()
        .find(|table| table.fact.subnets.iter().any(|it| it == subnet));
    if let Some(own) = own {
        return Ok(Some(own.as_ref()));
    }
    looked("subnets")?;
    let vpc = around
        .subnets
        .iter()
        .find(|it| it.fact.id == subnet)
        .and_then(|it| it.fact.vpc_id.as_deref());
    let main = around
        .route_tables
        .iter()
        .find(|table| table.fact.main && (vpc.is_none() || table.fact.vpc_id.as_deref() == vpc));
    Ok(main.map(Observed::as_ref))
}

/// The route of the longest prefix that has the address; without one, the default route.
fn route<'a>(table: &Observed<&'a RouteTable>, address: Option<Ipv4Addr>) -> Option<&'a Route> {
    let prefix = |route: &Route| route.destination.parse::<Ipv4Net>().ok();
    table
        .fact
        .routes
        .iter()
        .filter_map(|route| Some((prefix(route)?, route)))
        .filter(|(net, _)| match address {
            Some(address) => net.contains(&address),
            None => net.prefix_len() == 0,
        })
        .max_by_key(|(net, _)| net.prefix_len())
        .map(|(_, route)| route)
}

fn broken(
    case: Case<'_>,
    subnet: &str,
    table: &Observed<&RouteTable>,
    route: Option<&Route>,
) -> Result<Option<Broken>, Missing> {
    let id = table.fact.id.as_str();
    let of_table = |kind, what: String| Broken {
        what,
        kind,
        record: table.record,
        names: vec![id.to_owned()],
    };
    let Some(route) = route else {
        return Ok(Some(of_table(
            Trouble::NoRoute,
            format!(
                "the route table {id} of {subnet} has no route to a NAT gateway or anything else outside the VPC"
            ),
        )));
    };
    let target = route.target.as_deref().unwrap_or("nothing");
    if route.state.as_deref() == Some("blackhole") {
        return Ok(Some(of_table(
            Trouble::Blackhole,
            format!(
                "the route {} in {id} of {subnet} leads to {target}, which does not exist or does not work (blackhole)",
                route.destination
            ),
        )));
    }
    if target.starts_with("igw-") {
        return Ok(Some(of_table(
            Trouble::PublicSubnet,
            format!(
                "{subnet} is a public subnet: its route leads to the internet gateway {target}, and the interfaces of App Runner have no public address"
            ),
        )));
    }
    if !target.starts_with("nat-") {
        return Ok(None);
    }
    let around = &case.evidence.surroundings;
    let Some(nat) = around.nat_gateways.iter().find(|it| it.fact.id == target) else {
        case.evidence
            .ledger
            .looked("network", Some("NAT gateways"), None)?;
        return Ok(Some(of_table(
            Trouble::Nat,
            format!("the route of {subnet} leads to {target}, which does not exist"),
        )));
    };
    let of_nat = |what: String| Broken {
        what,
        kind: Trouble::Nat,
        record: nat.record,
        names: vec![target.to_owned(), id.to_owned()],
    };
    if let Some(state) = nat.fact.state.as_deref()
        && state != "available"
    {
        let why = nat.fact.failure_message.as_deref();
        return Ok(Some(of_nat(format!(
            "the NAT gateway {target} is {state}{}",
            why.map(|why| format!(" ({why})")).unwrap_or_default()
        ))));
    }
    if nat.fact.connectivity.as_deref() == Some("private") {
        return Ok(None);
    }
    // A NAT gateway in a private subnet has nowhere to send packets on.
    let Some(home) = nat.fact.subnet_id.as_deref() else {
        return Ok(None);
    };
    let Some(beyond) = route_table(case, home)? else {
        return Ok(None);
    };
    let onward = self::route(&beyond, None).and_then(|route| route.target.as_deref());
    // Tables that hold for no subnet of the connector may not be in the bundle: then the main one
    // is taken for it, and only a route back to the gateway itself proves anything.
    let own = beyond.fact.subnets.iter().any(|it| it == home);
    Ok(match onward {
        Some(onward) if onward == target => Some(of_nat(format!(
            "the NAT gateway {target} is in {home}, whose own route leads back to it"
        ))),
        None if own => Some(of_nat(format!(
            "the NAT gateway {target} is in {home}, which has no route to an internet gateway"
        ))),
        _ => None,
    })
}

/// A working endpoint for the API of a service, for subnets that this table holds for.
fn endpoint<'a>(
    case: Case<'a>,
    api: &str,
    table: &Observed<&RouteTable>,
) -> Result<Option<Observed<&'a VpcEndpoint>>, Missing> {
    let region = &case.evidence.manifest.target.region;
    let wanted = format!("com.amazonaws.{region}.{api}");
    case.evidence
        .ledger
        .looked("network", Some("VPC endpoints"), None)?;
    Ok(case
        .evidence
        .surroundings
        .vpc_endpoints
        .iter()
        .find(|it| {
            let fact = &it.fact;
            let works = fact
                .state
                .as_deref()
                .is_none_or(|state| state.eq_ignore_ascii_case("available"));
            let leads = match fact.endpoint_type.as_deref() {
                Some("Gateway") => fact.route_tables.contains(&table.fact.id),
                _ => fact.private_dns != Some(false),
            };
            fact.service_name.as_deref() == Some(&wanted) && works && leads
        })
        .map(Observed::as_ref))
}

/// Whether the security groups of an endpoint keep the connector out.
fn closed(
    case: Case<'_>,
    connector: &Observed<&VpcConnector>,
    endpoint: &Observed<&VpcEndpoint>,
) -> Result<Option<Broken>, Missing> {
    if endpoint.fact.security_groups.is_empty() {
        return Ok(None);
    }
    case.evidence
        .ledger
        .looked("network", Some("security groups"), None)?;
    let around = &case.evidence.surroundings;
    let subnets: Vec<Ipv4Net> = around
        .subnets
        .iter()
        .filter(|it| connector.fact.subnets.contains(&it.fact.id))
        .filter_map(|it| it.fact.cidr.as_deref()?.parse().ok())
        .collect();
    let mut known = false;
    for group in &around.security_groups {
        if !endpoint.fact.security_groups.contains(&group.fact.id) {
            continue;
        }
        known = true;
        let lets_in = group.fact.ingress.iter().any(|rule| {
            covers(rule, Some(443))
                && rule.peers.iter().any(|peer| {
                    connector.fact.security_groups.contains(peer)
                        || peer.starts_with("pl-")
                        || peer.parse::<Ipv4Net>().is_ok_and(|net| {
                            subnets.is_empty() || subnets.iter().any(|subnet| net.contains(subnet))
                        })
                })
        });
        if lets_in {
            return Ok(None);
        }
    }
    if !known {
        return Ok(None);
    }
    let id = endpoint.fact.id.as_str();
    let mut names = endpoint.fact.security_groups.clone();
    names.push(id.to_owned());
    Ok(Some(Broken {
        what: format!(
            "the security group {} of the endpoint {id} lets the connector not in on port 443",
            endpoint.fact.security_groups.join(", ")
        ),
        kind: Trouble::Endpoint,
        record: endpoint.record,
        names,
    }))
}

/// Whether no security group of the connector lets packets out to `to`.
fn egress(
    case: Case<'_>,
    connector: &Observed<&VpcConnector>,
    to: Option<&Destination>,
) -> Result<Option<Broken>, Missing> {
    case.evidence
        .ledger
        .looked("network", Some("security groups"), None)?;
    let groups: Vec<_> = case
        .evidence
        .surroundings
        .security_groups
        .iter()
        .filter(|it| connector.fact.security_groups.contains(&it.fact.id))
        .collect();
    // A group that is not in the bundle may let out anything.
    let Some(first) = groups.first() else {
        return Ok(None);
    };
    if groups.len() < connector.fact.security_groups.len() {
        return Ok(None);
    }
    let address = to.and_then(Destination::address);
    let port = to.and_then(|to| to.port);
    let lets_out = groups.iter().any(|group| {
        group.fact.egress.iter().any(|rule| {
            covers(rule, port)
                && rule.peers.iter().any(|peer| {
                    match (peer.parse::<Ipv4Net>(), address) {
                        (Ok(net), Some(address)) => net.contains(&address),
                        // A name can have any address, and who is in a group is not known.
                        (Ok(_), None) => true,
                        (Err(_), _) => !peer.contains("::") || peer == "::/0" && address.is_none(),
                    }
                })
        })
    });
    if lets_out {
        return Ok(None);
    }
    let ids = connector.fact.security_groups.clone();
    let what = match port {
        Some(port) => format!(
            "the security group {} has no egress rule for port {port} of {}",
            ids.join(", "),
            to.map(|to| to.host.as_str()).unwrap_or_default()
        ),
        None => format!(
            "the security group {} lets nothing out there",
            ids.join(", ")
        ),
    };
    Ok(Some(Broken {
        what,
        kind: Trouble::Egress,
        record: first.record,
        names: ids,
    }))
}

/// Whether a rule is about TCP on this port, or about any where none is known.
fn covers(rule: &SecurityGroupRule, port: Option<u16>) -> bool {
    if rule.protocol == "-1" {
        return true;
    }
    if rule.protocol != "tcp" && rule.protocol != "6" {
        return false;
    }
    let Some(port) = port.map(i32::from) else {
        return true;
    };
    rule.from_port.is_none_or(|from| from <= port) && rule.to_port.is_none_or(|to| port <= to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(host: &str) -> Destination {
        Destination {
            host: host.to_owned(),
            port: None,
        }
    }

    #[test]
    fn a_host_tells_what_it_is() {
        assert!(to("localhost").is_local() && to("127.0.0.1").is_local());
        assert!(to("169.254.170.2").is_local());
        assert!(to("10.0.3.7").is_private() && !to("8.8.8.8").is_private());
        assert!(to("shop.abc.us-east-1.rds.amazonaws.com").is_in_some_vpc());
        let api = |host: &str| to(host).api("us-east-1").map(str::to_owned);
        assert_eq!(
            api("bedrock-runtime.us-east-1.amazonaws.com").as_deref(),
            Some("bedrock-runtime")
        );
        assert_eq!(
            api("bucket.s3.us-east-1.amazonaws.com").as_deref(),
            Some("s3")
        );
        assert_eq!(api("sts.amazonaws.com").as_deref(), Some("sts"));
        assert_eq!(api("sqs.eu-west-1.amazonaws.com"), None);
        assert_eq!(api("api.example.com"), None);
    }

    #[test]
    fn a_rule_without_ports_is_about_all_of_them() {
        let rule = |protocol: &str, from, to| SecurityGroupRule {
            protocol: protocol.to_owned(),
            from_port: from,
            to_port: to,
            peers: vec![],
        };
        assert!(covers(&rule("-1", None, None), Some(5432)));
        assert!(covers(&rule("tcp", Some(0), Some(65_535)), Some(5432)));
        assert!(!covers(&rule("tcp", Some(443), Some(443)), Some(5432)));
        assert!(!covers(&rule("udp", Some(53), Some(53)), None));
    }
}
