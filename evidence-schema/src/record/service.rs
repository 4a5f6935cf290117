use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{open_enum::open_enum, time::Time, withheld::Withheld};

/// The service, as `apprunner:DescribeService` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// The name, 4 to 40 characters.
    pub name: String,
    /// The id, 32 hex digits.
    // `id` is the position of the record, which stands in the same JSON object.
    #[serde(rename = "service_id")]
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The host name that it serves; a private service may have none.
    pub url: Option<String>,
    /// How it stands. `RUNNING` does not mean that the last deployment worked.
    pub status: ServiceStatus,
    /// When it was created.
    pub created_at: Option<Time>,
    /// When it was last changed.
    pub updated_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
    /// What it deploys.
    pub source: Source,
    /// The size of its instances and the role that they run under.
    pub instance: Instance,
    /// How App Runner decides that an instance is healthy.
    pub health_check: Option<HealthCheck>,
    /// The ARN of its auto scaling configuration.
    pub auto_scaling_configuration_arn: Option<String>,
    /// How traffic comes in and goes out.
    pub network: Network,
    /// Tracing.
    pub observability: Option<Observability>,
    /// The key that encrypts the stored source and the logs, when it is the customer's own.
    pub kms_key: Option<String>,
}

open_enum! {
    /// How a service stands.
    ServiceStatus {
        /// The first deployment failed; nothing runs.
        CreateFailed = "CREATE_FAILED",
        /// A version runs, perhaps not the newest.
        Running = "RUNNING",
        /// It was deleted.
        Deleted = "DELETED",
        /// Its deletion failed.
        DeleteFailed = "DELETE_FAILED",
        /// It is paused; deployments are refused.
        Paused = "PAUSED",
        /// An operation runs; other changes are refused.
        OperationInProgress = "OPERATION_IN_PROGRESS",
    }
}

/// What a service deploys and how it gets at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// An image or source code.
    pub origin: Origin,
    /// Whether a push deploys by itself.
    pub auto_deployments_enabled: Option<bool>,
    /// The role that pulls from a private ECR repository.
    pub access_role_arn: Option<String>,
    /// The connection that pulls source code.
    pub connection_arn: Option<String>,
}

/// An image or source code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Origin {
    /// An image of ECR or ECR Public.
    Image(ImageSource),
    /// A repository of source code.
    Code(CodeSource),
    /// AWS named neither.
    Unknown,
}

/// An image of ECR or ECR Public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageSource {
    /// The image, as it was given: registry, repository, and tag or digest.
    pub identifier: String,
    /// `ECR` or `ECR_PUBLIC`.
    pub repository_type: String,
    /// How it is run.
    pub configuration: Configuration,
}

/// A repository of source code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeSource {
    /// The URL, without user name, password or token.
    pub repository_url: String,
    /// The branch.
    pub branch: Option<String>,
    /// The directory that is built; the root of the repository when missing.
    pub source_directory: Option<String>,
    /// Where the configuration comes from.
    pub configuration_source: Option<ConfigurationSource>,
    /// The configuration of the API; ignored by App Runner when the source is `REPOSITORY`.
    pub configuration: Option<Configuration>,
}

open_enum! {
    /// Where the configuration of a source code service comes from.
    ConfigurationSource {
        /// `apprunner.yaml` in the source directory.
        Repository = "REPOSITORY",
        /// The API; `apprunner.yaml` is ignored.
        Api = "API",
    }
}

/// How an image or a build is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Configuration {
    /// The managed runtime, for source code.
    pub runtime: Option<String>,
    /// The build command, for source code.
    pub build_command: Option<String>,
    /// The start command; it replaces the image's own.
    pub start_command: Option<String>,
    /// The port that App Runner asks; a string in the API.
    pub port: Option<String>,
    /// The names of environment variables; their values are withheld.
    pub environment_variables: BTreeMap<String, Withheld>,
    /// Names of environment variables and the ARN of the secret or parameter that each refers to.
    pub environment_secrets: BTreeMap<String, String>,
}

/// The size of the instances and the role that they run under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    /// CPU as AWS wrote it: `1024` or `1 vCPU`.
    pub cpu: Option<String>,
    /// Memory as AWS wrote it: `2048` or `2 GB`.
    pub memory: Option<String>,
    /// The instance role.
    pub role_arn: Option<String>,
}

/// How App Runner decides that an instance is healthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthCheck {
    /// `TCP` or `HTTP`.
    pub protocol: Option<String>,
    /// The path, for HTTP.
    pub path: Option<String>,
    /// Seconds between two checks.
    pub interval_seconds: Option<i32>,
    /// Seconds to wait for an answer.
    pub timeout_seconds: Option<i32>,
    /// Successes in a row that make it healthy.
    pub healthy_threshold: Option<i32>,
    /// Failures in a row that make it unhealthy.
    pub unhealthy_threshold: Option<i32>,
}

/// How traffic comes in and goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// `DEFAULT` or `VPC`.
    pub egress_type: Option<String>,
    /// The VPC connector, for egress by `VPC`.
    pub vpc_connector_arn: Option<String>,
    /// Whether the service is reachable from the internet.
    pub publicly_accessible: Option<bool>,
    /// `IPV4` or `DUAL_STACK`.
    pub ip_address_type: Option<String>,
}

/// Tracing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observability {
    /// Whether it is on.
    pub enabled: bool,
    /// The configuration that is used.
    pub configuration_arn: Option<String>,
}
