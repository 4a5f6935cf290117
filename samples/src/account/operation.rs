//! Operations on a service, with the log lines that they wrote.

use chrono::{DateTime, TimeDelta, Utc};
use toml::Spanned;

use super::{
    Context, OperationStatus, OperationType, Problem, Service,
    block::Block,
    healthy, id,
    log::{LogLine, Logs, Run},
    placeholder::Placeholders,
    stated::{BulkOperationText, OperationText},
};

/// An operation on a service.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The id, with dashes.
    pub id: String,
    /// What it does.
    pub operation_type: OperationType,
    /// How it stands.
    pub status: OperationStatus,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who called, as the file states it.
    pub(super) by: Option<String>,
    /// The request parameters of the CloudTrail event, as the file states them.
    pub(super) request: Option<serde_json::Value>,
    /// Whether it was made in bulk, with neither lines nor changes.
    pub(super) bulk: bool,
}

impl Operation {
    /// The id as logs write it.
    pub fn log_id(&self) -> String {
        id::plain(&self.id)
    }

    /// Whether a push began it, and nobody called.
    pub(super) fn is_automatic(&self, service: &Service) -> bool {
        self.operation_type == OperationType::StartDeployment
            && self.by.is_none()
            && service.auto_deployments
            && !self.bulk
    }

    /// The id of the instance that it started.
    pub fn instance_id(&self) -> String {
        id::hex(32, &["instance", &self.id])
    }
}

impl OperationType {
    /// Whether it deploys something.
    pub fn deploys(self) -> bool {
        matches!(
            self,
            Self::CreateService | Self::UpdateService | Self::StartDeployment
        )
    }
}

/// The log blocks that a file states for an operation.
#[derive(Default)]
pub(super) struct Blocks {
    events: Option<Block>,
    deployment: Option<Block>,
    application: Option<Block>,
}

impl Blocks {
    fn last_offset(&self) -> Option<i64> {
        [&self.events, &self.deployment, &self.application]
            .into_iter()
            .flatten()
            .flat_map(|block| &block.lines)
            .map(|line| line.offset)
            .max()
    }
}

pub(super) fn operation(
    service: &Service,
    text: Spanned<OperationText>,
    context: &Context,
) -> Result<(Operation, Blocks), Problem> {
    let span = text.span();
    let text = text.into_inner();
    let started_at = text.start.at(context.now);
    let blocks = Blocks {
        events: text.events,
        deployment: text.deployment,
        application: text.application,
    };
    let id = match text.id {
        Some(id) if is_uuid(id.get_ref()) => id.into_inner(),
        Some(id) => {
            return Err(Problem::at(
                id.span(),
                "the id of an operation is a UUID with dashes",
            ));
        }
        None => operation_id(service, text.operation_type, started_at),
    };
    let running = matches!(
        text.status,
        OperationStatus::Pending
            | OperationStatus::InProgress
            | OperationStatus::RollbackInProgress
    );
    let is_healthy = text.status == OperationStatus::Succeeded;
    let ended_at = match (running, text.minutes) {
        (true, Some(_)) => {
            return Err(Problem::at(span, "an operation that runs has no `minutes`"));
        }
        (true, None) => None,
        (false, Some(minutes)) if !(0.0..=1_000_000.0).contains(&minutes) => {
            return Err(Problem::at(span, "`minutes` is not a length of time"));
        }
        (false, Some(minutes)) => Some(started_at + millis((minutes * 60_000.0) as i64)),
        (false, None) if is_healthy && blocks.events.is_none() => {
            Some(started_at + healthy::length(text.operation_type))
        }
        (false, None) => {
            Some(started_at + blocks.last_offset().map_or(TimeDelta::minutes(5), millis))
        }
    };
    let last_line = started_at + millis(blocks.last_offset().unwrap_or(0));
    if ended_at.unwrap_or(started_at).max(last_line) > context.now {
        return Err(Problem::at(
            span,
            "the operation or one of its lines lies after `now`",
        ));
    }
    let placeholders = Placeholders::of(service, None, context);
    let operation = Operation {
        id,
        operation_type: text.operation_type,
        status: text.status,
        started_at,
        ended_at,
        by: text.by,
        request: text
            .request
            .map(|document| placeholders.fill_json(document.value())),
        bulk: false,
    };
    Ok((operation, blocks))
}

