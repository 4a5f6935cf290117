//! From the answers of the rules to one chain: change, mechanism, symptom, consequence.

mod changes;
mod leads;
mod trial;

use evidence_schema::Time;

pub use self::{
    changes::{Explanation, Suspect},
    leads::{FalseLead, Lead},
};
use crate::{
    attempt::{Attempt, Outcome},
    evidence::{Case, Evidence, Missing},
    finding::{Answer, Cleared, Finding, Role, Strength},
    rules::{self, About, Rule},
};

/// What became of one rule.
pub enum Verdict {
    /// It is so.
    Found(Box<Finding>),
    /// It is not so.
    Cleared(Cleared),
    /// We could not look, or what was seen does not decide.
    Inconclusive(Missing),
    /// The question does not arise.
    NotApplicable(String),
}

/// Where a finding stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing that was found explains it, and nothing is better founded.
    Cause,
    /// Nothing that was found explains it either.
    RunnerUp,
    /// Another finding explains it.
    Explained,
}

/// A finding in its place.
pub struct Ranked {
    /// The rule.
    pub rule: &'static Rule,
    /// What it found.
    pub finding: Box<Finding>,
    /// Where it stands.
    pub standing: Standing,
}

/// A link of the chain of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is: `change`, `cause`, `mechanism`, `symptom`, `consequence`.
    pub part: &'static str,
    /// When.
    pub time: Option<Time>,
    /// What happened.
    pub text: String,
    /// The record that shows it; 0 for what the ledger says.
    pub record: u64,
}

