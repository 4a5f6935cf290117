//! The report for programs. Its structs and its version are a promise; ours may change.

use std::io;

use evidence_schema::{Interval, Time, record::QuarantineReason};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::{Report, escape, format::Format, shell};
use crate::finding::Step;

/// As `--format` names it.
pub const FORMAT: Format = Format {
    id: "json",
    summary: "For programs; `apprunner-analyzer schema` prints its schema",
    write,
};

/// The version of this format. Members are added in a minor, changed in a major.
///
/// - 1.0: the first.
/// - 1.1: `marking`, `left_off`, and `redaction` of the bundle.
pub const VERSION: &str = "1.1";

/// The JSON Schema of the report.
pub fn schema() -> Schema {
    schema_for!(Document)
}

/// Writes the report.
///
/// # Errors
///
/// When `out` does not take the text.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let document = document(report);
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::other)?;
    out.write_all(escape::json::document(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// A report about the deployments of an App Runner service.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "App Runner deployment report")]
struct Document<'a> {
    /// How far the bundle was made fit to be handed on: `redacted`, `pseudonymized`, or
    /// `unredacted`, which may hold secrets.
    marking: &'static str,
    /// Always `apprunner-report`.
    format: &'static str,
    /// The version of this format.
    version: &'static str,
    /// The version of the analyzer.
    analyzer: &'static str,
    service: Service<'a>,
    verdict: Verdict<'a>,
    /// The deployment under diagnosis: the newest that failed or runs.
    deployment: Option<Deployment<'a>>,
    /// The cause first, then the runners-up, then what they explain.
    findings: Vec<Finding<'a>>,
    /// What happened, in order.
    chain: Vec<Link<'a>>,
    /// What is known of the change behind the cause, where none is in the chain.
    change_note: Option<&'a str>,
    /// What surrounds it in time: `history`, `changes`, `other_services`, and `fallback` where
    /// nothing changed shortly before.
    topics: Vec<Topic<'a>>,
    /// Lines that point at the wrong thing.
    false_leads: Vec<Lead<'a>>,
    ruled_out: Vec<RuledOut<'a>>,
    /// Rules that could not decide.
    undecided: Vec<Undecided<'a>>,
    /// The collection of what was missing for them.
    collect_again: Option<FixStep<'a>>,
    not_applicable: Vec<NotApplicable<'a>>,
    /// Sources that could not be looked at.
    gaps: Vec<Gap<'a>>,
    /// API calls that were refused around the deployment.
    refused_calls: Vec<Refused<'a>>,
    /// Platform lines that this version does not understand.
    not_understood: NotUnderstood<'a>,
    /// Counted from the operations; App Runner has no such metric.
    deployments: Vec<Count>,
    /// What there was too much of to be shown.
    left_off: Vec<LeftOff>,
    bundle: Bundle<'a>,
}

#[derive(Serialize, JsonSchema)]
struct Service<'a> {
    name: &'a str,
    arn: &'a str,
    account: &'a str,
    region: &'a str,
    status: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Verdict<'a> {
    /// `healthy`, `recovered`, `in_progress`, `cause_found` or `undecided`.
    kind: &'static str,
    sentence: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Deployment<'a> {
    id: Option<&'a str>,
    kind: &'static str,
    outcome: &'static str,
    started: Time,
    ended: Option<Time>,
    /// How far it came.
    phase: &'static str,
    last_success: Option<Line<'a>>,
    record: u64,
    application_lines: u64,
}

#[derive(Serialize, JsonSchema)]
struct Line<'a> {
    record: u64,
    time: Time,
    text: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Finding<'a> {
    rule: &'static str,
    /// `cause`, `runner_up` or `explained`.
    standing: &'static str,
    summary: &'a str,
    /// `critical`, `high` or `notice`.
    severity: &'static str,
    /// `stated_by_platform`, `proven_from_configuration`, `stated_by_application`, `correlated` or
    /// `consistent_with`.
    strength: &'static str,
    /// `cause`, `mechanism`, `symptom` or `consequence`.
    role: &'static str,
    proof: Vec<Proof<'a>>,
    excerpt: Vec<Line<'a>>,
    fix: Vec<FixStep<'a>>,
    /// What would show that it is so, or that it is not.
    confirm: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Proof<'a> {
    /// Missing for what the coverage ledger says.
    record: Option<u64>,
    time: Option<Time>,
    shows: &'a str,
    quote: Option<&'a str>,
}

/// Something to do: words, or a command.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum FixStep<'a> {
    Text {
        text: &'a str,
    },
    Command {
        /// The program and its arguments.
        argv: &'a [String],
        /// The same for a POSIX shell.
        shell: String,
    },
}

