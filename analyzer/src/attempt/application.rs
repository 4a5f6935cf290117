//! What the application of one attempt wrote, in bounded memory.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use evidence_schema::{Time, record::LogLine};

use super::Attempt;
use crate::{
    bounded::HeadTail,
    observed::LogText,
    signature::{Hit, Scanner},
    words,
};

/// The longest text of a line that is kept.
const KEPT: usize = 400;

/// How much of a line is looked at. CloudWatch takes no longer lines.
const LOOKED_AT: usize = 1 << 20;

/// How many instances are told apart.
const INSTANCES: usize = 4_096;

/// New instances write this long after the first failure line at most; what begins later belongs
/// to the version that was restored.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(2);

/// What the new instances of an attempt wrote.
#[derive(Clone, Debug, Default)]
pub struct Application {
    /// The first and the last lines.
    pub lines: HeadTail<LogText, 20, 60>,
    /// Lines that matched a signature.
    pub hits: Vec<Hit>,
    /// How many new instances wrote.
    pub instances: u64,
    /// Lines of instances that ran before the attempt began.
    pub earlier_lines: u64,
}

/// Takes the lines of the application log, one by one, in the order of time.
pub struct Collector {
    from: Time,
    to: Time,
    begun: BTreeMap<String, Time>,
    lines: HeadTail<LogText, 20, 60>,
    scanner: Scanner,
    new: BTreeMap<String, ()>,
    earlier_lines: u64,
}

impl Collector {
    /// For the lines of `attempt`. `begun` tells when streams began, as far as it is known.
    pub fn new(attempt: &Attempt, begun: BTreeMap<String, Time>, now: Time) -> Self {
        let to = match attempt.failed_at() {
            Some(failed) => attempt.ended.map_or(failed, |ended| ended.max(failed)),
            None => attempt.ended.unwrap_or(now),
        };
        Self {
            from: attempt.started,
            to: words::after(to, AFTER_FAILURE),
            begun,
            lines: HeadTail::default(),
            scanner: Scanner::default(),
            new: BTreeMap::new(),
            earlier_lines: 0,
        }
    }

    /// Takes one line.
    pub fn take(&mut self, record: u64, line: &LogLine) {
        let begun = match self.begun.get(&line.stream) {
            Some(begun) => *begun,
            None => {
                if self.begun.len() < INSTANCES {
                    self.begun.insert(line.stream.clone(), line.time);
                }
                line.time
            }
        };
        if line.time < self.from || line.time > self.to {
            return;
        }
        // The version that still serves writes at the same time as the one that is tried.
        if begun < self.from {
            self.earlier_lines += 1;
            return;
        }
        if self.new.len() < INSTANCES && !self.new.contains_key(&line.stream) {
            self.new.insert(line.stream.clone(), ());
        }
        let text = line.message.trim_end();
        let text = &text[..text.floor_char_boundary(LOOKED_AT)];
        // Nearly every line takes the place of another, and its memory.
        let kept = self.lines.push_made(|gone| LogText {
            record,
            time: line.time,
            text: match gone {
                Some(mut gone) if text.len() <= KEPT => {
                    text.clone_into(&mut gone.text);
                    gone.text
                }
                _ => words::shortened(text, KEPT),
            },
        });
        self.scanner.line(kept, text, &line.stream);
    }

    /// What was written.
    pub fn finish(self) -> Application {
        Application {
            lines: self.lines,
            hits: self.scanner.finish(),
            instances: self.new.len() as u64,
            earlier_lines: self.earlier_lines,
        }
    }
}
