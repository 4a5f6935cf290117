//! App Runner services with their operations and their logs.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use toml::Spanned;

use super::{
    ConfigurationSource, Context, HealthProtocol, OperationStatus, OperationType, Problem,
    ServiceStatus, SourceKind, id,
    log::Logs,
    operation::{self, Blocks, Operation},
    resource, role,
    stated::{BulkOperationText, OperationText, ServiceText},
};

/// An App Runner service.
#[derive(Clone, Debug)]
pub struct Service {
    /// The name.
    pub name: String,
    /// The id, 32 hex digits.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The host name.
    pub url: String,
    /// How it stands.
    pub status: ServiceStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When an operation last changed it.
    pub updated_at: DateTime<Utc>,
    /// Where the application comes from.
    pub source: SourceKind,
    /// The image, of an image service.
    pub image: Option<String>,
    /// The repository of source code.
    pub source_url: String,
    /// Its branch.
    pub branch: String,
    /// The directory that is built.
    pub source_directory: String,
    /// Where the configuration of source code comes from.
    pub configuration_source: ConfigurationSource,
    /// The managed runtime.
    pub runtime: String,
    /// The build command.
    pub build_command: String,
    /// The start command.
    pub start_command: Option<String>,
    /// The port.
    pub port: String,
    /// The environment variables.
    pub environment: IndexMap<String, String>,
    /// Environment variables and the secrets that they refer to.
    pub secrets: IndexMap<String, String>,
    /// Whether a push deploys.
    pub auto_deployments: bool,
    /// The name of the connection of a code service.
    pub connection: Option<String>,
    /// The ARN of the connection.
    pub connection_arn: Option<String>,
    /// The ARN of the access role.
    pub access_role_arn: Option<String>,
    /// The ARN of the instance role.
    pub instance_role_arn: Option<String>,
    /// CPU.
    pub cpu: String,
    /// Memory.
    pub memory: String,
    /// How health is checked.
    pub health_check: HealthCheck,
    /// The ARN of the VPC connector.
    pub vpc_connector_arn: Option<String>,
    /// Whether it is reachable from the internet.
    pub public: bool,
    /// The ARN of the observability configuration.
    pub observability_arn: Option<String>,
    /// The customer's key.
    pub kms_key: Option<String>,
    /// The tags.
    pub tags: IndexMap<String, String>,
    /// The operations, newest first.
    pub operations: Vec<Operation>,
}

impl Service {
    /// The log group of the platform's lines.
    pub fn service_log_group(&self) -> String {
        format!("/aws/apprunner/{}/{}/service", self.name, self.id)
    }

    /// The log group of the application's lines.
    pub fn application_log_group(&self) -> String {
        format!("/aws/apprunner/{}/{}/application", self.name, self.id)
    }

    /// Whether the image is in ECR Public.
    pub fn is_public_image(&self) -> bool {
        let image = self.image.as_deref().unwrap_or_default();
        image.starts_with("public.ecr.aws/")
    }

    /// When it first served, if it ever did.
    pub fn up_since(&self) -> Option<DateTime<Utc>> {
        self.operations
            .iter()
            .filter(|operation| {
                operation.operation_type.deploys() && operation.status == OperationStatus::Succeeded
            })
            .filter_map(|operation| operation.ended_at)
            .min()
    }
}

/// How health is checked.
#[derive(Clone, Debug)]
pub struct HealthCheck {
    /// By connection or by request.
    pub protocol: HealthProtocol,
    /// The path.
    pub path: String,
    /// Seconds between two checks.
    pub interval: i32,
    /// Seconds to wait.
    pub timeout: i32,
    /// Successes that make it healthy.
    pub healthy_threshold: i32,
    /// Failures that make it unhealthy.
    pub unhealthy_threshold: i32,
}

