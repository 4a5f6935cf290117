//! The image in ECR: its repository, the repository's policy, and the platforms it was built for.

use aws_sdk_ecr::types::ImageIdentifier;
use evidence_schema::{
    Body, Status,
    record::{Image, Origin, Platform, Repository},
};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text, text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const DESCRIBE_REPOSITORIES: &str = "ecr:DescribeRepositories";
const GET_REPOSITORY_POLICY: &str = "ecr:GetRepositoryPolicy";
const DESCRIBE_IMAGES: &str = "ecr:DescribeImages";
const BATCH_GET_IMAGE: &str = "ecr:BatchGetImage";

const REPOSITORIES: &str = "arn:aws:ecr:*:*:repository/*";

/// The manifests that ECR may hand over as they are; without the list it converts an index to an
/// old form that has no platforms.
const MEDIA_TYPES: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "image",
    gives: "the image in ECR, its platforms, its repository and the repository's policy",
    calls: &[
        call(DESCRIBE_REPOSITORIES, REPOSITORIES),
        call(GET_REPOSITORY_POLICY, REPOSITORIES),
        call(DESCRIBE_IMAGES, REPOSITORIES),
        call(BATCH_GET_IMAGE, REPOSITORIES),
    ],
};

/// An image of a private ECR repository, as its identifier says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reference {
    registry_id: String,
    region: String,
    repository: String,
    /// A tag, or a digest that begins with `sha256:`.
    reference: String,
}

impl Reference {
    /// Reads `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag|@digest]`.
    fn parse(identifier: &str) -> Option<Self> {
        let (host, path) = identifier.split_once('/')?;
        let mut labels = host.split('.');
        let registry_id = labels.next()?.to_owned();
        if labels.next()? != "dkr" || !labels.next()?.starts_with("ecr") {
            return None;
        }
        let region = labels.next()?.to_owned();
        let (repository, reference) = if let Some((repository, digest)) = path.split_once('@') {
            // With both, the digest decides.
            let repository = repository.split(':').next().unwrap_or(repository);
            (repository, digest)
        } else if let Some((repository, tag)) = path.split_once(':') {
            (repository, tag)
        } else {
            (path, "latest")
        };
        Some(Self {
            registry_id,
            region,
            repository: repository.to_owned(),
            reference: reference.to_owned(),
        })
    }

    fn id(&self) -> ImageIdentifier {
        let id = ImageIdentifier::builder();
        if self.reference.starts_with("sha256:") {
            id.image_digest(&self.reference).build()
        } else {
            id.image_tag(&self.reference).build()
        }
    }
}

/// The repository of the service's image, where that is in ECR.
pub(super) struct Place {
    /// Its ARN.
    pub(super) arn: String,
    /// Its Region.
    pub(super) region: String,
}

/// Where the image of the service is, as its identifier says.
pub(super) fn repository(context: &Context<'_>) -> Option<Place> {
    let Origin::Image(image) = &context.service?.source.origin else {
        return None;
    };
    let it = Reference::parse(&image.identifier)?;
    Some(Place {
        arn: format!(
            "arn:aws:ecr:{}:{}:repository/{}",
            it.region, it.registry_id, it.repository
        ),
        region: it.region,
    })
}

