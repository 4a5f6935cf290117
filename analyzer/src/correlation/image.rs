//! Which image a tag meant when a deployment began.

use evidence_schema::{Interval, Time, record::Origin};

use super::touching;
use crate::{
    attempt::Attempt,
    evidence::{
        Case,
        configuration::{ALL, Calls, Had},
    },
    finding::Touches,
    image_identifier, words,
};

/// So much of a digest is told: `sha256:` and twelve digits.
const DIGEST: usize = 19;

/// The image of a deployment.
#[derive(Debug)]
pub(super) struct InForce {
    /// `shop:v1`, or `shop` where the service names a digest.
    name: String,
    /// The digest, and when it was pushed.
    found: Option<(String, Option<Time>)>,
    /// Whether nothing but what ECR has now tells it.
    only_now: bool,
}

impl InForce {
    /// The whole digest.
    pub(super) fn digest(&self) -> Option<String> {
        self.found.as_ref().map(|(digest, _)| digest.clone())
    }

    /// The image in words, for a deployment that began then.
    pub(super) fn text(&self, near: Time) -> Option<String> {
        let (digest, pushed) = self.found.as_ref()?;
        let mut text = format!("image {} {}", self.name, words::start_of(digest, DIGEST));
        if let Some(pushed) = pushed {
            let at = match pushed.date_naive() == near.date_naive() {
                true => words::clock(*pushed),
                false => words::at(*pushed),
            };
            text.push_str(&format!(" pushed {at}"));
        }
        if self.only_now {
            text.push_str(", as ECR has it now");
        }
        Some(text)
    }

    /// That it is not known, in words.
    pub(super) fn unknown(&self) -> String {
        format!("which image {} was then is not known", self.name)
    }
}

