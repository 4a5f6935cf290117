//! The names that IAM policies are made of: services, actions, resource types, condition keys.
//!
//! Of the services that an App Runner service has to do with everything is told, of some others the
//! actions are named, and of the rest the prefix is known (`names/table.txt`, which `cargo xtask
//! names` writes). A name that is not here may be newer than the table: what is asked for and not
//! found is unknown to us, which is not to say that AWS does not know it.

mod spelling;
mod table;

use std::{
    cmp::Ordering,
    sync::{Arc, LazyLock},
};

use self::table::Table;
use super::pattern::glob;

pub use self::spelling::{Spelling, key_spelling, spelling};

/// How much is known of the actions of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Its actions, resource types and condition keys.
    Full,
    /// Its actions alone.
    Names,
    /// That it exists.
    Prefix,
}

/// A service, as the prefix of its actions names it.
#[derive(Debug)]
pub struct Service {
    /// The prefix, such as `ecr`.
    pub prefix: &'static str,
    /// What is known of it.
    pub detail: Detail,
    /// Whether resource control policies of an organization bind it.
    pub supports_rcp: bool,
    /// Its actions, sorted without regard to case.
    pub actions: Vec<Action>,
    /// Its resource types.
    pub resource_types: Vec<ResourceType>,
}

/// An action, such as `ecr:BatchGetImage`.
#[derive(Debug)]
pub struct Action {
    /// The prefix of its service.
    pub service: &'static str,
    /// The name without the prefix, in the letters that AWS uses.
    pub name: &'static str,
    /// What it can be used on.
    pub resources: Resources,
    /// The condition keys that its reference lists, for itself and for its resource types; empty
    /// where nothing is told of its service but names.
    pub condition_keys: Arc<[String]>,
}

impl Action {
    /// Whether `*` is the only resource that a statement can give it for.
    pub fn wildcard_only(&self) -> bool {
        self.resources == Resources::Wildcard
    }
}

/// What an action can be used on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    /// No resource in particular: a statement must say `*`.
    Wildcard,
    /// Resources of these types.
    Types(Arc<[Target]>),
    /// Some resource; the types are not in the table.
    Untold,
}

/// A resource type as an action uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name of the type.
    pub resource_type: &'static str,
    /// Whether each request of the action names such a resource.
    pub required: bool,
}

/// A type of resource, such as the `repository` of `ecr`.
#[derive(Debug)]
pub struct ResourceType {
    /// Its name; a few are several words in AWS's reference and have dashes here.
    pub name: &'static str,
    /// The ARN, with `*` for each part that is filled in.
    pub arn: &'static str,
    /// The condition keys that come with such a resource.
    pub condition_keys: Arc<[String]>,
}

/// A condition key, such as `aws:SourceArn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name, with `*` for a part that is filled in: `aws:ResourceTag/*`.
    pub name: String,
    /// The type of its values.
    pub kind: Kind,
    /// Whether a request can have several values for it at once.
    pub multivalued: bool,
    /// Whether it is no matter of one service.
    pub global: bool,
}

/// The type of the values of a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// The ARN of something.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A number.
    Numeric,
    /// A time.
    Date,
    /// An address.
    IpAddress,
}

/// Whether requests of an action can carry a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// They can.
    Yes,
    /// The reference of the action does not list it: they never carry it.
    No,
    /// The table does not say.
    Unknown,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table::read(
        include_str!("names/table.txt"),
        include_str!("names/global_keys.txt"),
    )
});

/// The service with this prefix.
pub fn service(prefix: &str) -> Option<&'static Service> {
    found(&TABLE.services, prefix, |service| service.prefix)
}

/// The action with this name, such as `ecr:BatchGetImage`.
pub fn action(name: &str) -> Option<&'static Action> {
    let (prefix, name) = name.split_once(':')?;
    found(&service(prefix)?.actions, name, |action| action.name)
}

/// The condition key with this name, such as `aws:ResourceTag/team`.
pub fn condition_key(name: &str) -> Option<&'static Key> {
    let folded = name.to_ascii_lowercase();
    TABLE.keys.get(&folded).or_else(|| {
        let mut templates = TABLE.templates.iter();
        templates.find(|key| fills(&key.name, &folded))
    })
}

/// Whether requests of `action` can carry `key`.
pub fn applies(action: &Action, key: &Key) -> Applies {
    if action.condition_keys.contains(&key.name) {
        return Applies::Yes;
    }
    let prefix = key.name.split(':').next().unwrap_or_default();
    match key.name.as_str() {
        "aws:ResourceTag/*" if action.wildcard_only() => Applies::No,
        // Services learn of tags, and their references tell it later or nowhere.
        "aws:ResourceTag/*" | "aws:RequestTag/*" | "aws:TagKeys" => Applies::Unknown,
        _ if key.global => Applies::Yes,
        // What an identity provider says of a user outlives the request that brought it.
        _ if service(prefix).is_none() => Applies::Unknown,
        _ if !prefix.eq_ignore_ascii_case(action.service) => Applies::No,
        _ => match service(action.service).map(|service| service.detail) {
            Some(Detail::Full) => Applies::No,
            _ => Applies::Unknown,
        },
    }
}

