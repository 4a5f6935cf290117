//! Trails that deliver to a log group: there the same events are read without the limit of two
//! look-ups a second.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::{Event, Trail};
use aws_sdk_cloudwatchlogs::types::LogGroup;
use chrono::{DateTime, TimeDelta};
use evidence_schema::{Interval, Status, manifest::Target, record::Change};
use serde_json::Value;

use super::{
    SOURCE, Seen,
    event::convert,
    plan::{APP_RUNNER, ECR, LookUp, Plan},
};
use crate::{
    aws::{Aws, GLOBAL_REGION},
    collect::Context,
    convert::{aws_time, millis, text_of, time_of},
    ledger::Out,
    pages::Pages,
    sources::logs::FILTER_LOG_EVENTS,
    status::{Outcome, status_of},
    windows::without,
    witness::Apart,
};

pub(super) const DESCRIBE_TRAILS: &str = "cloudtrail:DescribeTrails";
pub(super) const GET_TRAIL_STATUS: &str = "cloudtrail:GetTrailStatus";
pub(super) const DESCRIBE_LOG_GROUPS: &str = "logs:DescribeLogGroups";

/// The subject of the list of trails.
const TRAILS: &str = "trails";

/// Pages of one trail. The log of a large organization is longer than anybody wants to wait for;
/// what is nearest to the failures is read first.
const MOST_PAGES: u32 = 300;

/// CloudTrail takes about five minutes to deliver, and promises no more than fifteen.
const DELIVERY: TimeDelta = TimeDelta::minutes(15);

/// What a trail saw: look-ups within it need not be made.
#[derive(Debug)]
pub(super) struct Witness {
    name: String,
    home: String,
    every_region: bool,
    global_services: bool,
    covered: Vec<Interval>,
}

impl Witness {
    /// The trail's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether everything that a look-up could find was read from the trail.
    pub(super) fn saw(&self, look_up: &LookUp) -> bool {
        // Of ECR the trail was read for one repository alone.
        if look_up.subject == ECR {
            return false;
        }
        let place = if look_up.region == GLOBAL_REGION {
            // The home of IAM's events, which a trail has only if it takes global services.
            self.global_services && (self.every_region || self.home == GLOBAL_REGION)
        } else {
            self.every_region || self.home == look_up.region
        };
        place && without(&[look_up.span], &self.covered).is_empty()
    }
}

/// Reads every one of the trails.
pub(super) async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
    trails: &[Delivering],
    plan: &Plan,
    seen: &mut Seen<'_>,
) -> Vec<Witness> {
    for trail in trails {
        out.plan(Some(&trail.arn), &[context.windows.extended]);
    }
    let mut witnesses = Vec::new();
    for trail in trails {
        out.begin(Some(&trail.arn));
        let mut covered = Vec::new();
        let result = one(out, context, plan, trail, seen, &mut covered).await;
        out.end(result);
        // A trail with selectors of its own may leave events out.
        if trail.takes_everything {
            witnesses.push(Witness {
                name: trail.name.clone(),
                home: trail.home.clone(),
                every_region: trail.every_region,
                global_services: trail.global_services,
                covered,
            });
        }
    }
    witnesses
}

/// A trail that delivers to a log group, as far as it matters here.
#[derive(Debug)]
pub(super) struct Delivering {
    arn: String,
    name: String,
    home: String,
    group: String,
    group_arn: String,
    group_account: String,
    every_region: bool,
    global_services: bool,
    takes_everything: bool,
}

impl Delivering {
    fn of(trail: Trail) -> Option<Self> {
        let group_arn = text_of(trail.cloud_watch_logs_log_group_arn.as_ref())?;
        // arn:aws:logs:<region>:<account>:log-group:<name>:*
        let mut parts = group_arn.split(':').skip(4);
        let group_account = parts.next()?.to_owned();
        let group = parts.nth(1)?.to_owned();
        Some(Self {
            arn: text_of(trail.trail_arn.as_ref())?,
            name: text_of(trail.name.as_ref()).unwrap_or_default(),
            home: text_of(trail.home_region.as_ref())?,
            group,
            group_arn,
            group_account,
            every_region: trail.is_multi_region_trail == Some(true),
            global_services: trail.include_global_service_events == Some(true),
            takes_everything: trail.has_custom_event_selectors == Some(false),
        })
    }
}

/// Lists the trails that deliver to a log group.
pub(super) async fn list(out: &mut Out<'_>, aws: &Aws, target: &Target) -> Vec<Delivering> {
    out.begin(Some(TRAILS));
    let listed = describe(out, aws, target).await;
    if listed.as_ref().is_ok_and(Vec::is_empty) {
        out.note("no trail delivers to a log group");
    }
    let (trails, result) = match listed {
        Ok(trails) => (trails, Ok(())),
        Err(outcome) => (Vec::new(), Err(outcome)),
    };
    out.end(result);
    trails
}