/// What was found about one deployment.
pub struct Diagnosis {
    /// Findings, the cause first, then the runners-up, then what they explain.
    pub findings: Vec<Ranked>,
    /// What became of the other rules, in the order of the registry.
    pub others: Vec<(&'static Rule, Verdict)>,
    /// What happened, in order.
    pub chain: Vec<Link>,
    /// The change that may have brought the cause.
    pub change: Explanation,
    /// Lines that point somewhere else, and why not to follow them.
    pub false_leads: Vec<FalseLead>,
}

/// Asks every rule about `attempt` and puts the answers in order.
pub fn diagnose(evidence: &Evidence, attempt: &Attempt) -> Diagnosis {
    let case = Case { evidence, attempt };
    let mut found: Vec<(&'static Rule, Box<Finding>)> = Vec::new();
    let mut others = Vec::new();
    for rule in rules::ALL {
        let answer = match (rule.about, attempt.refusal.is_some()) {
            (About::Deployment, true) => Ok(Answer::NotApplicable(
                "App Runner refused the call, so no deployment began".to_owned(),
            )),
            (About::Call, false) if case.refusals().next().is_none() => {
                Ok(Answer::NotApplicable("no call was refused".to_owned()))
            }
            _ => (rule.check)(case),
        };
        match answer {
            Ok(Answer::Found(finding)) => found.push((rule, finding)),
            Ok(Answer::Cleared(cleared)) => {
                // What the service has now does not clear an update that may have had another.
                let verdict = match had(case, &cleared) {
                    Ok(()) => Verdict::Cleared(cleared),
                    Err(missing) => Verdict::Inconclusive(missing),
                };
                others.push((rule, verdict));
            }
            Ok(Answer::NotApplicable(why)) => others.push((rule, Verdict::NotApplicable(why))),
            Err(missing) => others.push((rule, Verdict::Inconclusive(missing))),
        }
    }
    let mut findings = ranked(case, found);
    for ranked in &mut findings {
        if ranked.standing == Standing::Cause {
            let tried = trial::tried(case, ranked.rule, &ranked.finding);
            ranked.finding.fix.extend(tried);
        }
    }
    let change = match findings.first() {
        Some(cause) => changes::explain(case, &cause.finding),
        None => Explanation::default(),
    };
    let chain = chain(case, &findings, change.suspect.as_ref());
    let false_leads = leads::false_leads(case, &findings);
    Diagnosis {
        findings,
        others,
        chain,
        change,
        false_leads,
    }
}

/// Whether what clears a rule is what the deployment had.
fn had(case: Case<'_>, cleared: &Cleared) -> Result<(), Missing> {
    match cleared.by {
        Some((record, _)) => case.as_had(record),
        None => Ok(()),
    }
}

/// Causes and mechanisms come before symptoms, symptoms before consequences, and among those the
/// better founded first. Where they are equal the order of the registry decides.
///
/// Where nothing explains the failed deployment better than not to contradict it, the reason of a
/// call that was refused since goes first: AWS states it, and it is what stops whoever called.
fn ranked(case: Case<'_>, found: Vec<(&'static Rule, Box<Finding>)>) -> Vec<Ranked> {
    let explains = |rule: &Rule, finding: &Finding| {
        rule.about != About::Call
            && matches!(finding.role, Role::Cause | Role::Mechanism)
            && finding.strength() != Strength::ConsistentWith
    };
    let open = !found.iter().any(|(rule, finding)| explains(rule, finding));
    let ended = case.attempt.ended;
    let is_last_word = |it: &Ranked| {
        open && it.rule.about == About::Call
            && it.finding.strength() == Strength::StatedByPlatform
            && ended.is_some_and(|ended| it.finding.time().is_some_and(|time| time > ended))
    };
    let explained: Vec<bool> = found
        .iter()
        .map(|(rule, _)| found.iter().any(|(other, _)| other.explains(rule)))
        .collect();
    let mut ranked: Vec<Ranked> = found
        .into_iter()
        .zip(explained)
        .map(|((rule, finding), explained)| Ranked {
            rule,
            finding,
            standing: if explained {
                Standing::Explained
            } else {
                Standing::RunnerUp
            },
        })
        .collect();
    ranked.sort_by_key(|it| (!is_last_word(it), it.standing, weight(&it.finding)));
    if let Some(first) = ranked.first_mut() {
        first.standing = Standing::Cause;
    }
    ranked
}

fn weight(finding: &Finding) -> (u8, Strength, Role) {
    let tier = match finding.role {
        Role::Cause | Role::Mechanism => 0,
        Role::Symptom => 1,
        Role::Consequence => 2,
    };
    (tier, finding.strength(), finding.role)
}

fn chain(case: Case<'_>, findings: &[Ranked], change: Option<&Suspect>) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some(change) = change {
        links.push(Link {
            part: "change",
            time: Some(change.time),
            text: change.text.clone(),
            record: change.record,
        });
    }
    let told = |it: &&Ranked| it.standing != Standing::RunnerUp;
    for (index, ranked) in findings.iter().filter(told).enumerate() {
        let part = match index {
            0 if ranked.finding.role == Role::Mechanism => Role::Cause.as_str(),
            // What another finding explains is how that came about.
            1.. if ranked.finding.role == Role::Cause => Role::Mechanism.as_str(),
            _ => ranked.finding.role.as_str(),
        };
        links.push(Link {
            part,
            time: ranked.finding.time(),
            text: ranked.finding.summary.clone(),
            record: ranked.finding.citations()[0].record,
        });
    }
    let has = |links: &[Link], part: &str| links.iter().any(|link| link.part == part);
    if !has(&links, Role::Symptom.as_str()) {
        let cited: Vec<u64> = links.iter().map(|link| link.record).collect();
        let symptom = case
            .attempt
            .failures()
            .find(|line| !cited.contains(&line.record) && !is_noise(case, line));
        links.extend(symptom.map(|line| Link {
            part: Role::Symptom.as_str(),
            time: Some(line.time),
            text: format!("App Runner wrote: {}", line.text),
            record: line.record,
        }));
    }
    if !has(&links, Role::Consequence.as_str()) && !case.attempt.running() {
        links.push(consequence(case));
    }
    let order = ["change", "cause", "mechanism", "symptom", "consequence"];
    links.sort_by_key(|link| {
        (
            order.iter().position(|part| *part == link.part),
            link.time,
            link.record,
        )
    });
    links
}

fn is_noise(case: Case<'_>, line: &crate::attempt::PlatformLine) -> bool {
    matches!(line.message, crate::message::Message::PullFailed(_))
        && case.role_line_excuse(line).is_some()
}

fn consequence(case: Case<'_>) -> Link {
    let attempt = case.attempt;
    let status = case
        .evidence
        .service
        .as_ref()
        .map(|service| format!("; the service says {}", service.fact.status))
        .unwrap_or_default();
    let what = match attempt.outcome {
        Outcome::Unknown => "has no known end".to_owned(),
        outcome => outcome.as_str().to_owned(),
    };
    Link {
        part: Role::Consequence.as_str(),
        time: attempt.ended,
        text: format!("The {} {what}{status}", attempt.noun()),
        record: attempt.record,
    }
}

#[cfg(test)]
mod tests;
