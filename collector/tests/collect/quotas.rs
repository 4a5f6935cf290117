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
    assert_eq!(entries.len(), 3);
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

#[test]
fn a_quota_without_a_value_of_the_account_is_the_one_of_everybody() {
    let stated = |more: &str| format!("[[quota]]\nservice = \"apprunner\"\n{more}\n");
    let scene = Scene::new(&format!(
        "{FAILED}\n{}{}",
        stated("name = \"Services\"\napplied = false"),
        stated("name = \"Connections\"\nvalue = 77.0"),
    ));
    let bundle = scene.collected("shop.json", 0);
    let quotas = quotas(&bundle);
    let named = |name: &str| {
        let found: Vec<_> = quotas
            .iter()
            .filter(|it| it.quota_name.as_deref() == Some(name))
            .map(|it| (it.value, it.is_default))
            .collect();
        found
    };
    assert_eq!(named("Services"), [(Some(30.0), true)]);
    // Its default is another, and is not told beside it.
    assert_eq!(named("Connections"), [(Some(77.0), false)]);
    let entry = &bundle.source("quotas")[2];
    assert_eq!(entry.subject.as_deref(), Some("apprunner defaults"));
    assert_eq!((entry.status, entry.records), (Status::Complete, 1));
}

#[test]
fn without_any_value_of_the_account_the_defaults_are_all_there_is() {
    let fault = "[[fault]]\ncall = \"servicequotas:ListServiceQuotas\"\nkind = \"error\"\ncode = \"NoSuchResourceException\"\nhttp_status = 400\n";
    let bundle = Scene::new(&format!("{FAILED}\n{fault}")).collected("shop.json", 0);
    let mut own = quotas(&bundle);
    own.retain(|it| it.service_code == "apprunner");
    assert!(
        own.len() > 1 && own.iter().all(|it| it.is_default),
        "{own:?}"
    );
    assert_eq!(bundle.source("quotas")[1].status, Status::Absent);
}

#[test]
fn no_default_is_told_where_the_value_of_the_account_could_not_be_read() {
    let fault = "[[fault]]\ncall = \"servicequotas:ListServiceQuotas\"\nkind = \"denied\"\n";
    let bundle = Scene::new(&format!("{FAILED}\n{fault}")).collected("shop.json", 1);
    assert!(
        quotas(&bundle)
            .iter()
            .all(|it| it.service_code == "fargate")
    );
    let entries = bundle.source("quotas");
    assert_eq!(entries[1].status, Status::Denied);
    assert_eq!(entries[2].status, Status::NotAsked);
    assert!(entries[2].note.is_some());
}

#[test]
fn denied_defaults_cost_only_themselves() {
    let fault =
        "[[fault]]\ncall = \"servicequotas:ListAWSDefaultServiceQuotas\"\nkind = \"denied\"\n";
    let bundle = Scene::new(&format!("{FAILED}\n{fault}")).collected("shop.json", 1);
    assert!(
        quotas(&bundle)
            .iter()
            .any(|it| it.service_code == "apprunner")
    );
    let entry = &bundle.source("quotas")[2];
    assert_eq!(
        entry.permission.as_deref(),
        Some("servicequotas:ListAWSDefaultServiceQuotas")
    );
}
