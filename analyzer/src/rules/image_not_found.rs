//! The image that the service names is not in ECR.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    image_identifier,
    message::{Message, PullFailure},
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
    let mut finding = Finding::new(
        Role::Cause,
        format!("The image {identifier} does not exist in ECR"),
        first,
    )
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
    .confirmed_by(format!(
        "whether {repository} has {}",
        image_identifier::reference_of(identifier)
    ))
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
