//! The quotas that a deployment runs into.

use evidence_schema::{Body, Status, record::Quota};

use crate::{
    scene::{Bundle, Scene},
    told::FAILED,
};

fn quotas(bundle: &Bundle) -> Vec<&Quota> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let quotas = bodies.filter_map(|body| match body {
        Body::Quota(it) => Some(it),
        _ => None,
    });
    quotas.collect()
}

#[test]
fn the_quota_of_vcpus_and_those_of_app_runner_are_kept() {
    let bundle = Scene::new(FAILED).collected("shop.json", 0);
    let quotas = quotas(&bundle);
    let fargate = quotas.iter().find(|it| it.quota_code == "L-3032A538");
    assert!(fargate.is_some_and(|it| it.value.is_some()), "{quotas:?}");
    assert!(quotas.iter().any(|it| it.service_code == "apprunner"));
    let entries = bundle.source("quotas");
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|it| it.status == Status::Complete));
}

#[test]
fn one_denied_quota_costs_only_itself() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"servicequotas:GetServiceQuota\"\nkind = \"denied\"\n"
    ));
    let bundle = scene.collected("shop.json", 1);
    let entries = bundle.source("quotas");
    assert_eq!(entries[0].status, Status::Denied);
    assert_eq!(
        entries[0].permission.as_deref(),
        Some("servicequotas:GetServiceQuota")
    );
    assert_eq!(entries[1].status, Status::Complete);
}
