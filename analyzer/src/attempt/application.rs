//! What the application of one attempt wrote, in bounded memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use evidence_schema::{
    Time,
    read::{Line, Lines},
    record::LogLine,
};

use super::Attempt;
use crate::{
    bounded::HeadTail,
    observed::{LogText, Seen},
    signature::{Above, Hit, Hits, Matcher, Matches},
    words,
};

/// How much of a line is looked at, in bytes. CloudWatch takes no longer lines.
const LOOKED_AT: usize = 1 << 20;

/// The longest name that CloudWatch gives to a stream, in bytes.
pub const STREAM: usize = 512;

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

/// Lines that are looked at together, on any thread.
#[derive(Debug, Default)]
pub struct Batch {
    /// The lines.
    pub lines: Lines,
    /// The line before the first of them.
    above: Above,
    /// What they matched.
    matches: Matches,
}

impl Batch {
    /// Adds the line of a record.
    pub fn push(&mut self, id: u64, line: &LogLine) {
        let message = &line.message;
        self.lines.push(Line {
            id,
            time: line.time,
            service_id: &line.service_id,
            stream: &line.stream,
            // A line that is so long would be held in every batch that is looked at.
            message: &message[..message.floor_char_boundary(LOOKED_AT)],
        });
    }

    /// Looks at the lines.
    pub fn look(&mut self, matcher: &mut Matcher) {
        for (number, line) in self.lines.iter().enumerate() {
            let (stream, text) = (stream(line), looked_at(line.message));
            matcher.line(number, stream, text, &self.above, &mut self.matches);
            self.above.set(stream, text);
        }
    }

    /// Forgets everything. Of its memory not much more than `keep` bytes stay for others.
    pub fn clear(&mut self, keep: usize) {
        self.lines.clear(keep);
        self.matches.clear(keep);
    }
}

/// What of the name of a line's stream is looked at.
fn stream(line: Line<'_>) -> &str {
    &line.stream[..line.stream.floor_char_boundary(STREAM)]
}

/// What of a line is looked at.
fn looked_at(message: &str) -> &str {
    let text = message.trim_end();
    &text[..text.floor_char_boundary(LOOKED_AT)]
}

fn seen(line: Line<'_>) -> Seen<'_> {
    Seen {
        record: line.id,
        time: line.time,
        text: looked_at(line.message),
    }
}

/// Takes the lines of the application log in the order of time: chooses, before they are looked at,
/// those that count, and keeps what they matched.
pub struct Collector {
    from: Time,
    to: Time,
    begun: BTreeMap<String, Time>,
    lines: HeadTail<LogText, 20, 60>,
    hits: Hits,
    above: Above,
    new: BTreeSet<String>,
    earlier_lines: u64,
}

impl Collector {
    /// For the lines of `attempt`. `begun` tells when streams began, as far as it is known. Answers
    /// on the paths `watched` are wanted more than others.
    pub fn new(
        attempt: &Attempt,
        begun: BTreeMap<String, Time>,
        watched: Vec<String>,
        now: Time,
    ) -> Self {
        let to = match attempt.failed_at() {
            Some(failed) => attempt.ended.map_or(failed, |ended| ended.max(failed)),
            None => attempt.ended.unwrap_or(now),
        };
        Self {
            from: attempt.started,
            to: words::after(to, AFTER_FAILURE),
            begun,
            lines: HeadTail::default(),
            hits: Hits::watching(watched),
            above: Above::default(),
            new: BTreeSet::new(),
            earlier_lines: 0,
        }
    }

    /// Whether a line counts. To be asked for each, in their order.
    pub fn counts(&mut self, line: Line<'_>) -> bool {
        let begun = self.begun(line);
        if line.time < self.from || line.time > self.to {
            return false;
        }
        // The version that still serves writes at the same time as the one that is tried.
        if begun < self.from {
            self.earlier_lines += 1;
            return false;
        }
        let stream = stream(line);
        if self.new.len() < INSTANCES && !self.new.contains(stream) {
            self.new.insert(stream.to_owned());
        }
        true
    }

    /// When the stream of a line began.
    fn begun(&mut self, line: Line<'_>) -> Time {
        let stream = stream(line);
        match self.begun.get(stream) {
            Some(begun) => *begun,
            None => {
                if self.begun.len() < INSTANCES {
                    self.begun.insert(stream.to_owned(), line.time);
                }
                line.time
            }
        }
    }

    /// Says what a batch needs to know of the lines before it. Only lines that count may be in it.
    pub fn prepare(&mut self, batch: &mut Batch) {
        batch.above.clone_from(&self.above);
        if let Some(last) = batch.lines.iter().next_back() {
            self.above.set(stream(last), looked_at(last.message));
        }
    }

    /// Takes a batch that was looked at.
    pub fn take(&mut self, batch: &Batch) {
        let needless = self.lines.needless(batch.lines.len());
        self.lines.skip(needless);
        for line in batch.lines.iter_from(needless) {
            self.lines.push_made(|gone| match gone {
                Some(mut gone) => {
                    seen(line).kept_for(&mut gone);
                    gone
                }
                None => seen(line).kept(),
            });
        }
        let line = |number| seen(batch.lines.line(number));
        self.hits.take(&batch.matches, line);
    }

    /// What was written.
    pub fn finish(self) -> Application {
        Application {
            lines: self.lines,
            hits: self.hits.finish(),
            instances: self.new.len() as u64,
            earlier_lines: self.earlier_lines,
        }
    }
}
