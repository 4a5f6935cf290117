//! Builds [`Evidence`] from the stream of records, in one pass.

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
};

use evidence_schema::{
    Body, Manifest, Record, Time,
    read::Ending,
    record::{
        Change, Connection, HealthEvent, Image, LogGroup, LogLine, LogStream, Metric, Operation,
        Point, Quarantined, Role, RoleUse, Service,
    },
};

use super::{
    Evidence, Ledger, LogText, Observed, PlatformLog, configuration,
    kept::{Kept, Left},
    surroundings::{Keeper, Surroundings},
};
use crate::{
    attempt::{self, Attempt, Batch, BuildOutput, Collector, PlatformLine, STREAM},
    message::{self, Message, Reading},
    signature::Matcher,
    words,
};

/// The longest text of a platform line that is kept.
const LINE: usize = 600;

/// How much of a platform line is read: more than any that the platform itself writes.
const READ: usize = 4 << 10;

/// How much memory the understood platform lines may take; the newest count.
const LINES: usize = 16 << 20;

/// How many streams with build output are kept; the newest count.
const BUILDS: usize = 64;

/// How many lines that are not understood are shown.
const SAMPLES: usize = 5;

/// How much memory API calls may take; the newest count.
const CHANGES: usize = 20 << 20;

/// How much memory operations may take, with the attempts that are made of them.
const OPERATIONS: usize = 8 << 20;

/// What an attempt takes beside its operation.
const ATTEMPT: usize = 1 << 10;

/// How much memory the records of each other kind may take.
const OTHERS: usize = 2 << 20;

/// How much memory is held for lines that come one by one.
const SINGLE: usize = 16 << 10;

/// How many streams of instances are remembered.
const STREAMS: usize = 20_000;

/// How many kinds of quarantined records are told apart before the rest is lumped together.
const QUARANTINED: usize = 64;

/// Collects records until the bundle is over.
pub struct Builder {
    evidence: Evidence,
    operations: Kept<Operation>,
    connections: Kept<Connection>,
    roles: Kept<Role>,
    deployers: Kept<Role>,
    images: Kept<Image>,
    health_events: Kept<HealthEvent>,
    metrics: Kept<Metric>,
    changes: Kept<Change>,
    log_groups: Kept<LogGroup>,
    surroundings: Keeper,
    lines: Kept<PlatformLine>,
    /// What was not kept of the sources.
    left: Vec<(&'static str, Left)>,
    build: BTreeMap<String, BuildOutput>,
    /// The streams of the build, in the order in which they came.
    builds: VecDeque<String>,
    begun: BTreeMap<String, Time>,
    application: Option<(usize, Collector)>,
    /// Looks at lines that come one by one.
    matcher: Matcher,
    /// Held for its memory.
    single: Batch,
    joined: bool,
}

impl Builder {
    /// For a bundle with this manifest.
    pub fn new(manifest: Manifest) -> Self {
        Self {
            evidence: Evidence {
                manifest,
                ledger: Ledger::default(),
                service: None,
                attempted: None,
                unsure: None,
                operations: vec![],
                connections: vec![],
                auto_scaling: None,
                roles: vec![],
                deployers: vec![],
                repository: None,
                images: vec![],
                health_events: vec![],
                metrics: vec![],
                changes: vec![],
                log_groups: vec![],
                surroundings: Surroundings::default(),
                platform: PlatformLog::default(),
                attempts: vec![],
                records: 0,
                unknown_kinds: BTreeMap::new(),
                quarantined: BTreeMap::new(),
                unreadable: (0, None),
                cut: None,
                digest: evidence_schema::read::DigestCheck::Missing,
            },
            operations: Kept::within(OPERATIONS),
            connections: Kept::within(OTHERS),
            roles: Kept::within(OTHERS),
            deployers: Kept::within(OTHERS),
            images: Kept::within(OTHERS),
            health_events: Kept::within(OTHERS),
            metrics: Kept::within(OTHERS),
            changes: Kept::within(CHANGES),
            log_groups: Kept::within(OTHERS),
            surroundings: Keeper::new(),
            lines: Kept::within(LINES),
            left: vec![],
            build: BTreeMap::new(),
            builds: VecDeque::new(),
            begun: BTreeMap::new(),
            application: None,
            matcher: Matcher::default(),
            single: Batch::default(),
            joined: false,
        }
    }

