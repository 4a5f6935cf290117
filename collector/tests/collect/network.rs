//! How the service is reached, what it reaches, and its tags.

use evidence_schema::{Body, Status};

use crate::{scene::Scene, told::FAILED};

#[test]
fn a_connector_is_kept_with_its_subnets_and_security_groups() {
    let scene = Scene::new(&format!(
        "{FAILED}
[service]
vpc_connector = \"inside\"
tags = {{ team = \"orders\", \"aws:cloudformation:stack-name\" = \"shop-stack\" }}

[[vpc_connector]]
name = \"inside\"
subnets = [\"subnet-0b\", \"subnet-0a\"]
security_groups = [\"sg-01\"]
"
    ));
    let bundle = scene.collected("shop.json", 0);
    let connector = bundle.records.iter().find_map(|it| match &it.body {
        Body::VpcConnector(it) => Some(it),
        _ => None,
    });
    let connector = connector.expect("the connector");
    assert_eq!(connector.subnets, ["subnet-0a", "subnet-0b"]);
    assert_eq!(connector.security_groups, ["sg-01"]);
    assert_eq!(connector.status.as_deref(), Some("ACTIVE"));
    let entry = bundle.source("vpc-connector")[0];
    assert_eq!(entry.status, Status::Complete);
    assert_eq!(entry.subject.as_deref(), Some(connector.arn.as_str()));

    let tags = bundle.records.iter().find_map(|it| match &it.body {
        Body::Tags(it) => Some(&it.tags),
        _ => None,
    });
    let tags = tags.expect("the tags");
    assert_eq!(tags["team"], "orders");
    assert_eq!(tags["aws:cloudformation:stack-name"], "shop-stack");
}

#[test]
fn a_public_service_with_default_egress_has_none_of_it_and_says_so() {
    let scene = Scene::new(FAILED);
    let bundle = scene.collected("shop.json", 0);
    for source in ["vpc-connector", "ingress-connections", "observability"] {
        let entry = bundle.source(source)[0];
        assert_eq!(
            (entry.status, entry.calls),
            (Status::NotAsked, 0),
            "{source}"
        );
        assert!(entry.note.is_some(), "{source}");
    }
    for source in ["tags", "custom-domains"] {
        let entry = bundle.source(source)[0];
        assert_eq!(
            (entry.status, entry.calls, entry.records),
            (Status::Complete, 1, 0),
            "{source}"
        );
    }
}

#[test]
fn the_way_into_a_private_service_its_domains_and_its_tracing_are_kept() {
    let scene = Scene::new(&format!(
        "{FAILED}
[service]
public = false
observability = \"traced\"

[[custom_domain]]
name = \"shop.example.com\"
status = \"PENDING_CERTIFICATE_DNS_VALIDATION\"
"
    ));
    scene.collect("shop.json", &[]);
    let bundle = scene.read("shop.json");
    for source in ["ingress-connections", "custom-domains", "observability"] {
        for entry in bundle.source(source) {
            assert_eq!(entry.status, Status::Complete, "{entry:?}");
        }
    }
    let bodies = || bundle.records.iter().map(|it| &it.body);
    let ingress = bodies().find_map(|body| match body {
        Body::IngressConnection(it) => Some(it),
        _ => None,
    });
    let ingress = ingress.expect("the way in");
    assert_eq!(ingress.name, "shop-ingress");
    assert_eq!(ingress.status.as_deref(), Some("AVAILABLE"));
    assert!(ingress.vpc_id.is_some() && ingress.vpc_endpoint_id.is_some());
    let domain = bodies().find_map(|body| match body {
        Body::CustomDomain(it) => Some(it),
        _ => None,
    });
    let domain = domain.expect("the domain");
    assert_eq!(domain.domain_name, "shop.example.com");
    assert!(
        domain
            .validation_records
            .iter()
            .any(|it| it.status.as_deref() == Some("PENDING_VALIDATION")),
        "{domain:?}"
    );
    let traced = bodies().find_map(|body| match body {
        Body::ObservabilityConfiguration(it) => Some(it),
        _ => None,
    });
    assert_eq!(
        traced.expect("the tracing").trace_vendor.as_deref(),
        Some("AWSXRAY")
    );
}

#[test]
fn a_private_service_without_a_way_in_and_a_lost_configuration_are_told_as_absent() {
    let scene = Scene::new(&format!(
        "{FAILED}
[service]
public = false
observability = \"traced\"

[[vpc_ingress_connection]]
name = \"shop-ingress\"
exists = false

[[observability]]
name = \"traced\"
exists = false
"
    ));
    scene.collect("shop.json", &[]);
    let bundle = scene.read("shop.json");
    for source in ["ingress-connections", "observability"] {
        assert_eq!(bundle.source(source)[0].status, Status::Absent, "{source}");
    }
}
