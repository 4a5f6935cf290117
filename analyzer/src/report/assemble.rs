//! Puts a report together from the evidence.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use evidence_schema::{Coverage, Interval, Status, read::DigestCheck, record::ServiceStatus};

use super::{
    BundleFacts, Count, DeploymentFacts, FindingFacts, Gap, LeadFacts, Line, LinkFacts,
    NotApplicable, NotUnderstood, Proof, QuarantinedFacts, RedactionFacts, Refused, Report,
    RuledOut, ServiceFacts, ToldFacts, TopicFacts, Undecided, Verdict, VerdictKind, bounds,
    command,
};
use crate::{
    attempt::{Attempt, PlatformLine},
    correlation,
    evidence::{Case, Evidence, LogText, Why},
    finding::{Role, Step, Strength},
    message,
    ranking::{self, Diagnosis, Ranked, Standing},
    rules::About,
    words,
};

/// How many refused calls are shown.
const REFUSED: usize = 8;

/// Analyzes the evidence.
pub fn assemble(evidence: &Evidence) -> Report {
    let subject = evidence.subject();
    let diagnosis = subject.map(|(attempt, _)| ranking::diagnose(evidence, attempt));
    let verdict = verdict(evidence, subject, diagnosis.as_ref());
    let service = evidence.service.as_ref();
    let target = &evidence.manifest.target;

    let mut report = Report {
        redaction: redaction(evidence),
        service: ServiceFacts {
            name: target.service_name.clone(),
            arn: target.service_arn.clone(),
            account: target.account.clone(),
            region: target.region.clone(),
            status: service.map(|service| service.fact.status.to_string()),
        },
        verdict,
        deployment: subject.map(|(attempt, _)| deployment(attempt)),
        findings: vec![],
        chain: vec![],
        change_note: None,
        topics: vec![],
        false_leads: vec![],
        ruled_out: vec![],
        undecided: vec![],
        collect_again: None,
        not_applicable: vec![],
        gaps: gaps(evidence),
        refused: refused(evidence, subject.map(|(attempt, _)| attempt)),
        not_understood: NotUnderstood {
            lines: evidence.platform.unknown,
            of: evidence.platform.lines,
            samples: evidence.platform.samples.iter().map(text_line).collect(),
        },
        counts: [24, 24 * 30]
            .into_iter()
            .map(|hours| {
                let (begun, failed) = evidence.deployments_in(TimeDelta::hours(hours));
                Count {
                    hours,
                    begun,
                    failed,
                }
            })
            .collect(),
        left_off: vec![],
        bundle: bundle(evidence),
    };
    if let (Some(diagnosis), Some((attempt, _))) = (diagnosis, subject) {
        report.topics = correlation::topics(Case { evidence, attempt })
            .into_iter()
            .map(topic)
            .collect();
        take(&mut report, diagnosis, evidence.window(attempt));
        if report.verdict.kind == VerdictKind::Recovered {
            // Whoever mended it knows how; nothing is left to do.
            report.findings.iter_mut().for_each(|finding| {
                finding.fix.clear();
                if finding.title == "Cause" {
                    finding.title = "Cause of the earlier failure";
                }
            });
        }
    }
    bounds::bound(&mut report);
    report
}

fn take(report: &mut Report, diagnosis: Diagnosis, window: Interval) {
    report.findings = diagnosis.findings.iter().map(finding).collect();
    report.chain = diagnosis
        .chain
        .into_iter()
        .map(|link| LinkFacts {
            part: link.part,
            time: link.time,
            text: link.text,
            record: (link.record > 0).then_some(link.record),
        })
        .collect();
    report.change_note = diagnosis.change.none_because;
    report.false_leads = diagnosis
        .false_leads
        .into_iter()
        .map(|lead| LeadFacts {
            line: Line {
                record: lead.record,
                time: lead.time,
                text: lead.line,
            },
            reason: lead.reason,
        })
        .collect();
    let mut gaps = BTreeSet::new();
    for (rule, verdict) in diagnosis.others {
        match verdict {
            ranking::Verdict::Found(_) => {}
            ranking::Verdict::Cleared(cleared) => report.ruled_out.push(RuledOut {
                rule: rule.id,
                reason: cleared.reason,
                record: cleared.by.map(|(record, _)| record),
                time: cleared.by.and_then(|(_, time)| time),
                looked_at: cleared.by.is_none().then_some(window),
            }),
            ranking::Verdict::Inconclusive(missing) => {
                // AWS Health does not answer without a support plan, however often it is asked.
                let hopeless = missing.why == Why::Failed && missing.source == "health";
                if missing.is_gap() && !hopeless {
                    gaps.insert(missing.source.clone());
                }
                report.undecided.push(Undecided {
                    rule: rule.id,
                    reason: missing.sentence(),
                    source: missing.source,
                    permission: missing.permission,
                });
            }
            ranking::Verdict::NotApplicable(reason) => report.not_applicable.push(NotApplicable {
                rule: rule.id,
                reason,
            }),
        }
    }
    report.collect_again = collect_again(report, &gaps);
}

