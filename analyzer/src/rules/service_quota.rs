//! The account may not have one more, or may not use App Runner here at all.

use evidence_schema::record::ServiceStatus;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Severity, Step},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "service-quota",
    summary: "The account has as many services as it may have, or may not use App Runner here",
    severity: Severity::High,
    about: About::Call,
    docs: include_str!("service_quota.md"),
    explains: Explains::Nothing,
    check,
};

/// What AWS gives each account in a Region.
///
/// Source: <https://docs.aws.amazon.com/apprunner/latest/dg/architecture.html>
const SERVICES: usize = 30;

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let ids = ["quota", "not-activated", "organization"];
    let Some(refused) = fix::refused::find(case, &ids) else {
        return fix::refused::another_reason(case);
    };
    let target = &case.evidence.manifest.target;
    let (account, region) = (target.account.as_str(), target.region.as_str());
    let call = refused.call.operation.as_str();
    let id = refused.call.refusal.map(|it| it.id).unwrap_or_default();
    let summary = match id {
        "quota" => format!("A quota of the account {account} in {region} is used up"),
        "organization" => format!(
            "A policy of the organization forbids {call} to the account {account} in {region}"
        ),
        _ => format!("The account {account} may not use App Runner in {region}"),
    };
    let mut finding = Finding::new(
        fix::refused::role(case),
        summary,
        refused.cite(Ground::Platform, format!("the answer to {call}")),
    );
    match id {
        "quota" => {
            finding = finding.citing_if(counted(case)).confirmed_by(
                "the quota that the answer names, in Service Quotas, and how many there are",
            );
            finding.fix = quota(case);
        }
        "organization" => {
            finding.fix = vec![Step::Text(format!(
                "No policy of the account can outweigh it. Ask who manages the organization to \
                 allow apprunner: actions in {region}, or deploy to a Region that is allowed."
            ))];
        }
        _ => {
            finding.fix = vec![Step::Text(format!(
                "Open the App Runner console once in {region} and begin there. If that offers \
                 nothing, the account itself is restricted: App Runner takes no new customers since \
                 2026-04-30, a Region may have to be switched on, and an account may be limited \
                 while AWS or its organization verifies it. Amazon ECS Express Mode is what AWS \
                 names instead."
            ))];
            finding = finding.confirmed_by(
                "whether another service of this account runs in the Region, and what the console \
                 says there",
            );
        }
    }
    Ok(finding.into())
}

/// How many services there are, where that was seen.
fn counted(case: Case<'_>) -> Option<Citation> {
    let siblings = &case.evidence.surroundings.siblings;
    let first = siblings.first()?;
    case.evidence.ledger.looked("siblings", None, None).ok()?;
    let count = siblings.len() + 1;
    Some(Citation::fact(
        Ground::Context,
        first,
        format!(
            "{} in the Region; an account has {SERVICES} unless that was changed",
            words::count(count as u64, "service", "services")
        ),
    ))
}

fn quota(case: Case<'_>) -> Vec<Step> {
    let manifest = &case.evidence.manifest;
    let mut steps = vec![Step::Text(
        "Delete what is not used, or have the quota raised. Services that failed to create count \
         until they are deleted."
            .to_owned(),
    )];
    let failed = case.evidence.surroundings.siblings.iter();
    for service in failed
        .filter(|it| it.fact.status == ServiceStatus::CreateFailed)
        .take(5)
    {
        steps.push(fix::aws(
            manifest,
            &[
                "apprunner",
                "delete-service",
                "--service-arn",
                &service.fact.arn,
            ],
        ));
    }
    steps.push(fix::aws(
        manifest,
        &[
            "service-quotas",
            "list-service-quotas",
            "--service-code",
            "apprunner",
        ],
    ));
    steps
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, Status, record::SiblingService};

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{BUSY, Sample},
    };

    fn refused(code: &str, message: &str) -> Sample {
        Sample::image()
            .without_operations()
            .refused(0, "CreateService", code, message)
    }

    #[test]
    fn a_quota_is_known_by_its_code_and_failed_services_are_named() {
        let mut sample =
            refused("ServiceQuotaExceededException", "").covered("siblings", Status::Complete);
        sample.bodies.push(Body::SiblingService(SiblingService {
            name: "old".to_owned(),
            service_id: None,
            arn: "arn:aws:apprunner:us-east-1:111122223333:service/old/1".to_owned(),
            status: ServiceStatus::CreateFailed,
            created_at: None,
            updated_at: None,
        }));
        let finding = sample.found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(format!("{:?}", finding.fix).contains("service/old/1"));
        assert!(finding.citations()[1].shows.starts_with("2 services"));
    }

    #[test]
    fn a_region_that_is_not_activated_and_an_organization_that_forbids_are_told_apart() {
        for (code, message, said) in [
            (
                "SubscriptionRequiredException",
                "",
                "may not use App Runner",
            ),
            (
                "AccessDeniedException",
                "App Runner is not activated in this region",
                "may not use App Runner",
            ),
            (
                "AccessDeniedException",
                "User: x is not authorized to perform: apprunner:CreateService with an explicit deny in a service control policy",
                "A policy of the organization forbids",
            ),
        ] {
            let finding = refused(code, message).found(&RULE);
            assert!(finding.summary.contains(said), "{}", finding.summary);
        }
    }

    #[test]
    fn a_permission_that_is_missing_in_the_account_is_no_quota() {
        refused(
            "AccessDeniedException",
            "User: x is not authorized to perform: apprunner:CreateService because no identity-based policy allows the apprunner:CreateService action",
        )
        .cleared(&RULE);
        refused("InvalidStateException", BUSY).cleared(&RULE);
    }

    #[test]
    fn without_words_it_cannot_tell() {
        refused("InvalidRequestException", "").missing(&RULE);
    }
}
