//! What the environment of the program says about where AWS is.

use std::{
    env, io,
    process::{Command, ExitCode},
};

use crate::error::CliError;

/// The variable for all services; with `_` and the name of a service after it, for that one.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// Treats an empty `AWS_ENDPOINT_URL`, or one of a service, as one that is not set, as the AWS
/// command line does: the SDK takes it for an address and panics. Gives the exit code if another
/// process did the work.
///
/// The SDK reads the environment itself, also in clients that it makes on its own for credentials,
/// and a running process cannot change its environment safely. So the program is started again
/// without these variables. If that fails they are left, and `check_endpoints` refuses them.
pub(crate) fn without_empty_endpoints() -> Option<ExitCode> {
    let empty: Vec<_> = env::vars_os()
        .filter(|(name, value)| {
            name.to_string_lossy().starts_with(ENDPOINT_URL)
                && value.to_string_lossy().trim().is_empty()
        })
        .map(|(name, _)| name)
        .collect();
    if empty.is_empty() {
        return None;
    }
    let mut again = Command::new(env::current_exe().ok()?);
    again.args(env::args_os().skip(1));
    for name in empty {
        again.env_remove(name);
    }
    instead(again).ok()
}

/// Becomes another program: process id, signals, input and output stay.
#[cfg(unix)]
fn instead(mut program: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    if let Some(name) = env::args_os().next() {
        program.arg0(name);
    }
    Err(program.exec())
}

/// Runs another program to its end, as a process cannot become another one here.
#[cfg(windows)]
fn instead(mut program: Command) -> io::Result<ExitCode> {
    // Ctrl-C reaches both processes. What it means is for the other one to decide.
    let _heard = tokio::signal::windows::ctrl_c()?;
    let code = program.status()?.code();
    Ok(code
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Refuses an `AWS_ENDPOINT_URL` that is no URL, on which the SDK would panic.
pub(crate) fn check_endpoints() -> Result<(), CliError> {
    for (name, value) in env::vars_os() {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        if name.starts_with(ENDPOINT_URL) && !is_url(&value) {
            return Err(CliError::NoEndpoint {
                variable: name.into_owned(),
                value: value.into_owned(),
            });
        }
    }
    Ok(())
}

/// Whether the text names a host by a scheme that we speak.
pub(crate) fn is_url(text: &str) -> bool {
    let host = ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    host.is_some_and(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !authority.is_empty()
            && !authority.starts_with(':')
            && rest.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_scheme_and_a_host() {
        for url in ["http://127.0.0.1:8080", "HTTPS://aws.internal/path"] {
            assert!(is_url(url), "{url}");
        }
        for text in [
            "",
            "localhost:8080",
            "http://",
            "https:///x",
            "http://a b",
            "http://:80",
            "ftp://a",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }
}
