//! Platform wording: a line of the service log, understood.
//!
//! The wording is a table with its history (`message/table.rs`), because App Runner reworded its
//! lines more than once and bundles of any year are read. Nothing outside this module looks at the
//! text of a platform line.

mod prefix;
mod refusal;
mod table;

pub use self::{
    prefix::{Prefix, split},
    refusal::{Refusal, refusal},
    table::{FORMS, Form},
};

/// What a platform line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A lifecycle operation began, ended well, or failed without a reason.
    Lifecycle(Action, Progress),
    /// The status of the service changed.
    Status(String),
    /// A deployment began.
    DeploymentStarted {
        /// The id, 32 hex digits.
        id: String,
        /// `SERVICE_CREATE`, `SERVICE_UPDATE` or `SERVICE_DEPLOY`.
        trigger: Option<String>,
    },
    /// A deployment failed, perhaps with the platform's reason.
    DeploymentFailed {
        /// The id, where the line has one.
        id: Option<String>,
        /// The reason, where the line has one.
        reason: Option<String>,
    },
    /// What a source deployment deploys.
    Artifact(String),
    /// The pipeline for automatic deployments is being made or was made.
    Pipeline,
    /// A deployment stream begins to deploy.
    DeployStarted,
    /// The image pull began.
    PullStarted {
        /// Registry and repository.
        image: Option<String>,
    },
    /// The image was pulled.
    PullSucceeded,
    /// The image was not pulled.
    PullFailed(PullFailure),
    /// The source pull began.
    SourcePullStarted,
    /// The source was pulled.
    SourcePulled,
    /// The source was not pulled.
    SourcePullFailed(SourceFailure),
    /// The configuration file is being read.
    ConfigReading,
    /// The configuration file was accepted.
    ConfigAccepted,
    /// The build began.
    BuildStarted,
    /// The build went well.
    BuildSucceeded,
    /// The build failed.
    BuildFailed(BuildFailure),
    /// Instances are being started.
    Provisioning,
    /// The application ended.
    ApplicationStopped {
        /// The exit code of the container; reports before 2023 have none.
        exit_code: Option<i32>,
    },
    /// App Runner asks the application.
    HealthCheckStarted(Probe),
    /// The application answered.
    HealthCheckPassed,
    /// The application did not answer, or not with success.
    HealthCheckFailed(Probe),
    /// The hint that is printed for every failed health check, on a line of its own.
    PortHint,
    /// The end of the line above, on a line of its own; it adds nothing.
    Continuation,
    /// Traffic goes to the new version.
    TrafficRouted,
    /// The closing line of a failed deployment; it names no cause.
    DeployFailed,
    /// The account's limit of Fargate vCPU was in the way.
    VcpuLimit,
    /// A warning about public subnets of a VPC connector.
    PublicSubnets,
    /// Subnets of a VPC connector cannot be used.
    SubnetTrouble(String),
    /// A secret could not be read.
    SecretUnreadable(String),
}

/// What a lifecycle line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The service is created.
    Create,
    /// The service is updated.
    Update,
    /// The service is deployed.
    Deploy,
    /// Pause, resume or deletion, which deploy nothing.
    Other,
}

/// How far a lifecycle operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It began.
    Started,
    /// It ended well.
    Succeeded,
    /// It failed.
    Failed,
}

/// Why an image was not pulled, as the platform words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullFailure {
    /// "Be sure you configure your service with a valid access role": until 2022 also printed for
    /// an image that does not exist.
    AccessRoleOrImage,
    /// "Invalid Access Role in AuthenticationConfiguration".
    AccessRole,
    /// "ECR image doesn't exist".
    ImageMissing,
    /// "Failed to copy the image from ECR".
    NotCopied,
    /// Anything else.
    Other(String),
}

/// Why source code was not pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceFailure {
    /// The latest commit could not be read through the connection.
    LatestCommit,
    /// The repository could not be pulled.
    Repository(String),
}

