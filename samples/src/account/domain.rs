//! Domains of the customer's own that lead to a service.

use super::{
    Context, DomainStatus, Problem, RecordStatus, Service, id, named_service,
    stated::CustomDomainText,
};

/// A domain of the customer's own.
#[derive(Clone, Debug)]
pub struct CustomDomain {
    /// The name.
    pub name: String,
    /// The ARN of the service.
    pub service_arn: String,
    /// Whether `www.` leads there as well.
    pub www: bool,
    /// How it stands.
    pub status: DomainStatus,
    /// What must be in the DNS for the certificate: name and value.
    pub records: Vec<(String, String)>,
    /// Whether that was seen.
    pub record_status: RecordStatus,
}

pub(super) fn resolve(
    stated: Vec<CustomDomainText>,
    services: &[Service],
    context: &Context,
) -> Result<Vec<CustomDomain>, Problem> {
    let resolve = |text: CustomDomainText| {
        let service = named_service(text.service, services)?;
        let status = text.status.unwrap_or(DomainStatus::Active);
        let record_status = text.record_status.unwrap_or(match status {
            DomainStatus::CreateFailed => RecordStatus::Failed,
            DomainStatus::Creating | DomainStatus::PendingValidation => RecordStatus::Pending,
            _ => RecordStatus::Success,
        });
        let www = text.www.unwrap_or(true);
        let mut hosts = vec![text.name.clone()];
        hosts.extend(www.then(|| format!("www.{}", text.name)));
        let record = |host: String| {
            let seed = ["domain", &context.account, &host];
            let (name, value) = (id::hex(32, &seed), id::hex(32, &["value", &host]));
            (
                format!("_{name}.{host}."),
                format!("_{value}.validations.aws."),
            )
        };
        Ok(CustomDomain {
            name: text.name,
            service_arn: service.arn.clone(),
            www,
            status,
            records: hosts.into_iter().map(record).collect(),
            record_status,
        })
    };
    stated.into_iter().map(resolve).collect()
}
