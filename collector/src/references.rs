//! What environment variables refer to instead of having a value: secrets and parameters.

use std::collections::BTreeMap;

use evidence_schema::record::{ConfigurationSource, Origin, Service};

use crate::status::Outcome;

/// What a variable refers to, with the names of the variables that do, sorted.
pub(crate) type References = BTreeMap<Reference, Vec<String>>;

/// What a variable refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reference {
    /// A secret of Secrets Manager.
    Secret {
        /// Its ARN, without the key, stage and version that a reference may go on with.
        arn: String,
        /// Its Region.
        region: String,
    },
    /// A parameter of Systems Manager.
    Parameter {
        /// As the service states it: a name or an ARN.
        stated: String,
        /// The names that this may mean.
        names: Vec<String>,
        /// Its account; a name alone has none.
        account: Option<String>,
    },
    /// Something else.
    Unknown(String),
}

impl Reference {
    /// Reads what a service states.
    pub(crate) fn parse(text: &str) -> Self {
        let parts: Vec<_> = text.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "secretsmanager", region, _, "secret", _, ..] => Self::Secret {
                arn: parts[..7].join(":"),
                region: (*region).to_owned(),
            },
            ["arn", _, "ssm", _, account, resource] if resource.starts_with("parameter/") => {
                let path = resource.trim_start_matches("parameter");
                let name = &path[1..];
                // `parameter/a` is the ARN of `a` and of `/a`; a name of several parts begins
                // with a slash.
                let names = if name.contains('/') {
                    vec![path.to_owned()]
                } else {
                    vec![path.to_owned(), name.to_owned()]
                };
                Self::Parameter {
                    stated: text.to_owned(),
                    names,
                    account: Some((*account).to_owned()),
                }
            }
            [name] if !name.is_empty() => Self::Parameter {
                stated: text.to_owned(),
                names: vec![text.to_owned()],
                account: None,
            },
            _ => Self::Unknown(text.to_owned()),
        }
    }
}

/// What the environment variables of a service refer to; an error says why that is not known.
pub(crate) fn references(service: Option<&Service>) -> Result<References, Outcome> {
    let Some(service) = service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    let configuration = match &service.source.origin {
        Origin::Image(image) => Some(&image.configuration),
        Origin::Code(code) => {
            if code.configuration_source == Some(ConfigurationSource::Repository) {
                return Err(Outcome::not_asked(
                    "the repository has the configuration, and with it what it refers to",
                ));
            }
            code.configuration.as_ref()
        }
        Origin::Unknown => None,
    };
    let mut references = References::new();
    for (name, text) in configuration
        .into_iter()
        .flat_map(|it| &it.environment_secrets)
    {
        references
            .entry(Reference::parse(text))
            .or_default()
            .push(name.clone());
    }
    Ok(references)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_without_what_is_taken_from_it() {
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
        let secret = Reference::Secret {
            arn: arn.to_owned(),
            region: "us-east-1".to_owned(),
        };
        assert_eq!(Reference::parse(arn), secret);
        assert_eq!(Reference::parse(&format!("{arn}:password::")), secret);
    }

    #[test]
    fn a_parameter_is_named_by_its_arn_or_by_itself() {
        let names = |text: &str| match Reference::parse(text) {
            Reference::Parameter { names, account, .. } => (names, account),
            other => panic!("{other:?}"),
        };
        let arn = "arn:aws:ssm:us-east-1:111122223333:parameter";
        let own = Some("111122223333".to_owned());
        assert_eq!(
            names(&format!("{arn}/shop/db")),
            (vec!["/shop/db".to_owned()], own.clone())
        );
        assert_eq!(
            names(&format!("{arn}/db")),
            (vec!["/db".to_owned(), "db".to_owned()], own)
        );
        assert_eq!(names("/shop/db"), (vec!["/shop/db".to_owned()], None));
    }

    #[test]
    fn anything_else_is_not_guessed() {
        for text in [
            "",
            "arn:aws:s3:::bucket",
            "arn:aws:ssm:us-east-1:1:document/x",
            "a:b",
        ] {
            assert_eq!(Reference::parse(text), Reference::Unknown(text.to_owned()));
        }
    }
}
