"""The AWS command line against the endpoint: the same counts as boto3, and the same refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from shapes import Checker

AWS = Path(sys.executable).parent / "aws"

# The lists that the command line does not page by itself.
PAGED_BY_HAND = {"apprunner": "--max-results"}

NOBODY = "arn:aws:apprunner:us-east-1:111122223333:service/nobody/00000000000000000000000000000000"

REFUSALS = {
    f"apprunner list-operations --service-arn {NOBODY}": "ResourceNotFoundException",
    "cloudtrail lookup-events --starting-token none-of-ours": "InvalidNextTokenException",
    "cloudwatch list-metrics --starting-token none-of-ours": "InvalidParameterValue",
    "ecr describe-images --repository-name none-of-ours": "RepositoryNotFoundException",
    "iam get-role --role-name none-of-ours": "NoSuchEntity",
    "logs filter-log-events --log-group-name /none/of/ours": "ResourceNotFoundException",
}


def count(url: str, counts: dict[str, int], checker: Checker) -> int:
    """Runs each command and compares what it lists with what boto3 found; returns the number of runs."""
    runs = 0
    for command, expected in counts.items():
        runs += 1
        found = _count(url, command, checker)
        if found != expected:
            checker.problem(f"aws {command}: {found} items, boto3 found {expected}")
    return runs


def identity(url: str, checker: Checker) -> int:
    """Asks who is calling, which lists nothing."""
    answer = _run(url, "sts get-caller-identity", checker)
    if set(answer) != {"UserId", "Account", "Arn"}:
        checker.problem(f"aws sts get-caller-identity: {answer}")
    return 1


def refusals(url: str, refused: dict[str, str], checker: Checker) -> int:
    """Runs commands that must fail with the error code; returns the number of runs."""
    for command, code in refused.items():
        done = _start(url, command)
        # 255: the service answered with an error, in version 1 of the command line.
        if done.returncode != 255 or f"({code})" not in done.stderr:
            checker.problem(f"aws {command}: exit {done.returncode}, {done.stderr.strip()} instead of {code}")
    return len(refused)


def _count(url: str, command: str, checker: Checker) -> int:
    page_size = PAGED_BY_HAND.get(command.split()[0])
    if page_size is None:
        return _items(_run(url, command, checker))
    total, more = 0, ""
    # A list that never ends is cut here, and then its count differs.
    for _ in range(50):
        answer = _run(url, f"{command} {page_size} 20{more}", checker)
        total += _items(answer)
        if not answer.get("NextToken"):
            break
        more = f" --next-token {answer['NextToken']}"
    return total


def _items(answer: dict[str, Any]) -> int:
    """The length of the one list in an answer."""
    lengths = [len(value) for name, value in answer.items() if isinstance(value, list) and name != "searchedLogStreams"]
    return lengths[0] if len(lengths) == 1 else -1


def _run(url: str, command: str, checker: Checker) -> dict[str, Any]:
    done = _start(url, command)
    if done.returncode != 0:
        checker.problem(f"aws {command}: exit {done.returncode}, {done.stderr.strip()}")
        return {}
    answer: dict[str, Any] = json.loads(done.stdout or "{}")
    return answer


def _start(url: str, command: str) -> subprocess.CompletedProcess[str]:
    # What the user of this machine has configured must not matter.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ACCESS_KEY_ID": "sample",
        "AWS_SECRET_ACCESS_KEY": "sample",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
    }
    options = ["--endpoint-url", url, "--region", "us-east-1", "--output", "json"]
    return subprocess.run(
        [str(AWS), *command.split(), *options], env=environment, capture_output=True, text=True, check=False
    )