/// Why a build failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildFailure {
    /// A command ended with an error; `build`, `pre_build`, …
    Command(String),
    /// There is no `apprunner.yaml` in the source directory.
    ConfigMissing(String),
    /// The runtime or its version is not accepted.
    Runtime,
    /// Anything else.
    Other(String),
}

/// What a health check asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// `TCP` or `HTTP`; lines before 2025 do not say.
    pub protocol: Option<String>,
    /// The path, for HTTP.
    pub path: Option<String>,
    /// The port.
    pub port: Option<u16>,
}

/// How far a deployment came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The API accepted it.
    Accepted,
    /// The image or the source code is fetched.
    Pull,
    /// The configuration file is read.
    Config,
    /// The source is built.
    Build,
    /// Instances are made.
    Provision,
    /// The application starts.
    Start,
    /// App Runner asks the application.
    Health,
    /// Traffic moves.
    Route,
}

impl Phase {
    /// The phase in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Pull => "pull",
            Self::Config => "configuration file",
            Self::Build => "build",
            Self::Provision => "provisioning",
            Self::Start => "start",
            Self::Health => "health check",
            Self::Route => "routing",
        }
    }
}

impl Message {
    /// The phase that a deployment has reached when this is written.
    pub fn phase(&self) -> Option<Phase> {
        Some(match self {
            Self::Lifecycle(_, Progress::Started) | Self::DeploymentStarted { .. } => {
                Phase::Accepted
            }
            Self::PullStarted { .. }
            | Self::PullSucceeded
            | Self::SourcePullStarted
            | Self::SourcePulled
            | Self::SourcePullFailed(_) => Phase::Pull,
            Self::ConfigReading | Self::ConfigAccepted => Phase::Config,
            Self::BuildStarted | Self::BuildSucceeded => Phase::Build,
            Self::BuildFailed(BuildFailure::Command(_)) => Phase::Build,
            Self::Provisioning => Phase::Provision,
            Self::ApplicationStopped { .. } => Phase::Start,
            Self::HealthCheckStarted(_) | Self::HealthCheckFailed(_) => Phase::Health,
            Self::HealthCheckPassed | Self::TrafficRouted => Phase::Route,
            // A pull failure is also printed while rolling back, so it says nothing of the phase.
            _ => return None,
        })
    }

    /// Whether a step of a deployment ended well.
    pub fn is_success(&self) -> bool {
        matches!(
            self,
            Self::PullSucceeded
                | Self::SourcePulled
                | Self::ConfigAccepted
                | Self::BuildSucceeded
                | Self::HealthCheckPassed
                | Self::TrafficRouted
                | Self::Lifecycle(_, Progress::Succeeded)
        )
    }

    /// Whether a step of a deployment, or the whole, failed.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::PullFailed(_)
                | Self::SourcePullFailed(_)
                | Self::BuildFailed(_)
                | Self::ApplicationStopped { .. }
                | Self::HealthCheckFailed(_)
                | Self::DeployFailed
                | Self::DeploymentFailed { .. }
                | Self::VcpuLimit
                | Self::SubnetTrouble(_)
                | Self::SecretUnreadable(_)
                | Self::Lifecycle(_, Progress::Failed)
        )
    }
}

/// What a line of the service log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It says this.
    Known(Message),
    /// The user's build wrote it: the step, and the text.
    BuildOutput(Prefix, String),
    /// There is nothing on it.
    Blank,
    /// The platform wrote it and this version does not understand it.
    Unknown,
}

/// Understands one line of the service log.
pub fn read(raw: &str) -> Reading {
    // Some agents and consoles keep the end of a line, which means nothing.
    let (prefix, text) = split(raw.trim_end_matches(['\r', '\n']));
    match prefix {
        Some(Prefix::AppRunner) | None if text.trim().is_empty() => Reading::Blank,
        Some(Prefix::AppRunner) | None => match table::understand(text) {
            Some(message) => Reading::Known(message),
            None => Reading::Unknown,
        },
        Some(step) => Reading::BuildOutput(step, text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
