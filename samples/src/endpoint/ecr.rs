//! ECR: repositories, images and manifests.

pub(super) mod blobs;

use chrono::TimeDelta;
use serde_json::Value;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    request::Request,
    validate::{Member, int, list, structure, text},
};
use crate::account::{Image, ImageStatus, Repository};

const fn paging(items: &'static [&'static str]) -> Option<Paging> {
    Some(Paging {
        token_in: "nextToken",
        token_out: &["nextToken"],
        items,
        more: None,
    })
}

const REGISTRY: Member = text("registryId", 12, 12);
const REPOSITORY: Member = text("repositoryName", 2, 256).required();

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "BatchGetImage",
        members: &[
            REGISTRY,
            REPOSITORY,
            list("imageIds", 1, 100).required(),
            list("acceptedMediaTypes", 1, 100),
        ],
        paging: None,
        answer: batch_get_image,
    },
    Served {
        operation: "DescribeImages",
        members: &[
            REGISTRY,
            REPOSITORY,
            list("imageIds", 1, 100),
            text("nextToken", 0, 10_000),
            int("maxResults", 1, 1000),
            structure("filter"),
        ],
        paging: paging(&["imageDetails"]),
        answer: describe_images,
    },
    Served {
        operation: "DescribeRepositories",
        members: &[
            REGISTRY,
            list("repositoryNames", 1, 100),
            text("nextToken", 0, 10_000),
            int("maxResults", 1, 1000),
        ],
        paging: paging(&["repositories"]),
        answer: describe_repositories,
    },
    Served {
        operation: "GetDownloadUrlForLayer",
        members: &[
            REGISTRY,
            REPOSITORY,
            text("layerDigest", 1, 1000).required(),
        ],
        paging: None,
        answer: blobs::get_download_url_for_layer,
    },
    Served {
        operation: "GetLifecyclePolicy",
        members: &[REGISTRY, REPOSITORY],
        paging: None,
        answer: get_lifecycle_policy,
    },
    Served {
        operation: "GetRepositoryPolicy",
        members: &[REGISTRY, REPOSITORY],
        paging: None,
        answer: get_repository_policy,
    },
];

fn describe_repositories(request: &Request<'_>) -> Result<Answer, Failure> {
    let names = request.list("repositoryNames");
    let found = if names.is_empty() {
        let registry = registry(request);
        request
            .account
            .repositories
            .iter()
            .filter(|it| it.registry == registry && it.region == request.region)
            .collect()
    } else {
        names
            .iter()
            .filter_map(Value::as_str)
            .map(|name| repository(request, name))
            .collect::<Result<Vec<_>, _>>()?
    };
    let (range, next) = page::slice(request, found.len(), "maxResults", 100)?;
    let list = Out::list(&found[range], |repository| {
        let mutability = if repository.immutable {
            "IMMUTABLE"
        } else {
            "MUTABLE"
        };
        Out::map()
            .with("repositoryArn", repository.arn())
            .with("registryId", &repository.registry)
            .with("repositoryName", &repository.name)
            .with("repositoryUri", repository.uri())
            .with("createdAt", repository.created_at)
            .with("imageTagMutability", mutability)
            .with(
                "imageScanningConfiguration",
                Out::map().with("scanOnPush", false),
            )
            .with(
                "encryptionConfiguration",
                Out::map()
                    .with("encryptionType", &repository.encryption)
                    .with_some("kmsKey", repository.kms_key.as_ref()),
            )
    });
    Ok(Answer {
        out: Out::map().with("repositories", list),
        next,
    })
}

fn describe_images(request: &Request<'_>) -> Result<Answer, Failure> {
    let repository = repository(request, request.required("repositoryName"))?;
    let ids = request.list("imageIds");
    let found = if ids.is_empty() {
        let status = request.input["filter"]["imageStatus"].as_str();
        let tag_status = request.input["filter"]["tagStatus"].as_str();
        repository
            .images
            .iter()
            .filter(|image| match tag_status {
                Some("TAGGED") => !image.tags.is_empty(),
                Some("UNTAGGED") => image.tags.is_empty(),
                _ => true,
            })
            .filter(|image| match status {
                Some("ANY") | None => true,
                Some(status) => image.status.as_str() == status,
            })
            .collect()
    } else {
        ids.iter()
            .map(|id| image(repository, id).ok_or_else(|| image_not_found(repository, id)))
            .collect::<Result<Vec<_>, _>>()?
    };
    let (range, next) = page::slice(request, found.len(), "maxResults", 100)?;
    let list = Out::list(&found[range], |image| {
        let tags = (!image.tags.is_empty()).then(|| Out::list(&image.tags, Out::from));
        Out::map()
            .with("registryId", &repository.registry)
            .with("repositoryName", &repository.name)
            .with("imageDigest", &image.digest)
            .with_some("imageTags", tags)
            .with("imageSizeInBytes", image.size)
            .with("imagePushedAt", image.pushed_at)
            .with("imageManifestMediaType", &image.media_type)
            .with(
                "artifactMediaType",
                "application/vnd.oci.image.config.v1+json",
            )
            .with("imageStatus", image.status.as_str())
    });
    Ok(Answer {
        out: Out::map().with("imageDetails", list),
        next,
    })
}

