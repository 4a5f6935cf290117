//! What is to be collected, and how.

use std::{path::PathBuf, time::Duration};

use chrono::TimeDelta;
use clap::ValueEnum;

use crate::{
    aws::Access, choice::Choice, encrypt::Recipient, patience::Patience, progress::Voice,
    size::Size, target::Wanted,
};

/// What is to be collected, and how.
#[derive(Debug)]
pub(crate) struct CollectPlan {
    /// The service as it was typed.
    pub service_text: String,
    /// The service that is meant.
    pub service: Wanted,
    /// The account and the Region.
    pub access: Access,
    /// How long AWS is waited for.
    pub patience: Patience,
    /// Which sources are asked.
    pub choice: Choice,
    /// How far to look back.
    pub since: TimeDelta,
    /// Which lines of the application are wanted.
    pub app_logs: AppLogs,
    /// How many of them are kept away from failed deployments.
    pub app_log_limit: u32,
    /// A checkout of the application.
    pub source_dir: Option<PathBuf>,
    /// The file that was asked for.
    pub output: Option<PathBuf>,
    /// Whether it may replace another.
    pub force: bool,
    /// Who can read it; nobody: everybody can.
    pub recipients: Vec<Recipient>,
    /// How large it may become.
    pub max_size: Option<Size>,
    /// How long the collection may take.
    pub deadline: Duration,
    /// Where deployments are counted by the customer.
    pub deployment_metrics: Option<String>,
    /// How much is told on the way.
    pub voice: Voice,
}

/// Which lines of the application are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AppLogs {
    /// In full around every failed or running deployment, first and last lines elsewhere
    Incident,
    /// Every line
    All,
    /// None
    None,
}
