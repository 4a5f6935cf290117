//! What the tag names in ECR is nothing that App Runner can run.

use evidence_schema::record::Image;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    image_identifier,
    message::{Message, PullFailure},
};

pub(super) const RULE: Rule = Rule {
    id: "image-manifest-unusable",
    summary: "The image is archived, or its manifest is of a kind that App Runner may not take",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("image_manifest_unusable.md"),
    explains: Explains::Only(&["image-pull-failed", "silent-rollback"]),
    check,
};

/// Manifests of a single image.
const SINGLE: &[&str] = &[
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Lists of images for several platforms.
const INDEX: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// What is wrong with what ECR has.
enum Trouble {
    Archived,
    Kind(String),
    Attestations,
}

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(source) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code".to_owned(),
        ));
    };
    let Some(image) = case.image()? else {
        return Ok(Answer::NotApplicable(
            "ECR has no such image, so it has no manifest".to_owned(),
        ));
    };
    let Some(trouble) = trouble(&image) else {
        return match &image.fact.manifest_media_type {
            Some(kind) => Ok(Answer::cleared_by_fact(
                &image,
                format!("the manifest is {kind}, of an image that is not archived"),
            )),
            None => Err(Missing::undecided(
                "image",
                "ECR tells no media type of the manifest",
            )),
        };
    };
    if let Some((line, ())) = case.platform(|message| {
        matches!(
            message,
            Message::Provisioning
                | Message::HealthCheckStarted(_)
                | Message::HealthCheckFailed(_)
                | Message::ApplicationStopped { .. }
        )
        .then_some(())
    })? {
        return Ok(Answer::cleared_by(
            line,
            "the image was pulled and instances were made of it",
        ));
    }
    if let Speech::Spoke(line) = case.speech()? {
        return Ok(Answer::cleared_by_text(
            line,
            "the image ran, for the application wrote a line",
        ));
    }
    if fix::pushed_after(case, image.fact.pushed_at) {
        return Err(Missing::undecided(
            "image",
            "the image in ECR was pushed after the failure, so its manifest says nothing",
        ));
    }
    let refused = case.platform(|message| match message {
        Message::PullFailed(PullFailure::NotCopied | PullFailure::Other(_)) => Some(()),
        Message::DeploymentFailed {
            reason: Some(reason),
            ..
        } if fix::is_pull_reason(reason) => Some(()),
        _ => None,
    })?;
    // Most images that are built today have attestations, and most of them are copied well.
    if refused.is_none() && matches!(trouble, Trouble::Attestations) {
        return Err(Missing::undecided(
            "image",
            "the index has attestations, which App Runner mostly copies, and it does not say that \
             it could not",
        ));
    }
    let identifier = source.fact.identifier.as_str();
    let repository = image_identifier::repository_of(identifier);
    let (ground, summary, shows, steps) = match trouble {
        Trouble::Archived => (
            Ground::Configuration,
            format!(
                "The image {identifier} is archived in ECR, and an archived image cannot be pulled"
            ),
            "ECR has the image in its archive".to_owned(),
            vec![
                Step::Text(
                    "Bring it back, and keep the lifecycle policy from archiving what is deployed:"
                        .to_owned(),
                ),
                restore(case, &image, repository),
            ],
        ),
        Trouble::Kind(kind) => (
            Ground::Agreement,
            format!(
                "What {identifier} names in ECR is {kind}, which is no image that a container runs from"
            ),
            format!("the manifest is {kind}"),
            vec![build(identifier)],
        ),
        // Suspected by many and proven by none: App Runner takes most indexes well. So it counts
        // only beside a failed copy, and only as consistent with it.
        Trouble::Attestations => {
            let blamed = case.access_role_blamed()?.is_some();
            let Some((line, ())) = refused.filter(|_| !blamed) else {
                return Ok(Answer::cleared_by_fact(
                    &image,
                    "the index has attestations, and no copy of it failed",
                ));
            };
            let citation = Citation::line(
                Ground::Context,
                line,
                "the copy of the image began and never ended well",
            );
            let finding = Finding::new(
                Role::Cause,
                format!("The image {identifier} is an index with attestations, which App Runner may not have been able to copy"),
                citation,
            )
            .citing(Citation::fact(Ground::Context, &image, "the index has linux/amd64 and entries for unknown/unknown"));
            return Ok(finished(case, finding, repository, vec![build(identifier)]));
        }
    };
    let finding = Finding::new(Role::Cause, summary, Citation::fact(ground, &image, shows))
        .citing_if(
            refused.map(|(line, ())| {
                Citation::line(Ground::Context, line, "the image was not copied")
            }),
        );
    Ok(finished(case, finding, repository, steps))
}

