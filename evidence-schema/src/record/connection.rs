use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{open_enum::open_enum, time::Time};

/// A connection to a source code provider, as `apprunner:ListConnections` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// `GITHUB` or `BITBUCKET`.
    pub provider: Option<String>,
    /// Whether it can be used.
    pub status: ConnectionStatus,
    /// When it was created.
    pub created_at: Option<Time>,
}

open_enum! {
    /// Whether a connection can be used.
    ConnectionStatus {
        /// Someone has to finish the handshake in the console.
        PendingHandshake = "PENDING_HANDSHAKE",
        /// It can be used.
        Available = "AVAILABLE",
        /// It is broken.
        Error = "ERROR",
        /// It was deleted.
        Deleted = "DELETED",
    }
}
