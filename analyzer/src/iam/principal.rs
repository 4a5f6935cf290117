//! Who asks, and whom statements name.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use super::{
    arn::{self, Arn},
    tri::Tri,
};

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A role, by a session whose name is not known.
    Role {
        /// The ARN of the role.
        arn: String,
        /// The unique id of the role, `AROA…`, when it is known.
        id: Option<String>,
    },
    /// A session of a role.
    Session {
        /// The ARN of the session, `arn:aws:sts::…:assumed-role/<role>/<session>`.
        arn: String,
        /// The ARN of the role.
        role: String,
        /// The unique id of the role, when it is known.
        id: Option<String>,
    },
    /// A user.
    User {
        /// The ARN of the user.
        arn: String,
        /// The unique id, `AIDA…`, when it is known.
        id: Option<String>,
    },
    /// The root user of an account.
    Root {
        /// The account.
        account: String,
    },
    /// A service of AWS.
    Service {
        /// Its name, such as `build.apprunner.amazonaws.com`.
        name: String,
    },
}

impl Principal {
    /// The account that it belongs to; a service belongs to none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Role { arn, .. } | Self::Session { arn, .. } | Self::User { arn, .. } => {
                Arn::parse(arn).map(|arn| arn.account)
            }
            Self::Root { account } => Some(account),
            Self::Service { .. } => None,
        }
    }

    /// The ARN or the name by which a report names it.
    pub fn name(&self) -> &str {
        match self {
            Self::Role { arn, .. } | Self::Session { arn, .. } | Self::User { arn, .. } => arn,
            Self::Root { account } => account,
            Self::Service { name } => name,
        }
    }

    /// The role whose policies count; nothing for a user, a root user or a service.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::Role { arn, .. } => Some(arn),
            Self::Session { role, .. } => Some(role),
            _ => None,
        }
    }

    /// Whether it is a role that a service made for itself, which organizations cannot limit.
    ///
    /// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    pub fn is_service_linked(&self) -> bool {
        self.role()
            .and_then(Arn::parse)
            .is_some_and(|role| role.resource.starts_with("role/aws-service-role/"))
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Role { id, .. } | Self::Session { id, .. } | Self::User { id, .. } => {
                id.as_deref()
            }
            Self::Root { .. } | Self::Service { .. } => None,
        }
    }
}

/// Whom a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// `*`: everybody, services too.
    Everyone,
    /// An account, by its number or by the ARN of its root.
    Account(String),
    /// A role, a session or a user, by its ARN.
    Arn(String),
    /// The unique id of a role or user. AWS puts it in the place of the ARN of one that was deleted.
    Id(String),
    /// A service.
    Service(String),
    /// An identity provider, or the id of an S3 user: none of those that ask here.
    Other(String),
    /// Something that was taken out when the bundle was scrubbed.
    Withheld(String),
}

/// How a statement reaches who asks, which decides what still limits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// By the account: whether it holds is left to the policies in the account.
    Account,
    /// By the role, whose boundary and session policy still limit it.
    Role,
    /// By `*`, which a boundary does not limit; a session policy does.
    Everyone,
    /// By exactly this session, user or service.
    Direct,
}

impl Named {
    /// Reads a name under `AWS`, `Service`, `Federated` or `CanonicalUser`.
    pub(super) fn read(kind: &str, text: String) -> Result<Self, String> {
        if text.contains('‹') {
            return Ok(Self::Withheld(text));
        }
        match kind {
            "AWS" if text == "*" => Ok(Self::Everyone),
            "AWS" if arn::is_account(&text) => Ok(Self::Account(text)),
            "AWS" => match Arn::parse(&text) {
                Some(arn) if arn.service == "iam" && arn.resource == "root" => {
                    Ok(Self::Account(arn.account.to_owned()))
                }
                Some(_) if text.contains(['*', '?']) => {
                    Err("a principal has no wildcards but * alone".to_owned())
                }
                Some(_) => Ok(Self::Arn(text)),
                None if is_id(&text) => Ok(Self::Id(text)),
                None => Err("it is no account, no ARN and no id".to_owned()),
            },
            "Service" => Ok(Self::Service(text)),
            "Federated" | "CanonicalUser" => Ok(Self::Other(text)),
            _ => Err("there is no such kind of principal".to_owned()),
        }
    }

    /// As the policy has it.
    pub fn text(&self) -> &str {
        match self {
            Self::Everyone => "*",
            Self::Account(text)
            | Self::Arn(text)
            | Self::Id(text)
            | Self::Service(text)
            | Self::Other(text)
            | Self::Withheld(text) => text,
        }
    }

