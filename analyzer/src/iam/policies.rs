//! All policies that have a say in a request, and which of them are not known.

use super::{
    grammar::GrammarError,
    policy::{Kind, Policy},
    principal::Grade,
    tri::Tri,
};

/// All policies that have a say in a request.
#[derive(Clone, Debug)]
pub struct Policies {
    /// The managed and inline policies of the principal.
    pub identity: Vec<Source>,
    /// The permissions boundary of the principal, if it has one.
    pub boundary: Option<Source>,
    /// The session policy, if the session has one.
    pub session: Option<Source>,
    /// The policy of the resource, if it has one: of a repository, a secret, a key; of a role that
    /// is to be assumed its trust policy.
    pub resource: Option<Source>,
    /// Whether a grant on the key gives the action to the principal.
    ///
    /// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
    pub grants: Tri,
    /// The service control policies of the principal's account.
    pub scps: Organization,
    /// The resource control policies of the resource's account.
    pub rcps: Organization,
}

impl Default for Policies {
    /// No policies at all.
    fn default() -> Self {
        Self {
            identity: vec![],
            boundary: None,
            session: None,
            resource: None,
            grants: Tri::No,
            scps: Organization::None,
            rcps: Organization::None,
        }
    }
}

/// The policies that an organization lays over an account.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>
#[derive(Clone, Debug)]
pub enum Organization {
    /// Nobody knows them.
    Unknown,
    /// The account is in no organization, or it lays none over it.
    None,
    /// Those of the root, of each unit on the way, and of the account; each level must allow.
    Levels(Vec<Vec<Source>>),
}

/// A policy, or the knowledge that there is one.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name by which a report names it, such as `inline policy pull`.
    pub name: String,
    /// What is in it.
    pub content: Content,
    /// What is taken for its say while a completion is tried.
    pub(super) assumed: Option<Assumed>,
}

/// What is in a policy.
#[derive(Clone, Debug)]
pub enum Content {
    /// Its statements.
    Policy(Policy),
    /// It cannot be understood.
    Wrong(GrammarError),
    /// It was not collected, or it is not known whether there is one; and why.
    NotCollected(String),
}

/// What a policy that is not known may say about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assumed {
    Nothing,
    Deny,
    Allow(Grade),
    /// There is none. Of a boundary that is more than that it allows everything: `NotPrincipal` spares
    /// nobody who has one.
    Absent,
}

impl Source {
    /// Reads a policy. One that cannot be understood is kept as such: it may say anything.
    pub fn read(name: impl Into<String>, document: &str, kind: Kind) -> Self {
        let content = match Policy::parse(document, kind) {
            Ok(policy) => Content::Policy(policy),
            Err(error) => Content::Wrong(error),
        };
        Self {
            name: name.into(),
            content,
            assumed: None,
        }
    }

    /// A policy that was not collected.
    pub fn not_collected(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            content: Content::NotCollected(why.into()),
            assumed: None,
        }
    }

    /// The policy, when it is known.
    pub fn policy(&self) -> Option<&Policy> {
        match &self.content {
            Content::Policy(policy) => Some(policy),
            Content::Wrong(_) | Content::NotCollected(_) => None,
        }
    }
}

/// Where a policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// A policy of the principal.
    Identity(usize),
    /// The permissions boundary.
    Boundary,
    /// The session policy.
    Session,
    /// The policy of the resource.
    Resource,
    /// A service control policy: level and place.
    Scp(usize, usize),
    /// A resource control policy: level and place.
    Rcp(usize, usize),
}

impl Policies {
    /// All policies with their places.
    pub fn sources(&self) -> impl Iterator<Item = (Slot, &Source)> {
        let identity = self.identity.iter().enumerate();
        identity
            .map(|(index, source)| (Slot::Identity(index), source))
            .chain(self.boundary.iter().map(|it| (Slot::Boundary, it)))
            .chain(self.session.iter().map(|it| (Slot::Session, it)))
            .chain(self.resource.iter().map(|it| (Slot::Resource, it)))
            .chain(
                self.scps
                    .sources()
                    .map(|(level, index, it)| (Slot::Scp(level, index), it)),
            )
            .chain(
                self.rcps
                    .sources()
                    .map(|(level, index, it)| (Slot::Rcp(level, index), it)),
            )
    }

    /// The policy at a place.
    pub fn source(&self, slot: Slot) -> Option<&Source> {
        self.sources()
            .find_map(|(place, source)| (place == slot).then_some(source))
    }

    pub(super) fn source_mut(&mut self, slot: Slot) -> Option<&mut Source> {
        match slot {
            Slot::Identity(index) => self.identity.get_mut(index),
            Slot::Boundary => self.boundary.as_mut(),
            Slot::Session => self.session.as_mut(),
            Slot::Resource => self.resource.as_mut(),
            Slot::Scp(level, index) => self.scps.source_mut(level, index),
            Slot::Rcp(level, index) => self.rcps.source_mut(level, index),
        }
    }
}

impl Organization {
    fn sources(&self) -> impl Iterator<Item = (usize, usize, &Source)> {
        let levels: &[Vec<Source>] = match self {
            Self::Levels(levels) => levels,
            Self::Unknown | Self::None => &[],
        };
        levels.iter().enumerate().flat_map(|(level, sources)| {
            let sources = sources.iter().enumerate();
            sources.map(move |(index, source)| (level, index, source))
        })
    }

    fn source_mut(&mut self, level: usize, index: usize) -> Option<&mut Source> {
        match self {
            Self::Levels(levels) => levels.get_mut(level)?.get_mut(index),
            Self::Unknown | Self::None => None,
        }
    }
}
