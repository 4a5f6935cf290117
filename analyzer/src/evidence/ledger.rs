//! What may be concluded from the absence of a record.

use evidence_schema::{
    Coverage, Interval,
    Status::{self, Complete, Partial, Truncated},
    time::merge,
};

use super::{
    kept::Left,
    missing::{Missing, Why},
};

/// How a source ended that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It was read.
    Read,
    /// It does not exist.
    Absent,
}

/// The coverage ledger of a bundle.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The entries, as they were written.
    pub entries: Vec<Coverage>,
    /// Whether the bundle ends before them.
    pub cut: bool,
}

impl Ledger {
    /// Notes that of `source` not all was kept in memory.
    pub(super) fn truncate(&mut self, source: &str, left: &Left) {
        let from = left.from;
        let entries = self.entries.iter_mut().filter(|it| it.source == source);
        for entry in entries.filter(|it| matches!(it.status, Complete | Partial | Truncated)) {
            entry.status = Truncated;
            for covered in std::mem::take(&mut entry.covered) {
                if covered.from < from {
                    let to = covered.to.min(from);
                    entry.missing.push(Interval { to, ..covered });
                }
                if covered.to > from {
                    let from = covered.from.max(from);
                    entry.covered.push(Interval { from, ..covered });
                }
            }
            entry.note = Some(match entry.note.take() {
                Some(before) => format!("{before}; {}", left.note),
                None => left.note.clone(),
            });
        }
    }

    /// Whether `source` was seen, for `subject` where given and over `interval` where given.
    ///
    /// # Errors
    ///
    /// When it was not, so that nothing may be concluded from an absence.
    pub fn looked(
        &self,
        source: &str,
        subject: Option<&str>,
        interval: Option<Interval>,
    ) -> Result<Looked, Missing> {
        let missing = |why, entry: Option<&Coverage>, detail: Option<String>| Missing {
            source: source.to_owned(),
            subject: entry
                .and_then(|it| it.subject.clone())
                .or_else(|| subject.map(str::to_owned)),
            why,
            permission: entry.and_then(|it| it.permission.clone()),
            detail: detail.or_else(|| entry.and_then(reason)),
        };
        if self.cut {
            return Err(missing(Why::Cut, None, None));
        }
        let of_source = || self.entries.iter().filter(|entry| entry.source == source);
        let mut entries: Vec<&Coverage> = of_source()
            .filter(|entry| subject.is_some() && entry.subject.as_deref() == subject)
            .collect();
        if entries.is_empty() {
            entries = of_source()
                .filter(|entry| subject.is_none() || entry.subject.is_none())
                .collect();
        }
        if entries.is_empty() {
            return Err(missing(Why::NotInLedger, None, None));
        }

        let mut looked = Looked::Absent;
        for entry in entries {
            match entry.status {
                Status::Absent => {}
                Status::Complete => {
                    if let Some(interval) = interval
                        && !covers(&entry.covered, interval)
                        && !entry.covered.is_empty()
                    {
                        return Err(missing(Why::NotCovered, Some(entry), Some(spans(entry))));
                    }
                    looked = Looked::Read;
                }
                Status::Partial | Status::Truncated => {
                    let seen = interval.is_some_and(|interval| {
                        covers(&entry.covered, interval)
                            && !entry.missing.iter().any(|gap| gap.overlaps(&interval))
                    });
                    if !seen {
                        return Err(missing(Why::NotCovered, Some(entry), None));
                    }
                    looked = Looked::Read;
                }
                Status::Denied => return Err(missing(Why::Denied, Some(entry), None)),
                Status::Throttled => return Err(missing(Why::Throttled, Some(entry), None)),
                Status::Failed => return Err(missing(Why::Failed, Some(entry), None)),
                Status::NotAsked => return Err(missing(Why::NotAsked, Some(entry), None)),
            }
        }
        Ok(looked)
    }
}

fn covers(covered: &[Interval], wanted: Interval) -> bool {
    wanted.from == wanted.to
        || merge(covered.to_vec())
            .iter()
            .any(|interval| interval.covers(&wanted))
}

fn reason(entry: &Coverage) -> Option<String> {
    let error = entry
        .error
        .as_ref()
        .map(|error| format!("{}: {}", error.code, error.message));
    match (&entry.note, error) {
        (Some(note), Some(error)) => Some(format!("{note} ({error})")),
        (Some(note), None) => Some(note.clone()),
        (None, error) => error,
    }
}

fn spans(entry: &Coverage) -> String {
    let spans: Vec<String> = entry
        .covered
        .iter()
        .map(|span| {
            format!(
                "{} to {}",
                crate::words::at(span.from),
                crate::words::at(span.to)
            )
        })
        .collect();
    format!("it was read for {}", spans.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Interval {
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    fn entry(status: Status, covered: Vec<Interval>) -> Coverage {
        Coverage {
            source: "application-log".to_owned(),
            subject: Some("/group".to_owned()),
            status,
            operations: vec![],
            calls: 1,
            records: 0,
            covered,
            missing: vec![],
            permission: (status == Status::Denied).then(|| "logs:FilterLogEvents".to_owned()),
            error: None,
            note: None,
        }
    }

    fn ledger(entry: Coverage) -> Ledger {
        Ledger {
            entries: vec![entry],
            cut: false,
        }
    }

    fn why(ledger: &Ledger, interval: Interval) -> Option<Why> {
        ledger
            .looked("application-log", None, Some(interval))
            .err()
            .map(|missing| missing.why)
    }

    #[test]
    fn absence_counts_only_over_what_was_covered() {
        let complete = ledger(entry(Status::Complete, vec![span(0, 50), span(50, 100)]));
        assert_eq!(why(&complete, span(40, 60)), None);
        assert_eq!(why(&complete, span(90, 110)), Some(Why::NotCovered));
    }

    #[test]
    fn a_truncated_source_counts_where_it_was_read_to_the_end() {
        let mut cut = entry(Status::Truncated, vec![span(0, 50)]);
        cut.missing = vec![span(50, 100)];
        let cut = ledger(cut);
        assert_eq!(why(&cut, span(10, 20)), None);
        assert_eq!(why(&cut, span(40, 60)), Some(Why::NotCovered));
    }

    #[test]
    fn what_was_denied_is_unknown_and_names_the_permission() {
        let denied = ledger(entry(Status::Denied, vec![]));
        let missing = denied
            .looked("application-log", None, Some(span(0, 1)))
            .unwrap_err();
        assert_eq!(missing.why, Why::Denied);
        assert_eq!(missing.permission.as_deref(), Some("logs:FilterLogEvents"));
        assert!(
            missing
                .sentence()
                .contains("logs:FilterLogEvents is needed")
        );
    }

    #[test]
    fn what_does_not_exist_was_looked_at() {
        let absent = ledger(entry(Status::Absent, vec![]));
        assert_eq!(
            absent.looked("application-log", None, Some(span(0, 1))),
            Ok(Looked::Absent)
        );
    }

    #[test]
    fn a_cut_bundle_and_an_unnamed_source_say_nothing() {
        let mut cut = ledger(entry(Status::Complete, vec![]));
        cut.cut = true;
        assert_eq!(why(&cut, span(0, 1)), Some(Why::Cut));
        assert_eq!(why(&Ledger::default(), span(0, 1)), Some(Why::NotInLedger));
    }
}
