//! What there is in a VPC.

use super::*;

const CONNECTED: &str = "[service]\nvpc_connector = \"private\"\n";

fn describe(endpoint: &Endpoint, what: &str) -> String {
    let form = format!("Action=Describe{what}&Version=2016-11-15");
    let answer = ask_form(endpoint, "ec2", &form);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// What is in each element of this name.
fn texts(xml: &str, tag: &str) -> Vec<String> {
    let tag = format!("<{tag}>");
    xml.split(&tag)
        .skip(1)
        .map(|part| part.split('<').next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_connector_has_private_subnets_with_a_way_out() {
    let endpoint = start(CONNECTED);
    let subnets = describe(
        &endpoint,
        "Subnets&Filter.1.Name=map-public-ip-on-launch&Filter.1.Value.1=false",
    );
    assert!(subnets.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>"
    ));
    let connector = &endpoint.account().vpc_connectors[0];
    assert_eq!(texts(&subnets, "subnetId"), connector.subnets);
    assert_eq!(
        texts(&subnets, "availabilityZoneId"),
        ["use1-az1", "use1-az2"]
    );
    assert_eq!(texts(&subnets, "availableIpAddressCount"), ["250", "251"]);
    let table = describe(
        &endpoint,
        &format!(
            "RouteTables&Filter.1.Name=association.subnet-id&Filter.1.Value.1={}",
            connector.subnets[1]
        ),
    );
    let gateways = describe(&endpoint, "NatGateways");
    assert_eq!(
        texts(&table, "natGatewayId"),
        texts(&gateways, "natGatewayId")
    );
    assert_eq!(texts(&gateways, "state"), ["available"]);
    let interfaces = describe(
        &endpoint,
        "NetworkInterfaces&Filter.1.Name=description&Filter.1.Value.1=AWSAppRunner*",
    );
    assert_eq!(texts(&interfaces, "interfaceType"), ["fargate"]);
    assert_eq!(
        texts(&interfaces, "subnetId"),
        [connector.subnets[0].clone()]
    );
    let groups = describe(&endpoint, "SecurityGroups");
    assert_eq!(texts(&groups, "groupId"), connector.security_groups);
    assert!(groups.contains("<ipPermissionsEgress><item><ipProtocol>-1</ipProtocol>"));
    assert!(!describe(&start(""), "Subnets").contains("<item>"));
}

#[test]
fn a_network_is_broken_as_stated() {
    let endpoint = start(&format!(
        r#"{CONNECTED}
[[subnet]]
id = "subnet-0a1b2c3d4e5f60001"
zone = "e"
cidr = "10.0.9.0/28"
free = 0
[[nat_gateway]]
deleted = "-2h"
[[security_group]]
id = "sg-0a1b2c3d4e5f60003"
egress = [{{ ports = "443", peers = ["10.0.0.0/16", "pl-63a5400a"] }}]
[[vpc_endpoint]]
service = "secretsmanager"
subnets = ["subnet-0a1b2c3d4e5f60002"]
"#
    ));
    let subnet = describe(&endpoint, "Subnets&SubnetId.1=subnet-0a1b2c3d4e5f60001");
    assert_eq!(texts(&subnet, "availabilityZone"), ["us-east-1e"]);
    assert_eq!(texts(&subnet, "availableIpAddressCount"), ["0"]);
    let dead = describe(
        &endpoint,
        "RouteTables&Filter.1.Name=route.state&Filter.1.Value.1=blackhole",
    );
    assert_eq!(texts(&dead, "natGatewayId").len(), 1);
    assert!(
        describe(&endpoint, "NatGateways")
            .contains("<deleteTime>2026-11-20T10:00:00.000Z</deleteTime>")
    );
    let group = describe(&endpoint, "SecurityGroups");
    assert_eq!(texts(&group, "fromPort"), ["443"]);
    assert_eq!(texts(&group, "prefixListId"), ["pl-63a5400a"]);
    let endpoints = describe(&endpoint, "VpcEndpoints");
    assert_eq!(
        texts(&endpoints, "serviceName"),
        ["com.amazonaws.us-east-1.secretsmanager"]
    );
}

#[test]
fn ec2_refuses_in_its_own_words() {
    let endpoint = start(&format!(
        "{CONNECTED}\n[[fault]]\ncall = \"ec2:DescribeSubnets\"\nkind = \"denied\"\n"
    ));
    let ask = |form: &str| ask_form(&endpoint, "ec2", form);
    let denied = ask("Action=DescribeSubnets");
    assert_eq!(
        (denied.status, denied.code().as_str()),
        (403, "UnauthorizedOperation")
    );
    assert!(denied.text().contains("<Response><Errors><Error><Code>"));
    let missing = ask("Action=DescribeSecurityGroups&GroupId.1=sg-none");
    assert_eq!(missing.code(), "InvalidGroup.NotFound");
    let filter = ask("Action=DescribeRouteTables&Filter.1.Name=colour&Filter.1.Value.1=red");
    assert_eq!(filter.code(), "InvalidParameterValue");
    let few = ask("Action=DescribeNatGateways&MaxResults=1");
    assert_eq!(few.code(), "InvalidParameterValue");
    let dry = ask("Action=DescribeNatGateways&DryRun=true");
    assert_eq!(dry.code(), "DryRunOperation");
    assert_eq!(ask("Action=DeleteSubnet").code(), "InvalidAction");
}