async fn describe(
    out: &mut Out<'_>,
    aws: &Aws,
    target: &Target,
) -> Result<Vec<Delivering>, Outcome> {
    out.call(DESCRIBE_TRAILS);
    let answer = aws
        .cloudtrail(&target.region)
        .describe_trails()
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE_TRAILS, error))?;
    let mut trails: Vec<_> = answer
        .trail_list
        .unwrap_or_default()
        .into_iter()
        .filter_map(Delivering::of)
        .collect();
    trails.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(trails)
}

async fn one(
    out: &mut Out<'_>,
    context: &Context<'_>,
    plan: &Plan,
    trail: &Delivering,
    seen: &mut Seen<'_>,
    covered: &mut Vec<Interval>,
) -> Result<(), Outcome> {
    if trail.group_account != context.target.account {
        let note = "the log group belongs to another account; the look-ups are made instead";
        return Err(Outcome::not_asked(note));
    }
    let kept = kept(out, context, trail).await?;
    if context.windows.extended.from < kept.from {
        out.lost(Interval {
            from: context.windows.extended.from - TimeDelta::days(1),
            to: kept.from,
        });
    }
    let pattern = pattern(&context.target.account, plan);
    let names = plan.names();
    let mut pages_left = MOST_PAGES;
    for span in spans(context, kept) {
        lines(
            out,
            context,
            trail,
            (&pattern, &names, span),
            &mut pages_left,
            seen,
        )
        .await?;
        out.covered(span);
        covered.push(span);
    }
    Ok(())
}

/// The time over which the trail delivered, and its log group keeps what it got.
async fn kept(
    out: &mut Out<'_>,
    context: &Context<'_>,
    trail: &Delivering,
) -> Result<Interval, Outcome> {
    let mut kept = context.windows.extended;
    out.call(GET_TRAIL_STATUS);
    let status = context
        .aws
        .cloudtrail(&trail.home)
        .get_trail_status()
        .name(&trail.arn)
        .customize()
        .interceptor(apart(&trail.arn))
        .send()
        .await
        .map_err(|error| status_of(GET_TRAIL_STATUS, error))?;
    if text_of(status.latest_cloud_watch_logs_delivery_error.as_ref()).is_some()
        || status.is_logging != Some(true)
    {
        return Err(Outcome::absent(
            "the trail delivers nothing to its log group at present",
        ));
    }
    if let Some(started) = time_of(status.start_logging_time.as_ref()) {
        kept.from = kept.from.max(started);
    }
    let Some(group) = group(out, context, trail).await? else {
        return Err(Outcome::absent("the log group of the trail does not exist"));
    };
    if let Some(days) = group.retention_in_days {
        kept.from = kept.from.max(kept.to - TimeDelta::days(days.into()));
    }
    if let Some(created) = millis(group.creation_time) {
        kept.from = kept.from.max(created);
    }
    Ok(kept)
}

/// The log group of a trail among those of which the name begins like its own.
async fn group(
    out: &mut Out<'_>,
    context: &Context<'_>,
    trail: &Delivering,
) -> Result<Option<LogGroup>, Outcome> {
    let client = context.aws.logs_in(&trail.home);
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE_LOG_GROUPS);
        let page = client
            .describe_log_groups()
            .log_group_name_prefix(&trail.group)
            .set_next_token(pages.token())
            .customize()
            .interceptor(apart(&trail.group_arn))
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_LOG_GROUPS, error))?;
        let mut groups = page.log_groups.unwrap_or_default().into_iter();
        let own = groups.find(|it| it.log_group_name.as_deref() == Some(trail.group.as_str()));
        if own.is_some() || !pages.advance(page.next_token)? {
            return Ok(own);
        }
    }
}

/// What is read, the most telling first: around the failures, the last day, then day by day back.
fn spans(context: &Context<'_>, kept: Interval) -> Vec<Interval> {
    let windows = &context.windows;
    let within = |span: &Interval| Interval {
        from: span.from.max(kept.from),
        to: span.to.min(kept.to),
    };
    let mut spans = Vec::new();
    for wanted in windows.incidents.iter().rev().chain([&windows.recent]) {
        let wanted = within(wanted);
        if wanted.from < wanted.to {
            spans.extend(without(&[wanted], &spans));
        }
    }
    let mut to = kept.to;
    while to > kept.from {
        let from = (to - TimeDelta::days(1)).max(kept.from);
        spans.extend(without(&[Interval { from, to }], &spans));
        to = from;
    }
    spans
}

