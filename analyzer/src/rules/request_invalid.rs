//! App Runner refused a parameter of the call.

use std::collections::BTreeSet;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Severity, Step, Touches},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "request-invalid",
    summary: "App Runner refused a parameter of the call",
    severity: Severity::High,
    about: About::Call,
    docs: include_str!("request_invalid.md"),
    explains: Explains::Nothing,
    check,
};

/// What is refused by its form, or by what exists already.
const IDS: &[&str] = &[
    "configuration-source-fixed",
    "connector-duplicate",
    "connector-in-use",
    "min-size",
    "validation",
];

/// Codes of a call whose content is refused, where nobody knows the words yet.
const CODES: &[&str] = &[
    "InvalidParameterException",
    "InvalidParameterValueException",
    "InvalidRequestException",
    "SerializationException",
];

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let unknown = || {
        fix::refused::all(case).find(|it| {
            it.call.refusal.is_none()
                && !it.call.message.is_empty()
                && CODES.contains(&it.call.code.as_str())
        })
    };
    // Of a part of a service nothing can be refused as invalid but its parameters.
    let without_words = || {
        fix::refused::all(case).find(|it| {
            it.call.message.is_empty()
                && it.call.code == "InvalidRequestException"
                && ["VpcConnector", "AutoScalingConfiguration"]
                    .iter()
                    .any(|part| it.call.operation.ends_with(part))
        })
    };
    let found = fix::refused::find(case, IDS)
        .or_else(unknown)
        .or_else(without_words);
    let Some(refused) = found else {
        return fix::refused::another_reason(case);
    };
    let twin = twin(case, &refused);
    let id = match &twin {
        Some(_) => Some("connector-duplicate"),
        None => refused.call.refusal.map(|it| it.id),
    };
    let call = refused.call.operation.as_str();
    let message = refused.call.message.trim();
    let mut violations = violations(message);
    if message.is_empty() {
        violations.extend(long_name(case, &refused));
    }
    let summary = match (id, violations.as_slice()) {
        (Some("configuration-source-fixed"), _) => format!(
            "App Runner refused {call}: a service that failed to create cannot change where its \
             configuration comes from"
        ),
        (Some("connector-duplicate"), _) => format!(
            "App Runner refused {call}: there is a VPC connector with the same security groups \
             already"
        ),
        (Some("connector-in-use"), _) => {
            format!("App Runner refused {call}: the VPC connector still counts as used")
        }
        (Some("min-size"), _) => format!(
            "App Runner refused {call}: an auto scaling configuration needs one instance at least"
        ),
        (_, []) if message.is_empty() => {
            format!("App Runner refused {call} as invalid, and CloudTrail kept no words of it")
        }
        (_, []) => format!(
            "App Runner refused {call}: {}",
            words::start_of(message.trim_end_matches('.'), 200)
        ),
        (_, [first, more @ ..]) => {
            let also = match more.len() {
                0 => String::new(),
                count => format!(", and {count} more"),
            };
            format!("App Runner refused {call}: {}{also}", first.told())
        }
    };
    let mut finding = Finding::new(
        fix::refused::role(case),
        summary,
        refused.cite(Ground::Platform, "App Runner does not take what was asked"),
    )
    .citing_if(twin)
    .touching(Touches::Service);
    finding.fix = match id {
        Some("configuration-source-fixed") => vec![
            Step::Text(
                "Delete the service and create it again with the configuration that is wanted."
                    .to_owned(),
            ),
            fix::aws(
                &case.evidence.manifest,
                &[
                    "apprunner",
                    "delete-service",
                    "--service-arn",
                    &case.evidence.manifest.target.service_arn,
                ],
            ),
        ],
        Some("connector-duplicate") => vec![Step::Text(
            "Use the connector that exists, or delete it before the new one is made, or give the \
             new one another set of security groups. A tool that creates before it destroys always \
             meets this."
                .to_owned(),
        )],
        Some("connector-in-use") => vec![Step::Text(
            "Take the connector out of every service of the Region; one that was just deleted may \
             count for a while."
                .to_owned(),
        )],
        Some("min-size") => vec![Step::Text(
            "Set MinSize to 1 or more. A service that shall cost nothing is paused instead."
                .to_owned(),
        )],
        _ => advice(&violations, message),
    };
    if id.is_none() {
        finding = finding.confirmed_by(
            "the words of App Runner in the quoted answer; this version knows no more of them",
        );
    }
    Ok(finding.into())
}

/// The name of an auto scaling configuration that is longer than it may be.
fn long_name(case: Case<'_>, refused: &fix::refused::Refused<'_>) -> Option<Violation> {
    let field = "autoScalingConfigurationName";
    let name = refused.parameter(case, &[field])?.as_str()?;
    let length = name.chars().count();
    (!(4..=32).contains(&length)).then(|| Violation {
        field: field.to_owned(),
        value: Some(name.to_owned()),
        constraint: Some(format!("4 to 32 characters, and it has {length}")),
    })
}

