use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// An image that was pushed into the service's repository around a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PushedImage {
    /// The repository.
    pub repository: String,
    /// The digest.
    pub digest: String,
    /// All of its tags, as they are now.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: Time,
    /// Its compressed size.
    pub size_bytes: Option<i64>,
    /// The media type of its manifest.
    pub manifest_media_type: Option<String>,
    /// `ACTIVE`, `ARCHIVED` or `ACTIVATING`.
    pub status: Option<String>,
}
