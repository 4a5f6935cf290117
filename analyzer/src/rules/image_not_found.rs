//! The image that the service names is not in ECR.

use evidence_schema::record::{Change, PushedImage};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    image_identifier,
    message::{Message, Phase, PullFailure},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "image-not-found",
    summary: "The tag or digest that the service names is not in the repository",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("image_not_found.md"),
    explains: Explains::Only(&[
        "access-role-cannot-pull",
        "image-pull-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(source) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code".to_owned(),
        ));
    };
    let stated = case.platform(|message| match message {
        Message::PullFailed(PullFailure::ImageMissing) => Some(()),
        _ => None,
    })?;
    if stated.is_none()
        && let Some(pulled) = case.pulled()?
    {
        return Ok(Answer::cleared_by(pulled, "the image was pulled"));
    }
    let identifier = source.fact.identifier.as_str();
    let in_ecr = case.image();
    let missing_now = matches!(in_ecr, Ok(None));
    let first = match (stated, case.access_role_blamed()?) {
        (Some((line, ())), _) => Citation::line(
            Ground::Platform,
            line,
            "App Runner found no such image in ECR",
        ),
        // The words of before 2022, which blame the role for a missing image as well.
        (None, Some((line, PullFailure::AccessRoleOrImage))) if missing_now => Citation::line(
            Ground::Agreement,
            line,
            "the pull failed, in the words that App Runner also used for a missing image",
        ),
        // App Runner may end without a word where there is nothing to pull.
        (None, None) if missing_now && stopped_at_pull(case) => Citation::absence(
            Ground::Configuration,
            format!("ECR was asked for {identifier} and has none"),
        ),
        _ => {
            return match in_ecr {
                Ok(Some(image)) => Ok(Answer::cleared_by_fact(&image, "ECR has the image")),
                Ok(None) => Ok(Answer::cleared(
                    "ECR has no such image now, but no pull failed for that",
                )),
                Err(missing) => Err(missing),
            };
        }
    };

    let repository = image_identifier::repository_of(identifier);
    let reference = image_identifier::reference_of(identifier);
    let deletion = deletion(case, repository);
    let near = nearest(case, repository, reference);
    let mut summary = format!("The image {identifier} does not exist in ECR");
    if let Some((_, how)) = &deletion {
        summary.push_str(&format!("; {how}"));
    } else if let Some((_, tag)) = near {
        summary.push_str(&format!("; the repository has {tag}"));
    }
    let mut finding = Finding::new(Role::Cause, summary, first)
        .citing_if(
            deletion
                .as_ref()
                .map(|(change, how)| Citation::fact(Ground::Agreement, change, how.clone())),
        )
        .citing_if(near.map(|(pushed, tag)| {
            Citation::fact(
                Ground::Context,
                pushed,
                format!("an image with the tag {tag} was pushed, which is spelt nearly the same"),
            )
        }))
        .citing_if(expires(case, repository))
        .citing_if(missing_now.then(|| {
            Citation::absence(
                Ground::Configuration,
                format!("ECR was asked for {identifier} and has none"),
            )
        }))
        .citing_if(in_ecr.ok().flatten().map(|image| {
            Citation::fact(
                Ground::Context,
                &image,
                "ECR has an image under this name now; it may have been pushed later",
            )
        }))
        .touching(Touches::Repository(repository.to_owned()))
        .touching(Touches::Service)
        .confirmed_by(format!("whether {repository} has {reference}"))
        .fixed_by([
            Step::Text(
                "See which tags there are, then push the missing one or name one that exists."
                    .to_owned(),
            ),
            fix::aws(
                &case.evidence.manifest,
                &[
                    "ecr",
                    "describe-images",
                    "--repository-name",
                    repository,
                    "--query",
                    "sort_by(imageDetails,&imagePushedAt)[].imageTags[]",
                ],
            ),
            Step::command(&["docker", "push", identifier]),
        ]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// Whether the pull was the last that the deployment began.
fn stopped_at_pull(case: Case<'_>) -> bool {
    case.attempt.failed()
        && case.attempt.phase() == Phase::Pull
        && case
            .attempt
            .find(|message| matches!(message, Message::PullStarted { .. }).then_some(()))
            .is_some()
        && case
            .attempt
            .find(|message| {
                matches!(message, Message::PullSucceeded | Message::PullFailed(_)).then_some(())
            })
            .is_none()
}

/// The call that took the image away, newest first.
///
/// Calls name images by tag or digest, and a lifecycle policy by digest only; where CloudTrail does
/// not say which, the repository is what they have in common.
fn deletion<'a>(case: Case<'a>, repository: &str) -> Option<(&'a Observed<Change>, String)> {
    let identifier = fix::image_identifier(case)?;
    let reference = image_identifier::reference_of(&identifier).to_owned();
    case.changes_before_failure().find_map(|change| {
        let fact = &change.fact;
        if !fact.event_source.starts_with("ecr.") || !names(fact, repository) {
            return None;
        }
        let who = fact
            .principal
            .as_deref()
            .map(|arn| arn.rsplit('/').next().unwrap_or(arn));
        let how = match fact.event_name.as_str() {
            "DeleteRepository" => format!("the repository {repository} was deleted"),
            "BatchDeleteImage" if mentions(fact, &reference) => format!(
                "it was deleted{}",
                who.map(|who| format!(" by {who}")).unwrap_or_default()
            ),
            "PolicyExecutionEvent" => {
                format!("the lifecycle policy of {repository} took images away")
            }
            _ => return None,
        };
        Some((change, format!("{how} at {}", words::at(fact.time))))
    })
}

