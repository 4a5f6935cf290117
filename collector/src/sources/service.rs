//! The service and its configuration.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_apprunner::types;
use evidence_schema::{
    Body,
    record::{
        CodeSource, Configuration, ConfigurationSource, HealthCheck, ImageSource, Instance,
        Network, Observability, Origin, Service, ServiceStatus, Source as ServiceSource,
    },
};
use redaction::Fingerprints;

use super::{Source, call};
use crate::{
    convert::{text, text_of, time, time_of},
    ledger::Out,
    status::Outcome,
};

/// The list of services, by which a name or URL is found.
pub(crate) const LIST_SERVICES: &str = "apprunner:ListServices";
/// The service itself.
pub(crate) const DESCRIBE_SERVICE: &str = "apprunner:DescribeService";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "service",
    gives: "the service: source, configuration, health check, network, status",
    calls: &[
        call(LIST_SERVICES, "*"),
        call(DESCRIBE_SERVICE, "arn:aws:apprunner:*:*:service/*"),
    ],
};

/// Keeps what the search for the service brought.
pub(crate) fn keep(out: &mut Out<'_>, calls: &[&'static str], answer: Result<Service, Outcome>) {
    for action in calls {
        out.call(action);
    }
    let result = answer.map(|service| out.push(Body::Service(Box::new(service))));
    out.close(result);
}

/// The values of the environment variables. They go to the scrubber and nowhere else.
pub(crate) fn environment(service: &types::Service) -> BTreeMap<String, BTreeSet<String>> {
    let source = service.source_configuration.as_ref();
    let image = source
        .and_then(|source| source.image_repository.as_ref())
        .and_then(|image| image.image_configuration.as_ref())
        .and_then(|it| it.runtime_environment_variables.as_ref());
    let code = source
        .and_then(|source| source.code_repository.as_ref())
        .and_then(|code| code.code_configuration.as_ref())
        .and_then(|it| it.code_configuration_values.as_ref())
        .and_then(|it| it.runtime_environment_variables.as_ref());
    image
        .into_iter()
        .chain(code)
        .flatten()
        .map(|(name, value)| (name.clone(), BTreeSet::from([value.clone()])))
        .collect()
}

/// What the record of a service says in clear about it. A part of these is no secret.
pub(crate) fn public(service: &Service) -> Vec<String> {
    let mut texts = vec![
        service.name.clone(),
        service.id.clone(),
        service.arn.clone(),
    ];
    texts.extend(service.url.clone());
    texts.extend(service.source.access_role_arn.clone());
    texts.extend(service.source.connection_arn.clone());
    texts.extend(service.instance.role_arn.clone());
    texts.extend(service.health_check.as_ref().and_then(|it| it.path.clone()));
    match &service.source.origin {
        Origin::Image(image) => texts.push(image.identifier.clone()),
        Origin::Code(code) => {
            texts.extend(code.branch.clone());
            texts.extend(code.source_directory.clone());
        }
        Origin::Unknown => {}
    }
    texts
}

