//! ECR repositories with their images.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    Context, ImageStatus, ManifestKind, OperationType, Problem, Service, id,
    stated::{ImageText, RepositoryText},
};

/// An ECR repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The account of the registry.
    pub registry: String,
    /// The Region of the registry.
    pub region: String,
    /// The name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The repository policy.
    pub policy: Option<String>,
    /// The lifecycle policy.
    pub lifecycle: Option<String>,
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub encryption: String,
    /// The key, for KMS.
    pub kms_key: Option<String>,
    /// Whether a tag stays where it is.
    pub immutable: bool,
    /// The images, newest first; the images of an index come after it.
    pub images: Vec<Image>,
}

impl Repository {
    /// The ARN.
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:ecr:{}:{}:repository/{}",
            self.region, self.registry, self.name
        )
    }

    /// Where images are pushed to.
    pub fn uri(&self) -> String {
        format!(
            "{}.dkr.ecr.{}.amazonaws.com/{}",
            self.registry, self.region, self.name
        )
    }
}

/// An image or an index of images.
#[derive(Clone, Debug)]
pub struct Image {
    /// The digest.
    pub digest: String,
    /// The tags; none for an image of an index.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: DateTime<Utc>,
    /// The compressed size.
    pub size: i64,
    /// The media type of the manifest.
    pub media_type: String,
    /// The manifest.
    pub manifest: String,
    /// Whether it can be pulled.
    pub status: ImageStatus,
    /// The configuration of an image that is no index, as its manifest names it.
    pub config: Option<Config>,
}

/// The configuration of an image: a blob of its own, which alone tells the platform of an image
/// that is in no index.
#[derive(Clone, Debug)]
pub struct Config {
    /// The digest.
    pub digest: String,
    /// The JSON.
    pub text: String,
}

/// The parts of the identifier of a private image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// The account of the registry.
    pub registry: String,
    /// The Region of the registry.
    pub region: String,
    /// The repository.
    pub repository: String,
    /// The tag, unless it is named by digest.
    pub tag: Option<String>,
    /// The digest, unless it is named by tag.
    pub digest: Option<String>,
}

impl ImageReference {
    /// Takes an identifier apart; `None` for one that is not of a private ECR registry.
    pub fn parse(identifier: &str) -> Option<Self> {
        let (host, rest) = identifier.split_once('/')?;
        let (registry, host) = host.split_once(".dkr.ecr.")?;
        let region = host.strip_suffix(".amazonaws.com")?;
        let (repository, tag, digest) = if let Some((repository, digest)) = rest.split_once('@') {
            (repository, None, Some(digest))
        } else if let Some((repository, tag)) = rest.split_once(':') {
            (repository, Some(tag), None)
        } else {
            (rest, Some("latest"), None)
        };
        Some(Self {
            registry: registry.to_owned(),
            region: region.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

/// The repository of a service with the image that it names.
pub(super) fn repository(
    service: &Service,
    stated: RepositoryText,
    image: ImageText,
    others: Vec<toml::Spanned<ImageText>>,
    context: &Context,
) -> Result<Option<Repository>, Problem> {
    let Some(reference) = service.image.as_deref().and_then(ImageReference::parse) else {
        return Ok(None);
    };
    if stated.exists == Some(false) {
        return Ok(None);
    }
    let mut images = Vec::new();
    if image.exists != Some(false) {
        push_image(&mut images, service, &reference, image, None, context)?;
    }
    for other in others {
        let span = other.span();
        let other = other.into_inner();
        if other.tags.is_none() && other.digest.is_none() {
            return Err(Problem::at(span, "another image states its `tags`"));
        }
        push_image(
            &mut images,
            service,
            &reference,
            other,
            Some(TimeDelta::days(10)),
            context,
        )?;
    }
    images.extend(former_images(service, &reference, &images));
    images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
    let lifecycle = match stated.lifecycle {
        Some(text) if text.get_ref().0.len() < 100 => {
            return Err(Problem::at(
                text.span(),
                "ECR takes no lifecycle policy of less than 100 letters",
            ));
        }
        text => text.map(|text| text.into_inner().0),
    };
    Ok(Some(Repository {
        registry: reference.registry,
        region: reference.region,
        name: reference.repository,
        created_at: stated
            .created
            .map_or(context.now - TimeDelta::days(200), |when| {
                when.at(context.now)
            }),
        policy: stated.policy.map(|document| document.0),
        lifecycle,
        encryption: stated.encryption.unwrap_or_else(|| "AES256".to_owned()),
        kms_key: stated.kms_key,
        immutable: stated.immutable.unwrap_or(false),
        images,
    }))
}

fn push_image(
    images: &mut Vec<Image>,
    service: &Service,
    reference: &ImageReference,
    text: ImageText,
    age: Option<TimeDelta>,
    context: &Context,
) -> Result<(), Problem> {
    let pushed_at = match (text.pushed, age) {
        (Some(when), _) => when.at(context.now),
        (None, Some(age)) => context.now - age,
        (None, None) => default_push(service, context),
    };
    let tags = text
        .tags
        .unwrap_or_else(|| reference.tag.iter().cloned().collect());
    let mut platforms = Vec::new();
    for platform in text.platforms.iter().flatten() {
        let Some(parts) = platform.get_ref().split_once('/') else {
            return Err(Problem::at(
                platform.span(),
                "a platform is written as \"linux/amd64\"",
            ));
        };
        platforms.push(parts);
    }
    if text.platforms.is_none() {
        platforms.push(("linux", "amd64"));
    }
    let digest = match text.digest {
        Some(digest) if is_digest(digest.get_ref()) => digest.into_inner(),
        Some(digest) => {
            return Err(Problem::at(
                digest.span(),
                "a digest is `sha256:` and 64 hex digits",
            ));
        }
        None => reference
            .digest
            .clone()
            .filter(|_| age.is_none())
            .unwrap_or_else(|| pushed_digest(reference, &tags, pushed_at)),
    };
    let size = text.size.unwrap_or(91_226_112);
    let status = text.status.unwrap_or(ImageStatus::Active);
    let pushed = Pushed {
        pushed_at,
        size,
        status,
    };
    if text.manifest == Some(ManifestKind::Single) {
        let platform = platforms.first().copied().unwrap_or(("linux", "amd64"));
        images.push(pushed.single(digest.clone(), tags, platform, service));
        return Ok(());
    }
    let mut entries = Vec::new();
    let mut children = Vec::new();
    for (os, architecture) in platforms {
        let child = format!("sha256:{}", id::hex(64, &[&digest, os, architecture]));
        entries.push(json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": child,
            "size": 1608,
            "platform": {"architecture": architecture, "os": os},
        }));
        let attestation = format!("sha256:{}", id::hex(64, &[&child, "attestation"]));
        entries.push(json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": attestation,
            "size": 566,
            "annotations": {
                "vnd.docker.reference.digest": child,
                "vnd.docker.reference.type": "attestation-manifest",
            },
            "platform": {"architecture": "unknown", "os": "unknown"},
        }));
        children.push(pushed.single(child, Vec::new(), (os, architecture), service));
        let unknown = ("unknown", "unknown");
        children.push(pushed.single(attestation, Vec::new(), unknown, service));
    }
    let media_type = "application/vnd.oci.image.index.v1+json";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": entries,
    });
    images.push(Image {
        digest,
        tags,
        pushed_at,
        size,
        media_type: media_type.to_owned(),
        manifest: manifest.to_string(),
        status,
        config: None,
    });
    images.extend(children);
    Ok(())
}

