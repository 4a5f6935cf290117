"""Raw answers as trees of Python values: JSON, Smithy RPC v2 CBOR and the XML of the Query protocol.

The SDKs are not used for this: their parsers accept nearly everything, which is what makes a simulated
endpoint that is wrong look right.
"""

from __future__ import annotations

import json
import re
import struct
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from typing import Any

from botocore.model import Shape


class Malformed(ValueError):
    """The bytes are not what the protocol says."""


class Timestamp(float):
    """Seconds since 1970 that the wire marks as a time."""


def read_json(body: bytes) -> Any:
    """Reads JSON, in which no member may be written twice."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        tree = dict(pairs)
        if len(tree) != len(pairs):
            raise Malformed("a member is written twice")
        return tree

    try:
        return json.loads(body, object_pairs_hook=members)
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from error


def read_cbor(body: bytes) -> Any:
    """Reads one CBOR item that fills the whole body."""
    try:
        value, end = _item(body, 0)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise Malformed(f"not CBOR: {error}") from error
    if end != len(body):
        raise Malformed(f"{len(body) - end} bytes follow the CBOR item")
    return value


_BREAK = object()


def _item(data: bytes, at: int) -> tuple[Any, int]:
    major, low = data[at] >> 5, data[at] & 0x1F
    if major == 7:
        return _simple(data, at, low)
    length, at = _argument(data, at + 1, low)
    if major in (0, 1):
        if length is None:
            raise Malformed("an integer of indefinite length")
        return (length if major == 0 else -1 - length), at
    if major in (2, 3):
        if length is None:
            parts, at = _items(data, at, None)
            return (b"" if major == 2 else "").join(parts), at
        part = data[at : at + length]
        if len(part) != length:
            raise Malformed("a string ends behind the body")
        return (part if major == 2 else part.decode()), at + length
    if major == 4:
        return _items(data, at, length)
    if major == 5:
        flat, at = _items(data, at, None if length is None else 2 * length)
        tree = dict(zip(flat[::2], flat[1::2], strict=True))
        if len(tree) * 2 != len(flat):
            raise Malformed("a member is written twice")
        return tree, at
    value, at = _item(data, at)
    if length != 1 or not isinstance(value, (int, float)):
        raise Malformed(f"tag {length} on {value!r}; RPC v2 uses tag 1, on a number")
    return Timestamp(value), at


def _argument(data: bytes, at: int, low: int) -> tuple[int | None, int]:
    """The number that comes with the first byte; `None` for an indefinite length."""
    if low < 24:
        return low, at
    if low < 28:
        size = 1 << (low - 24)
        return struct.unpack_from({1: ">B", 2: ">H", 4: ">I", 8: ">Q"}[size], data, at)[0], at + size
    if low == 31:
        return None, at
    raise Malformed(f"additional information {low} is reserved")


def _items(data: bytes, at: int, count: int | None) -> tuple[list[Any], int]:
    items: list[Any] = []
    while count is None or len(items) < count:
        value, at = _item(data, at)
        if value is _BREAK:
            if count is not None:
                raise Malformed("a break within a definite length")
            break
        items.append(value)
    return items, at


def _simple(data: bytes, at: int, low: int) -> tuple[Any, int]:
    constants = {20: False, 21: True, 22: None, 23: None, 31: _BREAK}
    if low in constants:
        return constants[low], at + 1
    formats = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
    if low in formats:
        layout, size = formats[low]
        return struct.unpack_from(layout, data, at + 1)[0], at + 1 + size
    raise Malformed(f"simple value {low}")


def read_xml(body: bytes, namespace: str) -> ElementTree.Element:
    """Reads XML of which every element is in the namespace of the service, if it has one; the tags lose it."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Malformed(f"not XML: {error}") from error
    prefix = f"{{{namespace}}}" if namespace else ""
    for element in root.iter():
        if not element.tag.startswith(prefix) or (element.tag.startswith("{") and not prefix):
            raise Malformed(f"{element.tag} is not in the namespace {namespace!r}")
        element.tag = element.tag.removeprefix(prefix)
    return root


def xml_tree(element: ElementTree.Element, shape: Shape) -> Any:
    """The values under an element, as the shape says how to read them.

    What cannot be read so stays a text, and an element without a member keeps its tag: both are for
    whoever checks the tree to find.
    """
    if shape.type_name == "structure":
        tree: dict[str, Any] = {}
        by_tag = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        for child in element:
            # EC2 has members whose element is spelled otherwise: a bare name could pass for one.
            name = by_tag.get(child.tag, f"<{child.tag}>")
            if name in tree:
                raise Malformed(f"{child.tag} is written twice")
            tree[name] = xml_tree(child, shape.members[name]) if name in shape.members else child.text
        return tree
    if shape.type_name == "list":
        tag = shape.member.serialization.get("name", "member")
        for child in element:
            if child.tag != tag:
                raise Malformed(f"{child.tag} in a list of {tag}")
        return [xml_tree(child, shape.member) for child in element]
    if len(element):
        raise Malformed(f"{element.tag} has elements in it, and is a {shape.type_name}")
    return _xml_scalar(element.text or "", shape.type_name)


def _xml_scalar(text: str, type_name: str) -> Any:
    if type_name == "boolean" and text in ("true", "false"):
        return text == "true"
    if type_name in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if type_name == "timestamp" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
        return Timestamp(datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc).timestamp())
    return text
