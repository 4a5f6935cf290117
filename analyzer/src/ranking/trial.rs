//! Tries a fix out: changes the facts as it would, and asks the rule again.

use evidence_schema::record::Policy;

use crate::{
    attempt::Attempt,
    evidence::{Case, Evidence, PlatformLog},
    finding::{Amendment, Answer, Finding, Step},
    rules::Rule,
};

/// What the trial of a fix showed, as a step that is told behind it.
pub(super) fn tried(case: Case<'_>, rule: &Rule, finding: &Finding) -> Option<Step> {
    if finding.fix.is_empty() {
        return None;
    }
    if finding.amendments.is_empty() {
        return Some(Step::Text(
            "Not checked: whether this mends it shows only in a new deployment.".to_owned(),
        ));
    }
    let Some((evidence, attempt)) = amended(case, &finding.amendments) else {
        return Some(Step::Text(
            "Not checked: what it changes is not in the bundle.".to_owned(),
        ));
    };
    let again = (rule.check)(Case {
        evidence: &evidence,
        attempt: &attempt,
    });
    Some(Step::Text(match again {
        // The line that blames stays in the log of the attempt, whatever is mended later.
        Ok(Answer::Found(left)) if left.summary != finding.summary => format!(
            "Checked by asking again with this in place: what was found is gone. Of this attempt is \
             left: {}.",
            left.summary
        ),
        Ok(Answer::Found(_)) => {
            "Checked: this alone is not enough, the same is found with it.".to_owned()
        }
        Ok(Answer::Cleared(cleared)) => format!(
            "Checked by asking again with this in place: {}.",
            cleared.reason
        ),
        Ok(Answer::NotApplicable(_)) => {
            "Checked by asking again with this in place: the question no longer arises.".to_owned()
        }
        Err(missing) => format!(
            "Checked by asking again with this in place: nothing that is known is in its way; {}.",
            missing.sentence()
        ),
    }))
}

/// The facts about one attempt as a fix would leave them. What only tells of the past stays behind,
/// so that a large bundle is not held twice.
fn amended(case: Case<'_>, amendments: &[Amendment]) -> Option<(Evidence, Attempt)> {
    let before = case.evidence;
    let attempt = case.attempt.clone();
    let success = before.success_before(case.attempt).cloned();
    let mut evidence = Evidence {
        manifest: before.manifest.clone(),
        ledger: before.ledger.clone(),
        service: before.service.clone(),
        attempted: before.attempted.clone(),
        unsure: before.unsure.clone(),
        operations: vec![],
        connections: before.connections.clone(),
        auto_scaling: before.auto_scaling.clone(),
        roles: before.roles.clone(),
        deployers: before.deployers.clone(),
        repository: before.repository.clone(),
        images: before.images.clone(),
        health_events: before.health_events.clone(),
        metrics: vec![],
        changes: vec![],
        log_groups: before.log_groups.clone(),
        surroundings: before.surroundings.clone(),
        platform: PlatformLog::default(),
        attempts: success.into_iter().chain([attempt.clone()]).collect(),
        records: before.records,
        unknown_kinds: before.unknown_kinds.clone(),
        quarantined: before.quarantined.clone(),
        unreadable: before.unreadable.clone(),
        cut: before.cut.clone(),
        digest: before.digest,
    };
    for amendment in amendments {
        match amendment {
            Amendment::Trust { role, document } => {
                let role = evidence.roles.iter_mut().find(|it| it.fact.arn == *role)?;
                role.fact.trust_policy = Some(document.clone());
            }
            Amendment::RolePolicy { role, document } => {
                let mut roles = evidence.roles.iter_mut().chain(&mut evidence.deployers);
                let role = roles.find(|it| it.fact.arn == *role)?;
                role.fact.inline_policies.push(Policy {
                    name: "of the fix".to_owned(),
                    arn: None,
                    document: Some(document.clone()),
                });
            }
            Amendment::RepositoryPolicy(document) => {
                evidence.repository.as_mut()?.fact.policy = Some(document.clone());
            }
            Amendment::Service(service) => {
                evidence.service.as_mut()?.fact = (**service).clone();
                evidence.attempted = None;
            }
        }
    }
    Some((evidence, attempt))
}
