"""The calls that drive every operation of the endpoint, over whatever account it serves."""

from __future__ import annotations

import json
import urllib.request
from datetime import timedelta
from typing import Any

import network
import secrets_and_keys
from client import Client

NOBODY = "arn:aws:apprunner:us-east-1:111122223333:{}/nobody/1/00000000000000000000000000000000"


def drive(client: Client) -> dict[str, int]:
    """Drives everything. What it returns, counts by call of the command line, another client must find too."""
    services = client.pages("apprunner", "list_services", "ServiceSummaryList", "NextToken", {"MaxResults": 1})
    counts = {"apprunner list-services": len(services)}
    for summary in services:
        service = client.ask("apprunner", "describe_service", ServiceArn=summary["ServiceArn"])["Service"]
        counts |= _apprunner(client, service)
        counts |= _logs(client, service)
        counts |= _cloudwatch(client, service)
        counts |= secrets_and_keys.drive(client, service)
        repository = service["SourceConfiguration"].get("ImageRepository", {})
        if repository.get("ImageRepositoryType") == "ECR":
            counts |= _ecr(client, repository["ImageIdentifier"])
        for role in _roles(service):
            counts |= _iam(client, role)
    counts |= _iam(client, "AWSServiceRoleForAppRunner")
    counts |= _cloudtrail(client)
    role = "arn:aws:iam::111122223333:role/Diagnosis"
    client.ask("sts", "assume_role", RoleArn=role, RoleSessionName="conformance")
    counts |= _quotas(client)
    counts |= network.drive(client)
    _refusals(client)
    secrets_and_keys.refusals(client)
    return counts


def drive_health(client: Client) -> dict[str, int]:
    """Reads the health events of an account that has a support plan."""
    events = client.pages("health", "describe_events", "events", "nextToken", {"maxResults": 1})
    services = sorted({event["service"] for event in events})
    for service in services:
        found = client.ask("health", "describe_events", filter={"services": [service]}).get("events", [])
        client.expect(found == [event for event in events if event["service"] == service], f"health of {service}")
    client.refused("health", "describe_events", "InvalidPaginationToken", nextToken="none-of-ours")
    return {"health describe-events": len(events)}


def drive_refused(clients: tuple[Client, Client]) -> None:
    """Sees each service deny a call, throttle the next one, and answer the third, to each client in turn."""
    role = {"RoleName": "AppRunnerEcrAccess"}
    secret = {"SecretId": "shop"}
    quotas = {"ServiceCode": "fargate"}
    for service, operation, denied, throttled, parameters in (
        ("apprunner", "list_services", "AccessDeniedException", "ThrottlingException", {}),
        ("cloudtrail", "lookup_events", "AccessDeniedException", "ThrottlingException", {}),
        ("cloudwatch", "list_metrics", "AccessDenied", "Throttling", {}),
        ("ec2", "describe_subnets", "UnauthorizedOperation", "RequestLimitExceeded", {}),
        ("ecr", "describe_repositories", "AccessDeniedException", "ThrottlingException", {}),
        ("health", "describe_events", "AccessDeniedException", "ThrottlingException", {}),
        ("iam", "get_role", "AccessDenied", "Throttling", role),
        ("kms", "describe_key", "AccessDeniedException", "ThrottlingException", {"KeyId": "alias/aws/ssm"}),
        ("logs", "describe_log_groups", "AccessDeniedException", "ThrottlingException", {}),
        ("secretsmanager", "describe_secret", "AccessDeniedException", "ThrottlingException", secret),
        ("service-quotas", "list_service_quotas", "AccessDeniedException", "TooManyRequestsException", quotas),
        ("ssm", "describe_parameters", "AccessDeniedException", "ThrottlingException", {}),
        ("sts", "get_caller_identity", "AccessDenied", "Throttling", {}),
    ):
        for code in (denied, throttled):
            for client in clients:
                client.refused(service, operation, code, **parameters)
        for client in clients:
            client.ask(service, operation, **parameters)


