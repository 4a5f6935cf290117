//! Automatic deployment was asked for an image of another account.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Severity, Step, Touches},
    iam::arn::is_account,
    image_identifier,
};

pub(super) const RULE: Rule = Rule {
    id: "cross-account-auto-deployment",
    summary: "Automatic deployment was asked for an image of another account",
    severity: Severity::High,
    about: About::Call,
    docs: include_str!("cross_account_auto_deployment.md"),
    explains: Explains::Only(&["request-invalid"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let own = case.evidence.manifest.target.account.as_str();
    for refused in fix::refused::all(case) {
        let stated = refused
            .call
            .refusal
            .is_some_and(|it| it.id == "cross-account-automatic");
        // The text was never published, so the parameters have to tell where the words do not.
        if !stated
            && (refused.call.refusal.is_some() || !is_refused_content(refused.call.code.as_str()))
        {
            continue;
        }
        let image = refused
            .parameter(
                case,
                &["sourceConfiguration", "imageRepository", "imageIdentifier"],
            )
            .and_then(|value| value.as_str())
            .map(str::to_owned)
            .or_else(|| fix::image_identifier(case));
        let foreign = image
            .as_deref()
            .and_then(|image| image.split('.').next())
            .filter(|account| is_account(account) && *account != own);
        let automatic = refused
            .parameter(case, &["sourceConfiguration", "autoDeploymentsEnabled"])
            .and_then(|value| value.as_bool());
        if !stated && (foreign.is_none() || automatic != Some(true)) {
            if foreign.is_some() && refused.parameter(case, &["sourceConfiguration"]).is_none() {
                return Err(Missing::undecided(
                    "changes",
                    "CloudTrail kept no parameters of the refused call, so whether it asked for \
                     automatic deployments is not known",
                ));
            }
            continue;
        }
        let repository = image.as_deref().map(image_identifier::repository_of);
        let account = foreign.unwrap_or("another account");
        let mut finding = Finding::new(
            fix::refused::role(case),
            format!(
                "Automatic deployments were asked for{} of {account}: App Runner has them for \
                 repositories of the service's own account only",
                repository
                    .map(|name| format!(" the repository {name}"))
                    .unwrap_or_default()
            ),
            refused.cite(
                if stated {
                    Ground::Platform
                } else {
                    Ground::Agreement
                },
                "the call was refused as invalid",
            ),
        )
        .touching(Touches::Service);
        if let (Some(record), Some(true), Some(_)) = (refused.record(case), automatic, foreign) {
            finding = finding.citing(Citation::fact(
                Ground::Configuration,
                record,
                format!("AutoDeploymentsEnabled is true, and the image is of {account}"),
            ));
        }
        let mut source = serde_json::json!({ "AutoDeploymentsEnabled": false });
        if let Some(image) = &image {
            source["ImageRepository"] = serde_json::json!({
                "ImageIdentifier": image,
                "ImageRepositoryType": "ECR",
            });
        }
        finding.fix.push(Step::Text(
            "Switch automatic deployments off, and let the pipeline that pushes call \
             start-deployment after the push."
                .to_owned(),
        ));
        finding.fix.push(fix::update_source(case, &source));
        finding.fix.extend(fix::redeploy(case));
        return Ok(finding.into());
    }
    fix::refused::another_reason(case)
}

/// Whether a code says that what was asked for is refused, and not who asked or when.
fn is_refused_content(code: &str) -> bool {
    matches!(
        code,
        "InvalidRequestException" | "ValidationException" | "InvalidParameterException"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{BUSY, IMAGE, Sample},
    };

    fn refused(message: &str, image: &str, automatic: bool) -> Sample {
        Sample::image()
            .without_operations()
            .refused(0, "UpdateService", "InvalidRequestException", message)
            .called(|call| {
                call.request_parameters = Some(json!({
                    "serviceArn": crate::test_support::ARN,
                    "sourceConfiguration": {
                        "autoDeploymentsEnabled": automatic,
                        "imageRepository": {"imageIdentifier": image, "imageRepositoryType": "ECR"},
                    },
                }));
            })
    }

    const FOREIGN: &str = "444455556666.dkr.ecr.us-east-1.amazonaws.com/web:v2";

    #[test]
    fn the_parameters_show_it_whatever_the_words() {
        let finding = refused("Something is not supported.", FOREIGN, true).found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(finding.summary.contains("444455556666"));
        let stated = refused(
            "Automatic deployments are not supported for cross-account images.",
            FOREIGN,
            true,
        )
        .found(&RULE);
        assert_eq!(stated.strength(), Strength::StatedByPlatform);
    }

    #[test]
    fn an_image_of_the_own_account_or_without_automatic_deployment_is_another_matter() {
        refused("Something is not supported.", IMAGE, true).cleared(&RULE);
        refused("Something is not supported.", FOREIGN, false).cleared(&RULE);
        refused(BUSY, FOREIGN, true).cleared(&RULE);
    }

    #[test]
    fn without_parameters_it_cannot_tell() {
        let missing = refused("Something is not supported.", FOREIGN, true)
            .called(|call| call.request_parameters = None)
            .service(|service| {
                if let evidence_schema::record::Origin::Image(image) = &mut service.source.origin {
                    image.identifier = FOREIGN.to_owned();
                }
            })
            .missing(&RULE);
        assert_eq!(missing.source, "changes");
    }
}