    /// How it reaches who asks, if it does; `Maybe` when that cannot be known.
    pub(super) fn reaches(&self, principal: &Principal) -> Option<(Grade, Tri)> {
        match self {
            Self::Everyone => Some((Grade::Everyone, Tri::Yes)),
            Self::Account(account) => {
                (principal.account() == Some(account)).then_some((Grade::Account, Tri::Yes))
            }
            Self::Service(service) => match principal {
                Principal::Service { name } => {
                    (name == service).then_some((Grade::Direct, Tri::Yes))
                }
                _ => None,
            },
            Self::Arn(named) => match principal {
                Principal::Role { arn, .. } if arn == named => Some((Grade::Role, Tri::Yes)),
                // The name of the session is not known.
                Principal::Role { arn, .. } if is_session_of(named, arn) => {
                    Some((Grade::Direct, Tri::Maybe))
                }
                Principal::Session { role, .. } if role == named => Some((Grade::Role, Tri::Yes)),
                Principal::Session { arn, .. } | Principal::User { arn, .. } if arn == named => {
                    Some((Grade::Direct, Tri::Yes))
                }
                _ => None,
            },
            Self::Id(named) => {
                let grade = match principal {
                    Principal::User { .. } if named.starts_with("AIDA") => Grade::Direct,
                    Principal::Role { .. } | Principal::Session { .. }
                        if named.starts_with("AROA") =>
                    {
                        Grade::Role
                    }
                    _ => return None,
                };
                match principal.id() {
                    Some(id) => (id == named).then_some((grade, Tri::Yes)),
                    None => Some((grade, Tri::Maybe)),
                }
            }
            Self::Other(_) => None,
            Self::Withheld(_) => Some((Grade::Role, Tri::Maybe)),
        }
    }
}

/// Whether this is the ARN of a session of a role. The ARN of a session leaves out the role's path.
fn is_session_of(session: &str, role: &str) -> bool {
    let (Some(session), Some(role)) = (Arn::parse(session), Arn::parse(role)) else {
        return false;
    };
    session.service == "sts"
        && session.account == role.account
        && session
            .resource
            .strip_prefix("assumed-role/")
            .and_then(|rest| rest.split_once('/'))
            .is_some_and(|(name, _)| name == role.name())
}

/// Whether this is a unique id of IAM, such as that of a role that was deleted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn is_id(text: &str) -> bool {
    text.len() >= 16
        && text.starts_with('A')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: &str, text: &str) -> Named {
        Named::read(kind, text.to_owned()).expect("it is a principal")
    }

    #[test]
    fn a_role_is_reached_by_its_account_its_arn_and_everybody() {
        let role = Principal::Role {
            arn: "arn:aws:iam::111122223333:role/service-role/Pull".to_owned(),
            id: Some("AROAEXAMPLE111111111".to_owned()),
        };
        let reaches = |kind, text| named(kind, text).reaches(&role);
        assert_eq!(reaches("AWS", "*"), Some((Grade::Everyone, Tri::Yes)));
        for account in ["111122223333", "arn:aws:iam::111122223333:root"] {
            assert_eq!(reaches("AWS", account), Some((Grade::Account, Tri::Yes)));
        }
        let arn = "arn:aws:iam::111122223333:role/service-role/Pull";
        assert_eq!(reaches("AWS", arn), Some((Grade::Role, Tri::Yes)));
        let session = "arn:aws:sts::111122223333:assumed-role/Pull/some";
        assert_eq!(reaches("AWS", session), Some((Grade::Direct, Tri::Maybe)));
        let deleted = "AROAEXAMPLE222222222";
        assert_eq!(reaches("AWS", deleted), None);
        assert_eq!(reaches("AWS", "444455556666"), None);
        assert_eq!(reaches("Service", "build.apprunner.amazonaws.com"), None);
        assert_eq!(reaches("Federated", "accounts.example.com"), None);
    }

    #[test]
    fn a_service_is_reached_by_its_name() {
        let service = Principal::Service {
            name: "build.apprunner.amazonaws.com".to_owned(),
        };
        let reaches = |text| named("Service", text).reaches(&service);
        assert_eq!(
            reaches("build.apprunner.amazonaws.com"),
            Some((Grade::Direct, Tri::Yes))
        );
        assert_eq!(reaches("tasks.apprunner.amazonaws.com"), None);
    }

    #[test]
    fn what_aws_does_not_accept_as_a_principal_is_refused() {
        for (kind, text) in [
            ("AWS", "arn:aws:iam::111122223333:role/*"),
            ("AWS", "Pull"),
            ("Group", "x"),
        ] {
            assert!(Named::read(kind, text.to_owned()).is_err(), "{text}");
        }
    }
}