/// A collection of what was missing for rules that could not decide.
fn collect_again(report: &Report, gaps: &BTreeSet<String>) -> Option<Step> {
    let asked: Vec<&str> = gaps.iter().map(String::as_str).collect();
    if asked.is_empty() {
        return None;
    }
    let sources = asked.join(",");
    let mut words = vec![
        "apprunner-collector",
        "collect",
        "--service",
        &report.service.name,
        "--region",
        &report.service.region,
        "--sources",
        &sources,
    ];
    // The checkout is on somebody's machine and not in the account.
    if gaps.contains("source-files") {
        words.extend(["--source-dir", "."]);
    }
    Some(command::checked(Step::command(&words)))
}

fn topic(topic: correlation::Topic) -> TopicFacts {
    TopicFacts {
        id: topic.id,
        title: topic.title,
        told: topic
            .told
            .into_iter()
            .map(|told| ToldFacts {
                time: told.time,
                text: told.text,
                record: (told.record > 0).then_some(told.record),
                digest: told.digest,
            })
            .collect(),
    }
}

fn finding(ranked: &Ranked) -> FindingFacts {
    let finding = &ranked.finding;
    FindingFacts {
        rule: ranked.rule.id,
        title: match (ranked.standing, finding.role) {
            (Standing::Cause, Role::Cause | Role::Mechanism) => "Cause",
            (Standing::Cause, _) => "What is known",
            (Standing::RunnerUp, _) => "Also possible",
            (Standing::Explained, _) => "Explained by it",
        },
        standing: match ranked.standing {
            Standing::Cause => "cause",
            Standing::RunnerUp => "runner_up",
            Standing::Explained => "explained",
        },
        summary: finding.summary.clone(),
        severity: ranked.rule.severity,
        strength: finding.strength(),
        role: finding.role,
        proof: finding
            .citations()
            .iter()
            .map(|citation| Proof {
                record: (citation.record > 0).then_some(citation.record),
                time: citation.time,
                shows: citation.shows.clone(),
                quote: citation.quote.clone(),
            })
            .collect(),
        excerpt: finding.excerpt.iter().map(text_line).collect(),
        fix: finding.fix.clone(),
        confirm: finding.confirm.clone(),
    }
}

fn verdict(
    evidence: &Evidence,
    subject: Option<(&Attempt, Option<&Attempt>)>,
    diagnosis: Option<&Diagnosis>,
) -> Verdict {
    let say = |kind, sentence: String| Verdict { kind, sentence };
    let (Some((attempt, later)), Some(diagnosis)) = (subject, diagnosis) else {
        return without_failure(evidence);
    };
    let name = &evidence.manifest.target.service_name;
    let noun = attempt.noun();
    let at = words::at(attempt.started);
    let cause = diagnosis.findings.first();
    if let Some(later) = later {
        let was = match cause {
            Some(cause) => lower_start(&cause.finding.summary),
            None => "why it failed is not known".to_owned(),
        };
        return say(
            VerdictKind::Recovered,
            format!(
                "Nothing is wrong with {name} now: the {} of {} succeeded. The {noun} of {at} \
                 failed before it: {was}.",
                later.noun(),
                words::at(later.started)
            ),
        );
    }
    let decisive = cause.filter(|cause| {
        // What is only not contradicted is worth to be told, and no verdict.
        let sure = matches!(cause.finding.role, Role::Cause | Role::Mechanism)
            && cause.finding.strength() != Strength::ConsistentWith;
        (sure && !is_hidden(diagnosis, cause)) || all_decided(diagnosis)
    });
    match (decisive, attempt.running()) {
        (Some(cause), _) if cause.finding.role == Role::Consequence => say(
            VerdictKind::CauseFound,
            format!(
                "{}, and nothing that was collected says why.",
                cause.finding.summary
            ),
        ),
        (Some(cause), _) => say(
            VerdictKind::CauseFound,
            format!(
                "The {noun} of {name} on {at} {}: {}.",
                attempt.outcome.as_str(),
                lower_start(&cause.finding.summary)
            ),
        ),
        (None, true) => say(
            VerdictKind::InProgress,
            format!(
                "The {noun} of {name} on {at} is under way, and nothing speaks against it so far."
            ),
        ),
        (None, false) => {
            let seen = match cause {
                Some(cause)
                    if cause.rule.about == About::Call
                        && cause.finding.role == Role::Consequence =>
                {
                    format!(
                        "why is hidden by what is missing below, and since then {}",
                        lower_start(&cause.finding.summary)
                    )
                }
                Some(cause) => format!(
                    "{}, but what is missing below keeps the reason hidden",
                    lower_start(&cause.finding.summary)
                ),
                None if diagnosis.others.iter().any(|(_, verdict)| is_gap(verdict)) => {
                    "why cannot be decided without what is missing below".to_owned()
                }
                None => "none of the known causes fits what was collected".to_owned(),
            };
            say(
                VerdictKind::Undecided,
                format!(
                    "The {noun} of {name} on {at} {}; {seen}.",
                    attempt.outcome.as_str()
                ),
            )
        }
    }
}

