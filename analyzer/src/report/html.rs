//! The report as one page that needs nothing else: no script, no font, no picture, no address.
//!
//! The policy in its head keeps a browser from fetching or running anything, should markup of a
//! stranger ever get through.

use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    FindingFacts, Line, Report, VerdictKind,
    escape::html::{Shown, prose},
    folded::{Answer, Folded, folded},
    format::Format,
    phrases::{self, Pair},
    shell,
};
use crate::{finding::Step, words};

/// As `--format` names it.
pub const FORMAT: Format = Format {
    id: "html",
    summary: "One page for a browser, without anything to load",
    write,
};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
const STYLE: &str = include_str!("html.css");

/// Writes the report.
///
/// # Errors
///
/// When `out` does not take the text.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(report).into_string().as_bytes())?;
    out.write_all(b"\n")
}

fn page(report: &Report) -> Markup {
    let (class, answer) = match report.verdict.kind {
        VerdictKind::Healthy => ("good", "Nothing wrong"),
        VerdictKind::Recovered => ("good", "Recovered"),
        VerdictKind::InProgress => ("good", "In progress"),
        VerdictKind::CauseFound => ("bad", "Cause found"),
        VerdictKind::Undecided => ("open", "Undecided"),
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (Shown(&report.service.name)) ": " (answer) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p class=(if phrases::warns(report) { "marking warns" } else { "marking" }) {
                    (Shown(&phrases::marking(report)))
                }
                main {
                    header {
                        h1 { "App Runner deployment report" }
                        p class={ "answer " (class) } { (answer) }
                        p class="verdict" { (prose(&report.verdict.sentence)) }
                        (pairs(phrases::service(report)))
                    }
                    @for finding in &report.findings {
                        @match finding.standing {
                            "cause" => (cause(report, finding)),
                            "runner_up" => (runner_up(finding)),
                            _ => {}
                        }
                    }
                    @if report.findings.is_empty() { (chain(report)) }
                    (topics(report))
                    (false_leads(report))
                    (others(report))
                    (gaps(report))
                    section {
                        h2 { "Bundle" }
                        (pairs(phrases::bundle(report)))
                    }
                }
                footer { (phrases::ANALYZER) "; times are UTC; #n is a record of the bundle" }
            }
        }
    }
}

fn cause(report: &Report, finding: &FindingFacts) -> Markup {
    html! {
        section class="cause" {
            h2 { (finding.title) }
            (summary(finding))
            h3 { "Proof" }
            (proof(finding))
            @if !finding.excerpt.is_empty() {
                h3 { "Lines before it ended" }
                // A keyboard can scroll only what it can reach.
                pre tabindex="0" {
                    code {
                        @for line in &finding.excerpt {
                            span class="time" { (words::clock(line.time)) } " "
                            (Shown(&line.text)) (record(Some(line.record))) "\n"
                        }
                    }
                }
            }
        }
        (chain(report))
        @if !finding.fix.is_empty() {
            section {
                h2 { "Fix" }
                @for step in &finding.fix {
                    @match step {
                        Step::Text(text) => p { (prose(text)) },
                        Step::Command(words) => (offered(words)),
                    }
                }
            }
        }
    }
}

/// A command that can be run as it stands.
fn offered(words: &[String]) -> Markup {
    html! {
        pre class="command" tabindex="0" {
            // Words of their own, so that an option is not broken at its hyphens.
            code {
                @for (index, word) in shell(words).iter().enumerate() {
                    @if index > 0 { " " }
                    span { (Shown(word)) }
                }
            }
        }
    }
}

fn runner_up(finding: &FindingFacts) -> Markup {
    html! {
        section {
            h2 { (finding.title) }
            (summary(finding))
            (proof(finding))
            @if let Some(confirm) = &finding.confirm {
                p { "What would tell it apart: " (prose(confirm)) "." }
            }
        }
    }
}

fn summary(finding: &FindingFacts) -> Markup {
    html! {
        p class="summary" { (prose(&finding.summary)) }
        p class="weight" { code { (finding.rule) } " · " (phrases::weight(finding)) }
    }
}

fn proof(finding: &FindingFacts) -> Markup {
    html! {
        ul class="events" {
            @for proof in &finding.proof {
                li {
                    (time(proof.time))
                    div {
                        (cited(&proof.shows, proof.record))
                        @if let Some(quote) = &proof.quote { p { (log_text(quote)) } }
                    }
                }
            }
        }
    }
}

