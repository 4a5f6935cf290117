//! The other services of the account.

use evidence_schema::{
    Body, Status,
    record::{SiblingConfiguration, SiblingOperation},
};

use crate::{
    scene::{Bundle, Scene},
    told::FAILED,
};

const OTHERS: &str = r#"
[[other_service]]
name = "api-one"

[[other_service.operation]]
type = "UPDATE_SERVICE"
status = "ROLLBACK_SUCCEEDED"
start = "-2h10m"

[[other_service]]
name = "api-two"
"#;

fn operations_of<'a>(bundle: &'a Bundle, name: &str) -> Vec<&'a SiblingOperation> {
    let part = format!(":service/{name}/");
    bundle
        .records
        .iter()
        .filter_map(|it| match &it.body {
            Body::SiblingOperation(it) if it.service_arn.contains(&part) => Some(it),
            _ => None,
        })
        .collect()
}

#[test]
fn other_services_are_listed_with_what_was_done_with_them() {
    let scene = Scene::new(&format!("{FAILED}\n{OTHERS}"));
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(bundle.count("sibling_service"), 2);
    let one = operations_of(&bundle, "api-one");
    assert!(one.iter().any(|it| it.status.failed()), "{one:?}");
    assert!(!operations_of(&bundle, "api-two").is_empty());
    assert!(operations_of(&bundle, "shop").is_empty());

    let entries = bundle.source("siblings");
    assert_eq!(
        entries.len(),
        4,
        "the list, one for each service, and what the one is made of that was deployed then"
    );
    let windows = &bundle.manifest.windows;
    for entry in &entries[1..3] {
        assert_eq!(entry.status, Status::Complete);
        assert_eq!(entry.covered, [windows.recent]);
    }
}

fn configurations(bundle: &Bundle) -> Vec<&SiblingConfiguration> {
    let records = bundle.records.iter();
    records
        .filter_map(|it| match &it.body {
            Body::SiblingConfiguration(it) => Some(it),
            _ => None,
        })
        .collect()
}

#[test]
fn what_a_service_is_made_of_that_was_deployed_then_is_described_without_its_variables() {
    let others = r#"
[[other_service]]
name = "api-one"
access_role = "OtherPull"
environment = { TOKEN = "once-upon-a-time-in-a-variable" }

[[other_service.operation]]
type = "UPDATE_SERVICE"
status = "ROLLBACK_SUCCEEDED"
start = "-2h10m"

[[other_service]]
name = "quiet"
"#;
    let scene = Scene::new(&format!("{FAILED}\n{others}"));
    let bundle = scene.collected("shop.json", 0);
    let all = configurations(&bundle);
    assert_eq!(all.len(), 1, "nothing was done with the other one: {all:?}");
    let one = all[0];
    assert!(one.service_arn.contains(":service/api-one/"));
    assert_eq!(
        one.access_role_arn.as_deref(),
        Some("arn:aws:iam::111122223333:role/OtherPull")
    );
    assert_eq!(
        one.image.as_deref(),
        Some("111122223333.dkr.ecr.us-east-1.amazonaws.com/api-one:v1")
    );
    assert_eq!(one.vpc_connector_arn, None);
    let text = serde_json::to_string(&bundle.records).expect("JSON");
    assert!(!text.contains("once-upon-a-time"));
    let entries = bundle.source("siblings");
    let subject = format!("{} configuration", one.service_arn);
    let entry = entries
        .iter()
        .find(|it| it.subject.as_deref() == Some(&subject))
        .expect("an entry of its own");
    assert_eq!((entry.status, entry.calls), (Status::Complete, 1));
}

#[test]
fn no_more_than_twenty_are_described_and_those_that_failed_come_first() {
    let many: String = (0..22)
        .map(|number| {
            let status = if number == 21 {
                "ROLLBACK_SUCCEEDED"
            } else {
                "SUCCEEDED"
            };
            format!(
                "[[other_service]]\nname = \"many-{number:02}\"\n[[other_service.operation]]\n\
                 type = \"UPDATE_SERVICE\"\nstatus = \"{status}\"\nstart = \"-2h\"\n"
            )
        })
        .collect();
    let scene = Scene::new(&format!("{FAILED}\n{many}"));
    let bundle = scene.collected("shop.json", 0);
    let all = configurations(&bundle);
    assert_eq!(all.len(), 20);
    assert!(all.iter().any(|it| it.service_arn.contains("/many-21/")));
    let left: Vec<_> = bundle
        .source("siblings")
        .into_iter()
        .filter(|it| it.status == Status::NotAsked)
        .collect();
    assert_eq!(left.len(), 2);
    for entry in left {
        assert!(
            entry
                .note
                .as_deref()
                .is_some_and(|it| it.starts_with("20 other services"))
        );
    }
}

#[test]
fn a_service_that_may_not_be_described_is_told_with_the_permission() {
    let scene = Scene::new(&format!(
        "{FAILED}\n{OTHERS}\n[[fault]]\ncall = \"apprunner:DescribeService\"\nkind = \"denied\"\nwith = \"/api-one/\"\n"
    ));
    let bundle = scene.collected("shop.json", 1);
    assert!(configurations(&bundle).is_empty());
    let entry = bundle.source("siblings")[3];
    assert_eq!(entry.status, Status::Denied);
    assert_eq!(
        entry.permission.as_deref(),
        Some("apprunner:DescribeService")
    );
}

#[test]
fn a_busy_service_is_read_back_a_day_and_no_further() {
    let busy: String = (1..=70)
        .map(|hours| {
            format!(
                "[[other_service.operation]]\ntype = \"START_DEPLOYMENT\"\nstart = \"-{hours}h\"\n"
            )
        })
        .collect();
    let scene = Scene::new(&format!(
        "{FAILED}\n[[other_service]]\nname = \"busy\"\n{busy}"
    ));
    let bundle = scene.collected("shop.json", 0);
    let entry = bundle.source("siblings")[1];
    assert_eq!((entry.status, entry.calls), (Status::Complete, 2));
    assert_eq!(entry.covered, [bundle.manifest.windows.recent]);
    assert!(
        entry
            .note
            .as_deref()
            .is_some_and(|it| it == "read back to the operation of 2026-11-18T20:00:00Z"),
        "{entry:?}"
    );
    assert_eq!(operations_of(&bundle, "busy").len(), 40);
}

#[test]
fn one_denied_service_costs_only_itself() {
    let scene = Scene::new(&format!(
        "{FAILED}\n{OTHERS}\n[[fault]]\ncall = \"apprunner:ListOperations\"\nkind = \"denied\"\nwith = \"/api-one/\"\n"
    ));
    let bundle = scene.collected("shop.json", 1);
    let entries = bundle.source("siblings");
    assert_eq!(entries[1].status, Status::Denied);
    assert_eq!(entries[1].missing, [bundle.manifest.windows.recent]);
    assert_eq!(entries[2].status, Status::Complete);
    // Whether it was deployed then is not known, so it is not described either.
    assert_eq!(entries.len(), 3);
}

#[test]
fn an_account_without_other_services_says_so() {
    let scene = Scene::new(FAILED);
    let bundle = scene.collected("shop.json", 0);
    let entry = bundle.source("siblings")[0];
    assert_eq!((entry.status, entry.records), (Status::Complete, 0));
    assert!(
        entry
            .note
            .as_deref()
            .is_some_and(|it| it.contains("no other service"))
    );
}
