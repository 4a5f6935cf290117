//! What was changed: API calls that CloudTrail recorded.

mod event;
mod plan;

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::LookupAttribute;
use chrono::TimeDelta;
use evidence_schema::{Body, Interval, Status};

use self::{
    event::{convert, is_evidence},
    plan::{LookUp, Plan},
};
use super::{Source, call};
use crate::{
    collect::Context,
    convert::{aws_time, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const LOOKUP_EVENTS: &str = "cloudtrail:LookupEvents";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "changes",
    gives: "API calls that changed App Runner, ECR, or what the service depends on, from CloudTrail",
    calls: &[call(LOOKUP_EVENTS, "*")],
};

/// Pages of one look-up. At two calls a second this is a minute, for 6,000 events; a busy registry
/// has more in a day than anybody wants to wait for.
const MOST_PAGES: u32 = 120;

/// Makes the fewest look-ups that answer what changed, and keeps each event once.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Plan { look_ups, foreign } = plan::plan(context);
    for look_up in &look_ups {
        out.plan(Some(&look_up.subject), &[look_up.span]);
    }
    out.tell(&plan::cost(&look_ups));
    let mut seen = BTreeSet::new();
    let mut throttled = false;
    for look_up in &look_ups {
        if throttled {
            // They share one limit, and half a minute was already waited for it.
            let note = "an earlier look-up was throttled until it was given up";
            out.skip(Some(&look_up.subject), Outcome::not_asked(note));
            continue;
        }
        out.begin(Some(&look_up.subject));
        let result = read(out, context, look_up, &mut seen).await;
        throttled = matches!(&result, Err(outcome) if outcome.status == Status::Throttled);
        out.end(result);
    }
    for subject in foreign {
        let note = "it belongs to another account, whose history only that account can ask";
        out.skip(Some(&subject), Outcome::not_asked(note));
    }
    if !plan::pulls_from_ecr(context) {
        out.skip(
            Some(plan::ECR),
            Outcome::not_asked("the service does not pull from a private ECR repository"),
        );
    }
    Ok(())
}

/// Looks up every name of a subject.
async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
    look_up: &LookUp,
    seen: &mut BTreeSet<String>,
) -> Result<(), Outcome> {
    for (index, value) in look_up.values.iter().enumerate() {
        // An interval was seen when it was seen under the last name too.
        let is_last = index + 1 == look_up.values.len();
        read_one(out, context, look_up, value, is_last, seen).await?;
    }
    Ok(())
}

async fn read_one(
    out: &mut Out<'_>,
    context: &Context<'_>,
    look_up: &LookUp,
    value: &str,
    is_last: bool,
    seen: &mut BTreeSet<String>,
) -> Result<(), Outcome> {
    let client = context.aws.cloudtrail(&look_up.region);
    let attribute = LookupAttribute::builder()
        .attribute_key(look_up.key.clone())
        .attribute_value(value)
        .build()
        .map_err(|error| Outcome::noted(Status::Failed, &error.to_string()))?;
    let mut pages = Pages::default();
    let mut asked = 0;
    loop {
        if asked == MOST_PAGES {
            let note = format!("stopped after {MOST_PAGES} pages of events, newest first");
            return Err(Outcome::noted(Status::Truncated, &note));
        }
        asked += 1;
        out.call(LOOKUP_EVENTS);
        let page = client
            .lookup_events()
            .lookup_attributes(attribute.clone())
            .start_time(aws_time(look_up.span.from))
            .end_time(aws_time(look_up.span.to))
            .max_results(50)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LOOKUP_EVENTS, error))?;
        let events = page.events.unwrap_or_default();
        let oldest = events
            .iter()
            .filter_map(|event| time_of(event.event_time.as_ref()))
            .min();
        for event in events {
            let Some(change) = convert(event) else {
                continue;
            };
            if is_evidence(&change) && seen.insert(change.event_id.clone()) {
                out.push(Body::Change(Box::new(change)));
            }
        }
        if let Some(oldest) = oldest.filter(|_| is_last) {
            // CloudTrail counts seconds, and the rest of this one may be on the next page.
            out.covered(Interval {
                from: oldest + TimeDelta::seconds(1),
                to: look_up.span.to,
            });
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}
