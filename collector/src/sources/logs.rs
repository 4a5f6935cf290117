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

/// The name of a log group of the service; with an empty `kind` the begin of all of them.
pub(super) fn group_name(target: &Target, kind: &str) -> String {
    format!(
        "/aws/apprunner/{}/{}/{kind}",
        target.service_name, target.service_id
    )
}

/// Takes out of what is wanted of `group` what its retention has deleted by now.
pub(super) fn leave_deleted(out: &mut Out<'_>, context: &Context<'_>, group: &str) {
    let Some(days) = context.retention.get(group) else {
        return;
    };
    let now = context.windows.extended.to;
    let kept_from = now - TimeDelta::days((*days).into());
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
    group: &str,
    span: Interval,
    body: fn(LogLine) -> Body,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(FILTER_LOG_EVENTS);
        let page = context
            .aws
            .logs
            .filter_log_events()
            .log_group_name(group)
            .start_time(span.from.timestamp_millis())
            // The last millisecond that CloudWatch takes belongs to what is asked, ours does not.
            .end_time(span.to.timestamp_millis() - 1)
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
        let mut newest = None;
        for event in page.events.unwrap_or_default() {
            let Some(time) = millis(event.timestamp) else {
                continue;
            };
            newest = newest.max(Some(time));
            out.push(body(LogLine {
                time,
                service_id: context.target.service_id.clone(),
                stream: text_of(event.log_stream_name.as_ref()).unwrap_or_default(),
                ingested_at: millis(event.ingestion_time),
                message: event.message.unwrap_or_default(),
            }));
        }
        let more = pages.advance(page.next_token);
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
