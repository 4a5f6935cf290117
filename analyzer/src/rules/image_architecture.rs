//! The image is built for another processor than linux/amd64.

use evidence_schema::{
    Time,
    record::{Image, Platform},
};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    image_identifier,
    signature::Family,
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "image-architecture",
    summary: "The image is not built for linux/amd64",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("image_architecture.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "container-never-started",
        "health-check-failed",
        "image-manifest-unusable",
        "image-pull-failed",
        "silent-rollback",
        "start-command-failed",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(source) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "App Runner builds source code itself, for its own processors".to_owned(),
        ));
    };
    let image = case.image();
    let platforms = image
        .as_ref()
        .ok()
        .and_then(|image| image.as_ref())
        .map(runnable);
    let foreign = platforms
        .as_ref()
        .filter(|platforms| !platforms.is_empty())
        .filter(|platforms| !platforms.iter().any(is_ours));

    let said = case.application(Family::ExecFormat);
    let first_said = said.as_ref().ok().and_then(|hits| hits.first());
    if first_said.is_none() && foreign.is_none() {
        return cleared(case, image, platforms.as_deref(), said.err());
    }
    // An image that answered a health check runs.
    if let Some((line, ())) = case
        .attempt
        .find(|message| matches!(message, crate::message::Message::HealthCheckPassed).then_some(()))
    {
        return Ok(Answer::cleared_by(
            line,
            "the application answered, so the image runs",
        ));
    }

    let identifier = source.fact.identifier.as_str();
    let built_for = foreign.map(|platforms| {
        let names: Vec<String> = platforms.iter().map(name).collect();
        words::list(&names)
    });
    let summary = match &built_for {
        Some(names) => {
            format!("The image {identifier} is built for {names}; App Runner runs linux/amd64 only")
        }
        None => format!("The image {identifier} is built for another processor than linux/amd64"),
    };
    let shown = image.ok().flatten().zip(built_for).map(|(image, names)| {
        // A tag can be pushed again, so the image in ECR need not be the one that was deployed.
        let (ground, note) = if pushed_later(&image, case.attempt.failed_at()) {
            (Ground::Context, "; it was pushed after the failure")
        } else {
            (Ground::Configuration, "")
        };
        Citation::fact(
            ground,
            &image,
            match image.fact.manifest_media_type.as_deref() {
                Some(kind) if kind.contains("index") || kind.contains("manifest.list") => {
                    format!("the index of the image has only {names}{note}")
                }
                _ => format!("the image in ECR is for {names}{note}"),
            },
        )
    });
    let line = first_said.map(|hit| {
        Citation::text(
            Ground::Application,
            &hit.first,
            "the kernel refused to run the program",
        )
    });
    let (first, second) = match (line, shown) {
        (Some(line), shown) => (line, shown),
        (None, Some(shown)) => (shown, None),
        (None, None) => return Ok(Answer::cleared("nothing speaks of another processor")),
    };
    let mut finding = Finding::new(Role::Cause, summary, first)
        .citing_if(second)
        .citing_if(asked_for(case))
        .touching(Touches::Repository(
            image_identifier::repository_of(identifier).to_owned(),
        ))
        .confirmed_by("`exec format error` in the application log, or the platforms of the image")
        .fixed_by([Step::command(&[
            "docker",
            "buildx",
            "build",
            "--platform",
            "linux/amd64",
            "--provenance=false",
            "--tag",
            identifier,
            "--push",
            ".",
        ])]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

fn cleared(
    case: Case<'_>,
    image: Result<Option<Observed<&Image>>, Missing>,
    platforms: Option<&[Platform]>,
    unheard: Option<Missing>,
) -> Result<Answer, Missing> {
    if let Ok(Some(image)) = &image
        && platforms.is_some_and(|platforms| platforms.iter().any(is_ours))
        && !pushed_later(image, case.attempt.failed_at())
    {
        return Ok(Answer::cleared_by_fact(
            image,
            "the image in ECR is for linux/amd64",
        ));
    }
    if let Ok(Speech::Spoke(line)) = case.speech() {
        return Ok(Answer::cleared_by_text(
            line,
            "the application ran and wrote a line",
        ));
    }
    if let Some(unheard) = unheard {
        return Err(unheard);
    }
    match image? {
        Some(image) => Err(Missing::undecided(
            "image",
            if pushed_later(&image, case.attempt.failed_at()) {
                "the image in ECR was pushed after the failure, and the application wrote nothing"
            } else {
                "a single manifest does not tell its platform, and the application wrote nothing"
            },
        )),
        None => Ok(Answer::cleared(
            "there is no image that could be of the wrong kind",
        )),
    }
}

/// The line of a Dockerfile that asks for another processor.
fn asked_for(case: Case<'_>) -> Option<Citation> {
    let files = &case.evidence.surroundings.source_files;
    files.iter().find_map(|file| {
        let line = file.fact.instructions.iter().find(|it| {
            let arguments = it.arguments.to_ascii_lowercase();
            it.instruction == "FROM"
                && (arguments.contains("--platform=linux/arm") || arguments.contains("arm64v8/"))
        })?;
        Some(Citation::fact(
            Ground::Context,
            file,
            format!(
                "line {} of {}: FROM {}",
                line.line,
                file.fact.path,
                words::start_of(&line.arguments, 120)
            ),
        ))
    })
}

/// The platforms that can run. Attestations stand in an index as `unknown/unknown`.
fn runnable(image: &Observed<&Image>) -> Vec<Platform> {
    image
        .fact
        .platforms
        .iter()
        .filter(|it| it.os != "unknown" && it.architecture != "unknown")
        .cloned()
        .collect()
}

fn is_ours(platform: &Platform) -> bool {
    platform.os == "linux" && matches!(platform.architecture.as_str(), "amd64" | "x86_64")
}

fn name(platform: &Platform) -> String {
    format!("{}/{}", platform.os, platform.architecture)
}

fn pushed_later(image: &Observed<&Image>, failed: Option<Time>) -> bool {
    match (image.fact.pushed_at, failed) {
        (Some(pushed), Some(failed)) => pushed > failed,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{PULLED, Sample},
    };

    #[test]
    fn the_kernel_says_so() {
        let finding = Sample::image()
            .events(PULLED)
            .application(&[(80, "exec /bin/sh: exec format error")])
            .image_in_ecr(&[])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByApplication);
    }

    #[test]
    fn an_index_without_amd64_proves_it_and_attestations_do_not_count() {
        let finding = Sample::image()
            .events(PULLED)
            .image_in_ecr(&["linux/arm64", "unknown/unknown"])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(
            finding.summary.contains("linux/arm64;"),
            "{}",
            finding.summary
        );
        Sample::image()
            .events(PULLED)
            .image_in_ecr(&["linux/amd64", "linux/arm64"])
            .cleared(&RULE);
    }

    #[test]
    fn an_index_of_attestations_and_a_single_manifest_do_not_tell() {
        Sample::image()
            .events(PULLED)
            .image_in_ecr(&["unknown/unknown"])
            .missing(&RULE);
        Sample::image()
            .events(PULLED)
            .image_in_ecr(&[])
            .missing(&RULE);
    }

    #[test]
    fn an_image_that_was_pushed_after_the_failure_clears_nothing() {
        let mut sample = Sample::image()
            .events(PULLED)
            .image_in_ecr(&["linux/amd64"]);
        for body in &mut sample.bodies {
            if let evidence_schema::Body::Image(image) = body {
                image.pushed_at = Some(crate::test_support::now());
            }
        }
        sample.missing(&RULE);
    }

    #[test]
    fn an_old_instance_says_nothing_about_the_new_image() {
        Sample::image()
            .events(PULLED)
            .image_in_ecr(&[])
            .stream("instance/old", -86_400)
            .instance("instance/old", &[(80, "exec /bin/sh: exec format error")])
            .missing(&RULE);
    }
}
