//! Where sources put what they find: records into the spool, and what became of each question
//! into the coverage ledger.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    io,
};

use evidence_schema::{Body, Coverage, Interval, Status, manifest::Windows, time::merge};
use redaction::{Failed, Scrubber};
use tokio::sync::Notify;

use crate::{
    progress::Progress, quarantine, sources::Source, spool::Spool, status::Outcome, windows,
};

/// What all sources of a collection share.
pub(crate) struct Shared {
    scrubber: Scrubber,
    spool: RefCell<Spool>,
    /// How many records could not be scrubbed.
    unscrubbed: Cell<u64>,
    progress: Progress,
    /// A temporary file that could not be written. The records after it are lost, so the
    /// collection ends with it.
    broken: RefCell<Option<io::Error>>,
    broke: Notify,
}

impl Shared {
    /// Begins with nothing.
    pub(crate) fn new(scrubber: Scrubber, progress: Progress) -> Self {
        Self {
            scrubber,
            spool: RefCell::default(),
            unscrubbed: Cell::default(),
            progress,
            broken: RefCell::default(),
            broke: Notify::new(),
        }
    }

    /// Everything that was pushed, and the scrubber with its counts.
    pub(crate) fn finish(self) -> io::Result<Kept> {
        match self.broken.into_inner() {
            Some(error) => Err(error),
            None => Ok(Kept {
                spool: self.spool.into_inner(),
                scrubber: self.scrubber,
                unscrubbed: self.unscrubbed.into_inner(),
            }),
        }
    }

    /// Where progress is shown.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Returns when a temporary file could not be written: what is asked from then on is lost.
    pub(crate) async fn broken(&self) {
        while self.broken.borrow().is_none() {
            self.broke.notified().await;
        }
    }

    /// Keeps a record, or what stands for one that cannot be scrubbed.
    fn push(&self, source: &str, body: Body) -> Result<(), Failed> {
        if self.broken.borrow().is_some() {
            return Ok(());
        }
        let (body, kept) = quarantine::scrubbed(&self.scrubber, source, body);
        if kept.is_err() {
            self.unscrubbed.set(self.unscrubbed.get() + 1);
        }
        if let Err(error) = self.spool.borrow_mut().push(&body) {
            self.broken.replace(Some(error));
            self.broke.notify_waiters();
        }
        kept
    }
}

/// What the sources of a collection left.
pub(crate) struct Kept {
    /// The records.
    pub spool: Spool,
    /// What looked at them.
    pub scrubber: Scrubber,
    /// How many it could not do its work on.
    pub unscrubbed: u64,
}

/// What one source fills. It outlives the source, so that what was read is kept when the source
/// is cut off.
pub(crate) struct Out<'a> {
    source: &'static Source,
    shared: &'a Shared,
    entries: Vec<Entry>,
    current: Option<usize>,
}

/// An entry of the ledger on its way.
#[derive(Debug)]
struct Entry {
    coverage: Coverage,
    operations: BTreeSet<&'static str>,
    wanted: Vec<Interval>,
    lost: Vec<Interval>,
    /// How many records could not be scrubbed.
    unscrubbed: u64,
    ended: bool,
}

impl<'a> Out<'a> {
    /// Nothing found and nothing asked yet.
    pub(crate) fn new(source: &'static Source, shared: &'a Shared) -> Self {
        Self {
            source,
            shared,
            entries: Vec::new(),
            current: None,
        }
    }

