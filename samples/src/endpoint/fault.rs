//! Picks the fault of a call and words the errors of AWS for it.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{answer::Failure, request::Request};
use crate::account::{Fault, FaultKind};

/// The faults of an account and how often each could have struck.
#[derive(Debug)]
pub(super) struct Faults {
    faults: Vec<(Fault, AtomicU64)>,
}

impl Faults {
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self {
            faults: faults
                .iter()
                .map(|fault| (fault.clone(), AtomicU64::new(0)))
                .collect(),
        }
    }

    /// The fault that strikes a call. The page behind an empty one has no empty one before it.
    pub(super) fn strike(&self, request: &Request<'_>, after_empty_page: bool) -> Option<&Fault> {
        let parameters = request.input.to_string();
        self.faults.iter().find_map(|(fault, seen)| {
            let matches = fault
                .service
                .as_ref()
                .is_none_or(|service| service == request.service.name)
                && fault
                    .operation
                    .as_ref()
                    .is_none_or(|operation| *operation == request.operation)
                && fault
                    .with
                    .as_ref()
                    .is_none_or(|with| parameters.contains(with.as_str()));
            if !matches || (after_empty_page && fault.kind == FaultKind::EmptyPage) {
                return None;
            }
            let before = seen.fetch_add(1, Ordering::Relaxed);
            let strikes = before >= fault.after
                && fault.times.is_none_or(|times| before - fault.after < times);
            strikes.then_some(fault)
        })
    }
}

/// The error that a fault is, for those that are one.
pub(super) fn failure(fault: &Fault, request: &Request<'_>) -> Option<Failure> {
    match fault.kind {
        FaultKind::Denied => Some(denied(request)),
        FaultKind::Throttled => Some(throttled(request.service.name)),
        FaultKind::Error => {
            Some(Failure::new(&fault.code, fault.message.clone()).status(fault.http_status))
        }
        _ => None,
    }
}

fn denied(request: &Request<'_>) -> Failure {
    let action = format!("{}:{}", request.service.name, request.operation);
    let on = resource(request)
        .map(|resource| format!(" on resource: {resource}"))
        .unwrap_or_default();
    let message = format!(
        "User: {} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action",
        request.account.caller
    );
    match request.service.name {
        "ec2" => Failure::new(
            "UnauthorizedOperation",
            format!("You are not authorized to perform this operation. {message}"),
        )
        .status(403),
        "iam" | "sts" => Failure::new("AccessDenied", message).status(403),
        _ => Failure::new("AccessDeniedException", message),
    }
}

/// The codes for too many requests.
pub(super) const THROTTLED: [&str; 4] = [
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// The error of a service for too many requests.
pub(super) fn throttled(service: &str) -> Failure {
    match service {
        "ec2" => Failure::new("RequestLimitExceeded", "Request limit exceeded.").status(503),
        "iam" | "sts" => Failure::new("Throttling", "Rate exceeded"),
        "servicequotas" => Failure::new("TooManyRequestsException", "Rate exceeded"),
        _ => Failure::new("ThrottlingException", "Rate exceeded"),
    }
}

/// What a call is about, as the message of a denial names it.
fn resource(request: &Request<'_>) -> Option<String> {
    let account = &request.account.id;
    let region = &request.region;
    match request.service.name {
        "apprunner" => [
            "ServiceArn",
            "AutoScalingConfigurationArn",
            "VpcConnectorArn",
            "ObservabilityConfigurationArn",
            "VpcIngressConnectionArn",
            "ResourceArn",
        ]
        .iter()
        .find_map(|name| request.text(name))
        .map(str::to_owned)
        .or_else(|| Some(format!("arn:aws:apprunner:{region}:{account}:*"))),
        "ecr" => {
            let name = request
                .text("repositoryName")
                .or_else(|| request.list("repositoryNames").first()?.as_str())
                .unwrap_or("*");
            let registry = request.text("registryId").unwrap_or(account);
            Some(format!("arn:aws:ecr:{region}:{registry}:repository/{name}"))
        }
        "iam" => request
            .text("RoleName")
            .map(|role| format!("role {role}"))
            .or_else(|| request.text("PolicyArn").map(|arn| format!("policy {arn}"))),
        "kms" => request.text("KeyId").map(|key| match key {
            arn if arn.starts_with("arn:") => arn.to_owned(),
            alias if alias.starts_with("alias/") => {
                format!("arn:aws:kms:{region}:{account}:{alias}")
            }
            id => format!("arn:aws:kms:{region}:{account}:key/{id}"),
        }),
        "logs" => {
            let group = request
                .text("logGroupName")
                .or_else(|| request.text("logGroupIdentifier"))
                .unwrap_or("");
            Some(format!(
                "arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:"
            ))
        }
        "secretsmanager" => request.text("SecretId").map(str::to_owned),
        "ssm" => Some(format!("arn:aws:ssm:{region}:{account}:*")),
        "servicequotas" => {
            let service = request.text("ServiceCode").unwrap_or("*");
            let quota = request.text("QuotaCode").unwrap_or("*");
            Some(format!(
                "arn:aws:servicequotas:{region}:{account}:{service}/{quota}"
            ))
        }
        "health" => Some("*".to_owned()),
        _ => None,
    }
}
