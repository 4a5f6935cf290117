//! An attempt: one deployment, with its window, its messages in order, and how far it came.
//!
//! Logs of several attempts share one group, so every rule about a deployment reasons about an
//! attempt and never about the whole history.

mod application;
mod join;
mod refused;

use evidence_schema::{
    Time,
    record::{OperationStatus, OperationType},
};

pub use self::{
    application::{Application, Batch, Collector, STREAM},
    join::{PlatformLine, join},
    refused::{Known, RefusedCall, refused},
};
use crate::{
    bounded::HeadTail,
    message::{Message, Phase},
    observed::LogText,
};

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Succeeded,
    /// It failed with nothing to go back to.
    Failed,
    /// It failed, and the old version runs on.
    RolledBack,
    /// It failed, and the old version could not be restored.
    RollbackFailed,
    /// It failed; the old version is being restored.
    RollingBack,
    /// It is under way.
    Running,
    /// App Runner refused the call that asked for it, so that nothing began.
    Refused,
    /// The log has no end of it.
    Unknown,
}

impl Outcome {
    /// The outcome of an operation.
    pub fn of(status: &OperationStatus) -> Self {
        match status {
            OperationStatus::Pending | OperationStatus::InProgress => Self::Running,
            OperationStatus::Failed => Self::Failed,
            OperationStatus::Succeeded => Self::Succeeded,
            OperationStatus::RollbackInProgress => Self::RollingBack,
            OperationStatus::RollbackFailed => Self::RollbackFailed,
            OperationStatus::RollbackSucceeded => Self::RolledBack,
            OperationStatus::Other(_) => Self::Unknown,
        }
    }

    /// The outcome in words, after "the deployment".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::RolledBack => "failed and was rolled back",
            Self::RollbackFailed => "failed, and the rollback failed too",
            Self::RollingBack => "failed and is being rolled back",
            Self::Running => "is under way",
            Self::Refused => "was refused",
            Self::Unknown => "has no known end",
        }
    }
}

/// Where the knowledge of an attempt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// `ListOperations` has it.
    Operation,
    /// Only the service log tells of it.
    ServiceLog,
    /// CloudTrail has the call that was refused.
    Call,
}

/// A line that the user's build wrote.
pub type BuildOutput = HeadTail<LogText, 10, 60>;

/// One deployment.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The id as logs write it, where it is known.
    pub id: Option<String>,
    /// What was asked for.
    pub kind: OperationType,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    pub started: Time,
    /// When it ended; missing while it runs.
    pub ended: Option<Time>,
    /// The record that tells of it.
    pub record: u64,
    /// Where the knowledge comes from.
    pub basis: Basis,
    /// What the platform wrote, in order.
    pub lines: Vec<PlatformLine>,
    /// What the user's build wrote.
    pub build: BuildOutput,
    /// What the application wrote. Collected for the attempt under diagnosis only.
    pub application: Application,
    /// The call that was refused, when nothing began.
    pub refusal: Option<RefusedCall>,
}

impl Attempt {
    /// Whether what was asked for did not happen.
    pub fn failed(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Failed
                | Outcome::RolledBack
                | Outcome::RollbackFailed
                | Outcome::RollingBack
                | Outcome::Refused
        )
    }

    /// Whether it has not ended.
    pub fn running(&self) -> bool {
        self.outcome == Outcome::Running
    }

    /// Whether it ended well.
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Succeeded
    }

    /// How far it came.
    pub fn phase(&self) -> Phase {
        self.lines
            .iter()
            .filter_map(|line| line.message.phase())
            .max()
            .unwrap_or(Phase::Accepted)
    }

    /// The last step that ended well before the first failure.
    pub fn last_success(&self) -> Option<&PlatformLine> {
        let until = self
            .lines
            .iter()
            .position(|line| line.message.is_failure())
            .unwrap_or(self.lines.len());
        self.lines[..until]
            .iter()
            .rev()
            .find(|line| line.message.is_success())
    }

    /// Lines that tell of a failure, in order.
    pub fn failures(&self) -> impl DoubleEndedIterator<Item = &PlatformLine> {
        self.lines.iter().filter(|line| line.message.is_failure())
    }

    /// When the first failure was written, or when it ended.
    pub fn failed_at(&self) -> Option<Time> {
        self.failures()
            .next()
            .map(|line| line.time)
            .or(if self.failed() { self.ended } else { None })
    }

    /// The first line for which `wanted` gives something.
    pub fn find<'a, T>(
        &'a self,
        mut wanted: impl FnMut(&'a Message) -> Option<T>,
    ) -> Option<(&'a PlatformLine, T)> {
        self.lines
            .iter()
            .find_map(|line| wanted(&line.message).map(|found| (line, found)))
    }

    /// What it is, in words: `deployment`, `creation`, `update`.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            OperationType::CreateService => "creation",
            OperationType::UpdateService => "update",
            OperationType::Other(_) if self.refusal.is_some() => "call",
            _ => "deployment",
        }
    }
}

#[cfg(test)]
mod tests;
