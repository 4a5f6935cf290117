//! Lines that point at the wrong thing, kept out of the diagnosis and named as what they are.

use evidence_schema::Time;

use super::Ranked;
use crate::{
    attempt::Outcome,
    evidence::Case,
    message::{Message, PullFailure},
    words,
};

/// A line that somebody would follow in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FalseLead {
    /// The record.
    pub record: u64,
    /// When it was written.
    pub time: Time,
    /// The line.
    pub line: String,
    /// Why not to follow it.
    pub reason: String,
}

/// The false leads of an attempt.
pub(super) fn false_leads(case: Case<'_>, findings: &[Ranked]) -> Vec<FalseLead> {
    let found = |id: &str| findings.iter().any(|it| it.rule.id == id);
    let mut leads = Vec::new();
    let mut hinted = false;
    let mut subnets = false;
    let failed = case.attempt.failed_at();
    for line in &case.attempt.lines {
        let reason = match &line.message {
            Message::PullFailed(PullFailure::AccessRole | PullFailure::AccessRoleOrImage) => {
                case.role_line_excuse(line).map(|earlier| {
                    format!(
                        "the access role works: {} at {}, so this was written while rolling back",
                        worked(&earlier.message),
                        words::clock(earlier.time)
                    )
                })
            }
            Message::HealthCheckFailed(_) | Message::PortHint
                if !found("port-mismatch")
                    && !hinted
                    && line
                        .text
                        .to_ascii_lowercase()
                        .contains("check your configured port") =>
            {
                hinted = true;
                Some(
                    "“Check your configured port number” is printed for every failed health \
                     check, whatever the reason"
                        .to_owned(),
                )
            }
            Message::Status(status)
                if status == "RUNNING"
                    && case.attempt.outcome == Outcome::RolledBack
                    && failed.is_some_and(|failed| line.time >= failed) =>
            {
                Some("RUNNING is the old version; this deployment failed".to_owned())
            }
            Message::VcpuLimit if !findings.is_empty() && !found("vcpu-quota") => Some(
                "the vCPU limit is also printed beside unrelated failures; compare the quota \
                 before raising it"
                    .to_owned(),
            ),
            Message::PublicSubnets if !subnets => {
                subnets = true;
                Some("a warning that services which work get as well".to_owned())
            }
            _ => None,
        };
        leads.extend(reason.map(|reason| FalseLead {
            record: line.record,
            time: line.time,
            line: line.text.clone(),
            reason,
        }));
    }
    leads
}

fn worked(message: &Message) -> &'static str {
    match message {
        Message::PullSucceeded => "the image was pulled",
        Message::Provisioning => "instances were already being started",
        Message::HealthCheckStarted(_) => "the health check had already begun",
        _ => "the health check had already failed",
    }
}
