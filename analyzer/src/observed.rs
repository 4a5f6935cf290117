//! What was seen, and the record that shows it.

use evidence_schema::Time;

use crate::words;

/// The longest text of a line of an application that is kept, in characters.
const KEPT: usize = 400;

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

/// A log line of an application that may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The record.
    pub record: u64,
    /// When it was written.
    pub time: Time,
    /// The text.
    pub text: &'a str,
}

impl Seen<'_> {
    /// The line, perhaps shortened.
    pub fn kept(self) -> LogText {
        LogText {
            record: self.record,
            time: self.time,
            text: words::shortened(self.text, KEPT),
        }
    }

    /// The same in the place, and the memory, of another line.
    pub fn kept_for(self, other: &mut LogText) {
        other.record = self.record;
        other.time = self.time;
        // No text has more characters than bytes.
        match self.text.len() <= KEPT {
            true => self.text.clone_into(&mut other.text),
            false => other.text = words::shortened(self.text, KEPT),
        }
    }
}
