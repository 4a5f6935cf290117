"""The VPC of a service: everything that EC2 tells of it, by id and by filter."""

from __future__ import annotations

from typing import Any

from client import Client

# Operation, list, member that holds the id, parameter that names ids, error for one that does not exist.
KINDS = (
    ("subnets", "Subnets", "SubnetId", "SubnetIds", "InvalidSubnetID.NotFound"),
    ("route_tables", "RouteTables", "RouteTableId", "RouteTableIds", "InvalidRouteTableID.NotFound"),
    ("nat_gateways", "NatGateways", "NatGatewayId", "NatGatewayIds", "NatGatewayNotFound"),
    ("vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "VpcEndpointIds", "InvalidVpcEndpointId.NotFound"),
    ("security_groups", "SecurityGroups", "GroupId", "GroupIds", "InvalidGroup.NotFound"),
    (
        "network_interfaces",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "NetworkInterfaceIds",
        "InvalidNetworkInterfaceID.NotFound",
    ),
)


def drive(client: Client) -> dict[str, int]:
    """Reads everything in the VPCs of the account, each thing in three ways."""
    counts = {}
    for kind, items, member, ids, missing in KINDS:
        operation = f"describe_{kind}"
        found = client.pages("ec2", operation, items, "NextToken", {"MaxResults": 5})
        for thing in found:
            by_id = client.ask("ec2", operation, **{ids: [thing[member]]})[items]
            client.expect(by_id == [thing], f"{thing[member]} by its id")
        for vpc in sorted({thing["VpcId"] for thing in found}):
            inside = client.ask("ec2", operation, **_filter(kind, "vpc-id", vpc))[items]
            client.expect(inside == [it for it in found if it["VpcId"] == vpc], f"{kind} of {vpc}")
        client.refused("ec2", operation, missing, **{ids: ["none-of-ours"]})
        client.refused("ec2", operation, "InvalidNextToken", NextToken="none-of-ours")
        counts[f"ec2 describe-{kind.replace('_', '-')}"] = len(found)
    client.refused("ec2", "describe_subnets", "DryRunOperation", DryRun=True)
    return counts


def of_connector(client: Client, connector: dict[str, Any]) -> None:
    """What a connector names exists, unless an account says otherwise."""
    subnets = client.ask("ec2", "describe_subnets", SubnetIds=connector["Subnets"])["Subnets"]
    client.expect(len(subnets) == len(connector["Subnets"]), f"the subnets of {connector['VpcConnectorName']}")
    groups = client.ask("ec2", "describe_security_groups", GroupIds=connector["SecurityGroups"])
    client.expect(
        len(groups["SecurityGroups"]) == len(connector["SecurityGroups"]),
        f"the security groups of {connector['VpcConnectorName']}",
    )


def _filter(kind: str, name: str, value: str) -> dict[str, Any]:
    # The API spells this one parameter in two ways.
    member = "Filter" if kind == "nat_gateways" else "Filters"
    return {member: [{"Name": name, "Values": [value]}]}
