//! A request: which operation it asks, in which protocol, with which parameters.

use hyper::{HeaderMap, http::request::Parts};
use serde_json::Value;

use super::{answer::Failure, cbor, json, page, query};
use crate::account::{Account, id};

/// How a request is written and wants its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AWS JSON 1.0.
    Json10,
    /// AWS JSON 1.1.
    Json11,
    /// AWS Query with XML.
    Query,
    /// The Query of EC2.
    Ec2,
    /// Smithy RPC v2 CBOR.
    Cbor,
}

/// A service of AWS.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServiceModel {
    /// Our name for it, which is also the prefix of its IAM actions.
    pub(super) name: &'static str,
    /// The name for which requests are signed.
    pub(super) signing_name: &'static str,
    /// The end of the prefix in `X-Amz-Target`, and the name in the path of RPC v2.
    pub(super) target: &'static str,
    /// The protocols that it speaks.
    pub(super) protocols: &'static [Protocol],
    /// The namespace of its error codes or of its XML.
    pub(super) namespace: &'static str,
}

pub(super) const SERVICES: [ServiceModel; 13] = [
    ServiceModel {
        name: "apprunner",
        signing_name: "apprunner",
        target: "AppRunner",
        protocols: &[Protocol::Json10],
        namespace: "com.amazonaws.apprunner",
    },
    ServiceModel {
        name: "cloudtrail",
        signing_name: "cloudtrail",
        target: "CloudTrail_20131101",
        protocols: &[Protocol::Json11],
        namespace: "com.amazonaws.cloudtrail",
    },
    ServiceModel {
        name: "cloudwatch",
        signing_name: "monitoring",
        target: "GraniteServiceVersion20100801",
        protocols: &[Protocol::Json10, Protocol::Cbor],
        namespace: "com.amazonaws.cloudwatch",
    },
    ServiceModel {
        name: "ec2",
        signing_name: "ec2",
        target: "",
        protocols: &[Protocol::Ec2],
        namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    },
    ServiceModel {
        name: "ecr",
        signing_name: "ecr",
        target: "AmazonEC2ContainerRegistry_V20150921",
        protocols: &[Protocol::Json11],
        namespace: "com.amazonaws.ecr",
    },
    ServiceModel {
        name: "health",
        signing_name: "health",
        target: "AWSHealth_20160804",
        protocols: &[Protocol::Json11, Protocol::Cbor],
        namespace: "com.amazonaws.health",
    },
    ServiceModel {
        name: "iam",
        signing_name: "iam",
        target: "",
        protocols: &[Protocol::Query],
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    },
    ServiceModel {
        name: "kms",
        signing_name: "kms",
        target: "TrentService",
        protocols: &[Protocol::Json11],
        namespace: "com.amazonaws.kms",
    },
    ServiceModel {
        name: "logs",
        signing_name: "logs",
        target: "Logs_20140328",
        protocols: &[Protocol::Json11],
        namespace: "com.amazonaws.cloudwatchlogs",
    },
    ServiceModel {
        name: "secretsmanager",
        signing_name: "secretsmanager",
        target: "secretsmanager",
        protocols: &[Protocol::Json11],
        namespace: "com.amazonaws.secretsmanager",
    },
    ServiceModel {
        name: "servicequotas",
        signing_name: "servicequotas",
        target: "ServiceQuotasV20190624",
        protocols: &[Protocol::Json11],
        namespace: "com.amazonaws.servicequotas",
    },
    ServiceModel {
        name: "ssm",
        signing_name: "ssm",
        target: "AmazonSSM",
        protocols: &[Protocol::Json11],
        namespace: "com.amazonaws.ssm",
    },
    ServiceModel {
        name: "sts",
        signing_name: "sts",
        target: "",
        protocols: &[Protocol::Query],
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    },
];

