//! What environment variables refer to: secrets and parameters.

use crate::iam::arn::Arn;

/// What an environment variable refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reference {
    /// A secret, by its ARN without the key, stage and version that a reference may go on with.
    Secret(String),
    /// A parameter, by its ARN.
    Parameter(String),
    /// Something else.
    Unknown(String),
}

impl Reference {
    /// Reads what a service in this Region and account states.
    pub(crate) fn parse(text: &str, region: &str, account: &str) -> Self {
        match Arn::parse(text) {
            Some(arn) if arn.service == "secretsmanager" => {
                let parts: Vec<&str> = text.splitn(8, ':').collect();
                Self::Secret(parts[..parts.len().min(7)].join(":"))
            }
            Some(arn) if arn.service == "ssm" => Self::Parameter(text.to_owned()),
            None if !text.is_empty() && !text.contains(':') => Self::Parameter(format!(
                "arn:aws:ssm:{region}:{account}:parameter/{}",
                text.trim_start_matches('/')
            )),
            _ => Self::Unknown(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_becomes_the_arn_that_a_policy_has_to_name() {
        let parse = |text: &str| Reference::parse(text, "us-east-1", "111122223333");
        let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
        for text in [secret.to_owned(), format!("{secret}:password::")] {
            assert_eq!(parse(&text), Reference::Secret(secret.to_owned()));
        }
        let parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/web/url";
        for text in [parameter, "/web/url", "web/url"] {
            assert_eq!(parse(text), Reference::Parameter(parameter.to_owned()));
        }
        assert_eq!(parse("a:b"), Reference::Unknown("a:b".to_owned()));
    }
}
