//! Who was refused: the callers of refused calls for the service, found while changes are read.

use std::cell::RefCell;

use evidence_schema::{Time, manifest::Target, record::Change};

/// The service that deploys.
const APP_RUNNER: &str = "apprunner.amazonaws.com";

/// A caller, and when it was refused last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Who called, as an ARN where CloudTrail has one.
    pub principal: String,
    /// What kind of principal: `AssumedRole`, `IAMUser`, …
    pub kind: Option<String>,
    /// When it was refused last.
    pub refused: Time,
}

/// The callers that were refused for want of a permission.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    found: RefCell<Vec<Caller>>,
}

impl Callers {
    /// Takes the caller of a call that would have made or changed the service and was not allowed.
    pub(crate) fn see(&self, target: &Target, change: &Change) {
        let denied = change
            .error_code
            .as_deref()
            .is_some_and(|code| code.starts_with("AccessDenied"));
        let deploys = change.event_source == APP_RUNNER
            && matches!(
                change.event_name.as_str(),
                "CreateService" | "UpdateService" | "StartDeployment"
            );
        if !denied || !deploys || !is_about(target, change) {
            return;
        }
        let Some(principal) = change.principal.clone() else {
            return;
        };
        let mut found = self.found.borrow_mut();
        match found.iter_mut().find(|it| it.principal == principal) {
            Some(known) => known.refused = known.refused.max(change.time),
            None => found.push(Caller {
                principal,
                kind: change.principal_type.clone(),
                refused: change.time,
            }),
        }
    }

    /// Each caller once, the last refused first.
    pub(crate) fn all(&self) -> Vec<Caller> {
        let mut all = self.found.borrow().clone();
        all.sort_by(|a, b| (b.refused, &a.principal).cmp(&(a.refused, &b.principal)));
        all
    }
}

/// Whether a call is about the service. CloudTrail keeps no parameters of some refused calls, and
/// those may be.
fn is_about(target: &Target, change: &Change) -> bool {
    let parameter = |name: &str| change.request_parameters.as_ref()?.get(name)?.as_str();
    let arn = parameter("serviceArn").is_none_or(|arn| arn == target.service_arn);
    let name = parameter("serviceName").is_none_or(|name| name == target.service_name);
    arn && name
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;

    fn target() -> Target {
        Target {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            service_name: "shop".to_owned(),
            service_id: "a".to_owned(),
            service_arn: "arn:shop".to_owned(),
        }
    }

    fn call(second: i64, principal: &str, name: &str, error: &str, request: Value) -> Change {
        Change {
            event_id: second.to_string(),
            time: DateTime::from_timestamp(second, 0).expect("a time"),
            event_source: APP_RUNNER.to_owned(),
            event_name: name.to_owned(),
            region: None,
            principal: Some(principal.to_owned()),
            principal_type: Some("AssumedRole".to_owned()),
            invoked_by: None,
            user_agent: None,
            read_only: Some(false),
            error_code: Some(error.to_owned()),
            error_message: None,
            resources: vec![],
            request_parameters: Some(request),
            response_elements: None,
        }
    }

    #[test]
    fn callers_of_refused_deployments_of_the_service_are_kept_once_and_the_last_come_first() {
        let callers = Callers::default();
        let own = json!({"serviceArn": "arn:shop"});
        for change in [
            call(
                1,
                "one",
                "UpdateService",
                "AccessDeniedException",
                own.clone(),
            ),
            call(
                2,
                "two",
                "CreateService",
                "AccessDenied",
                json!({"serviceName": "shop"}),
            ),
            call(3, "one", "StartDeployment", "AccessDenied", own.clone()),
            call(
                4,
                "busy",
                "UpdateService",
                "InvalidStateException",
                own.clone(),
            ),
            call(5, "reader", "DescribeService", "AccessDenied", own),
            call(
                6,
                "other",
                "UpdateService",
                "AccessDenied",
                json!({"serviceArn": "arn:other"}),
            ),
        ] {
            callers.see(&target(), &change);
        }
        let names: Vec<_> = callers.all().into_iter().map(|it| it.principal).collect();
        assert_eq!(names, ["one", "two"]);
    }
}
