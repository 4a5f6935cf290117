"""Secrets, parameters and keys in moto, and what of them the collector has to tell."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

ACCOUNT = "123456789012"
PARAMETERS = ("/shop/token", "plain", "/shop/mode")
CONSTRAINTS = (
    {},
    {"EncryptionContextSubset": {"tier": "é", "app": "<&>"}},
    {"EncryptionContextEquals": {"a": "b"}},
)
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "OnlyTheShop",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalTag/é <&>": "\"shop\""}},
        }
    ],
}


def fill(moto: Any) -> dict[str, Any]:
    """Makes secrets, parameters and keys; returns what the account of App Runner has to name."""
    kms, ssm, secrets = (moto.client(name) for name in ("kms", "ssm", "secretsmanager"))
    key = kms.create_key(Description="é <&>")["KeyMetadata"]["Arn"]
    for number in range(3):
        kms.create_grant(
            KeyId=key,
            GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/Grantee{number}",
            RetiringPrincipal=f"arn:aws:iam::{ACCOUNT}:role/Retires{number}",
            Operations=["GenerateDataKey", "Decrypt", "DescribeKey"][: number + 1],
            Name=f"grant-{number}",
            Constraints=CONSTRAINTS[number],
        )
    by_alias = kms.create_key(Policy=json.dumps(POLICY), MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=by_alias)
    kms.schedule_key_deletion(KeyId=by_alias, PendingWindowInDays=9)

    secret = secrets.create_secret(Name="shop/db", SecretString="hidden-one", KmsKeyId=key)["ARN"]
    secrets.put_secret_value(SecretId=secret, SecretString="hidden-two")
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(POLICY))
    deleted = secrets.create_secret(Name="shop/old", SecretString="hidden-three")["ARN"]
    secrets.delete_secret(SecretId=deleted, RecoveryWindowInDays=7)

    token, plain, mode = PARAMETERS
    ssm.put_parameter(Name=token, Value="hidden-four", Type="SecureString", KeyId="alias/shop")
    ssm.put_parameter(Name=plain, Value="hidden-five", Type="String", Tier="Advanced")
    ssm.put_parameter(Name=mode, Value="hidden,six", Type="StringList")
    ssm.put_parameter(Name=mode, Value="hidden,six,more", Type="StringList", Overwrite=True)
    # Nobody refers to this one, so it must not be told.
    ssm.put_parameter(Name="/shop/token/other", Value="hidden-seven", Type="String")
    return {
        "key": key,
        "alias": f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/shop",
        "secret": secret,
        "deleted": deleted,
    }


def compare(same: Any, moto: Any, made: dict[str, Any], records: dict[str, list[dict[str, Any]]]) -> None:
    """Compares each of them with what boto3 reads."""
    _secrets(same, moto.client("secretsmanager"), made, records)
    _parameters(same, moto.client("ssm"), records)
    _keys(same, moto.client("kms"), made, records)
    text = json.dumps(records)
    for word in ("one", "two", "three", "four", "five", "seven"):
        same(f"the content hidden-{word} in the bundle", f"hidden-{word}" in text, False)
    same("the content hidden,six in the bundle", "hidden,six" in text, False)


def _secrets(same: Any, secrets: Any, made: dict[str, Any], records: dict[str, list[dict[str, Any]]]) -> None:
    collected = {secret["arn"]: secret for secret in records.get("secret", [])}
    same("secrets", sorted(collected), sorted([made["secret"], made["deleted"]]))
    for arn in (made["secret"], made["deleted"]):
        ours, read = collected.get(arn, {}), secrets.describe_secret(SecretId=arn)
        same(f"{arn} name", ours.get("name"), read["Name"])
        same(f"{arn} key", ours.get("kms_key"), read.get("KmsKeyId"))
        stages = {version: sorted(names) for version, names in read["VersionIdsToStages"].items()}
        same(f"{arn} stages", ours.get("stages"), stages)
        for member, name in (
            ("created_at", "CreatedDate"),
            ("changed_at", "LastChangedDate"),
            ("deleted_at", "DeletedDate"),
            ("rotated_at", "LastRotatedDate"),
        ):
            same_time(same, f"{arn} {member}", ours.get(member), read.get(name))
        for member, name in (
            ("rotation_enabled", "RotationEnabled"),
            ("owning_service", "OwningService"),
            ("primary_region", "PrimaryRegion"),
        ):
            same(f"{arn} {member}", ours.get(member), read.get(name))
    policy = secrets.get_resource_policy(SecretId=made["secret"])["ResourcePolicy"]
    ours = collected.get(made["secret"], {}).get("policy")
    same("policy of the secret", ours and json.loads(ours), json.loads(policy))
    # AWS refuses to read the policy of a secret that is marked for deletion; the collector does not ask.
    same("policy of the deleted secret", collected.get(made["deleted"], {}).get("policy"), None)
    names = {arn: secret.get("referenced_by") for arn, secret in collected.items()}
    same("who refers to the secrets", names, {made["secret"]: ["DB_PASSWORD", "DB_USER"], made["deleted"]: ["OLD"]})


def _parameters(same: Any, ssm: Any, records: dict[str, list[dict[str, Any]]]) -> None:
    collected = {parameter["name"]: parameter for parameter in records.get("parameter", [])}
    same("parameters", sorted(collected), sorted(PARAMETERS))
    arn = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"
    token, plain, mode = PARAMETERS
    named = {parameter["reference"]: parameter["referenced_by"] for parameter in collected.values()}
    same("who refers to the parameters", named, {arn + token: ["TOKEN"], plain: ["PLAIN"], arn + mode: ["MODE"]})
    for read in ssm.get_paginator("describe_parameters").paginate().build_full_result()["Parameters"]:
        name = read["Name"]
        if name not in PARAMETERS:
            continue
        ours = collected.get(name, {})
        # moto tells no ARN, which AWS does.
        for member, theirs in (
            ("arn", "ARN"),
            ("type", "Type"),
            ("kms_key", "KeyId"),
            ("version", "Version"),
            ("tier", "Tier"),
            ("data_type", "DataType"),
            ("changed_by", "LastModifiedUser"),
        ):
            same(f"{name} {member}", ours.get(member), read.get(theirs))
        same_time(same, f"{name} changed_at", ours.get("changed_at"), read["LastModifiedDate"])


def _keys(same: Any, kms: Any, made: dict[str, Any], records: dict[str, list[dict[str, Any]]]) -> None:
    collected = {key["reference"]: key for key in records.get("key", [])}
    same("keys", sorted(collected), sorted([made["key"], made["alias"]]))
    service = (records.get("service") or [{}])[0].get("arn")
    used_by = {reference: key["used_by"] for reference, key in collected.items()}
    # moto tells no ARN of a parameter; without one its reference stands there.
    token = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{PARAMETERS[0]}"
    same("what the keys encrypt", used_by, {made["key"]: sorted([service, made["secret"]]), made["alias"]: [token]})
    for reference in (made["key"], made["alias"]):
        ours, read = collected.get(reference, {}), kms.describe_key(KeyId=reference)["KeyMetadata"]
        for member, theirs in (
            ("arn", "Arn"),
            ("state", "KeyState"),
            ("manager", "KeyManager"),
            ("usage", "KeyUsage"),
            ("origin", "Origin"),
            ("valid_to", "ValidTo"),
            ("multi_region", "MultiRegion"),
        ):
            # moto leaves out the usage and false, which AWS tells.
            same(f"{reference} {member}", ours.get(member), read.get(theirs))
        same_time(same, f"{reference} created_at", ours.get("created_at"), read["CreationDate"])
        same_time(same, f"{reference} deletion_at", ours.get("deletion_at"), read.get("DeletionDate"))
        policy = kms.get_key_policy(KeyId=read["KeyId"], PolicyName="default")["Policy"]
        same(f"{reference} policy", json.loads(ours.get("policy") or "null"), json.loads(policy))
        grants = kms.list_grants(KeyId=read["KeyId"])["Grants"]
        _grants(same, read["Arn"], grants, records)


def _grants(same: Any, key: str, read: list[dict[str, Any]], records: dict[str, list[dict[str, Any]]]) -> None:
    # moto leaves out the account that made a grant, and when; its ids are shorter than those of AWS, and a
    # grant of it has the id of the key where one of AWS has the ARN.
    collected = {grant["grant_id"]: grant for grant in records.get("key_grant", []) if grant["key_arn"] == key}
    same(f"grants on {key}", sorted(collected), sorted(grant["GrantId"] for grant in read))
    for grant in read:
        ours = collected.get(grant["GrantId"], {})
        name = grant["Name"]
        same(f"{name} name", ours.get("grant_name"), name)
        same(f"{name} issuing account", ours.get("issuing_account"), grant.get("IssuingAccount"))
        same_time(same, f"{name} created_at", ours.get("created_at"), grant.get("CreationDate"))
        same(f"{name} grantee", ours.get("grantee"), grant["GranteePrincipal"])
        same(f"{name} retiring principal", ours.get("retiring_principal"), grant["RetiringPrincipal"])
        same(f"{name} operations", ours.get("granted_operations"), sorted(grant["Operations"]))
        constraints = ours.get("constraints", {})
        for member, theirs in (
            ("context_subset", "EncryptionContextSubset"),
            ("context_equals", "EncryptionContextEquals"),
        ):
            pairs = {pair["left"]: pair["right"] for pair in constraints.get(member) or []}
            same(f"{name} {member}", pairs, grant.get("Constraints", {}).get(theirs, {}))


def same_time(same: Any, what: str, collected: str | None, read: datetime | None) -> None:
    """Compares two times. The collector keeps milliseconds, and each side rounds in its own way."""
    if collected is None or read is None:
        same(what, collected, read)
        return
    ours, theirs = datetime.fromisoformat(collected).timestamp(), read.timestamp()
    same(what, ours if abs(ours - theirs) > 0.0011 else theirs, theirs)
