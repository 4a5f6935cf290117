//! The image was not pulled, and App Runner does not say why.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    image_identifier,
    message::{Message, PullFailure},
};

pub(super) const RULE: Rule = Rule {
    id: "image-pull-failed",
    summary: "The image was not pulled, for a reason that App Runner does not name",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("image_pull_failed.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(source) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code".to_owned(),
        ));
    };
    let identifier = source.fact.identifier.as_str();
    let region = case.evidence.manifest.target.region.as_str();
    let elsewhere = image_identifier::region_of(identifier).filter(|it| *it != region);
    let failed = case.platform(|message| match message {
        Message::PullFailed(PullFailure::Other(_) | PullFailure::NotCopied) => Some(()),
        Message::DeploymentFailed {
            reason: Some(reason),
            ..
        } if fix::is_pull_reason(reason) => Some(()),
        // Until 2022 these words were also those for a registry of another Region.
        Message::PullFailed(PullFailure::AccessRoleOrImage) if elsewhere.is_some() => Some(()),
        _ => None,
    })?;
    let failed = failed.filter(|(line, ())| case.role_line_excuse(line).is_none());
    // Then there is a reason, whatever else is written about the copy.
    if let Some((line, PullFailure::AccessRole)) = case.access_role_blamed()? {
        return Ok(Answer::cleared_by(
            line,
            "App Runner blames the access role",
        ));
    }
    let Some((line, ())) = failed else {
        return Ok(match case.pulled()? {
            Some(pulled) => Answer::cleared_by(pulled, "the image was pulled"),
            None => Answer::cleared("no pull failed without a reason"),
        });
    };
    let summary = match elsewhere {
        Some(other) => format!(
            "The image {identifier} was not pulled; it is in {other}, and the service in {region}"
        ),
        None => format!("The image {identifier} was not pulled, and App Runner gives no reason"),
    };
    let in_ecr = case.image();
    let mut finding = Finding::new(
        Role::Mechanism,
        summary,
        Citation::line(
            Ground::Platform,
            line,
            "App Runner could not copy the image",
        ),
    )
    .citing_if(
        in_ecr
            .ok()
            .flatten()
            .map(|image| Citation::fact(Ground::Context, &image, "ECR has the image now")),
    )
    .touching(Touches::Repository(
        image_identifier::repository_of(identifier).to_owned(),
    ))
    .touching(Touches::Service)
    .confirmed_by(
        "the same pull from a machine of yours, with the access role if the registry is private",
    );
    finding.fix.push(Step::Text(
        "What has caused this, in the order to check: an image that is not for linux/amd64; an \
         image that was deleted or archived, or a key of the repository that is disabled; an index \
         with attestations; a registry of another Region or account; an image of many gigabytes."
            .to_owned(),
    ));
    finding.fix.push(Step::command(&[
        "docker",
        "buildx",
        "imagetools",
        "inspect",
        identifier,
    ]));
    if let Some(other) = elsewhere {
        finding.fix.push(Step::Text(format!(
            "App Runner pulls from another Region only since September 2022. To leave {other} out \
             of it, push the image to a repository in {region} and name that one."
        )));
    }
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use evidence_schema::record::Origin;

    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

    const COPY: (i64, &str) = (
        20,
        "[AppRunner] Deployment with ID : 11111111222233334444555555555555 failed. Failure reason : Failed to copy the image from ECR",
    );
    const OLD: (i64, &str) = (
        600,
        "[AppRunner] Failed to pull your application image. Be sure you configure your service with a valid access role to your ECR repository.",
    );

    #[test]
    fn a_failed_copy_is_told_with_what_to_look_at() {
        let finding = Sample::image().events(&[COPY]).found(&RULE);
        assert!(finding.summary.contains("gives no reason"));
        assert_eq!(finding.role, Role::Mechanism);
    }

    #[test]
    fn a_registry_of_another_region_is_named() {
        let finding = Sample::image()
            .service(|service| {
                if let Origin::Image(image) = &mut service.source.origin {
                    image.identifier = image.identifier.replace("us-east-1", "eu-west-1");
                }
            })
            .deployment(&[OLD])
            .found(&RULE);
        assert!(
            finding.summary.contains("it is in eu-west-1"),
            "{}",
            finding.summary
        );
        Sample::image().deployment(&[OLD]).cleared(&RULE);
    }

    #[test]
    fn a_line_of_the_rollback_and_a_stated_reason_are_not_it() {
        Sample::image()
            .events(HEALTH_FAILED)
            .events(&[(450, "[AppRunner] Failed to pull your application image.")])
            .cleared(&RULE);
        Sample::image().events(PULLED).cleared(&RULE);
        Sample::code().not_applicable(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        Sample::image()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
