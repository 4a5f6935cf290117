use std::io;

use crate::version::{VERSION, Version};

/// Why a bundle could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is not a single byte.
    #[error("the file is empty")]
    Empty,
    /// It is something else.
    #[error("this is not an evidence bundle: {0}")]
    NotABundle(String),
    /// It ends before the records begin.
    #[error("the bundle was cut before its first record ({0})")]
    CutAtStart(String),
    /// A newer major version.
    #[error("the bundle has format {found}, this program reads up to {VERSION}; upgrade it")]
    TooNew {
        /// The version of the bundle.
        found: Version,
    },
    /// A member of the head is missing or comes too late.
    #[error("the member `{0}` does not stand before `records`")]
    MemberOrder(&'static str),
    /// The head, or an entry of the ledger, cannot be understood.
    #[error("failed to understand the member `{member}`")]
    Member {
        /// The member.
        member: &'static str,
        /// What serde found.
        #[source]
        source: serde_json::Error,
    },
    /// The text is not JSON.
    #[error("the text is not JSON at byte {offset}: {what}")]
    Malformed {
        /// Where, in bytes of text.
        offset: u64,
        /// What was found.
        what: &'static str,
    },
    /// A record, the manifest or a coverage entry is larger than the limit.
    #[error("one value at byte {offset} is larger than {limit} bytes")]
    RecordTooLarge {
        /// Where it begins, in bytes of text.
        offset: u64,
        /// [`Limits::record_bytes`](super::Limits::record_bytes).
        limit: usize,
    },
    /// The text is larger than the limit.
    #[error("the bundle holds more than {limit} bytes of text")]
    TooLarge {
        /// [`Limits::total_bytes`](super::Limits::total_bytes).
        limit: u64,
    },
    /// A record that is no log line would take too much memory.
    #[error("the record at byte {offset} would take more than {limit} bytes of memory")]
    RecordTooHeavy {
        /// Where it begins, in bytes of text.
        offset: u64,
        /// [`Limits::record_memory`](super::Limits::record_memory).
        limit: usize,
    },
    /// The records that are no log lines would take too much memory together.
    #[error("up to byte {offset} records would take more than {limit} bytes of memory")]
    RecordsTooHeavy {
        /// Where the record begins that is one too many, in bytes of text.
        offset: u64,
        /// [`Limits::records_memory`](super::Limits::records_memory).
        limit: u64,
    },
    /// The manifest or the ledger would take too much memory.
    #[error("the member `{member}` would take more than {limit} bytes of memory, at byte {offset}")]
    MemberTooHeavy {
        /// The member.
        member: &'static str,
        /// Where it passes the limit, in bytes of text.
        offset: u64,
        /// [`Limits::member_memory`](super::Limits::member_memory).
        limit: usize,
    },
    /// There are more records that are no log lines than the limit.
    #[error("the bundle holds more than {limit} records that are no log lines")]
    TooManyRecords {
        /// [`Limits::records`](super::Limits::records).
        limit: u64,
    },
    /// There are more log lines than the limit.
    #[error("the bundle holds more than {limit} log lines")]
    TooManyLines {
        /// [`Limits::lines`](super::Limits::lines).
        limit: u64,
    },
    /// There are more zstd frames than the limit.
    #[error("the file holds more than {limit} zstd frames")]
    TooManyFrames {
        /// [`Limits::frames`](super::Limits::frames).
        limit: u64,
    },
    /// A zstd frame refers further back than the limit.
    #[error("a zstd frame asks for a window of more than {limit} bytes")]
    WindowTooLarge {
        /// [`Limits::window_bytes`](super::Limits::window_bytes).
        limit: usize,
    },
    /// The text is so much larger than the file that somebody made it so.
    #[error("the file unpacks to more than {limit} times its size, at byte {offset} of its text")]
    Expands {
        /// How much text there was, in bytes.
        offset: u64,
        /// [`Limits::expansion`](super::Limits::expansion).
        limit: u64,
    },
    /// JSON nests deeper than the limit.
    #[error("the value at byte {offset} nests deeper than {limit} levels")]
    TooDeep {
        /// Where it begins, in bytes of text.
        offset: u64,
        /// [`Limits::depth`](super::Limits::depth).
        limit: usize,
    },
    /// The file could not be read.
    #[error("failed to read the file")]
    Io(#[source] io::Error),
}
