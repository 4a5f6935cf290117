//! The report for people, 100 columns wide.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{
    FindingFacts, Line, Report, VerdictKind,
    folded::{Answer, Folded, folded},
    format::Format,
    phrases::{self, Pair},
    shell, visible,
};
use crate::{finding::Step, words};

/// As `--format` names it.
pub const FORMAT: Format = Format {
    id: "text",
    summary: "For people, on a terminal",
    write,
};

const WIDTH: usize = 100;
/// How far in a text stands that has no room behind its name.
const ASIDE: usize = 34;
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
    let marked = if phrases::warns(report) { OPEN } else { FAINT };
    for line in wrapped(&phrases::marking(report), WIDTH) {
        writeln!(out, "{marked}{}{marked:#}", no_command(&line))?;
    }
    writeln!(out)?;
    for line in wrapped(&report.verdict.sentence, WIDTH) {
        writeln!(out, "{style}{}{style:#}", no_command(&line))?;
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
    topics(report, out)?;
    false_leads(report, out)?;
    others(report, out)?;
    gaps(report, out)?;
    footer(report, out)
}

fn service(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    pairs(out, phrases::service(report))
}

fn cause(report: &Report, finding: &FindingFacts, out: &mut dyn Write) -> io::Result<()> {
    heading(out, finding.title)?;
    writeln!(
        out,
        "  {} {FAINT}({}){FAINT:#}",
        finding.rule,
        phrases::weight(finding)
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
        phrases::weight(finding)
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
        hanging(
            out,
            &format!("  {:<19}  ", phrases::time(proof.time)),
            &cited(&proof.shows, proof.record),
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
        hanging(
            out,
            &format!("  {:<19}  {:<11}  ", phrases::time(link.time), link.part),
            &cited(&link.text, link.record),
        )?;
    }
    Ok(())
}

fn topics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for topic in &report.topics {
        heading(out, topic.title)?;
        for told in &topic.told {
            let at = told.time.map_or("-".to_owned(), words::at);
            hanging(
                out,
                &format!("  {at:<19}  "),
                &cited(&told.text, told.record),
            )?;
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
        log_line(out, &lead.line)?;
        hanging(out, "                       = ", &lead.reason)?;
    }
    Ok(())
}

fn others(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if !report.ruled_out.is_empty() {
        heading(out, "Ruled out")?;
        for it in folded(&report.ruled_out) {
            let by = match (phrases::ruled_out_at(it.answer), it.answer.record) {
                (Some(at), Some(record)) => format!(" ({at} #{record})"),
                (None, Some(record)) => format!(" (#{record})"),
                (Some(at), None) => format!(" ({at})"),
                (None, None) => String::new(),
            };
            answered(out, &it, &format!("{}{by}", it.answer.reason))?;
        }
    }
    if !report.undecided.is_empty() {
        heading(out, "Could not be decided")?;
        for it in folded(&report.undecided) {
            answered(out, &it, &it.answer.reason)?;
        }
    }
    match &report.collect_again {
        Some(Step::Command(words)) => {
            paragraph(out, "  ", "To see what is missing:")?;
            command(out, words)?;
        }
        Some(Step::Text(text)) => paragraph(out, "  ", text)?,
        None => {}
    }
    if !report.not_applicable.is_empty() {
        heading(out, "Not applicable")?;
        for it in folded(&report.not_applicable) {
            answered(out, &it, &it.answer.reason)?;
        }
    }
    Ok(())
}

/// A rule and its answer; where many rules have it, how many and below it which.
fn answered<T: Answer>(out: &mut dyn Write, it: &Folded<'_, T>, answer: &str) -> io::Result<()> {
    let Some(many) = it.many() else {
        return hanging(out, &format!("  {:<30}  ", it.rules[0]), answer);
    };
    hanging(out, &format!("  {many:<30}  "), &format!("{answer}:"))?;
    hanging(out, &format!("{:ASIDE$}", ""), &it.rules.join(", "))
}

fn gaps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if !report.gaps.is_empty() {
        heading(out, "Could not be looked at")?;
        for gap in &report.gaps {
            hanging(out, &format!("  {:<30}  ", gap.source), &phrases::gap(gap))?;
        }
    }
    if !report.refused.is_empty() {
        heading(out, "Refused calls")?;
        for it in &report.refused {
            hanging(
                out,
                &format!("  {:<19}  ", words::at(it.time)),
                &cited(&phrases::refused(it), Some(it.record)),
            )?;
            if let Some(meaning) = it.meaning {
                hanging(out, "                       = ", meaning)?;
            }
        }
    }
    let unknown = &report.not_understood;
    if unknown.lines > 0 {
        heading(out, "Platform lines not understood")?;
        paragraph(out, "  ", &phrases::not_understood(report))?;
        for line in &unknown.samples {
            log_line(out, line)?;
        }
    }
    Ok(())
}

