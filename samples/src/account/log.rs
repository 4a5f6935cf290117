//! Log groups with their streams. Lines are stated, or made while they are served.

use chrono::{DateTime, TimeDelta, Utc};

/// A CloudWatch log group.
#[derive(Clone, Debug)]
pub struct LogGroup {
    /// The name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// After how many days lines are gone.
    pub retention_days: Option<u32>,
    /// The streams, sorted by name.
    pub streams: Vec<LogStream>,
}

/// A stream of a log group.
#[derive(Clone, Debug)]
pub struct LogStream {
    /// The name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The lines, as runs that are each in order of time.
    pub runs: Vec<Run>,
}

impl LogStream {
    /// The times of the first and the last line, in milliseconds.
    pub fn span(&self) -> Option<(i64, i64)> {
        let runs = || self.runs.iter().filter(|run| !run.is_empty());
        let first = runs().map(|run| run.time(0)).min()?;
        let last = runs().map(|run| run.time(run.len() - 1)).max()?;
        Some((first, last))
    }
}

/// Lines in order of time.
#[derive(Clone, Debug)]
pub enum Run {
    /// Lines that the account states.
    Stated(Vec<LogLine>),
    /// Lines that are made when they are asked for.
    Made {
        /// The time of the first, in milliseconds.
        from: i64,
        /// Over how many milliseconds they are spread.
        millis: i64,
        /// How many there are.
        lines: u64,
        /// The text; `{n}` is the number of the line.
        text: String,
    },
}

/// A line that the account states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, in milliseconds since 1970.
    pub time: i64,
    /// The text.
    pub message: String,
}

impl Run {
    /// How many lines there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Stated(lines) => lines.len() as u64,
            Self::Made { lines, .. } => *lines,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time of a line, in milliseconds. The index must be less than `len`.
    pub fn time(&self, index: u64) -> i64 {
        match self {
            Self::Stated(stated) => stated[index as usize].time,
            Self::Made {
                from,
                millis,
                lines,
                ..
            } => {
                let offset = i128::from(*millis) * i128::from(index) / i128::from((*lines).max(1));
                from + offset as i64
            }
        }
    }

    /// The text of a line. The index must be less than `len`.
    pub fn message(&self, index: u64) -> String {
        match self {
            Self::Stated(stated) => stated[index as usize].message.clone(),
            Self::Made { text, .. } => text.replace("{n}", &index.to_string()),
        }
    }

    /// The index of the first line that is not before a time.
    pub fn first_from(&self, time: i64) -> u64 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(middle) < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Collects lines into groups and streams.
#[derive(Debug)]
pub(super) struct Logs {
    groups: Vec<LogGroup>,
    oldest: Option<i64>,
    retention_days: Option<u32>,
}

impl Logs {
    pub(super) fn new(now: DateTime<Utc>, retention_days: Option<u32>) -> Self {
        Self {
            groups: Vec::new(),
            oldest: retention_days
                .map(|days| (now - TimeDelta::days(i64::from(days))).timestamp_millis()),
            retention_days,
        }
    }

    /// A group that has lines was made by then: whoever writes into it found it there.
    pub(super) fn made_by(&mut self, group: &str, at: DateTime<Utc>) {
        for known in self.groups.iter_mut().filter(|known| known.name == group) {
            known.created_at = known.created_at.min(at);
        }
    }

    /// Adds a run to a stream, and makes stream and group when they are not there yet. A run with no
    /// lines makes neither, as a group comes into being with its first line.
    pub(super) fn add(&mut self, group: &str, stream: &str, run: Run) {
        let Some(first) = (!run.is_empty()).then(|| run.time(0)) else {
            return;
        };
        let created_at = DateTime::from_timestamp_millis(first).unwrap_or_default();
        let run = self.retained(run);
        let group = entry(
            &mut self.groups,
            |known| known.name == group,
            || LogGroup {
                name: group.to_owned(),
                created_at,
                retention_days: self.retention_days,
                streams: Vec::new(),
            },
        );
        group.created_at = group.created_at.min(created_at);
        let stream = entry(
            &mut group.streams,
            |known| known.name == stream,
            || LogStream {
                name: stream.to_owned(),
                created_at,
                runs: Vec::new(),
            },
        );
        stream.created_at = stream.created_at.min(created_at);
        match (stream.runs.first_mut(), run) {
            (Some(Run::Stated(known)), Run::Stated(lines)) => {
                known.extend(lines);
                known.sort_by_key(|line| line.time);
            }
            (_, Run::Stated(mut lines)) => {
                lines.sort_by_key(|line| line.time);
                stream.runs.insert(0, Run::Stated(lines));
            }
            (_, made) => stream.runs.push(made),
        }
    }

    pub(super) fn remove(&mut self, group: &str) {
        self.groups.retain(|known| known.name != group);
    }

    pub(super) fn finish(mut self) -> Vec<LogGroup> {
        self.groups.sort_by(|a, b| a.name.cmp(&b.name));
        for group in &mut self.groups {
            group.streams.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self.groups
    }

    fn retained(&self, run: Run) -> Run {
        match (self.oldest, run) {
            (Some(oldest), Run::Stated(mut lines)) => {
                lines.retain(|line| line.time >= oldest);
                Run::Stated(lines)
            }
            (_, run) => run,
        }
    }
}

fn entry<T>(items: &mut Vec<T>, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> &mut T {
    let position = items.iter().position(is_it).unwrap_or_else(|| {
        items.push(make());
        items.len() - 1
    });
    &mut items[position]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_run_is_searched_without_making_it() {
        let run = Run::Made {
            from: 1_000,
            millis: 60_000,
            lines: 1_000_000_000_000,
            text: "line {n}".to_owned(),
        };
        let index = run.first_from(31_000);
        assert_eq!(index, 500_000_000_000);
        assert_eq!(run.message(index), "line 500000000000");
        assert_eq!(run.first_from(0), 0);
        assert_eq!(run.first_from(61_000), run.len());
    }
}
