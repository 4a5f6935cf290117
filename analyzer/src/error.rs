//! What the command tells when it cannot do its job.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

use clap::error::ContextValue;
use evidence_schema::ReadError;

use crate::{decrypt::DecryptError, report::visible, words};

/// The longest text of a cause.
const CAUSE: usize = 600;

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
    /// A file of identities could not be opened.
    OpenIdentity {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is encrypted and cannot be opened.
    Decrypt {
        /// The file, or `-`.
        path: PathBuf,
        /// Why.
        source: DecryptError,
    },
    /// There is no such rule.
    UnknownRule {
        /// What was asked for.
        id: String,
        /// What it may have meant.
        nearest: Vec<&'static str>,
    },
    /// What was asked makes no sense.
    Asked {
        /// What is wrong.
        problem: String,
        /// What to do instead.
        hint: String,
    },
    /// The report could not be written.
    Write(io::Error),
}

impl CliError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::UnknownRule { .. } | Self::Asked { .. } => Exit::Usage,
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
                ReadError::TooLarge { .. } => allow("--max-bytes"),
                ReadError::RecordTooLarge { .. } => allow("--max-record-bytes"),
                ReadError::RecordTooHeavy { .. } => allow("--max-record-memory"),
                ReadError::RecordsTooHeavy { .. } => allow("--max-records-memory"),
                ReadError::MemberTooHeavy { .. } => allow("--max-member-memory"),
                ReadError::TooManyRecords { .. } => allow("--max-records"),
                ReadError::TooManyLines { .. } => allow("--max-lines"),
                ReadError::TooManyFrames { .. } => allow("--max-frames"),
                ReadError::WindowTooLarge { .. } => allow("--max-window-bytes"),
                ReadError::Expands { .. } => allow("--max-expansion"),
                ReadError::TooDeep { .. } => allow("--max-depth"),
                ReadError::Io(_) => "Check the file and try again.".to_owned(),
                _ => {
                    "Give the file that `apprunner-collector collect` wrote, unchanged.".to_owned()
                }
            },
            Self::OpenIdentity { .. } => {
                "Name the file that `age-keygen -o FILE` wrote, with --identity FILE.".to_owned()
            }
            Self::Decrypt { path, source } => decrypt_hint(path, source),
            Self::Asked { hint, .. } => hint.clone(),
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

fn decrypt_hint(path: &Path, error: &DecryptError) -> String {
    match error {
        DecryptError::NoIdentity => format!(
            "Give the file with your identity: --identity FILE {}",
            path.display()
        ),
        DecryptError::WrongIdentity => "Ask whoever collected for whom the bundle is encrypted, \
             and give that identity with --identity FILE."
            .to_owned(),
        DecryptError::NotBuiltIn => {
            "Decrypt it with `age --decrypt`, or use a program that was built with age.".to_owned()
        }
        DecryptError::Passphrase => {
            "Decrypt it with `age --decrypt` and analyze the result.".to_owned()
        }
        DecryptError::IdentityEncrypted(file) => format!(
            "Decrypt it first: age --decrypt {} > key.txt, and remove key.txt afterwards.",
            file.display()
        ),
        DecryptError::IdentityFile { .. } | DecryptError::NoIdentityInside(_) => {
            "An identity is a line that begins with AGE-SECRET-KEY-1; age-keygen writes one."
                .to_owned()
        }
        DecryptError::Head(_) | DecryptError::Io(_) => {
            "Nothing of it can be used; ask for the file to be sent again.".to_owned()
        }
    }
}

fn allow(option: &str) -> String {
    format!("If you trust the file, allow more with {option}.")
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { path, .. } => write!(f, "failed to open {}", path.display()),
            Self::Directory(path) => write!(f, "{} is a directory", path.display()),
            Self::Read { path, .. } => write!(f, "failed to read the bundle {}", path.display()),
            Self::OpenIdentity { path, .. } => {
                write!(f, "failed to open the identity file {}", path.display())
            }
            Self::Decrypt { path, .. } => {
                write!(f, "failed to decrypt the bundle {}", path.display())
            }
            Self::UnknownRule { id, .. } => write!(f, "there is no rule `{id}`"),
            Self::Asked { problem, .. } => f.write_str(problem),
            Self::Write(_) => f.write_str("failed to write the report"),
        }
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::OpenIdentity { source, .. } | Self::Write(source) => {
                Some(source)
            }
            Self::Read { source, .. } => Some(source),
            Self::Decrypt { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// The message, its causes and the hint, harmless for a terminal.
pub fn tell(error: &CliError) -> String {
    let mut text = format!("error: {}\n", visible(&error.to_string()));
    let mut cause = error.source();
    while let Some(error) = cause {
        // A cause may quote the file, and what it quotes may be as long as the file.
        let cause_text = words::shortened(&error.to_string(), CAUSE);
        text.push_str(&format!("  because {}\n", visible(&cause_text)));
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
