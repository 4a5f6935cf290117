//! What is in a bundle.

use std::time::{SystemTime, UNIX_EPOCH};

use evidence_schema::{Body, Status};

use crate::{
    scene::{Scene, said},
    told::{FAILED, expect_code},
};

#[test]
fn a_failed_deployment_is_collected_with_its_logs() {
    let scene = Scene::new(FAILED);
    let output = scene.collect("shop.json", &[]);
    expect_code(&output, 0);
    let bundle = scene.read("shop.json");

    assert_eq!(
        bundle.manifest.collected_at.to_rfc3339(),
        "2026-11-20T12:00:00+00:00"
    );
    assert_eq!(bundle.manifest.windows.incidents.len(), 1);
    for kind in ["identity", "service", "auto_scaling", "repository", "image"] {
        assert_eq!(bundle.count(kind), 1, "{kind}");
    }
    assert_eq!(bundle.count("role"), 2);
    assert_eq!(bundle.count("metric"), 27, "nine of three grains");
    // Two of the deployment that created the service, three of the failed one.
    assert_eq!(bundle.count("application_log"), 5);
    assert!(bundle.count("operation") == 2 && bundle.count("change") > 0);
    let Some(Body::ApplicationLog(line)) = bundle.records.last().map(|it| &it.body) else {
        panic!("the application's lines come last");
    };
    assert_eq!(line.message, "third line of the same moment");

    // Every source has an entry, in the order of the table.
    let mut sources: Vec<_> = bundle
        .coverage
        .iter()
        .map(|it| it.source.as_str())
        .collect();
    sources.dedup();
    assert_eq!(
        sources,
        [
            "identity",
            "service",
            "operations",
            "connections",
            "auto-scaling",
            "vpc-connector",
            "network",
            "ingress-connections",
            "custom-domains",
            "observability",
            "tags",
            "roles",
            "role-simulations",
            "service-linked-roles",
            "secrets",
            "parameters",
            "image",
            "pushed-images",
            "keys",
            "quotas",
            "siblings",
            "health",
            "metrics",
            "deployment-metrics",
            "changes",
            "deployer-roles",
            "source-files",
            "log-groups",
            "service-log",
            "application-log",
        ]
    );
    let log = bundle.source("application-log")[0];
    assert_eq!(log.status, Status::Complete);
    assert_eq!(log.covered, [bundle.manifest.windows.extended]);
    let records: u64 = bundle.coverage.iter().map(|it| it.records).sum();
    assert_eq!(
        records,
        bundle.records.len() as u64,
        "the ledger counts every record"
    );

    let said = said(&output);
    assert!(said.contains("operations: asking for"), "{said}");
    assert!(
        said.contains("next: apprunner-analyzer analyze shop.json"),
        "{said}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), "shop.json\n");
}

#[test]
fn policies_are_decoded_and_platforms_read() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[image]\nplatforms = [\"linux/arm64\"]\n"
    ));
    let bundle = scene.collected("shop.json", 0);
    let roles: Vec<_> = bundle
        .records
        .iter()
        .filter_map(|it| match &it.body {
            Body::Role(role) => Some(role),
            _ => None,
        })
        .collect();
    for role in roles {
        let trust = role.trust_policy.as_deref().expect("a trust policy");
        serde_json::from_str::<serde_json::Value>(trust).expect("decoded JSON");
        for policy in &role.attached_policies {
            assert!(
                policy
                    .document
                    .as_deref()
                    .is_some_and(|it| it.starts_with('{'))
            );
        }
    }
    let platforms = bundle.records.iter().find_map(|it| match &it.body {
        Body::Image(image) => Some(&image.platforms),
        _ => None,
    });
    let platforms = platforms.expect("an image");
    assert!(
        platforms.iter().any(|it| it.architecture == "arm64"),
        "{platforms:?}"
    );
}

#[test]
fn two_collections_are_the_same_bytes() {
    let scene = Scene::new(&format!(
        "{FAILED}\n[service]\nenvironment = {{ B = \"beta-value\", A = \"alpha-value\", C = \"beta-value\" }}\n"
    ));
    let (one, two) = (scene.collected("1.json", 0), scene.collected("2.json", 0));
    assert_ne!(one.manifest.run_id, two.manifest.run_id);
    assert_eq!(one.comparable(), two.comparable());
    let text = one.comparable();
    assert!(
        text.contains("\"A\":{\"fingerprint\":\"fp-1\"")
            && text.contains("\"B\":{\"fingerprint\":\"fp-2\"")
    );
    assert!(
        text.contains("\"C\":{\"fingerprint\":\"fp-2\""),
        "equal values are equal"
    );
}

