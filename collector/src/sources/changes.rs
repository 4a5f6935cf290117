//! What was changed: API calls that CloudTrail recorded.

mod event;
mod plan;
mod trail;

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::LookupAttribute;
use chrono::TimeDelta;
use evidence_schema::{Body, Interval, Status, manifest::Target, record::Change};

use self::{
    event::{convert, is_evidence},
    plan::{LookUp, Plan},
    trail::Delivering,
};
use super::{Source, call, logs::FILTER_LOG_EVENTS};
use crate::{
    aws::Aws,
    callers::Callers,
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
    calls: &[
        call(trail::DESCRIBE_TRAILS, "*"),
        call(trail::GET_TRAIL_STATUS, "arn:aws:cloudtrail:*:*:trail/*"),
        call(trail::DESCRIBE_LOG_GROUPS, "*"),
        // The names that the console gives the log group of a trail, now and formerly.
        call(
            FILTER_LOG_EVENTS,
            "arn:aws:logs:*:*:log-group:aws-cloudtrail-logs-*",
        ),
        call(FILTER_LOG_EVENTS, "arn:aws:logs:*:*:log-group:CloudTrail/*"),
        call(LOOKUP_EVENTS, "*"),
    ],
};

/// Pages of one look-up. At two calls a second this is a minute, for 6,000 events; a busy registry
/// has more in a day than anybody wants to wait for.
const MOST_PAGES: u32 = 120;

/// The subject of all look-ups by name, until the names are known.
const DEPENDENCIES: &str = "what the service depends on";

/// What was found out before the names to look up were known.
pub(crate) struct Begun<'a> {
    trails: Vec<Delivering>,
    seen: Seen<'a>,
    throttled: bool,
}

/// The events that were seen, each of which is kept once.
pub(crate) struct Seen<'a> {
    ids: BTreeSet<String>,
    target: &'a Target,
    callers: &'a Callers,
}

impl Seen<'_> {
    /// Keeps an event that may matter.
    fn keep(&mut self, out: &mut Out<'_>, change: Change) {
        if is_evidence(&change) && self.ids.insert(change.event_id.clone()) {
            self.callers.see(self.target, &change);
            out.push(Body::Change(Box::new(change)));
        }
    }
}

/// Lists the trails, and looks up the events of App Runner unless a trail may have them.
pub(crate) async fn begin<'a>(
    out: &mut Out<'_>,
    aws: &Aws,
    target: &'a Target,
    extended: Interval,
    callers: &'a Callers,
) -> Begun<'a> {
    let look_up = plan::of_app_runner(target, extended);
    out.plan(Some(&look_up.subject), &[look_up.span]);
    out.plan(Some(DEPENDENCIES), &[extended]);
    let mut begun = Begun {
        trails: trail::list(out, aws, target).await,
        seen: Seen {
            ids: BTreeSet::new(),
            target,
            callers,
        },
        throttled: false,
    };
    if begun.trails.is_empty() {
        begun.throttled = answer(out, aws, &look_up, &mut begun.seen).await;
    }
    begun
}

/// Reads the trails, makes the look-ups that those do not answer, and keeps each event once.
pub(crate) async fn collect(
    out: &mut Out<'_>,
    context: &Context<'_>,
    begun: Begun<'_>,
) -> Result<(), Outcome> {
    let Begun {
        trails,
        mut seen,
        mut throttled,
    } = begun;
    let plan = plan::plan(context);
    out.withdraw(DEPENDENCIES);
    // The first was announced already, and answered too if there is no trail.
    for look_up in &plan.look_ups[1..] {
        out.plan(Some(&look_up.subject), &[look_up.span]);
    }
    let witnesses = trail::read(out, context, &trails, &plan, &mut seen).await;
    let Plan { look_ups, foreign } = plan;
    let witness_of = |look_up: &LookUp| witnesses.iter().find(|witness| witness.saw(look_up));
    let left: Vec<_> = look_ups
        .iter()
        .filter(|look_up| witness_of(look_up).is_none())
        .collect();
    out.tell(&plan::cost(&left));
    for look_up in &look_ups[usize::from(trails.is_empty())..] {
        if let Some(witness) = witness_of(look_up) {
            out.begin(Some(&look_up.subject));
            out.note(&format!("read from the trail {}", witness.name()));
            out.end(Ok(()));
            continue;
        }
        if throttled {
            // They share one limit, and half a minute was already waited for it.
            let note = "an earlier look-up was throttled until it was given up";
            out.skip(Some(&look_up.subject), Outcome::not_asked(note));
            continue;
        }
        throttled = answer(out, context.aws, look_up, &mut seen).await;
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

/// Makes a look-up, an entry of the ledger; says whether it was throttled until it was given up.
async fn answer(out: &mut Out<'_>, aws: &Aws, look_up: &LookUp, seen: &mut Seen<'_>) -> bool {
    out.begin(Some(&look_up.subject));
    let result = read(out, aws, look_up, seen).await;
    let throttled = matches!(&result, Err(outcome) if outcome.status == Status::Throttled);
    out.end(result);
    throttled
}

/// Looks up every name of a subject.
async fn read(
    out: &mut Out<'_>,
    aws: &Aws,
    look_up: &LookUp,
    seen: &mut Seen<'_>,
) -> Result<(), Outcome> {
    for (index, value) in look_up.values.iter().enumerate() {
        // An interval was seen when it was seen under the last name too.
        let is_last = index + 1 == look_up.values.len();
        read_one(out, aws, look_up, value, is_last, seen).await?;
    }
    Ok(())
}

async fn read_one(
    out: &mut Out<'_>,
    aws: &Aws,
    look_up: &LookUp,
    value: &str,
    is_last: bool,
    seen: &mut Seen<'_>,
) -> Result<(), Outcome> {
    let client = aws.cloudtrail(&look_up.region);
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
            seen.keep(out, change);
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
