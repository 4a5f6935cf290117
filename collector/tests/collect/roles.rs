//! The roles: what bounds them, what IAM says of them, and those of App Runner itself.

use evidence_schema::{
    Body, Status,
    record::{Role, RoleSimulation},
};

use crate::{
    scene::{Bundle, Scene},
    told::FAILED,
};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";

fn simulations<'a>(bundle: &'a Bundle, role: &str) -> Vec<&'a RoleSimulation> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let simulations = bodies.filter_map(|body| match body {
        Body::RoleSimulation(it) if it.role_arn.ends_with(role) => Some(it),
        _ => None,
    });
    simulations.collect()
}

#[test]
fn a_boundary_is_kept_with_its_text() {
    let scene = Scene::new(&format!(
        "{FAILED}
[[policy]]
name = \"bound\"
document = \"\"\"{{\"Version\":\"2012-10-17\",\"Statement\":[]}}\"\"\"

[[role]]
name = \"AppRunnerInstance\"
boundary = \"bound\"
"
    ));
    let bundle = scene.collected("shop.json", 0);
    let roles: Vec<&Role> = bundle
        .records
        .iter()
        .filter_map(|it| match &it.body {
            Body::Role(role) => Some(role),
            _ => None,
        })
        .collect();
    let bounded = roles.iter().find(|it| it.name == "AppRunnerInstance");
    let boundary = bounded.and_then(|it| it.permissions_boundary.as_ref());
    let boundary = boundary.expect("the boundary");
    assert_eq!(boundary.name, "bound");
    assert!(
        boundary
            .document
            .as_deref()
            .is_some_and(|it| it.contains("2012-10-17"))
    );
}

#[test]
fn iam_is_asked_for_every_action_that_a_deployment_needs() {
    let scene = Scene::new(&format!(
        "{FAILED}
[service]
secrets = {{ DB = \"{SECRET}\", TOKEN = \"/shop/token\" }}

[[secret]]
name = \"{SECRET}\"
kms_key = \"{KEY}\"

[[role]]
name = \"AppRunnerInstance\"
inline = {{ read = \"\"\"{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}}]}}\"\"\" }}
"
    ));
    let bundle = scene.collected("shop.json", 0);
    let access = simulations(&bundle, "/AppRunnerEcrAccess");
    let asked: Vec<_> = access.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(
        asked,
        [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:DescribeImages",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
        ]
    );
    assert!(
        access
            .iter()
            .all(|it| it.decision.as_deref() == Some("allowed"))
    );

    let decided: Vec<_> = simulations(&bundle, "/AppRunnerInstance")
        .iter()
        .map(|it| {
            (
                it.action.as_str(),
                it.resource.as_str(),
                it.decision.as_deref(),
            )
        })
        .collect();
    let parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/shop/token";
    assert_eq!(
        decided,
        [
            ("kms:Decrypt", KEY, Some("implicitDeny")),
            ("secretsmanager:GetSecretValue", SECRET, Some("allowed")),
            ("ssm:GetParameters", parameter, Some("implicitDeny")),
        ]
    );
}

#[test]
fn a_simulation_that_is_not_allowed_is_a_gap_and_no_more() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[fault]]\ncall = \"iam:SimulatePrincipalPolicy\"\nkind = \"denied\"\n"
    ));
    let bundle = scene.collected("shop.json", 1);
    assert_eq!(bundle.count("role_simulation"), 0);
    let entries = bundle.source("role-simulations");
    assert_eq!(entries[0].status, Status::Denied);
    assert_eq!(
        entries[1].status,
        Status::NotAsked,
        "nothing is known to be needed of the instance role"
    );
    assert_eq!(bundle.count("role"), 2);
}

#[test]
fn the_roles_of_app_runner_itself_exist_or_not() {
    let bundle = Scene::new(FAILED).collected("shop.json", 0);
    let entries = bundle.source("service-linked-roles");
    assert_eq!(entries[0].status, Status::Complete);
    assert_eq!(entries[1].status, Status::NotAsked, "it has no connector");

    let scene = Scene::new(&format!(
        "{FAILED}
[service]
vpc_connector = \"inside\"

[[role]]
name = \"AWSServiceRoleForAppRunnerNetworking\"
exists = false
"
    ));
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(
        bundle.source("service-linked-roles")[1].status,
        Status::Absent
    );
    assert_eq!(bundle.count("service_linked_role"), 1);
}
