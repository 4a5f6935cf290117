//! What could not be looked at decides nothing: each source is taken out of each bundle in turn, as
//! if AWS had refused it or had failed in the middle of it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

#[path = "committed/bundle.rs"]
mod bundle;

use std::collections::{BTreeMap, BTreeSet};

use analyzer::{evidence::Evidence, report};
use evidence_schema::{Record, Status, record::Kind};

use self::bundle::Bundle;

/// The kinds of records that a source gives.
const SOURCES: &[(&str, &[Kind])] = &[
    ("identity", &[Kind::Identity]),
    ("service", &[Kind::Service]),
    ("operations", &[Kind::Operation]),
    ("connections", &[Kind::Connection]),
    ("auto-scaling", &[Kind::AutoScaling]),
    ("vpc-connector", &[Kind::VpcConnector]),
    (
        "network",
        &[
            Kind::Subnet,
            Kind::RouteTable,
            Kind::NatGateway,
            Kind::VpcEndpoint,
            Kind::SecurityGroup,
            Kind::NetworkInterface,
        ],
    ),
    ("ingress-connections", &[Kind::IngressConnection]),
    ("custom-domains", &[Kind::CustomDomain]),
    ("observability", &[Kind::ObservabilityConfiguration]),
    ("tags", &[Kind::Tags]),
    ("roles", &[Kind::Role]),
    ("role-simulations", &[Kind::RoleSimulation]),
    ("service-linked-roles", &[Kind::ServiceLinkedRole]),
    ("secrets", &[Kind::Secret]),
    ("parameters", &[Kind::Parameter]),
    ("image", &[Kind::Repository, Kind::Image]),
    ("pushed-images", &[Kind::PushedImage]),
    ("keys", &[Kind::Key, Kind::KeyGrant]),
    ("quotas", &[Kind::Quota]),
    ("health", &[Kind::HealthEvent]),
    ("metrics", &[Kind::Metric]),
    // Asked for by name; App Runner publishes none.
    ("deployment-metrics", &[]),
    ("changes", &[Kind::Change]),
    // Their roles are of the kind that those of the service have.
    ("deployer-roles", &[Kind::Role]),
    (
        "siblings",
        &[
            Kind::SiblingService,
            Kind::SiblingConfiguration,
            Kind::SiblingOperation,
        ],
    ),
    ("log-groups", &[Kind::LogGroup, Kind::LogStream]),
    ("service-log", &[Kind::ServiceLog]),
    ("application-log", &[Kind::ApplicationLog]),
    ("source-files", &[Kind::SourceFile]),
];

/// What stands in place of others, and no source gives.
const OTHERS: &[Kind] = &[Kind::Quarantined];

/// What a report says.
struct Asked {
    /// What each rule answered, in a word.
    answers: BTreeMap<&'static str, &'static str>,
    /// The cause, where the report is sure of one.
    cause: Option<&'static str>,
}

/// How a source was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// AWS refused it.
    Refused,
    /// Its first records did not come.
    First,
    /// Its last records did not come.
    Last,
}

impl Loss {
    const ALL: [Self; 3] = [Self::Refused, Self::First, Self::Last];

    /// Whether the record is lost that is at this place of so many.
    fn takes(self, place: usize, of: usize) -> bool {
        match self {
            Self::Refused => true,
            Self::First => place < of.div_ceil(2),
            Self::Last => place >= of / 2,
        }
    }

    fn status(self) -> Status {
        match self {
            Self::Refused => Status::Denied,
            Self::First | Self::Last => Status::Partial,
        }
    }
}

impl Bundle {
    /// Whether the source was asked.
    fn has(&self, source: &str) -> bool {
        let mut entries = self.ending.coverage.iter();
        entries.any(|it| it.source == source && it.status != Status::NotAsked)
    }

    /// The evidence without what was lost of a source.
    fn without(&self, source: &str, kinds: &[Kind], loss: Loss) -> Evidence {
        let of_it = |record: &Record| kinds.contains(&record.body.kind());
        let all = self.records.iter().filter(|(it, _)| of_it(it)).count();
        let mut ending = self.ending.clone();
        for entry in &mut ending.coverage {
            if entry.source == source {
                entry.status = loss.status();
                entry.covered = vec![];
                entry.permission = Some("some:Permission".to_owned());
            }
        }
        let mut place = 0;
        let kept = |record: &Record| {
            place += usize::from(of_it(record));
            !of_it(record) || !loss.takes(place - 1, all)
        };
        self.evidence_of(kept, ending)
    }
}

