//! DescribeSubnets.

use super::{Answer, Failure, Kind, Out, Request, describe, no_tags, not_found, one};
use crate::account::Subnet;

const KIND: Kind<Subnet> = Kind {
    ids: "SubnetId",
    set: "subnetSet",
    id: |subnet| &subnet.id,
    field,
    not_found: |id| {
        not_found(
            "InvalidSubnetID.NotFound",
            format!("The subnet ID '{id}' does not exist"),
        )
    },
    out,
};

pub(super) fn describe_subnets(request: &Request<'_>) -> Result<Answer, Failure> {
    describe(request, &request.account.network.subnets, &KIND)
}

fn field(request: &Request<'_>, subnet: &Subnet, name: &str) -> Option<Vec<String>> {
    match name {
        "availability-zone" | "availabilityZone" => one(&subnet.zone),
        "availability-zone-id" | "availabilityZoneId" => one(&subnet.zone_id),
        "available-ip-address-count" => one(subnet.free),
        "cidr" | "cidr-block" | "cidrBlock" => one(&subnet.cidr),
        "default-for-az" | "defaultForAz" => one(false),
        "map-public-ip-on-launch" => one(subnet.public),
        "owner-id" => one(&request.account.id),
        "state" => one("available"),
        "subnet-arn" => one(arn(request, subnet)),
        "subnet-id" => one(&subnet.id),
        "vpc-id" => one(&subnet.vpc),
        _ => None,
    }
}

fn out(request: &Request<'_>, subnet: &Subnet) -> Out {
    Out::map()
        .with("subnetId", &subnet.id)
        .with("subnetArn", arn(request, subnet))
        .with("state", "available")
        .with("ownerId", &request.account.id)
        .with("vpcId", &subnet.vpc)
        .with("cidrBlock", &subnet.cidr)
        .with("ipv6CidrBlockAssociationSet", Vec::new())
        .with("availableIpAddressCount", subnet.free)
        .with("availabilityZone", &subnet.zone)
        .with("availabilityZoneId", &subnet.zone_id)
        .with("defaultForAz", false)
        .with("mapPublicIpOnLaunch", subnet.public)
        .with("assignIpv6AddressOnCreation", false)
        .with("ipv6Native", false)
        .with("tagSet", no_tags())
}

fn arn(request: &Request<'_>, subnet: &Subnet) -> String {
    format!(
        "arn:aws:ec2:{}:{}:subnet/{}",
        request.account.region, request.account.id, subnet.id
    )
}
