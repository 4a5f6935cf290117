//! Subnets.

use super::VPC;
use crate::account::{Context, Problem, VpcConnector, stated::SubnetText};

/// The subnet in which the NAT gateway is, with a way to the internet of its own.
pub(super) const PUBLIC: &str = "subnet-0a1b2c3d4e5f600f0";

/// A subnet.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// The id.
    pub id: String,
    /// The VPC.
    pub vpc: String,
    /// The availability zone.
    pub zone: String,
    /// The id of the zone, which is the same in every account.
    pub zone_id: String,
    /// The addresses.
    pub cidr: String,
    /// How many addresses are free.
    pub free: i32,
    /// Whether what starts here gets a public address.
    pub public: bool,
}

impl Subnet {
    /// How many addresses there are: AWS keeps five of each subnet.
    pub(super) fn size(&self) -> i32 {
        let bits = self.cidr.rsplit('/').next().and_then(|it| it.parse().ok());
        (1_i32 << (32 - bits.unwrap_or(28_u32).clamp(16, 28))) - 5
    }

    /// An address in it.
    pub(super) fn address(&self, number: usize) -> String {
        let network = self.cidr.rsplit_once('.').map_or("10.0.0", |(it, _)| it);
        format!("{network}.{}", 10 + number % 240)
    }
}

pub(super) fn resolve(
    stated: &[SubnetText],
    connectors: &[VpcConnector],
    context: &Context,
) -> Result<Vec<Subnet>, Problem> {
    let mut subnets = Vec::<Subnet>::new();
    let used = connectors.iter().flat_map(|connector| &connector.subnets);
    for id in used.chain(stated.iter().map(|text| &text.id)) {
        if subnets.iter().all(|known| known.id != *id) {
            let number = u8::try_from(subnets.len()).unwrap_or(u8::MAX);
            subnets.push(private(id, number, context));
        }
    }
    if !connectors.is_empty() && subnets.iter().all(|known| known.id != PUBLIC) {
        subnets.push(Subnet {
            cidr: "10.0.240.0/24".to_owned(),
            public: true,
            ..private(PUBLIC, 0, context)
        });
    }
    for text in stated {
        if text.exists == Some(false) {
            subnets.retain(|known| known.id != text.id);
            continue;
        }
        let Some(subnet) = subnets.iter_mut().find(|known| known.id == text.id) else {
            continue;
        };
        if let Some(zone) = &text.zone {
            subnet.zone = zone_name(zone, context);
            subnet.zone_id = zone_id(&subnet.zone, context);
        }
        if let Some(id) = &text.zone_id {
            subnet.zone_id.clone_from(id);
        }
        if let Some(cidr) = &text.cidr {
            let bits = cidr.get_ref().split_once('/').map(|(_, bits)| bits.parse());
            if !matches!(bits, Some(Ok(16_u8..=28))) {
                let message = "a subnet is written as \"10.0.1.0/24\", with 16 to 28 bits";
                return Err(Problem::at(cidr.span(), message));
            }
            subnet.cidr.clone_from(cidr.get_ref());
        }
        if let Some(vpc) = &text.vpc {
            subnet.vpc.clone_from(vpc);
        }
        subnet.public = text.public.unwrap_or(subnet.public);
    }
    Ok(subnets)
}

fn private(id: &str, number: u8, context: &Context) -> Subnet {
    let zone = zone_name(&char::from(b'a' + number % 6).to_string(), context);
    Subnet {
        id: id.to_owned(),
        vpc: VPC.to_owned(),
        zone_id: zone_id(&zone, context),
        zone,
        cidr: format!("10.0.{number}.0/24"),
        free: 0,
        public: false,
    }
}

/// The name of a zone, of which a file may state the letter alone.
fn zone_name(zone: &str, context: &Context) -> String {
    match zone.len() {
        1 => format!("{}{zone}", context.region),
        _ => zone.to_owned(),
    }
}

/// The id of a zone, as if this account had the zones in their natural order.
fn zone_id(zone: &str, context: &Context) -> String {
    let mut region = String::new();
    for part in context.region.split('-') {
        region.push_str(match part {
            "north" => "n",
            "south" => "s",
            "east" => "e",
            "west" => "w",
            "central" => "c",
            "northeast" => "ne",
            "southeast" => "se",
            other => other,
        });
    }
    let letter = zone.bytes().last().unwrap_or(b'a');
    format!("{region}-az{}", letter.saturating_sub(b'a').min(25) + 1)
}
