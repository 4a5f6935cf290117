"""Holds the collector against services that nobody here wrote.

moto serves IAM, CloudWatch Logs, ECR, STS, SSM, Secrets Manager, KMS and EC2; App Runner, CloudTrail, CloudWatch,
Service Quotas and Health, which it does not have or not in the protocol of the SDK, come from the simulated endpoint.
What boto3 puts into moto and reads back is compared with what the collector's bundle says.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import moto_network
import moto_secrets_and_keys
from endpoint import Endpoint

REGION = "us-east-1"
SERVICE_ID = "0123456789abcdef0123456789abcdef"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "simulated", "AWS_REGION": REGION}
OF_MOTO = ("STS", "IAM", "CLOUDWATCH_LOGS", "ECR", "SSM", "SECRETS_MANAGER", "KMS", "EC2")
INDEX = "application/vnd.oci.image.index.v1+json"
# More than one page of FilterLogEvents.
LINES = 12_000


class Moto:
    """moto's server on a free port until the `with` block ends."""

    def __enter__(self) -> Moto:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        program = Path(sys.executable).with_name("moto_server")
        self._process = subprocess.Popen(
            [str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/data.json", timeout=5).close()
                return self
            except OSError:
                time.sleep(0.2)
        raise SystemExit("moto does not answer")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


def fill(moto: Moto, began: datetime) -> None:
    """Makes what a service needs, with text that an encoding could spoil."""
    iam, ecr, logs = (moto.client(name) for name in ("iam", "ecr", "logs"))
    pull = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]})
    boundary = iam.create_policy(PolicyName="Boundary", PolicyDocument=pull)["Policy"]["Arn"]
    for name, principal in (("AppRunnerEcrAccess", "build"), ("AppRunnerInstance", "tasks")):
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "100% of it, & \"more\" + less",
                    "Effect": "Allow",
                    "Principal": {"Service": f"{principal}.apprunner.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), PermissionsBoundary=boundary)
        iam.put_role_policy(RoleName=name, PolicyName="inline é", PolicyDocument=pull.replace("ecr:*", "s3:Get*"))
        made = iam.create_policy(PolicyName=f"{name}Pull", PolicyDocument=pull)["Policy"]["Arn"]
        newer = pull.replace("ecr:*", "ecr:BatchGetImage")
        iam.create_policy_version(PolicyArn=made, PolicyDocument=newer, SetAsDefault=True)
        iam.attach_role_policy(RoleName=name, PolicyArn=made)

    ecr.create_repository(repositoryName="shop", imageTagMutability="IMMUTABLE")
    ecr.set_repository_policy(repositoryName="shop", policyText=pull.replace('"Resource": "*"', '"Principal": "*"'))
    single = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": digest("{}")},
            "layers": [],
        }
    )
    platform = {"os": "linux", "architecture": "arm64"}
    manifests = [{"mediaType": INDEX, "size": len(single), "digest": digest(single), "platform": platform}]
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    ecr.put_image(repositoryName="shop", imageManifest=single, imageTag="single")
    ecr.put_image(repositoryName="shop", imageManifest=index, imageManifestMediaType=INDEX, imageTag="v1")

    group = f"/aws/apprunner/shop/{SERVICE_ID}"
    start = int(began.timestamp() * 1000)
    for name, stream, lines in (
        ("service", "events", ["[AppRunner] Deployment started.", "[AppRunner] Deployment failed. é ☃ \t\"'<>&"]),
        ("service", "deployment/" + "1" * 32, ["[AppRunner] Starting to pull your application image."] * 3),
        ("application", "instance/" + "2" * 32, [f"line {n}" for n in range(LINES)]),
        ("application", "instance/" + "3" * 32, [f"other {n}" for n in range(LINES // 4)]),
    ):
        try:
            logs.create_log_group(logGroupName=f"{group}/{name}")
            logs.put_retention_policy(logGroupName=f"{group}/{name}", retentionInDays=30)
        except logs.exceptions.ResourceAlreadyExistsException:
            pass
        logs.create_log_stream(logGroupName=f"{group}/{name}", logStreamName=stream)
        # Several lines share a millisecond, and keep their order all the same.
        events = [{"timestamp": start + 60_000 + n // 3, "message": line} for n, line in enumerate(lines)]
        for at in range(0, len(events), 5_000):
            part = events[at : at + 5_000]
            logs.put_log_events(logGroupName=f"{group}/{name}", logStreamName=stream, logEvents=part)


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def collect(collector: Path, moto: Moto, simulated: str, bundle: Path) -> dict[str, Any]:
    """Runs the collector against both and reads its bundle as any JSON."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= CREDENTIALS | {"AWS_ENDPOINT_URL": simulated, "AWS_EC2_METADATA_DISABLED": "true"}
    environment |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    environment |= {f"AWS_ENDPOINT_URL_{name}": moto.url for name in OF_MOTO}
    command = [str(collector), "collect", "--service", "shop", "--output", str(bundle)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the collector ended with {done.returncode}\n{done.stderr}")
    return json.loads(bundle.read_bytes())


def account_of(now: datetime, made: dict[str, Any]) -> str:
    """The account of App Runner, whose service refers to what moto made."""
    arn = f"arn:aws:ssm:{REGION}:{moto_secrets_and_keys.ACCOUNT}:parameter"
    token, plain, mode = moto_secrets_and_keys.PARAMETERS
    secrets = {
        "DB_PASSWORD": f"{made['secret']}:password::",
        "DB_USER": f"{made['secret']}:user::",
        "OLD": made["deleted"],
        "TOKEN": f"{arn}{token}",
        "PLAIN": plain,
        "MODE": f"{arn}{mode}",
    }
    references = "\n".join(f"{name} = {json.dumps(value)}" for name, value in secrets.items())
    return f"""
what = "A deployment that failed today."
expect = []
account = "{moto_secrets_and_keys.ACCOUNT}"
now = "{now:%Y-%m-%dT%H:%M:%SZ}"

[service]
id = "{SERVICE_ID}"
kms_key = "{made["key"]}"
vpc_connector = "shop-private"

[service.secrets]
{references}

[[vpc_connector]]
name = "shop-private"
subnets = {json.dumps(made["subnets"])}
security_groups = {json.dumps(made["groups"])}

[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
minutes = 8
"""


def compare(moto: Moto, made: dict[str, Any], bundle: dict[str, Any]) -> tuple[list[str], int]:
    """Where the bundle differs from what boto3 reads, and how many things were compared."""
    differences: list[str] = []
    compared = 0

    def same(what: str, collected: object, read: object) -> None:
        nonlocal compared
        compared += 1
        if collected != read:
            differences.append(f"{what}: collected {str(collected)[:200]!r}, boto3 reads {str(read)[:200]!r}")

    records: dict[str, list[dict[str, Any]]] = {}
    for record in bundle["records"]:
        records.setdefault(record["kind"], []).append(record)

    same("identity", records["identity"][0]["arn"], moto.client("sts").get_caller_identity()["Arn"])
    roles = {role["name"]: role for role in records.get("role", [])}
    for name in ("AppRunnerEcrAccess", "AppRunnerInstance"):
        compare_role(same, moto.client("iam"), name, roles.get(name, {}))
    compare_image(same, moto.client("ecr"), records)
    compare_logs(same, moto.client("logs"), records)
    moto_secrets_and_keys.compare(same, moto, made, records)
    moto_network.compare(same, moto, made, records)
    return differences, compared


def compare_role(same: Any, iam: Any, name: str, collected: dict[str, Any]) -> None:
    role = iam.get_role(RoleName=name)["Role"]
    same(f"{name} arn", collected.get("arn"), role["Arn"])
    same(f"{name} id", collected.get("role_id"), role["RoleId"])
    same(f"{name} trust", loaded(collected.get("trust_policy")), role["AssumeRolePolicyDocument"])
    same(
        f"{name} boundary",
        collected.get("permissions_boundary_arn"),
        role["PermissionsBoundary"]["PermissionsBoundaryArn"],
    )
    inline = {policy["name"]: loaded(policy["document"]) for policy in collected.get("inline_policies", [])}
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    read = {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names}
    same(f"{name} inline policies", inline, read)
    attached = {policy["arn"]: loaded(policy["document"]) for policy in collected.get("attached_policies", [])}
    read = {}
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        read[arn] = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    same(f"{name} attached policies", attached, read)


def compare_image(same: Any, ecr: Any, records: dict[str, list[dict[str, Any]]]) -> None:
    repository = ecr.describe_repositories(repositoryNames=["shop"])["repositories"][0]
    collected = (records.get("repository") or [{}])[0]
    same("repository", collected.get("arn"), repository["repositoryArn"])
    same("tag mutability", collected.get("tag_mutability"), repository["imageTagMutability"])
    policy = ecr.get_repository_policy(repositoryName="shop")["policyText"]
    same("repository policy", loaded(collected.get("policy")), loaded(policy))
    image = ecr.describe_images(repositoryName="shop", imageIds=[{"imageTag": "v1"}])["imageDetails"][0]
    collected = (records.get("image") or [{}])[0]
    same("image digest", collected.get("digest"), image["imageDigest"])
    same("image tags", collected.get("tags"), image["imageTags"])
    got = ecr.batch_get_image(repositoryName="shop", imageIds=[{"imageTag": "v1"}])["images"][0]
    platforms = [entry["platform"] for entry in json.loads(got["imageManifest"])["manifests"]]
    same("platforms", collected.get("platforms"), platforms)


def compare_logs(same: Any, logs: Any, records: dict[str, list[dict[str, Any]]]) -> None:
    prefix = f"/aws/apprunner/shop/{SERVICE_ID}/"
    groups = logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    read = {group["logGroupName"]: group.get("retentionInDays") for group in groups}
    same("log groups", {group["name"]: group["retention_days"] for group in records.get("log_group", [])}, read)
    for kind, name in (("service_log", "service"), ("application_log", "application")):
        # A record has the order of its stream only; between streams the time decides.
        collected: dict[str, list[tuple[int, str]]] = {}
        for line in records.get(kind, []):
            at = round(datetime.fromisoformat(line["time"]).timestamp() * 1000)
            collected.setdefault(line["stream"], []).append((at, line["message"]))
        read_lines: dict[str, list[tuple[int, str]]] = {}
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=prefix + name):
            for event in page["events"]:
                read_lines.setdefault(event["logStreamName"], []).append((event["timestamp"], event["message"]))
        same(f"streams of {name}", sorted(collected), sorted(read_lines))
        for stream, lines in read_lines.items():
            same(f"lines of {stream}", collected.get(stream), lines)


def loaded(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=Path, required=True, help="the example `serve` of the samples crate")
    parser.add_argument("--collector", type=Path, required=True, help="the program apprunner-collector")
    arguments = parser.parse_args()
    # moto takes no log lines older than two weeks, so this account lives today.
    now = datetime.now(timezone.utc).replace(microsecond=0)
    began = now - timedelta(hours=2)
    with tempfile.TemporaryDirectory() as folder, Moto() as moto:
        fill(moto, began)
        made = moto_secrets_and_keys.fill(moto) | moto_network.fill(moto)
        account = Path(folder) / "today.toml"
        account.write_text(account_of(now, made))
        with Endpoint(arguments.serve, str(account)) as simulated:
            bundle = collect(arguments.collector.absolute(), moto, simulated.url, Path(folder) / "today.json")
        differences, compared = compare(moto, made, bundle)
    for difference in differences:
        print(difference)
    print(f"against moto: {compared} comparisons, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
