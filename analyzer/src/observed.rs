//! What was seen, and the record that shows it.

use evidence_schema::Time;

/// A fact and the record that shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed<T> {
    /// What was seen.
    pub fact: T,
    /// The record.
    pub record: u64,
    /// When it happened, where the record has a time.
    pub time: Option<Time>,
}

impl<T> Observed<T> {
    /// The same, borrowed.
    pub fn as_ref(&self) -> Observed<&T> {
        Observed {
            fact: &self.fact,
            record: self.record,
            time: self.time,
        }
    }
}

/// A log line that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogText {
    /// The record.
    pub record: u64,
    /// When it was written.
    pub time: Time,
    /// The text, perhaps shortened.
    pub text: String,
}
