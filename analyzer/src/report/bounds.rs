//! How much of a bundle a report repeats.
//!
//! A bundle comes from strangers: a name in it may have megabytes, a ledger a hundred thousand
//! entries. What is left away is counted, so that nothing is lost without a word.

use super::{FindingFacts, LeftOff, Line, Report, command};
use crate::{finding::Step, words};

/// The longest text that is shown. Log lines were shortened further when they were read.
const TEXT: usize = 2_000;

/// The longest name that is shown: it stands in many places.
const NAME: usize = 300;

/// How many items of a list are shown.
const LIST: usize = 100;

/// How many items are shown of a list that is told in a sentence.
const SENTENCE: usize = 20;

/// Shortens what is too long, and checks the commands.
pub(super) fn bound(report: &mut Report) {
    // Before the texts are shortened, so that no command is given with half a name.
    for finding in &mut report.findings {
        let steps = std::mem::take(&mut finding.fix);
        finding.fix = steps.into_iter().map(command::checked).collect();
    }
    lists(report);
    texts(report);
}

fn lists(report: &mut Report) {
    let mut left_off = Vec::new();
    let mut proof = 0;
    let mut excerpt = 0;
    for finding in &mut report.findings {
        proof += cut(&mut finding.proof, LIST);
        excerpt += cut(&mut finding.excerpt, LIST);
    }
    let mut told = 0;
    for topic in &mut report.topics {
        told += cut(&mut topic.told, LIST);
    }
    for (what, count) in [
        ("citations", proof),
        ("lines of excerpts", excerpt),
        ("links of the chain", cut(&mut report.chain, LIST)),
        ("lines of what surrounds it", told),
        ("false leads", cut(&mut report.false_leads, LIST)),
        (
            "sources that could not be looked at",
            cut(&mut report.gaps, LIST),
        ),
        (
            "incident windows",
            cut(&mut report.bundle.incidents, SENTENCE),
        ),
        (
            "unknown kinds of records",
            cut(&mut report.bundle.unknown_kinds, SENTENCE),
        ),
        (
            "detectors",
            cut(&mut report.redaction.replaced_by, SENTENCE),
        ),
        (
            "kinds of quarantined records",
            cut(&mut report.redaction.quarantined, SENTENCE),
        ),
        (
            "programs that redacted again",
            cut(&mut report.redaction.again, SENTENCE),
        ),
    ] {
        if count > 0 {
            left_off.push(LeftOff { what, count });
        }
    }
    report.left_off = left_off;
}

/// Keeps the first `limit` items, and counts the others.
fn cut<T>(items: &mut Vec<T>, limit: usize) -> u64 {
    let more = items.len().saturating_sub(limit);
    items.truncate(limit);
    more as u64
}

fn texts(report: &mut Report) {
    let service = &mut report.service;
    for name in [
        &mut service.name,
        &mut service.arn,
        &mut service.account,
        &mut service.region,
    ] {
        shorten(name, NAME);
    }
    shorten_if(&mut service.status, NAME);
    shorten(&mut report.verdict.sentence, TEXT);
    if let Some(deployment) = &mut report.deployment {
        shorten_if(&mut deployment.id, NAME);
        deployment.last_success.iter_mut().for_each(line);
    }
    report.findings.iter_mut().for_each(finding);
    for link in &mut report.chain {
        shorten(&mut link.text, TEXT);
    }
    shorten_if(&mut report.change_note, TEXT);
    for told in report.topics.iter_mut().flat_map(|it| &mut it.told) {
        shorten(&mut told.text, TEXT);
        if let Some(digest) = &mut told.digest {
            shorten(digest, NAME);
        }
    }
    for lead in &mut report.false_leads {
        line(&mut lead.line);
        shorten(&mut lead.reason, TEXT);
    }
    for it in &mut report.ruled_out {
        shorten(&mut it.reason, TEXT);
    }
    for it in &mut report.undecided {
        shorten(&mut it.reason, TEXT);
        shorten(&mut it.source, NAME);
        shorten_if(&mut it.permission, NAME);
    }
    for it in &mut report.not_applicable {
        shorten(&mut it.reason, TEXT);
    }
    for gap in &mut report.gaps {
        shorten(&mut gap.source, NAME);
        shorten_if(&mut gap.subject, NAME);
        shorten(&mut gap.reason, TEXT);
        shorten_if(&mut gap.permission, NAME);
    }
    for it in &mut report.refused {
        shorten(&mut it.call, NAME);
        shorten(&mut it.message, TEXT);
    }
    report.not_understood.samples.iter_mut().for_each(line);
    let bundle = &mut report.bundle;
    shorten(&mut bundle.written_by, NAME);
    shorten(&mut bundle.run_id, NAME);
    shorten_if(&mut bundle.cut, TEXT);
    for (kind, _) in &mut bundle.unknown_kinds {
        shorten(kind, NAME);
    }
    let redaction = &mut report.redaction;
    for (detector, _) in &mut redaction.replaced_by {
        shorten(detector, NAME);
    }
    for it in &mut redaction.quarantined {
        shorten(&mut it.of_kind, NAME);
    }
    for tool in &mut redaction.again {
        shorten(tool, NAME);
    }
}

fn finding(finding: &mut FindingFacts) {
    shorten(&mut finding.summary, TEXT);
    for proof in &mut finding.proof {
        shorten(&mut proof.shows, TEXT);
        shorten_if(&mut proof.quote, TEXT);
    }
    finding.excerpt.iter_mut().for_each(line);
    for step in &mut finding.fix {
        if let Step::Text(text) = step {
            shorten(text, TEXT);
        }
    }
    shorten_if(&mut finding.confirm, TEXT);
}

fn line(line: &mut Line) {
    shorten(&mut line.text, TEXT);
}

fn shorten(text: &mut String, limit: usize) {
    // Counting letters is slower than comparing sizes, and a short text is the rule.
    if text.len() > limit && text.chars().nth(limit).is_some() {
        *text = words::shortened(text, limit);
    }
}

fn shorten_if(text: &mut Option<String>, limit: usize) {
    if let Some(text) = text {
        shorten(text, limit);
    }
}
