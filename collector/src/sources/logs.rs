//! Reading lines of a log group, for the sources that do.

use chrono::TimeDelta;
use evidence_schema::{Body, Interval, manifest::Target, record::LogLine};

use crate::{
    collect::Context,
    convert::{millis, text_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

/// The call.
pub(super) const FILTER_LOG_EVENTS: &str = "logs:FilterLogEvents";

/// The log groups for which it must be allowed.
pub(super) const GROUPS: &str = "arn:aws:logs:*:*:log-group:/aws/apprunner/*";

/// CloudWatch gives no more lines in a page.
const MOST_LINES: i32 = 10_000;

/// A log group of some service of the name that is collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its name.
    pub name: String,
    /// After how many days it deletes its lines, if it does.
    pub retention_days: Option<i32>,
}

impl Group {
    /// The id of the service that wrote into it.
    fn service_id(&self) -> Option<&str> {
        self.name.split('/').nth(4)
    }
}

/// Where a reading begins that takes only some lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At the oldest line.
    Head,
    /// At the newest line.
    Tail,
}

/// The name of a log group of the service; with an empty `kind` the begin of all of them.
pub(super) fn group_name(target: &Target, kind: &str) -> String {
    format!(
        "/aws/apprunner/{}/{}/{kind}",
        target.service_name, target.service_id
    )
}

/// The group of the service itself, and those of services that had its name before it. The first
/// one may not exist; the others do.
pub(super) fn groups(context: &Context<'_>, kind: &str) -> (Group, Vec<Group>) {
    let name = group_name(context.target, kind);
    let mut of_kind: Vec<_> = context
        .groups
        .iter()
        .filter(|group| {
            // "", "aws", "apprunner", the name, the id, the kind.
            let mut parts = group.name.split('/').skip(5);
            parts.next() == Some(kind) && parts.next().is_none()
        })
        .cloned()
        .collect();
    let own = of_kind
        .iter()
        .position(|group| group.name == name)
        .map(|index| of_kind.remove(index));
    let own = own.unwrap_or(Group {
        name,
        retention_days: None,
    });
    (own, of_kind)
}

/// Takes out of what is wanted of `group` what its retention has deleted by now.
pub(super) fn leave_deleted(out: &mut Out<'_>, context: &Context<'_>, group: &Group) {
    let Some(days) = group.retention_days else {
        return;
    };
    let now = context.windows.extended.to;
    let kept_from = now - TimeDelta::days(days.into());
    if kept_from > context.windows.extended.from {
        out.lost(Interval {
            from: context.windows.extended.from - TimeDelta::days(1),
            to: kept_from,
        });
        out.note(&format!("the log group deletes lines after {days} days"));
    }
}

/// Reads every line of `span`, oldest first, and notes as covered what was seen to its end.
pub(super) async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
    group: &Group,
    span: Interval,
    body: fn(LogLine) -> Body,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        let (lines, next) = page(out, context, group, span, &pages, None).await?;
        let newest = lines.iter().map(|line| line.time).max();
        for line in lines {
            out.push(body(line));
        }
        let more = pages.advance(next);
        if more == Ok(false) {
            out.covered(span);
            return Ok(());
        }
        if let Some(newest) = newest {
            // More lines of this very millisecond may be on the next page.
            out.covered(Interval {
                from: span.from,
                to: newest,
            });
        }
        more?;
    }
}

/// Reads about `most` lines from one end of `span` and notes as covered what was seen. Gives the
/// part of the span that was left out, if any was.
pub(super) async fn read_end(
    out: &mut Out<'_>,
    context: &Context<'_>,
    group: &Group,
    span: Interval,
    end: End,
    most: u32,
    body: fn(LogLine) -> Body,
) -> Result<Option<Interval>, Outcome> {
    if most == 0 || span.from >= span.to {
        return Ok(Some(span).filter(|span| span.from < span.to));
    }
    let mut lines = Vec::new();
    let result = lines_of_end(out, context, group, span, end, most, &mut lines).await;
    let (seen, rest) = match result {
        Ok(false) => (span, None),
        _ => split(span, end, most, &mut lines),
    };
    if end == End::Tail {
        // Lines of one moment keep the order in which they were written.
        lines.reverse();
    }
    for line in lines {
        out.push(body(line));
    }
    out.covered(seen);
    result.map(|_| rest)
}

/// Reads until there are `most` lines or no more; says whether there may be more.
async fn lines_of_end(
    out: &mut Out<'_>,
    context: &Context<'_>,
    group: &Group,
    span: Interval,
    end: End,
    most: u32,
    lines: &mut Vec<LogLine>,
) -> Result<bool, Outcome> {
    let mut pages = Pages::default();
    loop {
        // One more than is kept, for the one at the edge goes.
        let limit = i32::try_from(most).unwrap_or(MOST_LINES);
        let (some, next) = page(out, context, group, span, &pages, Some((end, limit))).await?;
        lines.extend(some);
        if !pages.advance(next)? {
            return Ok(false);
        }
        if lines.len() > most as usize {
            return Ok(true);
        }
    }
}