fn is_gap(verdict: &ranking::Verdict) -> bool {
    matches!(verdict, ranking::Verdict::Inconclusive(_))
}

/// Whether something that could not be looked at may be what brought the finding about, so that it is
/// only how the deployment failed.
fn is_hidden(diagnosis: &Diagnosis, cause: &Ranked) -> bool {
    diagnosis
        .others
        .iter()
        .any(|(rule, verdict)| match verdict {
            ranking::Verdict::Inconclusive(missing) => {
                missing.is_gap() && rule.explains(cause.rule)
            }
            _ => false,
        })
}

/// Whether no rule had to leave its question open.
fn all_decided(diagnosis: &Diagnosis) -> bool {
    !diagnosis.others.iter().any(|(_, verdict)| is_gap(verdict))
}

fn without_failure(evidence: &Evidence) -> Verdict {
    let name = &evidence.manifest.target.service_name;
    let say = |kind, sentence: String| Verdict { kind, sentence };
    let status = evidence
        .service
        .as_ref()
        .map(|service| &service.fact.status);
    let newest = evidence.attempts.last();
    if matches!(
        status,
        Some(ServiceStatus::CreateFailed | ServiceStatus::DeleteFailed)
    ) {
        return say(
            VerdictKind::Undecided,
            format!(
                "{name} says {}, but the bundle has no deployment that failed.",
                status.map(ToString::to_string).unwrap_or_default()
            ),
        );
    }
    match newest {
        Some(newest) if newest.succeeded() => say(
            VerdictKind::Healthy,
            format!(
                "Nothing is wrong with {name}: its newest {}, on {}, succeeded.",
                newest.noun(),
                words::at(newest.started)
            ),
        ),
        Some(newest) => say(
            VerdictKind::Undecided,
            format!(
                "How the {} of {name} on {} ended is not known.",
                newest.noun(),
                words::at(newest.started)
            ),
        ),
        None => match evidence.ledger.looked("operations", None, None) {
            Ok(_) => say(
                VerdictKind::Healthy,
                format!("Nothing is wrong with {name}: it has no deployment that failed."),
            ),
            Err(missing) => say(
                VerdictKind::Undecided,
                format!(
                    "Whether a deployment of {name} failed is not known: {}.",
                    missing.sentence()
                ),
            ),
        },
    }
}

