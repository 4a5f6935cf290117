//! The report for people, 100 columns wide.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{FindingFacts, Line, Report, VerdictKind, shell, visible};
use crate::{finding::Step, words};

const WIDTH: usize = 100;
const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default().bold();

/// Writes the report. Styles are written as escape codes; the caller strips them where they would
/// disturb.
///
/// # Errors
///
/// When `out` does not take the text.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let style = match report.verdict.kind {
        VerdictKind::Healthy | VerdictKind::Recovered | VerdictKind::InProgress => GOOD,
        VerdictKind::CauseFound => BAD,
        VerdictKind::Undecided => OPEN,
    };
    for line in wrapped(&report.verdict.sentence, WIDTH) {
        writeln!(out, "{style}{line}{style:#}")?;
    }
    service(report, out)?;
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
    false_leads(report, out)?;
    others(report, out)?;
    gaps(report, out)?;
    footer(report, out)
}

fn service(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let service = &report.service;
    writeln!(out)?;
    let status = service.status.as_deref().unwrap_or("status not known");
    pair(
        out,
        "service",
        &format!(
            "{} ({status}), {} {}",
            service.name, service.account, service.region
        ),
    )?;
    if let Some(deployment) = &report.deployment {
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
        pair(
            out,
            deployment.noun,
            &format!("{id}, {until}, {}", deployment.outcome),
        )?;
        pair(out, "came as far as", deployment.phase)?;
        if let Some(line) = &deployment.last_success {
            pair(
                out,
                "last success",
                &format!("{} {} #{}", words::clock(line.time), line.text, line.record),
            )?;
        }
    }
    Ok(())
}

fn cause(report: &Report, finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    heading(out, finding.title)?;
    writeln!(
        out,
        "  {} {FAINT}({}, {}){FAINT:#}",
        finding.rule,
        finding.severity.as_str(),
        finding.strength.as_str()
    )?;
    paragraph(out, "  ", &finding.summary)?;
    heading(out, "Proof")?;
    proof(finding, out)?;
    if !finding.excerpt.is_empty() {
        heading(out, "Lines before it ended")?;
        for line in &finding.excerpt {
            log_line(out, line)?;
        }
    }
    chain(report, out)?;
    if !finding.fix.is_empty() {
        heading(out, "Fix")?;
    }
    for step in &finding.fix {
        match step {
            Step::Text(text) => paragraph(out, "  ", text)?,
            Step::Command(words) => command(out, words)?,
        }
    }
    Ok(())
}

fn runner_up(finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    heading(out, finding.title)?;
    writeln!(
        out,
        "  {} {FAINT}({}){FAINT:#}",
        finding.rule,
        finding.strength.as_str()
    )?;
    paragraph(out, "  ", &finding.summary)?;
    proof(finding, out)?;
    if let Some(confirm) = &finding.confirm {
        paragraph(out, "  ", &format!("What would tell it apart: {confirm}."))?;
    }
    Ok(())
}

