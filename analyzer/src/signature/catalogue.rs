//! The catalogue of signatures, by subject.

mod aws;
mod crashes;
mod databases;
mod exec;
mod http;
mod listening;
mod memory;
mod migrations;
mod missing;
mod network;
mod permissions;
mod shell;
mod variables;
mod waiting;

use std::sync::LazyLock;

/// What kind of trouble, or of news, a signature tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The application listens or is ready to; captures `port` and `host` where it tells them.
    Listening,
    /// The program is for another processor.
    ExecFormat,
    /// An environment variable is missing; captures `name`.
    MissingVariable,
    /// A value is wrong, empty or malformed; captures `name` or `kind` where it tells them.
    WrongVariable,
    /// An error that nothing caught; captures `what` where there is a name.
    Crash,
    /// The program that should start is not there; captures `what`.
    CommandNotFound,
    /// A module or package is not there; captures `what`.
    ModuleNotFound,
    /// A file is not there; captures `what`.
    FileNotFound,
    /// Something may not be read, written or run; captures `what`.
    PermissionDenied,
    /// An answer to a request; captures `path` and `status`.
    HttpAnswer,
    /// Memory ran out.
    OutOfMemory,
    /// The address or port could not be taken.
    BindFailed,
    /// Another system could not be reached; captures `host` and `port` where it tells them.
    Unreachable,
    /// The name of another system was not resolved; captures `host` where the line has it.
    NameNotResolved,
    /// A database answered, and refused; captures `what`.
    DatabaseRefused,
    /// The schema of a database could not be changed; captures `what`.
    MigrationFailed,
    /// The start command was not read by a shell, or not as it was meant.
    ShellSyntax,
    /// AWS refused; captures `action` and `resource` where it tells them.
    AwsDenied,
    /// There are no credentials for AWS, or none that work.
    AwsCredentials,
    /// The application waits for something before it listens; captures `what`.
    Waiting,
}

/// One pattern of the application log.
#[derive(Debug)]
pub struct Signature {
    /// A name for it.
    pub id: &'static str,
    /// What it tells.
    pub family: Family,
    /// Words of which one is in every line that the pattern matches, in lower case. Lines are
    /// searched for all words of all signatures at once; only what they leave meets a pattern. A
    /// space that a word begins with stands for any white space, or for the begin of the line.
    pub needs: &'static [&'static str],
    /// The pattern, with the captures that the family names. Several, each on a line of its own,
    /// have all to match, wherever in the line: programs write members in any order.
    pub pattern: &'static str,
    /// Captures that go without saying, where a line does not say them.
    pub implies: &'static [(&'static str, &'static str)],
    /// Who writes it.
    pub writer: &'static str,
    /// A line that it is for.
    pub example: &'static str,
    /// A line that looks like it and must not match.
    pub look_alike: &'static str,
}

/// Every signature. Several may match one line.
pub static CATALOGUE: LazyLock<Vec<&'static Signature>> = LazyLock::new(|| {
    [
        listening::SIGNATURES,
        crashes::SIGNATURES,
        exec::SIGNATURES,
        shell::SIGNATURES,
        missing::SIGNATURES,
        permissions::SIGNATURES,
        variables::SIGNATURES,
        memory::SIGNATURES,
        network::SIGNATURES,
        databases::SIGNATURES,
        migrations::SIGNATURES,
        aws::SIGNATURES,
        waiting::SIGNATURES,
        http::SIGNATURES,
    ]
    .into_iter()
    .flatten()
    .collect()
});
