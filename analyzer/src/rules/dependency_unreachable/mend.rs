//! What mends a way through a VPC that ends too early.

use std::collections::BTreeMap;

use crate::{
    evidence::Case,
    finding::Step,
    network::{Broken, Destination, Trouble},
    rules::fix,
    signature::Hit,
};

/// What mends a missing hop.
pub(super) fn steps(
    case: Case<'_>,
    broken: &Broken,
    named: &BTreeMap<Destination, &Hit>,
) -> Vec<Step> {
    let manifest = &case.evidence.manifest;
    let region = manifest.target.region.as_str();
    let api = named.keys().find_map(|to| to.api(region));
    let mut steps = Vec::new();
    match broken.kind {
        Trouble::Egress => {
            let group = broken.names.first().map_or("", String::as_str);
            let to = named.keys().next();
            let port = to.and_then(|to| to.port).unwrap_or(443).to_string();
            let cidr = match to.and_then(Destination::address) {
                Some(address) => format!("{address}/32"),
                None => "0.0.0.0/0".to_owned(),
            };
            steps.push(fix::aws(
                manifest,
                &[
                    "ec2",
                    "authorize-security-group-egress",
                    "--group-id",
                    group,
                    "--protocol",
                    "tcp",
                    "--port",
                    &port,
                    "--cidr",
                    &cidr,
                ],
            ));
        }
        Trouble::Endpoint => steps.push(Step::Text(
            "Let the security group of the connector in on port 443 of the endpoint's security \
             group."
                .to_owned(),
        )),
        Trouble::NoRoute | Trouble::Blackhole | Trouble::PublicSubnet | Trouble::Nat => {
            if let Some(api) = api {
                steps.push(Step::Text(
                    "For the API of AWS alone, an endpoint in the VPC is enough; give it the \
                     subnets of the connector and a security group that lets port 443 in:"
                        .to_owned(),
                ));
                steps.push(endpoint(case, api));
            }
            steps.push(Step::Text(
                "For the internet, the subnets of the connector have to be private ones, with a \
                 default route to a NAT gateway that is in a public subnet. A connector cannot be \
                 changed: make a new one on such subnets and give it to the service, or put the \
                 route into the table of these:"
                    .to_owned(),
            ));
            let table = broken
                .names
                .iter()
                .find(|name| name.starts_with("rtb-"))
                .map(String::as_str);
            if let (Some(table), false) = (table, broken.kind == Trouble::PublicSubnet) {
                let verb = if broken.kind == Trouble::NoRoute {
                    "create-route"
                } else {
                    "replace-route"
                };
                steps.push(fix::aws(
                    manifest,
                    &[
                        "ec2",
                        verb,
                        "--route-table-id",
                        table,
                        "--destination-cidr-block",
                        "0.0.0.0/0",
                        "--nat-gateway-id",
                        "NAT_GATEWAY_ID",
                    ],
                ));
            }
        }
    }
    steps
}

fn endpoint(case: Case<'_>, api: &str) -> Step {
    let manifest = &case.evidence.manifest;
    let region = &manifest.target.region;
    let around = &case.evidence.surroundings;
    let vpc = around
        .subnets
        .iter()
        .find_map(|it| it.fact.vpc_id.as_deref())
        .unwrap_or("VPC_ID");
    let name = format!("com.amazonaws.{region}.{api}");
    let mut words = vec![
        "ec2",
        "create-vpc-endpoint",
        "--vpc-id",
        vpc,
        "--service-name",
        &name,
    ];
    let tables: Vec<&str> = around
        .route_tables
        .iter()
        .map(|it| it.fact.id.as_str())
        .collect();
    if matches!(api, "s3" | "dynamodb") {
        words.push("--route-table-ids");
        words.extend(tables);
        return fix::aws(manifest, &words);
    }
    words.extend(["--vpc-endpoint-type", "Interface", "--private-dns-enabled"]);
    if let Some(connector) = around.vpc_connectors.first() {
        words.push("--subnet-ids");
        words.extend(connector.fact.subnets.iter().map(String::as_str));
        words.push("--security-group-ids");
        words.extend(connector.fact.security_groups.iter().map(String::as_str));
    }
    fix::aws(manifest, &words)
}
