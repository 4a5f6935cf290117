//! Calls that App Runner refused: deployments that never began.

use evidence_schema::{
    manifest::Target,
    record::{Change, OperationType, VpcConnector},
};
use serde_json::Value;

use super::{Application, Attempt, Basis, BuildOutput, Outcome};
use crate::{
    message::{self, Refusal},
    observed::Observed,
};

/// A call that would have begun a deployment and was refused.
#[derive(Clone, Debug)]
pub struct RefusedCall {
    /// The operation of the API, such as `StartDeployment`.
    pub operation: String,
    /// The error code, such as `InvalidRequestException`.
    pub code: String,
    /// What AWS said.
    pub message: String,
    /// What it means, if that is known.
    pub refusal: Option<&'static Refusal>,
    /// Who called, as an ARN where CloudTrail has one.
    pub principal: Option<String>,
}

/// Calls for what a service is made of. Where one is refused, a tool comes no further.
const PARTS: &[&str] = &[
    "CreateAutoScalingConfiguration",
    "CreateConnection",
    "CreateObservabilityConfiguration",
    "CreateVpcConnector",
    "DeleteVpcConnector",
];

/// How the calls for parts of a service are told to be about this one.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The service.
    pub target: &'a Target,
    /// The connectors of the service.
    pub connectors: &'a [Observed<VpcConnector>],
    /// Whether there is certainly no other service in the account.
    pub alone: bool,
}

/// The calls about a service that were refused, each as an attempt, oldest first.
pub fn refused(changes: &[Observed<Change>], known: Known<'_>) -> Vec<Attempt> {
    changes
        .iter()
        .enumerate()
        .filter_map(|(index, change)| {
            let fact = &change.fact;
            let code = fact.error_code.clone()?;
            if !fact.event_source.starts_with("apprunner.") {
                return None;
            }
            let kind = match fact.event_name.as_str() {
                "CreateService" => OperationType::CreateService,
                "UpdateService" => OperationType::UpdateService,
                "StartDeployment" => OperationType::StartDeployment,
                name if PARTS.contains(&name) => {
                    // A call that was made again and taken is no trouble any more.
                    let mended = changes[index..].iter().any(|later| {
                        later.fact.event_name == fact.event_name && later.fact.error_code.is_none()
                    });
                    if mended || !is_part(fact, known) {
                        return None;
                    }
                    OperationType::Other(name.to_owned())
                }
                _ => return None,
            };
            if !is_about(fact, known.target) {
                return None;
            }
            let message = fact.error_message.clone().unwrap_or_default();
            Some(Attempt {
                id: None,
                kind,
                outcome: Outcome::Refused,
                started: fact.time,
                ended: Some(fact.time),
                record: change.record,
                basis: Basis::Call,
                lines: vec![],
                build: BuildOutput::default(),
                application: Application::default(),
                refusal: Some(RefusedCall {
                    operation: fact.event_name.clone(),
                    refusal: message::refusal(&code, &message),
                    code,
                    message,
                    principal: fact.principal.clone(),
                }),
            })
        })
        .collect()
}

/// Whether a call for a part of some service is about this one: its name is in the part's, it names
/// what the connector of the service has, or there is no other service.
fn is_part(change: &Change, known: Known<'_>) -> bool {
    let texts = texts(change.request_parameters.as_ref());
    let name = known.target.service_name.to_ascii_lowercase();
    let named = texts.iter().any(|text| {
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words.any(|word| word.eq_ignore_ascii_case(&name))
            || text.to_ascii_lowercase().starts_with(&format!("{name}-"))
    });
    let connected = known.connectors.iter().any(|connector| {
        let it = &connector.fact;
        let groups = it.security_groups.iter().chain(&it.subnets);
        groups
            .chain([&it.arn])
            .any(|id| texts.contains(&id.as_str()))
    });
    known.alone || named || connected
}

/// Every text in the parameters of a call.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().flat_map(|it| texts(Some(it))).collect(),
        Some(Value::Object(members)) => members.values().flat_map(|it| texts(Some(it))).collect(),
        _ => vec![],
    }
}

/// Whether a call names the service. CloudTrail keeps no parameters of some refused calls; those
/// were found by the name of the service, so they are about it.
fn is_about(change: &Change, target: &Target) -> bool {
    let parameter = |name: &str| {
        let value = change.request_parameters.as_ref()?.get(name)?;
        value.as_str().map(str::to_owned)
    };
    let arn = parameter("serviceArn").is_none_or(|arn| arn == target.service_arn);
    let name = parameter("serviceName").is_none_or(|name| name == target.service_name);
    arn && name
}
