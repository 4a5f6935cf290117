//! API calls that CloudTrail tells of.

use evidence_schema::{Body, record::Change};
use serde_json::json;

use super::{ARN, Sample, seconds};

impl Sample {
    /// An API call.
    pub(crate) fn change(
        mut self,
        offset: i64,
        source: &str,
        name: &str,
        request: serde_json::Value,
    ) -> Self {
        self.bodies.push(Body::Change(Box::new(Change {
            event_id: format!("{name}{offset}"),
            time: seconds(offset),
            event_source: format!("{source}.amazonaws.com"),
            event_name: name.to_owned(),
            region: None,
            principal: Some("arn:aws:sts::111122223333:assumed-role/Deployer/ci".to_owned()),
            principal_type: None,
            invoked_by: None,
            user_agent: None,
            read_only: Some(false),
            error_code: None,
            error_message: None,
            resources: vec![],
            request_parameters: Some(request),
            response_elements: None,
        })));
        self
    }

    /// A call about the service that App Runner refused.
    pub(crate) fn refused(self, offset: i64, name: &str, code: &str, message: &str) -> Self {
        let request = json!({ "serviceArn": ARN });
        let mut sample = self.change(offset, "apprunner", name, request);
        if let Some(Body::Change(change)) = sample.bodies.last_mut() {
            change.error_code = Some(code.to_owned());
            change.error_message = Some(message.to_owned());
        }
        sample
    }

    /// Changes the last API call.
    pub(crate) fn called(mut self, change: impl FnOnce(&mut Change)) -> Self {
        if let Some(Body::Change(last)) = self.bodies.last_mut() {
            change(last);
        }
        self
    }

    /// A service control policy denies the access role the image.
    pub(crate) fn pull_denied_by_organization(self) -> Self {
        let sample = self.change(4, "ecr", "BatchGetImage", json!({}));
        sample.called(|call| {
            call.principal = Some(
                "arn:aws:sts::111122223333:assumed-role/AppRunnerEcrAccess/AppRunner".to_owned(),
            );
            call.error_code = Some("AccessDenied".to_owned());
            call.error_message =
                Some("with an explicit deny in a service control policy".to_owned());
        })
    }
}
