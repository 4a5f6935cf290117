//! What App Runner has beside services, and services beside the one in question.

use super::*;

#[test]
fn a_private_service_has_a_way_in() {
    let endpoint = start("[service]\npublic = false\n[[other_service]]\nname = \"shop-api\"\n");
    let service = arn(&endpoint);
    let input = json!({"Filter": {"ServiceArn": service}});
    let list = ask(&endpoint, "AppRunner.ListVpcIngressConnections", input).json();
    let found = list["VpcIngressConnectionSummaryList"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    let input = json!({"VpcIngressConnectionArn": found[0]["VpcIngressConnectionArn"]});
    let answer = ask(&endpoint, "AppRunner.DescribeVpcIngressConnection", input).json();
    let connection = &answer["VpcIngressConnection"];
    assert_eq!(connection["Status"], "AVAILABLE");
    let id = connection["IngressVpcConfiguration"]["VpcEndpointId"]
        .as_str()
        .unwrap();
    let form = format!("Action=DescribeVpcEndpoints&VpcEndpointId.1={id}");
    let endpoints = ask_form(&endpoint, "ec2", &form).text();
    assert!(
        endpoints.contains("com.amazonaws.us-east-1.apprunner.requests"),
        "{endpoints}"
    );
    let other = json!({"Filter": {"ServiceArn": format!("{service}0")}});
    let none = ask(&endpoint, "AppRunner.ListVpcIngressConnections", other).json();
    assert_eq!(none["VpcIngressConnectionSummaryList"], json!([]));
}

#[test]
fn domains_come_with_what_the_dns_lacks() {
    let endpoint = start(
        "[[custom_domain]]\nname = \"shop.example.com\"\nstatus = \"PENDING_CERTIFICATE_DNS_VALIDATION\"\nwww = false\n[[custom_domain]]\nname = \"example.com\"\n",
    );
    let input = json!({"ServiceArn": arn(&endpoint), "MaxResults": 1});
    let pages = pages(
        &endpoint,
        "AppRunner.DescribeCustomDomains",
        input,
        "NextToken",
    );
    assert_eq!(pages.len(), 2);
    let domain = &pages[0]["CustomDomains"][0];
    assert_eq!(
        domain["CertificateValidationRecords"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        domain["CertificateValidationRecords"][0]["Status"],
        "PENDING_VALIDATION"
    );
    assert_eq!(pages[1]["CustomDomains"][0]["Status"], "ACTIVE");
}

#[test]
fn connectors_and_observability_are_told() {
    let endpoint = start(
        "[service]\nvpc_connector = \"private\"\nobservability = \"traced\"\n[[vpc_connector]]\nname = \"idle\"\n",
    );
    let list = pages(
        &endpoint,
        "AppRunner.ListVpcConnectors",
        json!({"MaxResults": 1}),
        "NextToken",
    );
    let names = list
        .iter()
        .map(|page| page["VpcConnectors"][0]["VpcConnectorName"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["idle", "private"]);
    let service = ask(
        &endpoint,
        "AppRunner.DescribeService",
        json!({"ServiceArn": arn(&endpoint)}),
    )
    .json();
    let observability = &service["Service"]["ObservabilityConfiguration"];
    assert_eq!(observability["ObservabilityEnabled"], true);
    let input =
        json!({"ObservabilityConfigurationArn": observability["ObservabilityConfigurationArn"]});
    let answer = ask(
        &endpoint,
        "AppRunner.DescribeObservabilityConfiguration",
        input,
    )
    .json();
    let vendor = &answer["ObservabilityConfiguration"]["TraceConfiguration"]["Vendor"];
    assert_eq!(vendor, "AWSXRAY");
}

#[test]
fn a_sibling_fails_on_its_own() {
    let endpoint = start(
        r#"
[[other_service]]
name = "shop-api"
[[other_service.operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
events = """
0:00 [AppRunner] Deployment started.
"""
"#,
    );
    let sibling = &endpoint.account().services[1];
    let input = json!({"ServiceArn": sibling.arn});
    let operations = ask(&endpoint, "AppRunner.ListOperations", input).json();
    let newest = &operations["OperationSummaryList"][0];
    assert_eq!(newest["Status"], "ROLLBACK_SUCCEEDED");
    let input =
        json!({"logGroupName": sibling.service_log_group(), "startTime": 1_795_168_800_000_i64});
    let lines = ask(&endpoint, "Logs_20140328.FilterLogEvents", input).json();
    assert_eq!(
        lines["events"][0]["message"],
        "[AppRunner] Deployment started."
    );
}
