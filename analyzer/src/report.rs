//! A report: what was found, in words, ready to be written.
//!
//! Everything is decided here. The formats in `report/` sort nothing, decide nothing and look up
//! nothing.

mod assemble;
mod bounds;
mod command;
pub mod csv;
mod escape;
mod folded;
pub mod format;
pub mod html;
pub mod json;
pub mod markdown;
mod phrases;
pub mod text;

use evidence_schema::{Interval, Time, manifest::Marking, record::QuarantineReason};

pub use self::{
    assemble::assemble,
    escape::{shell, visible},
};
use crate::finding::{Role, Severity, Strength};

/// What is known about a service's deployments.
#[derive(Clone, Debug)]
pub struct Report {
    /// How far the bundle was made fit to be handed on.
    pub redaction: RedactionFacts,
    /// The service.
    pub service: ServiceFacts,
    /// The answer.
    pub verdict: Verdict,
    /// The deployment under diagnosis.
    pub deployment: Option<DeploymentFacts>,
    /// Findings, the cause first, then the runners-up, then what they explain.
    pub findings: Vec<FindingFacts>,
    /// What happened, in order.
    pub chain: Vec<LinkFacts>,
    /// What is known of the change behind the cause, where none is in the chain.
    pub change_note: Option<String>,
    /// What surrounds it in time: earlier deployments, changes, other services.
    pub topics: Vec<TopicFacts>,
    /// Lines that point at the wrong thing.
    pub false_leads: Vec<LeadFacts>,
    /// Diagnoses that are not so.
    pub ruled_out: Vec<RuledOut>,
    /// Diagnoses that could not be decided.
    pub undecided: Vec<Undecided>,
    /// The collection that would decide them, as far as it is known what is missing.
    pub collect_again: Option<crate::finding::Step>,
    /// Diagnoses that have no subject here.
    pub not_applicable: Vec<NotApplicable>,
    /// Sources that could not be looked at.
    pub gaps: Vec<Gap>,
    /// API calls that were refused around the deployment.
    pub refused: Vec<Refused>,
    /// Platform lines that this version does not understand.
    pub not_understood: NotUnderstood,
    /// How many deployments began and failed, counted from the operations.
    pub counts: Vec<Count>,
    /// What there was too much of to be shown.
    pub left_off: Vec<LeftOff>,
    /// The bundle.
    pub bundle: BundleFacts,
}

/// How far the bundle was made fit to be handed on.
#[derive(Clone, Debug)]
pub struct RedactionFacts {
    /// In a word.
    pub marking: Marking,
    /// Whether values of environment variables were withheld.
    pub environment_values_withheld: bool,
    /// How many of them were also looked for in every other string.
    pub known_values: u64,
    /// Whether e-mail addresses were replaced.
    pub email_addresses: bool,
    /// How many values were replaced.
    pub replaced: u64,
    /// The same by detector.
    pub replaced_by: Vec<(String, u64)>,
    /// How many records the scan of the finished file took out; none where no scan is recorded.
    pub leak_scan: Option<u64>,
    /// The records that were met in place of others.
    pub quarantined: Vec<QuarantinedFacts>,
    /// How many different things have a pseudonym, if that was asked for.
    pub pseudonyms: Option<u64>,
    /// The programs that redacted the finished bundle once more, with their versions.
    pub again: Vec<String>,
}

/// Records that were taken out before the bundle left the account.
#[derive(Clone, Debug)]
pub struct QuarantinedFacts {
    /// What they were.
    pub of_kind: String,
    /// Why they were taken out.
    pub reason: QuarantineReason,
    /// How many.
    pub records: u64,
}

/// What there was too much of to be shown.
#[derive(Clone, Copy, Debug)]
pub struct LeftOff {
    /// What.
    pub what: &'static str,
    /// How many are not shown.
    pub count: u64,
}

/// The service.
#[derive(Clone, Debug)]
pub struct ServiceFacts {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// How it stands.
    pub status: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What kind of answer.
    pub kind: VerdictKind,
    /// One sentence.
    pub sentence: String,
}

/// What kind of answer a report gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// The newest deployment succeeded and none failed.
    Healthy,
    /// A deployment failed and a later one succeeded.
    Recovered,
    /// A deployment is under way and nothing speaks against it so far.
    InProgress,
    /// A deployment failed and the cause was found.
    CauseFound,
    /// The evidence does not decide.
    Undecided,
}

impl VerdictKind {
    /// As it is written for programs.
    pub fn id(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Recovered => "recovered",
            Self::InProgress => "in_progress",
            Self::CauseFound => "cause_found",
            Self::Undecided => "undecided",
        }
    }
}

/// The deployment under diagnosis.
#[derive(Clone, Debug)]
pub struct DeploymentFacts {
    /// The id as logs write it.
    pub id: Option<String>,
    /// `deployment`, `creation` or `update`.
    pub noun: &'static str,
    /// How it ended.
    pub outcome: &'static str,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
    /// How far it came.
    pub phase: &'static str,
    /// The last step that went well.
    pub last_success: Option<Line>,
    /// The record that tells of it.
    pub record: u64,
    /// Lines of the application: kept, and all.
    pub application_lines: u64,
}

