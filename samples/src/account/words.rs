//! The words of AWS, and ours, that an account file chooses from.

use serde::Deserialize;

/// An enum whose variants are the words of AWS.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
            pub enum $name {
                $(
                    $(#[$variant_meta])*
                    #[serde(rename = $word)]
                    $variant,
                )+
            }

            impl $name {
                /// The word of AWS for it.
                pub fn as_str(self) -> &'static str {
                    match self { $(Self::$variant => $word,)+ }
                }
            }
        )+
    };
}

words! {
    /// How a service stands.
    ServiceStatus {
        /// The first deployment failed.
        CreateFailed = "CREATE_FAILED",
        /// A version runs.
        Running = "RUNNING",
        /// It was deleted.
        Deleted = "DELETED",
        /// Its deletion failed.
        DeleteFailed = "DELETE_FAILED",
        /// It is paused.
        Paused = "PAUSED",
        /// An operation runs.
        OperationInProgress = "OPERATION_IN_PROGRESS",
    }
    /// What an operation does.
    OperationType {
        /// A deployment.
        StartDeployment = "START_DEPLOYMENT",
        /// The first deployment.
        CreateService = "CREATE_SERVICE",
        /// A pause.
        PauseService = "PAUSE_SERVICE",
        /// A resume.
        ResumeService = "RESUME_SERVICE",
        /// A deletion.
        DeleteService = "DELETE_SERVICE",
        /// A change of configuration.
        UpdateService = "UPDATE_SERVICE",
    }
    /// How an operation stands.
    #[derive(Default)]
    OperationStatus {
        /// Not begun.
        Pending = "PENDING",
        /// Under way.
        InProgress = "IN_PROGRESS",
        /// Failed with nothing to go back to.
        Failed = "FAILED",
        /// Ended well.
        #[default]
        Succeeded = "SUCCEEDED",
        /// Failed; the old version is being restored.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// Failed, and so did the return to the old version.
        RollbackFailed = "ROLLBACK_FAILED",
        /// Failed; the old version runs on.
        RollbackSucceeded = "ROLLBACK_SUCCEEDED",
    }
    /// Where a service's application comes from.
    #[derive(Default)]
    SourceKind {
        /// An image.
        #[default]
        Image = "image",
        /// A GitHub repository.
        Github = "github",
        /// A Bitbucket repository.
        Bitbucket = "bitbucket",
    }
    /// Where the configuration of source code comes from.
    ConfigurationSource {
        /// `apprunner.yaml`.
        Repository = "REPOSITORY",
        /// The API.
        Api = "API",
    }
    /// How health is checked.
    HealthProtocol {
        /// By a connection.
        Tcp = "TCP",
        /// By a request.
        Http = "HTTP",
    }
    /// What the tag of an image leads to.
    ManifestKind {
        /// A list of platforms.
        Index = "index",
        /// One image.
        Single = "single",
    }
    /// Whether an image can be pulled.
    ImageStatus {
        /// It can.
        Active = "ACTIVE",
        /// It was archived.
        Archived = "ARCHIVED",
    }
    /// Who hosts source code.
    Provider {
        /// GitHub.
        Github = "GITHUB",
        /// Bitbucket.
        Bitbucket = "BITBUCKET",
    }
    /// Whether a connection can be used.
    ConnectionStatus {
        /// The handshake is not finished.
        PendingHandshake = "PENDING_HANDSHAKE",
        /// It can.
        Available = "AVAILABLE",
        /// It is broken.
        Error = "ERROR",
        /// It was deleted.
        Deleted = "DELETED",
    }
    /// Whether a VPC connector exists.
    ConnectorStatus {
        /// It does.
        Active = "ACTIVE",
        /// It was deleted.
        Inactive = "INACTIVE",
    }
    /// How a parameter is kept.
    #[derive(Default)]
    ParameterType {
        /// In clear.
        String = "String",
        /// A list in clear.
        StringList = "StringList",
        /// Encrypted.
        #[default]
        SecureString = "SecureString",
    }
    /// Whether a key can be used.
    KeyState {
        /// It can.
        Enabled = "Enabled",
        /// It was switched off.
        Disabled = "Disabled",
        /// It will be deleted.
        PendingDeletion = "PendingDeletion",
        /// It waits for its material.
        PendingImport = "PendingImport",
        /// Its store cannot be reached.
        Unavailable = "Unavailable",
    }
    /// Whether a route leads anywhere.
    RouteState {
        /// It does.
        Active = "active",
        /// What it leads to is gone.
        Blackhole = "blackhole",
    }
    /// How a NAT gateway stands.
    #[derive(Default)]
    NatState {
        /// Being made.
        Pending = "pending",
        /// It could not be made.
        Failed = "failed",
        /// It works.
        #[default]
        Available = "available",
        /// Being deleted.
        Deleting = "deleting",
        /// It was deleted, and is listed for about an hour.
        Deleted = "deleted",
    }
    /// How a VPC endpoint is reached.
    EndpointType {
        /// By an address in the VPC.
        Interface = "Interface",
        /// By a route.
        Gateway = "Gateway",
    }
    /// How a domain of a service stands.
    DomainStatus {
        /// Being made.
        Creating = "CREATING",
        /// It could not be made.
        CreateFailed = "CREATE_FAILED",
        /// It works.
        Active = "ACTIVE",
        /// Being deleted.
        Deleting = "DELETING",
        /// It could not be deleted.
        DeleteFailed = "DELETE_FAILED",
        /// It waits for the records in the DNS.
        PendingValidation = "PENDING_CERTIFICATE_DNS_VALIDATION",
        /// Its certificate is being installed.
        BindingCertificate = "BINDING_CERTIFICATE",
    }
    /// Whether the record of a domain was seen in the DNS.
    RecordStatus {
        /// Not yet.
        Pending = "PENDING_VALIDATION",
        /// It was.
        Success = "SUCCESS",
        /// It was not, and nobody waits any more.
        Failed = "FAILED",
    }
    /// How the way into a private service stands.
    IngressStatus {
        /// It works.
        Available = "AVAILABLE",
        /// Being made.
        PendingCreation = "PENDING_CREATION",
        /// Being changed.
        PendingUpdate = "PENDING_UPDATE",
        /// Being deleted.
        PendingDeletion = "PENDING_DELETION",
        /// It could not be made.
        FailedCreation = "FAILED_CREATION",
        /// It could not be changed.
        FailedUpdate = "FAILED_UPDATE",
        /// It could not be deleted.
        FailedDeletion = "FAILED_DELETION",
        /// It was deleted.
        Deleted = "DELETED",
    }
    /// What a health event is about.
    HealthCategory {
        /// A fault of AWS.
        Issue = "issue",
        /// Something to know.
        AccountNotification = "accountNotification",
        /// Something to come.
        ScheduledChange = "scheduledChange",
    }
    /// Whom a health event concerns.
    HealthScope {
        /// Everybody.
        Public = "PUBLIC",
        /// This account.
        AccountSpecific = "ACCOUNT_SPECIFIC",
    }
    /// What goes wrong with a call.
    FaultKind {
        /// Access is denied.
        Denied = "denied",
        /// Too many requests.
        Throttled = "throttled",
        /// An error that is stated.
        Error = "error",
        /// The right answer, late.
        Slow = "slow",
        /// The connection is closed without an answer.
        Reset = "reset",
        /// No answer, ever.
        Hang = "hang",
        /// Half of the body, then the connection is closed.
        CutBody = "cut-body",
        /// A body that ends in the middle.
        MalformedBody = "malformed-body",
        /// An empty page with a token before each page.
        EmptyPage = "empty-page",
        /// The same page and token for ever.
        RepeatedToken = "repeated-token",
    }
}
