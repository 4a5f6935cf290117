//! Amazon Resource Names.

/// The parts of `arn:partition:service:region:account:resource`.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The service, such as `ecr`.
    pub service: &'a str,
    /// The Region; empty for a global resource.
    pub region: &'a str,
    /// The account; empty for some resources, such as S3 buckets.
    pub account: &'a str,
    /// What is left, which may have colons of its own.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; nothing when the text is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty())
            .then_some(arn)
    }

    /// The last word of the resource: the name of a role, a user or a repository without its path.
    pub fn name(&self) -> &'a str {
        let resource = self.resource;
        resource.rsplit_once('/').map_or(resource, |(_, name)| name)
    }
}

/// Whether this is the number of an account.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart_and_other_texts_are_none() {
        let arn = Arn::parse("arn:aws:secretsmanager:us-east-1:111122223333:secret:db:x-AbCdEf");
        let arn = arn.expect("it is one");
        assert_eq!(
            (arn.service, arn.account, arn.resource),
            ("secretsmanager", "111122223333", "secret:db:x-AbCdEf")
        );
        let role = Arn::parse("arn:aws:iam::111122223333:role/service-role/Pull");
        assert_eq!(role.map(|role| role.name()), Some("Pull"));
        for text in [
            "",
            "arn",
            "*",
            "arn:aws:iam::1",
            "urn:aws:iam::1:x",
            "arn:aws:iam::1:",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