fn step(step: &Step) -> FixStep<'_> {
    match step {
        Step::Text(text) => FixStep::Text { text },
        Step::Command(argv) => FixStep::Command {
            argv,
            shell: shell(argv).join(" "),
        },
    }
}

#[derive(Serialize, JsonSchema)]
struct Link<'a> {
    part: &'static str,
    time: Option<Time>,
    text: &'a str,
    record: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct Topic<'a> {
    id: &'static str,
    told: Vec<Told<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Told<'a> {
    time: Option<Time>,
    text: &'a str,
    /// Missing for what follows from many records, or from the coverage ledger.
    record: Option<u64>,
    /// The whole digest of the image that a deployment pulled, of which the text has the begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Lead<'a> {
    record: u64,
    time: Time,
    text: &'a str,
    reason: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct RuledOut<'a> {
    rule: &'static str,
    reason: &'a str,
    record: Option<u64>,
    time: Option<Time>,
    /// The time in which it was looked for and not found, where no record shows it.
    looked_at: Option<Interval>,
}

#[derive(Serialize, JsonSchema)]
struct Undecided<'a> {
    rule: &'static str,
    reason: &'a str,
    source: &'a str,
    permission: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct NotApplicable<'a> {
    rule: &'static str,
    reason: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Gap<'a> {
    source: &'a str,
    subject: Option<&'a str>,
    status: &'static str,
    reason: &'a str,
    permission: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Refused<'a> {
    record: u64,
    time: Time,
    call: &'a str,
    message: &'a str,
    meaning: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct NotUnderstood<'a> {
    lines: u64,
    of: u64,
    samples: Vec<Line<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Count {
    hours: i64,
    begun: usize,
    failed: usize,
}

#[derive(Serialize, JsonSchema)]
struct Bundle<'a> {
    written_by: &'a str,
    collected_at: Time,
    /// By how many seconds the clock of AWS was ahead of the one of the machine that collected;
    /// absent if they agree, within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_off: Option<i64>,
    run_id: &'a str,
    extended: Interval,
    incidents: &'a [Interval],
    records: u64,
    /// `verified`, `mismatch` or `missing`.
    digest: &'static str,
    cut: Option<&'a str>,
    unknown_kinds: Vec<UnknownKind<'a>>,
    unreadable: u64,
    redaction: Redaction<'a>,
}

/// What was done so that the bundle may leave the account.
#[derive(Serialize, JsonSchema)]
struct Redaction<'a> {
    environment_values_withheld: bool,
    /// How many values that were withheld were also looked for in every other string.
    known_values: u64,
    email_addresses: bool,
    /// How many values were replaced.
    replaced: u64,
    replaced_by: Vec<Detector<'a>>,
    leak_scan: LeakScan,
    /// Records that were met in place of others.
    quarantined: Vec<Quarantined<'a>>,
    /// How many different things have a pseudonym; null if that was not asked for.
    pseudonyms: Option<u64>,
    /// The programs that redacted the finished bundle once more.
    again: &'a [String],
}

#[derive(Serialize, JsonSchema)]
struct Detector<'a> {
    detector: &'a str,
    replaced: u64,
}

/// Whether somebody read the finished file back.
#[derive(Serialize, JsonSchema)]
struct LeakScan {
    ran: bool,
    /// How many records it took out.
    records: u64,
}

#[derive(Serialize, JsonSchema)]
struct Quarantined<'a> {
    kind: &'a str,
    /// `leak_scan` or `scrubber_failed`.
    reason: QuarantineReason,
    records: u64,
}

#[derive(Serialize, JsonSchema)]
struct LeftOff {
    what: &'static str,
    count: u64,
}

#[derive(Serialize, JsonSchema)]
struct UnknownKind<'a> {
    kind: &'a str,
    records: u64,
}

fn line(line: &super::Line) -> Line<'_> {
    Line {
        record: line.record,
        time: line.time,
        text: &line.text,
    }
}

