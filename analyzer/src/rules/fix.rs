//! Steps that the fixes of several rules share.

pub(super) mod doubt;
pub(super) mod permit;
pub(super) mod refused;
pub(super) mod trust;

use evidence_schema::{
    Manifest, Time,
    record::{ImageSource, Key, Origin, RoleUse, ServiceStatus},
};
use serde_json::{Value, json};

use crate::{
    attempt::PlatformLine,
    evidence::{Case, Missing, Observed, Speech},
    finding::{Answer, Citation, Ground, Step, Touches},
    iam::arn::Arn,
    image_identifier,
    message::{Message, PullFailure},
    permissions::configuration,
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

/// Has App Runner check the service's health in another way; `settings` are those that change.
pub(super) fn health_check(manifest: &Manifest, settings: &str) -> Step {
    aws(
        manifest,
        &[
            "apprunner",
            "update-service",
            "--service-arn",
            &manifest.target.service_arn,
            "--health-check-configuration",
            settings,
        ],
    )
}

/// Runs the image as App Runner would, on the machine of whoever reads.
pub(super) fn run_image(case: Case<'_>) -> Option<Step> {
    let image = image_identifier(case)?;
    Some(Step::command(&[
        "docker",
        "run",
        "--rm",
        "--platform",
        "linux/amd64",
        &image,
    ]))
}

/// Gives the service a VPC connector that was just made.
pub(super) fn use_connector(manifest: &Manifest) -> Step {
    aws(
        manifest,
        &[
            "apprunner",
            "update-service",
            "--service-arn",
            &manifest.target.service_arn,
            "--network-configuration",
            r#"{"EgressConfiguration":{"EgressType":"VPC","VpcConnectorArn":"VPC_CONNECTOR_ARN"}}"#,
        ],
    )
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
        RoleUse::Deployer => None,
    }
}

/// Why the deployment did not come as far as needing what an instance needs before it starts, or
/// came further: then what an instance lacks cannot be the cause.
pub(super) fn due(case: Case<'_>) -> Result<Option<Answer>, Missing> {
    if !case.attempt.failed() {
        return Ok(Some(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        )));
    }
    if let Some((line, _)) = case.stopped()? {
        return Ok(Some(Answer::cleared_by(
            line,
            "a container ran, for it ended",
        )));
    }
    let ended = case.attempt.find(|message| match message {
        Message::BuildFailed(_) | Message::SourcePullFailed(_) => Some(()),
        _ => None,
    });
    if let Some((line, ())) = ended {
        return Ok(Some(Answer::cleared_by(
            line,
            "the deployment ended before a container was due",
        )));
    }
    if case.pulled()?.is_none() {
        return Ok(Some(Answer::cleared(
            "the deployment did not come as far as starting a container",
        )));
    }
    Ok(match case.speech()? {
        Speech::Spoke(line) => Some(Answer::cleared_by_text(
            line,
            "a container ran and wrote a line",
        )),
        Speech::Silent | Speech::NoGroup => None,
    })
}

/// The line that says that the image was not pulled, when that is not said while rolling back.
pub(super) fn pull_failed(case: Case<'_>) -> Result<Option<&PlatformLine>, Missing> {
    let found = case.platform(|message| match message {
        Message::PullFailed(failure) if *failure != PullFailure::ImageMissing => Some(()),
        _ => None,
    })?;
    Ok(found
        .map(|(line, ())| line)
        .filter(|line| case.role_line_excuse(line).is_none()))
}

/// The line with which a pull began of which nothing more was told, though the deployment failed.
pub(super) fn pull_without_end(case: Case<'_>) -> Result<Option<&PlatformLine>, Missing> {
    if !case.attempt.failed() || case.pulled()?.is_some() {
        return Ok(None);
    }
    let told = case.attempt.find(|message| match message {
        Message::PullFailed(_) | Message::Provisioning | Message::HealthCheckStarted(_) => Some(()),
        _ => None,
    });
    if told.is_some() {
        return Ok(None);
    }
    let begun = case.platform(|message| match message {
        Message::PullStarted { .. } => Some(()),
        _ => None,
    })?;
    Ok(begun.map(|(line, ())| line))
}

/// That a key cannot be used, with what makes it usable again; nothing when it can.
pub(super) fn disabled_key(case: Case<'_>, key: &Observed<&Key>) -> Option<(Citation, Vec<Step>)> {
    let state = key.fact.state.as_deref()?;
    let id = key.fact.arn.as_str();
    let command = match state {
        "Enabled" | "Creating" | "Updating" => return None,
        "Disabled" => &["enable-key"][..],
        "PendingDeletion" => &["cancel-key-deletion", "enable-key"],
        _ => &[],
    };
    let region = Arn::parse(id).map_or("", |arn| arn.region);
    let steps = command
        .iter()
        .map(|command| Step::command(&["aws", "kms", command, "--key-id", id, "--region", region]))
        .collect();
    // Somebody may have switched it off only afterwards.
    let touches = [Touches::Resource {
        source: "kms",
        names: vec![id.to_owned()],
    }];
    let (ground, later) = match trust::changed_later(case, &touches) {
        Some(later) => (Ground::Agreement, format!("; {}", later.shows)),
        None => (Ground::Configuration, String::new()),
    };
    Some((
        Citation::fact(ground, key, format!("the key {id} is {state}{later}")),
        steps,
    ))
}

/// Whether the configuration of the API refers to secrets or parameters.
pub(super) fn refers_to_secrets(case: Case<'_>) -> bool {
    let service = case.evidence.service.as_ref();
    let configuration = service.and_then(|service| configuration(&service.fact).0);
    configuration.is_some_and(|it| !it.environment_secrets.is_empty())
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
