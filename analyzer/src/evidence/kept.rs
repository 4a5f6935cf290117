//! The newest of many records, in bounded memory.

use std::collections::VecDeque;

use evidence_schema::Time;

use super::Observed;

/// What was not kept.
#[derive(Debug)]
pub(super) struct Left {
    /// When the oldest was that was kept.
    pub(super) from: Time,
    /// How many stayed and how many went.
    pub(super) note: String,
    /// How many went.
    pub(super) count: u64,
}

/// Keeps the newest facts of one kind that fit, and counts the others.
#[derive(Debug)]
pub(super) struct Kept<T> {
    facts: VecDeque<(usize, Observed<T>)>,
    memory: usize,
    limit: usize,
    dropped: u64,
}

impl<T> Kept<T> {
    /// Keeps what takes so much memory.
    pub(super) fn within(limit: usize) -> Self {
        Self {
            facts: VecDeque::new(),
            memory: 0,
            limit,
            dropped: 0,
        }
    }

    /// Takes one more, which takes so much memory beside itself.
    pub(super) fn push(&mut self, memory: usize, fact: Observed<T>) {
        let memory = memory + size_of::<(usize, Observed<T>)>();
        self.memory += memory;
        self.facts.push_back((memory, fact));
        while self.memory > self.limit
            && let Some((memory, _)) = self.facts.pop_front()
        {
            self.memory -= memory;
            self.dropped += 1;
        }
    }

    /// What was kept, in order, and what was not: that may not be taken for absent.
    pub(super) fn end(self) -> (Vec<Observed<T>>, Option<Left>) {
        let left = (self.dropped > 0).then(|| Left {
            from: self
                .facts
                .iter()
                .find_map(|(_, fact)| fact.time)
                .unwrap_or(Time::MAX_UTC),
            note: format!(
                "the analyzer kept the newest {} records of it and left out {}",
                self.facts.len(),
                self.dropped
            ),
            count: self.dropped,
        });
        let facts = self.facts.into_iter().map(|(_, fact)| fact).collect();
        (facts, left)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use evidence_schema::{Coverage, Interval, Status};

    use super::*;
    use crate::evidence::{Ledger, Why};

    fn at(seconds: i64) -> Time {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn span(from: i64, to: i64) -> Interval {
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn the_newest_stay_and_what_left_is_no_longer_covered() {
        let mut ledger = Ledger {
            entries: vec![Coverage {
                source: "changes".to_owned(),
                subject: None,
                status: Status::Complete,
                operations: vec![],
                calls: 1,
                records: 100,
                covered: vec![span(0, 100)],
                missing: vec![],
                permission: None,
                error: None,
                note: None,
            }],
            cut: false,
        };
        let mut kept = Kept::within(20 * 1_000);
        for second in 0..100 {
            kept.push(
                500,
                Observed {
                    fact: [0_u8; 400],
                    record: second,
                    time: Some(at(second.cast_signed())),
                },
            );
        }
        let (facts, left) = kept.end();
        ledger.truncate("changes", &left.unwrap());
        assert!(facts.len() > 10 && facts.len() < 25, "{}", facts.len());
        assert_eq!(facts.last().unwrap().record, 99);

        let oldest = facts[0].time.unwrap().timestamp();
        let seen = |from, to| ledger.looked("changes", None, Some(span(from, to)));
        assert!(seen(oldest, 100).is_ok());
        assert_eq!(seen(0, 10).unwrap_err().why, Why::NotCovered);
        let note = ledger.entries[0].note.as_deref().unwrap();
        assert!(note.contains("left"), "{note}");
    }
}
