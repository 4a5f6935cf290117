use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A quota of the account in the Region, as Service Quotas gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quota {
    /// The service, such as `fargate`.
    pub service_code: String,
    /// The code, such as `L-3032A538`.
    pub quota_code: String,
    /// The name for people.
    pub quota_name: Option<String>,
    /// The value.
    pub value: Option<f64>,
    /// What it counts; `None` of AWS is a plain number.
    pub unit: Option<String>,
    /// Whether it can be raised.
    pub adjustable: bool,
    /// Whether it is what AWS gives everybody, because the account has no value of its own.
    pub is_default: bool,
}
