//! Builds [`Evidence`] from the stream of records, in one pass.

use std::{
    collections::{BTreeMap, VecDeque},
    io::Read,
};

use evidence_schema::{
    Body, Manifest, ReadError, Reader, Record, Time,
    read::Ending,
    record::{LogLine, LogStream, Quarantined},
};

use super::{Evidence, Ledger, LogText, Observed, PlatformLog};
use crate::{
    attempt::{self, Attempt, BuildOutput, Collector, PlatformLine},
    message::{self, Reading},
    words,
};

/// The longest text of a platform line that is kept.
const LINE: usize = 600;

/// How many understood platform lines are kept; the newest count.
const LINES: usize = 50_000;

/// How many streams with build output are kept.
const BUILDS: usize = 512;

/// How many lines that are not understood are shown.
const SAMPLES: usize = 5;

/// How many API calls are kept; the newest count.
const CHANGES: usize = 20_000;

/// How many streams of instances are remembered.
const STREAMS: usize = 20_000;

/// How many kinds of quarantined records are told apart before the rest is lumped together.
const QUARANTINED: usize = 64;

/// Collects records until the bundle is over.
pub struct Builder {
    evidence: Evidence,
    changes: VecDeque<Observed<evidence_schema::record::Change>>,
    lines: VecDeque<PlatformLine>,
    build: BTreeMap<String, BuildOutput>,
    begun: BTreeMap<String, Time>,
    application: Option<(usize, Collector)>,
    joined: bool,
}

impl Evidence {
    /// Reads a bundle to its end.
    ///
    /// # Errors
    ///
    /// When the text is no bundle any more. A bundle that was cut is no error.
    pub fn read<R: Read>(mut reader: Reader<R>) -> Result<Self, ReadError> {
        let mut builder = Builder::new(reader.manifest().clone());
        for record in &mut reader {
            builder.take(record?);
        }
        let (_, ending) = reader.into_parts();
        Ok(builder.finish(ending))
    }
}

impl Builder {
    /// For a bundle with this manifest.
    pub fn new(manifest: Manifest) -> Self {
        Self {
            evidence: Evidence {
                manifest,
                ledger: Ledger::default(),
                service: None,
                operations: vec![],
                connections: vec![],
                auto_scaling: None,
                roles: vec![],
                repository: None,
                images: vec![],
                health_events: vec![],
                metrics: vec![],
                changes: vec![],
                log_groups: vec![],
                platform: PlatformLog::default(),
                attempts: vec![],
                records: 0,
                unknown_kinds: BTreeMap::new(),
                quarantined: BTreeMap::new(),
                unreadable: (0, None),
                cut: None,
                digest: evidence_schema::read::DigestCheck::Missing,
            },
            changes: VecDeque::new(),
            lines: VecDeque::new(),
            build: BTreeMap::new(),
            begun: BTreeMap::new(),
            application: None,
            joined: false,
        }
    }

    /// Takes one record.
    pub fn take(&mut self, record: Record) {
        let id = record.id;
        let observed = |time| At { id, time };
        let evidence = &mut self.evidence;
        evidence.records += 1;
        match record.body {
            // Evidence that no rule asks for yet.
            Body::Identity(_)
            | Body::VpcConnector(_)
            | Body::Subnet(_)
            | Body::RouteTable(_)
            | Body::NatGateway(_)
            | Body::VpcEndpoint(_)
            | Body::SecurityGroup(_)
            | Body::NetworkInterface(_)
            | Body::SourceFile(_)
            | Body::IngressConnection(_)
            | Body::CustomDomain(_)
            | Body::ObservabilityConfiguration(_)
            | Body::Tags(_)
            | Body::RoleSimulation(_)
            | Body::ServiceLinkedRole(_)
            | Body::PushedImage(_)
            | Body::Quota(_)
            | Body::Secret(_)
            | Body::Parameter(_)
            | Body::Key(_)
            | Body::KeyGrant(_)
            | Body::SiblingService(_)
            | Body::SiblingOperation(_) => {}
            Body::Quarantined(it) => self.quarantined(it),
            Body::Service(it) => evidence.service = Some(observed(None).saw(*it)),
            Body::Operation(it) => {
                let at = observed(it.started_at);
                evidence.operations.push(at.saw(it));
            }
            Body::Connection(it) => evidence.connections.push(observed(None).saw(it)),
            Body::AutoScaling(it) => evidence.auto_scaling = Some(observed(None).saw(it)),
            Body::Role(it) => evidence.roles.push(observed(None).saw(it)),
            Body::Repository(it) => evidence.repository = Some(observed(None).saw(it)),
            Body::Image(it) => {
                let at = observed(it.pushed_at);
                evidence.images.push(at.saw(it));
            }
            Body::HealthEvent(it) => {
                let at = observed(it.started_at);
                evidence.health_events.push(at.saw(it));
            }
            Body::Metric(it) => evidence.metrics.push(observed(None).saw(it)),
            Body::Change(it) => {
                if self.changes.len() == CHANGES {
                    self.changes.pop_front();
                }
                self.changes.push_back(observed(Some(it.time)).saw(*it));
            }
            Body::LogGroup(it) => evidence.log_groups.push(observed(None).saw(it)),
            Body::LogStream(it) => self.stream(it),
            Body::ServiceLog(line) => self.platform_line(id, line),
            Body::ApplicationLog(line) => {
                self.join();
                if line.service_id != self.evidence.manifest.target.service_id {
                    self.evidence.platform.foreign += 1;
                } else if let Some((_, collector)) = &mut self.application {
                    collector.take(id, &line);
                }
            }
        }
    }

