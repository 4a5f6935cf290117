//! The endpoint over a real connection, by the smallest client that does.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::*;

struct Answered {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The error code, from any protocol.
    fn code(&self) -> String {
        assert_ne!(self.status, 200, "{}", self.text());
        let text = String::from_utf8_lossy(&self.body);
        if let Some((_, rest)) = text.split_once("<Code>") {
            return rest.split('<').next().unwrap().to_owned();
        }
        let value = if self.head.contains("application/cbor") {
            cbor::decode(&self.body).unwrap()
        } else {
            self.json()
        };
        let code = value["__type"].as_str().unwrap();
        code.rsplit('#').next().unwrap().to_owned()
    }
}

fn account(text: &str) -> Account {
    let text = format!("what = \"\"\nexpect = []\n{text}");
    Account::parse("test", &text).unwrap_or_else(|error| panic!("{error}"))
}

fn start(text: &str) -> Endpoint {
    Endpoint::start(account(text), 0).unwrap()
}

fn send(endpoint: &Endpoint, path: &str, headers: &[(&str, String)], body: &[u8]) -> Answered {
    let response = exchange(endpoint, path, headers, body).unwrap();
    let end = response
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8_lossy(&response[..end]).to_lowercase();
    Answered {
        status: head[9..12].parse().unwrap(),
        body: response[end + 4..].to_vec(),
        head,
    }
}

fn exchange(
    endpoint: &Endpoint,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    let host = endpoint.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    stream.write_all(body)?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(response)
}

fn authorization(region: &str, service: &str) -> (&'static str, String) {
    let value = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261120/{region}/{service}/aws4_request, SignedHeaders=host, Signature=00"
    );
    ("authorization", value)
}

/// Asks a JSON service.
fn ask(endpoint: &Endpoint, target: &str, input: Value) -> Answered {
    ask_in("us-east-1", endpoint, target, input)
}

fn ask_in(region: &str, endpoint: &Endpoint, target: &str, input: Value) -> Answered {
    let (signing_name, version) = match target.rsplit_once('.').unwrap().0 {
        "AppRunner" => ("apprunner", "1.0"),
        "GraniteServiceVersion20100801" => ("monitoring", "1.0"),
        "Logs_20140328" => ("logs", "1.1"),
        "AmazonEC2ContainerRegistry_V20150921" => ("ecr", "1.1"),
        "AWSHealth_20160804" => ("health", "1.1"),
        _ => ("cloudtrail", "1.1"),
    };
    let headers = [
        authorization(region, signing_name),
        ("content-type", format!("application/x-amz-json-{version}")),
        ("x-amz-target", target.to_owned()),
    ];
    send(endpoint, "/", &headers, input.to_string().as_bytes())
}

fn ask_iam(endpoint: &Endpoint, form: &str) -> Answered {
    let headers = [
        authorization("us-east-1", "iam"),
        (
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        ),
    ];
    send(endpoint, "/", &headers, form.as_bytes())
}

fn ask_cbor(endpoint: &Endpoint, signing_name: &str, path: &str, body: &[u8]) -> Answered {
    let headers = [
        authorization("us-east-1", signing_name),
        ("content-type", "application/cbor".to_owned()),
        ("smithy-protocol", "rpc-v2-cbor".to_owned()),
    ];
    send(endpoint, path, &headers, body)
}

