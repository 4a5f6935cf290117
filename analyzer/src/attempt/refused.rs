//! Calls that App Runner refused: deployments that never began.

use evidence_schema::{
    manifest::Target,
    record::{Change, OperationType},
};

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

/// The calls about `target` that were refused, each as an attempt, oldest first.
pub fn refused(changes: &[Observed<Change>], target: &Target) -> Vec<Attempt> {
    changes
        .iter()
        .filter_map(|change| {
            let fact = &change.fact;
            let kind = match fact.event_name.as_str() {
                "CreateService" => OperationType::CreateService,
                "UpdateService" => OperationType::UpdateService,
                "StartDeployment" => OperationType::StartDeployment,
                _ => return None,
            };
            let code = fact.error_code.clone()?;
            if !fact.event_source.starts_with("apprunner.") || !is_about(fact, target) {
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
                    refusal: message::refusal(&message),
                    code,
                    message,
                    principal: fact.principal.clone(),
                }),
            })
        })
        .collect()
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
