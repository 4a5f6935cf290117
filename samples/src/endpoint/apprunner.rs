//! App Runner.

mod resources;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::Request,
    validate::{Member, int, structure, text},
};
use crate::account::{ConfigurationSource, Service, SourceKind};

const fn paging(items: &'static [&'static str]) -> Option<Paging> {
    Some(Paging {
        token_in: "NextToken",
        token_out: &["NextToken"],
        items,
        more: None,
    })
}

const fn arn(name: &'static str) -> Member {
    text(name, 1, 1011).required()
}

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "DescribeAutoScalingConfiguration",
        members: &[arn("AutoScalingConfigurationArn")],
        paging: None,
        answer: describe_auto_scaling_configuration,
    },
    Served {
        operation: "DescribeCustomDomains",
        members: &[
            arn("ServiceArn"),
            text("NextToken", 0, 51_200),
            int("MaxResults", 1, 5),
        ],
        paging: paging(&["CustomDomains"]),
        answer: resources::describe_custom_domains,
    },
    Served {
        operation: "DescribeObservabilityConfiguration",
        members: &[arn("ObservabilityConfigurationArn")],
        paging: None,
        answer: resources::describe_observability_configuration,
    },
    Served {
        operation: "DescribeService",
        members: &[arn("ServiceArn")],
        paging: None,
        answer: describe_service,
    },
    Served {
        operation: "DescribeVpcConnector",
        members: &[arn("VpcConnectorArn")],
        paging: None,
        answer: resources::describe_vpc_connector,
    },
    Served {
        operation: "DescribeVpcIngressConnection",
        members: &[arn("VpcIngressConnectionArn")],
        paging: None,
        answer: resources::describe_vpc_ingress_connection,
    },
    Served {
        operation: "ListConnections",
        members: &[
            text("ConnectionName", 4, 32),
            text("NextToken", 1, 1024),
            int("MaxResults", 1, 100),
        ],
        paging: paging(&["ConnectionSummaryList"]),
        answer: list_connections,
    },
    Served {
        operation: "ListOperations",
        members: &[
            arn("ServiceArn"),
            text("NextToken", 0, 51_200),
            int("MaxResults", 1, 20),
        ],
        paging: paging(&["OperationSummaryList"]),
        answer: list_operations,
    },
    Served {
        operation: "ListServices",
        members: &[text("NextToken", 0, 51_200), int("MaxResults", 1, 20)],
        paging: paging(&["ServiceSummaryList"]),
        answer: list_services,
    },
    Served {
        operation: "ListTagsForResource",
        members: &[arn("ResourceArn")],
        paging: None,
        answer: resources::list_tags_for_resource,
    },
    Served {
        operation: "ListVpcConnectors",
        members: &[text("NextToken", 1, 1024), int("MaxResults", 1, 100)],
        paging: paging(&["VpcConnectors"]),
        answer: resources::list_vpc_connectors,
    },
    Served {
        operation: "ListVpcIngressConnections",
        members: &[
            structure("Filter"),
            text("NextToken", 1, 1024),
            int("MaxResults", 1, 100),
        ],
        paging: paging(&["VpcIngressConnectionSummaryList"]),
        answer: resources::list_vpc_ingress_connections,
    },
];

fn list_services(request: &Request<'_>) -> Result<Answer, Failure> {
    let services = if request.in_region() {
        request.account.services.as_slice()
    } else {
        &[]
    };
    let (range, next) = page::slice(request, services.len(), "MaxResults", 20)?;
    let list = Out::list(&services[range], |service| {
        Out::map()
            .with("ServiceName", &service.name)
            .with("ServiceId", &service.id)
            .with("ServiceArn", &service.arn)
            .with("ServiceUrl", &service.url)
            .with("CreatedAt", service.created_at)
            .with("UpdatedAt", service.updated_at)
            .with("Status", service.status.as_str())
    });
    Ok(Answer {
        out: Out::map().with("ServiceSummaryList", list),
        next,
    })
}

