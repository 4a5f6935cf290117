//! What was changed: which look-ups are made, what they cost, and that an event is kept once.

use evidence_schema::{Body, Status, record::Change};

use crate::{
    scene::{Bundle, Scene, said},
    told::{FAILED, expect_code},
};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf";
const POLICY: &str = "arn:aws:iam::111122223333:policy/pull";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";

fn changes(bundle: &Bundle) -> Vec<&Change> {
    let bodies = bundle.records.iter().map(|it| &it.body);
    let changes = bodies.filter_map(|body| match body {
        Body::Change(it) => Some(it.as_ref()),
        _ => None,
    });
    changes.collect()
}

/// A change of one thing that the service depends on.
fn change(source: &str, name: &str, kind: &str, resource: &str, region: &str) -> String {
    format!(
        "[[change]]\ntime = \"-3d\"\nsource = \"{source}\"\nname = \"{name}\"\nregion = \"{region}\"\n\
         resources = [{{ type = \"{kind}\", name = \"{resource}\" }}]\n"
    )
}

#[test]
fn everything_that_the_service_depends_on_is_looked_up_by_its_name() {
    let own = "us-east-1";
    let scene = Scene::new(&format!(
        "{FAILED}
[service]
vpc_connector = \"inside\"
kms_key = \"{KEY}\"
secrets = {{ DB = \"{SECRET}\", TOKEN = \"/shop/token\" }}

[[vpc_connector]]
name = \"inside\"
subnets = [\"subnet-0a\"]
security_groups = [\"sg-01\"]

[[policy]]
name = \"pull\"
document = \"{{}}\"

[[role]]
name = \"AppRunnerInstance\"
attached = [\"pull\"]

{}{}{}{}{}{}{}{}{}{}",
        change(
            "secretsmanager",
            "DeleteSecret",
            "AWS::SecretsManager::Secret",
            "shop/db",
            own
        ),
        change(
            "ssm",
            "DeleteParameter",
            "AWS::SSM::Parameter",
            "/shop/token",
            own
        ),
        change("kms", "DisableKey", "AWS::KMS::Key", KEY, own),
        change(
            "ec2",
            "RevokeSecurityGroupEgress",
            "AWS::EC2::SecurityGroup",
            "sg-01",
            own
        ),
        change("ec2", "DeleteSubnet", "AWS::EC2::Subnet", "subnet-0a", own),
        change(
            "ec2",
            "DeleteRoute",
            "AWS::EC2::RouteTable",
            "rtb-0a1b2c3d4e5f60011",
            own
        ),
        change(
            "ec2",
            "DeleteNatGateway",
            "AWS::EC2::NatGateway",
            "nat-0a1b2c3d4e5f60020",
            own
        ),
        change(
            "iam",
            "SetDefaultPolicyVersion",
            "AWS::IAM::Policy",
            POLICY,
            own
        ),
        change(
            "ecr",
            "DeleteLifecyclePolicy",
            "AWS::ECR::Repository",
            "arn:aws:ecr:us-east-1:111122223333:repository/shop",
            own
        ),
        change(
            "ec2",
            "DeleteSubnet",
            "AWS::EC2::Subnet",
            "subnet-of-others",
            own
        ),
    ));
    let output = scene.collect("shop.json", &[]);
    expect_code(&output, 0);
    let bundle = scene.read("shop.json");
    let names: Vec<_> = changes(&bundle)
        .iter()
        .map(|it| it.event_name.as_str())
        .collect();
    for name in [
        "DeleteSecret",
        "DeleteParameter",
        "DisableKey",
        "RevokeSecurityGroupEgress",
        "DeleteRoute",
        "DeleteNatGateway",
        "SetDefaultPolicyVersion",
        "DeleteLifecyclePolicy",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert_eq!(
        names.iter().filter(|it| **it == "DeleteSubnet").count(),
        1,
        "{names:?}"
    );
    for entry in bundle.source("changes") {
        let is_list = entry.subject.as_deref() == Some("trails");
        assert_eq!(entry.status, Status::Complete, "{entry:?}");
        assert_eq!(entry.covered.len(), usize::from(!is_list), "{entry:?}");
    }

    let said = said(&output);
    let asked = scene.endpoint.calls();
    let asked = asked
        .iter()
        .filter(|it| it.operation == "LookupEvents")
        .count();
    let told = format!("changes: {asked} look-ups in CloudTrail, which takes 2 a second: ");
    assert!(said.contains(&told), "{told}\n{said}");
}

#[test]
fn an_event_that_two_look_ups_find_is_kept_once() {
    let scene = Scene::new(&format!(
        "{FAILED}
[[change]]
time = \"-3h\"
source = \"apprunner\"
name = \"UpdateService\"
region = \"us-east-1\"
resources = [{{ type = \"AWS::IAM::Role\", name = \"AppRunnerInstance\" }}]
"
    ));
    let bundle = scene.collected("shop.json", 0);
    let changes = changes(&bundle);
    let times: Vec<_> = changes
        .iter()
        .filter(|it| it.event_name == "UpdateService")
        .collect();
    assert_eq!(times.len(), 1);
    let mut ids: Vec<_> = changes.iter().map(|it| &it.event_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), changes.len());
}

#[test]
fn the_history_of_another_account_is_not_asked() {
    let foreign = "arn:aws:secretsmanager:us-east-1:444455556666:secret:db-AbCdEf";
    let scene = Scene::new(&format!(
        "{FAILED}\n[service]\nsecrets = {{ DB = \"{foreign}\" }}\n"
    ));
    scene.collect("shop.json", &[]);
    let bundle = scene.read("shop.json");
    let entries = bundle.source("changes");
    let entry = entries
        .iter()
        .find(|it| it.subject.as_deref() == Some(foreign));
    let entry = entry.expect("an entry");
    assert_eq!((entry.status, entry.calls), (Status::NotAsked, 0));
}

/// How often the history was asked.
fn asked(scene: &Scene) -> usize {
    let calls = scene.endpoint.calls();
    calls
        .iter()
        .filter(|it| it.operation == "LookupEvents")
        .count()
}

#[test]
fn a_trail_that_delivers_to_a_log_group_answers_the_look_ups() {
    let role = change(
        "iam",
        "DetachRolePolicy",
        "AWS::IAM::Role",
        "AppRunnerEcrAccess",
        "us-east-1",
    )
    .replace(
        "resources =",
        "request = { roleName = \"AppRunnerEcrAccess\" }\nresources =",
    );
    let other = role.replace("AppRunnerEcrAccess", "OfOthers");
    let without = Scene::new(&format!("{FAILED}\n{role}{other}"));
    let expected = without.collected("shop.json", 0);
    let scene = Scene::new(&format!(
        "{FAILED}\n{role}{other}\n[[trail]]\nname = \"audit\"\nsince = \"-100d\"\n"
    ));
    let bundle = scene.collected("shop.json", 0);

    let ids = |bundle: &Bundle| {
        let mut ids: Vec<_> = changes(bundle)
            .iter()
            .map(|it| it.event_id.clone())
            .collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&bundle), ids(&expected), "the same events, each once");
    assert_eq!(asked(&scene), 1, "only for what ECR did for others");
    assert!(asked(&without) > 3);
    let entries = bundle.source("changes");
    let of = |end: &str| {
        let entry = entries
            .iter()
            .find(|it| it.subject.as_deref().is_some_and(|it| it.ends_with(end)));
        *entry.expect("an entry")
    };
    for subject in ["apprunner.amazonaws.com", ":role/AppRunnerEcrAccess"] {
        let entry = of(subject);
        assert_eq!((entry.status, entry.calls), (Status::Complete, 0));
        assert_eq!(entry.covered, [bundle.manifest.windows.extended]);
        assert_eq!(entry.note.as_deref(), Some("read from the trail audit"));
    }
    let trail = of(":trail/audit");
    assert_eq!(trail.status, Status::Complete);
    assert!(trail.records > 0);
    assert_eq!(trail.covered, [bundle.manifest.windows.extended]);
}

#[test]
fn a_trail_that_did_not_see_everything_replaces_no_look_up() {
    for trail in [
        "since = \"-2d\"",
        "delivery_error = \"AccessDenied\"",
        "stopped = \"-1d\"",
    ] {
        let scene = Scene::new(&format!("{FAILED}\n[[trail]]\nname = \"audit\"\n{trail}\n"));
        let bundle = scene.collected("shop.json", 0);
        assert!(asked(&scene) > 2, "{trail}");
        let mut ids: Vec<_> = changes(&bundle).iter().map(|it| &it.event_id).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{trail}");
    }
}

#[test]
fn a_trail_whose_log_group_may_not_be_read_costs_only_time() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[[trail]]\nname = \"audit\"\nsince = \"-100d\"\n[[fault]]\ncall = \"logs:FilterLogEvents\"\nkind = \"denied\"\nwith = \"CloudTrail/audit\"\n"
    ));
    let bundle = scene.collected("shop.json", 1);
    let entries = bundle.source("changes");
    let (of_trail, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|it| {
        it.subject
            .as_deref()
            .is_some_and(|it| it.ends_with(":trail/audit"))
    });
    assert_eq!(of_trail[0].status, Status::Denied);
    assert_eq!(of_trail[0].missing, [bundle.manifest.windows.extended]);
    assert_eq!(
        of_trail[0].permission.as_deref(),
        Some(
            "logs:FilterLogEvents on arn:aws:logs:us-east-1:111122223333:log-group:CloudTrail/audit:*"
        )
    );
    assert!(others.iter().all(|it| it.status == Status::Complete));
}
