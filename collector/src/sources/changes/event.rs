//! The record of an event, from what CloudTrail wrote.

use aws_sdk_cloudtrail::types::Event;
use evidence_schema::record::{Change, ChangedResource};
use serde_json::Value;

use crate::{
    convert::{text, text_of, time_of},
    status::bare_code,
};

/// Whether an event may matter: a call that changes something, or one that was refused.
pub(super) fn is_evidence(change: &Change) -> bool {
    change.read_only != Some(true) || change.error_code.is_some()
}

/// The record of an event. What CloudTrail wrote is read leniently: members come and go with the
/// version of the event, and a hidden one is a string where the API has an object.
pub(super) fn convert(event: Event) -> Option<Change> {
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