    /// Takes one record, which takes so much memory.
    pub fn take(&mut self, record: Record, memory: usize) {
        let id = record.id;
        let body = match record.body {
            Body::ApplicationLog(line) => return self.application_line(id, &line),
            body => body,
        };
        let observed = |time| At { id, time };
        let evidence = &mut self.evidence;
        evidence.records += 1;
        let Some(body) = self.surroundings.take(id, body, memory) else {
            return;
        };
        match body {
            // These were taken above.
            Body::ApplicationLog(_)
            | Body::Identity(_)
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
            | Body::SiblingConfiguration(_)
            | Body::SiblingOperation(_) => {}
            Body::Quarantined(it) => self.quarantined(it),
            Body::Service(it) => evidence.service = Some(observed(None).saw(*it)),
            Body::Operation(it) => {
                let at = observed(it.started_at);
                self.operations.push(memory + ATTEMPT, at.saw(it));
            }
            Body::Connection(it) => self.connections.push(memory, observed(None).saw(it)),
            Body::AutoScaling(it) => evidence.auto_scaling = Some(observed(None).saw(it)),
            Body::Role(it) if it.used_as == [RoleUse::Deployer] => {
                self.deployers.push(memory, observed(None).saw(it));
            }
            Body::Role(it) => self.roles.push(memory, observed(None).saw(it)),
            Body::Repository(it) => evidence.repository = Some(observed(None).saw(it)),
            Body::Image(it) => {
                let at = observed(it.pushed_at);
                self.images.push(memory, at.saw(it));
            }
            Body::HealthEvent(it) => {
                let at = observed(it.started_at);
                self.health_events.push(memory, at.saw(it));
            }
            Body::Metric(mut it) => {
                // How full the memory was tells a container that was killed for it from others, and
                // who counts deployments on his own is told what he counted.
                if it.name != "MemoryUtilization" && !it.name.ends_with("DeploymentCount") {
                    it.points = vec![];
                }
                let names = it.dimensions.iter();
                let names: usize = names
                    .map(|(name, value)| name.len() + value.len() + 150)
                    .sum();
                let points = it.points.len() * size_of::<Point>();
                let memory =
                    names + it.namespace.len() + it.name.len() + it.statistic.len() + points;
                self.metrics.push(memory, observed(None).saw(it));
            }
            Body::Change(it) => {
                let at = observed(Some(it.time));
                self.changes.push(memory, at.saw(*it));
            }
            Body::LogGroup(it) => self.log_groups.push(memory, observed(None).saw(it)),
            Body::LogStream(it) => self.stream(it),
            Body::ServiceLog(line) => self.platform_line(id, line),
        }
    }

    fn application_line(&mut self, record: u64, line: &LogLine) {
        let mut batch = mem::take(&mut self.single);
        batch.push(record, line);
        self.choose(&mut batch);
        batch.look(&mut self.matcher);
        self.looked_at(&batch);
        batch.clear(SINGLE);
        self.single = batch;
    }

    /// Leaves those lines of the application in `batch` that have to be looked at. Batches are to be
    /// given here, and back to [`Self::looked_at`], in the order of their lines.
    pub fn choose(&mut self, batch: &mut Batch) {
        self.evidence.records += batch.lines.len() as u64;
        self.join();
        let own = &self.evidence.manifest.target.service_id;
        let mut foreign = 0;
        let mut collector = self.application.as_mut().map(|it| &mut it.1);
        batch.lines.retain(|line| {
            let is_own = line.service_id == own;
            foreign += u64::from(!is_own);
            is_own && collector.as_mut().is_some_and(|it| it.counts(line))
        });
        self.evidence.platform.foreign += foreign;
        if let Some(collector) = collector {
            collector.prepare(batch);
        }
    }

    /// Takes lines that were looked at.
    pub fn looked_at(&mut self, batch: &Batch) {
        if let Some((_, collector)) = &mut self.application {
            collector.take(batch);
        }
    }

