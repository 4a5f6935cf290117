"""boto3 against the endpoint, with every raw answer checked against the official model."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from shapes import Checker

# boto3 speaks JSON to the services that speak two protocols; this is the other one, that of the Rust SDK.
OTHER_PROTOCOL = {"cloudwatch": "smithy-rpc-v2-cbor", "health": "smithy-rpc-v2-cbor"}


class Unanswered(Exception):
    """A call that must be answered was refused."""


class Client:
    """Calls the endpoint as users of boto3 do."""

    def __init__(self, url: str, checker: Checker, protocols: dict[str, str] | None = None) -> None:
        self.checker = checker
        session = botocore.session.Session()
        session.set_credentials("sample", "sample")
        loader = session.get_component("data_loader")
        for service, protocol in (protocols or {}).items():
            # The loader keeps what it loaded, so this session's clients see the change.
            metadata = loader.load_service_model(service, "service-2")["metadata"]
            metadata["protocols"] = [protocol]
            metadata["protocol"] = protocol
        self._session = boto3.Session(botocore_session=session, region_name="us-east-1")
        self._config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        self._url = url
        self._clients: dict[str, Any] = {}

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            client = self._session.client(service, endpoint_url=self._url, config=self._config)
            client.meta.events.register("before-parse", self._check)
            self._clients[service] = client
        return self._clients[service]

    def _check(self, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        self.checker.answer(
            operation_model, response_dict["status_code"], dict(response_dict["headers"]), response_dict["body"]
        )

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Calls an operation that must be answered."""
        try:
            return self._call(service, operation, parameters)
        except ClientError as error:
            raise Unanswered(f"{service} {operation} {_shown(parameters)}: {error}") from error

    def refused(self, service: str, operation: str, code: str, **parameters: Any) -> None:
        """Calls an operation that must be refused with the error code."""
        try:
            self._call(service, operation, parameters)
            got = "an answer"
        except ClientError as error:
            got = str(error.response["Error"].get("Code"))
        if got != code:
            self.checker.problem(f"{service} {operation} {_shown(parameters)}: {got} instead of {code}")

    def pages(
        self, service: str, operation: str, items: str, token: str, size: dict[str, int], **parameters: Any
    ) -> list[Any]:
        """Reads a list to its end in pages of the size, and again in the largest ones: both must agree.

        `token` is the member of the request that holds the token; that of the answer has the same name.
        """
        small = self._walk(service, operation, items, token, parameters | size)
        whole = self._walk(service, operation, items, token, parameters)
        if small != whole:
            self.checker.problem(
                f"{service} {operation}: {len(small)} {items} in pages of {size}, {len(whole)} otherwise,"
                " or in another order"
            )
        return whole

    def _walk(self, service: str, operation: str, items: str, token: str, parameters: dict[str, Any]) -> list[Any]:
        found: list[Any] = []
        seen: set[str] = set()
        following: dict[str, Any] = {}
        while True:
            page = self.ask(service, operation, **parameters, **following)
            found += page.get(items, [])
            next_token = page.get(token)
            if next_token is None:
                return found
            if next_token in seen:
                self.checker.problem(f"{service} {operation}: the token {next_token} comes again")
                return found
            seen.add(next_token)
            following = {token: next_token}

    def expect(self, holds: bool, what: str) -> None:
        """Notes a problem if something is not as it should be."""
        if not holds:
            self.checker.problem(f"not as expected: {what}")

    def now(self) -> datetime:
        """The clock of AWS."""
        answer = self.ask("sts", "get_caller_identity")
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def _call(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._client(service), operation)(**parameters)
        return answer


def _shown(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())
