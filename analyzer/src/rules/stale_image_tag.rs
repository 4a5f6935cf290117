//! Another image was deployed than the one that was pushed last.

use evidence_schema::record::{Image, PushedImage};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    image_identifier, words,
};

pub(super) const RULE: Rule = Rule {
    id: "stale-image-tag",
    summary: "The deployment took another image than the one that was pushed last",
    severity: Severity::Notice,
    about: About::Deployment,
    docs: include_str!("stale_image_tag.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(source) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code".to_owned(),
        ));
    };
    if source.fact.repository_type != "ECR" {
        return Ok(Answer::NotApplicable(
            "what is pushed to a public registry is not in a bundle".to_owned(),
        ));
    }
    let Some(image) = case.image()? else {
        return Ok(Answer::NotApplicable("ECR has no such image".to_owned()));
    };
    let identifier = source.fact.identifier.as_str();
    let pulled = case.pulled()?;
    let taken = pulled.map_or(case.attempt.started, |line| line.time);
    // The tag moved after the pull: what is in ECR is not what failed.
    if let Some(pushed) = image.fact.pushed_at
        && pulled.is_some()
        && pushed > taken
        && case.attempt.failed()
        && !identifier.contains('@')
    {
        let finding = Finding::new(
            Role::Symptom,
            format!(
                "{identifier} was pushed again at {}, after this deployment had taken it; what is in ECR now has not been deployed",
                words::at(pushed)
            ),
            Citation::fact(
                Ground::Configuration,
                &image,
                "the image that the tag names now",
            ),
        );
        return Ok(finished(case, finding, identifier, None));
    }
    let newer = newer(case, &image, taken);
    let Some(newer) = newer else {
        case.evidence.ledger.looked("pushed-images", None, None)?;
        return Ok(Answer::cleared_by_fact(
            &image,
            "nothing newer was pushed to the repository before the deployment",
        ));
    };
    let tags = match newer.fact.tags.as_slice() {
        [] => newer.fact.digest.clone(),
        tags => words::list(tags),
    };
    let when = image.fact.pushed_at.map(words::at).unwrap_or_default();
    // A repository may hold images of several services, so a newer one need not be meant. It is
    // told as a symptom: true and worth a look, and never before a cause.
    let finding = Finding::new(
        Role::Symptom,
        format!(
            "The service deploys {identifier}, pushed at {when}, and {tags} was pushed to the same repository at {}, before the deployment",
            words::at(newer.fact.pushed_at)
        ),
        Citation::fact(Ground::Context, newer, format!("the newer image {tags}")),
    )
    .citing(Citation::fact(
        Ground::Context,
        &image,
        "the image that the service names",
    ));
    Ok(finished(
        case,
        finding,
        identifier,
        newer.fact.tags.first().map(String::as_str),
    ))
}

/// The newest image that was pushed before the pull and after the one that the service names.
fn newer<'a>(
    case: Case<'a>,
    image: &Observed<&Image>,
    taken: evidence_schema::Time,
) -> Option<&'a Observed<PushedImage>> {
    let own = image.fact.pushed_at?;
    case.evidence
        .surroundings
        .pushed_images
        .iter()
        .filter(|it| {
            it.fact.repository == image.fact.repository
                && it.fact.digest != image.fact.digest
                && it.fact.pushed_at > own
                && it.fact.pushed_at <= taken
                // What no tag names any more was replaced, or is a part of an index.
                && !it.fact.tags.is_empty()
        })
        .max_by_key(|it| it.fact.pushed_at)
}

fn finished(case: Case<'_>, finding: Finding, identifier: &str, tag: Option<&str>) -> Answer {
    let repository = image_identifier::repository_of(identifier);
    let mut finding = finding
        .touching(Touches::Repository(repository.to_owned()))
        .touching(Touches::Service)
        .confirmed_by("which image was meant to be deployed")
        .fixed_by([Step::Text(
            "A push to another tag deploys nothing, and a tag that moves says not what runs: give \
             each build a tag of its own, or name the digest."
                .to_owned(),
        )]);
    match (tag, case.image_source()) {
        (Some(tag), Ok(Some(source))) => {
            let registry = identifier
                .split_once('/')
                .map_or("", |(registry, _)| registry);
            let named = evidence_schema::record::ImageSource {
                identifier: format!("{registry}/{repository}:{tag}"),
                ..source.fact.clone()
            };
            finding.fix.push(Step::Text(format!("To deploy {tag}:")));
            finding.fix.push(fix::image_configuration(
                case,
                &named,
                serde_json::json!({}),
            ));
        }
        _ => finding.fix.extend(fix::redeploy(case)),
    }
    finding.into()
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, Status};

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, Sample, seconds},
    };

    fn pushed(offset: i64, tags: &[&str]) -> Body {
        Body::PushedImage(PushedImage {
            repository: "web".to_owned(),
            digest: format!("sha256:{offset}"),
            tags: tags.iter().map(|it| (*it).to_owned()).collect(),
            pushed_at: seconds(offset),
            size_bytes: None,
            manifest_media_type: None,
            status: None,
        })
    }

    fn old() -> Sample {
        Sample::image()
            .events(HEALTH_FAILED)
            .covered("pushed-images", Status::Complete)
            .image_as(|image| image.pushed_at = Some(seconds(-800_000)))
    }

    #[test]
    fn a_newer_image_beside_the_tag_is_a_symptom() {
        let finding = old().with(pushed(-3_600, &["latest"])).found(&RULE);
        assert_eq!(
            (finding.role, finding.strength()),
            (Role::Symptom, Strength::ConsistentWith)
        );
        assert!(
            finding.summary.contains("latest was pushed"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn a_tag_that_was_pushed_again_after_the_pull_is_certain() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .image_as(|image| image.pushed_at = Some(seconds(700)))
            .found(&RULE);
        assert!(finding.summary.contains("pushed again"));
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
    }

    #[test]
    fn what_came_later_or_has_no_tag_is_not_it() {
        old().with(pushed(900, &["latest"])).cleared(&RULE);
        old().with(pushed(-3_600, &[])).cleared(&RULE);
        Sample::code().not_applicable(&RULE);
    }

    #[test]
    fn without_the_list_of_pushes_it_cannot_tell() {
        old()
            .denied("pushed-images", "ecr:DescribeImages")
            .missing(&RULE);
    }
}