pub(super) fn default_create(service: &Service, context: &Context) -> Operation {
    let earliest = service.operations.iter().map(|it| it.started_at).min();
    let started_at = (context.now - TimeDelta::days(20))
        .min(earliest.map_or(context.now, |time| time - TimeDelta::days(1)));
    Operation {
        id: operation_id(service, OperationType::CreateService, started_at),
        operation_type: OperationType::CreateService,
        status: OperationStatus::Succeeded,
        started_at,
        ended_at: Some(started_at + healthy::length(OperationType::CreateService)),
        by: None,
        request: None,
        bulk: false,
    }
}

pub(super) fn bulk_operations(
    service: &mut Service,
    text: Spanned<BulkOperationText>,
    context: &Context,
) -> Result<(), Problem> {
    let span = text.span();
    let text = text.into_inner();
    let operation_type = text
        .operation_type
        .unwrap_or(OperationType::StartDeployment);
    for number in 0..text.count {
        let i = i32::try_from(number).unwrap_or(i32::MAX);
        let started_at = text.from.at(context.now) + text.every.0 * i;
        let ended_at = started_at + TimeDelta::minutes(4).min(text.every.0);
        if ended_at > context.now {
            return Err(Problem::at(
                span,
                format!("operation {number} of the bulk lies after `now`"),
            ));
        }
        service.operations.push(Operation {
            id: operation_id(service, operation_type, started_at),
            operation_type,
            status: text.status,
            started_at,
            ended_at: Some(ended_at),
            by: None,
            request: None,
            bulk: true,
        });
    }
    Ok(())
}

fn operation_id(service: &Service, kind: OperationType, started_at: DateTime<Utc>) -> String {
    id::uuid(&[&service.arn, kind.as_str(), &started_at.to_rfc3339()])
}

pub(super) fn write_lines(
    logs: &mut Logs,
    service: &Service,
    operation: &Operation,
    blocks: Blocks,
    context: &Context,
) {
    let healthy = if operation.status == OperationStatus::Succeeded {
        healthy::lines(service, operation.operation_type)
    } else {
        healthy::Lines::default()
    };
    let placeholders = Placeholders::of(service, Some(operation), context);
    let mut write = |group: &str, stream: &str, block: Block| {
        let lines = lines(&block, operation.started_at, &placeholders);
        logs.add(group, stream, Run::Stated(lines));
    };
    let service_group = service.service_log_group();
    write(
        &service_group,
        "events",
        blocks.events.unwrap_or(healthy.events),
    );
    write(
        &service_group,
        &format!("deployment/{}", operation.log_id()),
        blocks.deployment.unwrap_or(healthy.deployment),
    );
    write(
        &service.application_log_group(),
        &format!("instance/{}", operation.instance_id()),
        blocks.application.unwrap_or(healthy.application),
    );
}

/// The lines of a block, in order of time.
pub(super) fn lines(
    block: &Block,
    start: DateTime<Utc>,
    placeholders: &Placeholders,
) -> Vec<LogLine> {
    let start = start.timestamp_millis();
    let mut lines = block
        .lines
        .iter()
        .map(|line| LogLine {
            time: start + line.offset,
            message: placeholders.fill(&line.text),
        })
        .collect::<Vec<_>>();
    lines.sort_by_key(|line| line.time);
    lines
}

fn millis(millis: i64) -> TimeDelta {
    TimeDelta::milliseconds(millis)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(position, byte)| {
            if matches!(position, 8 | 13 | 18 | 23) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}
