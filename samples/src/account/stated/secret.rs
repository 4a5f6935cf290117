//! Secrets, parameters and keys, as a file states them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Document;
use crate::account::{
    time::When,
    words::{KeyState, ParameterType},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct SecretText {
    pub(in crate::account) name: String,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) deleted: Option<When>,
    pub(in crate::account) created: Option<When>,
    pub(in crate::account) changed: Option<When>,
    pub(in crate::account) kms_key: Option<String>,
    pub(in crate::account) policy: Option<Document>,
    pub(in crate::account) value: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct ParameterText {
    pub(in crate::account) name: String,
    pub(in crate::account) exists: Option<bool>,
    #[serde(rename = "type")]
    pub(in crate::account) parameter_type: Option<ParameterType>,
    pub(in crate::account) kms_key: Option<String>,
    pub(in crate::account) changed: Option<When>,
    pub(in crate::account) by: Option<String>,
    pub(in crate::account) version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct KeyText {
    pub(in crate::account) id: String,
    pub(in crate::account) alias: Option<String>,
    pub(in crate::account) exists: Option<bool>,
    pub(in crate::account) state: Option<KeyState>,
    pub(in crate::account) deletion_in_days: Option<u32>,
    pub(in crate::account) created: Option<When>,
    pub(in crate::account) policy: Option<Document>,
    pub(in crate::account) grants: Option<Vec<GrantText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::account) struct GrantText {
    pub(in crate::account) grantee: String,
    pub(in crate::account) operations: Vec<String>,
    pub(in crate::account) name: Option<String>,
    pub(in crate::account) retiring: Option<String>,
    #[serde(default)]
    pub(in crate::account) context: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::account) exact: bool,
    pub(in crate::account) created: Option<When>,
}
