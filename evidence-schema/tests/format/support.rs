//! Small bundles for the tests.

use std::collections::BTreeMap;

use evidence_schema::{
    Body, Coverage, Encoding, Interval, Manifest, Status, Time, Writer,
    manifest::{Redaction, Target, Tool, Windows},
    record::{Identity, LogLine, Metric, Operation, Point},
};

/// Seconds after a fixed point in time.
pub(crate) fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_763_200_000 + seconds, 0).expect("a small number of seconds")
}

/// A manifest with fixed times and ids.
pub(crate) fn manifest() -> Manifest {
    let service_id = "8fe1e10304f84fd2b0df550fe98a71fa".to_owned();
    Manifest {
        tool: Tool {
            name: "test".to_owned(),
            version: "0.0.0".to_owned(),
        },
        run_id: "00000000".to_owned(),
        collected_at: at(0),
        clock: None,
        target: Target {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            service_name: "web".to_owned(),
            service_arn: format!(
                "arn:aws:apprunner:us-east-1:111122223333:service/web/{service_id}"
            ),
            service_id,
        },
        windows: Windows {
            incidents: vec![],
            recent: Interval {
                from: at(-86_400),
                to: at(0),
            },
            extended: Interval {
                from: at(-30 * 86_400),
                to: at(0),
            },
        },
        redaction: Redaction::default(),
    }
}

/// A line of an instance.
pub(crate) fn application_log(number: i64, message: &str) -> Body {
    Body::ApplicationLog(LogLine {
        time: at(number),
        service_id: manifest().target.service_id,
        stream: "instance/0123456789abcdef0123456789abcdef".to_owned(),
        ingested_at: None,
        message: message.to_owned(),
    })
}

/// A few records of several kinds, with text that JSON has to escape.
pub(crate) fn bodies() -> Vec<Body> {
    vec![
        Body::Identity(Identity {
            account: "111122223333".to_owned(),
            arn: "arn:aws:iam::111122223333:user/on-call".to_owned(),
            user_id: "AIDAEXAMPLE".to_owned(),
        }),
        Body::Operation(Operation {
            id: "17fe9f55-7e91-4097-b243-fcabbb69a4cf".to_owned(),
            operation_type: "START_DEPLOYMENT".into(),
            status: "ROLLBACK_SUCCEEDED".into(),
            target_arn: None,
            started_at: Some(at(-600)),
            ended_at: Some(at(-300)),
            updated_at: Some(at(-300)),
        }),
        Body::Metric(Metric {
            namespace: "AWS/AppRunner".to_owned(),
            name: "CPUUtilization".to_owned(),
            dimensions: BTreeMap::from([("ServiceName".to_owned(), "web".to_owned())]),
            statistic: "Average".to_owned(),
            period_seconds: 300,
            window: None,
            status: Some("Complete".to_owned()),
            points: vec![Point {
                time: at(-600),
                value: 0.1 + 0.2,
            }],
        }),
        application_log(1, "quotes \" and \\ and {braces], a tab\t and a line\n é ☃"),
        application_log(2, ""),
    ]
}

/// A ledger of one entry.
pub(crate) fn coverage() -> Vec<Coverage> {
    vec![Coverage {
        source: "operations".to_owned(),
        subject: None,
        status: Status::Complete,
        operations: vec!["apprunner:ListOperations".to_owned()],
        calls: 1,
        records: 1,
        covered: vec![],
        missing: vec![],
        permission: None,
        error: None,
        note: None,
    }]
}

/// A bundle of `bodies`.
pub(crate) fn bundle(bodies: &[Body], encoding: Encoding) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), encoding, &manifest()).expect("memory takes all");
    for body in bodies {
        writer.record(body).expect("memory takes all");
    }
    writer.finish(&coverage()).expect("memory takes all").0
}
