//! The records of which evidence for tests is made.

use chrono::TimeDelta;
use evidence_schema::{
    Coverage, Interval, Manifest, Status, Time,
    manifest::{Redaction, Target, Tool, Windows},
    record::{LogLine, Operation},
};

use super::{ARN, OPERATION, SERVICE_ID, now, seconds};

pub(super) fn operation(status: &str, started: Time) -> Operation {
    let running = status.ends_with("PROGRESS");
    Operation {
        id: OPERATION.to_owned(),
        operation_type: "START_DEPLOYMENT".into(),
        status: status.into(),
        target_arn: Some(ARN.to_owned()),
        started_at: Some(started),
        ended_at: (!running).then(|| started + TimeDelta::minutes(10)),
        updated_at: None,
    }
}

pub(super) fn line(stream: &str, (offset, text): &(i64, &str)) -> LogLine {
    LogLine {
        time: seconds(*offset),
        service_id: SERVICE_ID.to_owned(),
        stream: stream.to_owned(),
        ingested_at: None,
        message: (*text).to_owned(),
    }
}

pub(super) fn coverage(source: &str, subject: Option<&str>, status: Status) -> Coverage {
    let log = source.ends_with("-log") || source == "changes";
    Coverage {
        source: source.to_owned(),
        subject: subject.map(str::to_owned),
        status,
        operations: vec![],
        calls: 1,
        records: 0,
        covered: if log && status == Status::Complete {
            vec![span()]
        } else {
            vec![]
        },
        missing: vec![],
        permission: None,
        error: None,
        note: (status == Status::NotAsked).then(|| "it has no business here".to_owned()),
    }
}

pub(super) fn span() -> Interval {
    Interval {
        from: now() - TimeDelta::days(30),
        to: now(),
    }
}

pub(super) fn manifest() -> Manifest {
    Manifest {
        tool: Tool {
            name: "apprunner-collector".to_owned(),
            version: "0.1.0".to_owned(),
        },
        run_id: "run".to_owned(),
        collected_at: now(),
        clock: None,
        target: Target {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            service_name: "web".to_owned(),
            service_id: SERVICE_ID.to_owned(),
            service_arn: ARN.to_owned(),
        },
        windows: Windows {
            incidents: vec![],
            recent: span(),
            extended: span(),
        },
        redaction: Redaction::default(),
    }
}
