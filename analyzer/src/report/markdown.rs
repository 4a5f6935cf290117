//! The report as Markdown, to paste into a ticket.
//!
//! There are no tables: a bar in a log line would break one. Records are written as `record 7`,
//! because `#7` would be a reference to somebody's ticket.

use std::io::{self, Write};

use super::{
    FindingFacts, Line, Report,
    escape::markdown::{block, code, prose},
    folded::{Answer, Folded, folded},
    format::Format,
    phrases::{self, Pair},
    shell,
};
use crate::{finding::Step, words};

/// As `--format` names it.
pub const FORMAT: Format = Format {
    id: "markdown",
    summary: "For a ticket",
    write,
};

/// Writes the report.
///
/// # Errors
///
/// When `out` does not take the text.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let marking = prose(&phrases::marking(report));
    if phrases::warns(report) {
        writeln!(out, "> **{marking}.**")?;
    } else {
        writeln!(out, "> {marking}.")?;
    }
    writeln!(out, "\n# App Runner deployment report")?;
    writeln!(out, "\n**{}**\n", prose(&report.verdict.sentence))?;
    pairs(out, phrases::service(report))?;
    for finding in &report.findings {
        match finding.standing {
            "cause" => cause(report, finding, out)?,
            "runner_up" => runner_up(finding, out)?,
            _ => {}
        }
    }
    if report.findings.is_empty() {
        chain(report, out)?;
    }
    topics(report, out)?;
    false_leads(report, out)?;
    others(report, out)?;
    gaps(report, out)?;
    heading(out, "Bundle")?;
    pairs(out, phrases::bundle(report))?;
    let analyzer = format!("{}; times are UTC", phrases::ANALYZER);
    item(out, "analyzer", &prose(&analyzer))
}

fn cause(report: &Report, finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    heading(out, finding.title)?;
    summary(finding, out)?;
    heading(out, "Proof")?;
    proof(finding, out)?;
    if !finding.excerpt.is_empty() {
        heading(out, "Lines before it ended")?;
        let lines: Vec<String> = finding.excerpt.iter().map(log_line).collect();
        write!(out, "{}", block("text", lines.iter().map(String::as_str)))?;
    }
    chain(report, out)?;
    if !finding.fix.is_empty() {
        heading(out, "Fix")?;
    }
    for (index, step) in finding.fix.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        match step {
            Step::Text(text) => writeln!(out, "{}", prose(text))?,
            Step::Command(words) => {
                write!(out, "{}", block("sh", [shell(words).join(" ").as_str()]))?;
            }
        }
    }
    Ok(())
}

fn runner_up(finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    heading(out, finding.title)?;
    summary(finding, out)?;
    writeln!(out)?;
    proof(finding, out)?;
    if let Some(confirm) = &finding.confirm {
        writeln!(out, "\nWhat would tell it apart: {}.", prose(confirm))?;
    }
    Ok(())
}

fn summary(finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} ({}): {}",
        code(finding.rule),
        phrases::weight(finding),
        prose(&finding.summary)
    )
}

fn proof(finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    for proof in &finding.proof {
        let shows = cited(&prose(&proof.shows), proof.record);
        writeln!(out, "- {}{shows}", at(proof.time))?;
        if let Some(quote) = &proof.quote {
            writeln!(out, "  - {}", code(quote))?;
        }
    }
    Ok(())
}

fn chain(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.chain.is_empty() {
        return Ok(());
    }
    heading(out, "What happened")?;
    if let Some(note) = &report.change_note {
        writeln!(out, "- *change*: {}", prose(note))?;
    }
    for link in &report.chain {
        let text = cited(&prose(&link.text), link.record);
        writeln!(out, "- {}*{}*: {text}", at(link.time), link.part)?;
    }
    Ok(())
}

fn topics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for topic in &report.topics {
        heading(out, topic.title)?;
        for told in &topic.told {
            let text = cited(&prose(&told.text), told.record);
            writeln!(out, "- {}{text}", at(told.time))?;
        }
    }
    Ok(())
}

