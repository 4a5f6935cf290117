use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Time;

/// An API call that CloudTrail recorded, as `cloudtrail:LookupEvents` gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The id of the event.
    pub event_id: String,
    /// When the call was made.
    pub time: Time,
    /// The service that was called, such as `apprunner.amazonaws.com`.
    pub event_source: String,
    /// The operation that was called, such as `UpdateService`.
    pub event_name: String,
    /// The Region that recorded it; IAM records in us-east-1.
    pub region: Option<String>,
    /// Who called, as an ARN where CloudTrail has one.
    pub principal: Option<String>,
    /// What kind of principal: `AssumedRole`, `AWSService`, …
    pub principal_type: Option<String>,
    /// The AWS service that called on somebody's behalf.
    pub invoked_by: Option<String>,
    /// The program that called.
    pub user_agent: Option<String>,
    /// Whether the call only read.
    pub read_only: Option<bool>,
    /// The error code without name space; missing when the call was accepted, which does not mean
    /// that what it began went well.
    pub error_code: Option<String>,
    /// The error message.
    pub error_message: Option<String>,
    /// The resources that the call named.
    pub resources: Vec<ChangedResource>,
    /// The parameters, as CloudTrail kept them. A member that AWS hides is a string where the API
    /// has an object.
    pub request_parameters: Option<Value>,
    /// The answer, as CloudTrail kept it.
    pub response_elements: Option<Value>,
}

/// A resource that a call named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedResource {
    /// The type, such as `AWS::IAM::Role`.
    #[serde(rename = "type")]
    pub resource_type: Option<String>,
    /// The name or ARN.
    pub name: Option<String>,
}
