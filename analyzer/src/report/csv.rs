//! The report as a table: a row for each finding, or one with the verdict where there is none.
//!
//! The columns are always the same, so that the tables of many services can be put together.

use std::io;

use super::{FindingFacts, Report, escape::csv::cell, format::Format, phrases, shell};
use crate::finding::Step;

/// As `--format` names it.
pub const FORMAT: Format = Format {
    id: "csv",
    summary: "A table with a row for each finding, to put many together",
    write,
};

/// New columns are added at the end, so that old tables and new ones can be put together.
const COLUMNS: [&str; 35] = [
    "marking",
    "service",
    "account",
    "region",
    "service_status",
    "deployment",
    "deployment_kind",
    "started",
    "ended",
    "outcome",
    "phase",
    "verdict",
    "verdict_sentence",
    "rule",
    "standing",
    "severity",
    "strength",
    "role",
    "summary",
    "proof",
    "advice",
    "fix_command",
    "undecided_rules",
    "gaps",
    "collected_at",
    "collector",
    "run_id",
    "records",
    "digest",
    "cut",
    "values_replaced",
    "leak_scan",
    "records_quarantined",
    "redacted_again",
    "analyzer",
];

/// Writes the report.
///
/// # Errors
///
/// When `out` does not take the text.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(out);
    table.write_record(COLUMNS)?;
    let findings = report.findings.iter().map(Some);
    let rows = findings.chain(report.findings.is_empty().then_some(None));
    for finding in rows {
        let row = row(report, finding);
        table.write_record(row.iter().map(|text| cell(text)))?;
    }
    table.flush()
}

fn row(report: &Report, finding: Option<&FindingFacts>) -> [String; COLUMNS.len()] {
    let service = &report.service;
    let bundle = &report.bundle;
    let redaction = &report.redaction;
    let deployment = report.deployment.as_ref();
    let of_deployment = |text: fn(&super::DeploymentFacts) -> Option<String>| {
        deployment.and_then(text).unwrap_or_default()
    };
    let of_finding = |text: fn(&FindingFacts) -> String| finding.map(text).unwrap_or_default();
    let rules: Vec<&str> = report.undecided.iter().map(|it| it.rule).collect();
    let quarantined = redaction
        .quarantined
        .iter()
        .fold(0_u64, |sum, it| sum.saturating_add(it.records));
    [
        redaction.marking.as_str().to_owned(),
        service.name.clone(),
        service.account.clone(),
        service.region.clone(),
        service.status.clone().unwrap_or_default(),
        of_deployment(|it| it.id.clone()),
        of_deployment(|it| Some(it.noun.to_owned())),
        of_deployment(|it| Some(timestamp(it.started))),
        of_deployment(|it| it.ended.map(timestamp)),
        of_deployment(|it| Some(it.outcome.to_owned())),
        of_deployment(|it| Some(it.phase.to_owned())),
        report.verdict.kind.id().to_owned(),
        report.verdict.sentence.clone(),
        of_finding(|it| it.rule.to_owned()),
        of_finding(|it| it.standing.to_owned()),
        of_finding(|it| it.severity.as_str().to_owned()),
        of_finding(|it| it.strength.id().to_owned()),
        of_finding(|it| it.role.as_str().to_owned()),
        of_finding(|it| it.summary.clone()),
        of_finding(first_proof),
        of_finding(first_advice),
        of_finding(first_command),
        rules.join(" "),
        report.gaps.len().to_string(),
        timestamp(bundle.collected_at),
        bundle.written_by.clone(),
        bundle.run_id.clone(),
        bundle.records.to_string(),
        bundle.digest.to_owned(),
        bundle.cut.clone().unwrap_or_default(),
        redaction.replaced.to_string(),
        match redaction.leak_scan {
            Some(records) => format!("ran, {records} taken out"),
            None => "not recorded".to_owned(),
        },
        quarantined.to_string(),
        redaction.again.join(", "),
        phrases::ANALYZER.to_owned(),
    ]
}

/// A time that spreadsheets and programs understand.
fn timestamp(time: evidence_schema::Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The decisive citation: a log line if it is one, or what it shows.
fn first_proof(finding: &FindingFacts) -> String {
    let Some(proof) = finding.proof.first() else {
        return String::new();
    };
    match &proof.quote {
        Some(quote) => format!("{}: {quote}", proof.shows),
        None => proof.shows.clone(),
    }
}

fn first_advice(finding: &FindingFacts) -> String {
    let text = finding.fix.iter().find_map(|step| match step {
        Step::Text(text) => Some(text.clone()),
        Step::Command(_) => None,
    });
    text.unwrap_or_default()
}

fn first_command(finding: &FindingFacts) -> String {
    let words = finding.fix.iter().find_map(|step| match step {
        Step::Command(words) => Some(shell(words).join(" ")),
        Step::Text(_) => None,
    });
    words.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_about_reports_names_every_column() {
        let page = include_str!("../../../docs/reports.md");
        for column in COLUMNS {
            assert!(page.contains(&format!("`{column}`")), "{column}");
        }
        for format in crate::report::format::ALL {
            assert!(
                page.contains(&format!("| `{}` |", format.id)),
                "{}",
                format.id
            );
        }
    }
}
