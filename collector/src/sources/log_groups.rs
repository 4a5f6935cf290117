//! The log groups of the service and their streams.

use std::collections::BTreeMap;

use evidence_schema::{
    Body,
    manifest::Target,
    record::{LogGroup, LogStream},
};

use super::{Source, call, logs::group_name};
use crate::{
    aws::Aws,
    convert::{millis, text_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const DESCRIBE_LOG_GROUPS: &str = "logs:DescribeLogGroups";
const DESCRIBE_LOG_STREAMS: &str = "logs:DescribeLogStreams";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "log-groups",
    gives: "the log groups of the service, their retention and their streams",
    calls: &[
        call(DESCRIBE_LOG_GROUPS, "*"),
        call(
            DESCRIBE_LOG_STREAMS,
            "arn:aws:logs:*:*:log-group:/aws/apprunner/*",
        ),
    ],
};

/// Lists the groups, and the streams of each. A group that App Runner would have made and that is
/// not there is told as absent: without an application group the container never wrote a line.
///
/// `retention` gets the days after which a group deletes its lines: what was deleted must not
/// count as looked at by the sources that read them.
pub(crate) async fn collect(
    out: &mut Out<'_>,
    aws: &Aws,
    target: &Target,
    retention: &mut BTreeMap<String, i32>,
) -> Result<(), Outcome> {
    let expected = [
        group_name(target, "service"),
        group_name(target, "application"),
    ];
    out.begin(None);
    let mut groups = Vec::new();
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE_LOG_GROUPS);
        let page = aws
            .logs
            .describe_log_groups()
            .log_group_name_prefix(group_name(target, ""))
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_LOG_GROUPS, error))?;
        for group in page.log_groups.unwrap_or_default() {
            let Some(name) = text_of(group.log_group_name.as_ref()) else {
                continue;
            };
            groups.push(name.clone());
            retention.extend(group.retention_in_days.map(|days| (name.clone(), days)));
            out.push(Body::LogGroup(LogGroup {
                name,
                created_at: millis(group.creation_time),
                retention_days: group.retention_in_days,
                stored_bytes: group.stored_bytes,
            }));
        }
        if !pages.advance(page.next_token)? {
            break;
        }
    }
    out.end(Ok(()));
    for group in &groups {
        out.plan(Some(group), &[]);
    }
    for missing in expected.iter().filter(|name| !groups.contains(name)) {
        out.skip(
            Some(missing),
            Outcome::absent("the log group does not exist"),
        );
    }
    for group in &groups {
        out.begin(Some(group));
        let result = streams(out, aws, group).await;
        out.end(result);
    }
    Ok(())
}

async fn streams(out: &mut Out<'_>, aws: &Aws, group: &str) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE_LOG_STREAMS);
        let page = aws
            .logs
            .describe_log_streams()
            .log_group_name(group)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_LOG_STREAMS, error))?;
        for stream in page.log_streams.unwrap_or_default() {
            let Some(name) = text_of(stream.log_stream_name.as_ref()) else {
                continue;
            };
            out.push(Body::LogStream(LogStream {
                group: group.to_owned(),
                name,
                created_at: millis(stream.creation_time),
                first_event_at: millis(stream.first_event_timestamp),
                last_event_at: millis(stream.last_event_timestamp),
            }));
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}
