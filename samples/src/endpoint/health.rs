//! AWS Health.

use serde_json::Value;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::{self, Request},
    validate::{int, structure, text},
};
use crate::account::HealthEvent;

pub(super) const SERVED: &[Served] = &[Served {
    operation: "DescribeEvents",
    members: &[
        structure("filter"),
        text("nextToken", 4, 10_000),
        int("maxResults", 1, 100),
        text("locale", 2, 256),
    ],
    paging: Some(Paging {
        token_in: "nextToken",
        token_out: &["nextToken"],
        items: &["events"],
        more: None,
    }),
    answer: describe_events,
}];

fn describe_events(request: &Request<'_>) -> Result<Answer, Failure> {
    if !request.account.health_plan {
        return Err(Failure::new(
            "SubscriptionRequiredException",
            "AWS Premium Support Subscription is required to use this service.",
        ));
    }
    let now = request.account.now.timestamp_millis();
    let filter = &request.input["filter"];
    let found = request
        .account
        .health_events
        .iter()
        .filter(|event| passes(event, filter, now))
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "maxResults", 100)?;
    let events = Out::list(&found[range], |event| {
        Out::map()
            .with("arn", &event.arn)
            .with("service", &event.service)
            .with("eventTypeCode", &event.event_type)
            .with("eventTypeCategory", event.category.as_str())
            .with("region", &event.region)
            .with("startTime", event.started_at)
            .with_some("endTime", event.ended_at)
            .with("lastUpdatedTime", event.updated_at)
            .with("statusCode", status(event, now))
            .with("eventScopeCode", event.scope.as_str())
    });
    Ok(Answer {
        out: Out::map().with("events", events),
        next,
    })
}

fn passes(event: &HealthEvent, filter: &Value, now: i64) -> bool {
    let among = |name: &str, value: &str| {
        filter[name]
            .as_array()
            .is_none_or(|list| list.iter().any(|item| item.as_str() == Some(value)))
    };
    let within = |name: &str, time: Option<i64>| {
        filter[name].as_array().is_none_or(|ranges| {
            ranges.iter().any(|range| {
                time.is_some_and(|time| {
                    request::time(&range["from"]).is_none_or(|from| from <= time)
                        && request::time(&range["to"]).is_none_or(|to| time <= to)
                })
            })
        })
    };
    among("eventArns", &event.arn)
        && among("eventTypeCodes", &event.event_type)
        && among("services", &event.service)
        && among("regions", &event.region)
        && among("eventTypeCategories", event.category.as_str())
        && among("eventStatusCodes", status(event, now))
        && within("startTimes", Some(event.started_at.timestamp_millis()))
        && within(
            "endTimes",
            event.ended_at.map(|time| time.timestamp_millis()),
        )
        && within(
            "lastUpdatedTimes",
            Some(event.updated_at.timestamp_millis()),
        )
}

fn status(event: &HealthEvent, now: i64) -> &'static str {
    if event.started_at.timestamp_millis() > now {
        "upcoming"
    } else if event
        .ended_at
        .is_some_and(|end| end.timestamp_millis() <= now)
    {
        "closed"
    } else {
        "open"
    }
}
