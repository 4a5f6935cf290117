"""Holds the simulated endpoint against the official service models.

Every operation that the endpoint serves is driven by boto3 and, in part, by the AWS command line, over accounts
that went well and wrong. Each raw answer is walked against the official shape of the operation.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import calls
import command_line
import tampered
from client import OTHER_PROTOCOL, Client, Unanswered
from endpoint import Endpoint, operations
from shapes import Checker

HERE = Path(__file__).parent
MANY = str(HERE / "many.toml")
REFUSED = str(HERE / "refused.toml")

# ListMetrics gives 500 a page.
METRICS = 600

# Accounts whose every list the command line reads as well.
BY_COMMAND_LINE = ("build-command-failed",)
ACCOUNTS = ("healthy", *BY_COMMAND_LINE, "port-mismatch", "image-tag-missing", "access-role-trust")


def main() -> int:
    """Runs the check; 0 if all is well, 1 if there is a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=Path, required=True, help="the example `serve` of the samples crate")
    serve = parser.parse_args().serve
    served = operations(serve)
    checker = Checker()
    for blind in tampered.unseen():
        checker.problem(blind)
    commands = 0
    with tempfile.TemporaryDirectory() as folder:
        for account in (*ACCOUNTS, MANY, REFUSED):
            with Endpoint(serve, _with_many_metrics(Path(folder)) if account == MANY else account) as endpoint:
                try:
                    commands += _check_account(account, endpoint.url, checker)
                except (Unanswered, LookupError) as error:
                    # A client cannot go on from here; what else is wrong is told with it.
                    checker.problem(f"{account}: stopped by {error!r}")
    _check_coverage(served, checker)
    for pattern in sorted(checker.unreadable_patterns):
        print(f"not checked, for Python does not know it: {pattern}")
    for problem in checker.problems:
        print(problem)
    print(
        f"conformance: {len(served)} operations, {checker.answers} answers, {commands} commands,"
        f" {len(checker.problems)} problems"
    )
    return 1 if checker.problems else 0


def _with_many_metrics(folder: Path) -> str:
    """The account that has many of everything, with more metrics than a page takes; returns its file."""
    metrics = (
        f'[[metric]]\nname = "Queue{number}"\nnamespace = "Shop"\nfrom = "-1h"\nvalue = 1.0\n'
        for number in range(METRICS)
    )
    path = folder / "many.toml"
    path.write_text(Path(MANY).read_text() + "\n" + "\n".join(metrics))
    return str(path)


def _check_account(account: str, url: str, checker: Checker) -> int:
    """Drives the endpoint over one account; returns the number of runs of the command line."""
    client, other = Client(url, checker), Client(url, checker, OTHER_PROTOCOL)
    if account == REFUSED:
        calls.drive_refused((client, other))
        return 0
    counts = calls.drive(client)
    if account != MANY:
        client.refused("health", "describe_events", "SubscriptionRequiredException")
        other.refused("health", "describe_events", "SubscriptionRequiredException")
        return command_line.count(url, counts, checker) if account in BY_COMMAND_LINE else 0
    counts |= calls.drive_health(client)
    if counts["cloudwatch list-metrics"] <= METRICS:
        checker.problem(f"ListMetrics lists {counts['cloudwatch list-metrics']} metrics of more than {METRICS}")
    calls.drive(other)
    calls.drive_health(other)
    # One list of each service is enough here; they are long.
    last_of_each = {command.split()[0]: (command, found) for command, found in counts.items()}
    return (
        command_line.identity(url, checker)
        + command_line.count(url, dict(last_of_each.values()), checker)
        + command_line.refusals(url, command_line.REFUSALS, checker)
    )


def _check_coverage(served: set[tuple[str, str]], checker: Checker) -> None:
    """Everything that is served was driven, and everything that the check knows was needed."""
    for service, operation in sorted(served - checker.answered):
        checker.problem(f"{service} {operation} is served and was never answered")
    for service, operation in sorted(checker.answered - served):
        checker.problem(f"{service} {operation} was answered and is not in the list of what is served")
    for known in checker.unused_exceptions():
        checker.problem(f"the exception for {known.service} {known.shape} ({known.kind}) is needed no more")
    for wire in sorted({"json", "cbor", "xml", "ec2"} - set(checker.wires)):
        checker.problem(f"no answer came as {wire}")


if __name__ == "__main__":
    raise SystemExit(main())
