//! Answers and errors in the protocol of the request.

use super::{
    answer::{Failure, Out},
    cbor, json, query,
    request::{Protocol, Route},
};

/// An answer as it goes over the wire.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

pub(super) fn write(route: &Route, reply: &Result<Out, Failure>, request_id: &str) -> Reply {
    let service = route.service.map_or("", |service| service.name);
    let namespace = route.service.map_or("", |service| service.namespace);
    let content_type = match route.protocol {
        Protocol::Json10 => "application/x-amz-json-1.0",
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::Query => "text/xml",
        Protocol::Ec2 => "text/xml;charset=UTF-8",
        Protocol::Cbor => "application/cbor",
    };
    let mut headers = vec![
        ("content-type", content_type.to_owned()),
        ("x-amzn-requestid", request_id.to_owned()),
    ];
    if route.protocol == Protocol::Cbor {
        headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
    }
    let body = match (route.protocol, reply) {
        (Protocol::Json10 | Protocol::Json11, Ok(out)) => json::encode(out),
        (Protocol::Json10, Err(failure)) => json::encode_failure(failure, service, Some(namespace)),
        (Protocol::Json11, Err(failure)) => json::encode_failure(failure, service, None),
        (Protocol::Query, Ok(out)) => query::encode(&route.operation, out, namespace, request_id),
        (Protocol::Query, Err(failure)) => query::encode_failure(failure, namespace, request_id),
        (Protocol::Ec2, Ok(out)) => query::encode_ec2(&route.operation, out, namespace, request_id),
        (Protocol::Ec2, Err(failure)) => query::encode_ec2_failure(failure, request_id),
        (Protocol::Cbor, Ok(out)) => cbor::encode(out),
        (Protocol::Cbor, Err(failure)) => cbor::encode_failure(failure, namespace),
    };
    let status = match reply {
        Ok(_) => 200,
        Err(failure) => {
            // CloudWatch was a Query service; its clients go by the code that it had there.
            if service == "cloudwatch" {
                let fault = if failure.status < 500 {
                    "Sender"
                } else {
                    "Receiver"
                };
                let code = failure.code.strip_suffix("Exception");
                let code = code.unwrap_or(&failure.code);
                headers.push(("x-amzn-query-error", format!("{code};{fault}")));
            }
            failure.status
        }
    };
    Reply {
        status,
        headers,
        body,
    }
}