fn chain(report: &Report) -> Markup {
    if report.chain.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "What happened" }
            ol class="events chain" {
                @if let Some(note) = &report.change_note {
                    li {
                        (time(None))
                        span class="part change" { "change" }
                        div { (prose(note)) }
                    }
                }
                @for link in &report.chain {
                    li {
                        (time(link.time))
                        span class={ "part " (link.part) } { (link.part) }
                        div { (cited(&link.text, link.record)) }
                    }
                }
            }
        }
    }
}

fn topics(report: &Report) -> Markup {
    html! {
        @for topic in &report.topics {
            section {
                h2 { (topic.title) }
                ul class="events" {
                    @for told in &topic.told {
                        li {
                            (time(told.time))
                            div { (cited(&told.text, told.record)) }
                        }
                    }
                }
            }
        }
    }
}

fn false_leads(report: &Report) -> Markup {
    if report.false_leads.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "False leads" }
            ul class="events" {
                @for lead in &report.false_leads {
                    li {
                        (time(Some(lead.line.time)))
                        div {
                            (log_text(&lead.line.text)) (record(Some(lead.line.record)))
                            p { (prose(&lead.reason)) }
                        }
                    }
                }
            }
        }
    }
}

fn others(report: &Report) -> Markup {
    let ruled_out = |it: &super::RuledOut| {
        html! {
            (prose(&it.reason))
            @if let Some(at) = phrases::ruled_out_at(it) {
                " " span class="time" { "(" (at) ")" }
            }
            (record(it.record))
        }
    };
    html! {
        (answered("Ruled out", &report.ruled_out, ruled_out))
        (answered("Could not be decided", &report.undecided, |it| prose(&it.reason)))
        @match &report.collect_again {
            Some(Step::Command(words)) => {
                p { "To see what is missing:" }
                (offered(words))
            }
            Some(Step::Text(text)) => { p { (prose(text)) } }
            None => {}
        }
        (answered("Not applicable", &report.not_applicable, |it| prose(&it.reason)))
    }
}

/// A section with a row for each answer, if there are any; where many rules have one, how many
/// stands beside it and below it which.
fn answered<T: Answer>(title: &str, answers: &[T], told: impl Fn(&T) -> Markup) -> Markup {
    let row = |it: &Folded<'_, T>| match it.many() {
        None => html! { dt { code { (it.rules[0]) } } dd { (told(it.answer)) } },
        Some(many) => html! {
            dt { (many) }
            dd {
                (told(it.answer))
                p class="rules" { @for rule in &it.rules { code { (rule) } " " } }
            }
        },
    };
    html! {
        @if !answers.is_empty() {
            section {
                h2 { (title) }
                dl { @for it in folded(answers) { div { (row(&it)) } } }
            }
        }
    }
}

fn gaps(report: &Report) -> Markup {
    html! {
        @if !report.gaps.is_empty() {
            section {
                h2 { "Could not be looked at" }
                dl {
                    @for gap in &report.gaps {
                        div { dt { (Shown(&gap.source)) } dd { (prose(&phrases::gap(gap))) } }
                    }
                }
            }
        }
        @if !report.refused.is_empty() {
            section {
                h2 { "Refused calls" }
                ul class="events" {
                    @for it in &report.refused {
                        li {
                            (time(Some(it.time)))
                            div {
                                (cited(&phrases::refused(it), Some(it.record)))
                                @if let Some(meaning) = it.meaning { p { (prose(meaning)) } }
                            }
                        }
                    }
                }
            }
        }
        @if report.not_understood.lines > 0 {
            section {
                h2 { "Platform lines not understood" }
                p { (phrases::not_understood(report)) }
                ul class="events" {
                    @for line in &report.not_understood.samples { (log_item(line)) }
                }
            }
        }
    }
}

fn log_item(line: &Line) -> Markup {
    html! {
        li {
            (time(Some(line.time)))
            div { (log_text(&line.text)) (record(Some(line.record))) }
        }
    }
}

fn pairs(pairs: Vec<Pair>) -> Markup {
    html! {
        dl {
            @for it in pairs {
                div {
                    dt { (it.name) }
                    dd {
                        (prose(&it.text))
                        @if let Some(quote) = &it.quote { " " (log_text(quote)) }
                        (record(it.record))
                    }
                }
            }
        }
    }
}

/// A line of a log, as it was written.
fn log_text(text: &str) -> Markup {
    html! { code class="log" { (Shown(text)) } }
}

/// A sentence with the record that shows it.
fn cited(text: &str, id: Option<u64>) -> Markup {
    html! { (prose(text)) (record(id)) }
}

fn record(id: Option<u64>) -> Markup {
    html! {
        @if let Some(id) = id { " " span class="record" { "#" (id) } }
    }
}

fn time(time: Option<evidence_schema::Time>) -> Markup {
    html! {
        span class="time" { (phrases::time(time)) }
    }
}
