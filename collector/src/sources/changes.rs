//! What was changed: API calls that CloudTrail recorded.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use chrono::TimeDelta;
use evidence_schema::{
    Body, Interval, Status,
    record::{Change, ChangedResource, Origin},
};
use serde_json::Value;

use super::{Source, call, roles};
use crate::{
    collect::Context,
    convert::{aws_time, text, text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, bare_code, status_of},
};

const LOOKUP_EVENTS: &str = "cloudtrail:LookupEvents";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "changes",
    gives: "API calls that changed App Runner, ECR or the roles, from CloudTrail",
    calls: &[call(LOOKUP_EVENTS, "*")],
};

/// CloudTrail keeps its event history that long.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Pages of one look-up. At two calls a second this is a minute, for 6,000 events; a busy registry
/// has more in a day than anybody wants to wait for.
const MOST_PAGES: u32 = 120;

/// One look-up: CloudTrail takes one attribute.
struct LookUp {
    subject: String,
    key: LookupAttributeKey,
    value: String,
    span: Interval,
    global: bool,
}

/// Makes the fewest look-ups that answer what changed, and keeps each event once.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let look_ups = look_ups(context);
    for look_up in &look_ups {
        out.plan(Some(&look_up.subject), &[look_up.span]);
    }
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
    if !pulls_from_ecr(context) {
        out.skip(
            Some("ecr.amazonaws.com"),
            Outcome::not_asked("the service does not pull from a private ECR repository"),
        );
    }
    Ok(())
}

fn pulls_from_ecr(context: &Context<'_>) -> bool {
    match context.service.map(|service| &service.source.origin) {
        Some(Origin::Image(image)) => image.repository_type != "ECR_PUBLIC",
        Some(Origin::Code(_)) => false,
        // It is not known, so it may be.
        Some(Origin::Unknown) | None => true,
    }
}

fn look_ups(context: &Context<'_>) -> Vec<LookUp> {
    let extended = context.windows.extended;
    let kept = Interval {
        from: extended.from.max(extended.to - KEPT),
        to: extended.to,
    };
    let by_source = |source: &str, span| LookUp {
        subject: source.to_owned(),
        key: LookupAttributeKey::EventSource,
        value: source.to_owned(),
        span,
        global: false,
    };
    let mut look_ups = vec![by_source("apprunner.amazonaws.com", kept)];
    if pulls_from_ecr(context) {
        look_ups.push(by_source("ecr.amazonaws.com", context.windows.recent));
    }
    for (arn, _) in roles::used(context) {
        look_ups.push(LookUp {
            key: LookupAttributeKey::ResourceName,
            value: roles::name_of(&arn).to_owned(),
            subject: arn,
            span: kept,
            // IAM is a global service, and its events are recorded in us-east-1 alone.
            global: true,
        });
    }
    look_ups
}

async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
    look_up: &LookUp,
    seen: &mut BTreeSet<String>,
) -> Result<(), Outcome> {
    let client = if look_up.global {
        &context.aws.cloudtrail_global
    } else {
        &context.aws.cloudtrail
    };
    let attribute = LookupAttribute::builder()
        .attribute_key(look_up.key.clone())
        .attribute_value(&look_up.value)
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
        if let Some(oldest) = oldest {
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

/// Whether an event may matter: a call that changes something, or one that was refused.
fn is_evidence(change: &Change) -> bool {
    change.read_only != Some(true) || change.error_code.is_some()
}

/// The record of an event. What CloudTrail wrote is read leniently: members come and go with the
/// version of the event, and a hidden one is a string where the API has an object.
fn convert(event: Event) -> Option<Change> {
    let detail: Value = event
        .cloud_trail_event
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let member = |value: &Value| value.as_str().and_then(text);
    let identity = &detail["userIdentity"];
    let read_only = match event.read_only.as_deref() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => detail["readOnly"].as_bool(),
    };
    let given = |value: &Value| (!value.is_null()).then(|| value.clone());
    Some(Change {
        event_id: text_of(event.event_id.as_ref()).or_else(|| member(&detail["eventID"]))?,
        time: time_of(event.event_time.as_ref())?,
        event_source: text_of(event.event_source.as_ref())
            .or_else(|| member(&detail["eventSource"]))
            .unwrap_or_default(),
        event_name: text_of(event.event_name.as_ref())
            .or_else(|| member(&detail["eventName"]))
            .unwrap_or_default(),
        region: member(&detail["awsRegion"]),
        principal: member(&identity["arn"])
            .or_else(|| member(&identity["invokedBy"]))
            .or_else(|| text_of(event.username.as_ref())),
        principal_type: member(&identity["type"]),
        invoked_by: member(&identity["invokedBy"]),
        user_agent: member(&detail["userAgent"]),
        read_only,
        error_code: member(&detail["errorCode"]).map(|code| last_segment(&code)),
        error_message: member(&detail["errorMessage"]),
        resources: event
            .resources
            .unwrap_or_default()
            .into_iter()
            .map(|resource| ChangedResource {
                resource_type: text_of(resource.resource_type.as_ref()),
                name: text_of(resource.resource_name.as_ref()),
            })
            .collect(),
        request_parameters: given(&detail["requestParameters"]),
        response_elements: given(&detail["responseElements"]),
    })
}

/// CloudTrail writes `AccessDenied`, `Client.AccessDenied` and `com.amazonaws…#AccessDenied`.
fn last_segment(code: &str) -> String {
    let code = bare_code(code);
    code.rsplit('.').next().unwrap_or(code).to_owned()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn event(detail: &str) -> Event {
        Event::builder()
            .event_id("e-1")
            .event_name("UpdateService")
            .event_source("apprunner.amazonaws.com")
            .event_time(DateTime::from_secs(1_795_176_000))
            .read_only("true")
            .cloud_trail_event(detail)
            .build()
    }

    #[test]
    fn hidden_members_and_name_spaces_are_taken_as_they_come() {
        let change = convert(event(
            r#"{"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ci/run"},
                "errorCode":"com.amazonaws.apprunner#Client.InvalidStateException","awsRegion":"us-east-1",
                "requestParameters":{"startCommand":"HIDDEN_DUE_TO_SECURITY_REASONS"},"responseElements":null}"#,
        ))
        .expect("an event");
        assert_eq!(change.error_code.as_deref(), Some("InvalidStateException"));
        assert_eq!(change.principal_type.as_deref(), Some("AssumedRole"));
        assert!(change.request_parameters.is_some() && change.response_elements.is_none());
        assert!(is_evidence(&change));
    }

    #[test]
    fn an_event_that_cannot_be_read_is_kept_by_what_the_list_says() {
        let change = convert(event("{ cut")).expect("an event");
        assert_eq!(change.event_name, "UpdateService");
        assert!(!is_evidence(&change), "it only read and was not refused");
    }
}
