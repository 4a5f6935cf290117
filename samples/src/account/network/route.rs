//! Route tables.

use toml::Spanned;

use super::{NatGateway, Subnet, VPC, gateway};
use crate::account::{
    NatState, Problem, RouteState, VpcConnector,
    stated::{RouteTableText, RouteText},
};

const MAIN: &str = "rtb-0a1b2c3d4e5f60010";
const PRIVATE: &str = "rtb-0a1b2c3d4e5f60011";
const PUBLIC: &str = "rtb-0a1b2c3d4e5f60012";
const INTERNET_GATEWAY: &str = "igw-0a1b2c3d4e5f60013";
const EVERYWHERE: &str = "0.0.0.0/0";

/// A route table.
#[derive(Clone, Debug)]
pub struct RouteTable {
    /// The id.
    pub id: String,
    /// The VPC.
    pub vpc: String,
    /// Whether it is that of all subnets without one.
    pub is_main: bool,
    /// The subnets that use it.
    pub subnets: Vec<String>,
    /// The routes, but for the one within the VPC, which every table has.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// For which addresses.
    pub destination: String,
    /// The gateway or whatever else it leads to.
    pub target: String,
    /// Whether that is there.
    pub state: RouteState,
}

pub(super) fn resolve(
    stated: Vec<RouteTableText>,
    routes: Vec<Spanned<RouteText>>,
    connectors: &[VpcConnector],
    subnets: &[Subnet],
    nat_gateways: &[NatGateway],
) -> Result<Vec<RouteTable>, Problem> {
    let mut tables = Vec::new();
    if !connectors.is_empty() {
        let of = |public: bool| {
            let chosen = subnets
                .iter()
                .filter(|it| it.public == public && it.vpc == VPC);
            chosen.map(|subnet| subnet.id.clone()).collect()
        };
        tables.push(table(MAIN, true, Vec::new(), None));
        tables.push(table(PRIVATE, false, of(false), Some(gateway::NAT)));
        tables.push(table(PUBLIC, false, of(true), Some(INTERNET_GATEWAY)));
    }
    for text in stated {
        if text.exists == Some(false) {
            tables.retain(|known| known.id != text.id);
            continue;
        }
        for subnet in text.subnets.iter().flatten() {
            for other in &mut tables {
                other.subnets.retain(|known| known != subnet);
            }
        }
        let position = match tables.iter().position(|known| known.id == text.id) {
            Some(position) => position,
            None => {
                tables.push(table(&text.id, false, Vec::new(), None));
                tables.len() - 1
            }
        };
        let table = &mut tables[position];
        table.vpc = text.vpc.unwrap_or_else(|| table.vpc.clone());
        table.is_main = text.main.unwrap_or(table.is_main);
        table.subnets.extend(text.subnets.into_iter().flatten());
    }
    for text in routes {
        let span = text.span();
        change(&mut tables, text.into_inner()).map_err(|message| Problem::at(span, message))?;
    }
    // A route stays when its gateway goes.
    let works = |target: &str| {
        !target.starts_with("nat-")
            || nat_gateways
                .iter()
                .any(|it| it.id == target && it.state == NatState::Available)
    };
    for route in tables.iter_mut().flat_map(|table| &mut table.routes) {
        if !works(&route.target) {
            route.state = RouteState::Blackhole;
        }
    }
    Ok(tables)
}

fn change(tables: &mut [RouteTable], text: RouteText) -> Result<(), &'static str> {
    let table = match text.table.as_deref() {
        None | Some("private") => PRIVATE,
        Some("public") => PUBLIC,
        Some("main") => MAIN,
        Some(id) => id,
    };
    let table = tables.iter_mut().find(|known| known.id == table).ok_or(
        "there is no such route table: is there a `vpc_connector` or a `[[route_table]]`?",
    )?;
    let destination = text.destination.unwrap_or_else(|| EVERYWHERE.to_owned());
    let position = table
        .routes
        .iter()
        .position(|it| it.destination == destination);
    match (position, text.target) {
        (Some(position), _) if text.exists == Some(false) => {
            table.routes.remove(position);
        }
        (Some(position), target) => {
            let route = &mut table.routes[position];
            route.target = target.unwrap_or_else(|| route.target.clone());
            route.state = text.state.unwrap_or(route.state);
        }
        (None, Some(target)) => table.routes.push(Route {
            destination,
            target,
            state: text.state.unwrap_or(RouteState::Active),
        }),
        (None, None) => return Err("a new route states its `target`"),
    }
    Ok(())
}

fn table(id: &str, is_main: bool, subnets: Vec<String>, target: Option<&str>) -> RouteTable {
    RouteTable {
        id: id.to_owned(),
        vpc: VPC.to_owned(),
        is_main,
        subnets,
        routes: target
            .into_iter()
            .map(|target| Route {
                destination: EVERYWHERE.to_owned(),
                target: target.to_owned(),
                state: RouteState::Active,
            })
            .collect(),
    }
}