/// A log line.
#[derive(Clone, Debug)]
pub struct Line {
    /// The record.
    pub record: u64,
    /// When it was written.
    pub time: Time,
    /// The text.
    pub text: String,
}

/// A finding.
#[derive(Clone, Debug)]
pub struct FindingFacts {
    /// The rule.
    pub rule: &'static str,
    /// `cause`, `runner_up` or `explained`.
    pub standing: &'static str,
    /// What a person reads above it.
    pub title: &'static str,
    /// One sentence.
    pub summary: String,
    /// How bad it is.
    pub severity: Severity,
    /// How well it is founded.
    pub strength: Strength,
    /// Its place in the chain.
    pub role: Role,
    /// What it rests on.
    pub proof: Vec<Proof>,
    /// Further lines.
    pub excerpt: Vec<Line>,
    /// What to do.
    pub fix: Vec<crate::finding::Step>,
    /// What would show that it is so.
    pub confirm: Option<String>,
}

/// A citation.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The record; missing for what the ledger says.
    pub record: Option<u64>,
    /// When.
    pub time: Option<Time>,
    /// What it shows.
    pub shows: String,
    /// The text of a log line.
    pub quote: Option<String>,
}

/// A link of the chain.
#[derive(Clone, Debug)]
pub struct LinkFacts {
    /// `change`, `cause`, `mechanism`, `symptom` or `consequence`.
    pub part: &'static str,
    /// When.
    pub time: Option<Time>,
    /// What happened.
    pub text: String,
    /// The record; missing for what the ledger says.
    pub record: Option<u64>,
}

/// Things that are told together.
#[derive(Clone, Debug)]
pub struct TopicFacts {
    /// A name for programs.
    pub id: &'static str,
    /// A heading for people.
    pub title: &'static str,
    /// What is told.
    pub told: Vec<ToldFacts>,
}

/// Something that is told.
#[derive(Clone, Debug)]
pub struct ToldFacts {
    /// When it happened.
    pub time: Option<Time>,
    /// A sentence without a period.
    pub text: String,
    /// The record; missing for what follows from many, or from the ledger.
    pub record: Option<u64>,
    /// The whole digest of the image that is told of.
    pub digest: Option<String>,
}

/// A false lead.
#[derive(Clone, Debug)]
pub struct LeadFacts {
    /// The line.
    pub line: Line,
    /// Why not to follow it.
    pub reason: String,
}

/// A diagnosis that is not so.
#[derive(Clone, Debug)]
pub struct RuledOut {
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub reason: String,
    /// The record that shows it; missing where `looked_at` does.
    pub record: Option<u64>,
    /// When.
    pub time: Option<Time>,
    /// The time in which it was looked for and not found.
    pub looked_at: Option<Interval>,
}

/// A diagnosis that could not be decided.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub reason: String,
    /// The source that is missing.
    pub source: String,
    /// The permission that is missing.
    pub permission: Option<String>,
}

/// A diagnosis that has no subject here.
#[derive(Clone, Debug)]
pub struct NotApplicable {
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub reason: String,
}

/// A source that could not be looked at.
#[derive(Clone, Debug)]
pub struct Gap {
    /// The source.
    pub source: String,
    /// What of the source.
    pub subject: Option<String>,
    /// What became of it.
    pub status: &'static str,
    /// Why.
    pub reason: String,
    /// The permission that is missing.
    pub permission: Option<String>,
}

/// An API call that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The record.
    pub record: u64,
    /// When.
    pub time: Time,
    /// The call.
    pub call: String,
    /// What AWS said.
    pub message: String,
    /// What it means, if it is known.
    pub meaning: Option<&'static str>,
}

/// Platform lines that this version does not understand.
#[derive(Clone, Debug)]
pub struct NotUnderstood {
    /// How many there are.
    pub lines: u64,
    /// Out of how many.
    pub of: u64,
    /// Some of them.
    pub samples: Vec<Line>,
}

/// Deployments in a span of time.
#[derive(Clone, Debug)]
pub struct Count {
    /// The span, in hours.
    pub hours: i64,
    /// How many began.
    pub begun: usize,
    /// How many of them failed.
    pub failed: usize,
}

/// The bundle.
#[derive(Clone, Debug)]
pub struct BundleFacts {
    /// The program that wrote it, with its version.
    pub written_by: String,
    /// When it was collected.
    pub collected_at: Time,
    /// By how many seconds the clock of AWS was ahead of the one of the machine that collected;
    /// none if they agree, within a minute.
    pub clock_off: Option<i64>,
    /// The run.
    pub run_id: String,
    /// The whole span that was asked for.
    pub extended: Interval,
    /// The windows around failed deployments.
    pub incidents: Vec<Interval>,
    /// How many records it has.
    pub records: u64,
    /// `verified`, `mismatch` or `missing`.
    pub digest: &'static str,
    /// Where it was cut.
    pub cut: Option<String>,
    /// Record kinds that this version does not know.
    pub unknown_kinds: Vec<(String, u64)>,
    /// Records that could not be understood.
    pub unreadable: u64,
}

#[cfg(test)]
mod tests;
