use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{open_enum::open_enum, time::Time};

/// One operation of the service, as `apprunner:ListOperations` gives it. There is no reason in it:
/// that is only in the logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// The id, as AWS wrote it. Log streams write the same id without dashes.
    // `id` is the position of the record, which stands in the same JSON object.
    #[serde(rename = "operation_id")]
    pub id: String,
    /// What was asked for.
    #[serde(rename = "type")]
    pub operation_type: OperationType,
    /// How it ended, or that it goes on.
    pub status: OperationStatus,
    /// The resource that it acted on.
    pub target_arn: Option<String>,
    /// When it began.
    pub started_at: Option<Time>,
    /// When it ended; missing while it runs.
    pub ended_at: Option<Time>,
    /// When AWS last changed it.
    pub updated_at: Option<Time>,
}

open_enum! {
    /// What an operation does.
    OperationType {
        /// A deployment of the same configuration, also by automatic deployment.
        StartDeployment = "START_DEPLOYMENT",
        /// The first deployment.
        CreateService = "CREATE_SERVICE",
        /// A pause.
        PauseService = "PAUSE_SERVICE",
        /// A resume.
        ResumeService = "RESUME_SERVICE",
        /// A deletion.
        DeleteService = "DELETE_SERVICE",
        /// A change of configuration, or the rebuild of a failed service.
        UpdateService = "UPDATE_SERVICE",
    }
}

impl OperationType {
    /// Whether the operation deploys something.
    pub fn deploys(&self) -> bool {
        matches!(
            self,
            Self::StartDeployment | Self::CreateService | Self::UpdateService
        )
    }
}

open_enum! {
    /// How an operation stands.
    OperationStatus {
        /// Accepted and not begun.
        Pending = "PENDING",
        /// Under way.
        InProgress = "IN_PROGRESS",
        /// Failed with nothing to go back to, as a failed create.
        Failed = "FAILED",
        /// Ended well.
        Succeeded = "SUCCEEDED",
        /// Failed; the old version is being restored.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// Failed, and the old version could not be restored.
        RollbackFailed = "ROLLBACK_FAILED",
        /// Failed; the old version runs on, and the service says RUNNING.
        RollbackSucceeded = "ROLLBACK_SUCCEEDED",
    }
}

impl OperationStatus {
    /// Whether what was asked for did not happen.
    pub fn failed(&self) -> bool {
        matches!(
            self,
            Self::Failed
                | Self::RollbackInProgress
                | Self::RollbackFailed
                | Self::RollbackSucceeded
        )
    }

    /// Whether the operation has not ended yet.
    pub fn running(&self) -> bool {
        matches!(
            self,
            Self::Pending | Self::InProgress | Self::RollbackInProgress
        )
    }
}
