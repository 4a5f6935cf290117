use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file of the user's checkout that says how the application is built or started. It may be
/// newer or older than what was deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceFile {
    /// The path within the checkout, with `/` between its parts.
    pub path: String,
    /// What the file is for.
    pub role: SourceFileRole,
    /// How large it is.
    pub size_bytes: u64,
    /// What it says, where it is short and of interest as a whole, without the values of
    /// environment variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Whether the file goes on where the content ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The instructions of a Dockerfile that tell what is started, and for which platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<DockerInstruction>,
}

/// What a file of the checkout is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceFileRole {
    /// `apprunner.yaml`, or a name that somebody may have meant to be it.
    Configuration,
    /// A Dockerfile.
    Dockerfile,
    /// What pins the version of a runtime, such as `.nvmrc`.
    RuntimeVersion,
    /// What pins the versions of dependencies, or names them. Only that it exists is told.
    Dependencies,
}

/// An instruction of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DockerInstruction {
    /// The line on which it begins, from 1.
    pub line: u32,
    /// The build stage, from 0; the last one is what runs.
    pub stage: u32,
    /// `FROM`, `EXPOSE`, `CMD`, `ENTRYPOINT`, `USER`, `WORKDIR` or `SHELL`.
    pub instruction: String,
    /// What follows it, with continued lines joined.
    pub arguments: String,
}
