//! Quotas, as a file states them.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct QuotaText {
    pub(in crate::account) service: String,
    pub(in crate::account) code: Option<String>,
    pub(in crate::account) name: Option<String>,
    pub(in crate::account) value: Option<f64>,
    pub(in crate::account) applied: Option<bool>,
    pub(in crate::account) exists: Option<bool>,
}