/// A request that was understood.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) account: &'a Account,
    pub(super) service: &'static ServiceModel,
    pub(super) operation: String,
    /// The Region for which it is signed.
    pub(super) region: String,
    /// The host that the client asked, with the port.
    pub(super) host: String,
    /// The parameters. Those of a form are all texts.
    pub(super) input: Value,
    /// Where the page begins, from the token.
    pub(super) position: Option<String>,
    /// What a token of this request is good for.
    pub(super) scope: u64,
}

impl Request<'_> {
    /// Whether it asks the Region in which the account is.
    pub(super) fn in_region(&self) -> bool {
        self.region == self.account.region
    }

    /// A text parameter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name)?.as_str()
    }

    /// A required text parameter, which was validated.
    pub(super) fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// A whole number.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        let value = self.input.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A truth value.
    pub(super) fn bool(&self, name: &str) -> Option<bool> {
        let value = self.input.get(name)?;
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }

    /// A time, in milliseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        self.input.get(name).and_then(time)
    }

    /// A list; empty when missing.
    pub(super) fn list(&self, name: &str) -> &[Value] {
        let list = self.input.get(name).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// A token for a place in the list that is asked.
    pub(super) fn token(&self, position: &str) -> String {
        page::token(page::PLAIN, self.scope, position)
    }
}

/// A time in milliseconds, from seconds since 1970.
pub(super) fn time(value: &Value) -> Option<i64> {
    value
        .as_f64()
        .map(|seconds| (seconds * 1000.0).round() as i64)
}

/// What can be told of a request before its parameters are looked at.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) protocol: Protocol,
    /// Missing when the request is not signed, or for a service that is not served.
    pub(super) service: Option<&'static ServiceModel>,
    pub(super) operation: String,
    pub(super) region: String,
    /// The key with which it is signed; empty when it is not.
    pub(super) access_key: String,
    /// The host that the client asked, with the port.
    pub(super) host: String,
    pub(super) input: Result<Value, Failure>,
    /// Why it is refused before its operation is looked at.
    pub(super) refused: Option<Failure>,
}

/// Finds out what is asked.
pub(super) fn route(parts: &Parts, body: &[u8]) -> Route {
    let target = header(&parts.headers, "x-amz-target");
    let path = parts.uri.path().split('/').collect::<Vec<_>>();
    let (protocol, prefix, operation, input) = match (path.as_slice(), target) {
        (["", "service", service, "operation", operation], _) => {
            (Protocol::Cbor, *service, *operation, cbor::decode(body))
        }
        (_, Some(target)) => {
            let content_type = header(&parts.headers, "content-type").unwrap_or_default();
            let protocol = if content_type.contains("json-1.0") {
                Protocol::Json10
            } else {
                Protocol::Json11
            };
            let (prefix, operation) = target.rsplit_once('.').unwrap_or(("", target));
            (protocol, prefix, operation, json::decode(body))
        }
        _ => {
            let form = query::decode(body);
            let operation = form
                .as_ref()
                .ok()
                .and_then(|form| form.get("Action")?.as_str().map(str::to_owned))
                .unwrap_or_default();
            return finish(
                parts,
                Protocol::Query,
                "",
                operation,
                form.map(|mut form| {
                    form.remove("Action");
                    form.remove("Version");
                    Value::Object(form)
                }),
            );
        }
    };
    finish(parts, protocol, prefix, operation.to_owned(), input)
}