async fn lines(
    out: &mut Out<'_>,
    context: &Context<'_>,
    trail: &Delivering,
    (pattern, names, span): (&str, &BTreeSet<String>, Interval),
    pages_left: &mut u32,
    seen: &mut Seen<'_>,
) -> Result<(), Outcome> {
    let client = context.aws.logs_in(&trail.home);
    let delivered = (span.to + DELIVERY).min(context.windows.extended.to);
    let mut pages = Pages::default();
    loop {
        if *pages_left == 0 {
            let note = format!("stopped after {MOST_PAGES} pages of the trail");
            return Err(Outcome::noted(Status::Truncated, &note));
        }
        *pages_left -= 1;
        out.call(FILTER_LOG_EVENTS);
        let page = client
            .filter_log_events()
            .log_group_name(&trail.group)
            .filter_pattern(pattern)
            .start_time(span.from.timestamp_millis())
            // A line has the time of its delivery, and the event in it is older.
            .end_time(delivered.timestamp_millis())
            .set_next_token(pages.token())
            .customize()
            .interceptor(apart(&trail.group_arn))
            .send()
            .await
            .map_err(|error| of_group(status_of(FILTER_LOG_EVENTS, error), trail))?;
        for line in page.events.unwrap_or_default() {
            let Some(change) = line.message.as_deref().and_then(record) else {
                continue;
            };
            let text = line.message.unwrap_or_default();
            let is_named = change.event_source == APP_RUNNER
                || names.iter().any(|name| text.contains(name.as_str()));
            if is_named {
                seen.keep(out, change);
            }
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}

/// The calls of each trail are tried apart by `doctor`: they are allowed by resource.
fn apart(resource: &str) -> Apart {
    Apart {
        source: SOURCE.name,
        resource: resource.to_owned(),
    }
}

/// An outcome that names the log group. The policy of the collector knows the names that the console
/// gives; whoever chose another one has to grant that one.
fn of_group(mut outcome: Outcome, trail: &Delivering) -> Outcome {
    if let Some(action) = outcome.permission.take() {
        outcome.permission = Some(format!("{action} on {}", trail.group_arn));
        let note = "the look-ups are made instead, at two a second; `apprunner-collector doctor` \
                    prints the statement for this log group";
        return outcome.with_note(note);
    }
    outcome
}

/// Changes and refusals of this account by the services that something is looked up of. The log of
/// an organization's trail has the events of all its accounts.
fn pattern(account: &str, plan: &Plan) -> String {
    let sources: Vec<_> = plan
        .event_sources()
        .into_iter()
        .map(|source| format!("($.eventSource = \"{source}\")"))
        .collect();
    format!(
        "{{ ($.recipientAccountId = \"{account}\") && (($.readOnly IS FALSE) || ($.errorCode = \"*\")) && ({}) }}",
        sources.join(" || ")
    )
}

/// The record of a line, which is one event as CloudTrail wrote it.
fn record(line: &str) -> Option<Change> {
    let detail: Value = serde_json::from_str(line).ok()?;
    let time = DateTime::parse_from_rfc3339(detail["eventTime"].as_str()?).ok()?;
    let event = Event::builder()
        .event_time(aws_time(time.to_utc()))
        .cloud_trail_event(line)
        .build();
    convert(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_trail_is_a_record() {
        let change = record(
            r#"{"eventID":"e-1","eventTime":"2026-11-20T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"DeleteRole",
                "readOnly":false,"requestParameters":{"roleName":"Pull"}}"#,
        )
        .expect("an event");
        assert_eq!(change.event_name, "DeleteRole");
        assert_eq!(change.read_only, Some(false));
        assert_eq!(change.time.to_rfc3339(), "2026-11-20T10:00:00+00:00");
        assert_eq!(record("not JSON"), None);
    }

    #[test]
    fn a_trail_of_one_region_saw_nothing_of_another() {
        let at = |hours: i64| DateTime::from_timestamp(hours * 3_600, 0).expect("a time");
        let span = |from, to| Interval {
            from: at(from),
            to: at(to),
        };
        let mut witness = Witness {
            name: "t".to_owned(),
            home: "eu-west-1".to_owned(),
            every_region: false,
            global_services: true,
            covered: vec![span(0, 5), span(5, 10)],
        };
        let look_up = |region: &str, from, to| LookUp {
            subject: String::new(),
            sources: &[],
            key: aws_sdk_cloudtrail::types::LookupAttributeKey::ResourceName,
            values: Vec::new(),
            span: span(from, to),
            region: region.to_owned(),
        };
        assert!(witness.saw(&look_up("eu-west-1", 1, 9)));
        assert!(!witness.saw(&look_up("eu-west-1", 1, 11)));
        assert!(!witness.saw(&look_up("us-east-1", 1, 9)));
        witness.every_region = true;
        assert!(witness.saw(&look_up("us-east-1", 1, 9)));
        witness.global_services = false;
        assert!(!witness.saw(&look_up("us-east-1", 1, 9)));
    }
}