def _apprunner(client: Client, service: dict[str, Any]) -> dict[str, int]:
    arn = service["ServiceArn"]
    operations = client.pages(
        "apprunner", "list_operations", "OperationSummaryList", "NextToken", {"MaxResults": 7}, ServiceArn=arn
    )
    starts = [operation["StartedAt"] for operation in operations]
    client.expect(starts == sorted(starts, reverse=True), f"operations of {arn} come newest first")
    connections = client.pages(
        "apprunner", "list_connections", "ConnectionSummaryList", "NextToken", {"MaxResults": 1}
    )
    for connection in connections:
        name = connection["ConnectionName"]
        found = client.ask("apprunner", "list_connections", ConnectionName=name)["ConnectionSummaryList"]
        client.expect(found == [connection], f"the connection {name}")
    client.ask("apprunner", "list_tags_for_resource", ResourceArn=arn)
    client.pages(
        "apprunner", "describe_custom_domains", "CustomDomains", "NextToken", {"MaxResults": 1}, ServiceArn=arn
    )
    ingress = _ingress(client, arn)
    observability = service["ObservabilityConfiguration"].get("ObservabilityConfigurationArn")
    if observability:
        client.ask(
            "apprunner", "describe_observability_configuration", ObservabilityConfigurationArn=observability
        )
    connectors = client.pages("apprunner", "list_vpc_connectors", "VpcConnectors", "NextToken", {"MaxResults": 1})
    scaling = service["AutoScalingConfigurationSummary"]["AutoScalingConfigurationArn"]
    client.ask("apprunner", "describe_auto_scaling_configuration", AutoScalingConfigurationArn=scaling)
    connector = service["NetworkConfiguration"]["EgressConfiguration"].get("VpcConnectorArn")
    if connector:
        described = client.ask("apprunner", "describe_vpc_connector", VpcConnectorArn=connector)["VpcConnector"]
        client.expect(described in connectors, f"the connector {connector} in the list")
        network.of_connector(client, described)
    return {
        f"apprunner list-vpc-ingress-connections --filter ServiceArn={arn}": len(ingress),
        "apprunner list-vpc-connectors": len(connectors),
        f"apprunner list-operations --service-arn {arn}": len(operations),
        "apprunner list-connections": len(connections),
    }


def _ingress(client: Client, arn: str) -> list[Any]:
    """The ways into a service, each described."""
    found = client.pages(
        "apprunner",
        "list_vpc_ingress_connections",
        "VpcIngressConnectionSummaryList",
        "NextToken",
        {"MaxResults": 1},
        Filter={"ServiceArn": arn},
    )
    for summary in found:
        asked = {"VpcIngressConnectionArn": summary["VpcIngressConnectionArn"]}
        described = client.ask("apprunner", "describe_vpc_ingress_connection", **asked)["VpcIngressConnection"]
        client.expect(described["ServiceArn"] == arn, f"the service of {asked}")
    return found


def _logs(client: Client, service: dict[str, Any]) -> dict[str, int]:
    prefix = f"/aws/apprunner/{service['ServiceName']}/{service['ServiceId']}/"
    groups = client.pages(
        "logs", "describe_log_groups", "logGroups", "nextToken", {"limit": 1}, logGroupNamePrefix=prefix
    )
    counts = {f"logs describe-log-groups --log-group-name-prefix {prefix}": len(groups)}
    for group in groups:
        name = group["logGroupName"]
        streams = client.pages(
            "logs", "describe_log_streams", "logStreams", "nextToken", {"limit": 2}, logGroupName=name
        )
        by_time = client.pages(
            "logs",
            "describe_log_streams",
            "logStreams",
            "nextToken",
            {"limit": 3},
            logGroupName=name,
            orderBy="LastEventTime",
            descending=True,
        )
        client.expect(len(by_time) == len(streams), f"the streams of {name} by time")
        events = client.pages(
            "logs", "filter_log_events", "events", "nextToken", {"limit": 1000}, logGroupName=name
        )
        total = 0
        for stream in streams:
            total += _log_stream(client, name, stream["logStreamName"])
        client.expect(total == len(events), f"{name} has {len(events)} events, its streams {total}")
        words = client.ask("logs", "filter_log_events", logGroupName=name, filterPattern="AppRunner")
        client.expect(all("AppRunner" in event["message"] for event in words["events"]), f"the pattern in {name}")
        counts[f"logs filter-log-events --log-group-name {name}"] = len(events)
        counts[f"logs describe-log-streams --log-group-name {name}"] = len(streams)
    return counts