/// Whether resource control policies of an organization bind the service with this prefix.
pub fn supports_rcp(prefix: &str) -> bool {
    service(prefix).is_some_and(|service| service.supports_rcp)
}

/// The type of the resource with this ARN, among those that actions of the service are used on.
pub fn resource_type_of(prefix: &str, arn: &str) -> Option<&'static ResourceType> {
    service(prefix)?
        .resource_types
        .iter()
        .filter(|kind| is_arn_of(kind.arn, arn))
        // A log stream could be taken for a log group with colons in its name.
        .max_by_key(|kind| kind.arn.bytes().filter(|letter| *letter != b'*').count())
}

/// The one whose name differs from `name` in case at most, of those that are sorted so.
fn found<T>(sorted: &'static [T], name: &str, name_of: fn(&T) -> &str) -> Option<&'static T> {
    let at = sorted.binary_search_by(|entry| by_folded(name_of(entry), name));
    at.ok().map(|at| &sorted[at])
}

fn by_folded(left: &str, right: &str) -> Ordering {
    let folded = |letter: u8| letter.to_ascii_lowercase();
    left.bytes().map(folded).cmp(right.bytes().map(folded))
}

/// Whether the text is the template with something for each `*`.
fn fills(template: &str, text: &str) -> bool {
    glob(&template.replace('*', "?*"), text)
}

/// Whether an ARN follows a pattern, whose stars stay in their segment but in the last one.
fn is_arn_of(pattern: &str, arn: &str) -> bool {
    let mut wanted = pattern.splitn(6, ':');
    let mut given = arn.splitn(6, ':');
    loop {
        match (wanted.next(), given.next()) {
            (Some(wanted), Some(given)) if glob(wanted, given) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> &'static Action {
        action(name).unwrap_or_else(|| panic!("{name} is an action"))
    }

    fn key(name: &str) -> &'static Key {
        condition_key(name).unwrap_or_else(|| panic!("{name} is a condition key"))
    }

    #[test]
    fn an_action_is_found_in_any_case_with_what_it_is_used_on() {
        let pull = known("ECR:batchgetimage");
        assert_eq!((pull.service, pull.name), ("ecr", "BatchGetImage"));
        let Resources::Types(targets) = &pull.resources else {
            panic!("{:?}", pull.resources);
        };
        let repository = Target {
            resource_type: "repository",
            required: true,
        };
        assert_eq!(**targets, [repository]);
        assert!(!pull.wildcard_only());
        assert!(known("ecr:GetAuthorizationToken").wildcard_only());
        assert!(known("ssm:DescribeParameters").wildcard_only());
        assert!(known("ec2:DescribeSubnets").wildcard_only());
        assert_eq!(known("ec2:RunInstances").resources, Resources::Untold);
        for none in ["ecr:DescribeImage", "ecr", "", "nothing:GetIt", "a2c:Get"] {
            assert!(action(none).is_none(), "{none}");
        }
    }

    #[test]
    fn the_keys_of_an_action_are_its_own_and_those_of_its_resource_types() {
        let keys = |name| known(name).condition_keys.to_vec();
        assert_eq!(
            keys("ecr:BatchGetImage"),
            ["aws:ResourceTag/*", "ecr:ResourceTag/*"]
        );
        let decrypt = keys("kms:Decrypt");
        for listed in ["kms:ViaService", "kms:EncryptionContext:*"] {
            assert!(decrypt.contains(&listed.to_owned()), "{decrypt:?}");
        }
    }

    #[test]
    fn a_key_is_found_in_any_case_and_with_its_parts_filled_in() {
        for (name, canonical, kind, multivalued) in [
            ("AWS:sourcearn", "aws:SourceArn", Kind::Arn, false),
            (
                "aws:PrincipalTag/a/b",
                "aws:PrincipalTag/*",
                Kind::String,
                false,
            ),
            ("aws:tagkeys", "aws:TagKeys", Kind::String, true),
            (
                "ecr:resourcetag/Team",
                "ecr:ResourceTag/*",
                Kind::String,
                false,
            ),
            (
                "kms:EncryptionContext:a",
                "kms:EncryptionContext:*",
                Kind::String,
                false,
            ),
            (
                "kms:EncryptionContextKeys",
                "kms:EncryptionContextKeys",
                Kind::String,
                true,
            ),
            ("aws:SourceIp", "aws:SourceIp", Kind::IpAddress, false),
            ("aws:CurrentTime", "aws:CurrentTime", Kind::Date, false),
            (
                "aws:SecureTransport",
                "aws:SecureTransport",
                Kind::Bool,
                false,
            ),
            ("sts:ExternalId", "sts:ExternalId", Kind::String, false),
            (
                "token.actions.githubusercontent.com:ref",
                "token.actions.githubusercontent.com:ref",
                Kind::String,
                false,
            ),
        ] {
            let key = key(name);
            assert_eq!(
                (key.name.as_str(), key.kind, key.multivalued),
                (canonical, kind, multivalued)
            );
        }
        for none in [
            "aws:PrincipalTag",
            "aws:PrincipalTag/",
            "aws:SourceAcount",
            "",
        ] {
            assert!(condition_key(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_key_applies_where_it_is_global_or_listed() {
        for (action, name, expected) in [
            ("ecr:BatchGetImage", "aws:SourceVpce", Applies::Yes),
            ("ecr:BatchGetImage", "ecr:ResourceTag/a", Applies::Yes),
            ("ecr:BatchGetImage", "kms:ViaService", Applies::No),
            ("kms:Decrypt", "kms:ViaService", Applies::Yes),
            ("kms:Decrypt", "kms:GrantOperations", Applies::No),
            ("sts:AssumeRole", "sts:ExternalId", Applies::Yes),
            ("ecr:BatchGetImage", "sts:ExternalId", Applies::No),
            ("ecr:BatchGetImage", "saml:sub", Applies::Unknown),
            (
                "ecr:BatchGetImage",
                "lambda:SourceFunctionArn",
                Applies::Yes,
            ),
            (
                "ecr:GetAuthorizationToken",
                "aws:ResourceTag/a",
                Applies::No,
            ),
            ("ecr:BatchGetImage", "aws:RequestTag/a", Applies::Unknown),
            ("ecr:CreateRepository", "aws:RequestTag/a", Applies::Yes),
            ("s3:GetObject", "kms:ViaService", Applies::No),
        ] {
            assert_eq!(
                applies(known(action), key(name)),
                expected,
                "{action} {name}"
            );
        }
    }

    #[test]
    fn resource_control_policies_bind_some_services() {
        for (prefix, expected) in [
            ("ecr", true),
            ("SecretsManager", true),
            ("apprunner", false),
        ] {
            assert_eq!(supports_rcp(prefix), expected, "{prefix}");
        }
    }

    #[test]
    fn the_type_of_a_resource_is_told_by_its_arn() {
        let type_of = |prefix, arn| resource_type_of(prefix, arn).map(|kind| kind.name);
        for (prefix, arn, expected) in [
            (
                "ecr",
                "arn:aws:ecr:us-east-1:111122223333:repository/a/b",
                Some("repository"),
            ),
            ("ecr", "arn:aws:ecr:us-east-1:repository/a", None),
            (
                "kms",
                "arn:aws-cn:kms:cn-north-1:111122223333:alias/a",
                Some("alias"),
            ),
            ("iam", "arn:aws:iam::111122223333:role/a/b", Some("role")),
            (
                "logs",
                "arn:aws:logs:us-east-1:111122223333:log-group:/a:log-stream:b",
                Some("log-stream"),
            ),
            (
                "ssm",
                "arn:aws:ssm:us-east-1:111122223333:parameter/a/b",
                Some("parameter"),
            ),
            (
                "secretsmanager",
                "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf",
                Some("Secret"),
            ),
            ("ecr", "*", None),
            (
                "nothing",
                "arn:aws:ecr:us-east-1:111122223333:repository/a",
                None,
            ),
        ] {
            assert_eq!(type_of(prefix, arn), expected, "{arn}");
        }
    }

    #[test]
    fn every_list_of_the_table_is_sorted_and_without_duplicates() {
        let sorted = |names: Vec<&str>| {
            for pair in names.windows(2) {
                assert_eq!(by_folded(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            }
        };
        sorted(TABLE.services.iter().map(|it| it.prefix).collect());
        assert!(TABLE.services.len() > 400);
        for service in &TABLE.services {
            sorted(service.actions.iter().map(|it| it.name).collect());
            sorted(service.resource_types.iter().map(|it| it.name).collect());
            let detail = match (service.actions.len(), service.prefix) {
                (0, _) => Detail::Prefix,
                (_, "codebuild" | "ec2" | "ecs" | "elasticache" | "lambda" | "rds" | "s3") => {
                    Detail::Names
                }
                _ => Detail::Full,
            };
            assert_eq!(service.detail, detail, "{}", service.prefix);
        }
    }

    #[test]
    fn every_name_that_the_table_refers_to_is_in_it() {
        for service in &TABLE.services {
            let types: Vec<&str> = service.resource_types.iter().map(|it| it.name).collect();
            for action in &service.actions {
                assert_eq!(action.service, service.prefix);
                let full = format!("{}:{}", action.service, action.name);
                assert!(std::ptr::eq(known(&full), action), "{full}");
                if let Resources::Types(targets) = &action.resources {
                    assert!(!targets.is_empty(), "{full}");
                    for target in targets.iter() {
                        assert!(types.contains(&target.resource_type), "{full} {target:?}");
                    }
                }
                for name in action.condition_keys.iter() {
                    assert_eq!(&key(name).name, name, "{full}");
                }
            }
            for kind in &service.resource_types {
                assert_eq!(kind.arn.splitn(6, ':').count(), 6, "{}", kind.arn);
                for name in kind.condition_keys.iter() {
                    assert_eq!(&key(name).name, name, "{}", kind.name);
                }
            }
        }
    }
}
