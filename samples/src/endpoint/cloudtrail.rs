//! CloudTrail: events and trails.

mod trails;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::Request,
    validate::{bool, int, list, text, time, word},
};
use crate::account::Change;

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "DescribeTrails",
        members: &[list("trailNameList", 0, 1000), bool("includeShadowTrails")],
        paging: None,
        answer: trails::describe_trails,
    },
    Served {
        operation: "GetTrailStatus",
        members: &[text("Name", 0, 2048).required()],
        paging: None,
        answer: trails::get_trail_status,
    },
    Served {
        operation: "LookupEvents",
        members: &[
            list("LookupAttributes", 0, 50),
            time("StartTime"),
            time("EndTime"),
            word("EventCategory", &["insight"]),
            int("MaxResults", 1, 50),
            text("NextToken", 0, 10_000),
        ],
        paging: Some(Paging {
            token_in: "NextToken",
            token_out: &["NextToken"],
            items: &["Events"],
            more: None,
        }),
        answer: lookup_events,
    },
];

const NINETY_DAYS: i64 = 90 * 86_400_000;

fn lookup_events(request: &Request<'_>) -> Result<Answer, Failure> {
    let attribute = attribute(request)?;
    let now = request.account.now.timestamp_millis();
    let start = request.time("StartTime").unwrap_or(i64::MIN);
    let end = request.time("EndTime").unwrap_or(i64::MAX);
    if start > end {
        return Err(Failure::new(
            "InvalidTimeRangeException",
            "StartTime must be before EndTime.",
        ));
    }
    let start = start.max(now - NINETY_DAYS);
    let is_insight = request.text("EventCategory").is_some();
    let found = request
        .account
        .changes
        .iter()
        .filter(|change| {
            let time = change.time.timestamp_millis();
            !is_insight
                && change.region == request.region
                && start <= time
                && time <= end
                && attribute.is_none_or(|(key, value)| has(change, key, value))
        })
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "MaxResults", 50)?;
    let events = Out::list(&found[range], |change| {
        let resources = Out::list(&change.resources, |(kind, name)| {
            Out::map()
                .with_some("ResourceType", kind.as_ref())
                .with("ResourceName", name)
        });
        Out::map()
            .with("EventId", &change.id)
            .with("EventName", &change.name)
            .with("ReadOnly", change.read_only.to_string())
            .with_some("AccessKeyId", change.access_key.as_ref())
            .with("EventTime", change.time)
            .with("EventSource", &change.source)
            .with_some("Username", change.username.as_ref())
            .with("Resources", resources)
            .with("CloudTrailEvent", change.event.to_string())
    });
    Ok(Answer {
        out: Out::map().with("Events", events),
        next,
    })
}

/// The attribute that is looked up; the service takes one.
fn attribute<'r>(request: &'r Request<'_>) -> Result<Option<(&'r str, &'r str)>, Failure> {
    const KEYS: [&str; 8] = [
        "AccessKeyId",
        "EventId",
        "EventName",
        "EventSource",
        "ReadOnly",
        "ResourceName",
        "ResourceType",
        "Username",
    ];
    let invalid = |message: &str| Failure::new("InvalidLookupAttributesException", message);
    match request.list("LookupAttributes") {
        [] => Ok(None),
        [one] => {
            let key = one["AttributeKey"].as_str().unwrap_or_default();
            let value = one["AttributeValue"].as_str().unwrap_or_default();
            if !KEYS.contains(&key) || value.is_empty() || value.len() > 2000 {
                return Err(invalid("The lookup attribute is not valid."));
            }
            Ok(Some((key, value)))
        }
        _ => Err(invalid("Only one lookup attribute can be specified.")),
    }
}

fn has(change: &Change, key: &str, value: &str) -> bool {
    match key {
        "AccessKeyId" => change.access_key.as_deref() == Some(value),
        "EventId" => change.id == value,
        "EventName" => change.name == value,
        "EventSource" => change.source == value,
        "ReadOnly" => change.read_only.to_string() == value,
        "ResourceName" => change.resources.iter().any(|(_, name)| name == value),
        "ResourceType" => change
            .resources
            .iter()
            .any(|(kind, _)| kind.as_deref() == Some(value)),
        "Username" => change.username.as_deref() == Some(value),
        _ => false,
    }
}
