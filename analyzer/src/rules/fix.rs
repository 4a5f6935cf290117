//! Steps that the fixes of several rules share.

use evidence_schema::{
    Manifest, Time,
    record::{ImageSource, Origin, RoleUse, ServiceStatus},
};
use serde_json::{Value, json};

use crate::{
    evidence::Case,
    finding::{Step, Touches},
    image_identifier,
};

/// The words of an AWS CLI command against the service's Region.
pub(super) fn aws(manifest: &Manifest, words: &[&str]) -> Step {
    let mut all = vec!["aws"];
    all.extend(words);
    all.extend(["--region", &manifest.target.region]);
    Step::command(&all)
}

/// Deploys again what is configured.
pub(super) fn redeploy(case: Case<'_>) -> Vec<Step> {
    let manifest = &case.evidence.manifest;
    let arn = manifest.target.service_arn.as_str();
    let status = case.evidence.service.as_ref().map(|it| &it.fact.status);
    match status {
        // A service that failed to create is rebuilt by an update that changes nothing.
        Some(ServiceStatus::CreateFailed) => vec![aws(
            manifest,
            &["apprunner", "update-service", "--service-arn", arn],
        )],
        Some(ServiceStatus::Paused) => vec![aws(
            manifest,
            &["apprunner", "resume-service", "--service-arn", arn],
        )],
        _ => vec![aws(
            manifest,
            &["apprunner", "start-deployment", "--service-arn", arn],
        )],
    }
}

/// Sends a new source configuration. What the call leaves out keeps its value.
pub(super) fn update_source(case: Case<'_>, configuration: &Value) -> Step {
    let manifest = &case.evidence.manifest;
    aws(
        manifest,
        &[
            "apprunner",
            "update-service",
            "--service-arn",
            &manifest.target.service_arn,
            "--source-configuration",
            &configuration.to_string(),
        ],
    )
}

/// Changes one member of the image configuration, and deploys that.
pub(super) fn image_configuration(case: Case<'_>, image: &ImageSource, member: Value) -> Step {
    let mut source = json!({
        "ImageRepository": {
            "ImageIdentifier": image.identifier,
            "ImageRepositoryType": image.repository_type,
            "ImageConfiguration": member,
        }
    });
    let role = case
        .evidence
        .service
        .as_ref()
        .and_then(|service| service.fact.source.access_role_arn.clone());
    if let Some(role) = role {
        source["AuthenticationConfiguration"] = json!({ "AccessRoleArn": role });
    }
    update_source(case, &source)
}

/// Edits what the service has, for maps that an update replaces as a whole.
pub(super) fn edit_source(case: Case<'_>) -> Vec<Step> {
    let manifest = &case.evidence.manifest;
    let arn = manifest.target.service_arn.as_str();
    vec![
        aws(
            manifest,
            &[
                "apprunner",
                "describe-service",
                "--service-arn",
                arn,
                "--query",
                "Service.SourceConfiguration",
                "--output",
                "json",
            ],
        ),
        Step::Text(
            "Save the answer as source.json, edit it, and send all of it: an update replaces the \
             variables as a whole."
                .to_owned(),
        ),
        aws(
            manifest,
            &[
                "apprunner",
                "update-service",
                "--service-arn",
                arn,
                "--source-configuration",
                "file://source.json",
            ],
        ),
    ]
}

/// The image as the service names it.
pub(super) fn image_identifier(case: Case<'_>) -> Option<String> {
    match &case.evidence.service.as_ref()?.fact.source.origin {
        Origin::Image(image) => Some(image.identifier.clone()),
        _ => None,
    }
}

/// The private repository that a new version is pushed to.
pub(super) fn pushed_to(case: Case<'_>) -> Option<Touches> {
    match &case.evidence.service.as_ref()?.fact.source.origin {
        Origin::Image(image) if image.repository_type == "ECR" => Some(Touches::Repository(
            image_identifier::repository_of(&image.identifier).to_owned(),
        )),
        _ => None,
    }
}

/// Whether what was pushed at this time cannot be what the deployment failed with.
pub(super) fn pushed_after(case: Case<'_>, pushed: Option<Time>) -> bool {
    match (pushed, case.attempt.failed_at()) {
        (Some(pushed), Some(failed)) => pushed > failed,
        _ => false,
    }
}

/// Whether the reason of a failed deployment is about the pull of the image.
pub(super) fn is_pull_reason(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    reason.contains("copy the image") || reason.contains("pull your application image")
}

/// The name in the ARN of a role.
pub(super) fn role_name(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// The ARN of the role that the service is configured with.
pub(super) fn role_arn(case: Case<'_>, used_as: RoleUse) -> Option<String> {
    let service = &case.evidence.service.as_ref()?.fact;
    match used_as {
        RoleUse::Access => service.source.access_role_arn.clone(),
        RoleUse::Instance => service.instance.role_arn.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_role_is_what_follows_its_path() {
        assert_eq!(
            role_name("arn:aws:iam::111122223333:role/service-role/Pull"),
            "Pull"
        );
    }
}