/// Resolves a service and writes the lines of its operations to the logs.
pub(super) fn resolve(
    logs: &mut Logs,
    text: ServiceText,
    operations: Vec<Spanned<OperationText>>,
    bulk: Vec<Spanned<BulkOperationText>>,
    context: &Context,
) -> Result<Service, Problem> {
    let mut service = configuration(text, context)?;
    let stated_status = service.1;
    let service = &mut service.0;
    for operation in bulk {
        operation::bulk_operations(service, operation, context)?;
    }
    let mut blocks = Vec::new();
    for text in operations {
        let (operation, lines) = operation::operation(service, text, context)?;
        service.operations.push(operation.clone());
        blocks.push((operation, lines));
    }
    let is_create =
        |operation: &Operation| operation.operation_type == OperationType::CreateService;
    if !service.operations.iter().any(is_create) {
        let create = operation::default_create(service, context);
        service.operations.push(create.clone());
        blocks.push((create, Blocks::default()));
    }
    service
        .operations
        .sort_by(|a, b| (b.started_at, &b.id).cmp(&(a.started_at, &a.id)));
    let mut ids = BTreeSet::new();
    if let Some(twin) = service.operations.iter().find(|it| !ids.insert(&it.id)) {
        return Err(Problem::unplaced(format!(
            "two operations have the id {}: state another `start` or an `id`",
            twin.id
        )));
    }
    service.status = stated_status.unwrap_or_else(|| status(&service.operations));
    service.created_at = service
        .operations
        .iter()
        .filter(|operation| is_create(operation))
        .map(|operation| operation.started_at)
        .min()
        .unwrap_or(context.now);
    service.updated_at = service.operations.first().map_or(context.now, |newest| {
        newest.ended_at.unwrap_or(newest.started_at)
    });
    for (operation, blocks) in blocks {
        operation::write_lines(logs, service, &operation, blocks, context);
    }
    Ok(service.clone())
}

