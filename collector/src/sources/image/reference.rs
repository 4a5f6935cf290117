//! Which image a service names.

use aws_sdk_ecr::types::ImageIdentifier;
use evidence_schema::record::Origin;

use crate::{collect::Context, status::Outcome};

/// An image of a private ECR repository, as its identifier says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sources) struct Reference {
    /// As the service states it.
    pub(in crate::sources) identifier: String,
    pub(in crate::sources) registry_id: String,
    pub(in crate::sources) region: String,
    pub(in crate::sources) repository: String,
    /// A tag, or a digest that begins with `sha256:`.
    pub(in crate::sources) reference: String,
}

impl Reference {
    /// Reads `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag|@digest]`.
    pub(in crate::sources) fn parse(identifier: &str) -> Option<Self> {
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
            identifier: identifier.to_owned(),
            registry_id,
            region,
            repository: repository.to_owned(),
            reference: reference.to_owned(),
        })
    }

    pub(super) fn id(&self) -> ImageIdentifier {
        let id = ImageIdentifier::builder();
        if self.reference.starts_with("sha256:") {
            id.image_digest(&self.reference).build()
        } else {
            id.image_tag(&self.reference).build()
        }
    }

    /// The ARN of the repository.
    pub(in crate::sources) fn arn(&self) -> String {
        format!(
            "arn:aws:ecr:{}:{}:repository/{}",
            self.region, self.registry_id, self.repository
        )
    }
}

/// What the service's image identifier names; an error says why that is nothing of ECR.
pub(in crate::sources) fn reference(context: &Context<'_>) -> Result<Reference, Outcome> {
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
    Reference::parse(&image.identifier).ok_or_else(|| {
        Outcome::not_asked("the image identifier does not name a private ECR repository")
    })
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
}
