//! Records that may not leave as they are: a marker stands for each, and the ledger says so.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use evidence_schema::{
    Body, Coverage, Interval, Kind, Status, Time,
    record::{QuarantineReason, Quarantined, SortKey},
    time::merge,
};
use redaction::{Failed, Scrubber};

use crate::sources;

/// So many intervals of one source are told apart; what lies between further ones counts too.
const MOST_INTERVALS: usize = 64;

/// What the scan of a finished file found: the record, by its position, and what leaks from it.
pub(crate) type Leaks = BTreeMap<u64, &'static str>;

/// The records that are taken out of one bundle.
#[derive(Debug, Default)]
pub(crate) struct Quarantine(BTreeMap<(&'static str, String), Taken>);

/// What one source lost.
#[derive(Debug, Default)]
struct Taken {
    records: u64,
    detectors: BTreeMap<&'static str, u64>,
    intervals: Vec<Interval>,
}

impl Quarantine {
    /// The marker for a record.
    pub(crate) fn take(&mut self, key: &SortKey, detector: &'static str) -> Body {
        let source = source_of(key.kind);
        let service = match key.kind {
            Kind::ServiceLog | Kind::ApplicationLog => key.key.split('/').next(),
            _ => None,
        };
        let taken = self
            .0
            .entry((source, service.unwrap_or_default().to_owned()))
            .or_default();
        taken.records += 1;
        *taken.detectors.entry(detector).or_default() += 1;
        if let Some(from) = key.time {
            taken.miss(from);
        }
        Body::Quarantined(Quarantined {
            of_kind: key.kind.as_str().to_owned(),
            source: source.to_owned(),
            time: key.time,
            reason: QuarantineReason::LeakScan,
            detector: Some(detector.to_owned()),
        })
    }

    /// The ledger with what was taken out.
    pub(crate) fn coverage(self, coverage: &[Coverage]) -> Vec<Coverage> {
        let mut coverage = coverage.to_vec();
        for ((source, service), taken) in self.0 {
            let is_of = |it: &Coverage| {
                let subject = it.subject.as_deref().unwrap_or_default();
                match service.as_str() {
                    "" => it.source == source && it.records > 0,
                    service => it.source == source && subject.split('/').any(|it| it == service),
                }
            };
            let index = coverage
                .iter()
                .position(is_of)
                .or_else(|| coverage.iter().position(|it| it.source == source));
            if let Some(index) = index {
                taken.tell(&mut coverage[index]);
            }
        }
        coverage
    }
}

impl Taken {
    fn miss(&mut self, from: Time) {
        let interval = Interval {
            from,
            to: from + TimeDelta::milliseconds(1),
        };
        let full = self.intervals.len() == MOST_INTERVALS;
        match self.intervals.last_mut() {
            Some(last) if full => {
                last.to = last.to.max(interval.to);
                last.from = last.from.min(interval.from);
            }
            _ => self.intervals.push(interval),
        }
    }

    fn tell(self, entry: &mut Coverage) {
        let found: Vec<_> = self
            .detectors
            .iter()
            .map(|(name, count)| format!("{name}: {count}"))
            .collect();
        let note = format!(
            "{} of its records {} taken out by the leak scan ({})",
            self.records,
            match self.records {
                1 => "was",
                _ => "were",
            },
            found.join(", ")
        );
        entry.note = Some(match entry.note.take() {
            Some(before) => format!("{before}; {note}"),
            None => note,
        });
        if matches!(entry.status, Status::Complete | Status::Truncated) {
            entry.status = Status::Partial;
        }
        entry.covered = crate::windows::without(&entry.covered, &self.intervals);
        entry.missing.extend(self.intervals);
        entry.missing = merge(std::mem::take(&mut entry.missing));
    }
}

/// The record without what may not leave, or the marker for one that the scrubber failed on.
pub(crate) fn scrubbed(
    scrubber: &Scrubber,
    source: &str,
    body: Body,
) -> (Body, Result<(), Failed>) {
    let (of_kind, time) = (body.kind().as_str(), body.sort_key().time);
    match scrubber.body(source, body) {
        Ok(body) => (body, Ok(())),
        Err(failed) => {
            let marker = Body::Quarantined(Quarantined {
                of_kind: of_kind.to_owned(),
                source: source.to_owned(),
                time,
                reason: QuarantineReason::ScrubberFailed,
                detector: None,
            });
            (marker, Err(failed))
        }
    }
}

/// The source that gives records of a kind.
pub(crate) fn source_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => sources::identity::SOURCE.name,
        Kind::Service => sources::service::SOURCE.name,
        Kind::Operation => sources::operations::SOURCE.name,
        Kind::Connection => sources::connections::SOURCE.name,
        Kind::AutoScaling => sources::auto_scaling::SOURCE.name,
        Kind::VpcConnector => sources::vpc_connector::SOURCE.name,
        Kind::Subnet
        | Kind::RouteTable
        | Kind::NatGateway
        | Kind::VpcEndpoint
        | Kind::SecurityGroup
        | Kind::NetworkInterface => sources::network::SOURCE.name,
        Kind::IngressConnection => sources::ingress_connections::SOURCE.name,
        Kind::CustomDomain => sources::custom_domains::SOURCE.name,
        Kind::ObservabilityConfiguration => sources::observability::SOURCE.name,
        Kind::Tags => sources::tags::SOURCE.name,
        Kind::Role => sources::roles::SOURCE.name,
        Kind::RoleSimulation => sources::role_simulations::SOURCE.name,
        Kind::ServiceLinkedRole => sources::service_linked_roles::SOURCE.name,
        Kind::Secret => sources::secrets::SOURCE.name,
        Kind::Parameter => sources::parameters::SOURCE.name,
        Kind::Key | Kind::KeyGrant => sources::keys::SOURCE.name,
        Kind::Repository | Kind::Image => sources::image::SOURCE.name,
        Kind::PushedImage => sources::pushed_images::SOURCE.name,
        Kind::Quota => sources::quotas::SOURCE.name,
        Kind::SiblingService | Kind::SiblingConfiguration | Kind::SiblingOperation => {
            sources::siblings::SOURCE.name
        }
        Kind::HealthEvent => sources::health::SOURCE.name,
        Kind::Metric => sources::metrics::SOURCE.name,
        Kind::Change => sources::changes::SOURCE.name,
        Kind::SourceFile => sources::source_files::SOURCE.name,
        Kind::LogGroup | Kind::LogStream => sources::log_groups::SOURCE.name,
        Kind::ServiceLog => sources::service_log::SOURCE.name,
        Kind::ApplicationLog => sources::application_log::SOURCE.name,
        // A marker holds nothing of what it stands for.
        Kind::Quarantined => "quarantine",
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(millis: i64) -> Time {
        DateTime::from_timestamp_millis(millis).expect("a time")
    }

    fn entry(source: &str, subject: Option<&str>) -> Coverage {
        Coverage {
            source: source.to_owned(),
            subject: subject.map(str::to_owned),
            status: Status::Complete,
            operations: vec![],
            calls: 1,
            records: 9,
            covered: vec![Interval {
                from: at(0),
                to: at(100),
            }],
            missing: vec![],
            permission: None,
            error: None,
            note: None,
        }
    }

    #[test]
    fn what_was_taken_out_is_missing_in_the_ledger_of_its_source() {
        let mut quarantine = Quarantine::default();
        for time in [10, 50] {
            let key = SortKey {
                kind: Kind::ApplicationLog,
                time: Some(at(time)),
                key: "0b/instance/1".to_owned(),
            };
            let Body::Quarantined(marker) = quarantine.take(&key, "github-token") else {
                panic!("a marker");
            };
            assert_eq!(marker.of_kind, "application_log");
            assert_eq!(
                (marker.source.as_str(), marker.time),
                ("application-log", key.time)
            );
        }
        let coverage = quarantine.coverage(&[
            entry("application-log", Some("/aws/apprunner/web/0a/application")),
            entry("application-log", Some("/aws/apprunner/web/0b/application")),
            entry("roles", None),
        ]);
        let statuses = coverage.iter().map(|it| it.status);
        assert!(statuses.eq([Status::Complete, Status::Partial, Status::Complete]));
        let entry = &coverage[1];
        assert_eq!(
            entry.note.as_deref(),
            Some("2 of its records were taken out by the leak scan (github-token: 2)")
        );
        assert_eq!(entry.missing.len(), 2);
        assert!(
            entry
                .covered
                .iter()
                .all(|it| !it.contains(at(10)) && !it.contains(at(50)))
        );
    }
}
