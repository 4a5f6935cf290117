//! `schema`: the JSON Schema of the JSON report.

use std::io::Write;

use super::written;
use crate::{
    error::{CliError, Exit},
    report::json,
};

pub(super) fn run(out: &mut dyn Write) -> Result<Exit, CliError> {
    let schema =
        serde_json::to_string_pretty(&json::schema()).expect("a schema is JSON with string keys");
    written(writeln!(out, "{schema}").and_then(|()| out.flush()))?;
    Ok(Exit::NothingWrong)
}
