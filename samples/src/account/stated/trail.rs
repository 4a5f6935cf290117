//! Trails, as a file states them.

use serde::Deserialize;
use toml::Spanned;

use crate::account::time::{Length, When};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct TrailText {
    pub(in crate::account) name: Spanned<String>,
    pub(in crate::account) log_group: Option<String>,
    pub(in crate::account) logging: Option<bool>,
    pub(in crate::account) multi_region: Option<bool>,
    pub(in crate::account) since: Option<When>,
    pub(in crate::account) stopped: Option<When>,
    pub(in crate::account) delay: Option<Length>,
    pub(in crate::account) delivery_error: Option<String>,
}
