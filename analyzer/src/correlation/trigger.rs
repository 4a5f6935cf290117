//! What began a deployment.

use chrono::TimeDelta;
use evidence_schema::{
    Interval,
    record::{Change, OperationType, PushedImage},
};

use crate::{
    attempt::Attempt,
    evidence::{Evidence, Observed},
    words,
};

/// A call and the operation that it begins are this far apart at most.
const APART: TimeDelta = TimeDelta::minutes(2);

/// An automatic deployment begins this long after the push at most.
const PUSHED: TimeDelta = TimeDelta::minutes(10);

/// What began a deployment.
pub enum Trigger<'a> {
    /// A call, by this principal and program.
    Call(&'a Observed<Change>),
    /// A push of this image, by itself.
    Push(&'a Observed<PushedImage>),
    /// A push or a commit by itself, since nobody called; which one is not known.
    Automatic,
    /// The bundle does not tell.
    Unknown,
}

impl<'a> Trigger<'a> {
    /// What began `attempt`.
    pub fn of(evidence: &'a Evidence, attempt: &Attempt) -> Self {
        let window = Interval {
            from: words::before(attempt.started, APART),
            to: words::after(attempt.started, APART),
        };
        let names: &[&str] = match attempt.kind {
            OperationType::CreateService => &["CreateService"],
            OperationType::UpdateService => &["UpdateService"],
            _ => &["StartDeployment", "ResumeService"],
        };
        let called = evidence.changes.iter().find(|change| {
            let fact = &change.fact;
            let own = change.record == attempt.record;
            own || (names.contains(&fact.event_name.as_str())
                && fact.event_source.starts_with("apprunner.")
                && fact.error_code.is_none()
                && window.from <= fact.time
                && fact.time <= window.to)
        });
        if let Some(change) = called {
            return Self::Call(change);
        }
        if matches!(
            attempt.kind,
            OperationType::CreateService | OperationType::UpdateService
        ) {
            return Self::Unknown;
        }
        let pushed = evidence
            .surroundings
            .pushed_images
            .iter()
            .rev()
            .find(|image| {
                let at = image.fact.pushed_at;
                at <= attempt.started && words::before(attempt.started, PUSHED) <= at
            });
        let automatic = evidence
            .service
            .as_ref()
            .is_some_and(|service| service.fact.source.auto_deployments_enabled == Some(true));
        let looked =
            evidence
                .ledger
                .looked("changes", Some("apprunner.amazonaws.com"), Some(window));
        match (pushed, automatic, looked.is_ok()) {
            (Some(image), true, _) => Self::Push(image),
            (None, true, true) => Self::Automatic,
            _ => Self::Unknown,
        }
    }

    /// What began it, in words.
    pub fn text(&self) -> String {
        match self {
            Self::Call(change) => {
                let who = change.fact.principal.as_deref().map_or("somebody", name);
                match program(&change.fact) {
                    Some(program) => format!("begun by {who} with {program}"),
                    None => format!("begun by {who}"),
                }
            }
            Self::Push(image) => format!(
                "begun by itself after {} was pushed at {}",
                image_name(&image.fact),
                words::clock(image.fact.pushed_at)
            ),
            Self::Automatic => "begun by itself, since nobody called for it".to_owned(),
            Self::Unknown => "what began it is not known".to_owned(),
        }
    }
}

/// An image by its first tag, or by its digest.
pub(super) fn image_name(image: &PushedImage) -> String {
    match image.tags.first() {
        Some(tag) => format!("{}:{tag}", image.repository),
        None => format!(
            "{}@{}",
            image.repository,
            words::start_of(&image.digest, 19)
        ),
    }
}

/// The name of a role or user, out of its ARN.
pub(super) fn name(arn: &str) -> &str {
    match arn.split_once(":assumed-role/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => arn.rsplit('/').next().unwrap_or(arn),
    }
}

/// The program that called, where its user agent names it.
fn program(change: &Change) -> Option<&'static str> {
    let agent = change.user_agent.as_deref()?.to_ascii_lowercase();
    let invoked = change.invoked_by.as_deref().unwrap_or_default();
    if invoked.starts_with("cloudformation.") || agent.contains("cloudformation") {
        return Some("CloudFormation");
    }
    // The more special ones use the libraries of the others.
    for (part, program) in [
        ("terraform", "Terraform"),
        ("pulumi", "Pulumi"),
        ("aws-cdk", "the CDK"),
        ("copilot", "Copilot"),
        ("github-actions", "GitHub Actions"),
        ("console.", "the console"),
        ("signin.", "the console"),
        ("mozilla", "the console"),
        ("aws-cli", "the AWS CLI"),
        ("boto3", "boto3"),
        ("aws-sdk-", "an AWS SDK"),
    ] {
        if agent.contains(part) {
            return Some(program);
        }
    }
    None
}