    /// The source that is filled in.
    pub(crate) fn source(&self) -> &'static Source {
        self.source
    }

    /// Announces a subject and the intervals that are wanted of it. What is announced and never
    /// begun is listed as not asked.
    pub(crate) fn plan(&mut self, subject: Option<&str>, wanted: &[Interval]) {
        self.entries.push(Entry {
            coverage: Coverage {
                source: self.source.name.to_owned(),
                subject: subject.map(str::to_owned),
                status: Status::NotAsked,
                operations: Vec::new(),
                calls: 0,
                records: 0,
                covered: Vec::new(),
                missing: Vec::new(),
                permission: None,
                error: None,
                note: None,
            },
            operations: BTreeSet::new(),
            wanted: wanted.to_vec(),
            lost: Vec::new(),
            unscrubbed: 0,
            ended: false,
        });
    }

    /// Takes an announcement back, when the subjects that it stood for are announced themselves.
    pub(crate) fn withdraw(&mut self, subject: &str) {
        debug_assert!(self.current.is_none(), "no entry is open");
        self.entries
            .retain(|entry| entry.ended || entry.coverage.subject.as_deref() != Some(subject));
    }

    /// Begins with a subject; one that was not announced is announced now.
    pub(crate) fn begin(&mut self, subject: Option<&str>) {
        let known = self
            .entries
            .iter()
            .position(|entry| !entry.ended && entry.coverage.subject.as_deref() == subject);
        self.current = Some(known.unwrap_or_else(|| {
            self.plan(subject, &[]);
            self.entries.len() - 1
        }));
    }

    /// Counts a call before it is made.
    pub(crate) fn call(&mut self, action: &'static str) {
        debug_assert!(
            self.source.calls.iter().any(|call| call.action == action),
            "{action} is in the table of {}",
            self.source.name
        );
        let entry = self.current();
        entry.coverage.calls += 1;
        entry.operations.insert(action);
    }

    /// Keeps a record.
    pub(crate) fn push(&mut self, body: Body) {
        let kept = self.shared.push(self.source.name, body);
        let entry = self.current();
        entry.coverage.records += 1;
        entry.unscrubbed += u64::from(kept.is_err());
        self.shared.progress.record(self.source.name);
    }

    /// Notes that an interval was seen to its last event.
    pub(crate) fn covered(&mut self, interval: Interval) {
        if interval.from < interval.to {
            self.current().coverage.covered.push(interval);
        }
    }

    /// Takes out of what is wanted what nobody can read any more. It is missing and no gap.
    pub(crate) fn lost(&mut self, interval: Interval) {
        let entry = self.current();
        let wanted = std::mem::take(&mut entry.wanted);
        entry.wanted = windows::without(&wanted, &[interval]);
        entry.lost = windows::without(&wanted, &entry.wanted);
    }

    /// Adds a sentence to the current entry.
    pub(crate) fn note(&mut self, note: &str) {
        let entry = self.current();
        entry.coverage.note = Some(match entry.coverage.note.take() {
            Some(before) => format!("{before}; {note}"),
            None => note.to_owned(),
        });
    }

    /// Tells the user something about what is about to be asked.
    pub(crate) fn tell(&self, text: &str) {
        self.shared.progress.tell(self.source.name, text);
    }

    /// Ends the current entry.
    pub(crate) fn end(&mut self, result: Result<(), Outcome>) {
        let entry = self.current();
        entry.ended = true;
        entry.end(result);
        self.current = None;
    }

    /// Begins and ends a subject about which nothing is asked.
    pub(crate) fn skip(&mut self, subject: Option<&str>, outcome: Outcome) {
        self.begin(subject);
        self.end(Err(outcome));
    }

    /// Ends whatever is still open, as the source ended or was cut off.
    pub(crate) fn close(&mut self, result: Result<(), Outcome>) {
        if self.entries.is_empty() {
            self.begin(None);
        }
        if self.current.is_some() {
            self.end(result.clone());
        }
        let (note, error) = match result {
            // What ended the source is why the others were not asked.
            Err(outcome) if outcome.status == Status::NotAsked => (outcome.note, outcome.error),
            Err(outcome) => (outcome.note, None),
            Ok(()) => (None, None),
        };
        for entry in self.entries.iter_mut().filter(|entry| !entry.ended) {
            entry.ended = true;
            entry.end(Err(Outcome {
                status: Status::NotAsked,
                permission: None,
                error: error.clone(),
                note: note.clone(),
            }));
        }
    }

    /// The entries so far.
    pub(crate) fn coverage(&self) -> Vec<Coverage> {
        self.entries
            .iter()
            .map(|entry| entry.coverage.clone())
            .collect()
    }

    /// The entries of the ledger, in the order of their begin.
    pub(crate) fn into_coverage(self) -> Vec<Coverage> {
        self.entries
            .into_iter()
            .map(|entry| entry.coverage)
            .collect()
    }

    fn current(&mut self) -> &mut Entry {
        if self.current.is_none() {
            self.begin(None);
        }
        let index = self.current.expect("an entry was begun");
        &mut self.entries[index]
    }
}

