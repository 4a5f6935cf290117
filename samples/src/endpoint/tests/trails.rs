//! Trails, and their records in a log group.

use super::*;

const CHANGED: &str = r#"
[[operation]]
type = "UPDATE_SERVICE"
start = "-3h"
[[change]]
time = "-2h"
source = "iam"
name = "DetachRolePolicy"
request = { roleName = "AppRunnerEcrAccess" }
[[change]]
time = "-2m"
source = "iam"
name = "AttachRolePolicy"
"#;

fn described(endpoint: &Endpoint) -> Value {
    let target = "CloudTrail_20131101.DescribeTrails";
    ask(endpoint, target, json!({})).json()["trailList"].clone()
}

fn records(endpoint: &Endpoint, group: &str, pattern: &str) -> Vec<String> {
    let input = json!({"logGroupName": group, "filterPattern": pattern});
    let answer = ask(endpoint, "Logs_20140328.FilterLogEvents", input);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let events = answer["events"].as_array().unwrap();
    let name = |event: &Value| {
        let record = serde_json::from_str::<Value>(event["message"].as_str().unwrap()).unwrap();
        record["eventName"].as_str().unwrap().to_owned()
    };
    events.iter().map(name).collect()
}

#[test]
fn a_trail_delivers_the_changes_to_its_log_group() {
    let endpoint = start(&format!("{CHANGED}[[trail]]\nname = \"all\"\n"));
    let trail = &described(&endpoint)[0];
    let group = trail["CloudWatchLogsLogGroupArn"].as_str().unwrap();
    assert_eq!(
        group,
        "arn:aws:logs:us-east-1:111122223333:log-group:CloudTrail/all:*"
    );
    let group = "CloudTrail/all";
    // The newest record is not there yet.
    assert_eq!(
        records(&endpoint, group, ""),
        ["CreateService", "UpdateService", "DetachRolePolicy"]
    );
    assert_eq!(
        records(
            &endpoint,
            group,
            "{ ($.eventSource = \"iam.amazonaws.com\") && ($.readOnly IS FALSE) }"
        ),
        ["DetachRolePolicy"]
    );
    let status = ask(
        &endpoint,
        "CloudTrail_20131101.GetTrailStatus",
        json!({"Name": trail["TrailARN"]}),
    )
    .json();
    assert_eq!(status["IsLogging"], true);
    assert_eq!(status["LatestCloudWatchLogsDeliveryTime"], 1_795_169_100.0);
}

#[test]
fn a_trail_that_stopped_has_nothing_of_what_came_after() {
    let endpoint = start(&format!(
        "{CHANGED}[[trail]]\nname = \"all\"\nstopped = \"-150m\"\nlog_group = \"audit\"\n"
    ));
    assert_eq!(
        records(&endpoint, "audit", ""),
        ["CreateService", "UpdateService"]
    );
    let status = ask(
        &endpoint,
        "CloudTrail_20131101.GetTrailStatus",
        json!({"Name": "all"}),
    )
    .json();
    assert_eq!(status["IsLogging"], false);
    let wrong = json!({"logGroupName": "audit", "filterPattern": "{ $.eventSource = }"});
    let refused = ask(&endpoint, "Logs_20140328.FilterLogEvents", wrong);
    assert_eq!(refused.code(), "InvalidParameterException");
}

#[test]
fn there_is_no_trail_unless_stated() {
    let endpoint = start("");
    assert_eq!(described(&endpoint), json!([]));
    let status = ask(
        &endpoint,
        "CloudTrail_20131101.GetTrailStatus",
        json!({"Name": "all"}),
    );
    assert_eq!(status.code(), "TrailNotFoundException");
}
