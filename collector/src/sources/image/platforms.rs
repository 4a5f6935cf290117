//! The platforms that an image was built for.

use evidence_schema::{Status, coverage::AwsError, record::Platform};
use serde_json::Value;

use super::{BATCH_GET_IMAGE, GET_DOWNLOAD_URL, Reference};
use crate::{
    collect::Context,
    convert::text_of,
    ledger::Out,
    status::{Outcome, status_of},
};

/// The manifests that ECR may hand over as they are; without the list it converts an index to an
/// old form that has no platforms.
const MEDIA_TYPES: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Configuration blobs are a few kilobytes. This is more than any tool writes.
const MOST_BYTES: usize = 1 << 20;

/// The platforms of an index, or the one platform of a single image.
pub(super) async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
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
            error: Some(AwsError {
                code,
                message: reason,
            }),
            ..Outcome::noted(Status::Failed, "the manifest could not be read")
        });
    }
    let manifest = answer
        .images
        .unwrap_or_default()
        .into_iter()
        .next()
        .and_then(|image| image.image_manifest);
    match manifest.as_deref().map(read_manifest) {
        Some(Manifest::Index(platforms)) => Ok(platforms),
        Some(Manifest::Single { config }) => {
            let platform = read_config(out, context, ecr, reference, &config).await?;
            Ok(platform.into_iter().collect())
        }
        Some(Manifest::Unknown) | None => {
            out.note("the manifest does not tell the platform");
            Ok(Vec::new())
        }
    }
}

/// What a manifest says of platforms.
#[derive(Debug, PartialEq, Eq)]
enum Manifest {
    /// An index, with a platform for each image in it.
    Index(Vec<Platform>),
    /// A single image, whose platform is in the blob of this digest.
    Single {
        /// The digest of its configuration.
        config: String,
    },
    /// Neither.
    Unknown,
}

fn read_manifest(manifest: &str) -> Manifest {
    let Ok(manifest) = serde_json::from_str::<Value>(manifest) else {
        return Manifest::Unknown;
    };
    if let Some(entries) = manifest["manifests"].as_array() {
        let mut platforms: Vec<_> = entries
            .iter()
            .map(|entry| platform_of(&entry["platform"]))
            .collect();
        platforms.sort_unstable();
        return Manifest::Index(platforms);
    }
    match manifest["config"]["digest"].as_str() {
        Some(digest) => Manifest::Single {
            config: digest.to_owned(),
        },
        None => Manifest::Unknown,
    }
}

fn platform_of(value: &Value) -> Platform {
    let member = |name: &str| value[name].as_str().unwrap_or("unknown").to_owned();
    Platform {
        os: member("os"),
        architecture: member("architecture"),
    }
}

/// The platform in the configuration of a single image. Of the blob, which has the environment of
/// the image in it, nothing else is looked at.
async fn read_config(
    out: &mut Out<'_>,
    context: &Context<'_>,
    ecr: &aws_sdk_ecr::Client,
    reference: &Reference,
    digest: &str,
) -> Result<Option<Platform>, Outcome> {
    out.call(GET_DOWNLOAD_URL);
    let answer = ecr
        .get_download_url_for_layer()
        .registry_id(&reference.registry_id)
        .repository_name(&reference.repository)
        .layer_digest(digest)
        .send()
        .await
        .map_err(|error| status_of(GET_DOWNLOAD_URL, error))?;
    let Some(url) = text_of(answer.download_url.as_ref()) else {
        out.note("ECR gave no address for the configuration of the image");
        return Ok(None);
    };
    let blob = context.aws.downloads.get(&url, MOST_BYTES).await?;
    let config: Value = serde_json::from_slice(&blob).unwrap_or_default();
    let platform = platform_of(&config);
    if platform.architecture == "unknown" {
        out.note("the configuration of the image does not tell its platform");
        return Ok(None);
    }
    Ok(Some(platform))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_has_platforms_and_a_single_image_a_configuration() {
        let index = r#"{"manifests":[{"platform":{"os":"unknown","architecture":"unknown"}},{"platform":{"os":"linux","architecture":"arm64"}}]}"#;
        let Manifest::Index(platforms) = read_manifest(index) else {
            panic!("it is an index");
        };
        let names: Vec<_> = platforms
            .into_iter()
            .map(|it| format!("{}/{}", it.os, it.architecture))
            .collect();
        assert_eq!(names, ["linux/arm64", "unknown/unknown"]);
        let single = r#"{"config":{"digest":"sha256:ab"},"layers":[]}"#;
        let config = "sha256:ab".to_owned();
        assert_eq!(read_manifest(single), Manifest::Single { config });
        assert_eq!(read_manifest("not JSON"), Manifest::Unknown);
        assert_eq!(read_manifest("{}"), Manifest::Unknown);
    }
}
