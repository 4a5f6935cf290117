//! Routing, validation and errors.

use super::*;

#[test]
fn the_list_of_operations_is_what_is_served() {
    let mut listed = Vec::new();
    for service in &request::SERVICES {
        for served in served(service.name) {
            listed.push((service.name, served.operation));
        }
    }
    assert_eq!(listed, OPERATIONS);
}

#[test]
fn json_1_0_answers_with_the_clock_of_the_account() {
    let endpoint = start("");
    let answer = ask(&endpoint, "AppRunner.ListServices", json!({}));
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .head
            .contains("content-type: application/x-amz-json-1.0")
    );
    assert!(
        answer.head.contains("date: fri, 20 nov 2026 12:00:00 gmt"),
        "{}",
        answer.head
    );
    let service = &answer.json()["ServiceSummaryList"][0];
    assert_eq!(service["ServiceName"], "shop");
    assert!(service["CreatedAt"].is_f64());
    let again = ask(&endpoint, "AppRunner.ListServices", json!({}));
    assert_ne!(answer.head, again.head, "request ids differ");
    let other = start("");
    let first = ask(&other, "AppRunner.ListServices", json!({}));
    assert_eq!(answer.head, first.head, "and are the same in another run");
}

#[test]
fn a_token_is_good_for_the_same_question_only() {
    let endpoint = start("[[other_service]]\nname = \"shop-api\"\n");
    let first = ask(
        &endpoint,
        "AppRunner.ListServices",
        json!({"MaxResults": 1}),
    )
    .json();
    let token = first["NextToken"].clone();
    let second = ask(
        &endpoint,
        "AppRunner.ListServices",
        json!({"MaxResults": 1, "NextToken": token}),
    );
    assert_eq!(
        second.json()["ServiceSummaryList"][0]["ServiceName"],
        "shop-api"
    );
    let elsewhere = ask(
        &endpoint,
        "AppRunner.ListOperations",
        json!({"ServiceArn": arn(&endpoint), "NextToken": token}),
    );
    assert_eq!(elsewhere.code(), "InvalidRequestException");
}

#[test]
fn what_is_not_there_is_an_error_of_the_service() {
    let endpoint = start("[repository]\nexists = false\n");
    let wrong = format!("{}0", arn(&endpoint));
    let service = ask(
        &endpoint,
        "AppRunner.DescribeService",
        json!({"ServiceArn": wrong}),
    );
    assert_eq!(service.code(), "ResourceNotFoundException");
    assert!(service.text().contains("\"Message\""));
    let group = ask(
        &endpoint,
        "Logs_20140328.FilterLogEvents",
        json!({"logGroupName": "/none"}),
    );
    assert_eq!(group.code(), "ResourceNotFoundException");
    let repository = ask(
        &endpoint,
        "AmazonEC2ContainerRegistry_V20150921.DescribeImages",
        json!({"repositoryName": "shop"}),
    );
    assert_eq!(repository.code(), "RepositoryNotFoundException");
    let role = ask_iam(
        &endpoint,
        "Action=GetRole&Version=2010-05-08&RoleName=Nobody",
    );
    assert_eq!((role.status, role.code().as_str()), (404, "NoSuchEntity"));
    assert!(
        role.text()
            .contains("The role with name Nobody cannot be found.")
    );
}

#[test]
fn parameters_are_validated() {
    let endpoint = start("");
    let many = ask(
        &endpoint,
        "AppRunner.ListServices",
        json!({"MaxResults": 500}),
    );
    assert_eq!(many.code(), "InvalidRequestException");
    assert!(many.text().contains("less than or equal to 20"));
    let missing = ask(&endpoint, "AppRunner.DescribeService", json!({}));
    assert!(missing.text().contains("Value null at 'serviceArn'"));
    let look_up = ask(
        &endpoint,
        "CloudTrail_20131101.LookupEvents",
        json!({"MaxResults": 51}),
    );
    assert_eq!(look_up.code(), "InvalidMaxResultsException");
    let items = ask_iam(&endpoint, "Action=ListRolePolicies&RoleName=a&MaxItems=0");
    assert_eq!(items.code(), "ValidationError");
}

#[test]
fn what_is_not_served_is_refused_in_the_protocol() {
    let endpoint = start("");
    let json = ask(&endpoint, "AppRunner.DeleteService", json!({}));
    assert_eq!(json.code(), "UnknownOperationException");
    let query = ask_iam(&endpoint, "Action=DeleteRole&RoleName=a");
    assert_eq!(query.code(), "InvalidAction");
    let cbor = ask_cbor(
        &endpoint,
        "monitoring",
        "/service/GraniteServiceVersion20100801/operation/PutMetricData",
        &[],
    );
    assert_eq!(cbor.code(), "UnknownOperationException");
    let malformed = send(
        &endpoint,
        "/",
        &[
            authorization("us-east-1", "logs"),
            ("x-amz-target", "Logs_20140328.DescribeLogGroups".to_owned()),
        ],
        b"{",
    );
    assert_eq!(malformed.code(), "SerializationException");
}

#[test]
fn a_request_that_is_not_signed_is_refused() {
    let endpoint = start("");
    let target = ("x-amz-target", "AppRunner.ListServices".to_owned());
    let content = ("content-type", "application/x-amz-json-1.0".to_owned());
    let json = send(&endpoint, "/", &[target, content], b"{}");
    assert_eq!(json.code(), "MissingAuthenticationTokenException");
    let query = send(&endpoint, "/", &[], b"Action=GetCallerIdentity");
    assert_eq!(
        (query.status, query.code().as_str()),
        (403, "MissingAuthenticationToken")
    );
    assert_eq!(
        endpoint.calls()[0].outcome,
        Outcome::Refused("MissingAuthenticationTokenException".to_owned())
    );
}

#[test]
fn another_region_is_empty() {
    let endpoint = start("");
    let services = ask_in("eu-west-1", &endpoint, "AppRunner.ListServices", json!({}));
    assert_eq!(services.json()["ServiceSummaryList"], json!([]));
    let groups = ask_in(
        "eu-west-1",
        &endpoint,
        "Logs_20140328.DescribeLogGroups",
        json!({}),
    );
    assert_eq!(groups.json()["logGroups"], json!([]));
}