fn document(report: &Report) -> Document<'_> {
    let bundle = &report.bundle;
    let redaction = &report.redaction;
    Document {
        marking: redaction.marking.as_str(),
        format: "apprunner-report",
        version: VERSION,
        analyzer: env!("CARGO_PKG_VERSION"),
        service: Service {
            name: &report.service.name,
            arn: &report.service.arn,
            account: &report.service.account,
            region: &report.service.region,
            status: report.service.status.as_deref(),
        },
        verdict: Verdict {
            kind: report.verdict.kind.id(),
            sentence: &report.verdict.sentence,
        },
        deployment: report.deployment.as_ref().map(|it| Deployment {
            id: it.id.as_deref(),
            kind: it.noun,
            outcome: it.outcome,
            started: it.started,
            ended: it.ended,
            phase: it.phase,
            last_success: it.last_success.as_ref().map(line),
            record: it.record,
            application_lines: it.application_lines,
        }),
        findings: report.findings.iter().map(finding).collect(),
        chain: report
            .chain
            .iter()
            .map(|it| Link {
                part: it.part,
                time: it.time,
                text: &it.text,
                record: it.record,
            })
            .collect(),
        change_note: report.change_note.as_deref(),
        topics: report
            .topics
            .iter()
            .map(|topic| Topic {
                id: topic.id,
                told: topic
                    .told
                    .iter()
                    .map(|told| Told {
                        time: told.time,
                        text: &told.text,
                        record: told.record,
                        digest: told.digest.as_deref(),
                    })
                    .collect(),
            })
            .collect(),
        false_leads: report
            .false_leads
            .iter()
            .map(|it| Lead {
                record: it.line.record,
                time: it.line.time,
                text: &it.line.text,
                reason: &it.reason,
            })
            .collect(),
        ruled_out: report
            .ruled_out
            .iter()
            .map(|it| RuledOut {
                rule: it.rule,
                reason: &it.reason,
                record: it.record,
                time: it.time,
                looked_at: it.looked_at,
            })
            .collect(),
        undecided: report
            .undecided
            .iter()
            .map(|it| Undecided {
                rule: it.rule,
                reason: &it.reason,
                source: &it.source,
                permission: it.permission.as_deref(),
            })
            .collect(),
        collect_again: report.collect_again.as_ref().map(step),
        not_applicable: report
            .not_applicable
            .iter()
            .map(|it| NotApplicable {
                rule: it.rule,
                reason: &it.reason,
            })
            .collect(),
        gaps: report
            .gaps
            .iter()
            .map(|it| Gap {
                source: &it.source,
                subject: it.subject.as_deref(),
                status: it.status,
                reason: &it.reason,
                permission: it.permission.as_deref(),
            })
            .collect(),
        refused_calls: report
            .refused
            .iter()
            .map(|it| Refused {
                record: it.record,
                time: it.time,
                call: &it.call,
                message: &it.message,
                meaning: it.meaning,
            })
            .collect(),
        not_understood: NotUnderstood {
            lines: report.not_understood.lines,
            of: report.not_understood.of,
            samples: report.not_understood.samples.iter().map(line).collect(),
        },
        deployments: report
            .counts
            .iter()
            .map(|it| Count {
                hours: it.hours,
                begun: it.begun,
                failed: it.failed,
            })
            .collect(),
        left_off: report
            .left_off
            .iter()
            .map(|it| LeftOff {
                what: it.what,
                count: it.count,
            })
            .collect(),
        bundle: Bundle {
            written_by: &bundle.written_by,
            collected_at: bundle.collected_at,
            clock_off: bundle.clock_off,
            run_id: &bundle.run_id,
            extended: bundle.extended,
            incidents: &bundle.incidents,
            records: bundle.records,
            digest: bundle.digest,
            cut: bundle.cut.as_deref(),
            unknown_kinds: bundle
                .unknown_kinds
                .iter()
                .map(|(kind, records)| UnknownKind {
                    kind,
                    records: *records,
                })
                .collect(),
            unreadable: bundle.unreadable,
            redaction: Redaction {
                environment_values_withheld: redaction.environment_values_withheld,
                known_values: redaction.known_values,
                email_addresses: redaction.email_addresses,
                replaced: redaction.replaced,
                replaced_by: redaction
                    .replaced_by
                    .iter()
                    .map(|(detector, replaced)| Detector {
                        detector,
                        replaced: *replaced,
                    })
                    .collect(),
                leak_scan: LeakScan {
                    ran: redaction.leak_scan.is_some(),
                    records: redaction.leak_scan.unwrap_or_default(),
                },
                quarantined: redaction
                    .quarantined
                    .iter()
                    .map(|it| Quarantined {
                        kind: &it.of_kind,
                        reason: it.reason,
                        records: it.records,
                    })
                    .collect(),
                pseudonyms: redaction.pseudonyms,
                again: &redaction.again,
            },
        },
    }
}

fn finding(it: &super::FindingFacts) -> Finding<'_> {
    Finding {
        rule: it.rule,
        standing: it.standing,
        summary: &it.summary,
        severity: it.severity.as_str(),
        strength: it.strength.id(),
        role: it.role.as_str(),
        proof: it
            .proof
            .iter()
            .map(|proof| Proof {
                record: proof.record,
                time: proof.time,
                shows: &proof.shows,
                quote: proof.quote.as_deref(),
            })
            .collect(),
        excerpt: it.excerpt.iter().map(line).collect(),
        fix: it.fix.iter().map(step).collect(),
        confirm: it.confirm.as_deref(),
    }
}