/// When the image of the service was pushed, if the file does not say.
fn default_push(service: &Service, context: &Context) -> DateTime<Utc> {
    service
        .operations
        .iter()
        .find(|operation| {
            matches!(
                operation.operation_type,
                OperationType::CreateService | OperationType::StartDeployment
            )
        })
        .map_or(context.now, |operation| operation.started_at)
        - TimeDelta::minutes(1)
}

/// The digest of what was pushed under these tags at that time.
pub(super) fn pushed_digest(
    reference: &ImageReference,
    tags: &[String],
    pushed_at: DateTime<Utc>,
) -> String {
    let tags = tags.join(" ");
    let time = pushed_at.to_rfc3339();
    format!(
        "sha256:{}",
        id::hex(64, &[&reference.repository, &tags, &time])
    )
}

/// What an image and those of its index share.
struct Pushed {
    pushed_at: DateTime<Utc>,
    size: i64,
    status: ImageStatus,
}

impl Pushed {
    /// An image that is no index.
    fn single(
        &self,
        digest: String,
        tags: Vec<String>,
        platform: (&str, &str),
        service: &Service,
    ) -> Image {
        let config = config(&digest, platform, self.pushed_at, service);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config.digest,
                "size": config.text.len(),
            },
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": format!("sha256:{}", id::hex(64, &[&digest, "layer"])),
                "size": self.size,
            }],
        });
        Image {
            media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
            manifest: manifest.to_string(),
            digest,
            tags,
            pushed_at: self.pushed_at,
            size: self.size,
            status: self.status,
            config: Some(config),
        }
    }
}

/// What a builder writes of the image of a service.
fn config(
    digest: &str,
    (os, architecture): (&str, &str),
    pushed_at: DateTime<Utc>,
    service: &Service,
) -> Config {
    let text = json!({
        "architecture": architecture,
        "os": os,
        "created": pushed_at.to_rfc3339(),
        "config": {
            "Cmd": ["/app/server"],
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
            "ExposedPorts": {format!("{}/tcp", service.port): {}},
            "WorkingDir": "/app",
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [format!("sha256:{}", id::hex(64, &[digest, "diff"]))],
        },
        "history": [{"created_by": "COPY . /app"}],
    });
    Config {
        digest: format!("sha256:{}", id::hex(64, &[digest, "config"])),
        text: text.to_string(),
    }
}

/// What earlier automatic deployments deployed: the tag has moved on since.
fn former_images(service: &Service, reference: &ImageReference, images: &[Image]) -> Vec<Image> {
    let Some(tag) = &reference.tag else {
        return Vec::new();
    };
    let Some(current) = images.iter().find(|image| image.tags.contains(tag)) else {
        return Vec::new();
    };
    let pushes = service
        .operations
        .iter()
        .filter(|it| it.is_automatic(service));
    pushes
        .map(|operation| operation.started_at - TimeDelta::minutes(1))
        .filter(|time| *time != current.pushed_at)
        .map(|pushed_at| {
            let pushed = Pushed {
                pushed_at,
                size: current.size,
                status: ImageStatus::Active,
            };
            let digest = pushed_digest(reference, std::slice::from_ref(tag), pushed_at);
            pushed.single(digest, Vec::new(), ("linux", "amd64"), service)
        })
        .collect()
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