fn asked(evidence: &Evidence) -> Asked {
    let report = report::assemble(evidence);
    let mut answers = BTreeMap::new();
    for it in &report.findings {
        answers.insert(it.rule, "found");
    }
    for it in &report.ruled_out {
        answers.insert(it.rule, "cleared");
    }
    for it in &report.undecided {
        answers.insert(it.rule, "inconclusive");
    }
    for it in &report.not_applicable {
        answers.insert(it.rule, "not applicable");
    }
    let sure = report.verdict.kind.id() == "cause_found";
    let cause = report.findings.first().filter(|_| sure).map(|it| it.rule);
    Asked { answers, cause }
}

/// What became of the answers.
#[derive(Default)]
struct Tally {
    bundles: u32,
    removals: u32,
    /// How many removals left the cause as it was.
    kept: u32,
    /// How many took the cause away and named no other.
    open: u32,
    wrong: BTreeSet<String>,
}

impl Tally {
    /// Takes each source out of a bundle in turn.
    fn count(&mut self, name: &str, bundle: &Bundle) {
        let before = asked(&bundle.without("", &[], Loss::Refused));
        self.bundles += 1;
        for (source, kinds) in SOURCES {
            if !bundle.has(source) {
                continue;
            }
            let of_it = |(it, _): &&(Record, usize)| kinds.contains(&it.body.kind());
            let records = bundle.records.iter().filter(of_it).count();
            for loss in Loss::ALL {
                // A part of one record is all of it, or nothing.
                if records < 2 && loss != Loss::Refused {
                    continue;
                }
                // They are asked newest first, so the last ones are there when any are.
                if (*source, loss) == ("operations", Loss::Last) {
                    continue;
                }
                self.removals += 1;
                let after = asked(&bundle.without(source, kinds, loss));
                self.compare(
                    &format!("{name} without {source} ({loss:?})"),
                    &before,
                    &after,
                );
            }
        }
    }

    fn compare(&mut self, what: &str, before: &Asked, after: &Asked) {
        for (rule, answer) in &before.answers {
            let cleared = after.answers.get(rule) == Some(&"cleared");
            if cleared && matches!(*answer, "found" | "inconclusive") {
                self.wrong
                    .insert(format!("{what}: {rule} {answer} → cleared"));
            }
        }
        match (before.cause, after.cause) {
            (before, after) if before == after => self.kept += 1,
            (_, None) => self.open += 1,
            (before, Some(after)) => {
                self.wrong.insert(format!("{what}: {before:?} → {after}"));
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.bundles += other.bundles;
        self.removals += other.removals;
        self.kept += other.kept;
        self.open += other.open;
        self.wrong.extend(other.wrong);
    }
}

#[test]
fn what_was_lost_clears_no_rule_and_names_no_other_cause() {
    let mut all = Tally::default();
    for tally in bundle::each(Tally::count) {
        all.add(tally);
    }
    println!(
        "{} bundles, {} removals: {} keep their answer, {} become open, {} wrong",
        all.bundles,
        all.removals,
        all.kept,
        all.open,
        all.wrong.len()
    );
    let wrong: Vec<String> = all.wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.removals > 6_000, "{}", all.removals);
}

#[test]
fn every_source_and_every_kind_is_taken_out() {
    let mut given: BTreeSet<Kind> = OTHERS.iter().copied().collect();
    given.extend(SOURCES.iter().flat_map(|(_, kinds)| *kinds));
    let all: BTreeSet<Kind> = Kind::ALL.iter().copied().collect();
    assert_eq!(given, all);

    let known: BTreeSet<&str> = SOURCES.iter().map(|(source, _)| *source).collect();
    for (name, path) in bundle::all() {
        for entry in Bundle::read(&path).ending.coverage {
            assert!(
                known.contains(entry.source.as_str()),
                "{name}: {} is never taken out",
                entry.source
            );
        }
    }
}
