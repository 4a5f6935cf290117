//! What lies behind the VPC connector.

use evidence_schema::{
    Body, Record, Status,
    record::{RouteTable, Subnet},
};

use crate::{
    scene::{Bundle, Scene},
    told::FAILED,
};

fn in_vpc(more: &str) -> Scene {
    Scene::new(&format!(
        "{FAILED}\n[service]\nvpc_connector = \"private\"\n{more}"
    ))
}

fn of_kind<'a, T>(bundle: &'a Bundle, which: fn(&'a Record) -> Option<&'a T>) -> Vec<&'a T> {
    bundle.records.iter().filter_map(which).collect()
}

fn subnets(bundle: &Bundle) -> Vec<&Subnet> {
    of_kind(bundle, |it| match &it.body {
        Body::Subnet(it) => Some(it),
        _ => None,
    })
}

fn tables(bundle: &Bundle) -> Vec<&RouteTable> {
    of_kind(bundle, |it| match &it.body {
        Body::RouteTable(it) => Some(it),
        _ => None,
    })
}

fn status(bundle: &Bundle, subject: &str) -> Status {
    let entries = bundle.source("network");
    let entry = entries
        .iter()
        .find(|it| it.subject.as_deref() == Some(subject));
    entry
        .unwrap_or_else(|| panic!("{subject}: {entries:?}"))
        .status
}

#[test]
fn the_way_out_of_the_vpc_is_collected() {
    let bundle = in_vpc("").collected("shop.json", 0);
    let subnets = subnets(&bundle);
    assert_eq!(subnets.len(), 2);
    for subnet in &subnets {
        assert!(
            subnet.free_addresses.is_some_and(|free| free > 0),
            "{subnet:?}"
        );
        assert_eq!(subnet.public_addresses, Some(false));
        assert_eq!(subnet.state.as_deref(), Some("available"));
        let table = tables(&bundle)
            .into_iter()
            .find(|it| it.subnets.contains(&subnet.id))
            .expect("a route table");
        let way = table.routes.iter().find(|it| it.destination == "0.0.0.0/0");
        let way = way.expect("a way out");
        assert_eq!(way.state.as_deref(), Some("active"));
        let gateway = of_kind(&bundle, |it| match &it.body {
            Body::NatGateway(it) => Some(it),
            _ => None,
        });
        let gateway = gateway
            .iter()
            .find(|it| Some(&it.id) == way.target.as_ref());
        let gateway = gateway.expect("the gateway of the route");
        assert_eq!(gateway.state.as_deref(), Some("available"));
        assert!(gateway.created_at.is_some());
    }
    let group = bundle.records.iter().find_map(|it| match &it.body {
        Body::SecurityGroup(it) => Some(it),
        _ => None,
    });
    let group = group.expect("the security group");
    assert!(
        !group.egress.is_empty() && !group.egress[0].peers.is_empty(),
        "{group:?}"
    );
    let interfaces = of_kind(&bundle, |it| match &it.body {
        Body::NetworkInterface(it) => Some(it),
        _ => None,
    });
    assert!(!interfaces.is_empty());
    for interface in interfaces {
        assert!(
            interface
                .description
                .as_deref()
                .is_some_and(|it| it.starts_with("AWSAppRunner"))
        );
        assert!(interface.address.is_some() && interface.security_groups == [group.id.clone()]);
    }
    for part in [
        "subnets",
        "route tables",
        "NAT gateways",
        "VPC endpoints",
        "security groups",
        "network interfaces",
    ] {
        assert_eq!(status(&bundle, part), Status::Complete, "{part}");
    }
}

#[test]
fn a_service_without_a_connector_asks_nothing_of_ec2() {
    let scene = Scene::new(FAILED);
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(bundle.source("network")[0].status, Status::NotAsked);
    assert!(
        scene
            .endpoint
            .calls()
            .iter()
            .all(|call| call.service != "ec2")
    );
}

#[test]
fn a_subnet_that_is_gone_costs_only_itself() {
    let scene = in_vpc(
        "\n[[vpc_connector]]\nname = \"private\"\nsubnets = [\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"]\n\n[[subnet]]\nid = \"subnet-0123456789abcdef1\"\nexists = false\n",
    );
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(subnets(&bundle).len(), 1);
    assert_eq!(status(&bundle, "subnets"), Status::Complete);
    assert_eq!(status(&bundle, "subnet-0123456789abcdef1"), Status::Absent);
}

#[test]
fn denied_calls_of_ec2_name_their_permissions() {
    let fault = "[[fault]]\ncall = \"ec2:*\"\nkind = \"denied\"\n";
    let bundle = in_vpc(fault).collected("shop.json", 1);
    let denied: Vec<_> = bundle
        .source("network")
        .into_iter()
        .filter(|it| it.status == Status::Denied)
        .map(|it| it.permission.as_deref().expect("a permission"))
        .collect();
    assert_eq!(
        denied,
        [
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeNetworkInterfaces"
        ]
    );
    assert_eq!(status(&bundle, "route tables"), Status::NotAsked);
    assert_eq!(
        bundle.source("network")[0].calls,
        1,
        "a denied call is not made again"
    );
}

#[test]
fn ec2_is_asked_again_when_it_throttles_and_when_a_connection_breaks() {
    let faults: String = ["throttled", "reset", "cut-body"]
        .iter()
        .map(|kind| {
            format!("[[fault]]\ncall = \"ec2:DescribeSubnets\"\nkind = \"{kind}\"\ntimes = 1\n")
        })
        .collect();
    let scene = in_vpc(&faults);
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(status(&bundle, "subnets"), Status::Complete);
    let calls = scene.endpoint.calls();
    let calls = calls.iter().filter(|it| it.operation == "DescribeSubnets");
    assert_eq!(calls.count(), 4);
}

#[test]
fn pages_of_ec2_are_read_to_the_end_and_no_further() {
    let fault = |kind: &str| format!("[[fault]]\ncall = \"ec2:*\"\nkind = \"{kind}\"\n");
    let bundle = in_vpc(&fault("empty-page")).collected("shop.json", 0);
    assert_eq!(subnets(&bundle).len(), 2);
    assert_eq!(bundle.source("network")[0].calls, 2);
    let bundle = in_vpc(&fault("repeated-token")).collected("shop.json", 1);
    assert_eq!(status(&bundle, "subnets"), Status::Partial);
}

#[test]
fn the_endpoint_of_ec2_can_be_another_one() {
    let scene = in_vpc("");
    let output = scene
        .program()
        .env("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:9")
        .args(["collect", "--service", "shop", "-o", "shop.json"])
        // Nobody answers there, and it is tried for a while.
        .args(["--deadline", "8s"])
        .output()
        .expect("the program runs");
    crate::told::expect_code(&output, 1);
    let bundle = scene.read("shop.json");
    assert_ne!(status(&bundle, "subnets"), Status::Complete);
    assert_eq!(bundle.source("service-log")[0].status, Status::Complete);
    assert!(
        scene
            .endpoint
            .calls()
            .iter()
            .all(|call| call.service != "ec2")
    );
}
