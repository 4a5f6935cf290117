//! The names of images: registry, repository, and tag or digest.

/// The repository of an image identifier: what stands between the registry and the tag.
pub(crate) fn repository_of(identifier: &str) -> &str {
    let path = identifier
        .split_once('/')
        .map_or(identifier, |(_, path)| path);
    let path = path.split_once('@').map_or(path, |(path, _)| path);
    path.rsplit_once(':').map_or(path, |(path, _)| path)
}

/// The tag or digest of an image identifier.
pub(crate) fn reference_of(identifier: &str) -> &str {
    if let Some((_, digest)) = identifier.split_once('@') {
        return digest;
    }
    let path = identifier
        .rsplit_once('/')
        .map_or(identifier, |(_, last)| last);
    path.split_once(':').map_or("latest", |(_, tag)| tag)
}

/// The Region of a private registry.
pub(crate) fn region_of(identifier: &str) -> Option<&str> {
    let (_, rest) = identifier.split_once(".dkr.ecr.")?;
    rest.split('.').next()
}

/// The ARN of the repository of `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`.
pub(crate) fn repository_arn(identifier: &str) -> String {
    let mut parts = identifier.split('.');
    let account = parts.next().unwrap_or("*");
    let region = parts.nth(2).unwrap_or("*");
    format!(
        "arn:aws:ecr:{region}:{account}:repository/{}",
        repository_of(identifier)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_identifier_is_taken_apart() {
        for (identifier, repository, reference) in [
            (
                "111122223333.dkr.ecr.us-east-1.amazonaws.com/web:v1",
                "web",
                "v1",
            ),
            (
                "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/web",
                "team/web",
                "latest",
            ),
            (
                "public.ecr.aws/a1b2c3d4/web@sha256:00",
                "a1b2c3d4/web",
                "sha256:00",
            ),
        ] {
            assert_eq!(repository_of(identifier), repository);
            assert_eq!(reference_of(identifier), reference);
        }
        assert_eq!(
            region_of("111122223333.dkr.ecr.us-east-1.amazonaws.com/web"),
            Some("us-east-1")
        );
        assert_eq!(region_of("public.ecr.aws/a1b2c3d4/web"), None);
        assert_eq!(
            repository_arn("111122223333.dkr.ecr.us-east-1.amazonaws.com/team/web:v1"),
            "arn:aws:ecr:us-east-1:111122223333:repository/team/web"
        );
    }
}
