//! Trails, and the log groups to which they deliver.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use toml::Spanned;

use super::{Change, Context, LogLine, Problem, Run, log::Logs, stated::TrailText};

/// A trail.
#[derive(Clone, Debug)]
pub struct Trail {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The log group to which it delivers; it delivers to a bucket in any case.
    pub log_group: Option<String>,
    /// Whether it records.
    pub is_logging: bool,
    /// Whether it records what happens in all Regions.
    pub is_multi_region: bool,
    /// Since when it records.
    pub started_at: DateTime<Utc>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Why it does not reach the log group.
    pub delivery_error: Option<String>,
    /// When it last delivered a line.
    pub delivered_at: Option<DateTime<Utc>>,
}

/// The trails that the file states. Their lines go into the logs.
pub(super) fn resolve(
    stated: Vec<Spanned<TrailText>>,
    changes: &[Change],
    logs: &mut Logs,
    context: &Context,
) -> Result<Vec<Trail>, Problem> {
    let mut trails = Vec::<Trail>::new();
    for text in stated {
        let span = text.span();
        let text = text.into_inner();
        let name = text.name.get_ref();
        if !(3..=128).contains(&name.len()) {
            let message = "the name of a trail has 3 to 128 letters";
            return Err(Problem::at(text.name.span(), message));
        }
        if trails.iter().any(|known| known.name == *name) {
            return Err(Problem::at(span, format!("there are two trails `{name}`")));
        }
        let log_group = match text.log_group.as_deref() {
            Some("") => None,
            Some(group) => Some(group.to_owned()),
            None => Some(format!("CloudTrail/{name}")),
        };
        let stopped_at = text.stopped.map(|when| when.at(context.now));
        let mut trail = Trail {
            arn: format!(
                "arn:aws:cloudtrail:{}:{}:trail/{name}",
                context.region, context.account
            ),
            is_logging: text.logging.unwrap_or(stopped_at.is_none()),
            is_multi_region: text.multi_region.unwrap_or(true),
            started_at: text
                .since
                .map_or(context.now - TimeDelta::days(200), |when| {
                    when.at(context.now)
                }),
            stopped_at,
            delivery_error: text.delivery_error,
            delivered_at: None,
            name: text.name.into_inner(),
            log_group,
        };
        // A record is in the log some minutes after the call.
        let delay = text.delay.map_or(TimeDelta::minutes(5), |length| length.0);
        deliver(&mut trail, changes, delay, logs, context);
        trails.push(trail);
    }
    Ok(trails)
}

/// Writes the records of a trail to its log group, one a line as CloudTrail does there.
fn deliver(
    trail: &mut Trail,
    changes: &[Change],
    delay: TimeDelta,
    logs: &mut Logs,
    context: &Context,
) {
    let Some(group) = &trail.log_group else {
        return;
    };
    if trail.delivery_error.is_some() || (!trail.is_logging && trail.stopped_at.is_none()) {
        return;
    }
    let mut streams = BTreeMap::<&str, Vec<LogLine>>::new();
    for change in changes {
        let is_recorded = (trail.is_multi_region || change.region == context.region)
            && change.time >= trail.started_at
            && trail.stopped_at.is_none_or(|stop| change.time < stop);
        let time = change.time + delay;
        if !is_recorded || time > context.now {
            continue;
        }
        trail.delivered_at = trail.delivered_at.max(Some(time));
        streams.entry(&change.region).or_default().push(LogLine {
            time: time.timestamp_millis(),
            message: change.event.to_string(),
        });
    }
    for (region, mut lines) in streams {
        lines.sort_by_key(|line| line.time);
        let stream = format!("{}_CloudTrail_{region}", context.account);
        logs.add(group, &stream, Run::Stated(lines));
    }
    logs.made_by(group, trail.started_at);
}
