//! Calls that App Runner refused: deployments that never began.

use evidence_schema::{
    manifest::Target,
    record::{Change, OperationType, VpcConnector},
};
use serde_json::Value;

use super::{Application, Attempt, Basis, BuildOutput, Outcome};
use crate::{
    iam::arn::Arn,
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
    /// The ARNs of what the service is made of.
    pub parts: &'a [&'a str],
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

/// Whether a call for a part of some service is about this one: it names this service, or one of its
/// parts, or what the connector of the service has, or there is no other service.
///
/// A name counts as a whole. A service `web` may stand beside one that is called `web-admin`, and a
/// part with `web-admin` in its name is none of its own.
fn is_part(change: &Change, known: Known<'_>) -> bool {
    let texts = texts(change.request_parameters.as_ref());
    let named = |name: &str| texts.contains(&name);
    let target = known.target;
    let own = named(&target.service_name) || named(&target.service_arn);
    let part = known
        .parts
        .iter()
        .any(|arn| named(arn) || (creates(change, arn) && part_name(arn).is_some_and(named)));
    let connected = known.connectors.iter().any(|connector| {
        let it = &connector.fact;
        let groups = it.security_groups.iter().chain(&it.subnets);
        groups.chain([&it.arn]).any(|id| named(id))
    });
    known.alone || own || part || connected
}

/// Whether a call makes parts of the kind that this ARN is of. Its name then stands alone: a new
/// revision of a configuration has the name of the one before.
fn creates(change: &Change, arn: &str) -> bool {
    let kind = Arn::parse(arn).and_then(|arn| arn.resource.split('/').next());
    let call = change.event_name.to_ascii_lowercase();
    kind.is_some_and(|kind| call == format!("create{kind}"))
}

/// The name in the ARN of a part: `kind/name/revision/id`, or `kind/name/id`.
fn part_name(arn: &str) -> Option<&str> {
    Arn::parse(arn)?.resource.split('/').nth(1)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_support::{ARN, Sample};
    use evidence_schema::{
        Body, Status,
        record::{ServiceStatus, SiblingService},
    };

    const SCALING: &str = "arn:aws:apprunner:us-east-1:111122223333:autoscalingconfiguration/small/1/00000000000000000000000000000002";

    /// A refused call for a part, in an account with another service.
    fn asked(name: &str, request: Value) -> usize {
        let sample = Sample::image()
            .without_operations()
            .service(|service| service.auto_scaling_configuration_arn = Some(SCALING.to_owned()))
            .covered("siblings", Status::Complete)
            .with(Body::SiblingService(SiblingService {
                name: "web-admin".to_owned(),
                service_id: None,
                arn: ARN.replace("service/web/", "service/web-admin/"),
                status: ServiceStatus::Running,
                created_at: None,
                updated_at: None,
            }))
            .change(90, "apprunner", name, request)
            .called(|call| call.error_code = Some("InvalidRequestException".to_owned()));
        let evidence = sample.evidence();
        evidence
            .attempts
            .iter()
            .filter(|it| it.refusal.is_some())
            .count()
    }

    #[test]
    fn a_part_that_begins_like_the_service_is_of_another_one() {
        let scaling = "CreateAutoScalingConfiguration";
        for name in [
            "web-admin",
            "web-admin-scaling",
            "web_scaling",
            "WEB",
            "web2",
        ] {
            let request = json!({ "autoScalingConfigurationName": name });
            assert_eq!(asked(scaling, request), 0, "{name}");
        }
        let tagged = json!({
            "autoScalingConfigurationName": "big",
            "tags": [{ "key": "for", "value": "web-admin is not web" }]
        });
        assert_eq!(asked(scaling, tagged), 0);
    }

    #[test]
    fn a_part_is_known_by_its_whole_name_or_its_arn() {
        let scaling = "CreateAutoScalingConfiguration";
        for name in ["web", "small"] {
            let request = json!({ "autoScalingConfigurationName": name });
            assert_eq!(asked(scaling, request), 1, "{name}");
        }
        let connector = json!({ "vpcConnectorName": "small" });
        assert_eq!(asked("CreateVpcConnector", connector), 0);
        let tagged = json!({ "vpcConnectorName": "v", "tags": [{ "key": "a", "value": "web" }] });
        assert_eq!(asked("CreateVpcConnector", tagged), 1);
    }
}