def _log_stream(client: Client, group: str, stream: str) -> int:
    """Reads a stream forwards, to the token that comes again, and counts its events."""
    where: dict[str, Any] = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
    total, token = 0, None
    while True:
        page = client.ask("logs", "get_log_events", **where, **({"nextToken": token} if token else {}))
        total += len(page.get("events", []))
        if page.get("nextForwardToken") in (None, token):
            break
        token = page["nextForwardToken"]
    # Backwards, the newest come first.
    client.ask("logs", "get_log_events", logGroupName=group, logStreamName=stream, limit=1)
    return total


def _cloudwatch(client: Client, service: dict[str, Any]) -> dict[str, int]:
    now = client.now()
    everything = client.pages("cloudwatch", "list_metrics", "Metrics", "NextToken", {})
    counts = {"cloudwatch list-metrics": len(everything)}
    dimension = {"Name": "ServiceID", "Value": service["ServiceId"]}
    metrics = client.ask("cloudwatch", "list_metrics", Namespace="AWS/AppRunner", Dimensions=[dimension])["Metrics"]
    client.expect(metrics == [it for it in everything if dimension in it["Dimensions"]], "the metrics of a service")
    if not metrics:
        return counts
    queries = [
        {"Id": f"m{place}", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": stat}}
        for place, (metric, stat) in enumerate((m, s) for m in metrics for s in ("Average", "Sum", "p99"))
    ]
    window = {"StartTime": now - timedelta(days=2), "EndTime": now, "MetricDataQueries": queries}
    whole = _points(client, window)
    client.expect(any(whole.values()), f"{service['ServiceName']} has metrics without points")
    client.expect(whole == _points(client, window | {"MaxDatapoints": 50}), "the points of metrics in pages")
    return counts


def _points(client: Client, parameters: dict[str, Any]) -> dict[str, list[tuple[Any, float]]]:
    points: dict[str, list[tuple[Any, float]]] = {}
    token: dict[str, str] = {}
    while True:
        page = client.ask("cloudwatch", "get_metric_data", **parameters, **token)
        for result in page.get("MetricDataResults", []):
            both = zip(result["Timestamps"], result["Values"], strict=True)
            points.setdefault(result["Id"], []).extend(both)
        if not page.get("NextToken"):
            return points
        token = {"NextToken": page["NextToken"]}


def _ecr(client: Client, identifier: str) -> dict[str, int]:
    name, _, tag = identifier.partition("/")[2].partition(":")
    client.pages("ecr", "describe_repositories", "repositories", "nextToken", {"maxResults": 1})
    found = client.ask("ecr", "describe_repositories", repositoryNames=[name])["repositories"]
    images = client.pages(
        "ecr", "describe_images", "imageDetails", "nextToken", {"maxResults": 1}, repositoryName=name
    )
    asked = {"repositoryName": name, "imageIds": [{"imageTag": tag}]}
    batch = client.ask("ecr", "batch_get_image", **asked)
    if batch["images"]:
        client.ask("ecr", "describe_images", **asked)
        for image in images:
            _image(client, name, image["imageDigest"])
    else:
        client.expect(batch["failures"][0]["failureCode"] == "ImageNotFound", f"the failure for {identifier}")
        client.refused("ecr", "describe_images", "ImageNotFoundException", **asked)
    missing = client.ask("ecr", "batch_get_image", repositoryName=name, imageIds=[{"imageTag": "none-of-ours"}])
    client.expect(len(missing["failures"]) == 1, "one failure for an image that is not there")
    if found[0]["imageTagMutability"] == "IMMUTABLE":
        # In `many.toml`, the repository that is immutable is also the one with a policy.
        json.loads(client.ask("ecr", "get_repository_policy", repositoryName=name)["policyText"])
        json.loads(client.ask("ecr", "get_lifecycle_policy", repositoryName=name)["lifecyclePolicyText"])
    else:
        client.refused("ecr", "get_lifecycle_policy", "LifecyclePolicyNotFoundException", repositoryName=name)
        client.refused("ecr", "get_repository_policy", "RepositoryPolicyNotFoundException", repositoryName=name)
    return {f"ecr describe-images --repository-name {name}": len(images)}


def _image(client: Client, repository: str, digest: str) -> None:
    """Reads a manifest, and the configuration that it names."""
    asked = {"repositoryName": repository, "imageIds": [{"imageDigest": digest}]}
    batch = client.ask("ecr", "batch_get_image", **asked)
    if not batch["images"]:
        client.expect(batch["failures"][0]["failureCode"] == "ImageInaccessible", f"the image {digest}")
        return
    config = json.loads(batch["images"][0]["imageManifest"]).get("config")
    if config is None:
        return
    url = client.ask(
        "ecr", "get_download_url_for_layer", repositoryName=repository, layerDigest=config["digest"]
    )["downloadUrl"]
    with urllib.request.urlopen(url) as answer:
        blob = answer.read()
    client.expect(len(blob) == config["size"] and "architecture" in json.loads(blob), f"the configuration of {digest}")


def _roles(service: dict[str, Any]) -> list[str]:
    access = service["SourceConfiguration"].get("AuthenticationConfiguration", {}).get("AccessRoleArn")
    instance = service["InstanceConfiguration"].get("InstanceRoleArn")
    return [arn.rpartition("/")[2] for arn in (access, instance) if arn]


def _iam(client: Client, role: str) -> dict[str, int]:
    described = client.ask("iam", "get_role", RoleName=role)["Role"]
    # boto3 has decoded the document already; the raw one is percent-encoded.
    client.expect("Statement" in described["AssumeRolePolicyDocument"], f"the trust policy of {role}")
    attached = client.pages(
        "iam", "list_attached_role_policies", "AttachedPolicies", "Marker", {"MaxItems": 1}, RoleName=role
    )
    arns = [policy["PolicyArn"] for policy in attached]
    boundary = described.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    for arn in arns + ([boundary] if boundary else []):
        if arn.endswith("/not-described"):
            client.refused("iam", "get_policy", "NoSuchEntity", PolicyArn=arn)
            continue
        version = client.ask("iam", "get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
        client.ask("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
        client.refused("iam", "get_policy_version", "NoSuchEntity", PolicyArn=arn, VersionId="v99")
    inline = client.pages("iam", "list_role_policies", "PolicyNames", "Marker", {"MaxItems": 1}, RoleName=role)
    for name in inline:
        document = client.ask("iam", "get_role_policy", RoleName=role, PolicyName=name)["PolicyDocument"]
        client.expect("Statement" in document, f"the inline policy {name} of {role}")
    actions = ["ecr:BatchGetImage", "s3:GetObject", "sts:GetCallerIdentity"]
    asked = {"PolicySourceArn": described["Arn"], "ActionNames": actions}
    results = client.pages(
        "iam", "simulate_principal_policy", "EvaluationResults", "Marker", {"MaxItems": 1}, **asked
    )
    client.expect([result["EvalActionName"] for result in results] == actions, f"the decisions for {role}")
    client.refused("iam", "get_role_policy", "NoSuchEntity", RoleName=role, PolicyName="none-of-ours")
    return {
        f"iam list-attached-role-policies --role-name {role}": len(attached),
        f"iam list-role-policies --role-name {role}": len(inline),
    }


def _quotas(client: Client) -> dict[str, int]:
    counts = {}
    for service in ("fargate", "apprunner"):
        asked = {"ServiceCode": service}
        quotas = client.pages(
            "service-quotas", "list_service_quotas", "Quotas", "NextToken", {"MaxResults": 1}, **asked
        )
        for quota in quotas:
            asked["QuotaCode"] = quota["QuotaCode"]
            found = client.ask("service-quotas", "get_service_quota", **asked)["Quota"]
            client.expect(found == quota, f"the quota {quota['QuotaName']}")
            client.ask("service-quotas", "get_aws_default_service_quota", **asked)
        counts[f"service-quotas list-service-quotas --service-code {service}"] = len(quotas)
        defaults = client.pages(
            "service-quotas",
            "list_aws_default_service_quotas",
            "Quotas",
            "NextToken",
            {"MaxResults": 1},
            ServiceCode=service,
        )
        known = {quota["QuotaCode"] for quota in defaults}
        client.expect(known >= {quota["QuotaCode"] for quota in quotas}, f"every quota of {service} has a default")
        counts[f"service-quotas list-aws-default-service-quotas --service-code {service}"] = len(defaults)
    missing = {"ServiceCode": "fargate", "QuotaCode": "L-NONEOFOURS"}
    client.refused("service-quotas", "get_service_quota", "NoSuchResourceException", **missing)
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        client.refused("service-quotas", operation, "NoSuchResourceException", ServiceCode="none-of-ours")
    return counts


def _cloudtrail(client: Client) -> dict[str, int]:
    events = client.pages("cloudtrail", "lookup_events", "Events", "NextToken", {"MaxResults": 1})
    for event in events:
        record = json.loads(event["CloudTrailEvent"])
        same = record["eventID"] == event["EventId"] and record["eventName"] == event["EventName"]
        client.expect(same, f"the record of {event['EventName']} in its event")
    for trail in client.ask("cloudtrail", "describe_trails")["trailList"]:
        _trail(client, trail)
    client.refused("cloudtrail", "get_trail_status", "TrailNotFoundException", Name="none-of-ours")
    source = [{"AttributeKey": "EventSource", "AttributeValue": "apprunner.amazonaws.com"}]
    some = client.pages(
        "cloudtrail", "lookup_events", "Events", "NextToken", {"MaxResults": 2}, LookupAttributes=source
    )
    chosen = [event for event in events if event["EventSource"] == "apprunner.amazonaws.com"]
    client.expect(some == chosen, "the events of one source")
    return {"cloudtrail lookup-events": len(events)}


def _trail(client: Client, trail: dict[str, Any]) -> None:
    status = client.ask("cloudtrail", "get_trail_status", Name=trail["TrailARN"])
    found = client.ask("cloudtrail", "describe_trails", trailNameList=[trail["Name"]])["trailList"]
    client.expect(found == [trail], f"the trail {trail['Name']} by its name")
    if "LatestCloudWatchLogsDeliveryTime" not in status:
        return
    group = trail["CloudWatchLogsLogGroupArn"].split(":")[6]
    pattern = '{ ($.eventSource = "apprunner.amazonaws.com") && ($.readOnly IS FALSE) }'
    chosen = client.pages(
        "logs", "filter_log_events", "events", "nextToken", {"limit": 1}, logGroupName=group, filterPattern=pattern
    )
    records = [json.loads(event["message"]) for event in chosen]
    sources = {record["eventSource"] for record in records}
    client.expect(sources == {"apprunner.amazonaws.com"}, f"the pattern on {group}")


def _refusals(client: Client) -> None:
    """What every account refuses, at least once a service."""
    missing = "ResourceNotFoundException"
    arn = NOBODY.replace("/1/", "/").format("service")
    client.refused("apprunner", "describe_service", missing, ServiceArn=arn)
    client.refused("apprunner", "list_operations", missing, ServiceArn=arn)
    client.refused("apprunner", "describe_service", "InvalidRequestException", ServiceArn="arn:none-of-ours")
    client.refused("apprunner", "list_services", "InvalidRequestException", NextToken="none-of-ours")
    for operation, member, kind in (
        ("describe_auto_scaling_configuration", "AutoScalingConfigurationArn", "autoscalingconfiguration"),
        ("describe_observability_configuration", "ObservabilityConfigurationArn", "observabilityconfiguration"),
        ("describe_vpc_connector", "VpcConnectorArn", "vpcconnector"),
        ("describe_vpc_ingress_connection", "VpcIngressConnectionArn", "vpcingressconnection"),
    ):
        client.refused("apprunner", operation, missing, **{member: NOBODY.format(kind)})
    group = {"logGroupName": "/none/of/ours"}
    client.refused("logs", "filter_log_events", missing, **group)
    client.refused("logs", "describe_log_streams", missing, **group)
    client.refused("logs", "get_log_events", missing, **group, logStreamName="events")
    client.refused("logs", "describe_log_groups", "InvalidParameterException", nextToken="none-of-ours")
    client.refused("iam", "get_role", "NoSuchEntity", RoleName="none-of-ours")
    nobody = {"PolicySourceArn": "arn:aws:iam::111122223333:role/none-of-ours", "ActionNames": ["s3:GetObject"]}
    client.refused("iam", "simulate_principal_policy", "NoSuchEntity", **nobody)
    client.refused("ecr", "describe_repositories", "RepositoryNotFoundException", repositoryNames=["none-of-ours"])
    client.refused("ecr", "describe_images", "RepositoryNotFoundException", repositoryName="none-of-ours")
    client.refused("cloudtrail", "lookup_events", "InvalidNextTokenException", NextToken="none-of-ours")
    client.refused("cloudwatch", "list_metrics", "InvalidParameterValue", NextToken="none-of-ours")

