//! Evidence: what the records of a bundle say, with what may be concluded from it.
//!
//! It is built in one pass over the stream of records. Memory grows with the number of
//! deployments, not with the number of log lines.

mod build;
pub mod configuration;
mod had;
mod kept;
mod ledger;
mod missing;
mod questions;
mod read;
mod surroundings;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use evidence_schema::{
    Interval, Manifest, Time,
    read::{Cut, DigestCheck},
    record::{
        AutoScaling, Change, Connection, HealthEvent, Image, LogGroup, Metric, Operation,
        QuarantineReason, Repository, Role, Service,
    },
};

pub use self::{
    build::Builder,
    ledger::Ledger,
    missing::{Missing, Why},
    questions::{Case, Speech},
    surroundings::Surroundings,
};
pub use crate::observed::{LogText, Observed};
use crate::{attempt::Attempt, words};

/// What was met in the platform's log over the whole bundle.
#[derive(Clone, Debug, Default)]
pub struct PlatformLog {
    /// All lines.
    pub lines: u64,
    /// Lines that this version does not understand.
    pub unknown: u64,
    /// The first of them.
    pub samples: Vec<LogText>,
    /// Lines of another service of the same name.
    pub foreign: u64,
    /// Understood lines that were not kept because there were too many.
    pub dropped: u64,
}

/// What the records of a bundle say.
#[derive(Debug)]
pub struct Evidence {
    /// Who collected what, and when.
    pub manifest: Manifest,
    /// What was looked at.
    pub ledger: Ledger,
    /// The service.
    pub service: Option<Observed<Service>>,
    /// The service as the deployment under diagnosis had it, where that is known to differ from what
    /// it has now: the record of the deployment, and the service with the call that set what differs.
    pub attempted: Option<(u64, Observed<Service>)>,
    /// Why it is not known what the deployment under diagnosis had, where that may differ from what
    /// the service has now: an update that was rolled back, whose call was not seen.
    pub unsure: Option<(u64, Missing)>,
    /// All operations, oldest first.
    pub operations: Vec<Observed<Operation>>,
    /// Connections to source code providers.
    pub connections: Vec<Observed<Connection>>,
    /// The auto scaling configuration.
    pub auto_scaling: Option<Observed<AutoScaling>>,
    /// Roles that the service uses.
    pub roles: Vec<Observed<Role>>,
    /// Roles whose calls for a deployment were refused.
    pub deployers: Vec<Observed<Role>>,
    /// The repository of its image.
    pub repository: Option<Observed<Repository>>,
    /// Images.
    pub images: Vec<Observed<Image>>,
    /// Events of the AWS Health service.
    pub health_events: Vec<Observed<HealthEvent>>,
    /// Metrics; only the use of memory and counts of deployments with their points.
    pub metrics: Vec<Observed<Metric>>,
    /// API calls, oldest first.
    pub changes: Vec<Observed<Change>>,
    /// Log groups of the service.
    pub log_groups: Vec<Observed<LogGroup>>,
    /// What surrounds the service.
    pub surroundings: Surroundings,
    /// The platform's log.
    pub platform: PlatformLog,
    /// Deployments, oldest first.
    pub attempts: Vec<Attempt>,
    /// How many records there are.
    pub records: u64,
    /// Records of kinds that this version does not know.
    pub unknown_kinds: BTreeMap<String, u64>,
    /// Records that had been taken out, by their kind and why.
    pub quarantined: BTreeMap<(String, QuarantineReason), u64>,
    /// Records that could not be understood, and the first of them.
    pub unreadable: (u64, Option<(u64, String)>),
    /// Where the bundle was cut.
    pub cut: Option<Cut>,
    /// Whether the text is what was written.
    pub digest: DigestCheck,
}

impl Evidence {
    /// When the bundle was collected; the analyzer's only clock.
    pub fn now(&self) -> Time {
        self.manifest.collected_at
    }

    /// The newest deployment that failed or runs, and whether a later one went well. A call that was
    /// refused counts only where no deployment failed that is not mended.
    pub fn subject(&self) -> Option<(&Attempt, Option<&Attempt>)> {
        let operation = self.newest(|attempt| attempt.refusal.is_none());
        let refused = self.newest(|attempt| attempt.refusal.is_some());
        match (operation, refused) {
            (Some((failed, None)), _) => Some((failed, None)),
            (_, Some((refused, None))) => Some((refused, None)),
            (Some(mended), _) | (None, Some(mended)) => Some(mended),
            (None, None) => None,
        }
    }

    /// The newest failed or running attempt of some, and the newest that went well after it.
    fn newest(&self, of: impl Fn(&Attempt) -> bool) -> Option<(&Attempt, Option<&Attempt>)> {
        let index = self
            .attempts
            .iter()
            .rposition(|attempt| of(attempt) && (attempt.failed() || attempt.running()))?;
        let attempt = &self.attempts[index];
        // What a refused call asked for may be done by a deployment that was under way.
        let since = attempt.ended.unwrap_or(attempt.started);
        let after = self.attempts.iter().rev().find(|other| {
            other.succeeded()
                && (other.started > attempt.started
                    || (attempt.refusal.is_some()
                        && other.ended.is_some_and(|ended| ended > since)))
        });
        Some((attempt, after))
    }

    /// The newest deployment that went well before `attempt` began.
    pub fn success_before(&self, attempt: &Attempt) -> Option<&Attempt> {
        self.attempts
            .iter()
            .rev()
            .find(|other| other.succeeded() && other.started < attempt.started)
    }

    /// How many deployments began in the last `span`, and how many of them failed.
    pub fn deployments_in(&self, span: TimeDelta) -> (usize, usize) {
        let from = words::before(self.now(), span);
        let deployments = || self.attempts.iter().filter(|it| it.refusal.is_none());
        let begun = || deployments().filter(|it| it.started >= from);
        (begun().count(), begun().filter(|it| it.failed()).count())
    }

    /// From the begin of `attempt` to its end, or to now.
    pub fn window(&self, attempt: &Attempt) -> Interval {
        Interval {
            from: attempt.started,
            to: attempt.ended.unwrap_or(self.now()).max(attempt.started),
        }
    }
}
