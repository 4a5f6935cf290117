//! What belongs to App Runner beside services, as a file states it.

use serde::Deserialize;
use toml::Spanned;

use crate::account::{
    time::When,
    words::{ConnectorStatus, DomainStatus, IngressStatus, RecordStatus},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct ObservabilityText {
    pub(in crate::account) name: String,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) status: Option<ConnectorStatus>,
    pub(in crate::account) tracing: Option<bool>,
    pub(in crate::account) created: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct CustomDomainText {
    pub(in crate::account) name: String,
    pub(in crate::account) service: Option<Spanned<String>>,
    pub(in crate::account) status: Option<DomainStatus>,
    pub(in crate::account) www: Option<bool>,
    pub(in crate::account) record_status: Option<RecordStatus>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct IngressText {
    pub(in crate::account) name: Option<String>,
    pub(in crate::account) service: Option<Spanned<String>>,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) status: Option<IngressStatus>,
    pub(in crate::account) vpc: Option<String>,
    pub(in crate::account) endpoint: Option<String>,
    pub(in crate::account) created: Option<When>,
}
