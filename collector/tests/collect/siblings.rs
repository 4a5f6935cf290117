//! The other services of the account.

use evidence_schema::{Body, Status, record::SiblingOperation};

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
    assert_eq!(entries.len(), 3, "the list, and one for each service");
    let windows = &bundle.manifest.windows;
    for entry in &entries[1..] {
        assert_eq!(entry.status, Status::Complete);
        assert_eq!(entry.covered, [windows.recent]);
    }
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
