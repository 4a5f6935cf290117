//! Which line of the service log belongs to which attempt.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use evidence_schema::{
    Time,
    record::{Operation, OperationType},
};

use super::{Application, Attempt, Basis, BuildOutput, Outcome};
use crate::{
    message::{Action, Message, Progress},
    observed::Observed,
    words::{self, plain_id},
};

/// A line may be written this long before the operation says that it began.
const EARLY: TimeDelta = TimeDelta::seconds(2);

/// A line may be written this long after the operation says that it ended.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// A line of the service log that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformLine {
    /// The record.
    pub record: u64,
    /// When it was written.
    pub time: Time,
    /// The stream: `events` or `deployment/…`.
    pub stream: String,
    /// What it says.
    pub message: Message,
    /// The text, perhaps shortened.
    pub text: String,
}

impl PlatformLine {
    /// The id of the deployment that the stream or the text names.
    fn deployment(&self) -> Option<String> {
        match &self.message {
            Message::DeploymentStarted { id, .. } => Some(id.clone()),
            Message::DeploymentFailed { id: Some(id), .. } => Some(id.clone()),
            _ => stream_id(&self.stream),
        }
    }
}

fn stream_id(stream: &str) -> Option<String> {
    let (kind, id) = stream.split_once('/')?;
    (kind != "instance").then(|| plain_id(id))
}

/// Builds the attempts and gives each its lines.
pub fn join(
    operations: &[Observed<Operation>],
    mut lines: Vec<PlatformLine>,
    build: BTreeMap<String, BuildOutput>,
    now: Time,
) -> Vec<Attempt> {
    lines.sort_by_key(|line| (line.time, line.record));
    // The list of operations may be denied while the log can be read.
    let (mut slots, basis) = if operations.is_empty() {
        (from_log(&lines, now), Basis::ServiceLog)
    } else {
        (from_operations(operations), Basis::Operation)
    };
    slots.sort_by_key(|slot| (slot.attempt.started, slot.attempt.record));

    // The id of an update's stream is not documented to be that of the operation. A stream whose
    // id no operation has belongs to the attempt during which it began.
    let known: BTreeMap<String, usize> = slots
        .iter()
        .enumerate()
        .filter_map(|(index, slot)| Some((slot.attempt.id.clone()?, index)))
        .collect();
    let mut streams: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for line in lines {
        let index = match line.deployment() {
            Some(id) => match known.get(&id) {
                Some(index) => Some(*index),
                None => *streams
                    .entry(id)
                    .or_insert_with(|| by_time(&slots, line.time)),
            },
            None => by_time(&slots, line.time),
        };
        if let Some(index) = index {
            slots[index].attempt.lines.push(line);
        }
    }
    for (stream, output) in build {
        let Some(first) = output.first() else {
            continue;
        };
        let index = stream_id(&stream)
            .and_then(|id| known.get(&id).copied())
            .or_else(|| by_time(&slots, first.time));
        if let Some(index) = index {
            slots[index].attempt.build = output;
        }
    }
    slots
        .into_iter()
        .filter(|slot| slot.deploys)
        .map(|slot| {
            let mut attempt = slot.attempt;
            attempt.basis = basis;
            attempt
        })
        .collect()
}

/// An attempt, or another operation that lines may belong to.
struct Slot {
    attempt: Attempt,
    deploys: bool,
}

fn by_time(slots: &[Slot], time: Time) -> Option<usize> {
    let index = slots
        .iter()
        .rposition(|slot| words::before(slot.attempt.started, EARLY) <= time)?;
    let ended = slots[index].attempt.ended;
    ended
        .is_none_or(|ended| time <= words::after(ended, LATE))
        .then_some(index)
}

fn from_operations(operations: &[Observed<Operation>]) -> Vec<Slot> {
    operations
        .iter()
        .filter_map(|observed| {
            let operation = &observed.fact;
            let started = operation
                .started_at
                .or(operation.updated_at)
                .or(operation.ended_at)?;
            let ended = match operation.status.running() {
                true => None,
                false => operation.ended_at.or(operation.updated_at),
            };
            Some(Slot {
                attempt: Attempt {
                    id: Some(plain_id(&operation.id)),
                    kind: operation.operation_type.clone(),
                    outcome: Outcome::of(&operation.status),
                    started,
                    ended,
                    record: observed.record,
                    basis: Basis::Operation,
                    lines: vec![],
                    build: BuildOutput::default(),
                    application: Application::default(),
                    refusal: None,
                },
                deploys: operation.operation_type.deploys(),
            })
        })
        .collect()
}

/// Attempts as the service log alone tells them: each begins with a line that says so.
fn from_log(lines: &[PlatformLine], now: Time) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for line in lines {
        let begun = match &line.message {
            Message::Lifecycle(action, Progress::Started) => Some((kind_of(*action), None)),
            Message::DeploymentStarted { id, trigger } => {
                let kind = match trigger.as_deref() {
                    Some("SERVICE_CREATE") => OperationType::CreateService,
                    Some("SERVICE_UPDATE") => OperationType::UpdateService,
                    _ => OperationType::StartDeployment,
                };
                Some((kind, Some(id.clone())))
            }
            _ => None,
        };
        if let Some((kind, id)) = begun {
            // "Service creation started." and "Deployment with ID : … started." are one beginning.
            let same = slots.last_mut().filter(|slot| {
                slot.attempt.running()
                    && slot.attempt.kind == kind
                    && line.time - slot.attempt.started < TimeDelta::minutes(2)
                    && (slot.attempt.id.is_none() || slot.attempt.id == id || id.is_none())
            });
            match same {
                Some(slot) => slot.attempt.id = slot.attempt.id.take().or(id),
                None => slots.push(begun_slot(line, kind, id)),
            }
            continue;
        }
        let Some(slot) = slots.last_mut() else {
            continue;
        };
        let outcome = match &line.message {
            Message::Lifecycle(_, Progress::Succeeded) => Outcome::Succeeded,
            Message::Lifecycle(_, Progress::Failed) | Message::DeploymentFailed { .. } => {
                Outcome::Failed
            }
            Message::Status(status)
                if status == "RUNNING" && slot.attempt.outcome == Outcome::Failed =>
            {
                Outcome::RolledBack
            }
            _ => continue,
        };
        slot.attempt.outcome = outcome;
        slot.attempt.ended = Some(line.time);
    }
    for index in 0..slots.len() {
        let next = slots.get(index + 1).map(|slot| slot.attempt.started);
        let attempt = &mut slots[index].attempt;
        // Something began after it, or it is longer ago than any deployment takes.
        if attempt.running() && (next.is_some() || now - attempt.started > TimeDelta::hours(2)) {
            attempt.outcome = Outcome::Unknown;
            attempt.ended = next;
        }
    }
    slots
}

fn begun_slot(line: &PlatformLine, kind: OperationType, id: Option<String>) -> Slot {
    Slot {
        deploys: kind.deploys(),
        attempt: Attempt {
            id,
            kind,
            outcome: Outcome::Running,
            started: line.time,
            ended: None,
            record: line.record,
            basis: Basis::ServiceLog,
            lines: vec![],
            build: BuildOutput::default(),
            application: Application::default(),
            refusal: None,
        },
    }
}

fn kind_of(action: Action) -> OperationType {
    match action {
        Action::Create => OperationType::CreateService,
        Action::Update => OperationType::UpdateService,
        Action::Deploy => OperationType::StartDeployment,
        Action::Other => OperationType::PauseService,
    }
}
