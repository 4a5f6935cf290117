//! Wording that the formats for people share. What is escaped, and how, is the business of each.

use evidence_schema::{Time, manifest::Marking, record::QuarantineReason};

use super::{FindingFacts, Gap, RedactionFacts, Refused, Report, RuledOut};
use crate::words;

/// A name, and what stands beside it.
pub(super) struct Pair {
    /// The name.
    pub(super) name: &'static str,
    /// What stands beside it.
    pub(super) text: String,
    /// A line of a log behind that.
    pub(super) quote: Option<String>,
    /// The record that shows it.
    pub(super) record: Option<u64>,
}

impl Pair {
    fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self {
            name,
            text: text.into(),
            quote: None,
            record: None,
        }
    }
}

/// The first line of a report, without a period: how far the bundle was made fit to be handed on,
/// and what it is.
pub(super) fn marking(report: &Report) -> String {
    let what = format!(
        "bundle of {}, collected {} UTC by {}",
        report.service.name,
        words::at(report.bundle.collected_at),
        report.bundle.written_by
    );
    match report.redaction.marking {
        Marking::Unredacted => format!("Warning: unredacted {what}; it may hold secrets"),
        Marking::Redacted => format!("Redacted {what}"),
        Marking::Pseudonymized => format!("Pseudonymized {what}"),
    }
}

/// Whether the first line warns.
pub(super) fn warns(report: &Report) -> bool {
    report.redaction.marking == Marking::Unredacted
}

/// The service and the deployment under diagnosis.
pub(super) fn service(report: &Report) -> Vec<Pair> {
    let service = &report.service;
    let status = service.status.as_deref().unwrap_or("status not known");
    let mut pairs = vec![Pair::new(
        "service",
        format!(
            "{} ({status}), {} {}",
            service.name, service.account, service.region
        ),
    )];
    let Some(deployment) = &report.deployment else {
        return pairs;
    };
    let id = deployment.id.as_deref().unwrap_or("without an id");
    let until = match deployment.ended {
        Some(ended) => format!(
            "{} to {}, {}",
            words::at(deployment.started),
            words::clock(ended),
            words::duration(ended - deployment.started)
        ),
        None => format!("since {}", words::at(deployment.started)),
    };
    pairs.push(Pair::new(
        deployment.noun,
        format!("{id}, {until}, {}", deployment.outcome),
    ));
    pairs.push(Pair::new("came as far as", deployment.phase));
    if let Some(line) = &deployment.last_success {
        pairs.push(Pair {
            name: "last success",
            text: words::clock(line.time),
            quote: Some(line.text.clone()),
            record: Some(line.record),
        });
    }
    pairs
}

/// How bad a finding is and how well it is founded.
pub(super) fn weight(finding: &FindingFacts) -> String {
    match finding.standing {
        "cause" => format!(
            "{}, {}",
            finding.severity.as_str(),
            finding.strength.as_str()
        ),
        _ => finding.strength.as_str().to_owned(),
    }
}

/// A time, or a mark that there is none.
pub(super) fn time(time: Option<Time>) -> String {
    time.map_or_else(|| "-".to_owned(), words::at)
}

/// When a diagnosis was ruled out, or the time that was looked at in vain.
pub(super) fn ruled_out_at(it: &RuledOut) -> Option<String> {
    match (it.time, it.record, it.looked_at) {
        (Some(time), Some(_), _) => Some(words::clock(time)),
        (_, None, Some(seen)) => Some(format!(
            "{} to {}",
            words::clock(seen.from),
            words::clock(seen.to)
        )),
        _ => None,
    }
}

/// What became of a source that could not be looked at, and why.
pub(super) fn gap(gap: &Gap) -> String {
    let subject = gap
        .subject
        .as_ref()
        .map(|it| format!(" {it}"))
        .unwrap_or_default();
    let needs = gap
        .permission
        .as_ref()
        .map(|it| format!(" [needs {it}]"))
        .unwrap_or_default();
    format!("{}{subject}: {}{needs}", gap.status, gap.reason)
}

/// A call that was refused.
pub(super) fn refused(it: &Refused) -> String {
    format!("{}: {}", it.call, it.message)
}

/// How many lines of the platform were not understood.
pub(super) fn not_understood(report: &Report) -> String {
    let unknown = &report.not_understood;
    format!("{} of {} lines", unknown.lines, unknown.of)
}

