//! CloudWatch Logs: groups, streams and lines.

use serde_json::Value;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    merge::{Key, Merge},
    page::{self, Paging},
    pattern::Pattern,
    request::Request,
    validate::{Member, bool, int, list, text, word},
};
use crate::account::{LogGroup, LogStream, Run};

const GROUP: Member = text("logGroupName", 1, 512);
const GROUP_ID: Member = text("logGroupIdentifier", 1, 2048);
const TOKEN: Member = text("nextToken", 1, 10_000);
const LINES: Member = int("limit", 1, MOST_LINES as i64);
const START: Member = int("startTime", 0, i64::MAX);
const END: Member = int("endTime", 0, i64::MAX);

const fn paging(items: &'static [&'static str]) -> Option<Paging> {
    Some(Paging {
        token_in: "nextToken",
        token_out: &["nextToken"],
        items,
        more: None,
    })
}

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "DescribeLogGroups",
        members: &[
            text("logGroupNamePrefix", 1, 512),
            text("logGroupNamePattern", 0, 512),
            TOKEN,
            int("limit", 1, 50),
            bool("includeLinkedAccounts"),
        ],
        paging: paging(&["logGroups"]),
        answer: describe_log_groups,
    },
    Served {
        operation: "DescribeLogStreams",
        members: &[
            GROUP,
            GROUP_ID,
            text("logStreamNamePrefix", 1, 512),
            word("orderBy", &["LogStreamName", "LastEventTime"]),
            bool("descending"),
            TOKEN,
            int("limit", 1, 50),
        ],
        paging: paging(&["logStreams"]),
        answer: describe_log_streams,
    },
    Served {
        operation: "FilterLogEvents",
        members: &[
            GROUP,
            GROUP_ID,
            list("logStreamNames", 1, 100),
            text("logStreamNamePrefix", 1, 512),
            START,
            END,
            text("filterPattern", 0, 1024),
            TOKEN,
            LINES,
            bool("startFromHead"),
        ],
        paging: paging(&["events"]),
        answer: filter_log_events,
    },
    Served {
        operation: "GetLogEvents",
        members: &[
            GROUP,
            GROUP_ID,
            text("logStreamName", 1, 512).required(),
            START,
            END,
            TOKEN,
            LINES,
            bool("startFromHead"),
        ],
        paging: Some(Paging {
            token_in: "nextToken",
            token_out: &["nextForwardToken", "nextBackwardToken"],
            items: &["events"],
            more: None,
        }),
        answer: get_log_events,
    },
];

const MOST_LINES: usize = 10_000;
const MOST_BYTES: usize = 1_048_576;
/// How many lines a page looks at when a pattern drops most of them.
const MOST_SEARCHED: usize = 50_000;
/// From 2024-01-01T00:00:00Z on lines can be read newest first.
const NEWEST_FIRST_SINCE: i64 = 1_704_067_200_000;
/// What a line counts beside its text.
const OVERHEAD: usize = 26;
/// How late CloudWatch takes a line in.
const LATENCY: i64 = 1_200;

fn describe_log_groups(request: &Request<'_>) -> Result<Answer, Failure> {
    let prefix = request.text("logGroupNamePrefix");
    let pattern = request.text("logGroupNamePattern");
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let found = request
        .account
        .log_groups
        .iter()
        .filter(|group| {
            request.in_region()
                && prefix.is_none_or(|prefix| group.name.starts_with(prefix))
                && pattern.is_none_or(|pattern| group.name.contains(pattern))
        })
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "limit", 50)?;
    let groups = Out::list(&found[range], |group| {
        let arn = group_arn(request, group);
        Out::map()
            .with("logGroupName", &group.name)
            .with("creationTime", group.created_at.timestamp_millis())
            .with_some("retentionInDays", group.retention_days.map(i64::from))
            .with("metricFilterCount", 0)
            .with("arn", format!("{arn}:*"))
            .with("storedBytes", stored_bytes(group))
            .with("logGroupClass", "STANDARD")
            .with("logGroupArn", arn)
    });
    Ok(Answer {
        out: Out::map().with("logGroups", groups),
        next,
    })
}

