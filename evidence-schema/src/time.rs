//! Times and intervals. Every time in a bundle is UTC.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in time, UTC, written as RFC 3339.
pub type Time = DateTime<Utc>;

/// A span of time, from `from` up to but without `to`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Interval {
    /// The first instant that belongs to the interval.
    pub from: Time,
    /// The first instant that no longer belongs to it.
    pub to: Time,
}

impl Interval {
    /// Whether `time` lies in the interval.
    pub fn contains(&self, time: Time) -> bool {
        self.from <= time && time < self.to
    }

    /// Whether the two intervals share an instant.
    pub fn overlaps(&self, other: &Interval) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Whether every instant of `other` lies in the interval.
    pub fn covers(&self, other: &Interval) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

/// Sorts intervals and joins those that touch or overlap.
pub fn merge(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.retain(|interval| interval.from < interval.to);
    intervals.sort_unstable();
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match merged.last_mut() {
            Some(last) if interval.from <= last.to => last.to = last.to.max(interval.to),
            _ => merged.push(interval),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Interval {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("a small number of seconds");
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn the_end_does_not_belong_to_an_interval() {
        assert!(span(10, 20).contains(span(10, 11).from));
        assert!(!span(10, 20).contains(span(20, 21).from));
        assert!(!span(10, 20).overlaps(&span(20, 30)));
        assert!(span(10, 20).covers(&span(10, 20)));
        assert!(!span(10, 20).covers(&span(10, 21)));
    }

    #[test]
    fn touching_intervals_are_joined_and_empty_ones_dropped() {
        let merged = merge(vec![span(30, 40), span(5, 5), span(10, 20), span(20, 30)]);
        assert_eq!(merged, [span(10, 40)]);
        assert_eq!(merge(vec![span(1, 2), span(3, 4)]).len(), 2);
    }
}