fn cbor_of(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// All pages of a list.
fn pages(endpoint: &Endpoint, target: &str, mut input: Value, token: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    loop {
        let page = ask(endpoint, target, input.clone());
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let next = page[token].clone();
        pages.push(page);
        if next.is_null() {
            return pages;
        }
        assert!(pages.len() < 1000, "it never ends");
        input[token] = next;
    }
}

fn arn(endpoint: &Endpoint) -> String {
    endpoint.account().service().arn.clone()
}

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
fn describe_service_has_what_was_stated() {
    let endpoint = start(
        "[service]\nport = \"3000\"\nenvironment = { LEVEL = \"info\" }\nhealth_check = { protocol = \"HTTP\", path = \"/up\" }\n",
    );
    let input = json!({"ServiceArn": arn(&endpoint)});
    let answer = ask(&endpoint, "AppRunner.DescribeService", input).json();
    let service = &answer["Service"];
    let image = &service["SourceConfiguration"]["ImageRepository"];
    assert_eq!(image["ImageConfiguration"]["Port"], "3000");
    assert_eq!(
        image["ImageConfiguration"]["RuntimeEnvironmentVariables"]["LEVEL"],
        "info"
    );
    assert_eq!(service["HealthCheckConfiguration"]["Path"], "/up");
    assert_eq!(
        service["NetworkConfiguration"]["EgressConfiguration"]["EgressType"],
        "DEFAULT"
    );
}

#[test]
fn operations_come_in_pages_of_twenty_newest_first() {
    let endpoint = start("[[bulk_operation]]\ncount = 44\nfrom = \"-10d\"\nevery = \"1h\"\n");
    let input = json!({"ServiceArn": arn(&endpoint)});
    let pages = pages(&endpoint, "AppRunner.ListOperations", input, "NextToken");
    let sizes = pages
        .iter()
        .map(|page| page["OperationSummaryList"].as_array().unwrap().len());
    assert_eq!(sizes.collect::<Vec<_>>(), [20, 20, 5]);
    let starts = pages
        .iter()
        .flat_map(|page| page["OperationSummaryList"].as_array().unwrap())
        .map(|operation| operation["StartedAt"].as_f64().unwrap())
        .collect::<Vec<_>>();
    assert!(starts.is_sorted_by(|a, b| a > b));
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

#[test]
fn iam_gives_policies_percent_encoded() {
    let endpoint = start("");
    let role = ask_iam(&endpoint, "Action=GetRole&RoleName=AppRunnerEcrAccess");
    assert!(role.head.contains("content-type: text/xml"));
    assert!(
        role.text().contains(
            "%22Principal%22%3A%7B%22Service%22%3A%22build.apprunner.amazonaws.com%22%7D"
        )
    );
    let attached = ask_iam(
        &endpoint,
        "Action=ListAttachedRolePolicies&RoleName=AppRunnerEcrAccess",
    );
    let policy = "arn:aws:iam::aws:policy/service-role/AWSAppRunnerServicePolicyForECRAccess";
    assert!(attached.text().contains(&format!(
        "<AttachedPolicies><member><PolicyName>AWSAppRunnerServicePolicyForECRAccess</PolicyName><PolicyArn>{policy}</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>"
    )), "{}", attached.text());
    let version = ask_iam(
        &endpoint,
        &format!("Action=GetPolicyVersion&PolicyArn={policy}&VersionId=v1"),
    );
    assert!(version.text().contains("ecr%3AGetAuthorizationToken"));
}

#[test]
fn iam_pages_by_marker() {
    let endpoint = start(
        "[[role]]\nname = \"Busy\"\ninline = { a = { Statement = [] }, b = { Statement = [] }, c = { Statement = [] } }\n",
    );
    let first = ask_iam(
        &endpoint,
        "Action=ListRolePolicies&RoleName=Busy&MaxItems=2",
    )
    .text();
    assert!(first.contains("<IsTruncated>true</IsTruncated>"));
    assert!(first.contains("<member>a</member><member>b</member></PolicyNames>"));
    let (_, marker) = first.split_once("<Marker>").unwrap();
    let marker = marker.split('<').next().unwrap();
    let form = format!("Action=ListRolePolicies&RoleName=Busy&MaxItems=2&Marker={marker}");
    let second = ask_iam(&endpoint, &form).text();
    assert!(second.contains("<PolicyNames><member>c</member></PolicyNames>"));
    assert!(second.contains("<IsTruncated>false</IsTruncated>"));
}

#[test]
fn the_image_of_the_service_is_an_index_with_its_platform() {
    let endpoint = start("[image]\nplatforms = [\"linux/arm64\"]\n");
    let target = "AmazonEC2ContainerRegistry_V20150921.BatchGetImage";
    let ids = json!([{"imageTag": "v1"}, {"imageTag": "v2"}]);
    let input = json!({"repositoryName": "shop", "imageIds": ids});
    let answer = ask(&endpoint, target, input).json();
    let manifest = answer["images"][0]["imageManifest"].as_str().unwrap();
    let manifest = serde_json::from_str::<Value>(manifest).unwrap();
    assert_eq!(
        manifest["manifests"][0]["platform"]["architecture"],
        "arm64"
    );
    assert_eq!(
        manifest["manifests"][1]["platform"]["architecture"],
        "unknown"
    );
    assert_eq!(answer["failures"][0]["failureCode"], "ImageNotFound");
    let missing = ask(
        &endpoint,
        "AmazonEC2ContainerRegistry_V20150921.DescribeImages",
        json!({"repositoryName": "shop", "imageIds": [{"imageTag": "v2"}]}),
    );
    assert_eq!(missing.code(), "ImageNotFoundException");
    let policy = ask(
        &endpoint,
        "AmazonEC2ContainerRegistry_V20150921.GetRepositoryPolicy",
        json!({"repositoryName": "shop"}),
    );
    assert_eq!(policy.code(), "RepositoryPolicyNotFoundException");
}

#[test]
fn events_are_looked_up_by_one_attribute_newest_first() {
    let endpoint = start(
        "[[change]]\ntime = \"-1h\"\nname = \"UpdateAssumeRolePolicy\"\nsource = \"iam\"\nrequest = { roleName = \"AppRunnerEcrAccess\" }\n",
    );
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    let all = ask(&endpoint, target, json!({})).json();
    let names = all["Events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["EventName"].as_str().unwrap());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["UpdateAssumeRolePolicy", "CreateService"]
    );
    let attribute =
        |key: &str, value: &str| json!([{"AttributeKey": key, "AttributeValue": value}]);
    let by_role = ask(
        &endpoint,
        target,
        json!({"LookupAttributes": attribute("ResourceName", "AppRunnerEcrAccess")}),
    )
    .json();
    assert_eq!(by_role["Events"].as_array().unwrap().len(), 1);
    let event = by_role["Events"][0]["CloudTrailEvent"].as_str().unwrap();
    let event = serde_json::from_str::<Value>(event).unwrap();
    assert_eq!(event["requestParameters"]["roleName"], "AppRunnerEcrAccess");
    assert_eq!(event["userIdentity"]["type"], "AssumedRole");
    let two = json!([{"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "EventName", "AttributeValue": "b"}]);
    let refused = ask(&endpoint, target, json!({"LookupAttributes": two}));
    assert_eq!(refused.code(), "InvalidLookupAttributesException");
    let recent = json!({"StartTime": 1_795_176_000.0 - 7_200.5});
    let recent = ask(&endpoint, target, recent).json();
    assert_eq!(recent["Events"].as_array().unwrap().len(), 1);
}

#[test]
fn iam_events_are_in_us_east_1_only() {
    let endpoint = start(
        "region = \"eu-west-1\"\n[[change]]\ntime = \"-1h\"\nname = \"DeleteRole\"\nsource = \"iam\"\n",
    );
    let names = |region| {
        let answer = ask_in(
            region,
            &endpoint,
            "CloudTrail_20131101.LookupEvents",
            json!({}),
        );
        answer.json()["Events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["EventName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("us-east-1"), ["DeleteRole"]);
    assert_eq!(names("eu-west-1"), ["CreateService"]);
}

fn metric_query(endpoint: &Endpoint) -> Value {
    let service = endpoint.account().service();
    json!({
        "StartTime": 1_795_172_400,
        "EndTime": 1_795_176_000,
        "ScanBy": "TimestampAscending",
        "MetricDataQueries": [{
            "Id": "m1",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/AppRunner",
                    "MetricName": "5xxStatusResponses",
                    "Dimensions": [
                        {"Name": "ServiceName", "Value": service.name},
                        {"Name": "ServiceID", "Value": service.id},
                    ],
                },
                "Period": 300,
                "Stat": "Sum",
            },
        }],
    })
}

const METRIC: &str =
    "[[metric]]\nname = \"5xxStatusResponses\"\nfrom = \"-10m\"\nminutes = 5\nvalue = 3.0\n";

#[test]
fn metrics_are_the_same_in_json_and_cbor() {
    let endpoint = start(METRIC);
    let query = metric_query(&endpoint);
    let json = ask(
        &endpoint,
        "GraniteServiceVersion20100801.GetMetricData",
        query.clone(),
    );
    let cbor = ask_cbor(
        &endpoint,
        "monitoring",
        "/service/GraniteServiceVersion20100801/operation/GetMetricData",
        &cbor_of(&query),
    );
    assert!(cbor.head.contains("smithy-protocol: rpc-v2-cbor"));
    let json = json.json();
    let values = json["MetricDataResults"][0]["Values"].as_array().unwrap();
    assert_eq!(values.len(), 12);
    assert_eq!(values[10], 15.0);
    assert_eq!(values[11], 0.0);
    let decoded = cbor::decode(&cbor.body).unwrap();
    assert_eq!(decoded["MetricDataResults"], json["MetricDataResults"]);
    // Tag 1 and a float of 64 bits, not a bare number.
    assert!(cbor.body.windows(2).any(|bytes| bytes == [0xc1, 0xfb]));
}

#[test]
fn metric_points_are_paged() {
    let endpoint = start(METRIC);
    let mut query = metric_query(&endpoint);
    let second = query["MetricDataQueries"][0].clone();
    query["MetricDataQueries"]
        .as_array_mut()
        .unwrap()
        .push(second);
    query["MetricDataQueries"][1]["Id"] = json!("m2");
    query["MaxDatapoints"] = json!(10);
    let pages = pages(
        &endpoint,
        "GraniteServiceVersion20100801.GetMetricData",
        query,
        "NextToken",
    );
    let told = pages
        .iter()
        .flat_map(|page| page["MetricDataResults"].as_array().unwrap())
        .map(|result| {
            let points = result["Values"].as_array().unwrap().len();
            let status = result["StatusCode"].as_str().unwrap();
            (result["Id"].as_str().unwrap(), points, status)
        })
        .collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            ("m1", 10, "PartialData"),
            ("m1", 2, "Complete"),
            ("m2", 8, "PartialData"),
            ("m2", 4, "Complete"),
        ]
    );
}

#[test]
fn metrics_are_listed_by_dimension() {
    let endpoint = start("");
    let input = json!({"Namespace": "AWS/AppRunner", "Dimensions": [{"Name": "ServiceName", "Value": "shop"}]});
    let target = "GraniteServiceVersion20100801.ListMetrics";
    let listed = ask(&endpoint, target, input).json();
    assert_eq!(listed["Metrics"].as_array().unwrap().len(), 9);
    let other = json!({"Dimensions": [{"Name": "ServiceName", "Value": "other"}]});
    assert_eq!(ask(&endpoint, target, other).json()["Metrics"], json!([]));
}

#[test]
fn health_needs_a_plan() {
    let path = "/service/AWSHealth_20160804/operation/DescribeEvents";
    let without = start("");
    assert_eq!(
        ask_cbor(&without, "health", path, &cbor_of(&json!({}))).code(),
        "SubscriptionRequiredException"
    );
    let with =
        start("[[health_event]]\nstart = \"-3h\"\ntype = \"AWS_APPRUNNER_OPERATIONAL_ISSUE\"\n");
    let filter = json!({"filter": {"regions": ["us-east-1"], "eventStatusCodes": ["open"]}});
    let answer = ask_cbor(&with, "health", path, &cbor_of(&filter));
    let answer = cbor::decode(&answer.body).unwrap();
    assert_eq!(answer["events"][0]["service"], "APPRUNNER");
    let closed = json!({"filter": {"eventStatusCodes": ["closed"]}});
    let closed = ask(&with, "AWSHealth_20160804.DescribeEvents", closed).json();
    assert_eq!(closed["events"], json!([]));
}

fn group(endpoint: &Endpoint) -> String {
    endpoint.account().service().application_log_group()
}

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
fn faults_strike_as_often_as_they_are_told() {
    let endpoint = start(
        "[[fault]]\ncall = \"apprunner:ListServices\"\nkind = \"throttled\"\nafter = 1\ntimes = 2\n",
    );
    let codes = (0..4).map(|_| ask(&endpoint, "AppRunner.ListServices", json!({})).status);
    assert_eq!(codes.collect::<Vec<_>>(), [200, 400, 400, 200]);
    let throttled = Outcome::Refused("ThrottlingException".to_owned());
    assert_eq!(endpoint.calls()[1].outcome, throttled);
    assert_eq!(endpoint.calls()[3].outcome, Outcome::Answered);
}

#[test]
fn a_denial_is_worded_as_aws_does() {
    let endpoint = start(
        "[[fault]]\ncall = \"iam:*\"\nkind = \"denied\"\nwith = \"AppRunnerInstance\"\n[[fault]]\ncall = \"logs:FilterLogEvents\"\nkind = \"denied\"\n",
    );
    let spared = ask_iam(&endpoint, "Action=GetRole&RoleName=AppRunnerEcrAccess");
    assert_eq!(spared.status, 200);
    let denied = ask_iam(&endpoint, "Action=GetRole&RoleName=AppRunnerInstance");
    assert_eq!(
        (denied.status, denied.code().as_str()),
        (403, "AccessDenied")
    );
    assert!(denied.text().contains(
        "User: arn:aws:sts::111122223333:assumed-role/Diagnosis/session is not authorized to perform: iam:GetRole on resource: role AppRunnerInstance because no identity-based policy allows the iam:GetRole action"
    ));
    let input = json!({"logGroupName": group(&endpoint)});
    let logs = ask(&endpoint, "Logs_20140328.FilterLogEvents", input);
    assert_eq!(logs.code(), "AccessDeniedException");
}

#[test]
fn an_error_is_as_stated_in_any_protocol() {
    let endpoint = start(
        "[[fault]]\ncall = \"cloudwatch:*\"\nkind = \"error\"\ncode = \"InternalServiceFault\"\nmessage = \"sorry\"\nhttp_status = 503\n",
    );
    let cbor = ask_cbor(
        &endpoint,
        "monitoring",
        "/service/GraniteServiceVersion20100801/operation/ListMetrics",
        &cbor_of(&json!({})),
    );
    assert_eq!(
        (cbor.status, cbor.code().as_str()),
        (503, "InternalServiceFault")
    );
    assert!(
        cbor.head
            .contains("x-amzn-query-error: internalservicefault;receiver")
    );
}

#[test]
fn an_empty_page_comes_before_each_page_and_nothing_is_lost() {
    let endpoint = start(
        "[[bulk_operation]]\ncount = 24\nfrom = \"-10d\"\nevery = \"1h\"\n[[fault]]\ncall = \"apprunner:ListOperations\"\nkind = \"empty-page\"\n",
    );
    let input = json!({"ServiceArn": arn(&endpoint)});
    let pages = pages(&endpoint, "AppRunner.ListOperations", input, "NextToken");
    let sizes = pages
        .iter()
        .map(|page| page["OperationSummaryList"].as_array().unwrap().len());
    assert_eq!(sizes.collect::<Vec<_>>(), [0, 20, 0, 5]);
}

#[test]
fn a_repeated_token_leads_to_the_same_page() {
    let endpoint = start(
        "[[bulk_operation]]\ncount = 24\nfrom = \"-10d\"\nevery = \"1h\"\n[[fault]]\ncall = \"apprunner:ListOperations\"\nkind = \"repeated-token\"\n",
    );
    let target = "AppRunner.ListOperations";
    let first = ask(&endpoint, target, json!({"ServiceArn": arn(&endpoint)})).json();
    let again = json!({"ServiceArn": arn(&endpoint), "NextToken": first["NextToken"]});
    assert_eq!(ask(&endpoint, target, again).json(), first);
}

#[test]
fn connections_break_as_told() {
    let fault = |kind: &str| format!("[[fault]]\ncall = \"*\"\nkind = \"{kind}\"\n");
    let headers = [
        authorization("us-east-1", "apprunner"),
        ("x-amz-target", "AppRunner.ListServices".to_owned()),
        ("content-type", "application/x-amz-json-1.0".to_owned()),
    ];
    let reset = start(&fault("reset"));
    let got = exchange(&reset, "/", &headers, b"{}").unwrap_or_default();
    assert!(got.is_empty());
    assert_eq!(reset.calls()[0].outcome, Outcome::Broken(FaultKind::Reset));

    let cut = send(&start(&fault("cut-body")), "/", &headers, b"{}");
    let (_, length) = cut.head.split_once("content-length: ").unwrap();
    let length = length.split('\r').next().unwrap().parse::<usize>().unwrap();
    assert_eq!(cut.body.len(), length / 2);

    let malformed = send(&start(&fault("malformed-body")), "/", &headers, b"{}");
    assert_eq!(malformed.status, 200);
    assert!(serde_json::from_slice::<Value>(&malformed.body).is_err());
    assert!(
        malformed
            .head
            .contains(&format!("content-length: {}", malformed.body.len()))
    );
}

#[test]
fn a_slow_answer_is_right_and_a_hanging_one_ends_with_the_endpoint() {
    let slow = start("[[fault]]\ncall = \"*\"\nkind = \"slow\"\nms = 150\n");
    let begin = Instant::now();
    let answer = ask(&slow, "AppRunner.ListServices", json!({}));
    assert_eq!(answer.status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(150));

    let hanging = start("[[fault]]\ncall = \"*\"\nkind = \"hang\"\n");
    let host = hanging.url().strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(host).unwrap();
    let (_, authorization) = authorization("us-east-1", "sts");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\ncontent-length: 24\r\n\r\nAction=GetCallerIdentity"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert!(stream.read(&mut [0; 1]).is_err(), "no answer comes");
    drop(hanging);
    assert_eq!(
        stream.read(&mut [0; 1]).unwrap(),
        0,
        "the connection is closed"
    );
}