/// A connector that has all the security groups of the one that was refused, and no other.
fn twin(case: Case<'_>, refused: &fix::refused::Refused<'_>) -> Option<Citation> {
    if refused.call.operation != "CreateVpcConnector" {
        return None;
    }
    let asked: BTreeSet<&str> = refused
        .parameter(case, &["securityGroups"])?
        .as_array()?
        .iter()
        .filter_map(|group| group.as_str())
        .collect();
    let connectors = &case.evidence.surroundings.vpc_connectors;
    let twin = connectors.iter().find(|it| {
        let has: BTreeSet<&str> = it.fact.security_groups.iter().map(String::as_str).collect();
        !asked.is_empty() && has == asked
    })?;
    Some(Citation::fact(
        Ground::Agreement,
        twin,
        format!(
            "the connector {} has the same security groups",
            twin.fact.name
        ),
    ))
}

/// A value that does not satisfy what the API wants.
struct Violation {
    field: String,
    value: Option<String>,
    constraint: Option<String>,
}

impl Violation {
    fn told(&self) -> String {
        let value = self
            .value
            .as_ref()
            .map(|value| format!(" has the value {}, which", words::start_of(value, 80)))
            .unwrap_or_default();
        match &self.constraint {
            Some(constraint) => format!(
                "{}{value} does not satisfy: {}",
                self.field,
                words::start_of(constraint, 120)
            ),
            None => format!("{}{value} is not taken", self.field),
        }
    }
}

/// The violations that a message names: `Value 'x' at 'field' failed to satisfy constraint: c; …`,
/// or `Invalid length for parameter Field, value: 1, valid min length: 3`.
fn violations(message: &str) -> Vec<Violation> {
    let mut all: Vec<Violation> = message
        .split("Value ")
        .skip(1)
        .filter_map(|part| {
            let (value, rest) = part.split_once(" at '")?;
            let (field, rest) = rest.split_once('\'')?;
            let constraint = rest
                .split_once("constraint: ")
                .map(|(_, constraint)| constraint.trim().trim_end_matches([';', '.']).to_owned());
            Some(Violation {
                field: field.to_owned(),
                value: Some(value.trim_matches('\'').to_owned()),
                constraint,
            })
        })
        .collect();
    if all.is_empty()
        && let Some((_, rest)) = message.split_once("for parameter ")
    {
        let mut parts = rest.split(", ");
        let field = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        let value = rest.iter().find_map(|part| part.strip_prefix("value: "));
        let valid: Vec<&str> = rest
            .iter()
            .copied()
            .filter(|part| part.starts_with("valid "))
            .collect();
        all.push(Violation {
            field: field.trim_end_matches('.').to_owned(),
            value: value.map(str::to_owned),
            constraint: (!valid.is_empty()).then(|| valid.join(", ")),
        });
    }
    all
}

