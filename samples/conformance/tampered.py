"""Answers that are wrong, each in one way: proof that the check would see it."""

from __future__ import annotations

import botocore.session

from shapes import Checker

JSON_10 = {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "1"}
JSON_11 = JSON_10 | {"content-type": "application/x-amz-json-1.1"}
CBOR = JSON_10 | {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
XML = JSON_10 | {"content-type": "text/xml"}

OPERATION = b'{"OperationSummaryList":[{"Id":"17fe9f55-7e91-4097-b243-fcabbb69a4cf",%s}]}'
IDENTITY = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"%s</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
    b"</GetCallerIdentityResponse>"
)
SUBNETS = (
    b'<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>'
    b"<subnetSet><item>%s</item></subnetSet></DescribeSubnetsResponse>"
)
EC2_ERROR = b"<Response><Errors><Error><Code>%s</Code><Message>x</Message></Error></Errors></Response>"

# What is asked, the status, the headers, the body, and what the problem says; "" for an answer that is right.
CASES: tuple[tuple[str, int, dict[str, str], bytes, str], ...] = (
    ("apprunner ListOperations", 200, JSON_10, OPERATION % b'"Status":"SUCCEEDED","StartedAt":1763200000.5', ""),
    ("apprunner ListOperations", 200, JSON_10, OPERATION % b'"Status":"DONE"', "enum"),
    ("apprunner ListOperations", 200, JSON_10, OPERATION % b'"StartedAt":"2026-11-20T12:00:00Z"', "type"),
    ("apprunner ListOperations", 200, JSON_10, OPERATION % b'"Reason":"none"', "unknown"),
    ("apprunner ListOperations", 200, JSON_10, OPERATION % b'"Status":"FAILED","Status":"FAILED"', "written twice"),
    ("apprunner ListOperations", 200, JSON_11, b"{}", "content type"),
    ("apprunner ListOperations", 200, JSON_10, b"{", "not JSON"),
    ("apprunner ListServices", 200, JSON_10, b"{}", "required"),
    ("apprunner ListServices", 200, JSON_10, b'{"ServiceSummaryList":[{"ServiceName":"web"}]}', "length"),
    ("apprunner ListServices", 200, JSON_10, b'{"ServiceSummaryList":[{"ServiceName":"-shop"}]}', "pattern"),
    ("apprunner ListServices", 400, JSON_10, b'{"__type":"NoSuchEntity","Message":"x"}', "no such error"),
    ("apprunner ListServices", 400, JSON_10, b'{"__type":"InvalidRequestException"}', "no message"),
    ("ecr DescribeImages", 200, JSON_11, b'{"imageDetails":[{"imageSizeInBytes":"5"}]}', "type"),
    ("logs DescribeLogGroups", 200, JSON_11, b'{"logGroups":[{"storedBytes":-1}]}', "range"),
    ("cloudwatch ListMetrics", 200, CBOR, bytes.fromhex("a1674d65747269637380"), ""),
    ("cloudwatch ListMetrics", 200, CBOR, bytes.fromhex("bf674d6574726963739fffff"), ""),
    ("cloudwatch ListMetrics", 200, CBOR, bytes.fromhex("a1674d6574726963738000"), "follow the CBOR item"),
    ("cloudwatch ListMetrics", 200, CBOR, bytes.fromhex("a1674d657472696373"), "not CBOR"),
    ("health DescribeEvents", 200, CBOR, bytes.fromhex("a1666576656e747381a169737461727454696d6501"), "type"),
    ("health DescribeEvents", 200, CBOR, bytes.fromhex("a1666576656e747381a169737461727454696d65c101"), ""),
    ("cloudwatch ListMetrics", 400, CBOR, b"\xa2f__typejThrottlinggmessageax", "x-amzn-query-error"),
    ("sts GetCallerIdentity", 200, XML, IDENTITY % b"<Account>111122223333</Account>", ""),
    ("sts GetCallerIdentity", 200, XML, IDENTITY % b"<Region>us-east-1</Region>", "unknown"),
    ("sts GetCallerIdentity", 200, XML, IDENTITY.replace(b"sts.", b"iam.") % b"", "namespace"),
    ("ec2 DescribeSubnets", 200, XML, SUBNETS % b"<state>available</state>", ""),
    ("ec2 DescribeSubnets", 200, XML, SUBNETS % b"<state>fine</state>", "enum"),
    ("ec2 DescribeSubnets", 200, XML, SUBNETS % b"<SubnetId>subnet-1</SubnetId>", "unknown"),
    ("ec2 DescribeSubnets", 200, XML, SUBNETS.replace(b"item", b"member") % b"", "in a list of item"),
    ("ec2 DescribeSubnets", 200, XML, SUBNETS.replace(b"requestId>", b"id>") % b"", "without a request id"),
    ("ec2 DescribeSubnets", 400, XML, EC2_ERROR % b"NoSuchEntity", "no such error"),
    ("ec2 DescribeSubnets", 400, XML, EC2_ERROR % b"InvalidSubnetID.NotFound", ""),
    ("sts GetCallerIdentity", 200, XML, IDENTITY.replace(b"Result>", b"Answer>") % b"", "the elements are"),
)


def unseen() -> list[str]:
    """The cases that the check got wrong."""
    session = botocore.session.Session()
    missed = []
    for asked, status, headers, body, expected in CASES:
        service, operation = asked.split()
        checker = Checker()
        checker.answer(session.get_service_model(service).operation_model(operation), status, headers, body)
        # A short answer also lacks members that are required; one problem of the right kind is enough.
        others = [problem for problem in checker.problems if ", required)" not in problem]
        seen = any(expected in problem for problem in checker.problems) if expected else not others
        if not seen:
            missed.append(f"the check is blind: {asked} {body!r}: {checker.problems} instead of {expected!r}")
    return missed
