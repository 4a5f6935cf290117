use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A domain of the customer that leads to the service, as `apprunner:DescribeCustomDomains` gives
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomDomain {
    /// The name.
    pub domain_name: String,
    /// Whether `www.` leads to the service too.
    pub www_subdomain: bool,
    /// `ACTIVE`, `CREATE_FAILED`, `PENDING_CERTIFICATE_DNS_VALIDATION`, …
    pub status: Option<String>,
    /// What DNS has to say for the certificate, sorted by name.
    pub validation_records: Vec<ValidationRecord>,
}

/// A DNS record that proves to the certificate authority whose the domain is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ValidationRecord {
    /// The name of the DNS record.
    pub record_name: String,
    /// Its type: `CNAME`.
    pub record_type: Option<String>,
    /// The value that it must have.
    pub value: Option<String>,
    /// `SUCCESS`, `PENDING_VALIDATION` or `FAILED`.
    pub status: Option<String>,
}