impl Entry {
    fn end(&mut self, result: Result<(), Outcome>) {
        let coverage = &mut self.coverage;
        coverage.operations = self.operations.iter().map(|it| (*it).to_owned()).collect();
        let quarantined = (self.unscrubbed > 0).then(|| {
            format!(
                "{} of its records could not be scrubbed and were taken out",
                self.unscrubbed
            )
        });
        coverage.note = joined(coverage.note.take(), quarantined.clone());
        let Err(outcome) = result else {
            coverage.status = match quarantined {
                Some(_) => Status::Partial,
                None => Status::Complete,
            };
            coverage.covered = merge(std::mem::take(&mut self.wanted));
            coverage.missing = merge(std::mem::take(&mut self.lost));
            return;
        };
        // An answer may have come before the one that failed.
        let began = match outcome.status {
            Status::NotAsked => coverage.calls > 0,
            Status::Denied | Status::Throttled | Status::Failed => {
                coverage.records > 0 || !coverage.covered.is_empty()
            }
            _ => false,
        };
        coverage.status = if began {
            Status::Partial
        } else {
            outcome.status
        };
        coverage.covered = windows::without(&coverage.covered, &self.lost);
        if coverage.status != Status::Absent {
            let mut missing = windows::without(&self.wanted, &coverage.covered);
            missing.append(&mut self.lost);
            coverage.missing = merge(missing);
        }
        coverage.permission = outcome.permission;
        coverage.error = outcome.error;
        coverage.note = joined(coverage.note.take(), outcome.note);
    }
}

fn joined(before: Option<String>, after: Option<String>) -> Option<String> {
    match (before, after) {
        (Some(before), Some(after)) => Some(format!("{before}; {after}")),
        (before, after) => before.or(after),
    }
}

