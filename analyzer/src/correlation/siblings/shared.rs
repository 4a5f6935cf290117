//! What two services have in common.

use evidence_schema::record::{Origin, Service, SiblingConfiguration};

use crate::image_identifier;

/// The auto scaling configuration that AWS gives everybody, and nobody can change.
///
/// Source: <https://docs.aws.amazon.com/apprunner/latest/dg/manage-autoscaling.html>
const OF_EVERYBODY: &str = ":autoscalingconfiguration/DefaultConfiguration/1/";

/// Something that two services have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shared {
    /// What it is.
    what: &'static str,
    /// Its ARN, or how an image is named.
    value: String,
}

impl Shared {
    /// `the access role AppRunnerEcrAccess`.
    pub(super) fn text(&self) -> String {
        let name = match self.value.split_once('/') {
            Some((start, name)) if start.ends_with(":role") => {
                name.rsplit('/').next().unwrap_or(name)
            }
            Some((start, name)) if start.starts_with("arn:") => {
                name.split('/').next().unwrap_or(name)
            }
            Some((start, name)) if start.contains(".dkr.ecr.") => name,
            _ => self.value.as_str(),
        };
        format!("the {} {name}", self.what)
    }
}

/// What another service shares with this one, but for the account and the Region.
pub(super) fn shared(own: &Service, other: &SiblingConfiguration) -> Vec<Shared> {
    let mut all = Vec::new();
    let mut same = |what, one: Option<&str>, two: Option<&str>| {
        let equal = one.zip(two).filter(|(one, two)| one == two);
        all.extend(equal.map(|(value, _)| Shared {
            what,
            value: value.to_owned(),
        }));
        equal.is_some()
    };
    same(
        "access role",
        own.source.access_role_arn.as_deref(),
        other.access_role_arn.as_deref(),
    );
    same(
        "instance role",
        own.instance.role_arn.as_deref(),
        other.instance_role_arn.as_deref(),
    );
    same(
        "VPC connector",
        own.network.vpc_connector_arn.as_deref(),
        other.vpc_connector_arn.as_deref(),
    );
    match &own.source.origin {
        Origin::Image(image) => {
            let identifier = other.image.as_deref();
            if !same("image", Some(&image.identifier), identifier) {
                same(
                    "repository",
                    Some(repository(&image.identifier)),
                    identifier.map(repository),
                );
            }
        }
        Origin::Code(code) => {
            same(
                "repository",
                Some(&code.repository_url),
                other.repository_url.as_deref(),
            );
        }
        Origin::Unknown => {}
    }
    same(
        "connection",
        own.source.connection_arn.as_deref(),
        other.connection_arn.as_deref(),
    );
    same(
        "auto-scaling configuration",
        own.auto_scaling_configuration_arn
            .as_deref()
            .filter(|arn| !arn.contains(OF_EVERYBODY)),
        other.auto_scaling_configuration_arn.as_deref(),
    );
    all
}

/// The image without its tag or digest.
fn repository(identifier: &str) -> &str {
    let name = image_identifier::repository_of(identifier);
    let end = identifier.find(name).map_or(0, |start| start + name.len());
    &identifier[..end]
}