    fn stream(&mut self, stream: LogStream) {
        let begun = match (stream.created_at, stream.first_event_at) {
            (Some(created), Some(first)) => Some(created.min(first)),
            (created, first) => created.or(first),
        };
        if let Some(begun) = begun
            && stream.name.starts_with("instance/")
            && self.begun.len() < STREAMS
        {
            self.begun.insert(stream.name, begun);
        }
    }

    /// What was in the record is gone; that it was there is still told.
    fn quarantined(&mut self, record: Quarantined) {
        let counts = &mut self.evidence.quarantined;
        let mut key = (record.of_kind, record.reason);
        if counts.len() >= QUARANTINED && !counts.contains_key(&key) {
            key.0 = "(others)".to_owned();
        }
        *counts.entry(key).or_default() += 1;
    }

    fn platform_line(&mut self, record: u64, line: LogLine) {
        let platform = &mut self.evidence.platform;
        if line.service_id != self.evidence.manifest.target.service_id {
            platform.foreign += 1;
            return;
        }
        platform.lines += 1;
        if self.joined {
            // The order of a bundle puts the platform's log before the application's.
            platform.dropped += 1;
            return;
        }
        let text = |text: &str| words::shortened(text, LINE);
        match message::read(&line.message) {
            Reading::Blank => {}
            Reading::Unknown => {
                platform.unknown += 1;
                if platform.samples.len() < SAMPLES {
                    platform.samples.push(LogText {
                        record,
                        time: line.time,
                        text: text(&line.message),
                    });
                }
            }
            Reading::BuildOutput(step, output) => {
                if self.build.len() < BUILDS || self.build.contains_key(&line.stream) {
                    let output = LogText {
                        record,
                        time: line.time,
                        text: text(&format!("[{}] {output}", step.as_str())),
                    };
                    self.build.entry(line.stream).or_default().push(output);
                } else {
                    platform.dropped += 1;
                }
            }
            Reading::Known(message) => {
                if self.lines.len() == LINES {
                    self.lines.pop_front();
                    platform.dropped += 1;
                }
                self.lines.push_back(PlatformLine {
                    record,
                    time: line.time,
                    stream: line.stream,
                    message,
                    text: text(&line.message),
                });
            }
        }
    }

    /// Builds the attempts. Called when the first line of the application comes, which is after
    /// everything else, or at the end.
    fn join(&mut self) {
        if self.joined {
            return;
        }
        self.joined = true;
        let evidence = &mut self.evidence;
        evidence.operations.sort_by_key(|it| (it.time, it.record));
        evidence.attempts = attempt::join(
            &evidence.operations,
            std::mem::take(&mut self.lines).into(),
            std::mem::take(&mut self.build),
            evidence.manifest.collected_at,
        );
        let subject = evidence
            .attempts
            .iter()
            .rposition(|attempt: &Attempt| attempt.failed() || attempt.running());
        self.application = subject.map(|index| {
            let begun = std::mem::take(&mut self.begun);
            let now = evidence.manifest.collected_at;
            (index, Collector::new(&evidence.attempts[index], begun, now))
        });
    }

    /// Ends the collection.
    pub fn finish(mut self, ending: Ending) -> Evidence {
        self.join();
        let mut evidence = self.evidence;
        if let Some((index, collector)) = self.application {
            evidence.attempts[index].application = collector.finish();
        }
        evidence.changes = self.changes.into();
        evidence.changes.sort_by_key(|it| (it.time, it.record));
        evidence.ledger = Ledger {
            cut: ending.cut.is_some() && ending.coverage.is_empty(),
            entries: ending.coverage,
        };
        evidence.unknown_kinds = ending.unknown_kinds;
        evidence.unreadable = (ending.unreadable, ending.first_unreadable);
        evidence.cut = ending.cut;
        evidence.digest = ending.digest;
        evidence
    }
}

struct At {
    id: u64,
    time: Option<Time>,
}

impl At {
    fn saw<T>(self, fact: T) -> Observed<T> {
        Observed {
            fact,
            record: self.id,
            time: self.time,
        }
    }
}