fn names(change: &Change, repository: &str) -> bool {
    let parameter = change
        .request_parameters
        .as_ref()
        .and_then(|parameters| parameters.get("repositoryName"))
        .and_then(serde_json::Value::as_str);
    parameter == Some(repository)
        || change.resources.iter().any(|resource| {
            resource
                .name
                .as_deref()
                .is_some_and(|name| name.ends_with(&format!("repository/{repository}")))
        })
}

/// Whether the images of a call are this one, or are not told.
fn mentions(change: &Change, reference: &str) -> bool {
    let ids = change
        .request_parameters
        .as_ref()
        .and_then(|parameters| parameters.get("imageIds"));
    ids.is_none_or(|ids| ids.to_string().contains(&format!("\"{reference}\"")))
}

/// A pushed image with a tag that is spelt nearly like this one.
fn nearest<'a>(
    case: Case<'a>,
    repository: &str,
    reference: &str,
) -> Option<(&'a Observed<PushedImage>, &'a str)> {
    case.evidence
        .surroundings
        .pushed_images
        .iter()
        .filter(|it| it.fact.repository == repository)
        .flat_map(|it| it.fact.tags.iter().map(move |tag| (it, tag.as_str())))
        .map(|(it, tag)| (strsim::damerau_levenshtein(tag, reference), it, tag))
        .filter(|(distance, ..)| *distance <= 1.max(reference.len() / 4))
        .min_by_key(|(distance, ..)| *distance)
        .map(|(_, it, tag)| (it, tag))
}

/// A lifecycle policy may have taken the image away where CloudTrail has no word of it.
fn expires(case: Case<'_>, repository: &str) -> Option<Citation> {
    let found = case.evidence.repository.as_ref()?;
    let has = found.fact.name == repository && found.fact.lifecycle_policy.is_some();
    has.then(|| {
        Citation::fact(
            Ground::Context,
            found,
            format!("{repository} has a lifecycle policy, which deletes or archives images"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{IMAGE, PULLED, Sample};

    const GONE: (i64, &str) = (
        5,
        "[AppRunner] Failed to pull your application image. Reason: ECR image doesn't exist.",
    );
    const OLD: (i64, &str) = (
        600,
        "[AppRunner] Failed to pull your application image. Be sure you configure your service with a valid access role to your ECR repository.",
    );

    #[test]
    fn the_platform_says_so_and_ecr_agrees() {
        let finding = Sample::image()
            .deployment(&[GONE])
            .absent("image", IMAGE)
            .found(&RULE);
        assert_eq!(finding.citations().len(), 2);
        assert!(finding.summary.contains(IMAGE));
    }

    #[test]
    fn the_old_words_count_only_if_ecr_has_no_such_image() {
        Sample::image()
            .deployment(&[OLD])
            .absent("image", IMAGE)
            .found(&RULE);
        Sample::image()
            .deployment(&[OLD])
            .image_in_ecr(&["linux/amd64"])
            .cleared(&RULE);
    }

    #[test]
    fn a_pull_that_ends_without_a_word_is_explained_by_ecr() {
        let pulling = || {
            Sample::image().deployment(&[
                (6, "[AppRunner] Starting to pull your application image."),
                (20, "[AppRunner] Deployment failed."),
            ])
        };
        pulling().absent("image", IMAGE).found(&RULE);
        pulling().image_in_ecr(&["linux/amd64"]).cleared(&RULE);
    }

    #[test]
    fn who_deleted_it_and_what_is_spelt_like_it_are_told() {
        let gone = || Sample::image().deployment(&[GONE]).absent("image", IMAGE);
        let deleted = gone()
            .change(
                -600,
                "ecr",
                "BatchDeleteImage",
                serde_json::json!({"repositoryName": "web", "imageIds": [{"imageTag": "v2"}]}),
            )
            .found(&RULE);
        assert!(
            deleted.summary.contains("deleted by ci"),
            "{}",
            deleted.summary
        );
        let other = gone()
            .change(
                -600,
                "ecr",
                "BatchDeleteImage",
                serde_json::json!({"repositoryName": "web", "imageIds": [{"imageTag": "v1"}]}),
            )
            .with(evidence_schema::Body::PushedImage(PushedImage {
                repository: "web".to_owned(),
                digest: "sha256:01".to_owned(),
                tags: vec!["V2".to_owned(), "stable".to_owned()],
                pushed_at: crate::test_support::seconds(-900),
                size_bytes: None,
                manifest_media_type: None,
                status: None,
            }))
            .found(&RULE);
        assert!(
            other.summary.ends_with("the repository has V2"),
            "{}",
            other.summary
        );
    }

    #[test]
    fn an_image_that_was_deleted_after_the_pull_is_not_the_cause() {
        Sample::image()
            .events(PULLED)
            .absent("image", IMAGE)
            .cleared(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        Sample::image()
            .absent("image", IMAGE)
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
