//! Lines that point at the wrong thing, kept out of the diagnosis and named as what they are.

use evidence_schema::Time;

use super::Ranked;
use crate::{
    attempt::{Outcome, PlatformLine},
    evidence::Case,
    message::{Message, PullFailure},
    words,
};

/// What kind of line it is that leads nowhere. Each was followed in vain by somebody who told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lead {
    /// The access role is blamed while rolling back, after a pull that went well.
    AccessRoleAfterPull,
    /// The access role is blamed for an image that does not exist or is in another Region, in the
    /// words of 2021 and 2022.
    AccessRoleForImage,
    /// The image could not be copied, told while rolling back, after a pull that went well.
    CopyAfterPull,
    /// The image could not be copied, which is also said of one for another processor.
    CopyOfOtherArchitecture,
    /// “Check your configured port number”, which is said of every failed health check.
    PortHint,
    /// `RUNNING`, after a deployment that was rolled back.
    OldVersionRuns,
    /// The vCPU limit, beside a failure of another kind.
    VcpuLimit,
    /// The warning about public subnets.
    PublicSubnets,
}

impl Lead {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::AccessRoleAfterPull,
        Self::AccessRoleForImage,
        Self::CopyAfterPull,
        Self::CopyOfOtherArchitecture,
        Self::PortHint,
        Self::OldVersionRuns,
        Self::VcpuLimit,
        Self::PublicSubnets,
    ];
}

/// The rules that find something wrong with the access role.
const ROLE_IS_WRONG: &[&str] = &[
    "access-role-cannot-pull",
    "access-role-missing",
    "access-role-trust",
    "repository-policy",
];

/// A line that somebody would follow in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FalseLead {
    /// What kind of line it is.
    pub lead: Lead,
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
    let mut leads: Vec<FalseLead> = Vec::new();
    for line in &case.attempt.lines {
        let Some((lead, reason)) = lead_of(case, line, &found, findings.is_empty()) else {
            continue;
        };
        // Said once, these are said of every line of the kind.
        let once = matches!(lead, Lead::PortHint | Lead::PublicSubnets);
        if once && leads.iter().any(|it| it.lead == lead) {
            continue;
        }
        leads.push(FalseLead {
            lead,
            record: line.record,
            time: line.time,
            line: line.text.clone(),
            reason,
        });
    }
    leads
}

/// Why a line leads nowhere, if it does.
fn lead_of(
    case: Case<'_>,
    line: &PlatformLine,
    found: &impl Fn(&str) -> bool,
    nothing_found: bool,
) -> Option<(Lead, String)> {
    let failed = case.attempt.failed_at();
    let (lead, reason) = match &line.message {
        Message::PullFailed(PullFailure::AccessRoleOrImage)
            if ROLE_IS_WRONG.iter().all(|rule| !found(rule))
                && (found("image-not-found") || found("image-pull-failed")) =>
        {
            (
                Lead::AccessRoleForImage,
                "in these words App Runner also told of an image that does not exist or is in \
                 another Region; nothing is wrong with the access role",
            )
        }
        Message::PullFailed(PullFailure::AccessRole | PullFailure::AccessRoleOrImage) => {
            let earlier = case.role_line_excuse(line)?;
            let reason = format!(
                "the access role works: {} at {}, so this was written while rolling back",
                worked(&earlier.message),
                words::clock(earlier.time)
            );
            return Some((Lead::AccessRoleAfterPull, reason));
        }
        Message::PullFailed(PullFailure::NotCopied) => {
            let earlier = case.role_line_excuse(line)?;
            let reason = format!(
                "{} at {}, so this was written while rolling back",
                worked(&earlier.message),
                words::clock(earlier.time)
            );
            return Some((Lead::CopyAfterPull, reason));
        }
        Message::DeploymentFailed {
            reason: Some(reason),
            ..
        } if reason.to_ascii_lowercase().contains("copy the image")
            && found("image-architecture") =>
        {
            (
                Lead::CopyOfOtherArchitecture,
                "an image for another processor is told in these words too, though nothing is wrong \
                 with the repository or the access role",
            )
        }
        Message::HealthCheckFailed(_) | Message::PortHint
            if !found("port-mismatch")
                && line
                    .text
                    .to_ascii_lowercase()
                    .contains("check your configured port") =>
        {
            (
                Lead::PortHint,
                "“Check your configured port number” is printed for every failed health check, \
                 whatever the reason",
            )
        }
        Message::Status(status)
            if status == "RUNNING"
                && case.attempt.outcome == Outcome::RolledBack
                && failed.is_some_and(|failed| line.time >= failed) =>
        {
            (
                Lead::OldVersionRuns,
                "RUNNING is the old version; this deployment failed",
            )
        }
        Message::VcpuLimit if !nothing_found && !found("vcpu-quota") => (
            Lead::VcpuLimit,
            "the vCPU limit is also printed beside unrelated failures; compare the quota before \
             raising it",
        ),
        Message::PublicSubnets => (
            Lead::PublicSubnets,
            "a warning that services which work get as well",
        ),
        _ => return None,
    };
    Some((lead, reason.to_owned()))
}

fn worked(message: &Message) -> &'static str {
    match message {
        Message::PullSucceeded => "the image was pulled",
        Message::Provisioning => "instances were already being started",
        Message::HealthCheckStarted(_) => "the health check had already begun",
        _ => "the health check had already failed",
    }
}