/// Reads repository, policy and image, an entry of the ledger each.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(service) = context.service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    let Origin::Image(image) = &service.source.origin else {
        return Err(Outcome::not_asked("the service does not deploy an image"));
    };
    if image.repository_type == "ECR_PUBLIC" {
        return Err(Outcome::not_asked(
            "the image is in ECR Public, which needs no permission and tells nothing more",
        ));
    }
    let Some(reference) = Reference::parse(&image.identifier) else {
        return Err(Outcome::not_asked(
            "the image identifier does not name a private ECR repository",
        ));
    };
    let policy_subject = format!("{} policy", reference.repository);
    let subjects = [
        reference.repository.as_str(),
        policy_subject.as_str(),
        image.identifier.as_str(),
    ];
    for subject in subjects {
        out.plan(Some(subject), &[]);
    }
    let ecr = context.aws.ecr(&reference.region);

    out.begin(Some(subjects[0]));
    let repository = read_repository(out, &ecr, &reference).await;
    match repository {
        Ok(mut repository) => {
            if let Some(key) = &repository.kms_key {
                context.leads.key(context.target, key, &repository.arn);
            }
            // The record takes the policy in, so its entry stays open until that was asked.
            out.begin(Some(subjects[1]));
            let policy = read_policy(out, &ecr, &reference).await;
            out.end(policy.map(|policy| repository.policy = policy));
            out.begin(Some(subjects[0]));
            out.push(Body::Repository(repository));
            out.end(Ok(()));
        }
        Err(outcome) => {
            let gone = outcome.status == Status::Absent;
            out.end(Err(outcome));
            if gone {
                let note = "the repository does not exist";
                out.skip(Some(subjects[1]), Outcome::absent(note));
                out.skip(Some(subjects[2]), Outcome::absent(note));
                return Ok(());
            }
            out.begin(Some(subjects[1]));
            let policy = read_policy(out, &ecr, &reference).await;
            out.end(policy.map(|_| ()));
        }
    }

    out.begin(Some(subjects[2]));
    let result = read_image(out, &ecr, &reference).await;
    out.end(result);
    Ok(())
}

async fn read_repository(
    out: &mut Out<'_>,
    ecr: &aws_sdk_ecr::Client,
    reference: &Reference,
) -> Result<Repository, Outcome> {
    out.call(DESCRIBE_REPOSITORIES);
    let answer = ecr
        .describe_repositories()
        .registry_id(&reference.registry_id)
        .repository_names(&reference.repository)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE_REPOSITORIES, error))?;
    let Some(it) = answer.repositories.unwrap_or_default().into_iter().next() else {
        return Err(Outcome::absent("ECR listed no repository of this name"));
    };
    let encryption = it.encryption_configuration;
    Ok(Repository {
        arn: text_of(it.repository_arn.as_ref()).unwrap_or_default(),
        name: text_of(it.repository_name.as_ref()).unwrap_or_default(),
        registry_id: text_of(it.registry_id.as_ref()),
        uri: text_of(it.repository_uri.as_ref()),
        created_at: time_of(it.created_at.as_ref()),
        tag_mutability: text_of(it.image_tag_mutability.as_ref()),
        encryption_type: encryption
            .as_ref()
            .and_then(|it| text(it.encryption_type.as_str())),
        kms_key: encryption.and_then(|it| text_of(it.kms_key.as_ref())),
        policy: None,
    })
}

async fn read_policy(
    out: &mut Out<'_>,
    ecr: &aws_sdk_ecr::Client,
    reference: &Reference,
) -> Result<Option<String>, Outcome> {
    out.call(GET_REPOSITORY_POLICY);
    let answer = ecr
        .get_repository_policy()
        .registry_id(&reference.registry_id)
        .repository_name(&reference.repository)
        .send()
        .await
        .map_err(|error| status_of(GET_REPOSITORY_POLICY, error))?;
    Ok(text_of(answer.policy_text.as_ref()))
}

async fn read_image(
    out: &mut Out<'_>,
    ecr: &aws_sdk_ecr::Client,
    reference: &Reference,
) -> Result<(), Outcome> {
    let mut details = Vec::new();
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE_IMAGES);
        let page = ecr
            .describe_images()
            .registry_id(&reference.registry_id)
            .repository_name(&reference.repository)
            .image_ids(reference.id())
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_IMAGES, error))?;
        details.extend(page.image_details.unwrap_or_default());
        if !pages.advance(page.next_token)? {
            break;
        }
    }
    let Some(detail) = details.into_iter().next() else {
        return Err(Outcome::absent("ECR has no image of this tag or digest"));
    };
    let platforms = read_platforms(out, ecr, reference).await;
    let mut tags = detail.image_tags.unwrap_or_default();
    tags.sort_unstable();
    let (platforms, result) = match platforms {
        Ok(platforms) => (platforms, Ok(())),
        Err(outcome) => (Vec::new(), Err(outcome)),
    };
    out.push(Body::Image(Image {
        registry_id: text_of(detail.registry_id.as_ref()),
        repository: reference.repository.clone(),
        reference: reference.reference.clone(),
        digest: text_of(detail.image_digest.as_ref()).unwrap_or_default(),
        tags,
        pushed_at: time_of(detail.image_pushed_at.as_ref()),
        size_bytes: detail.image_size_in_bytes,
        manifest_media_type: text_of(detail.image_manifest_media_type.as_ref()),
        status: text_of(detail.image_status.as_ref()),
        platforms,
    }));
    result
}