fn advice(violations: &[Violation], message: &str) -> Vec<Step> {
    let lower = message.to_ascii_lowercase();
    let names = |name: &str| {
        violations
            .iter()
            .any(|it| it.field.to_ascii_lowercase().contains(name))
            || (violations.is_empty() && lower.contains(name))
    };
    let mut steps = Vec::new();
    let mut say = |text: &str| steps.push(Step::Text(text.to_owned()));
    if names("autoscalingconfigurationname") {
        say(
            "The name of an auto scaling configuration has 4 to 32 characters: letters, digits, - \
             and _, the first of them a letter or digit.",
        );
    }
    if names("servicename") {
        say("The name of a service has 4 to 40 characters: letters, digits, - and _.");
    }
    if names("cpu") {
        say("Cpu is 256, 512, 1024, 2048 or 4096, or the same in vCPU: \"1 vCPU\".");
    }
    if names("memory") {
        say(
            "Memory goes with the Cpu: 0.5 or 1 GB with 0.25 vCPU, 1 with 0.5, 2 to 4 with 1, 4 or \
             6 with 2, 8 to 12 with 4.",
        );
    }
    if names("port") {
        say("Port is a string: \"8080\", not 8080.");
    }
    if names("healthcheck") || names("interval") || names("timeout") || names("threshold") {
        say("The numbers of the health check are between 1 and 20.");
    }
    if steps.is_empty() {
        steps.push(Step::Text(
            "Change the parameter that the answer names, then make the call again.".to_owned(),
        ));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::{Role, Strength},
        test_support::{BUSY, Sample},
    };

    fn refused(code: &str, message: &str) -> Sample {
        Sample::image()
            .without_operations()
            .refused(0, "CreateService", code, message)
    }

    #[test]
    fn the_field_and_what_it_has_to_be_are_named() {
        let finding = refused(
            "InvalidRequestException",
            "1 validation error detected: Value 'a-name-of-more-than-forty-characters-in-total' at 'serviceName' failed to satisfy constraint: Member must have length less than or equal to 40",
        )
        .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(
            finding.summary.contains("serviceName has the value a-name"),
            "{}",
            finding.summary
        );
        assert!(format!("{:?}", finding.fix).contains("4 to 40"));
        let finding = refused(
            "ParamValidation",
            "Invalid length for parameter InstanceConfiguration.Cpu, value: 1, valid min length: 3",
        )
        .found(&RULE);
        assert!(
            finding
                .summary
                .contains("InstanceConfiguration.Cpu has the value 1, which does not satisfy: valid min length: 3"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn words_that_nobody_knows_are_quoted_and_no_cause_is_made_up() {
        let finding =
            refused("InvalidRequestException", "The frobnicator is upside down.").found(&RULE);
        assert!(finding.summary.ends_with("The frobnicator is upside down"));
        assert!(finding.confirm.is_some());
        // A fault of AWS is no fault of the call.
        refused("InternalServiceErrorException", "Something went wrong.").cleared(&RULE);
    }

    #[test]
    fn what_exists_already_is_told() {
        for (message, said) in [
            (
                "ConfigurationSource cannot be changed from REPOSITORY to API for CREATE_FAILED services.",
                "cannot change where its configuration comes from",
            ),
            (
                "A VPC connector with the same security groups already exists.",
                "the same security groups",
            ),
            ("minSize must be at least 1", "one instance at least"),
        ] {
            let finding = refused("InvalidRequestException", message).found(&RULE);
            assert!(finding.summary.contains(said), "{}", finding.summary);
        }
    }

    fn connector(message: &str, group: &str) -> Sample {
        let mut sample = Sample::image()
            .without_operations()
            .refused(0, "CreateVpcConnector", "InvalidRequestException", message)
            .called(|call| {
                call.request_parameters = Some(serde_json::json!({
                    "vpcConnectorName": "web-2", "subnets": ["subnet-1"], "securityGroups": [group],
                }));
            });
        sample.bodies.push(evidence_schema::Body::VpcConnector(
            evidence_schema::record::VpcConnector {
                arn: "arn:aws:apprunner:us-east-1:111122223333:vpcconnector/web/1/1".to_owned(),
                name: "web".to_owned(),
                revision: Some(1),
                subnets: vec!["subnet-1".to_owned()],
                security_groups: vec!["sg-1".to_owned()],
                status: None,
                created_at: None,
                deleted_at: None,
            },
        ));
        sample
    }

    #[test]
    fn a_connector_like_another_is_known_by_its_security_groups() {
        let same = connector("", "sg-1").found(&RULE);
        assert!(same.summary.contains("the same security groups"));
        let other = connector("", "sg-2").found(&RULE);
        assert!(other.summary.contains("kept no words"), "{}", other.summary);
    }

    #[test]
    fn a_name_that_is_too_long_is_seen_without_words() {
        let finding = Sample::image()
            .without_operations()
            .covered("siblings", evidence_schema::Status::Complete)
            .refused(
                0,
                "CreateAutoScalingConfiguration",
                "InvalidRequestException",
                "",
            )
            .called(|call| {
                call.request_parameters = Some(serde_json::json!({
                    "autoScalingConfigurationName": "web-with-a-name-of-more-than-32-letters",
                }));
            })
            .found(&RULE);
        assert!(finding.summary.contains("4 to 32"), "{}", finding.summary);
    }

    #[test]
    fn a_part_of_another_service_or_one_that_was_taken_later_is_no_attempt() {
        let of = |name: &str| {
            Sample::image()
                .without_operations()
                .refused(
                    0,
                    "CreateAutoScalingConfiguration",
                    "InvalidRequestException",
                    "minSize must be at least 1",
                )
                .called(|call| {
                    call.request_parameters = Some(serde_json::json!({
                        "autoScalingConfigurationName": name,
                    }));
                })
        };
        of("web").found(&RULE);
        assert!(of("other").evidence().subject().is_none());
        assert!(of("web-admin").evidence().subject().is_none());
        let later = of("web").change(
            60,
            "apprunner",
            "CreateAutoScalingConfiguration",
            serde_json::json!({ "autoScalingConfigurationName": "web" }),
        );
        assert!(later.evidence().subject().is_none());
    }

    #[test]
    fn a_refusal_for_another_reason_clears_it_and_one_without_words_leaves_it_open() {
        refused("InvalidStateException", BUSY).cleared(&RULE);
        refused("InvalidRequestException", "").missing(&RULE);
        // What was refused beside a deployment did not make it fail.
        let beside = Sample::image()
            .refused(
                90,
                "UpdateService",
                "InvalidRequestException",
                "minSize must be at least 1",
            )
            .found(&RULE);
        assert_eq!(beside.role, Role::Consequence);
    }
}
