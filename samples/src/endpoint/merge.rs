//! The lines of several runs in one order of time, from any place, in the memory of one line a run.

use std::fmt;

use crate::account::Run;

/// A place in the merged lines: at a line, or between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Milliseconds since 1970.
    pub(super) time: i64,
    /// The run, by which lines of one time are ordered.
    pub(super) run: usize,
    /// The line in its run.
    pub(super) index: u64,
}

impl Key {
    /// Before all lines of a time.
    pub(super) fn at(time: i64) -> Self {
        Self {
            time,
            run: 0,
            index: 0,
        }
    }

    /// Behind the line.
    pub(super) fn following(self) -> Self {
        Self {
            index: self.index + 1,
            ..self
        }
    }

    /// Reads what `Display` wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let key = Self {
            time: parts.next()?.parse().ok()?,
            run: parts.next()?.parse().ok()?,
            index: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(key)
    }

    /// The index of the first line of a run that is not before this place.
    fn first_in(self, run: &Run, number: usize) -> u64 {
        match number.cmp(&self.run) {
            std::cmp::Ordering::Less => run.first_from(self.time.saturating_add(1)),
            std::cmp::Ordering::Equal => run.first_from(self.time).max(self.index.min(run.len())),
            std::cmp::Ordering::Greater => run.first_from(self.time),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", self.time, self.run, self.index)
    }
}

/// Walks over the lines between two places.
#[derive(Debug)]
pub(super) struct Merge<'a> {
    runs: Vec<&'a Run>,
    /// What is left of each run.
    left: Vec<std::ops::Range<u64>>,
    is_forward: bool,
}

impl<'a> Merge<'a> {
    /// From a place on.
    pub(super) fn forward(runs: Vec<&'a Run>, from: Key, end: Key) -> Self {
        Self::new(runs, from, end, true)
    }

    /// From a place back.
    pub(super) fn backward(runs: Vec<&'a Run>, first: Key, before: Key) -> Self {
        Self::new(runs, first, before, false)
    }

    fn new(runs: Vec<&'a Run>, first: Key, end: Key, is_forward: bool) -> Self {
        let left = runs
            .iter()
            .enumerate()
            .map(|(number, run)| first.first_in(run, number)..end.first_in(run, number))
            .collect();
        Self {
            runs,
            left,
            is_forward,
        }
    }
}

impl Iterator for Merge<'_> {
    type Item = Key;

    fn next(&mut self) -> Option<Key> {
        // An account has a handful of runs: looking at each is as quick as a heap.
        let lines = self.left.iter().enumerate().filter_map(|(run, left)| {
            let index = if self.is_forward {
                left.start
            } else {
                left.end.checked_sub(1)?
            };
            left.contains(&index).then(|| Key {
                time: self.runs[run].time(index),
                run,
                index,
            })
        });
        let line = if self.is_forward {
            lines.min()
        } else {
            lines.max()
        }?;
        let left = &mut self.left[line.run];
        if self.is_forward {
            left.start += 1;
        } else {
            left.end -= 1;
        }
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::LogLine;

    fn runs() -> [Run; 2] {
        let line = |time| LogLine {
            time,
            message: String::new(),
        };
        [
            Run::Stated(vec![line(1), line(2), line(2), line(5)]),
            Run::Stated(vec![line(2), line(3)]),
        ]
    }

    fn walk(merge: Merge<'_>) -> Vec<(i64, usize, u64)> {
        merge.map(|key| (key.time, key.run, key.index)).collect()
    }

    #[test]
    fn lines_come_in_order_and_go_on_from_any_of_them() {
        let runs = runs();
        let both = || vec![&runs[0], &runs[1]];
        let end = Key::at(i64::MAX);
        let all = walk(Merge::forward(both(), Key::at(0), end));
        assert_eq!(
            all,
            [
                (1, 0, 0),
                (2, 0, 1),
                (2, 0, 2),
                (2, 1, 0),
                (3, 1, 1),
                (5, 0, 3)
            ]
        );
        for (position, (time, run, index)) in all.iter().enumerate() {
            let key = Key {
                time: *time,
                run: *run,
                index: *index,
            };
            let rest = walk(Merge::forward(both(), key, end));
            assert_eq!(rest, all[position..]);
            let rest = walk(Merge::forward(both(), key.following(), end));
            assert_eq!(rest, all[position + 1..]);
            let mut rest = walk(Merge::backward(both(), Key::at(0), key));
            rest.reverse();
            assert_eq!(rest, all[..position]);
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let key = Key {
            time: 5,
            run: 1,
            index: 7,
        };
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        assert_eq!(Key::parse("5:1"), None);
    }
}
