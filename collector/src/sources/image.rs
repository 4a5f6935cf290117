//! The image in ECR: its repository with the policies of that, and the platforms it was built for.

mod platforms;
mod reference;

use aws_sdk_ecr::types::ImageStatus;
use evidence_schema::{
    Body, Status,
    record::{Image, Repository},
};

pub(super) use self::reference::{Reference, reference};
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
const GET_LIFECYCLE_POLICY: &str = "ecr:GetLifecyclePolicy";
const DESCRIBE_IMAGES: &str = "ecr:DescribeImages";
const BATCH_GET_IMAGE: &str = "ecr:BatchGetImage";
const GET_DOWNLOAD_URL: &str = "ecr:GetDownloadUrlForLayer";

const REPOSITORIES: &str = "arn:aws:ecr:*:*:repository/*";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "image",
    gives: "the image in ECR, its platforms, its repository and the repository's policies",
    calls: &[
        call(DESCRIBE_REPOSITORIES, REPOSITORIES),
        call(GET_REPOSITORY_POLICY, REPOSITORIES),
        call(GET_LIFECYCLE_POLICY, REPOSITORIES),
        call(DESCRIBE_IMAGES, REPOSITORIES),
        call(BATCH_GET_IMAGE, REPOSITORIES),
        call(GET_DOWNLOAD_URL, REPOSITORIES),
    ],
};

/// Reads repository, policies and image, an entry of the ledger each.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let reference = reference(context)?;
    let policy_subject = format!("{} policy", reference.repository);
    let lifecycle_subject = format!("{} lifecycle policy", reference.repository);
    let subjects = [
        reference.repository.as_str(),
        policy_subject.as_str(),
        lifecycle_subject.as_str(),
        reference.identifier.as_str(),
    ];
    for subject in subjects {
        out.plan(Some(subject), &[]);
    }
    let ecr = context.aws.ecr(&reference.region);

    out.begin(Some(subjects[0]));
    let mut repository = match read_repository(out, &ecr, &reference).await {
        // The record takes the policies in, so its entry stays open until those were asked.
        Ok(repository) => Some(repository),
        Err(outcome) => {
            let gone = outcome.status == Status::Absent;
            out.end(Err(outcome));
            if gone {
                for subject in &subjects[1..] {
                    let outcome = Outcome::absent("the repository does not exist");
                    out.skip(Some(subject), outcome);
                }
                return Ok(());
            }
            None
        }
    };
    out.begin(Some(subjects[1]));
    let policy = read_policy(out, &ecr, &reference).await;
    out.end(policy.map(|policy| {
        if let Some(repository) = &mut repository {
            repository.policy = policy;
        }
    }));
    out.begin(Some(subjects[2]));
    let result = read_lifecycle(out, &ecr, &reference, repository.as_mut()).await;
    out.end(result);
    if let Some(repository) = repository {
        if let Some(key) = &repository.kms_key {
            context.leads.key(context.target, key, &repository.arn);
        }
        out.begin(Some(subjects[0]));
        out.push(Body::Repository(repository));
        out.end(Ok(()));
    }

    out.begin(Some(subjects[3]));
    let result = read_image(out, context, &ecr, &reference).await;
    out.end(result);
    Ok(())
}

async fn read_repository(
    out: &mut Out<'_>,
    ecr: &aws_sdk_ecr::Client,
    reference: &Reference,
) -> Result<Repository, Outcome> {
    let mut pages = Pages::default();
    let it = loop {
        out.call(DESCRIBE_REPOSITORIES);
        let page = ecr
            .describe_repositories()
            .registry_id(&reference.registry_id)
            .repository_names(&reference.repository)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_REPOSITORIES, error))?;
        if let Some(it) = page.repositories.unwrap_or_default().into_iter().next() {
            break it;
        }
        if !pages.advance(page.next_token)? {
            return Err(Outcome::absent("ECR listed no repository of this name"));
        }
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
        lifecycle_policy: None,
        lifecycle_evaluated_at: None,
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

async fn read_lifecycle(
    out: &mut Out<'_>,
    ecr: &aws_sdk_ecr::Client,
    reference: &Reference,
    repository: Option<&mut Repository>,
) -> Result<(), Outcome> {
    out.call(GET_LIFECYCLE_POLICY);
    let answer = ecr
        .get_lifecycle_policy()
        .registry_id(&reference.registry_id)
        .repository_name(&reference.repository)
        .send()
        .await
        .map_err(|error| status_of(GET_LIFECYCLE_POLICY, error))?;
    if let Some(repository) = repository {
        repository.lifecycle_policy = text_of(answer.lifecycle_policy_text.as_ref());
        repository.lifecycle_evaluated_at = time_of(answer.last_evaluated_at.as_ref());
    }
    Ok(())
}

async fn read_image(
    out: &mut Out<'_>,
    context: &Context<'_>,
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
    let platforms = if detail.image_status == Some(ImageStatus::Archived) {
        out.note("the image is archived, and its manifest cannot be read");
        Ok(Vec::new())
    } else {
        platforms::read(out, context, ecr, reference).await
    };
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
        archived_at: time_of(detail.last_archived_at.as_ref()),
        activated_at: time_of(detail.last_activated_at.as_ref()),
    }));
    result
}