/// The record of a service.
pub(crate) fn convert(service: &types::Service, fingerprints: &Fingerprints) -> Service {
    let network = service.network_configuration.as_ref();
    let egress = network.and_then(|it| it.egress_configuration.as_ref());
    let instance = service.instance_configuration.as_ref();
    Service {
        name: service.service_name.clone(),
        id: service.service_id.clone(),
        arn: service.service_arn.clone(),
        url: text_of(service.service_url.as_ref()),
        status: ServiceStatus::from(text(service.status.as_str()).unwrap_or_default()),
        created_at: time(&service.created_at),
        updated_at: time(&service.updated_at),
        deleted_at: time_of(service.deleted_at.as_ref()),
        source: source_of(service.source_configuration.as_ref(), fingerprints),
        instance: Instance {
            cpu: text_of(instance.and_then(|it| it.cpu.as_ref())),
            memory: text_of(instance.and_then(|it| it.memory.as_ref())),
            role_arn: text_of(instance.and_then(|it| it.instance_role_arn.as_ref())),
        },
        health_check: service
            .health_check_configuration
            .as_ref()
            .map(|check| HealthCheck {
                protocol: text_of(check.protocol.as_ref()),
                path: text_of(check.path.as_ref()),
                interval_seconds: check.interval,
                timeout_seconds: check.timeout,
                healthy_threshold: check.healthy_threshold,
                unhealthy_threshold: check.unhealthy_threshold,
            }),
        auto_scaling_configuration_arn: service
            .auto_scaling_configuration_summary
            .as_ref()
            .and_then(|it| text_of(it.auto_scaling_configuration_arn.as_ref())),
        network: Network {
            egress_type: text_of(egress.and_then(|it| it.egress_type.as_ref())),
            vpc_connector_arn: text_of(egress.and_then(|it| it.vpc_connector_arn.as_ref())),
            publicly_accessible: network
                .and_then(|it| it.ingress_configuration.as_ref())
                .map(|it| it.is_publicly_accessible),
            ip_address_type: text_of(network.and_then(|it| it.ip_address_type.as_ref())),
        },
        observability: service
            .observability_configuration
            .as_ref()
            .map(|it| Observability {
                enabled: it.observability_enabled,
                configuration_arn: text_of(it.observability_configuration_arn.as_ref()),
            }),
        kms_key: service
            .encryption_configuration
            .as_ref()
            .and_then(|it| text(&it.kms_key)),
    }
}

fn source_of(
    source: Option<&types::SourceConfiguration>,
    fingerprints: &Fingerprints,
) -> ServiceSource {
    let image = source.and_then(|it| it.image_repository.as_ref());
    let code = source.and_then(|it| it.code_repository.as_ref());
    let authentication = source.and_then(|it| it.authentication_configuration.as_ref());
    let origin = match (image, code) {
        (Some(image), _) => Origin::Image(ImageSource {
            identifier: image.image_identifier.clone(),
            repository_type: text(image.image_repository_type.as_str()).unwrap_or_default(),
            configuration: image
                .image_configuration
                .as_ref()
                .map(|it| Configuration {
                    runtime: None,
                    build_command: None,
                    start_command: text_of(it.start_command.as_ref()),
                    port: text_of(it.port.as_ref()),
                    environment_variables: withheld(
                        it.runtime_environment_variables.as_ref(),
                        fingerprints,
                    ),
                    environment_secrets: sorted(it.runtime_environment_secrets.as_ref()),
                })
                .unwrap_or_default(),
        }),
        (None, Some(code)) => Origin::Code(code_source(code, fingerprints)),
        (None, None) => Origin::Unknown,
    };
    ServiceSource {
        origin,
        auto_deployments_enabled: source.and_then(|it| it.auto_deployments_enabled),
        access_role_arn: text_of(authentication.and_then(|it| it.access_role_arn.as_ref())),
        connection_arn: text_of(authentication.and_then(|it| it.connection_arn.as_ref())),
    }
}

fn code_source(code: &types::CodeRepository, fingerprints: &Fingerprints) -> CodeSource {
    let configuration = code.code_configuration.as_ref();
    CodeSource {
        repository_url: code.repository_url.clone(),
        branch: code
            .source_code_version
            .as_ref()
            .and_then(|version| text(&version.value)),
        source_directory: text_of(code.source_directory.as_ref()),
        configuration_source: configuration
            .and_then(|it| text(it.configuration_source.as_str()))
            .map(ConfigurationSource::from),
        configuration: configuration
            .and_then(|it| it.code_configuration_values.as_ref())
            .map(|it| Configuration {
                runtime: text(it.runtime.as_str()),
                build_command: text_of(it.build_command.as_ref()),
                start_command: text_of(it.start_command.as_ref()),
                port: text_of(it.port.as_ref()),
                environment_variables: withheld(
                    it.runtime_environment_variables.as_ref(),
                    fingerprints,
                ),
                environment_secrets: sorted(it.runtime_environment_secrets.as_ref()),
            }),
    }
}

fn withheld(
    values: Option<&HashMap<String, String>>,
    fingerprints: &Fingerprints,
) -> BTreeMap<String, evidence_schema::Withheld> {
    values
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), fingerprints.withhold(value)))
        .collect()
}

fn sorted(values: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    values
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
