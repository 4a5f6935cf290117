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
