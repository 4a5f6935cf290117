//! Images and their blobs, and quotas.

use super::*;

fn ecr(endpoint: &Endpoint, operation: &str, mut input: Value) -> Answered {
    input["repositoryName"] = json!("shop");
    let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
    ask(endpoint, &target, input)
}

#[test]
fn the_configuration_of_a_single_image_tells_its_architecture() {
    let endpoint = start("[image]\nmanifest = \"single\"\nplatforms = [\"linux/arm64\"]\n");
    let images = json!({"imageIds": [{"imageTag": "v1"}]});
    let batch = ecr(&endpoint, "BatchGetImage", images).json();
    let manifest = batch["images"][0]["imageManifest"].as_str().unwrap();
    assert!(!manifest.contains("arm64"));
    let manifest = serde_json::from_str::<Value>(manifest).unwrap();
    let config = &manifest["config"];
    let input = json!({"layerDigest": config["digest"]});
    let answer = ecr(&endpoint, "GetDownloadUrlForLayer", input).json();
    let url = answer["downloadUrl"].as_str().unwrap();
    let blob = download(&endpoint, url);
    assert_eq!(blob.status, 200);
    assert_eq!(config["size"], blob.body.len());
    assert_eq!(blob.json()["architecture"], "arm64");
    assert_eq!(download(&endpoint, &format!("{url}0")).status, 404);
    let missing = json!({"layerDigest": "sha256:00"});
    let refused = ecr(&endpoint, "GetDownloadUrlForLayer", missing);
    assert_eq!(refused.code(), "LayersNotFoundException");
    let last = endpoint.calls().into_iter().rev().nth(1).unwrap();
    assert_eq!(last.operation, Endpoint::DOWNLOAD);
}

#[test]
fn an_archived_image_cannot_be_pulled() {
    let endpoint = start("[image]\nstatus = \"ARCHIVED\"\n");
    let images = json!({"imageIds": [{"imageTag": "v1"}]});
    let described = ecr(&endpoint, "DescribeImages", images.clone()).json();
    assert_eq!(described["imageDetails"][0]["imageStatus"], "ARCHIVED");
    let batch = ecr(&endpoint, "BatchGetImage", images).json();
    assert_eq!(batch["failures"][0]["failureCode"], "ImageInaccessible");
    let active = json!({"filter": {"imageStatus": "ACTIVE"}});
    let listed = ecr(&endpoint, "DescribeImages", active).json();
    assert_eq!(listed["imageDetails"], json!([]));
}

#[test]
fn what_was_deployed_before_is_still_there_without_its_tag() {
    let endpoint = start(
        "[[operation]]\ntype = \"START_DEPLOYMENT\"\nstart = \"-9d\"\n[[operation]]\ntype = \"START_DEPLOYMENT\"\nstart = \"-2h\"\n",
    );
    let untagged = json!({"filter": {"tagStatus": "UNTAGGED"}});
    let listed = ecr(&endpoint, "DescribeImages", untagged).json();
    let images = listed["imageDetails"].as_array().unwrap();
    let pushed = images
        .iter()
        .map(|image| image["imagePushedAt"].as_f64().unwrap());
    let before = 1_795_176_000.0 - 9.0 * 86_400.0 - 60.0;
    assert_eq!(pushed.filter(|time| *time == before).count(), 1);
    let look_up =
        json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "PutImage"}]});
    let events = ask(&endpoint, "CloudTrail_20131101.LookupEvents", look_up).json();
    let first = events["Events"][1]["CloudTrailEvent"].as_str().unwrap();
    let known = images
        .iter()
        .any(|image| first.contains(image["imageDigest"].as_str().unwrap()));
    assert!(known, "{first}");
}

#[test]
fn a_lifecycle_policy_is_told_if_there_is_one() {
    let none = ecr(&start(""), "GetLifecyclePolicy", json!({}));
    assert_eq!(none.code(), "LifecyclePolicyNotFoundException");
    const POLICY: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#;
    let endpoint = start(&format!("[repository]\nlifecycle = \'\'\'{POLICY}\'\'\'\n"));
    let policy = ecr(&endpoint, "GetLifecyclePolicy", json!({})).json();
    assert_eq!(policy["lifecyclePolicyText"], POLICY);
}

#[test]
fn quotas_are_large_enough_unless_stated() {
    let endpoint = start("[[quota]]\nservice = \"fargate\"\ncode = \"L-3032A538\"\nvalue = 6.0\n");
    let input = json!({"ServiceCode": "fargate", "QuotaCode": "L-3032A538"});
    let quota = ask(
        &endpoint,
        "ServiceQuotasV20190624.GetServiceQuota",
        input.clone(),
    )
    .json();
    assert_eq!(quota["Quota"]["Value"], 6.0);
    assert_eq!(
        quota["Quota"]["QuotaName"],
        "Fargate On-Demand vCPU resource count"
    );
    let list = pages(
        &endpoint,
        "ServiceQuotasV20190624.ListServiceQuotas",
        json!({"ServiceCode": "apprunner", "MaxResults": 2}),
        "NextToken",
    );
    assert_eq!(list.len(), 3);
    let mut wrong = input;
    wrong["QuotaCode"] = json!("L-00000000");
    let refused = ask(&endpoint, "ServiceQuotasV20190624.GetServiceQuota", wrong);
    assert_eq!(refused.code(), "NoSuchResourceException");
}