/// Whether an entry means that the bundle lacks something which a second run could bring.
pub(crate) fn is_gap(entry: &Coverage, windows: &Windows) -> bool {
    // Most accounts have no support plan with AWS Health. Nothing can be done about it, and it
    // must not make every collection look incomplete.
    let no_plan = entry
        .error
        .as_ref()
        .is_some_and(|error| error.code == "SubscriptionRequiredException");
    match entry.status {
        Status::Complete | Status::Absent => false,
        Status::NotAsked => entry.error.is_some(),
        Status::Partial | Status::Denied | Status::Throttled => true,
        // What a limit left out is what was asked for, unless it is about a failed deployment.
        Status::Truncated => {
            entry.missing.is_empty()
                || entry
                    .missing
                    .iter()
                    .any(|missing| windows.incidents.iter().any(|it| it.overlaps(missing)))
        }
        Status::Failed => !no_plan,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;
    use evidence_schema::{
        coverage::AwsError,
        record::{Identity, LogGroup},
    };

    use super::*;
    use crate::sources;

    fn shared() -> Shared {
        let scrubber = Scrubber::new(
            redaction::Fingerprints::new([7; 32]),
            &BTreeMap::new(),
            &[],
            redaction::Emails::Keep,
        );
        Shared::new(scrubber, Progress::hidden())
    }

    fn denied() -> Outcome {
        Outcome {
            status: Status::Denied,
            permission: Some("logs:DescribeLogGroups".to_owned()),
            error: Some(AwsError {
                code: "AccessDeniedException".to_owned(),
                message: "no".to_owned(),
            }),
            note: None,
        }
    }

    fn span(from: i64, to: i64) -> Interval {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("a time");
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    fn group() -> Body {
        Body::LogGroup(LogGroup {
            name: "g".to_owned(),
            created_at: None,
            retention_days: None,
            stored_bytes: None,
        })
    }

    #[test]
    fn an_error_after_records_is_partial_and_before_any_it_is_itself() {
        let shared = shared();
        let mut out = Out::new(&sources::log_groups::SOURCE, &shared);
        out.call("logs:DescribeLogGroups");
        out.close(Err(denied()));
        assert_eq!(out.into_coverage()[0].status, Status::Denied);

        let mut out = Out::new(&sources::log_groups::SOURCE, &shared);
        out.call("logs:DescribeLogGroups");
        out.push(group());
        out.close(Err(denied()));
        let entry = &out.into_coverage()[0];
        assert_eq!((entry.status, entry.records), (Status::Partial, 1));
        assert_eq!(entry.permission.as_deref(), Some("logs:DescribeLogGroups"));
    }

    #[test]
    fn what_was_announced_and_not_reached_is_told() {
        let shared = shared();
        let mut out = Out::new(&sources::log_groups::SOURCE, &shared);
        out.plan(Some("a"), &[span(0, 10)]);
        out.plan(Some("b"), &[span(0, 10)]);
        out.begin(Some("a"));
        out.call("logs:DescribeLogGroups");
        out.covered(span(0, 4));
        out.close(Err(Outcome::not_asked("interrupted")));
        let entries = out.into_coverage();
        assert_eq!(entries[0].status, Status::Partial);
        assert_eq!(entries[0].covered, [span(0, 4)]);
        assert_eq!(entries[0].missing, [span(4, 10)]);
        assert_eq!(entries[1].status, Status::NotAsked);
        assert_eq!(entries[1].missing, [span(0, 10)]);
        assert_eq!(entries[1].note.as_deref(), Some("interrupted"));
    }

    #[test]
    fn what_the_retention_deleted_is_missing_and_not_covered() {
        let shared = shared();
        let mut out = Out::new(&sources::service_log::SOURCE, &shared);
        out.plan(Some("g"), &[span(0, 10), span(20, 30)]);
        out.begin(Some("g"));
        out.lost(span(-100, 22));
        out.close(Ok(()));
        let entry = &out.into_coverage()[0];
        assert_eq!(entry.status, Status::Complete);
        assert_eq!(entry.covered, [span(22, 30)]);
        assert_eq!(entry.missing, [span(0, 10), span(20, 22)]);
    }

    #[test]
    fn a_source_that_said_nothing_still_has_an_entry() {
        let shared = shared();
        let mut out = Out::new(&sources::identity::SOURCE, &shared);
        out.close(Ok(()));
        let entries = out.into_coverage();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].status, Status::Complete);
        assert_eq!(entries[0].source, "identity");
    }

    #[test]
    fn records_reach_the_spool() {
        let shared = shared();
        let mut out = Out::new(&sources::identity::SOURCE, &shared);
        out.push(Body::Identity(Identity {
            account: "111122223333".to_owned(),
            arn: "arn".to_owned(),
            user_id: "u".to_owned(),
        }));
        out.close(Ok(()));
        drop(out);
        let mut spool = shared.finish().expect("a spool").spool;
        let mut count = 0;
        spool
            .read(|_, _| {
                count += 1;
                Ok(())
            })
            .expect("a spool");
        assert_eq!(count, 1);
    }

    #[test]
    fn a_missing_support_plan_is_no_gap() {
        let mut entry = Out::new(&sources::health::SOURCE, &shared()).entry_for_test();
        entry.status = Status::Failed;
        let windows = windows(&[]);
        assert!(is_gap(&entry, &windows));
        entry.error = Some(AwsError {
            code: "SubscriptionRequiredException".to_owned(),
            message: String::new(),
        });
        assert!(!is_gap(&entry, &windows));
    }

    #[test]
    fn a_limit_is_a_gap_only_where_a_deployment_failed() {
        let mut entry = Out::new(&sources::application_log::SOURCE, &shared()).entry_for_test();
        entry.status = Status::Truncated;
        entry.missing = vec![span(10, 20)];
        assert!(!is_gap(&entry, &windows(&[span(20, 30)])));
        assert!(is_gap(&entry, &windows(&[span(0, 5), span(19, 30)])));
    }

    fn windows(incidents: &[Interval]) -> Windows {
        Windows {
            incidents: incidents.to_vec(),
            recent: span(0, 100),
            extended: span(0, 100),
        }
    }

    impl Out<'_> {
        fn entry_for_test(mut self) -> Coverage {
            self.close(Ok(()));
            self.into_coverage().remove(0)
        }
    }
}