fn proof(finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    for proof in &finding.proof {
        let time = match proof.time {
            Some(time) => words::at(time),
            None => "-".to_owned(),
        };
        let record = proof.record.map(|id| format!(" #{id}")).unwrap_or_default();
        hanging(
            out,
            &format!("  {time:<19}  "),
            &format!("{}{record}", proof.shows),
        )?;
        if let Some(quote) = &proof.quote {
            hanging(out, "                       > ", quote)?;
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
        hanging(out, &format!("  {:<19}  {:<11}  ", "-", "change"), note)?;
    }
    for link in &report.chain {
        let time = match link.time {
            Some(time) => words::at(time),
            None => "-".to_owned(),
        };
        let record = link.record.map(|id| format!(" #{id}")).unwrap_or_default();
        hanging(
            out,
            &format!("  {time:<19}  {:<11}  ", link.part),
            &format!("{}{record}", link.text),
        )?;
    }
    Ok(())
}

fn false_leads(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.false_leads.is_empty() {
        return Ok(());
    }
    heading(out, "False leads")?;
    for lead in &report.false_leads {
        log_line(out, &lead.line)?;
        hanging(out, "                       = ", &lead.reason)?;
    }
    Ok(())
}

fn others(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if !report.ruled_out.is_empty() {
        heading(out, "Ruled out")?;
        for it in &report.ruled_out {
            let by = match (it.time, it.record) {
                (Some(time), Some(record)) => format!(" ({} #{record})", words::clock(time)),
                (None, Some(record)) => format!(" (#{record})"),
                (_, None) => match it.looked_at {
                    Some(seen) => format!(
                        " ({} to {})",
                        words::clock(seen.from),
                        words::clock(seen.to)
                    ),
                    None => String::new(),
                },
            };
            hanging(
                out,
                &format!("  {:<28}  ", it.rule),
                &format!("{}{by}", it.reason),
            )?;
        }
    }
    if !report.undecided.is_empty() {
        heading(out, "Could not be decided")?;
        for it in &report.undecided {
            hanging(out, &format!("  {:<28}  ", it.rule), &it.reason)?;
        }
    }
    if !report.not_applicable.is_empty() {
        heading(out, "Not applicable")?;
        for it in &report.not_applicable {
            hanging(out, &format!("  {:<28}  ", it.rule), &it.reason)?;
        }
    }
    Ok(())
}

fn gaps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if !report.gaps.is_empty() {
        heading(out, "Could not be looked at")?;
        for gap in &report.gaps {
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
            hanging(
                out,
                &format!("  {:<28}  ", gap.source),
                &format!("{}{subject}: {}{needs}", gap.status, gap.reason),
            )?;
        }
    }
    if !report.refused.is_empty() {
        heading(out, "Refused calls")?;
        for it in &report.refused {
            hanging(
                out,
                &format!("  {:<19}  ", words::at(it.time)),
                &format!("{}: {} #{}", it.call, it.message, it.record),
            )?;
            if let Some(meaning) = it.meaning {
                hanging(out, "                       = ", meaning)?;
            }
        }
    }
    let unknown = &report.not_understood;
    if unknown.lines > 0 {
        heading(out, "Platform lines not understood")?;
        paragraph(
            out,
            "  ",
            &format!("{} of {} lines", unknown.lines, unknown.of),
        )?;
        for line in &unknown.samples {
            log_line(out, line)?;
        }
    }
    Ok(())
}

fn footer(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let bundle = &report.bundle;
    heading(out, "Bundle")?;
    pair(
        out,
        "written by",
        &format!(
            "{}, {} UTC, run {}",
            bundle.written_by,
            words::at(bundle.collected_at),
            bundle.run_id
        ),
    )?;
    if let Some(seconds) = bundle.clock_off {
        let side = if seconds > 0 { "behind" } else { "ahead of" };
        let text = format!(
            "{} s {side} AWS's, by which all times are told, on the machine that collected",
            seconds.unsigned_abs()
        );
        pair(out, "clock", &text)?;
    }
    pair(
        out,
        "covers",
        &format!(
            "{} to {}",
            words::at(bundle.extended.from),
            words::at(bundle.extended.to)
        ),
    )?;
    for window in &bundle.incidents {
        pair(
            out,
            "incident",
            &format!("{} to {}", words::at(window.from), words::at(window.to)),
        )?;
    }
    let counts: Vec<String> = report
        .counts
        .iter()
        .map(|it| format!("{} of {} failed in {} h", it.failed, it.begun, it.hours))
        .collect();
    pair(
        out,
        "deployments",
        &format!("{} (counted from the operations)", counts.join(", ")),
    )?;
    let digest = match bundle.digest {
        "verified" => "verified",
        "mismatch" => "MISMATCH: the text was changed after it was written",
        _ => "missing",
    };
    pair(
        out,
        "records",
        &format!("{}, digest {digest}", bundle.records),
    )?;
    if let Some(cut) = &bundle.cut {
        pair(out, "cut", cut)?;
    }
    for (kind, count) in &bundle.unknown_kinds {
        pair(
            out,
            "unknown kind",
            &format!("{kind}, {}", words::count(*count, "record", "records")),
        )?;
    }
    if bundle.unreadable > 0 {
        pair(
            out,
            "not understood",
            &words::count(bundle.unreadable, "record", "records"),
        )?;
    }
    pair(
        out,
        "analyzer",
        concat!(
            "apprunner-analyzer ",
            env!("CARGO_PKG_VERSION"),
            "; times are UTC; #n is a record"
        ),
    )
}

