"""The VPC behind a connector in moto, and what of it the collector has to tell."""

from __future__ import annotations

import json
from typing import Any

from moto_secrets_and_keys import same_time

REGION = "us-east-1"
INTERFACES = "AWSAppRunner ENI"


def fill(moto: Any) -> dict[str, Any]:
    """Makes a VPC with everything in it, and another that nobody asks for; returns the ids for the connector."""
    ec2 = moto.client("ec2")
    made = _vpc(ec2, "10.20")
    _vpc(ec2, "10.30")
    return made


def _vpc(ec2: Any, begin: str) -> dict[str, Any]:
    vpc = ec2.create_vpc(CidrBlock=f"{begin}.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    inside = vpc["VpcId"]
    six = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    private = [
        ec2.create_subnet(VpcId=inside, CidrBlock=f"{begin}.1.0/24", AvailabilityZone=f"{REGION}a", Ipv6CidrBlock=six),
        ec2.create_subnet(VpcId=inside, CidrBlock=f"{begin}.2.0/27", AvailabilityZone=f"{REGION}b"),
    ]
    private = [made["Subnet"]["SubnetId"] for made in private]
    public = ec2.create_subnet(VpcId=inside, CidrBlock=f"{begin}.9.0/24")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=private[1], MapPublicIpOnLaunch={"Value": True})

    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=inside)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    tables = []
    for subnets, target in ((private, {"NatGatewayId": nat}), ([public], {"GatewayId": internet})):
        table = ec2.create_route_table(VpcId=inside)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
        for subnet in subnets:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        tables.append(table)

    group = ec2.create_security_group(GroupName="shop <&>", Description="é \"of\" the shop", VpcId=inside)["GroupId"]
    of_endpoint = ec2.create_security_group(GroupName="endpoint", Description="e", VpcId=inside)["GroupId"]
    alone = ec2.create_security_group(GroupName="alone", Description="of nobody", VpcId=inside)["GroupId"]
    rules = [
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "IpRanges": [{"CidrIp": f"{begin}.2.0/24"}, {"CidrIp": "10.0.0.0/8"}],
        },
        {"IpProtocol": "udp", "FromPort": 53, "ToPort": 54, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": alone}]},
    ]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=rules)
    ec2.authorize_security_group_ingress(GroupId=of_endpoint, IpPermissions=rules[:1])
    ec2.revoke_security_group_egress(
        GroupId=of_endpoint, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )

    ec2.create_vpc_endpoint(
        VpcId=inside,
        ServiceName=f"com.amazonaws.{REGION}.secretsmanager",
        VpcEndpointType="Interface",
        SubnetIds=private,
        SecurityGroupIds=[of_endpoint],
        PrivateDnsEnabled=True,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "é <&>"}]}),
    )
    ec2.create_vpc_endpoint(
        VpcId=inside, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway", RouteTableIds=tables
    )
    for subnet, text in (
        (private[0], f"{INTERFACES} - é <&>"),
        (private[1], INTERFACES),
        (private[0], "something else"),
    ):
        ec2.create_network_interface(SubnetId=subnet, Description=text, Groups=[group])
    ec2.create_network_interface(SubnetId=public, Description=INTERFACES, Groups=[group])
    return {"vpc": inside, "subnets": private, "groups": [group], "of_endpoint": [of_endpoint]}


def compare(same: Any, moto: Any, made: dict[str, Any], records: dict[str, list[dict[str, Any]]]) -> None:
    """Compares everything in the VPC with what boto3 reads without a filter."""
    ec2 = moto.client("ec2")

    def things(operation: str, member: str) -> list[dict[str, Any]]:
        pages = ec2.get_paginator(operation).paginate()
        return [it for it in pages.build_full_result()[member] if it["VpcId"] == made["vpc"]]

    asked = made["groups"] + made["of_endpoint"]
    subnets = [it for it in things("describe_subnets", "Subnets") if it["SubnetId"] in made["subnets"]]
    interfaces = [
        it
        for it in things("describe_network_interfaces", "NetworkInterfaces")
        if it["SubnetId"] in made["subnets"] and it["Description"].startswith(INTERFACES)
    ]
    groups = [it for it in things("describe_security_groups", "SecurityGroups") if it["GroupId"] in asked]
    for kind, read in (
        ("subnet", [_subnet(it) for it in subnets]),
        ("network_interface", [_interface(it) for it in interfaces]),
        ("security_group", [_group(it) for it in groups]),
        ("route_table", [_table(it) for it in things("describe_route_tables", "RouteTables")]),
        ("nat_gateway", [_nat_gateway(it) for it in things("describe_nat_gateways", "NatGateways")]),
        ("vpc_endpoint", [_endpoint(it) for it in things("describe_vpc_endpoints", "VpcEndpoints")]),
    ):
        same(f"there is a {kind} to compare", bool(read), True)
        _each(same, kind, records.get(kind, []), read)