fn configuration(
    text: ServiceText,
    context: &Context,
) -> Result<(Service, Option<ServiceStatus>), Problem> {
    let name = match text.name {
        Some(name) if is_service_name(name.get_ref()) => name.into_inner(),
        Some(name) => {
            return Err(Problem::at(
                name.span(),
                "the name of a service has 4 to 40 letters, digits, `-` and `_`, and begins with a letter or digit",
            ));
        }
        None => "shop".to_owned(),
    };
    let id = match text.id {
        Some(id) if id.get_ref().len() == 32 && is_hex(id.get_ref()) => id.into_inner(),
        Some(id) => {
            return Err(Problem::at(
                id.span(),
                "the id of a service has 32 hex digits",
            ));
        }
        None => id::plain(&id::uuid(&[
            "service",
            &context.account,
            &context.region,
            &name,
        ])),
    };
    let image = match (text.source, text.image) {
        (SourceKind::Image, None) => Some(format!(
            "{}.dkr.ecr.{}.amazonaws.com/{}:v1",
            context.account, context.region, name
        )),
        (SourceKind::Image, Some(image)) => {
            let identifier = image.get_ref();
            let is_private = super::ImageReference::parse(identifier).is_some();
            if !is_private && !identifier.starts_with("public.ecr.aws/") {
                return Err(Problem::at(
                    image.span(),
                    "App Runner takes images of a private ECR registry or of public.ecr.aws",
                ));
            }
            Some(image.into_inner())
        }
        (_, Some(image)) => {
            return Err(Problem::at(image.span(), "a code service has no image"));
        }
        (_, None) => None,
    };
    let is_code = text.source != SourceKind::Image;
    let is_private_image = image
        .as_deref()
        .is_some_and(|image| !image.starts_with("public.ecr.aws/"));
    let connection = is_code.then(|| {
        text.connection
            .unwrap_or_else(|| text.source.as_str().to_owned())
    });
    let access_role = text.access_role.unwrap_or_else(|| {
        let default = if is_private_image {
            "AppRunnerEcrAccess"
        } else {
            ""
        };
        default.to_owned()
    });
    let instance_role = text
        .instance_role
        .unwrap_or_else(|| "AppRunnerInstance".to_owned());
    let arn = format!("{}:service/{name}/{id}", context.apprunner());
    let url_name = id::hex(10, &["url", &id]);
    let check = text.health_check;
    let service = Service {
        arn,
        url: format!("{url_name}.{}.awsapprunner.com", context.region),
        status: ServiceStatus::Running,
        created_at: context.now,
        updated_at: context.now,
        source: text.source,
        source_url: text
            .source_url
            .unwrap_or_else(|| format!("{}/{name}", code_host(text.source))),
        branch: text.branch.unwrap_or_else(|| "main".to_owned()),
        source_directory: text.source_directory.unwrap_or_else(|| "/".to_owned()),
        configuration_source: text
            .configuration_source
            .unwrap_or(ConfigurationSource::Repository),
        runtime: text.runtime.unwrap_or_else(|| "PYTHON_311".to_owned()),
        build_command: text
            .build_command
            .unwrap_or_else(|| "pip3 install -r requirements.txt -t .".to_owned()),
        start_command: text
            .start_command
            .or_else(|| is_code.then(|| "python3 main.py".to_owned())),
        port: text.port.unwrap_or_else(|| "8080".to_owned()),
        environment: text.environment,
        secrets: text.secrets,
        auto_deployments: text.auto_deployments.unwrap_or(is_code || is_private_image),
        connection_arn: connection
            .as_ref()
            .map(|name| resource::connection_arn(name, context)),
        connection,
        access_role_arn: role::role_arn(&access_role, context),
        instance_role_arn: role::role_arn(&instance_role, context),
        cpu: text.cpu.unwrap_or_else(|| "1024".to_owned()),
        memory: text.memory.unwrap_or_else(|| "2048".to_owned()),
        health_check: HealthCheck {
            protocol: check.protocol.unwrap_or(HealthProtocol::Tcp),
            path: check.path.unwrap_or_else(|| "/".to_owned()),
            interval: check.interval.unwrap_or(5),
            timeout: check.timeout.unwrap_or(2),
            healthy_threshold: check.healthy_threshold.unwrap_or(1),
            unhealthy_threshold: check.unhealthy_threshold.unwrap_or(5),
        },
        vpc_connector_arn: text
            .vpc_connector
            .map(|name| resource::vpc_connector_arn(&name, context)),
        public: text.public.unwrap_or(true),
        observability_arn: text
            .observability
            .map(|name| resource::observability_arn(&name, context)),
        kms_key: text.kms_key,
        tags: text.tags,
        operations: Vec::new(),
        image,
        id,
        name,
    };
    Ok((service, text.status))
}

fn status(newest_first: &[Operation]) -> ServiceStatus {
    for operation in newest_first {
        match (operation.operation_type, operation.status) {
            (
                _,
                OperationStatus::Pending
                | OperationStatus::InProgress
                | OperationStatus::RollbackInProgress,
            ) => return ServiceStatus::OperationInProgress,
            (OperationType::CreateService, OperationStatus::Failed) => {
                return ServiceStatus::CreateFailed;
            }
            (OperationType::PauseService, OperationStatus::Succeeded) => {
                return ServiceStatus::Paused;
            }
            (OperationType::DeleteService, OperationStatus::Succeeded) => {
                return ServiceStatus::Deleted;
            }
            (OperationType::DeleteService, _) => return ServiceStatus::DeleteFailed,
            (_, OperationStatus::Succeeded) => return ServiceStatus::Running,
            _ => {}
        }
    }
    ServiceStatus::Running
}

fn code_host(source: SourceKind) -> &'static str {
    match source {
        SourceKind::Bitbucket => "https://bitbucket.org/example-org",
        SourceKind::Github | SourceKind::Image => "https://github.com/example-org",
    }
}

fn is_service_name(name: &str) -> bool {
    (4..=40).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
