"""Answers against the official service models: every value against its shape."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel, Shape

from wire import Malformed, Timestamp, read_cbor, read_json, read_xml, xml_tree

# Errors that every service may give and no model lists.
COMMON_ERRORS = {
    "AccessDenied",
    "AccessDeniedException",
    "InvalidAction",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "SubscriptionRequiredException",
    "Throttling",
    "ThrottlingException",
    "UnknownOperationException",
    "ValidationError",
    "ValidationException",
}

# The model of EC2 lists no errors at all; these are in its documentation.
EC2_ERRORS = {
    "DryRunOperation",
    "InvalidGroup.NotFound",
    "InvalidNetworkInterfaceID.NotFound",
    "InvalidNextToken",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "InvalidRouteTableID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "NatGatewayNotFound",
    "RequestLimitExceeded",
    "UnauthorizedOperation",
}


# What boto3 calls a service by another name than IAM does.
IAM_NAMES = {"service-quotas": "servicequotas"}


@dataclass(frozen=True)
class Known:
    """A place where AWS itself does not keep to its model."""

    service: str
    shape: str
    kind: str
    why: str


KNOWN = (
    Known(
        "apprunner",
        "ServiceId",
        "pattern",
        "ids have 32 characters, as the length of the shape says; its pattern is that of a UUID with dashes",
    ),
    Known("ec2", "NetworkInterfaceType", "enum", "interfaces of App Runner are of the type `fargate`, says its guide"),
    Known("ec2", "State", "enum", "the states of VPC endpoints come in small letters"),
)


class Checker:
    """Checks answers and keeps count."""

    def __init__(self) -> None:
        self.answers = 0
        self.problems: list[str] = []
        self.answered: set[tuple[str, str]] = set()
        self.wires: Counter[str] = Counter()
        self.unreadable_patterns: set[str] = set()
        self._known_seen: set[Known] = set()
        self._where = ""

    def problem(self, text: str) -> None:
        """Notes what is wrong, once."""
        if text not in self.problems:
            self.problems.append(text)

    def unused_exceptions(self) -> list[Known]:
        """The known exceptions that no answer needed."""
        return [known for known in KNOWN if known not in self._known_seen]

    def answer(self, operation: OperationModel, status: int, headers: dict[str, str], body: bytes) -> None:
        """Checks a raw answer, whether it is one or an error."""
        service = operation.service_model.service_name
        service = IAM_NAMES.get(service, service)
        self.answers += 1
        self._where = f"{service} {operation.name}"
        headers = {name.lower(): value for name, value in headers.items()}
        if not headers.get("x-amzn-requestid"):
            self.problem(f"{self._where}: no request id")
        wire = _wire(operation, headers)
        if wire is None:
            self.problem(f"{self._where}: content type {headers.get('content-type')!r}")
            return
        self.wires[wire] += 1
        try:
            if status == 200:
                self._value(operation.output_shape, _output(operation, wire, body), "", wire)
                self.answered.add((service, operation.name))
            else:
                self._error(operation, status, headers, body, wire)
        except Malformed as error:
            self.problem(f"{self._where}: {error}")

    def _error(
        self, operation: OperationModel, status: int, headers: dict[str, str], body: bytes, wire: str
    ) -> None:
        if not 400 <= status < 600:
            self.problem(f"{self._where}: status {status}")
        if wire == "ec2":
            error = read_xml(body, "").find("Errors/Error")
            code = error.findtext("Code", "") if error is not None else ""
            tree: Any = {"message": error.findtext("Message")} if error is not None else {}
        elif wire == "xml":
            namespace = operation.service_model.metadata["xmlNamespace"]
            error = read_xml(body, namespace).find("Error")
            code = error.findtext("Code", "") if error is not None else ""
            tree = {"message": error.findtext("Message")} if error is not None else {}
        else:
            tree = read_cbor(body) if wire == "cbor" else read_json(body)
            code = str(tree.pop("__type", "")).rpartition("#")[2]
        self._where += f" {code}"
        by_code = {shape.metadata.get("error", {}).get("code", shape.name): shape for shape in operation.error_shapes}
        by_code |= {shape.name: shape for shape in operation.error_shapes}
        shape = by_code.get(code)
        if not {"message", "Message"} & set(tree):
            self.problem(f"{self._where}: no message")
        if shape is not None:
            # Many models leave the message out of their errors; where one has it, its case counts.
            if not {"message", "Message"} & set(shape.members):
                tree.pop("message", None)
            self._value(shape, tree, "", wire)
            stated = shape.metadata.get("error", {}).get("httpStatusCode", status)
            if stated != status:
                self.problem(f"{self._where}: status {status}, the model says {stated}")
        elif code not in (EC2_ERRORS if wire == "ec2" else COMMON_ERRORS):
            self.problem(f"{self._where}: the operation has no such error")
        if "awsQueryCompatible" in operation.service_model.metadata and "x-amzn-query-error" not in headers:
            self.problem(f"{self._where}: no x-amzn-query-error, by which clients of this service go")

    def _value(self, shape: Shape, value: Any, path: str, wire: str) -> None:
        """Checks a value and everything in it."""
        kind = shape.type_name
        if kind == "structure":
            self._structure(shape, value, path, wire)
        elif kind == "list":
            if self._is(shape, value, list, path):
                self._range(shape, "length", len(value), path)
                for item in value:
                    self._value(shape.member, item, f"{path}[]", wire)
        elif kind == "map":
            if self._is(shape, value, dict, path):
                self._range(shape, "length", len(value), path)
                for name, item in value.items():
                    self._value(shape.key, name, f"{path}{{}}", wire)
                    self._value(shape.value, item, f"{path}{{}}", wire)
        elif kind in ("string", "character"):
            if self._is(shape, value, str, path):
                self._string(shape, value, path)
        elif kind in ("integer", "long"):
            if self._is(shape, value, int, path):
                self._range(shape, "range", value, path)
                bits = 31 if kind == "integer" else 63
                if not -(1 << bits) <= value < (1 << bits):
                    self._find(shape, "range", path, f"{value} has more than {bits + 1} bits")
        elif kind in ("float", "double"):
            if self._is(shape, value, (int, float), path):
                self._range(shape, "range", value, path)
        elif kind == "boolean":
            self._is(shape, value, bool, path)
        elif kind == "timestamp":
            # JSON writes a time as a plain number; the other two mark it.
            self._is(shape, value, (int, float) if wire == "json" else Timestamp, path)
        else:
            self._find(shape, "type", path, f"a {kind} is not known here")

    def _structure(self, shape: Shape, value: Any, path: str, wire: str) -> None:
        if not self._is(shape, value, dict, path):
            return
        for name in shape.required_members:
            if value.get(name) is None:
                self._find(shape, "required", path, f"{name} is missing")
        for name, item in value.items():
            if name not in shape.members:
                self._find(shape, "unknown", path, f"there is no member {name}")
            elif item is not None:
                self._value(shape.members[name], item, f"{path}.{name}" if path else name, wire)

    def _string(self, shape: Shape, value: str, path: str) -> None:
        self._range(shape, "length", len(value), path)
        enum = shape.metadata.get("enum")
        if enum and value not in enum:
            self._find(shape, "enum", path, f"{value!r} is none of {', '.join(enum)}")
        pattern = shape.metadata.get("pattern")
        if not pattern:
            return
        try:
            matches = re.fullmatch(pattern, value) is not None
        except re.error:
            # The models are written for Java, which has classes such as \p{L}.
            self.unreadable_patterns.add(pattern)
            return
        if not matches:
            self._find(shape, "pattern", path, f"{value!r} does not match {pattern}")

    def _range(self, shape: Shape, kind: str, value: float, path: str) -> None:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and value < least) or (most is not None and value > most):
            self._find(shape, kind, path, f"{value} is not in {least}..{most}")

    def _is(self, shape: Shape, value: Any, types: type | tuple[type, ...], path: str) -> bool:
        # To Python, a truth value is a number.
        fits = isinstance(value, types) and (types is bool or not isinstance(value, bool))
        if not fits:
            self._find(shape, "type", path, f"{value!r} is no {shape.type_name}")
        return fits

    def _find(self, shape: Shape, kind: str, path: str, text: str) -> None:
        service = self._where.split()[0]
        for known in KNOWN:
            if (known.service, known.shape, known.kind) == (service, shape.name, kind):
                self._known_seen.add(known)
                return
        self.problem(f"{self._where}: {path or 'the answer'} ({shape.name}, {kind}): {text}")


def _wire(operation: OperationModel, headers: dict[str, str]) -> str | None:
    """The protocol that the content type names, if the service speaks it."""
    metadata = operation.service_model.metadata
    content_type = headers.get("content-type", "").partition(";")[0]
    protocols = metadata.get("protocols", [metadata["protocol"]])
    if content_type == "application/cbor" and "smithy-rpc-v2-cbor" in protocols:
        return "cbor" if headers.get("smithy-protocol") == "rpc-v2-cbor" else None
    if content_type == f"application/x-amz-json-{metadata.get('jsonVersion')}" and "json" in protocols:
        return "json"
    if content_type == "text/xml" and "query" in protocols:
        return "xml"
    if content_type == "text/xml" and "ec2" in protocols:
        return "ec2"
    return None


def _output(operation: OperationModel, wire: str, body: bytes) -> Any:
    if wire == "cbor":
        return read_cbor(body)
    if wire == "json":
        return read_json(body)
    if wire == "ec2":
        # AWS ends the namespace in a slash, which the model leaves out.
        root = read_xml(body, operation.service_model.metadata["xmlNamespace"] + "/")
        identifier = root.find("requestId")
        if root.tag != f"{operation.name}Response" or identifier is None or not identifier.text:
            raise Malformed(f"{root.tag} without a request id, or with another name")
        root.remove(identifier)
        return xml_tree(root, operation.output_shape)
    root = read_xml(body, operation.service_model.metadata["xmlNamespace"])
    tags = [root.tag, *(child.tag for child in root)]
    wrapper = operation.output_shape.serialization["resultWrapper"]
    if tags != [f"{operation.name}Response", wrapper, "ResponseMetadata"]:
        raise Malformed(f"the elements are {' '.join(tags)}")
    if not root.findtext("ResponseMetadata/RequestId"):
        raise Malformed("no request id in the answer")
    return xml_tree(root[0], operation.output_shape)