fn heading(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{HEADING}{text}{HEADING:#}")
}

fn pair(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    hanging(out, &format!("  {name:<15} "), value)
}

fn log_line(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    hanging(
        out,
        &format!("  {:<19}  ", words::at(line.time)),
        &format!("{} #{}", line.text, line.record),
    )
}

fn paragraph(out: &mut dyn Write, indent: &str, text: &str) -> io::Result<()> {
    hanging(out, indent, text)
}

/// Text after `front`, with the further lines as far in as the first.
fn hanging(out: &mut dyn Write, front: &str, text: &str) -> io::Result<()> {
    let indent = front.chars().count();
    if indent > WIDTH / 2 {
        // Names come from strangers, and beside a long one there is no room for a text.
        writeln!(out, "{}", visible(front.trim_end()))?;
        return hanging(out, "      ", text);
    }
    for (index, line) in wrapped(text, WIDTH - indent).iter().enumerate() {
        if index == 0 {
            writeln!(out, "{}{line}", visible(front))?;
        } else {
            writeln!(out, "{:indent$}{line}", "")?;
        }
    }
    Ok(())
}

/// A command, a line as long as it fits and the rest continued. A word is never broken.
fn command(out: &mut dyn Write, words: &[String]) -> io::Result<()> {
    let mut line = String::from("  $");
    for word in shell(words) {
        if line.chars().count() + 1 + word.chars().count() > WIDTH - 2 && line.trim().len() > 1 {
            writeln!(out, "{line} \\")?;
            line = String::from("     ");
        }
        line.push(' ');
        line.push_str(&word);
    }
    writeln!(out, "{line}")
}

/// The text in lines of at most `width` characters, made harmless. A longer word is broken.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = visible(text);
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let mut word = word;
        let mut letters = word.chars().count();
        if length > 0 && length + 1 + letters > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        } else if length > 0 || !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        while letters > width {
            let end = word
                .char_indices()
                .nth(width - length)
                .map_or(word.len(), |(at, _)| at);
            line.push_str(&word[..end]);
            lines.push(std::mem::take(&mut line));
            word = &word[end..];
            length = 0;
            letters = word.chars().count();
        }
        line.push_str(word);
        length += letters;
    }
    lines.push(line);
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_long_words_inside() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("a\u{1b}b", 20), ["a\\u{1b}b"]);
        assert_eq!(wrapped("abc d", 0), ["a", "b", "c", "d"]);
    }

    #[test]
    fn beside_a_name_without_end_the_text_begins_on_a_new_line() {
        let mut out = Vec::new();
        hanging(&mut out, &"n".repeat(500), "denied: no reason").unwrap();
        let told = String::from_utf8(out).unwrap();
        assert_eq!(
            told,
            format!("{}\n      denied: no reason\n", "n".repeat(500))
        );
    }

    #[test]
    fn a_command_is_continued_so_that_a_shell_reads_one() {
        let words: Vec<String> = (0..40).map(|n| format!("word-{n}")).collect();
        let mut out = Vec::new();
        command(&mut out, &words).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        let read = text.replace("\\\n", "");
        assert_eq!(read.split_whitespace().skip(1).count(), 40);
    }
}