async fn read_platforms(
    out: &mut Out<'_>,
    ecr: &aws_sdk_ecr::Client,
    reference: &Reference,
) -> Result<Vec<Platform>, Outcome> {
    out.call(BATCH_GET_IMAGE);
    let mut request = ecr
        .batch_get_image()
        .registry_id(&reference.registry_id)
        .repository_name(&reference.repository)
        .image_ids(reference.id());
    for media_type in MEDIA_TYPES {
        request = request.accepted_media_types(*media_type);
    }
    let answer = request
        .send()
        .await
        .map_err(|error| status_of(BATCH_GET_IMAGE, error))?;
    if let Some(failure) = answer.failures.unwrap_or_default().into_iter().next() {
        let code = text_of(failure.failure_code.as_ref()).unwrap_or_default();
        let reason = text_of(failure.failure_reason.as_ref()).unwrap_or_default();
        return Err(Outcome {
            error: Some(evidence_schema::coverage::AwsError {
                code,
                message: reason,
            }),
            ..Outcome::noted(Status::Failed, "the manifest could not be read")
        });
    }
    Ok(answer
        .images
        .unwrap_or_default()
        .into_iter()
        .next()
        .and_then(|image| image.image_manifest)
        .map(|manifest| platforms_of(&manifest))
        .unwrap_or_default())
}

/// The platforms of an index; none for a single manifest, which does not say.
fn platforms_of(manifest: &str) -> Vec<Platform> {
    let Ok(manifest) = serde_json::from_str::<serde_json::Value>(manifest) else {
        return Vec::new();
    };
    let mut platforms: Vec<_> = manifest["manifests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            let member = |name: &str| {
                let value = entry["platform"][name].as_str().unwrap_or("unknown");
                value.to_owned()
            };
            Platform {
                os: member("os"),
                architecture: member("architecture"),
            }
        })
        .collect();
    platforms.sort_unstable();
    platforms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_names_registry_region_repository_and_reference() {
        let parse = |identifier| {
            Reference::parse(identifier)
                .map(|it| (it.registry_id, it.region, it.repository, it.reference))
        };
        let own = |a: &str, b: &str, c: &str, d: &str| {
            Some((a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned()))
        };
        assert_eq!(
            parse("444455556666.dkr.ecr.eu-west-1.amazonaws.com/team/web:v2"),
            own("444455556666", "eu-west-1", "team/web", "v2")
        );
        assert_eq!(
            parse("444455556666.dkr.ecr.eu-west-1.amazonaws.com/web:v2@sha256:ab"),
            own("444455556666", "eu-west-1", "web", "sha256:ab")
        );
        assert_eq!(
            parse("444455556666.dkr.ecr.eu-west-1.amazonaws.com/web"),
            own("444455556666", "eu-west-1", "web", "latest")
        );
        assert_eq!(parse("public.ecr.aws/nginx/nginx:latest"), None);
        assert_eq!(parse("nginx"), None);
    }

    #[test]
    fn an_index_has_platforms_and_a_manifest_has_none() {
        let index = r#"{"manifests":[{"platform":{"os":"unknown","architecture":"unknown"}},{"platform":{"os":"linux","architecture":"arm64"}}]}"#;
        let names: Vec<_> = platforms_of(index)
            .into_iter()
            .map(|it| format!("{}/{}", it.os, it.architecture))
            .collect();
        assert_eq!(names, ["linux/arm64", "unknown/unknown"]);
        assert_eq!(platforms_of(r#"{"config":{},"layers":[]}"#), []);
        assert_eq!(platforms_of("not JSON"), []);
    }
}
