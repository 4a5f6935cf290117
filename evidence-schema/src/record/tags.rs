use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tags of the service, as `apprunner:ListTagsForResource` gives them. Those that begin with
/// `aws:` tell which stack it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tags {
    /// The ARN of the service.
    pub resource_arn: String,
    /// The tags by name.
    pub tags: BTreeMap<String, String>,
}