fn false_leads(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.false_leads.is_empty() {
        return Ok(());
    }
    heading(out, "False leads")?;
    for lead in &report.false_leads {
        quoted(out, &lead.line)?;
        writeln!(out, "  - {}", prose(&lead.reason))?;
    }
    Ok(())
}

fn others(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if !report.ruled_out.is_empty() {
        heading(out, "Ruled out")?;
        for it in folded(&report.ruled_out) {
            let by = match (phrases::ruled_out_at(it.answer), it.answer.record) {
                (Some(at), Some(record)) => format!(" ({at}, record {record})"),
                (None, Some(record)) => format!(" (record {record})"),
                (Some(at), None) => format!(" ({at})"),
                (None, None) => String::new(),
            };
            answered(out, &it, &format!("{}{by}", prose(&it.answer.reason)))?;
        }
    }
    if !report.undecided.is_empty() {
        heading(out, "Could not be decided")?;
        for it in folded(&report.undecided) {
            answered(out, &it, &prose(&it.answer.reason))?;
        }
    }
    match &report.collect_again {
        Some(Step::Command(words)) => {
            writeln!(out, "\nTo see what is missing:\n")?;
            write!(out, "{}", block("sh", [shell(words).join(" ").as_str()]))?;
        }
        Some(Step::Text(text)) => writeln!(out, "\n{}", prose(text))?,
        None => {}
    }
    if !report.not_applicable.is_empty() {
        heading(out, "Not applicable")?;
        for it in folded(&report.not_applicable) {
            answered(out, &it, &prose(&it.answer.reason))?;
        }
    }
    Ok(())
}

/// The rules that have an answer, in front of it.
fn answered<T: Answer>(out: &mut dyn Write, it: &Folded<'_, T>, answer: &str) -> io::Result<()> {
    item(out, &it.rules.join("**, **"), answer)
}

fn gaps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if !report.gaps.is_empty() {
        heading(out, "Could not be looked at")?;
        for gap in &report.gaps {
            writeln!(
                out,
                "- {}: {}",
                code(&gap.source),
                prose(&phrases::gap(gap))
            )?;
        }
    }
    if !report.refused.is_empty() {
        heading(out, "Refused calls")?;
        for it in &report.refused {
            let text = cited(&prose(&phrases::refused(it)), Some(it.record));
            writeln!(out, "- {}{text}", at(Some(it.time)))?;
            if let Some(meaning) = it.meaning {
                writeln!(out, "  - {}", prose(meaning))?;
            }
        }
    }
    if report.not_understood.lines > 0 {
        heading(out, "Platform lines not understood")?;
        writeln!(out, "{}\n", phrases::not_understood(report))?;
        for line in &report.not_understood.samples {
            quoted(out, line)?;
        }
    }
    Ok(())
}

fn heading(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n## {text}\n")
}

fn pairs(out: &mut dyn Write, pairs: Vec<Pair>) -> io::Result<()> {
    for it in pairs {
        let mut text = prose(&it.text);
        if let Some(quote) = &it.quote {
            text = format!("{text} {}", code(quote));
        }
        item(out, it.name, &cited(&text, it.record))?;
    }
    Ok(())
}

/// A name of ours and what stands beside it, in Markdown.
fn item(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "- **{name}**: {text}")
}

fn quoted(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    let text = cited(&code(&line.text), Some(line.record));
    writeln!(out, "- {}{text}", at(Some(line.time)))
}

/// A line in a block of them. In code `#7` is no reference.
fn log_line(line: &Line) -> String {
    format!("{}  {} #{}", words::at(line.time), line.text, line.record)
}

/// The time in front of an item, if it has one.
fn at(time: Option<evidence_schema::Time>) -> String {
    time.map(|time| format!("{}: ", words::at(time)))
        .unwrap_or_default()
}

/// Markdown with the record that shows it.
fn cited(text: &str, record: Option<u64>) -> String {
    match record {
        Some(record) => format!("{text} (record {record})"),
        None => text.to_owned(),
    }
}
