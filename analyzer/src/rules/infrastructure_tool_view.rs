//! The service exists and its creation went well; only the tool that calls does not know.

use evidence_schema::record::{OperationStatus, OperationType, ServiceStatus};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Severity, Step},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "infrastructure-tool-view",
    summary: "The service exists, and only the tool that would create it does not know",
    severity: Severity::Notice,
    about: About::Call,
    docs: include_str!("infrastructure_tool_view.md"),
    explains: Explains::Only(&["request-invalid"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(refused) = fix::refused::find(case, &["service-exists"]) else {
        return fix::refused::another_reason(case);
    };
    if refused.call.operation != "CreateService" {
        return Ok(Answer::cleared("no creation was refused for it"));
    }
    let service = case.service_now()?;
    if service.fact.status == ServiceStatus::CreateFailed {
        return Ok(Answer::cleared_by_fact(
            &service,
            "the service of that name failed to create, which is no trouble of a tool",
        ));
    }
    let created = case.evidence.operations.iter().find(|it| {
        it.fact.operation_type == OperationType::CreateService
            && it.fact.status == OperationStatus::Succeeded
    });
    if created.is_none() {
        case.evidence.ledger.looked("operations", None, None)?;
    }
    let name = &service.fact.name;
    let since = created
        .and_then(|it| it.fact.ended_at)
        .map(|at| format!(" since {}", words::at(at)))
        .unwrap_or_default();
    let mut finding = Finding::new(
        fix::refused::role(case),
        format!(
            "The service {name} exists{since}; the tool that wanted to create it again does not \
             know of it"
        ),
        refused.cite(Ground::Platform, "there is a service of that name already"),
    )
    .citing_if(created.map(|it| Citation::fact(Ground::Agreement, it, "its creation ended well")))
    .confirmed_by("the state of the tool, which has no such service, or has it as failed");
    finding.fix = vec![Step::Text(format!(
        "Nothing is wrong with the service. Import {} into the state of the tool in place of \
         creating it. A tool loses it when its credentials expire or its own time-out ends while it \
         waits for the creation.",
        service.fact.arn
    ))];
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{BUSY, Sample},
    };

    fn exists(sample: Sample) -> Sample {
        sample.refused(
            90_000,
            "CreateService",
            "InvalidRequestException",
            "Service with the provided name already exists: web.",
        )
    }

    fn running() -> Sample {
        exists(Sample::image().operation("SUCCEEDED"))
    }

    #[test]
    fn a_service_that_was_created_well_is_only_not_known_to_the_tool() {
        let finding = running().found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(finding.summary.contains("exists since"));
    }

    #[test]
    fn a_service_that_failed_to_create_and_another_refusal_are_other_matters() {
        running()
            .service(|service| service.status = ServiceStatus::CreateFailed)
            .cleared(&RULE);
        Sample::image()
            .without_operations()
            .refused(0, "UpdateService", "InvalidStateException", BUSY)
            .cleared(&RULE);
    }

    #[test]
    fn without_the_service_it_cannot_tell() {
        let missing = running()
            .without_service()
            .denied("service", "apprunner:DescribeService")
            .missing(&RULE);
        assert_eq!(
            missing.permission.as_deref(),
            Some("apprunner:DescribeService")
        );
    }
}
