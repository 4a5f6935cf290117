//! `rules`: every diagnosis.

use std::io::Write;

use super::written;
use crate::{
    error::{CliError, Exit},
    rules,
};

pub(super) fn run(out: &mut dyn Write) -> Result<Exit, CliError> {
    let mut text = String::new();
    for rule in rules::ALL {
        text.push_str(&format!(
            "{:<28}  {:<8}  {}\n",
            rule.id,
            rule.severity.as_str(),
            rule.summary
        ));
    }
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
    Ok(Exit::NothingWrong)
}
