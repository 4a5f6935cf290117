//! The roles of those whose calls were refused.

use evidence_schema::{
    Body, Status,
    record::{Role, RoleUse},
};

use crate::{
    scene::{Bundle, Scene},
    told::FAILED,
};

fn refused(hours: u32, by: &str) -> String {
    format!(
        r#"
[[change]]
time = "-{hours}h"
source = "apprunner"
name = "UpdateService"
by = "{by}"
error = "AccessDeniedException"
error_message = "is not authorized to perform: iam:PassRole"
"#
    )
}

fn deployers(bundle: &Bundle) -> Vec<&Role> {
    let records = bundle.records.iter();
    records
        .filter_map(|it| match &it.body {
            Body::Role(role) if role.used_as == [RoleUse::Deployer] => Some(role),
            _ => None,
        })
        .collect()
}

#[test]
fn the_role_of_a_refused_call_is_read_with_its_policies() {
    let scene = Scene::new(&format!(
        "{FAILED}
[[role]]
name = \"Deployer\"
inline = {{ deploy = \"\"\"{{\"Version\":\"2012-10-17\",\"Statement\":[]}}\"\"\" }}
{}",
        refused(3, "Deployer")
    ));
    let bundle = scene.collected("shop.json", 0);
    let roles = deployers(&bundle);
    assert_eq!(roles.len(), 1);
    assert_eq!(roles[0].arn, "arn:aws:iam::111122223333:role/Deployer");
    assert_eq!(roles[0].inline_policies.len(), 1);
    let entries = bundle.source("deployer-roles");
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].status, entries[0].records),
        (Status::Complete, 1)
    );
}

#[test]
fn nobody_was_refused_so_nobody_is_asked_for() {
    let scene = Scene::new(FAILED);
    let bundle = scene.collected("shop.json", 0);
    let entry = bundle.source("deployer-roles")[0];
    assert_eq!((entry.status, entry.calls), (Status::NotAsked, 0));
}

#[test]
fn three_roles_are_read_and_whoever_is_none_is_told() {
    let roles: String = ["One", "Two", "Three", "Four"]
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let hours = u32::try_from(index).expect("a few") + 3;
            format!("[[role]]\nname = \"{name}\"\n{}", refused(hours, name))
        })
        .collect();
    let users = [
        refused(20, "arn:aws:iam::111122223333:user/anna"),
        refused(21, "arn:aws:sts::444455556666:assumed-role/Foreign/ci"),
        refused(22, "AppRunnerInstance"),
    ]
    .concat();
    let scene = Scene::new(&format!("{FAILED}\n{roles}\n{users}"));
    let bundle = scene.collected("shop.json", 0);
    let names: Vec<_> = deployers(&bundle).iter().map(|it| &it.name).collect();
    assert_eq!(names, ["One", "Three", "Two"]);
    let why: Vec<_> = bundle
        .source("deployer-roles")
        .into_iter()
        .filter(|it| it.status == Status::NotAsked)
        .filter_map(|it| it.note.clone())
        .collect();
    assert_eq!(why.len(), 4, "{why:?}");
    for part in [
        "refused last",
        "users",
        "another account",
        "uses the role itself",
    ] {
        assert!(why.iter().any(|it| it.contains(part)), "{part}: {why:?}");
    }
}

#[test]
fn a_role_that_may_not_be_read_is_told_with_the_permission() {
    let scene = Scene::new(&format!(
        "{FAILED}
[[role]]
name = \"Deployer\"
{}
[[fault]]
call = \"iam:*\"
kind = \"denied\"
with = \"Deployer\"
",
        refused(3, "Deployer")
    ));
    let bundle = scene.collected("shop.json", 1);
    assert!(deployers(&bundle).is_empty());
    let entry = bundle.source("deployer-roles")[0];
    assert_eq!(entry.status, Status::Denied);
    assert_eq!(entry.permission.as_deref(), Some("iam:GetRole"));
}