fn finish(
    parts: &Parts,
    protocol: Protocol,
    prefix: &str,
    operation: String,
    input: Result<Value, Failure>,
) -> Route {
    let (service, region, refused) = match signed_for(&parts.headers, protocol) {
        Ok((service, region)) => (Some(service), region, None),
        Err(failure) => {
            // The shape of the error depends on the service; the target still names it.
            let named = SERVICES
                .iter()
                .find(|it| !it.target.is_empty() && names(prefix, it));
            (named, String::new(), Some(failure))
        }
    };
    // A form looks the same for all services; how the answer is written is the service's choice.
    let protocol = match service {
        Some(service) if protocol == Protocol::Query && service.protocols == [Protocol::Ec2] => {
            Protocol::Ec2
        }
        _ => protocol,
    };
    let speaks = service.is_none_or(|service| {
        service.protocols.contains(&protocol)
            && (matches!(protocol, Protocol::Query | Protocol::Ec2) || names(prefix, service))
    });
    let refused = refused.or_else(|| (!speaks).then(|| unknown_operation(protocol, &operation)));
    let access_key = header(&parts.headers, "authorization")
        .and_then(|text| text.split_once("Credential=")?.1.split('/').next())
        .unwrap_or_default()
        .to_owned();
    Route {
        protocol,
        service,
        operation,
        region,
        access_key,
        host: header(&parts.headers, "host")
            .unwrap_or_default()
            .to_owned(),
        input,
        refused,
    }
}

/// The error for an operation that does not exist, or is not served.
pub(super) fn unknown_operation(protocol: Protocol, operation: &str) -> Failure {
    match protocol {
        Protocol::Query => Failure::new(
            "InvalidAction",
            format!("Could not find operation {operation}"),
        ),
        Protocol::Ec2 => Failure::new(
            "InvalidAction",
            format!("The action {operation} is not valid for this web service."),
        ),
        Protocol::Cbor => Failure::new("UnknownOperationException", "").status(404),
        Protocol::Json10 | Protocol::Json11 => Failure::new("UnknownOperationException", ""),
    }
}

fn signed_for(
    headers: &HeaderMap,
    protocol: Protocol,
) -> Result<(&'static ServiceModel, String), Failure> {
    let Some(authorization) = header(headers, "authorization") else {
        return Err(match protocol {
            Protocol::Query => Failure::new(
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            )
            .status(403),
            _ => Failure::new(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ),
        });
    };
    // AWS4-HMAC-SHA256 Credential=AKIA…/20261120/us-east-1/apprunner/aws4_request, SignedHeaders=…
    let scope = authorization
        .split_once("Credential=")
        .and_then(|(_, rest)| rest.split([',', ' ']).next())
        .map(|scope| scope.split('/').collect::<Vec<_>>());
    let (region, service) = match scope.as_deref() {
        Some([_key, _date, region, service, "aws4_request"]) => (*region, *service),
        _ => {
            let code = match protocol {
                Protocol::Query => "IncompleteSignature",
                _ => "IncompleteSignatureException",
            };
            return Err(Failure::new(
                code,
                "Authorization header requires 'Credential' parameter.",
            ));
        }
    };
    let service = SERVICES
        .iter()
        .find(|known| known.signing_name == service)
        .ok_or_else(|| {
            let code = match protocol {
                Protocol::Query => "SignatureDoesNotMatch",
                _ => "InvalidSignatureException",
            };
            Failure::new(
                code,
                format!("Credential should be scoped to correct service, not '{service}'."),
            )
            .status(403)
        })?;
    Ok((service, region.to_owned()))
}

/// Whether the prefix of a target names the service. The long form of CloudTrail ends like its
/// short one.
fn names(prefix: &str, service: &ServiceModel) -> bool {
    prefix.rsplit('.').next() == Some(service.target)
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What a token is good for: the same operation with the same parameters but for token and size.
pub(super) fn scope(service: &str, operation: &str, region: &str, input: &Value) -> u64 {
    let mut input = input.clone();
    if let Value::Object(members) = &mut input {
        for name in [
            "NextToken",
            "nextToken",
            "Marker",
            "MaxResults",
            "maxResults",
            "MaxItems",
            "limit",
            "Limit",
            "MaxDatapoints",
        ] {
            members.remove(name);
        }
    }
    // Clients write the members in any order; a map of serde_json sorts them.
    id::hash(&[service, operation, region, &input.to_string()])
}
