//! Calls that do not go as they should.

use super::{FaultKind, Problem, stated::FaultText};

/// A call that does not go as it should.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The service; `None`: any.
    pub service: Option<String>,
    /// The operation; `None`: any.
    pub operation: Option<String>,
    /// Only calls whose parameters contain this.
    pub with: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many matching calls pass first.
    pub after: u64,
    /// How many are hit then; `None`: all.
    pub times: Option<u64>,
    /// How late a slow answer is, in milliseconds.
    pub millis: u64,
    /// The error code of an error.
    pub code: String,
    /// The message of an error.
    pub message: String,
    /// The HTTP status of an error.
    pub http_status: u16,
}

pub(super) fn resolve(
    stated: Vec<toml::Spanned<FaultText>>,
    operations: &[(&str, &str)],
) -> Result<Vec<Fault>, Problem> {
    let mut services = operations.iter().map(|(it, _)| *it).collect::<Vec<_>>();
    services.dedup();
    let mut faults = Vec::new();
    for text in stated {
        let text = text.into_inner();
        let (service, operation) = match text.call.get_ref().split_once(':') {
            Some((service, operation)) => (Some(service), Some(operation)),
            None if text.call.get_ref() == "*" => (None, None),
            None => {
                return Err(Problem::at(
                    text.call.span(),
                    "a call is written as \"iam:GetRole\", \"iam:*\" or \"*\"",
                ));
            }
        };
        let operation = operation.filter(|operation| *operation != "*");
        if let Some(service) = service {
            if !services.contains(&service) {
                return Err(Problem::at(
                    text.call.span(),
                    format!("`{service}` is none of {}", services.join(", ")),
                ));
            }
            if let Some(operation) = operation
                && !operations.contains(&(service, operation))
            {
                return Err(Problem::at(
                    text.call.span(),
                    format!("the endpoint does not serve `{service}:{operation}`"),
                ));
            }
        }
        let http_status = match text.http_status {
            Some(status) if (400..600).contains(status.get_ref()) => status.into_inner(),
            Some(status) => {
                return Err(Problem::at(
                    status.span(),
                    "the status of an error is from 400 to 599",
                ));
            }
            None => 500,
        };
        faults.push(Fault {
            service: service.map(str::to_owned),
            operation: operation.map(str::to_owned),
            with: text.with,
            kind: text.kind,
            after: text.after,
            times: text.times,
            millis: text.ms.unwrap_or(1_000),
            code: text
                .code
                .unwrap_or_else(|| "InternalServiceErrorException".to_owned()),
            message: text.message.unwrap_or_default(),
            http_status,
        });
    }
    Ok(faults)
}
