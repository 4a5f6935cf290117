//! What ends the program: a message, its causes, a hint and the exit code.

use std::{env, error::Error, io, path::PathBuf};

use evidence_schema::ReadError;
use thiserror::Error;

use crate::{status::chain, terminal::escaped};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// The bundle is complete.
    Complete = 0,
    /// A bundle was written, with gaps that its coverage ledger lists.
    Gaps = 1,
    /// The collection was interrupted or its deadline passed; a valid bundle was written.
    Interrupted = 2,
    /// Nothing could be collected and nothing was written.
    CannotCollect = 3,
    /// The command line makes no sense.
    Usage = 4,
    /// The bundle cannot be written.
    CannotWrite = 5,
}

/// Why the program cannot do its job.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    #[error("no Region is set, so it is unknown where to look for the service")]
    NoRegion,
    #[error("there are no AWS credentials")]
    NoCredentials(#[source] Box<dyn Error + Send + Sync>),
    #[error("the role {role} cannot be assumed")]
    NoRole {
        role: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("{variable} is `{value}`, which is no URL")]
    NoEndpoint { variable: String, value: String },
    #[error("AWS does not accept the credentials: {message} ({code})")]
    BadCredentials { code: String, message: String },
    #[error("AWS cannot be reached in {region}: {message}")]
    Unreachable { region: String, message: String },
    #[error("the services of {region} cannot be listed: {message} ({code})")]
    CannotList {
        region: String,
        code: String,
        message: String,
        permission: Option<String>,
    },
    #[error("there is no App Runner service `{wanted}` in {region}{account}")]
    NoSuchService {
        wanted: String,
        region: String,
        account: String,
        nearest: Vec<String>,
    },
    #[error("{} App Runner services in {region} are named `{name}`", arns.len())]
    AmbiguousName {
        name: String,
        region: String,
        arns: Vec<String>,
    },
    #[error("`{arn}` is a service of {of_arn}, but the Region is set to {region}")]
    OtherRegion {
        arn: String,
        of_arn: String,
        region: String,
    },
    #[error("failed to read the bundle {}", path.display())]
    NoBundle {
        path: PathBuf,
        #[source]
        source: ReadError,
    },
    #[error("stopped before the service was found: {0}")]
    StoppedEarly(&'static str),
    #[error("{}: the file exists", .0.display())]
    OutputExists(PathBuf),
    #[error("{}: is a directory", .0.display())]
    OutputIsDirectory(PathBuf),
    #[error("cannot write to the directory {}", directory.display())]
    OutputNotWritable {
        directory: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot write the bundle {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot write the pseudonyms to {}", path.display())]
    WriteMap {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{}: something secret is still in it after everything that leaked was taken out", .0.display())]
    Leaks(PathBuf),
    #[error("cannot write a temporary file in {}", directory.display())]
    Spool {
        directory: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the system gives no random bytes")]
    Random(#[source] getrandom::Error),
    #[error("cannot start")]
    Runtime(#[source] io::Error),
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
}

impl CliError {
    /// Records could not be kept until all are there.
    pub(crate) fn spool(source: io::Error) -> Self {
        Self::Spool {
            directory: env::temp_dir(),
            source,
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::OutputExists(_)
            | Self::OutputIsDirectory(_)
            | Self::OutputNotWritable { .. }
            | Self::Write { .. }
            | Self::WriteMap { .. }
            | Self::Leaks(_)
            | Self::Spool { .. }
            | Self::Stdout(_) => Exit::CannotWrite,
            Self::OtherRegion { .. } | Self::NoEndpoint { .. } => Exit::Usage,
            Self::NoRegion
            | Self::StoppedEarly(_)
            | Self::NoBundle { .. }
            | Self::NoCredentials(_)
            | Self::NoRole { .. }
            | Self::BadCredentials { .. }
            | Self::Unreachable { .. }
            | Self::CannotList { .. }
            | Self::NoSuchService { .. }
            | Self::AmbiguousName { .. }
            | Self::Random(_)
            | Self::Runtime(_) => Exit::CannotCollect,
        }
    }

    /// What to do next.
    fn hint(&self) -> String {
        match self {
            Self::NoRegion => "Say --region us-east-1, for instance, or give the service by its \
                               ARN, which names its Region."
                .to_owned(),
            Self::NoCredentials(_) => "Sign in with `aws sso login`, or choose a profile by \
                                       --profile or AWS_PROFILE."
                .to_owned(),
            Self::NoRole { role, .. } => format!(
                "Check that the trust policy of {role} names who you are, with the same \
                 --external-id, and that you may do sts:AssumeRole on it."
            ),
            Self::NoEndpoint { variable, .. } => {
                format!("Unset {variable}, or give it a value such as https://localhost:4566.")
            }
            Self::BadCredentials { .. } => "Sign in again, for instance with `aws sso login`, and \
                                            run the same command."
                .to_owned(),
            Self::Unreachable { region, .. } => format!(
                "Check the network, the proxy, AWS_ENDPOINT_URL if it is set, and that {region} \
                 is a Region of App Runner."
            ),
            Self::CannotList { permission, .. } => match permission {
                Some(action) => format!(
                    "Ask for the permission {action}, or give the service by its ARN, for which \
                     no list is needed."
                ),
                None => "Run the same command again; if it stays so, give the service by its ARN, \
                         for which no list is needed."
                    .to_owned(),
            },
            Self::NoSuchService { nearest, .. } if nearest.is_empty() => {
                "App Runner has no service at all there. Choose the Region with --region and the \
                 account with --profile."
                    .to_owned()
            }
            Self::NoSuchService {
                nearest, region, ..
            } => format!(
                "Services in {region}: {}. For a service elsewhere choose the Region with \
                 --region or the account with --profile.",
                nearest.join(", ")
            ),
            Self::AmbiguousName { arns, .. } => {
                format!("Give the ARN of the one you mean: {}.", arns.join(" or "))
            }
            Self::OtherRegion { of_arn, .. } => {
                format!("Leave --region away, or say --region {of_arn}.")
            }
            Self::NoBundle { source, .. } => match source {
                ReadError::TooNew { .. } => {
                    "Install the newest apprunner-collector and run it again.".to_owned()
                }
                ReadError::Io(_) => "Check the path and run it again.".to_owned(),
                ReadError::TooLarge { .. } => {
                    "If you trust the file, allow more with --max-text.".to_owned()
                }
                _ => {
                    "Give the file that `apprunner-collector collect` wrote, unchanged.".to_owned()
                }
            },
            Self::StoppedEarly(_) => "Nothing was written; run the same command again.".to_owned(),
            Self::OutputExists(path) => format!(
                "Choose another name with -o, or say --force to replace {}.",
                path.display()
            ),
            Self::OutputIsDirectory(path) => {
                format!(
                    "Name a file in it, such as -o {}.",
                    path.join("web.evidence.json.zst").display()
                )
            }
            Self::OutputNotWritable { .. } => {
                "Choose a directory that exists and is yours with -o.".to_owned()
            }
            Self::Write { .. } => {
                "Nothing was left under that name. Make room, or choose another place with -o."
                    .to_owned()
            }
            Self::WriteMap { .. } => {
                "The bundle was written, and nobody can tell whose it is. Run the \
                                      same command again with another file for --pseudonym-map."
                    .to_owned()
            }
            Self::Leaks(_) => {
                "Nothing was left under that name. Report it with the version of this \
                               program; --sources lets you leave out the source that it comes from."
                    .to_owned()
            }
            Self::Spool { directory, .. } => format!(
                "Records wait in {} until all are there. Make room in it, or name a directory \
                 with more room in TMPDIR. Nothing was written.",
                directory.display()
            ),
            Self::Random(_) | Self::Runtime(_) => {
                "This is a trouble of the system; run the same command again.".to_owned()
            }
            Self::Stdout(_) => "Check where the output goes.".to_owned(),
        }
    }

    /// The error as it is printed: message, causes and hint, safe for a terminal.
    pub(crate) fn report(&self) -> String {
        let mut report = format!("error: {}\n", escaped(&self.to_string()));
        if let Some(cause) = self.source() {
            report.push_str(&format!("caused by: {}\n", escaped(&chain(cause))));
        }
        report.push_str(&format!("hint: {}\n", escaped(&self.hint())));
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_what_and_what_next() {
        let error = CliError::NoSuchService {
            wanted: "wbe\u{1b}[2J".to_owned(),
            region: "us-east-1".to_owned(),
            account: " of account 111122223333".to_owned(),
            nearest: vec!["web".to_owned(), "shop".to_owned()],
        };
        assert_eq!(
            error.report(),
            "error: there is no App Runner service `wbe\\u{1b}[2J` in us-east-1 of account \
             111122223333\nhint: Services in us-east-1: web, shop. For a service elsewhere choose \
             the Region with --region or the account with --profile.\n"
        );
        assert_eq!(error.exit(), Exit::CannotCollect);
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = CliError::Spool {
            directory: PathBuf::from("/tmp"),
            source: io::Error::other("no space left on device"),
        };
        assert_eq!(error.report().matches("no space left").count(), 1);
        assert_eq!(error.exit() as u8, 5);
    }
}