fn describe_service(request: &Request<'_>) -> Result<Answer, Failure> {
    let service = service(request, "ServiceArn")?;
    let scaling = &request.account.auto_scaling;
    let check = &service.health_check;
    let egress = match &service.vpc_connector_arn {
        Some(connector) => Out::map()
            .with("EgressType", "VPC")
            .with("VpcConnectorArn", connector),
        None => Out::map().with("EgressType", "DEFAULT"),
    };
    let described = Out::map()
        .with("ServiceName", &service.name)
        .with("ServiceId", &service.id)
        .with("ServiceArn", &service.arn)
        .with("ServiceUrl", &service.url)
        .with("CreatedAt", service.created_at)
        .with("UpdatedAt", service.updated_at)
        .with("Status", service.status.as_str())
        .with("SourceConfiguration", source_configuration(service))
        .with(
            "InstanceConfiguration",
            Out::map()
                .with("Cpu", &service.cpu)
                .with("Memory", &service.memory)
                .with_some("InstanceRoleArn", service.instance_role_arn.as_ref()),
        )
        .with_some(
            "EncryptionConfiguration",
            service
                .kms_key
                .as_ref()
                .map(|key| Out::map().with("KmsKey", key)),
        )
        .with(
            "HealthCheckConfiguration",
            Out::map()
                .with("Protocol", check.protocol.as_str())
                .with("Path", &check.path)
                .with("Interval", check.interval)
                .with("Timeout", check.timeout)
                .with("HealthyThreshold", check.healthy_threshold)
                .with("UnhealthyThreshold", check.unhealthy_threshold),
        )
        .with(
            "AutoScalingConfigurationSummary",
            Out::map()
                .with("AutoScalingConfigurationArn", &scaling.arn)
                .with("AutoScalingConfigurationName", &scaling.name)
                .with("AutoScalingConfigurationRevision", scaling.revision),
        )
        .with(
            "NetworkConfiguration",
            Out::map()
                .with("EgressConfiguration", egress)
                .with(
                    "IngressConfiguration",
                    Out::map().with("IsPubliclyAccessible", service.public),
                )
                .with("IpAddressType", "IPV4"),
        )
        .with(
            "ObservabilityConfiguration",
            Out::map()
                .with("ObservabilityEnabled", service.observability_arn.is_some())
                .with_some(
                    "ObservabilityConfigurationArn",
                    service.observability_arn.as_ref(),
                ),
        );
    Ok(Out::map().with("Service", described).into())
}

fn source_configuration(service: &Service) -> Out {
    let map = |map: &indexmap::IndexMap<String, String>| {
        Out::Map(
            map.iter()
                .map(|(name, value)| (name.clone(), Out::from(value)))
                .collect(),
        )
    };
    let run = |values: Out| {
        values
            .with_some("StartCommand", service.start_command.as_ref())
            .with("Port", &service.port)
            .with("RuntimeEnvironmentVariables", map(&service.environment))
            .with("RuntimeEnvironmentSecrets", map(&service.secrets))
    };
    let authentication = Out::map()
        .with_some("ConnectionArn", service.connection_arn.as_ref())
        .with_some("AccessRoleArn", service.access_role_arn.as_ref());
    let source = match service.source {
        SourceKind::Image => {
            let kind = if service.is_public_image() {
                "ECR_PUBLIC"
            } else {
                "ECR"
            };
            let image = service.image.as_deref().unwrap_or_default();
            Out::map().with(
                "ImageRepository",
                Out::map()
                    .with("ImageIdentifier", image)
                    .with("ImageConfiguration", run(Out::map()))
                    .with("ImageRepositoryType", kind),
            )
        }
        SourceKind::Github | SourceKind::Bitbucket => {
            // With apprunner.yaml what the API was given is told all the same, and never used.
            let is_given = service.configuration_source == ConfigurationSource::Api
                || !service.environment.is_empty()
                || !service.secrets.is_empty();
            let values = is_given.then(|| {
                run(Out::map()
                    .with("Runtime", &service.runtime)
                    .with("BuildCommand", &service.build_command))
            });
            Out::map().with(
                "CodeRepository",
                Out::map()
                    .with("RepositoryUrl", &service.source_url)
                    .with(
                        "SourceCodeVersion",
                        Out::map()
                            .with("Type", "BRANCH")
                            .with("Value", &service.branch),
                    )
                    .with(
                        "CodeConfiguration",
                        Out::map()
                            .with("ConfigurationSource", service.configuration_source.as_str())
                            .with_some("CodeConfigurationValues", values),
                    )
                    .with("SourceDirectory", &service.source_directory),
            )
        }
    };
    source
        .with("AutoDeploymentsEnabled", service.auto_deployments)
        .with("AuthenticationConfiguration", authentication)
}