fn describe_log_streams(request: &Request<'_>) -> Result<Answer, Failure> {
    let group = group(request)?;
    let prefix = request.text("logStreamNamePrefix");
    let by_time = request.text("orderBy") == Some("LastEventTime");
    if by_time && prefix.is_some() {
        return Err(invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let mut found = group
        .streams
        .iter()
        .filter(|stream| prefix.is_none_or(|prefix| stream.name.starts_with(prefix)))
        .collect::<Vec<_>>();
    if by_time {
        found.sort_by_key(|stream| stream.span().map(|(_, last)| last));
    }
    if request.bool("descending") == Some(true) {
        found.reverse();
    }
    let (range, next) = page::slice(request, found.len(), "limit", 50)?;
    let streams = Out::list(&found[range], |stream| {
        let span = stream.span();
        Out::map()
            .with("logStreamName", &stream.name)
            .with("creationTime", stream.created_at.timestamp_millis())
            .with_some("firstEventTimestamp", span.map(|(first, _)| first))
            .with_some("lastEventTimestamp", span.map(|(_, last)| last))
            .with_some("lastIngestionTime", span.map(|(_, last)| last + LATENCY))
            .with(
                "arn",
                format!("{}:log-stream:{}", group_arn(request, group), stream.name),
            )
            .with("storedBytes", 0)
    });
    Ok(Answer {
        out: Out::map().with("logStreams", streams),
        next,
    })
}

fn filter_log_events(request: &Request<'_>) -> Result<Answer, Failure> {
    let group = group(request)?;
    let pattern = match request.text("filterPattern").map(Pattern::parse) {
        Some(Some(pattern)) => pattern,
        None => Pattern::default(),
        Some(None) => return Err(invalid("Invalid filter pattern")),
    };
    let streams = selected(request, group)?;
    let runs = streams
        .iter()
        .flat_map(|stream| stream.runs.iter().map(|run| (&stream.name, run)))
        .collect::<Vec<_>>();
    let first = request.int("startTime").unwrap_or(0);
    // The end is the last millisecond that is still in.
    let end = Key::at(
        request
            .int("endTime")
            .map_or(i64::MAX, |end| end.saturating_add(1)),
    );
    // The token knows the direction, whatever is asked with it.
    let (is_forward, from) = match &request.position {
        Some(position) => {
            let (is_forward, key) = match position.strip_prefix("b/") {
                Some(key) => (false, key),
                None => (true, position.as_str()),
            };
            let key = Key::parse(key).ok_or_else(|| page::invalid_token(request))?;
            (is_forward, Some(key))
        }
        None => (request.bool("startFromHead") != Some(false), None),
    };
    if !is_forward && first < NEWEST_FIRST_SINCE {
        return Err(invalid(
            "startFromHead can be false only when startTime is on or after 2024-01-01T00:00:00Z.",
        ));
    }
    let limit = limit(request);
    let lines = runs.iter().map(|(_, run)| *run).collect();
    let merge = if is_forward {
        Merge::forward(lines, from.unwrap_or(Key::at(first)), end)
    } else {
        Merge::backward(lines, Key::at(first), from.unwrap_or(end))
    };
    let mut events = Vec::new();
    let mut bytes = 0;
    let mut next = None;
    for (searched, line) in merge.enumerate() {
        let (stream, run) = runs[line.run];
        let message = run.message(line.index);
        let size = message.len() + OVERHEAD;
        if events.len() == limit
            || searched == MOST_SEARCHED
            || (bytes + size > MOST_BYTES && !events.is_empty())
        {
            next = Some(match is_forward {
                true => line.to_string(),
                // A walk backwards begins before the place that it is given.
                false => format!("b/{}", line.following()),
            });
            break;
        }
        if !pattern.matches(&message) {
            continue;
        }
        bytes += size;
        events.push(
            Out::map()
                .with("logStreamName", stream)
                .with("timestamp", line.time)
                .with("message", message)
                .with("ingestionTime", line.time + LATENCY)
                .with(
                    "eventId",
                    format!("39{:018}{:012}{:024}", line.time, line.run, line.index),
                ),
        );
    }
    Ok(Answer {
        out: Out::map()
            .with("events", events)
            .with("searchedLogStreams", Vec::new()),
        next,
    })
}

fn get_log_events(request: &Request<'_>) -> Result<Answer, Failure> {
    let group = group(request)?;
    let name = request.required("logStreamName");
    let stream = stream(group, name)?;
    let runs = stream.runs.iter().collect::<Vec<_>>();
    let first = Key::at(request.int("startTime").unwrap_or(0));
    let end = Key::at(request.int("endTime").unwrap_or(i64::MAX));
    let (is_forward, from) = match &request.position {
        Some(position) => {
            let (direction, key) = position
                .split_once('/')
                .and_then(|(direction, key)| Some((direction, Key::parse(key)?)))
                .ok_or_else(|| page::invalid_token(request))?;
            (direction == "f", key)
        }
        None if request.bool("startFromHead") == Some(true) => (true, first),
        None => (false, end),
    };
    let mut merge = if is_forward {
        Merge::forward(runs.clone(), from, end)
    } else {
        Merge::backward(runs.clone(), first, from)
    };
    let limit = limit(request);
    let mut lines = Vec::new();
    let mut bytes = 0;
    while lines.len() < limit {
        let Some(line) = merge.next() else {
            break;
        };
        let message = runs[line.run].message(line.index);
        bytes += message.len() + OVERHEAD;
        if bytes > MOST_BYTES && !lines.is_empty() {
            break;
        }
        lines.push((line, message));
    }
    if !is_forward {
        lines.reverse();
    }
    // At either end the token that was given comes back.
    let before = lines.first().map_or(from, |(line, _)| *line);
    let after = lines.last().map_or(from, |(line, _)| line.following());
    let events = Out::list(lines, |(line, message)| {
        Out::map()
            .with("timestamp", line.time)
            .with("message", message)
            .with("ingestionTime", line.time + LATENCY)
    });
    Ok(Out::map()
        .with("events", events)
        .with("nextForwardToken", request.token(&format!("f/{after}")))
        .with("nextBackwardToken", request.token(&format!("b/{before}")))
        .into())
}

fn limit(request: &Request<'_>) -> usize {
    request
        .int("limit")
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(MOST_LINES)
}

/// The group that is named by name or ARN.
fn group<'a>(request: &Request<'a>) -> Result<&'a LogGroup, Failure> {
    let name = match (
        request.text("logGroupName"),
        request.text("logGroupIdentifier"),
    ) {
        (Some(name), None) => name,
        (None, Some(arn)) => arn
            .split_once(":log-group:")
            .map_or(arn, |(_, name)| name.strip_suffix(":*").unwrap_or(name)),
        _ => {
            return Err(invalid(
                "Exactly one of logGroupName and logGroupIdentifier must be provided.",
            ));
        }
    };
    request
        .account
        .log_groups
        .iter()
        .find(|group| group.name == name && request.in_region())
        .ok_or_else(|| {
            Failure::new(
                "ResourceNotFoundException",
                "The specified log group does not exist.",
            )
        })
}