#[test]
fn every_page_is_read() {
    let scene = Scene::new(&format!(
        "{FAILED}
[[bulk_operation]]
count = 70
from = \"-8d\"
every = \"1h\"

[[bulk]]
stream = \"application\"
lines = 25000
from = \"-2h\"
minutes = 5

[[fault]]
call = \"logs:FilterLogEvents\"
kind = \"empty-page\"
"
    ));
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(bundle.count("operation"), 72);
    assert_eq!(bundle.count("application_log"), 25_005);
    assert!(bundle.source("operations")[0].calls >= 4);
    assert!(
        bundle.source("application-log")[0].calls >= 6,
        "empty pages are pages"
    );
}

#[test]
fn the_default_name_tells_service_and_time_and_the_file_is_private() {
    let scene = Scene::new(FAILED);
    let output = scene
        .program()
        .args(["collect", "--service", "shop"])
        .output()
        .expect("the program runs");
    expect_code(&output, 0);
    let name = "shop-20261120T120000Z.redacted.evidence.json.zst";
    assert_eq!(scene.files(), [name]);
    assert_eq!(&scene.read(name).bytes[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(scene.path(name))
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_has_no_business_here_is_not_asked() {
    let scene = Scene::new(
        "what = \"Source code.\"\nexpect = []\n[service]\nsource = \"github\"\naccess_role = \"\"\ninstance_role = \"\"\n",
    );
    let bundle = scene.collected("shop.json", 0);
    assert_eq!(bundle.count("connection"), 1);
    for source in ["image", "roles"] {
        let entry = bundle.source(source)[0];
        assert_eq!(entry.status, Status::NotAsked, "{source}");
        assert!(entry.note.is_some() && entry.calls == 0, "{source}");
    }
}

#[test]
fn what_does_not_exist_is_told_as_absent() {
    let scene = Scene::new(&format!(
        "application_log = false\n{FAILED}
[image]
exists = false

[[role]]
name = \"AppRunnerInstance\"
exists = false
"
    ));
    let bundle = scene.collected("shop.json", 0);
    let absent = |source: &str, subject: &str| {
        bundle.source(source).iter().any(|it| {
            it.status == Status::Absent
                && it
                    .subject
                    .as_deref()
                    .is_some_and(|it| it.ends_with(subject))
        })
    };
    assert!(absent("image", "/shop:v1"));
    assert!(absent("image", "shop policy"));
    assert!(absent("roles", ":role/AppRunnerInstance"));
    assert!(absent("application-log", "/application"));
    assert!(absent("log-groups", "/application"));
    assert_eq!((bundle.count("repository"), bundle.count("image")), (1, 0));
}

#[test]
fn lines_that_the_retention_deleted_do_not_count_as_looked_at() {
    let scene = Scene::new(&format!("retention_days = 7\n{FAILED}"));
    let bundle = scene.collected("shop.json", 0);
    let entry = bundle.source("service-log")[0];
    let span = bundle.manifest.windows.extended;
    assert_eq!(entry.status, Status::Complete);
    assert_eq!((span.to - entry.covered[0].from).num_days(), 7);
    assert_eq!(entry.missing[0].from, span.from);
    assert_eq!(entry.missing[0].to, entry.covered[0].from);
}

#[test]
fn how_far_the_own_clock_is_off_is_told() {
    let scene = Scene::new(FAILED);
    // The clock of the account stands still.
    let ahead = || {
        let ours = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time after 1970");
        let theirs = scene.endpoint.account().now.timestamp();
        theirs - i64::try_from(ours.as_secs()).expect("a time of this age")
    };
    let before = ahead();
    let output = scene.collect("shop.json", &[]);
    expect_code(&output, 0);
    let clock = scene.read("shop.json").manifest.clock.expect("a clock");
    let told = clock.aws_ahead_seconds;
    assert!((ahead() - 1..=before + 1).contains(&told), "{told}");
    assert!(clock.is_off(), "the account lives at another time");
    let side = if told > 0 { "behind" } else { "ahead of" };
    let sentence = format!(
        "the clock of this machine is {} s {side} that of AWS",
        told.unsigned_abs()
    );
    assert!(said(&output).contains(&sentence), "{}", said(&output));
}
