//! What is not known of a request, for people and for rules.

use std::fmt;

use super::Completion;

/// What is not known, and what it would decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// What decides, in the order in which it is met.
    pub needs: Vec<Need>,
    /// One way to fill in what is unknown so that the request is allowed.
    pub allowed_when: Option<Completion>,
    /// One way so that it is denied.
    pub denied_when: Option<Completion>,
}

impl Doubt {
    /// Whether nothing decides but the policies of an organization.
    pub fn is_organization_only(&self) -> bool {
        !self.needs.is_empty()
            && self
                .needs
                .iter()
                .all(|need| matches!(need, Need::ServiceControl | Need::ResourceControl))
    }
}

/// Something that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The value of a condition key, or whether the request carries it.
    Key(String),
    /// A policy.
    Policy {
        /// Its name.
        name: String,
        /// Why it is not known.
        why: String,
    },
    /// The service control policies of the principal's account.
    ServiceControl,
    /// The resource control policies of the resource's account.
    ResourceControl,
    /// The grants on the key.
    Grants,
    /// A statement for which AWS does not say how it decides this request, or that lost a part when
    /// the bundle was scrubbed.
    Statement {
        /// The policy.
        policy: String,
        /// The statement.
        statement: String,
    },
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "the condition key {key}"),
            Self::Policy { name, why } => write!(f, "{name}: {why}"),
            Self::ServiceControl => f.write_str("service control policies of the organization"),
            Self::ResourceControl => f.write_str("resource control policies of the organization"),
            Self::Grants => f.write_str("grants on the key"),
            Self::Statement { policy, statement } => {
                write!(f, "{statement} of {policy}, which cannot be judged offline")
            }
        }
    }
}
