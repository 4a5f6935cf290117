//! How an AWS error becomes a status of the coverage ledger. This is the only place.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use evidence_schema::{Status, coverage::AwsError};

/// How a source, or a subject of it, ended when it did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What the ledger will say, unless something was read before: then it says `partial`.
    pub status: Status,
    /// The IAM action that was missing.
    pub permission: Option<String>,
    /// The error as AWS worded it.
    pub error: Option<AwsError>,
    /// A sentence for people.
    pub note: Option<String>,
}

impl Outcome {
    /// It does not exist.
    pub(crate) fn absent(note: &str) -> Self {
        Self::noted(Status::Absent, note)
    }

    /// It was not asked for.
    pub(crate) fn not_asked(note: &str) -> Self {
        Self::noted(Status::NotAsked, note)
    }

    /// A status with a sentence and no error of AWS.
    pub(crate) fn noted(status: Status, note: &str) -> Self {
        Self {
            status,
            permission: None,
            error: None,
            note: Some(note.to_owned()),
        }
    }

    /// The code of the error, if AWS gave one.
    pub(crate) fn code(&self) -> Option<&str> {
        self.error.as_ref().map(|error| error.code.as_str())
    }

    /// The same outcome with a sentence.
    pub(crate) fn with_note(mut self, note: &str) -> Self {
        self.note = Some(note.to_owned());
        self
    }
}

/// What became of a call of `action`, such as `logs:FilterLogEvents`.
pub(crate) fn status_of<E>(action: &str, error: SdkError<E, HttpResponse>) -> Outcome
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let (status, code, message) = match &error {
        SdkError::ServiceError(answer) => {
            let code = bare_code(answer.err().code().unwrap_or("unknown"));
            let message = answer.err().message().unwrap_or_default().to_owned();
            (status_of_code(code), code.to_owned(), message)
        }
        SdkError::TimeoutError(_) => (
            Status::Failed,
            "timeout".to_owned(),
            "AWS did not answer in time".to_owned(),
        ),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            (Status::Failed, "timeout".to_owned(), chain(&error))
        }
        SdkError::DispatchFailure(_) => (Status::Failed, "connection".to_owned(), chain(&error)),
        SdkError::ResponseError(_) => (Status::Failed, "response".to_owned(), chain(&error)),
        _ => (Status::Failed, "request".to_owned(), chain(&error)),
    };
    Outcome {
        permission: (status == Status::Denied).then(|| action.to_owned()),
        status,
        error: Some(AwsError { code, message }),
        note: None,
    }
}

/// The code without name space, which some protocols and old services put before it.
pub(crate) fn bare_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

/// What an error code of AWS means for the ledger.
pub(crate) fn status_of_code(code: &str) -> Status {
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "NotAuthorized"
        | "UnauthorizedOperation" => Status::Denied,
        "BandwidthLimitExceeded"
        | "LimitExceededException"
        | "PriorRequestNotComplete"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "TransactionInProgressException" => Status::Throttled,
        "ImageNotFoundException"
        | "NoSuchEntity"
        | "NoSuchEntityException"
        | "NotFoundException"
        | "RepositoryNotFoundException"
        | "RepositoryPolicyNotFoundException"
        | "ResourceNotFoundException" => Status::Absent,
        _ => Status::Failed,
    }
}

/// The causes of an error, without what they repeat of each other.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::operation::get_role::GetRoleError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

    use super::*;

    fn answered(code: &str) -> Outcome {
        let error = GetRoleError::generic(
            ErrorMetadata::builder()
                .code(code)
                .message("as AWS worded it")
                .build(),
        );
        let status = StatusCode::try_from(400).expect("a status code");
        let raw = HttpResponse::new(status, SdkBody::empty());
        status_of("iam:GetRole", SdkError::service_error(error, raw))
    }

    #[test]
    fn a_denied_call_names_the_missing_permission() {
        let outcome = answered("AccessDenied");
        assert_eq!(outcome.status, Status::Denied);
        assert_eq!(outcome.permission.as_deref(), Some("iam:GetRole"));
        let error = outcome.error.expect("the error of AWS");
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("AccessDenied", "as AWS worded it")
        );
    }

    #[test]
    fn codes_become_statuses() {
        assert_eq!(
            answered("com.amazonaws#ThrottlingException").status,
            Status::Throttled
        );
        assert_eq!(answered("NoSuchEntity").status, Status::Absent);
        assert_eq!(answered("InternalFailure").status, Status::Failed);
        assert_eq!(answered("InternalFailure").permission, None);
    }

    #[test]
    fn no_answer_is_a_failure_that_says_so() {
        let timeout: SdkError<GetRoleError, HttpResponse> = SdkError::timeout_error("slow");
        let outcome = status_of("iam:GetRole", timeout);
        assert_eq!(outcome.status, Status::Failed);
        assert_eq!(outcome.code(), Some("timeout"));
    }
}
