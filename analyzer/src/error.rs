//! What the command tells when it cannot do its job.

use std::{error::Error, fmt, io, path::PathBuf};

use clap::error::ContextValue;
use evidence_schema::ReadError;

use crate::report::visible;

/// How a run of the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing wrong was found. Also of `rules`, `explain`, `schema`, `--help`.
    NothingWrong = 0,
    /// A deployment failed, and the report names the cause.
    CauseFound = 1,
    /// A deployment failed or may have failed, and the evidence does not decide why.
    Undecided = 2,
    /// The input is not a bundle that can be read.
    BadInput = 3,
    /// The command line is wrong.
    Usage = 4,
}

/// Why the command could not do its job.
#[derive(Debug)]
pub enum CliError {
    /// The file could not be opened.
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a directory.
    Directory(PathBuf),
    /// It is not a bundle that can be read.
    Read {
        /// The file, or `-`.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// There is no such rule.
    UnknownRule {
        /// What was asked for.
        id: String,
        /// What it may have meant.
        nearest: Vec<&'static str>,
    },
    /// The report could not be written.
    Write(io::Error),
}

impl CliError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::UnknownRule { .. } => Exit::Usage,
            _ => Exit::BadInput,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Open { path, source } => match source.kind() {
                io::ErrorKind::NotFound => format!(
                    "Check the path {}; a bundle is named like web-20261120T120000Z.redacted.evidence.json.zst.",
                    path.display()
                ),
                io::ErrorKind::PermissionDenied => {
                    "A bundle is readable by its owner only; copy it, or run as that user."
                        .to_owned()
                }
                _ => "Check the file and try again.".to_owned(),
            },
            Self::Directory(path) => format!(
                "Name one bundle in it, such as {}.",
                path.join("web-20261120T120000Z.redacted.evidence.json.zst")
                    .display()
            ),
            Self::Read { source, .. } => match source {
                ReadError::Empty => {
                    "The collection or the transfer was cut short; collect or send it again."
                        .to_owned()
                }
                ReadError::TooNew { .. } => {
                    "Install the newest apprunner-analyzer and run it again.".to_owned()
                }
                ReadError::CutAtStart(_) => {
                    "Nothing of it can be used; ask for the file to be sent again.".to_owned()
                }
                ReadError::TooLarge { .. } => {
                    "If you trust the file, allow more with --max-bytes.".to_owned()
                }
                ReadError::RecordTooLarge { .. } => {
                    "If you trust the file, allow more with --max-record-bytes.".to_owned()
                }
                ReadError::Io(_) => "Check the file and try again.".to_owned(),
                _ => {
                    "Give the file that `apprunner-collector collect` wrote, unchanged.".to_owned()
                }
            },
            Self::UnknownRule { nearest, .. } if nearest.is_empty() => {
                "`apprunner-analyzer rules` lists all of them.".to_owned()
            }
            Self::UnknownRule { nearest, .. } => format!(
                "Did you mean {}? `apprunner-analyzer rules` lists all of them.",
                nearest.join(", or ")
            ),
            Self::Write(_) => {
                "Check where the output goes, such as the space on the disk.".to_owned()
            }
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { path, .. } => write!(f, "failed to open {}", path.display()),
            Self::Directory(path) => write!(f, "{} is a directory", path.display()),
            Self::Read { path, .. } => write!(f, "failed to read the bundle {}", path.display()),
            Self::UnknownRule { id, .. } => write!(f, "there is no rule `{id}`"),
            Self::Write(_) => f.write_str("failed to write the report"),
        }
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Write(source) => Some(source),
            Self::Read { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// The message, its causes and the hint, harmless for a terminal.
pub fn tell(error: &CliError) -> String {
    let mut text = format!("error: {}\n", visible(&error.to_string()));
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("  because {}\n", visible(&error.to_string())));
        cause = error.source();
    }
    text.push_str(&format!("{}\n", visible(&error.hint())));
    text
}

/// The complaint about a command line, with what it repeats of the command line made harmless: a
/// name that a shell filled in may be anybody's.
pub fn harmless(mut error: clap::Error) -> clap::Error {
    let repeated: Vec<_> = error
        .context()
        .map(|(kind, value)| (kind, value.clone()))
        .collect();
    for (kind, value) in repeated {
        let shown = match value {
            ContextValue::String(text) => ContextValue::String(visible(&text)),
            ContextValue::Strings(texts) => {
                ContextValue::Strings(texts.iter().map(|text| visible(text)).collect())
            }
            // A tip such as "to pass '-x' as a value, use '-- -x'", whose style is left away.
            ContextValue::StyledStrs(texts) => ContextValue::StyledStrs(
                texts
                    .iter()
                    .map(|text| visible(&text.to_string()).into())
                    .collect(),
            ),
            // The usage is ours.
            _ => continue,
        };
        error.insert(kind, shown);
    }
    error
}