/// A sentence to go on with, unless it begins with a name.
fn lower_start(text: &str) -> String {
    if text.starts_with("App Runner") {
        return text.to_owned();
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn deployment(attempt: &Attempt) -> DeploymentFacts {
    DeploymentFacts {
        id: attempt.id.clone(),
        noun: attempt.noun(),
        outcome: attempt.outcome.as_str(),
        started: attempt.started,
        ended: attempt.ended,
        phase: attempt.phase().as_str(),
        last_success: attempt.last_success().map(platform_line),
        record: attempt.record,
        application_lines: attempt.application.lines.count(),
    }
}

fn platform_line(line: &PlatformLine) -> Line {
    Line {
        record: line.record,
        time: line.time,
        text: line.text.clone(),
    }
}

fn text_line(line: &LogText) -> Line {
    Line {
        record: line.record,
        time: line.time,
        text: line.text.clone(),
    }
}

fn gaps(evidence: &Evidence) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = evidence
        .ledger
        .entries
        .iter()
        .filter(|entry| {
            !matches!(
                entry.status,
                Status::Complete | Status::Absent | Status::NotAsked
            )
        })
        .map(gap)
        .collect();
    if let Some(cut) = &evidence.cut {
        gaps.insert(
            0,
            Gap {
                source: "bundle".to_owned(),
                subject: None,
                status: "cut",
                reason: format!(
                    "the file ends after record {}: {}; ask for it to be sent again",
                    cut.after_records, cut.cause
                ),
                permission: None,
            },
        );
    }
    if evidence.platform.dropped > 0 {
        gaps.push(Gap {
            source: "service-log".to_owned(),
            subject: None,
            status: "truncated",
            reason: format!(
                "{} lines of the platform were not kept by the analyzer",
                evidence.platform.dropped
            ),
            permission: None,
        });
    }
    gaps
}

fn gap(entry: &Coverage) -> Gap {
    let mut reason = match &entry.error {
        Some(error) => format!("{}: {}", error.code, error.message),
        None => String::new(),
    };
    if let Some(note) = &entry.note {
        if !reason.is_empty() {
            reason.push_str("; ");
        }
        reason.push_str(note);
    }
    if reason.is_empty() {
        reason.push_str("no reason is given");
    }
    Gap {
        source: entry.source.clone(),
        subject: entry.subject.clone(),
        status: match entry.status {
            Status::Complete => "complete",
            Status::Partial => "partial",
            Status::Truncated => "truncated",
            Status::Denied => "denied",
            Status::Throttled => "throttled",
            Status::Failed => "failed",
            Status::Absent => "absent",
            Status::NotAsked => "not_asked",
        },
        reason,
        permission: entry.permission.clone(),
    }
}

/// Refused calls of the last day before the deployment ended, or before the collection.
fn refused(evidence: &Evidence, attempt: Option<&Attempt>) -> Vec<Refused> {
    let until = attempt.map_or(evidence.now(), |attempt| {
        Case { evidence, attempt }.window().to.max(evidence.now())
    });
    let from = words::before(
        attempt.map_or(evidence.now(), |attempt| attempt.started),
        TimeDelta::hours(24),
    );
    let mut refused: Vec<Refused> = evidence
        .changes
        .iter()
        .filter(|change| change.fact.event_source.starts_with("apprunner."))
        .filter(|change| change.fact.read_only != Some(true))
        .filter(|change| from <= change.fact.time && change.fact.time <= until)
        .filter_map(|change| {
            let code = change.fact.error_code.as_ref()?;
            let text = change.fact.error_message.clone().unwrap_or_default();
            Some(Refused {
                record: change.record,
                time: change.fact.time,
                call: change.fact.event_name.clone(),
                meaning: message::refusal(code, &text).map(|refusal| refusal.meaning),
                message: format!("{code}: {text}"),
            })
        })
        .collect();
    let extra = refused.len().saturating_sub(REFUSED);
    refused.drain(..extra);
    refused
}

fn redaction(evidence: &Evidence) -> RedactionFacts {
    let redaction = &evidence.manifest.redaction;
    // A stranger's numbers need not add up to one that fits.
    let sum = |counts: &BTreeMap<String, u64>| {
        counts
            .values()
            .fold(0_u64, |sum, count| sum.saturating_add(*count))
    };
    RedactionFacts {
        marking: redaction.marking(),
        environment_values_withheld: redaction.environment_values_withheld,
        known_values: redaction.known_values,
        email_addresses: redaction.email_addresses,
        replaced: sum(&redaction.replaced),
        replaced_by: redaction
            .replaced
            .iter()
            .map(|(detector, count)| (detector.clone(), *count))
            .collect(),
        leak_scan: redaction.quarantined.as_ref().map(sum),
        quarantined: evidence
            .quarantined
            .iter()
            .map(|((of_kind, reason), records)| QuarantinedFacts {
                of_kind: of_kind.clone(),
                reason: *reason,
                records: *records,
            })
            .collect(),
        pseudonyms: redaction.pseudonyms.map(|it| it.total()),
        again: redaction
            .again
            .iter()
            .map(|tool| format!("{} {}", tool.name, tool.version))
            .collect(),
    }
}

fn bundle(evidence: &Evidence) -> BundleFacts {
    let manifest = &evidence.manifest;
    BundleFacts {
        written_by: format!("{} {}", manifest.tool.name, manifest.tool.version),
        collected_at: manifest.collected_at,
        clock_off: manifest
            .clock
            .filter(|it| it.is_off())
            .map(|it| it.aws_ahead_seconds),
        run_id: manifest.run_id.clone(),
        extended: manifest.windows.extended,
        incidents: manifest.windows.incidents.clone(),
        records: evidence.records,
        digest: match evidence.digest {
            DigestCheck::Verified => "verified",
            DigestCheck::Mismatch => "mismatch",
            DigestCheck::Missing => "missing",
        },
        cut: evidence
            .cut
            .as_ref()
            .map(|cut| format!("after record {}: {}", cut.after_records, cut.cause)),
        unknown_kinds: evidence
            .unknown_kinds
            .iter()
            .map(|(kind, count)| (kind.clone(), *count))
            .collect(),
        unreadable: evidence.unreadable.0,
    }
}
