"""Secrets, parameters and keys: everything to which a service refers, and what is refused."""

from __future__ import annotations

from typing import Any

from client import Client


def drive(client: Client, service: dict[str, Any]) -> dict[str, int]:
    """Looks at every secret and parameter of a service, and at the keys behind them."""
    source = service["SourceConfiguration"]
    run = source.get("ImageRepository", {}).get("ImageConfiguration", {})
    values = source.get("CodeRepository", {}).get("CodeConfiguration", {}).get("CodeConfigurationValues", {})
    keys = {"alias/aws/secretsmanager", "alias/aws/ssm"}
    keys |= {key for key in [service.get("EncryptionConfiguration", {}).get("KmsKey")] if key}
    for reference in (run | values).get("RuntimeEnvironmentSecrets", {}).values():
        if ":secretsmanager:" in reference:
            keys |= _secret(client, ":".join(reference.split(":")[:7]))
    parameters = client.pages("ssm", "describe_parameters", "Parameters", "NextToken", {"MaxResults": 1})
    for parameter in parameters:
        chosen = [{"Key": "Name", "Option": "Equals", "Values": [parameter["Name"]]}]
        found = client.ask("ssm", "describe_parameters", ParameterFilters=chosen)["Parameters"]
        client.expect(found == [parameter], f"the parameter {parameter['Name']}")
        keys |= {parameter["KeyId"]} if "KeyId" in parameter else set()
    for key in sorted(keys):
        _key(client, key)
    return {"ssm describe-parameters": len(parameters)}


def refusals(client: Client) -> None:
    """What every account refuses."""
    client.refused("secretsmanager", "describe_secret", "ResourceNotFoundException", SecretId="none-of-ours")
    client.refused("secretsmanager", "get_resource_policy", "ResourceNotFoundException", SecretId="none-of-ours")
    client.refused("kms", "describe_key", "NotFoundException", KeyId="alias/none-of-ours")
    client.refused("kms", "get_key_policy", "NotFoundException", KeyId="none-of-ours")
    client.refused("kms", "list_grants", "InvalidArnException", KeyId="arn:none-of-ours")
    client.refused("ssm", "describe_parameters", "InvalidNextToken", NextToken="none-of-ours")
    wrong = [{"Key": "Name", "Option": "Recursive", "Values": ["none-of-ours"]}]
    client.refused("ssm", "describe_parameters", "InvalidFilterOption", ParameterFilters=wrong)


def _secret(client: Client, arn: str) -> set[str]:
    described = client.ask("secretsmanager", "describe_secret", SecretId=arn)
    client.expect(described == described | {"ARN": arn}, f"the secret {arn}")
    if "DeletedDate" in described:
        client.refused("secretsmanager", "get_resource_policy", "InvalidRequestException", SecretId=arn)
    else:
        client.ask("secretsmanager", "get_resource_policy", SecretId=arn)
    return {described["KmsKeyId"]} if "KmsKeyId" in described else set()


def _key(client: Client, name: str) -> None:
    metadata = client.ask("kms", "describe_key", KeyId=name)["KeyMetadata"]
    client.ask("kms", "get_key_policy", KeyId=metadata["KeyId"], PolicyName="default")
    grants, marker = [], {}
    while True:
        page = client.ask("kms", "list_grants", KeyId=metadata["Arn"], Limit=1, **marker)
        grants += page["Grants"]
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    whole = client.ask("kms", "list_grants", KeyId=metadata["Arn"])["Grants"]
    client.expect(grants == whole, f"the grants on {name}")
