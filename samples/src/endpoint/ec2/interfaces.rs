//! DescribeNetworkInterfaces.

use super::{Answer, Failure, Kind, Out, Request, describe, ids, not_found, one};
use crate::account::{NetworkInterface, id};

const KIND: Kind<NetworkInterface> = Kind {
    ids: "NetworkInterfaceId",
    set: "networkInterfaceSet",
    id: |interface| &interface.id,
    field,
    not_found: |id| {
        not_found(
            "InvalidNetworkInterfaceID.NotFound",
            format!("The networkInterface ID '{id}' does not exist"),
        )
    },
    out,
};

pub(super) fn describe_network_interfaces(request: &Request<'_>) -> Result<Answer, Failure> {
    let has_ids = !request.list("NetworkInterfaceId").is_empty();
    if has_ids && request.int("MaxResults").is_some() {
        return Err(Failure::new(
            "InvalidParameterCombination",
            "The parameter networkInterfaceIds cannot be used with the parameter maxResults",
        ));
    }
    describe(request, &request.account.network.interfaces, &KIND)
}

fn field(request: &Request<'_>, interface: &NetworkInterface, name: &str) -> Option<Vec<String>> {
    match name {
        "availability-zone" => one(&interface.zone),
        "description" => one(&interface.description),
        "group-id" => Some(interface.groups.clone()),
        "interface-type" => one(&interface.interface_type),
        "network-interface-id" => one(&interface.id),
        "owner-id" => one(&request.account.id),
        "private-ip-address" | "addresses.private-ip-address" => one(&interface.address),
        "requester-managed" => one(interface.is_managed),
        "status" => one(&interface.status),
        "subnet-id" => one(&interface.subnet),
        "tag-key" => Some(interface.tags.iter().map(|(key, _)| key.clone()).collect()),
        "vpc-id" => one(&interface.vpc),
        _ => {
            let key = name.strip_prefix("tag:")?;
            let tags = interface.tags.iter().filter(|(own, _)| own == key);
            Some(tags.map(|(_, value)| value.clone()).collect())
        }
    }
}

fn out(request: &Request<'_>, interface: &NetworkInterface) -> Out {
    let host = interface.address.replace('.', "-");
    let name = format!("ip-{host}.ec2.internal");
    let address = Out::map()
        .with("privateIpAddress", &interface.address)
        .with("privateDnsName", &name)
        .with("primary", true);
    let attachment = (interface.status == "in-use").then(|| {
        let id = id::hex(16, &["attachment", &interface.id]);
        let owner = if interface.is_managed {
            "amazon-aws"
        } else {
            &request.account.id
        };
        Out::map()
            .with("attachmentId", format!("eni-attach-0{id}"))
            .with("instanceOwnerId", owner)
            .with("deviceIndex", 1)
            .with("status", "attached")
            .with("deleteOnTermination", false)
    });
    let octets = id::hex(10, &["mac", &interface.id]);
    let mac = (0..5).fold("02".to_owned(), |mac, octet| {
        format!("{mac}:{}", &octets[octet * 2..octet * 2 + 2])
    });
    Out::map()
        .with("networkInterfaceId", &interface.id)
        .with("subnetId", &interface.subnet)
        .with("vpcId", &interface.vpc)
        .with("availabilityZone", &interface.zone)
        .with("description", &interface.description)
        .with("ownerId", &request.account.id)
        .with("requesterManaged", interface.is_managed)
        .with("status", &interface.status)
        .with("macAddress", mac)
        .with("privateIpAddress", &interface.address)
        .with("privateDnsName", name)
        .with("sourceDestCheck", true)
        .with("groupSet", ids("groupId", &interface.groups))
        .with_some("attachment", attachment)
        .with(
            "tagSet",
            Out::list(&interface.tags, |(key, value)| {
                Out::map().with("key", key).with("value", value)
            }),
        )
        .with("privateIpAddressesSet", vec![address])
        .with("ipv6AddressesSet", Vec::new())
        .with("interfaceType", &interface.interface_type)
}