/// The image of an attempt; `None` for source code, for a public image, and where it is not known
/// what the service named.
pub(super) fn of(case: Case<'_>, calls: &Calls<'_>, attempt: &Attempt) -> Option<InForce> {
    let service = &case.evidence.service.as_ref()?.fact;
    match &service.source.origin {
        Origin::Image(image) if image.repository_type == "ECR" => {}
        _ => return None,
    }
    let image = ALL.iter().find(|setting| setting.name == "image")?;
    let Had::Known(Some(identifier), _) = calls.had(image, attempt) else {
        return None;
    };
    let repository = image_identifier::repository_of(&identifier).to_owned();
    let reference = image_identifier::reference_of(&identifier).to_owned();
    let around = &case.evidence.surroundings;
    let in_ecr = case
        .evidence
        .images
        .iter()
        .filter(|image| image.fact.repository == repository)
        .map(|image| (&image.fact.digest, &image.fact.tags, image.fact.pushed_at))
        .chain(
            around
                .pushed_images
                .iter()
                .filter(|image| image.fact.repository == repository)
                .map(|image| {
                    (
                        &image.fact.digest,
                        &image.fact.tags,
                        Some(image.fact.pushed_at),
                    )
                }),
        );
    if reference.starts_with("sha256:") {
        let pushed = in_ecr
            .filter(|(digest, ..)| **digest == reference)
            .find_map(|(_, _, pushed)| pushed);
        return Some(InForce {
            name: repository,
            found: Some((reference, pushed)),
            only_now: false,
        });
    }

    let pushes: Vec<(Time, String)> = case
        .evidence
        .changes
        .iter()
        .filter_map(|change| {
            let fact = &change.fact;
            let of = |name: &str| fact.request_parameters.as_ref()?.get(name)?.as_str();
            let is_push = fact.event_name == "PutImage"
                && fact.event_source.starts_with("ecr.")
                && fact.error_code.is_none()
                && of("repositoryName") == Some(&repository)
                && of("imageTag") == Some(&reference);
            let answer = fact.response_elements.as_ref()?;
            let digest = answer.pointer("/image/imageId/imageDigest")?.as_str()?;
            is_push.then(|| (fact.time, digest.to_owned()))
        })
        .collect();
    // An image that has the tag now was pushed with it, or got it by a later call of PutImage.
    let now = in_ecr
        .filter(|(_, tags, _)| tags.contains(&reference))
        .filter_map(|(digest, _, pushed)| Some((pushed?, digest.clone())))
        .filter(|(pushed, _)| *pushed <= attempt.started)
        .max();
    let pushed = pushes
        .iter()
        .filter(|(time, _)| *time <= attempt.started)
        .max()
        .cloned();
    let moved = pushes.iter().any(|(time, _)| *time > attempt.started);
    let touched = Touches::Repository(repository.clone());
    let looked = |from, to| {
        let window = Interval { from, to };
        touching::looked(case, &touched, window).is_ok()
    };
    let end = case.evidence.manifest.windows.extended.to;
    let (found, only_now) = match (pushed, now) {
        (Some(push), now)
            if looked(push.0, attempt.started) && now.as_ref().is_none_or(|it| *it <= push) =>
        {
            (Some(push), false)
        }
        (_, Some(now)) if !moved => {
            let seen = looked(now.0.min(attempt.started), end.max(attempt.started));
            (Some(now), !seen)
        }
        _ => (None, false),
    };
    Some(InForce {
        name: format!("{repository}:{reference}"),
        found: found.map(|(time, digest)| (digest, Some(time))),
        only_now,
    })
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, Status, record::PushedImage};
    use serde_json::json;

    use super::*;
    use crate::test_support::{Sample, seconds};

    const OLD: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    const NEW: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

    fn put(sample: Sample, offset: i64, digest: &str) -> Sample {
        let request = json!({"repositoryName": "web", "imageTag": "v2"});
        sample
            .change(offset, "ecr", "PutImage", request)
            .called(|call| {
                call.response_elements =
                    Some(json!({"image": {"imageId": {"imageDigest": digest}}}));
            })
    }

    fn pushed(sample: Sample, offset: i64, digest: &str) -> Sample {
        sample.with(Body::PushedImage(PushedImage {
            repository: "web".to_owned(),
            digest: digest.to_owned(),
            tags: vec!["v2".to_owned()],
            pushed_at: seconds(offset),
            size_bytes: None,
            manifest_media_type: None,
            status: None,
        }))
    }

    fn told(sample: &Sample) -> (String, Option<String>) {
        sample.ask(|case| {
            let calls = Calls::of(case.evidence);
            let image = of(case, &calls, case.attempt).expect("an image of ECR");
            let text = image.text(case.attempt.started);
            (text.unwrap_or_else(|| image.unknown()), image.digest())
        })
    }

    #[test]
    fn the_last_push_before_it_is_what_the_tag_meant() {
        let sample = put(put(Sample::image(), -3_600, OLD), 60, NEW);
        let sample = pushed(sample, 60, NEW);
        let (text, digest) = told(&sample);
        assert_eq!(text, "image web:v2 sha256:111111111111… pushed 09:00:00");
        assert_eq!(digest.as_deref(), Some(OLD));
    }

    #[test]
    fn a_tag_that_was_moved_since_tells_nothing_of_then() {
        let (text, digest) = told(&put(Sample::image(), 60, NEW));
        assert_eq!(text, "which image web:v2 was then is not known");
        assert_eq!(digest, None);
    }

    #[test]
    fn where_pushes_were_not_looked_up_it_says_that_ecr_has_it_now() {
        let mut sample = pushed(Sample::image(), -86_400, OLD);
        assert_eq!(
            told(&sample).0,
            "image web:v2 sha256:111111111111… pushed 2026-11-19 10:00:00"
        );
        for entry in sample
            .coverage
            .iter_mut()
            .filter(|it| it.source == "changes")
        {
            entry.subject = Some("apprunner.amazonaws.com".to_owned());
            entry.status = Status::Complete;
        }
        assert!(told(&sample).0.ends_with(", as ECR has it now"));
    }

    #[test]
    fn a_digest_speaks_for_itself() {
        let sample = Sample::image().service(|service| {
            if let Origin::Image(image) = &mut service.source.origin {
                image.identifier =
                    format!("111122223333.dkr.ecr.us-east-1.amazonaws.com/web@{OLD}");
            }
        });
        assert_eq!(told(&sample).0, "image web sha256:111111111111…");
    }
}
