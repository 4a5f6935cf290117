//! A policy as it is evaluated.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use super::{condition::Condition, pattern::Pattern, principal::Named, tri::Tri};

/// What a policy hangs on, which decides what its statements may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On a role or a user, as a permissions boundary, a session policy or an organization's policy.
    Identity,
    /// On a resource: a repository, a secret, a key.
    Resource,
    /// On a role, saying who may assume it.
    Trust,
}

/// A policy whose grammar is right.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

/// Whether a statement gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It gives.
    Allow,
    /// It takes, and nothing gives it back.
    Deny,
}

impl Effect {
    /// As policies spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its name, if it has one.
    pub sid: Option<String>,
    /// Its place in the policy, from 1.
    pub number: usize,
    /// Whether it gives or takes.
    pub effect: Effect,
    /// Whom it is about; a statement of an identity policy is about whoever has the policy.
    pub principals: Option<Principals>,
    /// The actions.
    pub actions: Listed,
    /// The resources; a statement of some resource policies is about the resource that has them.
    pub resources: Option<Listed>,
    /// What must hold beside, each of them.
    pub conditions: Vec<Condition>,
    /// What is taken for true where AWS does not say how it decides, or where a part was taken out
    /// when the bundle was scrubbed. Unknown, unless a completion is tried.
    pub(super) doubt: Tri,
}

impl Statement {
    /// How a report names it: by its Sid, or else by its number.
    pub fn name(&self) -> String {
        match &self.sid {
            Some(sid) => format!("statement {sid}"),
            None => format!("statement {}", self.number),
        }
    }
}

/// The patterns of `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Whether everything is meant but these.
    pub inverse: bool,
    /// The patterns.
    pub patterns: Vec<Pattern>,
}

/// The names of `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub struct Principals {
    /// Whether everybody is meant but these.
    pub inverse: bool,
    /// The names.
    pub names: Vec<Named>,
}