fn finished(case: Case<'_>, finding: Finding, repository: &str, steps: Vec<Step>) -> Answer {
    let mut finding = finding
        .touching(Touches::Repository(repository.to_owned()))
        .touching(Touches::Service)
        .confirmed_by("a deployment of a single manifest for linux/amd64 without attestations")
        .fixed_by(steps);
    finding.fix.extend(fix::redeploy(case));
    finding.into()
}

fn trouble(image: &Observed<&Image>) -> Option<Trouble> {
    if image.fact.status.as_deref() == Some("ARCHIVED") {
        return Some(Trouble::Archived);
    }
    let kind = image.fact.manifest_media_type.as_deref()?;
    if SINGLE.contains(&kind) {
        return None;
    }
    if !INDEX.contains(&kind) {
        return Some(Trouble::Kind(kind.to_owned()));
    }
    let attested = image.fact.platforms.iter().any(|it| it.os == "unknown");
    attested.then_some(Trouble::Attestations)
}

fn restore(case: Case<'_>, image: &Observed<&Image>, repository: &str) -> Step {
    fix::aws(
        &case.evidence.manifest,
        &[
            "ecr",
            "update-image-storage-class",
            "--repository-name",
            repository,
            "--image-id",
            &format!("imageDigest={}", image.fact.digest),
            "--target-storage-class",
            "STANDARD",
        ],
    )
}

fn build(identifier: &str) -> Step {
    Step::command(&[
        "docker",
        "buildx",
        "build",
        "--platform",
        "linux/amd64",
        "--provenance=false",
        "--sbom=false",
        "--tag",
        identifier,
        "--push",
        ".",
    ])
}

#[cfg(test)]
mod tests {
    use evidence_schema::record::Platform;

    use super::*;
    use crate::evidence::Why;
    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, Sample},
    };

    const COPY: (i64, &str) = (
        20,
        "[AppRunner] Deployment with ID : 11111111222233334444555555555555 failed. Failure reason : Failed to copy the image from ECR",
    );

    fn index() -> Sample {
        Sample::image().image_as(|image| {
            image.manifest_media_type = Some(INDEX[0].to_owned());
            image.platforms.push(Platform {
                os: "unknown".to_owned(),
                architecture: "unknown".to_owned(),
            });
        })
    }

    #[test]
    fn an_archived_image_cannot_be_pulled() {
        let finding = Sample::image()
            .events(&[COPY])
            .image_as(|image| image.status = Some("ARCHIVED".to_owned()))
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
    }

    #[test]
    fn attestations_are_only_consistent_with_a_failed_copy() {
        let finding = index().events(&[COPY]).found(&RULE);
        assert_eq!(finding.strength(), Strength::ConsistentWith);
        assert_eq!(index().missing(&RULE).why, Why::Undecided);
    }

    #[test]
    fn an_image_of_which_instances_were_made_is_usable() {
        index().events(HEALTH_FAILED).cleared(&RULE);
        Sample::image()
            .events(&[COPY])
            .image_as(|image| image.manifest_media_type = Some(SINGLE[0].to_owned()))
            .cleared(&RULE);
        Sample::code().not_applicable(&RULE);
    }

    #[test]
    fn without_ecr_it_cannot_tell() {
        Sample::image()
            .events(&[COPY])
            .denied("image", "ecr:DescribeImages")
            .missing(&RULE);
    }
}
