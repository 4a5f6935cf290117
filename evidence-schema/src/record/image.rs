use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// The ECR repository of the service's image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Repository {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The account of the registry.
    pub registry_id: Option<String>,
    /// The URI that images are pushed to.
    pub uri: Option<String>,
    /// When it was created.
    pub created_at: Option<Time>,
    /// `MUTABLE` or `IMMUTABLE`.
    pub tag_mutability: Option<String>,
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub encryption_type: Option<String>,
    /// The key, for encryption by KMS.
    pub kms_key: Option<String>,
    /// The repository policy, as ECR keeps it; none may mean that there is none or that it could
    /// not be read, which the coverage ledger tells apart.
    pub policy: Option<String>,
    /// The lifecycle policy, by which ECR deletes or archives images; none may mean that there is
    /// none or that it could not be read, which the coverage ledger tells apart.
    #[serde(default)]
    pub lifecycle_policy: Option<String>,
    /// When ECR last evaluated the lifecycle policy.
    #[serde(default)]
    pub lifecycle_evaluated_at: Option<Time>,
}

/// The image that the service refers to, as ECR has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// The account of the registry.
    pub registry_id: Option<String>,
    /// The repository.
    pub repository: String,
    /// The tag or digest by which the service names it.
    pub reference: String,
    /// The digest.
    pub digest: String,
    /// All of its tags.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: Option<Time>,
    /// Its compressed size.
    pub size_bytes: Option<i64>,
    /// The media type of its manifest; tells an index from a single image.
    pub manifest_media_type: Option<String>,
    /// `ACTIVE`, `ARCHIVED` or `ACTIVATING`.
    pub status: Option<String>,
    /// The platforms: of an index as it lists them, of a single image as its configuration says.
    /// Empty when that could not be read, which the coverage ledger explains.
    pub platforms: Vec<Platform>,
    /// When it was last archived. An archived image cannot be pulled.
    #[serde(default)]
    pub archived_at: Option<Time>,
    /// When it was last brought back from the archive.
    #[serde(default)]
    pub activated_at: Option<Time>,
}

/// A platform that an image was built for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Platform {
    /// The operating system, such as `linux`; `unknown` for an attestation.
    pub os: String,
    /// The architecture, such as `amd64`; `unknown` for an attestation.
    pub architecture: String,
}