def _each(same: Any, kind: str, collected: list[dict[str, Any]], read: list[dict[str, Any]]) -> None:
    key = f"{kind}_id"
    by_id = {record[key]: record for record in collected}
    same(f"ids of {kind}", [record[key] for record in collected], sorted(it[key] for it in read))
    for thing in read:
        record = by_id.get(thing[key], {})
        same(f"members of {thing[key]}", sorted(set(record) - set(thing) - {"id", "kind"}), [])
        for member, value in thing.items():
            what = f"{thing[key]} {member}"
            if member.endswith("_at"):
                same_time(same, what, record.get(member), value)
            elif member == "policy":
                same(what, json.loads(record.get(member) or "null"), json.loads(value or "null"))
            else:
                # A list that is empty may be left out of a record.
                same(what, record.get(member, [] if value == [] else None), value)


def _subnet(it: dict[str, Any]) -> dict[str, Any]:
    return {
        "subnet_id": it["SubnetId"],
        "vpc_id": it["VpcId"],
        "state": it["State"],
        "availability_zone": it["AvailabilityZone"],
        "availability_zone_id": it["AvailabilityZoneId"],
        "cidr": it["CidrBlock"],
        "ipv6_cidrs": [six["Ipv6CidrBlock"] for six in it["Ipv6CidrBlockAssociationSet"]],
        "free_addresses": it["AvailableIpAddressCount"],
        "public_addresses": it["MapPublicIpOnLaunch"],
    }


def _interface(it: dict[str, Any]) -> dict[str, Any]:
    return {
        "network_interface_id": it["NetworkInterfaceId"],
        "subnet_id": it["SubnetId"],
        "vpc_id": it["VpcId"],
        "status": it["Status"],
        "interface_type": it["InterfaceType"],
        "description": it["Description"],
        "address": it["PrivateIpAddress"],
        "security_groups": sorted(group["GroupId"] for group in it["Groups"]),
    }


def _table(it: dict[str, Any]) -> dict[str, Any]:
    return {
        "route_table_id": it["RouteTableId"],
        "vpc_id": it["VpcId"],
        "main": any(one["Main"] for one in it["Associations"]),
        "subnets": sorted(one["SubnetId"] for one in it["Associations"] if "SubnetId" in one),
        "routes": [
            {
                "destination": one.get("DestinationCidrBlock")
                or one.get("DestinationIpv6CidrBlock")
                or one.get("DestinationPrefixListId"),
                "target": one.get("NatGatewayId") or one.get("GatewayId"),
                "state": one.get("State"),
            }
            for one in it["Routes"]
        ],
    }


def _nat_gateway(it: dict[str, Any]) -> dict[str, Any]:
    # moto leaves out `ConnectivityType`, which AWS tells.
    return {
        "nat_gateway_id": it["NatGatewayId"],
        "vpc_id": it["VpcId"],
        "subnet_id": it["SubnetId"],
        "state": it["State"],
        "connectivity": it.get("ConnectivityType"),
        "created_at": it["CreateTime"],
        "deleted_at": it.get("DeleteTime"),
    }


def _endpoint(it: dict[str, Any]) -> dict[str, Any]:
    return {
        "vpc_endpoint_id": it["VpcEndpointId"],
        "vpc_id": it["VpcId"],
        "service_name": it["ServiceName"],
        "endpoint_type": it["VpcEndpointType"],
        "state": it["State"],
        "private_dns": it["PrivateDnsEnabled"],
        "subnets": sorted(it["SubnetIds"]),
        "route_tables": sorted(it["RouteTableIds"]),
        "security_groups": sorted(group["GroupId"] for group in it["Groups"]),
        "policy": it.get("PolicyDocument"),
        "created_at": it["CreationTimestamp"],
    }


def _group(it: dict[str, Any]) -> dict[str, Any]:
    return {
        "security_group_id": it["GroupId"],
        "name": it["GroupName"],
        "vpc_id": it["VpcId"],
        "ingress": [_rule(rule) for rule in it["IpPermissions"]],
        "egress": [_rule(rule) for rule in it["IpPermissionsEgress"]],
    }


def _rule(it: dict[str, Any]) -> dict[str, Any]:
    peers = []
    for members, name in (
        ("IpRanges", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6"),
        ("UserIdGroupPairs", "GroupId"),
        ("PrefixListIds", "PrefixListId"),
    ):
        peers += sorted(peer[name] for peer in it.get(members, []))
    return {
        "protocol": it["IpProtocol"],
        "from_port": it.get("FromPort"),
        "to_port": it.get("ToPort"),
        "peers": peers,
    }
