//! Values of environment variables never get into a bundle.

use std::collections::BTreeMap;

use evidence_schema::Body;

use crate::scene::Scene;

const SECRET: &str = "hunter2-correct-horse";

fn scene() -> Scene {
    Scene::new(&format!(
        r#"
what = "The application prints its token."
expect = []

[service]
environment = {{ API_TOKEN = "{SECRET}", URL = "postgres://me:pa55-of-db@db.internal/shop", HOST = "0.0.0.0" }}
start_command = "serve --token {SECRET}"

[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
deployment = """
0:03 [AppRunner] Failed to deploy your application image.
"""
application = """
0:10 starting with token={SECRET} on 0.0.0.0:3000
0:11 connecting to postgres://me:pa55-of-db@db.internal/shop
0:12 fetching https://bot:t0ken@git.example.com/repo.git
"""

[[change]]
time = "-3h"
name = "UpdateService"
source = "apprunner"
request = {{ note = "{SECRET}" }}

[[fault]]
call = "iam:GetRole"
kind = "error"
code = "ServiceFailure"
message = "cannot read {SECRET}"
http_status = 400
"#
    ))
}

#[test]
fn no_form_of_a_value_is_in_the_bytes() {
    let scene = scene();
    let bundle = scene.collected("shop.json", 1);
    let text = String::from_utf8(bundle.bytes.clone()).expect("plain JSON");
    for secret in [SECRET, "pa55-of-db", "t0ken@"] {
        assert!(!text.contains(secret), "{secret} is in the bundle");
    }
    assert!(text.contains("API_TOKEN"), "names stay");
}

#[test]
fn a_known_value_in_another_text_is_replaced_by_its_name() {
    let bundle = scene().collected("shop.json", 1);
    let lines: Vec<_> = bundle
        .records
        .iter()
        .filter_map(|it| match &it.body {
            Body::ApplicationLog(line) => Some(line.message.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        // The first two are of the deployment that created the service.
        lines[2..],
        [
            "starting with token=‹redacted:env.API_TOKEN:8-31:fp-1› on 0.0.0.0:3000",
            "connecting to ‹redacted:env.URL:32-127:fp-3›",
            "fetching https://‹redacted:url-credentials:8-31:fp-4›@git.example.com/repo.git",
        ]
    );
    let service = bundle.records.iter().find_map(|it| match &it.body {
        Body::Service(service) => Some(serde_json::to_string(service).expect("JSON")),
        _ => None,
    });
    assert!(
        service
            .expect("the service")
            .contains("serve --token ‹redacted:env.API_TOKEN:8-31:fp-1›")
    );
    let redaction = &bundle.manifest.redaction;
    assert!(redaction.environment_values_withheld);
    assert!(
        redaction.replaced["environment-value"] >= 4,
        "{redaction:?}"
    );
    assert_eq!(redaction.replaced["url-credentials"], 1);
    assert_eq!(redaction.known_values, 2);
    assert_eq!(redaction.quarantined, Some(BTreeMap::new()));
    let of_source = &redaction.replaced_by_source["application-log"];
    assert_eq!(of_source["url-credentials"], 1);
    let sum: u64 = redaction
        .replaced_by_source
        .values()
        .flat_map(BTreeMap::values)
        .sum();
    assert_eq!(sum, redaction.replaced.values().sum::<u64>());
}