fn footer(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Bundle")?;
    pairs(out, phrases::bundle(report))?;
    let analyzer = format!("{}; times are UTC; #n is a record", phrases::ANALYZER);
    pair(out, "analyzer", &analyzer)
}

fn heading(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{HEADING}{text}{HEADING:#}")
}

fn pairs(out: &mut dyn Write, pairs: Vec<Pair>) -> io::Result<()> {
    for it in pairs {
        let text = match &it.quote {
            Some(quote) => format!("{} {quote}", it.text),
            None => it.text,
        };
        pair(out, it.name, &cited(&text, it.record))?;
    }
    Ok(())
}

fn pair(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    hanging(out, &format!("  {name:<15} "), value)
}

fn log_line(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    hanging(
        out,
        &format!("  {:<19}  ", words::at(line.time)),
        &cited(&line.text, Some(line.record)),
    )
}

/// A text with the record that shows it.
fn cited(text: &str, record: Option<u64>) -> String {
    match record {
        Some(record) => format!("{text} #{record}"),
        None => text.to_owned(),
    }
}

fn paragraph(out: &mut dyn Write, indent: &str, text: &str) -> io::Result<()> {
    hanging(out, indent, text)
}

/// Text after `front`, with the further lines as far in as the first. Where the front, which may
/// be a stranger's name, leaves little room, the text begins on the next line.
fn hanging(out: &mut dyn Write, front: &str, text: &str) -> io::Result<()> {
    let front = visible(front);
    let mut indent = front.chars().count();
    let mut lines = Vec::new();
    if indent > WIDTH / 2 {
        lines.extend(
            wrapped(front.trim(), WIDTH - 2)
                .iter()
                .map(|line| format!("  {line}")),
        );
        indent = ASIDE;
        lines.extend(
            wrapped(text, WIDTH - indent)
                .iter()
                .map(|line| format!("{:indent$}{line}", "")),
        );
    } else {
        for line in wrapped(text, WIDTH - indent) {
            lines.push(match lines.is_empty() {
                true => format!("{front}{line}"),
                false => format!("{:indent$}{line}", ""),
            });
        }
    }
    for line in lines {
        writeln!(out, "{}", no_command(&line))?;
    }
    Ok(())
}

/// A line of text that does not look like a command of ours. What a stranger wrote may have a
/// dollar sign where the line is broken.
fn no_command(line: &str) -> String {
    let text = line.trim_start();
    if !text.starts_with('$') {
        return line.to_owned();
    }
    format!("{}\\{text}", &line[..line.len() - text.len()])
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
    fn a_name_without_room_behind_it_has_its_text_below() {
        let mut out = Vec::new();
        hanging(&mut out, &format!("  {}  ", "name".repeat(70)), "denied").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
        assert_eq!(
            text.lines().last(),
            Some(format!("{:ASIDE$}denied", "").as_str())
        );
    }

    #[test]
    fn text_does_not_pose_as_a_command() {
        let mut out = Vec::new();
        paragraph(&mut out, "  ", &format!("{} $ reboot", "x".repeat(97))).unwrap();
        hanging(&mut out, "  $ source  ", "failed").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\n  \\$ reboot\n  \\$ source"), "{text}");
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
