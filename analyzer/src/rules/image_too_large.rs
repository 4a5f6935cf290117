//! The image does not fit into the storage of an instance.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step},
    message::Message,
};

/// The storage of an instance, which the compressed image, the unpacked image and the files of the
/// application share.
const STORAGE: i64 = 3 << 30;

pub(super) const RULE: Rule = Rule {
    id: "image-too-large",
    summary: "The image does not fit into the 3 GB of storage that an instance has",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("image_too_large.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "health-check-failed",
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
    let Some(image) = case.image()? else {
        return Ok(Answer::NotApplicable(
            "ECR has no such image, so it has no size".to_owned(),
        ));
    };
    let Some(size) = image.fact.size_bytes else {
        return Err(Missing::undecided(
            "image",
            "ECR tells no size of the image",
        ));
    };
    // What is unpacked is not smaller than what was packed, so twice the size is the least that an
    // instance needs.
    let needed = size.saturating_mul(2);
    if needed <= STORAGE {
        return Ok(Answer::cleared_by_fact(
            &image,
            format!("the image has {}, packed", gigabytes(size)),
        ));
    }
    if fix::pushed_after(case, image.fact.pushed_at) {
        return Err(Missing::undecided(
            "image",
            "the image in ECR was pushed after the failure, so its size says nothing",
        ));
    }
    // A container that ran had its image unpacked, whatever its size.
    let ran = case.platform(|message| {
        matches!(
            message,
            Message::HealthCheckPassed | Message::ApplicationStopped { .. }
        )
        .then_some(())
    })?;
    if let Some((line, ())) = ran {
        return Ok(Answer::cleared_by(line, "the image was unpacked and ran"));
    }
    if let Speech::Spoke(line) = case.speech()? {
        return Ok(Answer::cleared_by_text(
            line,
            "the image was unpacked, for the application wrote a line",
        ));
    }

    let identifier = source.fact.identifier.as_str();
    let (ground, shows) = if size > STORAGE {
        (
            Ground::Configuration,
            format!("the image alone has {}, packed", gigabytes(size)),
        )
    } else {
        (
            Ground::Agreement,
            format!(
                "the image has {}, packed; unpacked as well it takes more than 3 GB",
                gigabytes(size)
            ),
        )
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The image {identifier} has {}, and an instance has 3 GB for the packed and the \
             unpacked image together",
            gigabytes(size)
        ),
        Citation::fact(ground, &image, shows),
    )
    .citing(Citation::absence(
        Ground::Context,
        "no container of it ever wrote a line",
    ))
    .touching_all(fix::pushed_to(case))
    .confirmed_by("the sizes of the layers, and a deployment of a smaller image")
    .fixed_by([
        Step::Text("See which layers are large:".to_owned()),
        Step::command(&["docker", "history", "--no-trunc", identifier]),
        Step::Text(
            "Leave out what only the build needs (several stages, a .dockerignore), take packages \
             for the CPU alone, and load models and data when the application starts. An image \
             that stays this large needs a service with more storage, such as Amazon ECS."
                .to_owned(),
        ),
    ]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// `3.4 GB`; what is less than a tenth of one in megabytes.
fn gigabytes(bytes: i64) -> String {
    let tenths = bytes.saturating_mul(10) / (1 << 30);
    match tenths {
        0 => format!("{} MB", bytes / (1 << 20)),
        _ => format!("{}.{} GB", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{PULLED, Sample},
    };

    fn of(gigabytes: i64) -> Sample {
        Sample::image()
            .events(PULLED)
            .image_as(|image| image.size_bytes = Some(gigabytes << 30))
    }

    #[test]
    fn an_image_over_the_limit_that_never_ran_is_named_with_its_size() {
        let finding = of(12).found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(finding.summary.contains("12.0 GB"), "{}", finding.summary);
        assert_eq!(of(2).found(&RULE).strength(), Strength::Correlated);
    }

    #[test]
    fn a_large_image_that_ran_and_a_small_one_are_not_it() {
        of(12).application(&[(90, "booting")]).cleared(&RULE);
        of(1).cleared(&RULE);
        Sample::code().not_applicable(&RULE);
    }

    #[test]
    fn without_ecr_or_the_application_log_it_cannot_tell() {
        Sample::image()
            .denied("image", "ecr:DescribeImages")
            .missing(&RULE);
        of(12)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
