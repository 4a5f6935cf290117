//! The log groups of the service and their streams.

use evidence_schema::{
    Body,
    manifest::Target,
    record::{LogGroup, LogStream},
};

use super::{
    Source, call,
    logs::{Group, group_name},
};
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
    gives: "the log groups of the service's name, their retention and their streams",
    calls: &[
        call(DESCRIBE_LOG_GROUPS, "*"),
        call(
            DESCRIBE_LOG_STREAMS,
            "arn:aws:logs:*:*:log-group:/aws/apprunner/*",
        ),
    ],
};

/// Lists the groups of every service that had this name, and the streams of each: a service that
/// failed and was made anew has another id, and the log groups of the old one tell why it failed.
/// A group that App Runner would have made and that is not there is told as absent: without an
/// application group the container never wrote a line.
///
/// `known` gets the groups, also those that were read before an error.
pub(crate) async fn collect(
    out: &mut Out<'_>,
    aws: &Aws,
    target: &Target,
    known: &mut Vec<Group>,
) -> Result<(), Outcome> {
    let expected = [
        group_name(target, "service"),
        group_name(target, "application"),
    ];
    let prefix = format!("/aws/apprunner/{}/", target.service_name);
    out.begin(None);
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE_LOG_GROUPS);
        let page = aws
            .logs
            .describe_log_groups()
            .log_group_name_prefix(&prefix)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_LOG_GROUPS, error))?;
        for group in page.log_groups.unwrap_or_default() {
            let Some(name) = text_of(group.log_group_name.as_ref()) else {
                continue;
            };
            known.push(Group {
                name: name.clone(),
                retention_days: group.retention_in_days,
            });
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
    // What belongs to the service itself comes first: the rest may not be reached in time.
    let own = group_name(target, "");
    known.sort_by_key(|group| !group.name.starts_with(&own));
    for group in known.iter() {
        out.plan(Some(&group.name), &[]);
    }
    for missing in expected
        .iter()
        .filter(|name| known.iter().all(|group| group.name != **name))
    {
        out.skip(
            Some(missing),
            Outcome::absent("the log group does not exist"),
        );
    }
    for group in known.iter() {
        out.begin(Some(&group.name));
        let result = streams(out, aws, &group.name).await;
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