/// The bundle: who wrote it, what it covers, how it was redacted, what is wrong with it.
pub(super) fn bundle(report: &Report) -> Vec<Pair> {
    let bundle = &report.bundle;
    let mut pairs = vec![Pair::new(
        "written by",
        format!(
            "{}, {} UTC, run {}",
            bundle.written_by,
            words::at(bundle.collected_at),
            bundle.run_id
        ),
    )];
    if let Some(seconds) = bundle.clock_off {
        let side = if seconds > 0 { "behind" } else { "ahead of" };
        pairs.push(Pair::new(
            "clock",
            format!(
                "{} s {side} AWS's, by which all times are told, on the machine that collected",
                seconds.unsigned_abs()
            ),
        ));
    }
    let span =
        |it: evidence_schema::Interval| format!("{} to {}", words::at(it.from), words::at(it.to));
    pairs.push(Pair::new("covers", span(bundle.extended)));
    for window in &bundle.incidents {
        pairs.push(Pair::new("incident", span(*window)));
    }
    let counts: Vec<String> = report
        .counts
        .iter()
        .map(|it| format!("{} of {} failed in {} h", it.failed, it.begun, it.hours))
        .collect();
    pairs.push(Pair::new(
        "deployments",
        format!("{} (counted from the operations)", counts.join(", ")),
    ));
    let digest = match bundle.digest {
        "verified" => "verified",
        "mismatch" => "MISMATCH: the text was changed after it was written",
        _ => "missing",
    };
    pairs.push(Pair::new(
        "records",
        format!("{}, digest {digest}", bundle.records),
    ));
    redaction(&mut pairs, &report.redaction);
    if let Some(cut) = &bundle.cut {
        pairs.push(Pair::new("cut", cut.clone()));
    }
    for (kind, count) in &bundle.unknown_kinds {
        let records = words::count(*count, "record", "records");
        pairs.push(Pair::new("unknown kind", format!("{kind}, {records}")));
    }
    if bundle.unreadable > 0 {
        pairs.push(Pair::new(
            "not understood",
            words::count(bundle.unreadable, "record", "records"),
        ));
    }
    if !report.left_off.is_empty() {
        let left: Vec<String> = report
            .left_off
            .iter()
            .map(|it| format!("{} more {}", it.count, it.what))
            .collect();
        pairs.push(Pair::new("not shown", words::list(&left)));
    }
    pairs
}

fn redaction(pairs: &mut Vec<Pair>, it: &RedactionFacts) {
    let mut text = match it.environment_values_withheld {
        true => "values of environment variables withheld".to_owned(),
        false => "the bundle does not say that anything was withheld".to_owned(),
    };
    if it.known_values > 0 {
        text.push_str(&format!(
            ", {} of them looked for in everything else",
            it.known_values
        ));
    }
    let by: Vec<String> = it
        .replaced_by
        .iter()
        .map(|(detector, count)| format!("{detector} {count}"))
        .collect();
    let replaced = words::count(it.replaced, "value", "values");
    text.push_str(&format!("; {replaced} replaced"));
    if !by.is_empty() {
        text.push_str(&format!(" ({})", by.join(", ")));
    }
    if it.email_addresses {
        text.push_str("; e-mail addresses replaced");
    }
    if let Some(strings) = it.pseudonyms {
        let strings = words::count(strings, "string", "strings");
        text.push_str(&format!("; pseudonyms in {strings}"));
    }
    pairs.push(Pair::new("redaction", text));
    pairs.push(Pair::new(
        "leak scan",
        match it.leak_scan {
            None => "not recorded; the finished file was not read back".to_owned(),
            Some(0) => "the finished file was read back, and nothing was found".to_owned(),
            Some(records) => format!(
                "the finished file was read back; {} taken out",
                words::count(records, "record was", "records were")
            ),
        },
    ));
    if it.quarantined.is_empty() {
        pairs.push(Pair::new("quarantined", "no record"));
    }
    for quarantined in &it.quarantined {
        pairs.push(Pair::new(
            "quarantined",
            format!(
                "{} of the kind {}: {}",
                words::count(quarantined.records, "record", "records"),
                quarantined.of_kind,
                reason(quarantined.reason)
            ),
        ));
    }
    if !it.again.is_empty() {
        pairs.push(Pair::new("redacted again", words::list(&it.again)));
    }
}

fn reason(reason: QuarantineReason) -> &'static str {
    match reason {
        QuarantineReason::LeakScan => "the leak scan found something in them",
        QuarantineReason::ScrubberFailed => "the scrubber could not do its work on them",
        QuarantineReason::NotUnderstood => "a later redaction did not understand them",
    }
}

/// The program that wrote the report.
pub(super) const ANALYZER: &str = concat!("apprunner-analyzer ", env!("CARGO_PKG_VERSION"));
