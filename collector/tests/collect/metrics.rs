//! Metrics: how fine, over which time, and those that nobody publishes.

use evidence_schema::{Body, Status, record::Metric};

use crate::{
    scene::{Bundle, Scene},
    told::{FAILED, expect_code},
};

fn metrics<'a>(bundle: &'a Bundle, name: &str, period: i32) -> Vec<&'a Metric> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let wanted = bodies.filter_map(|body| match body {
        Body::Metric(it) if it.name == name && it.period_seconds == period => Some(it),
        _ => None,
    });
    wanted.collect()
}

#[test]
fn they_are_fine_around_a_failure_and_coarse_over_the_month() {
    let bundle = Scene::new(FAILED).collected("shop.json", 0);
    let windows = &bundle.manifest.windows;
    let of = |period| {
        let found = metrics(&bundle, "Requests", period);
        assert_eq!(found.len(), 1, "{period}");
        found[0]
    };
    for (period, window) in [
        (60, windows.incidents[0]),
        (300, windows.recent),
        (3_600, windows.extended),
    ] {
        let metric = of(period);
        assert_eq!(metric.window, Some(window));
        assert_eq!(metric.status.as_deref(), Some("Complete"));
        assert!(!metric.points.is_empty());
    }
    assert!(of(3_600).points.len() > 24 * 19, "since it was created");
    let entries = bundle.source("metrics");
    let covered: Vec<_> = entries.iter().map(|it| it.covered.as_slice()).collect();
    assert_eq!(
        covered,
        [
            windows.incidents.as_slice(),
            &[windows.recent],
            &[windows.extended]
        ]
    );
}

#[test]
fn minutes_that_cloudwatch_no_longer_keeps_are_told_as_missing() {
    let old = FAILED.replace("-2h", "-18d");
    let bundle = Scene::new(&old).collected("shop.json", 0);
    let entry = bundle.source("metrics")[0];
    assert_eq!(entry.status, Status::Complete);
    assert_eq!(entry.missing, bundle.manifest.windows.incidents);
    assert!(entry.covered.is_empty() && entry.calls == 0);
    assert!(
        entry
            .note
            .as_deref()
            .is_some_and(|it| it.contains("15 days"))
    );
}

#[test]
fn a_healthy_service_has_no_minutes_to_look_at() {
    let bundle = Scene::new("what = \"Fine.\"\nexpect = []\n").collected("shop.json", 0);
    assert_eq!(bundle.source("metrics")[0].status, Status::NotAsked);
    assert_eq!(bundle.count("metric"), 18);
}

#[test]
fn metrics_that_count_deployments_are_asked_for_and_absent() {
    let bundle = Scene::new(FAILED).collected("shop.json", 0);
    let entries = bundle.source("deployment-metrics");
    let subjects: Vec<_> = entries
        .iter()
        .filter_map(|it| it.subject.as_deref())
        .collect();
    assert_eq!(
        subjects,
        [
            "AWS/AppRunner DeploymentCount",
            "AWS/AppRunner FailedDeploymentCount"
        ]
    );
    for entry in entries {
        assert_eq!((entry.status, entry.calls), (Status::Absent, 1));
        assert_eq!(entry.operations, ["cloudwatch:ListMetrics"]);
    }
}

#[test]
fn the_customers_own_count_is_read_where_he_says_it_is() {
    let scene = Scene::new(&format!(
        "{FAILED}
[[metric]]
namespace = \"Delivery\"
name = \"FailedDeploymentCount\"
dimensions = {{ Service = \"shop\" }}
from = \"-2h\"
minutes = 1
value = 1.0

[[metric]]
namespace = \"Delivery\"
name = \"DeploymentCount\"
dimensions = {{ Service = \"another\" }}
from = \"-2h\"
minutes = 1
value = 1.0
"
    ));
    let output = scene.collect("shop.json", &["--deployment-metrics", "Delivery"]);
    expect_code(&output, 0);
    let bundle = scene.read("shop.json");
    let found = metrics(&bundle, "FailedDeploymentCount", 300);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].points.len(), 1);
    let entries = bundle.source("deployment-metrics");
    let status: Vec<_> = entries.iter().map(|it| it.status).collect();
    assert_eq!(
        status,
        [
            Status::Absent,
            Status::Absent,
            Status::Absent,
            Status::Complete
        ]
    );
    assert_eq!(
        entries[2].note.as_deref(),
        Some("metrics of this name about something else: 1")
    );
}