fn batch_get_image(request: &Request<'_>) -> Result<Answer, Failure> {
    let repository = repository(request, request.required("repositoryName"))?;
    let mut images = Vec::new();
    let mut failures = Vec::new();
    for id in request.list("imageIds") {
        let asked = Out::map()
            .with_some("imageDigest", id["imageDigest"].as_str())
            .with_some("imageTag", id["imageTag"].as_str());
        let failure = |code: &str, reason: &str| {
            Out::map()
                .with("imageId", asked.clone())
                .with("failureCode", code)
                .with("failureReason", reason)
        };
        if id["imageDigest"].is_null() && id["imageTag"].is_null() {
            failures.push(failure(
                "MissingDigestAndTag",
                "Invalid request parameters: both tag and digest cannot be null",
            ));
            continue;
        }
        match image(repository, id) {
            Some(image) if image.status == ImageStatus::Archived => failures.push(failure(
                "ImageInaccessible",
                "The image is archived and cannot be pulled",
            )),
            Some(image) => images.push(
                Out::map()
                    .with("registryId", &repository.registry)
                    .with("repositoryName", &repository.name)
                    .with("imageId", asked.with("imageDigest", &image.digest))
                    .with("imageManifest", &image.manifest)
                    .with("imageManifestMediaType", &image.media_type),
            ),
            None => failures.push(failure("ImageNotFound", "Requested image not found")),
        }
    }
    Ok(Out::map()
        .with("images", images)
        .with("failures", failures)
        .into())
}

fn get_repository_policy(request: &Request<'_>) -> Result<Answer, Failure> {
    let repository = repository(request, request.required("repositoryName"))?;
    let policy = repository.policy.as_ref().ok_or_else(|| {
        Failure::new(
            "RepositoryPolicyNotFoundException",
            format!(
                "Repository policy does not exist for the repository with name '{}' in the registry with id '{}'",
                repository.name, repository.registry
            ),
        )
    })?;
    Ok(Out::map()
        .with("registryId", &repository.registry)
        .with("repositoryName", &repository.name)
        .with("policyText", policy)
        .into())
}

fn get_lifecycle_policy(request: &Request<'_>) -> Result<Answer, Failure> {
    let repository = repository(request, request.required("repositoryName"))?;
    let policy = repository.lifecycle.as_ref().ok_or_else(|| {
        Failure::new(
            "LifecyclePolicyNotFoundException",
            format!(
                "Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'",
                repository.name, repository.registry
            ),
        )
    })?;
    Ok(Out::map()
        .with("registryId", &repository.registry)
        .with("repositoryName", &repository.name)
        .with("lifecyclePolicyText", policy)
        .with("lastEvaluatedAt", request.account.now - TimeDelta::hours(9))
        .into())
}

fn registry<'r>(request: &'r Request<'_>) -> &'r str {
    request.text("registryId").unwrap_or(&request.account.id)
}

fn repository<'a>(request: &Request<'a>, name: &str) -> Result<&'a Repository, Failure> {
    let registry = registry(request);
    request
        .account
        .repositories
        .iter()
        .find(|it| it.name == name && it.registry == registry && it.region == request.region)
        .ok_or_else(|| {
            Failure::new(
                "RepositoryNotFoundException",
                format!(
                    "The repository with name '{name}' does not exist in the registry with id '{registry}'"
                ),
            )
        })
}

/// The image that an id names; a tag and a digest together must agree.
fn image<'a>(repository: &'a Repository, id: &Value) -> Option<&'a Image> {
    let digest = id["imageDigest"].as_str();
    let tag = id["imageTag"].as_str();
    if digest.is_none() && tag.is_none() {
        return None;
    }
    repository.images.iter().find(|image| {
        digest.is_none_or(|digest| image.digest == digest)
            && tag.is_none_or(|tag| image.tags.iter().any(|known| known == tag))
    })
}

fn image_not_found(repository: &Repository, id: &Value) -> Failure {
    let shown = |name: &str| id[name].as_str().unwrap_or("null").to_owned();
    Failure::new(
        "ImageNotFoundException",
        format!(
            "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name '{}' in the registry with id '{}'",
            shown("imageDigest"),
            shown("imageTag"),
            repository.name,
            repository.registry
        ),
    )
}
