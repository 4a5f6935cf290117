//! Network interfaces.

use super::{Subnet, VPC};
use crate::account::{
    AutoScaling, Context, Service, ServiceStatus, VpcConnector, id, stated::NetworkInterfaceText,
};

/// A network interface.
#[derive(Clone, Debug)]
pub struct NetworkInterface {
    /// The id.
    pub id: String,
    /// The VPC.
    pub vpc: String,
    /// The subnet.
    pub subnet: String,
    /// The availability zone.
    pub zone: String,
    /// What it is for.
    pub description: String,
    /// Who made it: `fargate` for App Runner.
    pub interface_type: String,
    /// How it stands.
    pub status: String,
    /// The security groups.
    pub groups: Vec<String>,
    /// The address.
    pub address: String,
    /// The tags.
    pub tags: Vec<(String, String)>,
    /// Whether it was made by a service of AWS.
    pub is_managed: bool,
}

/// One for each instance of a service that runs, and those that the file states.
pub(super) fn resolve(
    stated: Vec<NetworkInterfaceText>,
    connectors: &[VpcConnector],
    services: &[Service],
    auto_scaling: &AutoScaling,
    subnets: &[Subnet],
    context: &Context,
) -> Vec<NetworkInterface> {
    let mut interfaces = Vec::<NetworkInterface>::new();
    let place = |interfaces: &[NetworkInterface], id: &str| {
        let subnet = subnets.iter().find(|known| known.id == id)?;
        let before = interfaces.iter().filter(|it| it.subnet == id).count();
        Some((subnet, subnet.address(before)))
    };
    for service in services {
        let connector = connectors
            .iter()
            .find(|connector| service.vpc_connector_arn.as_ref() == Some(&connector.arn));
        let Some(connector) = connector else {
            continue;
        };
        let runs = service.status == ServiceStatus::Running;
        let instances = u32::try_from(auto_scaling.min).unwrap_or(0);
        let default = if runs { instances } else { 0 };
        for number in 0..connector.interfaces.unwrap_or(default) {
            let Some(subnet) = connector
                .subnets
                .get(number as usize % connector.subnets.len().max(1))
            else {
                continue;
            };
            let Some((subnet, address)) = place(&interfaces, subnet) else {
                continue;
            };
            let seed = number.to_string();
            interfaces.push(NetworkInterface {
                id: format!("eni-0{}", id::hex(16, &["eni", &service.id, &seed])),
                vpc: subnet.vpc.clone(),
                subnet: subnet.id.clone(),
                zone: subnet.zone.clone(),
                description: "AWSAppRunner ENI".to_owned(),
                interface_type: "fargate".to_owned(),
                status: "in-use".to_owned(),
                groups: connector.security_groups.clone(),
                address,
                tags: vec![("AWSAppRunnerManaged".to_owned(), "true".to_owned())],
                is_managed: true,
            });
        }
    }
    for text in stated {
        let (vpc, zone, address) = match place(&interfaces, &text.subnet) {
            Some((subnet, address)) => (subnet.vpc.clone(), subnet.zone.clone(), address),
            None => (
                VPC.to_owned(),
                format!("{}a", context.region),
                "10.0.0.9".to_owned(),
            ),
        };
        interfaces.push(NetworkInterface {
            id: text.id,
            vpc,
            subnet: text.subnet,
            zone,
            description: text.description.unwrap_or_default(),
            interface_type: text
                .interface_type
                .unwrap_or_else(|| "interface".to_owned()),
            status: text.status.unwrap_or_else(|| "in-use".to_owned()),
            groups: text.groups.unwrap_or_default(),
            address: text.address.unwrap_or(address),
            tags: Vec::new(),
            is_managed: false,
        });
    }
    interfaces
}