fn list_operations(request: &Request<'_>) -> Result<Answer, Failure> {
    let service = service(request, "ServiceArn")?;
    let operations = &service.operations;
    let (range, next) = page::slice(request, operations.len(), "MaxResults", 20)?;
    let list = Out::list(&operations[range], |operation| {
        Out::map()
            .with("Id", &operation.id)
            .with("Type", operation.operation_type.as_str())
            .with("Status", operation.status.as_str())
            .with("TargetArn", &service.arn)
            .with("StartedAt", operation.started_at)
            .with_some("EndedAt", operation.ended_at)
            .with(
                "UpdatedAt",
                operation.ended_at.unwrap_or(operation.started_at),
            )
    });
    Ok(Answer {
        out: Out::map().with("OperationSummaryList", list),
        next,
    })
}

fn list_connections(request: &Request<'_>) -> Result<Answer, Failure> {
    let name = request.text("ConnectionName");
    let connections = request
        .account
        .connections
        .iter()
        .filter(|connection| request.in_region() && name.is_none_or(|name| connection.name == name))
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, connections.len(), "MaxResults", 100)?;
    let list = Out::list(&connections[range], |connection| {
        Out::map()
            .with("ConnectionName", &connection.name)
            .with("ConnectionArn", &connection.arn)
            .with("ProviderType", connection.provider.as_str())
            .with("Status", connection.status.as_str())
            .with("CreatedAt", connection.created_at)
    });
    Ok(Answer {
        out: Out::map().with("ConnectionSummaryList", list),
        next,
    })
}

fn describe_auto_scaling_configuration(request: &Request<'_>) -> Result<Answer, Failure> {
    let asked = checked_arn(request, "AutoScalingConfigurationArn")?;
    let scaling = &request.account.auto_scaling;
    // An ARN without its revision or id names the newest.
    let is_it = scaling.arn == asked
        || scaling
            .arn
            .strip_prefix(asked)
            .is_some_and(|rest| rest.starts_with('/'));
    if !is_it || !scaling.exists || !request.in_region() {
        return Err(not_found(asked));
    }
    let described = Out::map()
        .with("AutoScalingConfigurationArn", &scaling.arn)
        .with("AutoScalingConfigurationName", &scaling.name)
        .with("AutoScalingConfigurationRevision", scaling.revision)
        .with("Latest", true)
        .with("Status", "ACTIVE")
        .with("MaxConcurrency", scaling.concurrency)
        .with("MinSize", scaling.min)
        .with("MaxSize", scaling.max)
        .with("CreatedAt", scaling.created_at)
        .with("HasAssociatedService", true)
        .with("IsDefault", scaling.name == "DefaultConfiguration");
    Ok(Out::map()
        .with("AutoScalingConfiguration", described)
        .into())
}

fn service<'a>(request: &Request<'a>, member: &str) -> Result<&'a Service, Failure> {
    let asked = checked_arn(request, member)?;
    request
        .account
        .services
        .iter()
        .find(|service| service.arn == asked && request.in_region())
        .ok_or_else(|| not_found(asked))
}

fn checked_arn<'r>(request: &'r Request<'_>, member: &str) -> Result<&'r str, Failure> {
    let arn = request.required(member);
    let parts = arn.splitn(6, ':').collect::<Vec<_>>();
    let is_arn = matches!(parts.as_slice(), ["arn", "aws", "apprunner", _, account, rest]
        if account.len() == 12 && !rest.is_empty());
    if is_arn {
        Ok(arn)
    } else {
        Err(Failure::new(
            "InvalidRequestException",
            format!("The ARN '{arn}' is not valid."),
        ))
    }
}

fn not_found(arn: &str) -> Failure {
    Failure::new(
        "ResourceNotFoundException",
        format!("Resource with ARN '{arn}' could not be found."),
    )
}
