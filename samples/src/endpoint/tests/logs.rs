//! Log groups, streams and lines.

use super::*;

const BULK: &str =
    "[[bulk]]\nstream = \"application\"\nlines = 2000000\nfrom = \"-2h\"\nminutes = 30\n";

#[test]
fn two_million_lines_are_served_a_page_at_a_time() {
    let endpoint = start(BULK);
    let input =
        json!({"logGroupName": group(&endpoint), "startTime": 1_795_176_000_000_i64 - 7_200_000});
    let target = "Logs_20140328.FilterLogEvents";
    let first = ask(&endpoint, target, input.clone()).json();
    let events = first["events"].as_array().unwrap();
    assert_eq!(events.len(), 10_000);
    assert_eq!(events[0]["message"], "GET /items/0 200");
    let mut next = input.clone();
    next["nextToken"] = first["nextToken"].clone();
    let second = ask(&endpoint, target, next).json();
    assert_eq!(second["events"][0]["message"], "GET /items/10000 200");
    let mut last = input;
    last["startTime"] = json!(1_795_176_000_000_i64 - 5_400_000 - 9);
    let last = ask(&endpoint, target, last).json();
    assert_eq!(last["events"].as_array().unwrap().len(), 10);
    assert_eq!(last["nextToken"], Value::Null);
}

#[test]
fn a_page_of_lines_has_a_megabyte_at_most() {
    let long = "x".repeat(9_974);
    let endpoint = start(&format!("{BULK}text = \"{long}\"\n"));
    let input =
        json!({"logGroupName": group(&endpoint), "startTime": 1_795_176_000_000_i64 - 7_200_000});
    let page = ask(&endpoint, "Logs_20140328.FilterLogEvents", input).json();
    assert_eq!(page["events"].as_array().unwrap().len(), 104);
    assert!(page["nextToken"].is_string());
}

#[test]
fn a_page_may_be_empty_when_a_pattern_drops_its_lines() {
    let endpoint = start(BULK);
    let input = json!({
        "logGroupName": group(&endpoint),
        "filterPattern": "\"items/60000 \"",
        "startTime": 1_795_176_000_000_i64 - 7_200_000,
        "endTime": 1_795_176_000_000_i64 - 7_200_000 + 90_000,
    });
    let pages = pages(
        &endpoint,
        "Logs_20140328.FilterLogEvents",
        input,
        "nextToken",
    );
    let sizes = pages
        .iter()
        .map(|page| page["events"].as_array().unwrap().len());
    assert_eq!(sizes.collect::<Vec<_>>(), [0, 1, 0]);
}

#[test]
fn the_end_of_a_stream_gives_the_same_token_again() {
    let endpoint = start("");
    let service = endpoint.account().service();
    let mut input = json!({
        "logGroupName": service.service_log_group(),
        "logStreamName": "events",
        "startFromHead": true,
        "limit": 8,
    });
    let target = "Logs_20140328.GetLogEvents";
    let mut messages = Vec::new();
    loop {
        let page = ask(&endpoint, target, input.clone()).json();
        for event in page["events"].as_array().unwrap() {
            messages.push(event["message"].as_str().unwrap().to_owned());
        }
        if page["nextForwardToken"] == input["nextToken"] {
            break;
        }
        input["nextToken"] = page["nextForwardToken"].clone();
    }
    assert_eq!(messages.len(), 13);
    assert_eq!(
        messages[0],
        "[AppRunner] Service status is set to OPERATION_IN_PROGRESS."
    );
    assert_eq!(
        messages[12],
        "[AppRunner] Service status is set to RUNNING."
    );

    let tail = json!({
        "logGroupName": service.service_log_group(),
        "logStreamName": "events",
        "limit": 2,
    });
    let page = ask(&endpoint, target, tail.clone()).json();
    assert_eq!(page["events"][1]["message"], messages[12]);
    let mut back = tail;
    back["nextToken"] = page["nextBackwardToken"].clone();
    let page = ask(&endpoint, target, back).json();
    assert_eq!(page["events"][1]["message"], messages[10]);
}

#[test]
fn streams_are_listed_by_name_or_by_time() {
    let endpoint = start("");
    let name = endpoint.account().service().service_log_group();
    let target = "Logs_20140328.DescribeLogStreams";
    let newest = json!({"logGroupName": name, "orderBy": "LastEventTime", "descending": true});
    let newest = ask(&endpoint, target, newest).json();
    assert_eq!(newest["logStreams"][0]["logStreamName"], "events");
    let both =
        json!({"logGroupName": name, "orderBy": "LastEventTime", "logStreamNamePrefix": "e"});
    assert_eq!(
        ask(&endpoint, target, both).code(),
        "InvalidParameterException"
    );
}

#[test]
fn lines_are_read_newest_first_and_the_token_keeps_the_direction() {
    let endpoint = start(BULK);
    let target = "Logs_20140328.FilterLogEvents";
    let from = 1_795_176_000_000_i64 - 7_200_000;
    let mut input = json!({
        "logGroupName": group(&endpoint), "startTime": from, "endTime": from + 9, "limit": 4,
        "startFromHead": false,
    });
    let page = |input: &Value| {
        let page = ask(&endpoint, target, input.clone()).json();
        let events = page["events"].as_array().unwrap();
        let texts: Vec<_> = events.iter().map(|it| it["message"].to_string()).collect();
        (texts.join(" "), page["nextToken"].clone())
    };
    let (newest, token) = page(&input);
    assert_eq!(
        newest,
        r#""GET /items/11 200" "GET /items/10 200" "GET /items/9 200" "GET /items/8 200""#
    );
    input["nextToken"] = token;
    let (before, token) = page(&input);
    assert!(before.starts_with(r#""GET /items/7 200""#), "{before}");
    input["nextToken"] = token;
    let (oldest, token) = page(&input);
    assert!(oldest.ends_with(r#""GET /items/0 200""#), "{oldest}");
    assert_eq!(token, Value::Null);

    input["startTime"] = json!(1_700_000_000_000_i64);
    input["nextToken"] = Value::Null;
    let refused = ask(&endpoint, target, input).json();
    assert!(
        refused["__type"]
            .to_string()
            .contains("InvalidParameterException")
    );
}