    fn stream(&mut self, mut stream: LogStream) {
        shorten(&mut stream.name, STREAM);
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

    fn platform_line(&mut self, record: u64, mut line: LogLine) {
        shorten(&mut line.stream, STREAM);
        shorten(&mut line.message, READ);
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
                let output = LogText {
                    record,
                    time: line.time,
                    text: text(&format!("[{}] {output}", step.as_str())),
                };
                if !self.build.contains_key(&line.stream) {
                    self.builds.push_back(line.stream.clone());
                }
                self.build.entry(line.stream).or_default().push(output);
                if self.builds.len() > BUILDS
                    && let Some(oldest) = self.builds.pop_front()
                    && let Some(output) = self.build.remove(&oldest)
                {
                    platform.dropped += output.count();
                }
            }
            Reading::Known(message) => {
                // What the message took out of the text is a part of it.
                let memory = 2 * line.message.len() + line.stream.len();
                let at = At {
                    id: record,
                    time: Some(line.time),
                };
                let line = PlatformLine {
                    record,
                    time: line.time,
                    stream: line.stream,
                    message,
                    text: text(&line.message),
                };
                self.lines.push(memory, at.saw(line));
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
        let operations = mem::replace(&mut self.operations, Kept::within(0));
        let operations = kept(&mut self.left, "operations", operations);
        let lines = mem::replace(&mut self.lines, Kept::within(0));
        let lines = kept(&mut self.left, "service-log", lines);
        let lines_left = self
            .left
            .iter()
            .filter(|(source, _)| *source == "service-log");
        let lines_left: u64 = lines_left.map(|(_, left)| left.count).sum();
        let evidence = &mut self.evidence;
        evidence.operations = operations;
        evidence.platform.dropped += lines_left;
        evidence.operations.sort_by_key(|it| (it.time, it.record));
        evidence.attempts = attempt::join(
            &evidence.operations,
            lines.into_iter().map(|line| line.fact).collect(),
            mem::take(&mut self.build),
            evidence.manifest.collected_at,
        );
        let subject = evidence
            .attempts
            .iter()
            .rposition(|attempt: &Attempt| attempt.failed() || attempt.running());
        self.application = subject.map(|index| {
            let begun = mem::take(&mut self.begun);
            let now = evidence.manifest.collected_at;
            let attempt = &evidence.attempts[index];
            let watched = watched(evidence.service.as_ref(), attempt);
            (index, Collector::new(attempt, begun, watched, now))
        });
    }

    /// Ends the collection.
    pub fn finish(mut self, ending: Ending) -> Evidence {
        self.join();
        let mut evidence = self.evidence;
        let left = &mut self.left;
        evidence.connections = kept(left, "connections", self.connections);
        evidence.roles = kept(left, "roles", self.roles);
        evidence.deployers = kept(left, "deployer-roles", self.deployers);
        evidence.images = kept(left, "image", self.images);
        evidence.health_events = kept(left, "health", self.health_events);
        evidence.metrics = kept(left, "metrics", self.metrics);
        evidence.changes = kept(left, "changes", self.changes);
        evidence.log_groups = kept(left, "log-groups", self.log_groups);
        evidence.surroundings = self.surroundings.end(left);
        if let Some((index, collector)) = self.application {
            evidence.attempts[index].application = collector.finish();
        }
        evidence.changes.sort_by_key(|it| (it.time, it.record));
        evidence.ledger = Ledger {
            cut: ending.cut.is_some() && ending.coverage.is_empty(),
            entries: ending.coverage,
        };
        for (source, left) in &self.left {
            evidence.ledger.truncate(source, left);
        }
        let siblings = evidence.ledger.looked("siblings", None, None);
        let parts = parts(evidence.service.as_ref());
        let known = attempt::Known {
            target: &evidence.manifest.target,
            parts: &parts,
            connectors: &evidence.surroundings.vpc_connectors,
            alone: siblings.is_ok() && evidence.surroundings.siblings.is_empty(),
        };
        let refused = attempt::refused(&evidence.changes, known);
        evidence.attempts.extend(refused);
        evidence
            .attempts
            .sort_by_key(|attempt| (attempt.started, attempt.record));
        evidence.attempted = evidence.subject().and_then(|(attempt, _)| {
            let service = configuration::differing(&evidence, attempt)?;
            Some((attempt.record, service))
        });
        evidence.unsure = evidence.subject().and_then(|(attempt, _)| {
            let missing = configuration::unsure(&evidence, attempt)?;
            Some((attempt.record, missing))
        });
        evidence.unknown_kinds = ending.unknown_kinds;
        evidence.unreadable = (ending.unreadable, ending.first_unreadable);
        evidence.cut = ending.cut;
        evidence.digest = ending.digest;
        evidence
    }
}

/// The ARNs of what a service is made of.
fn parts(service: Option<&Observed<Service>>) -> Vec<&str> {
    let Some(service) = service.map(|it| &it.fact) else {
        return vec![];
    };
    [
        &service.auto_scaling_configuration_arn,
        &service.source.connection_arn,
        &service.network.vpc_connector_arn,
    ]
    .into_iter()
    .chain(
        service
            .observability
            .as_ref()
            .map(|it| &it.configuration_arn),
    )
    .filter_map(Option::as_deref)
    .collect()
}

/// The paths that the health check asks: as App Runner wrote, as configured, and where nothing is.
fn watched(service: Option<&Observed<Service>>, attempt: &Attempt) -> Vec<String> {
    let written = attempt.find(|message| match message {
        Message::HealthCheckFailed(probe) => probe.path.clone(),
        _ => None,
    });
    let configured = service.and_then(|it| it.fact.health_check.as_ref()?.path.clone());
    let written = written.map(|(_, path)| path);
    written
        .into_iter()
        .chain(configured)
        .chain(["/".to_owned()])
        .collect()
}

/// What was kept of `source`; what was not is noted.
fn kept<T>(
    left: &mut Vec<(&'static str, Left)>,
    source: &'static str,
    kept: Kept<T>,
) -> Vec<Observed<T>> {
    let (facts, some) = kept.end();
    left.extend(some.map(|some| (source, some)));
    facts
}

/// Cuts a text off behind so many bytes at most, between two characters.
fn shorten(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.shrink_to_fit();
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