fn stream<'a>(group: &'a LogGroup, name: &str) -> Result<&'a LogStream, Failure> {
    group
        .streams
        .iter()
        .find(|stream| stream.name == name)
        .ok_or_else(|| {
            Failure::new(
                "ResourceNotFoundException",
                "The specified log stream does not exist.",
            )
        })
}

fn selected<'a>(request: &Request<'_>, group: &'a LogGroup) -> Result<Vec<&'a LogStream>, Failure> {
    let names = request.list("logStreamNames");
    let prefix = request.text("logStreamNamePrefix");
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid(
            "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
        ));
    }
    if names.is_empty() {
        return Ok(group
            .streams
            .iter()
            .filter(|stream| prefix.is_none_or(|prefix| stream.name.starts_with(prefix)))
            .collect());
    }
    let mut streams = names
        .iter()
        .filter_map(Value::as_str)
        .map(|name| stream(group, name))
        .collect::<Result<Vec<_>, _>>()?;
    streams.sort_by(|a, b| a.name.cmp(&b.name));
    streams.dedup_by(|a, b| a.name == b.name);
    Ok(streams)
}

fn group_arn(request: &Request<'_>, group: &LogGroup) -> String {
    format!(
        "arn:aws:logs:{}:{}:log-group:{}",
        request.account.region, request.account.id, group.name
    )
}

fn stored_bytes(group: &LogGroup) -> i64 {
    let bytes = group
        .streams
        .iter()
        .flat_map(|stream| &stream.runs)
        .map(|run| match run {
            Run::Stated(lines) => lines
                .iter()
                .map(|line| line.message.len() + OVERHEAD)
                .sum::<usize>() as u64,
            Run::Made { lines, text, .. } => lines * (text.len() + OVERHEAD) as u64,
        })
        .sum::<u64>();
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn invalid(message: &str) -> Failure {
    Failure::new("InvalidParameterException", message)
}