/// Reads one page and gives the token of the next.
async fn page(
    out: &mut Out<'_>,
    context: &Context<'_>,
    group: &Group,
    span: Interval,
    pages: &Pages,
    end: Option<(End, i32)>,
) -> Result<(Vec<LogLine>, Option<String>), Outcome> {
    out.call(FILTER_LOG_EVENTS);
    let page = context
        .aws
        .logs
        .filter_log_events()
        .log_group_name(&group.name)
        .start_time(span.from.timestamp_millis())
        // The last millisecond that CloudWatch takes belongs to what is asked, ours does not.
        .end_time(span.to.timestamp_millis() - 1)
        .set_limit(end.map(|(_, most)| most.clamp(1, MOST_LINES - 1) + 1))
        .set_start_from_head(end.filter(|it| it.0 == End::Tail).map(|_| false))
        .set_next_token(pages.token())
        .send()
        .await
        .map_err(|error| {
            let outcome = status_of(FILTER_LOG_EVENTS, error);
            match outcome.code() {
                Some("ResourceNotFoundException") => {
                    outcome.with_note("the log group does not exist")
                }
                _ => outcome,
            }
        })?;
    let service_id = group.service_id().unwrap_or(&context.target.service_id);
    let lines = page
        .events
        .unwrap_or_default()
        .into_iter()
        .filter_map(|event| {
            Some(LogLine {
                time: millis(event.timestamp)?,
                service_id: service_id.to_owned(),
                stream: text_of(event.log_stream_name.as_ref()).unwrap_or_default(),
                ingested_at: millis(event.ingestion_time),
                message: event.message.unwrap_or_default(),
            })
        })
        .collect();
    Ok((lines, page.next_token))
}

/// Which part of `span` was seen, and which was left out. The lines of the moment at the edge go
/// unless there are no others: more of that moment lie on the other side, and a moment that was
/// seen by half counts as not seen.
fn split(
    span: Interval,
    end: End,
    most: u32,
    lines: &mut Vec<LogLine>,
) -> (Interval, Option<Interval>) {
    lines.truncate(most as usize + 1);
    let nothing = Interval {
        from: span.from,
        to: span.from,
    };
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return (nothing, Some(span));
    };
    let edge = last.time;
    let behind = edge + TimeDelta::milliseconds(1);
    let several = first.time != edge;
    if several {
        lines.retain(|line| line.time != edge);
    }
    let (seen, rest) = match end {
        End::Head => (
            (span.from, edge),
            (if several { edge } else { behind }, span.to),
        ),
        End::Tail => (
            (behind, span.to),
            (span.from, if several { behind } else { edge }),
        ),
    };
    let interval = |(from, to)| Interval { from, to };
    (interval(seen), Some(interval(rest)))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use evidence_schema::Time;

    use super::*;

    fn at(millis: i64) -> Time {
        DateTime::from_timestamp_millis(1_795_176_000_000 + millis).expect("a time")
    }

    fn span(from: i64, to: i64) -> Interval {
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    fn lines(times: &[i64]) -> Vec<LogLine> {
        let line = |time: &i64| LogLine {
            time: at(*time),
            service_id: String::new(),
            stream: String::new(),
            ingested_at: None,
            message: String::new(),
        };
        times.iter().map(line).collect()
    }

    #[test]
    fn a_moment_that_was_seen_by_half_is_left_out() {
        let mut head = lines(&[1, 2, 5, 5]);
        let parts = split(span(0, 10), End::Head, 3, &mut head);
        assert_eq!(parts, (span(0, 5), Some(span(5, 10))));
        assert_eq!(head, lines(&[1, 2]));

        let mut tail = lines(&[9, 8, 5, 5]);
        let parts = split(span(0, 10), End::Tail, 3, &mut tail);
        assert_eq!(parts, (span(6, 10), Some(span(0, 6))));
        assert_eq!(tail, lines(&[9, 8]));
    }

    #[test]
    fn a_moment_that_is_all_there_is_stays_and_is_not_read_again() {
        let mut head = lines(&[5, 5]);
        let parts = split(span(0, 10), End::Head, 1, &mut head);
        assert_eq!(parts, (span(0, 5), Some(span(6, 10))));
        assert_eq!(head.len(), 2);

        let mut none = Vec::new();
        let parts = split(span(0, 10), End::Tail, 2, &mut none);
        assert_eq!(parts, (span(0, 0), Some(span(0, 10))));
    }
}
