//! `explain`: the page of a diagnosis.

use std::io::Write;

use super::written;
use crate::{
    error::{CliError, Exit},
    rules,
};

pub(super) fn run(id: &str, out: &mut dyn Write) -> Result<Exit, CliError> {
    let Some(rule) = rules::find(id) else {
        return Err(CliError::UnknownRule {
            id: id.to_owned(),
            nearest: rules::nearest(id),
        });
    };
    written(
        out.write_all(rule.docs.as_bytes())
            .and_then(|()| out.flush()),
    )?;
    Ok(Exit::NothingWrong)
}
