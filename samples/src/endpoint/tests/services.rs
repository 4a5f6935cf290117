//! What the services answer.

use super::*;

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
