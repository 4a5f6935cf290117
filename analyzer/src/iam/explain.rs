//! Why an answer is what it is: the statement that decides, or the nearest one that fails, and what
//! would change it.

mod nearest;
mod remedy;

use std::fmt;

pub use self::{
    nearest::{Element, Failure},
    remedy::{Change, Remedy},
};
use super::{
    arn::Arn,
    completion::Doubt,
    evaluate::{Answer, Asked, Denial, applies, decide, evaluate, organization, together},
    policies::{Policies, Slot, Source},
    policy::{Effect, Statement},
    principal::{Grade, Principal},
    request::Request,
    tri::Tri,
};

/// An answer with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The answer.
    pub answer: Answer,
    /// What decides, the most important first.
    pub reasons: Vec<Reason>,
    /// What would make it allowed, tried out; nothing when it is allowed, or when nothing that
    /// can be said in a policy would do.
    pub remedy: Option<Remedy>,
}

/// Where a policy stands, as a report names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The policies of the principal.
    Identity,
    /// Its permissions boundary.
    Boundary,
    /// The session policy.
    Session,
    /// The policy of the resource.
    Resource,
    /// The trust policy of the role that is to be assumed.
    Trust,
    /// The service control policies.
    ServiceControl,
    /// The resource control policies.
    ResourceControl,
}

impl Side {
    /// As a report names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "policies of the principal",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "policy of the resource",
            Self::Trust => "trust policy",
            Self::ServiceControl => "service control policies",
            Self::ResourceControl => "resource control policies",
        }
    }
}

/// One thing that decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// A statement applies.
    Applies(Named),
    /// A statement would allow it, and what is unknown decides whether it applies; or would deny it.
    MayApply(Named),
    /// No statement of a side allows it; the nearest one fails for this.
    Nearest {
        /// The side.
        side: Side,
        /// The statement.
        statement: Named,
        /// The element that does not fit, and why.
        failure: Failure,
    },
    /// A side has no statement that comes near.
    Nothing {
        /// The side.
        side: Side,
        /// That there is none, as a sentence.
        text: String,
    },
    /// The policy of the resource leaves it to the policies of the account, which do not allow it.
    LeftToAccount {
        /// The statement.
        statement: Named,
    },
    /// A right that needs no statement.
    Inherent(&'static str),
}

/// A statement, as a report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Where it stands.
    pub side: Side,
    /// The policy.
    pub policy: String,
    /// The Sid, if it has one.
    pub sid: Option<String>,
    /// The number in the policy, from 1.
    pub number: usize,
    /// Whether it allows or denies.
    pub effect: Effect,
}

impl Named {
    fn new(side: Side, source: &Source, statement: &Statement) -> Self {
        Self {
            side,
            policy: source.name.clone(),
            sid: statement.sid.clone(),
            number: statement.number,
            effect: statement.effect,
        }
    }

    /// `statement ReadSecrets of the inline policy secrets`.
    pub fn text(&self) -> String {
        match &self.sid {
            Some(sid) => format!("statement {sid} of the {}", self.policy),
            None => format!("statement {} of the {}", self.number, self.policy),
        }
    }
}

impl Reason {
    /// In a few words, for a table.
    pub fn short(&self) -> String {
        match self {
            Self::Applies(named) | Self::MayApply(named) => named.text(),
            Self::Nearest {
                statement, failure, ..
            } => format!(
                "not by the {} of {}",
                failure.element.as_str(),
                statement.text()
            ),
            Self::LeftToAccount { statement } => statement.text(),
            Self::Nothing { text, .. } => text.clone(),
            Self::Inherent(text) => (*text).to_owned(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = |named: &Named| match named.effect {
            Effect::Allow => "allows",
            Effect::Deny => "denies",
        };
        match self {
            Self::Applies(named) => write!(f, "{} {} it", named.text(), verb(named)),
            Self::MayApply(named) => {
                write!(f, "{} {} it, if it applies", named.text(), verb(named))
            }
            Self::Nearest {
                statement, failure, ..
            } => write!(f, "{} comes nearest, but {failure}", statement.text()),
            Self::Nothing { text, .. } => f.write_str(text),
            Self::LeftToAccount { statement } => write!(
                f,
                "{} leaves it to the policies of the account, which do not allow it",
                statement.text()
            ),
            Self::Inherent(what) => f.write_str(what),
        }
    }
}

/// Answers a request and says why.
pub fn explain(request: &Request, policies: &Policies) -> Explanation {
    let answer = evaluate(request, policies);
    let view = View::new(request, policies);
    let reasons = match &answer {
        Answer::Allowed => view.allowing(),
        Answer::Denied(Denial::Explicit) => view.with(Effect::Deny, Tri::Yes),
        Answer::Denied(Denial::Implicit) => view.lacking(),
        Answer::Unknown(doubt) => view.open(doubt),
    };
    let remedy = match &answer {
        Answer::Allowed => None,
        Answer::Denied(_) | Answer::Unknown(_) => remedy::find(request, policies, &view, &answer),
    };
    Explanation {
        answer,
        reasons,
        remedy,
    }
}

/// A request and its policies, looked at side by side.
struct View<'a> {
    asked: Asked<'a>,
    policies: &'a Policies,
}

impl<'a> View<'a> {
    fn new(request: &'a Request, policies: &'a Policies) -> Self {
        Self {
            asked: Asked::of(request, policies),
            policies,
        }
    }

    fn side(&self, slot: Slot) -> Side {
        match slot {
            Slot::Identity(_) => Side::Identity,
            Slot::Boundary => Side::Boundary,
            Slot::Session => Side::Session,
            Slot::Resource if self.asked.assumes_role() => Side::Trust,
            Slot::Resource => Side::Resource,
            Slot::Scp(..) => Side::ServiceControl,
            Slot::Rcp(..) => Side::ResourceControl,
        }
    }

    /// Whether a policy at this place has a say for this principal.
    fn counts(&self, slot: Slot) -> bool {
        let principal = &self.asked.principal;
        match slot {
            Slot::Scp(..) => {
                !matches!(principal, Principal::Service { .. }) && !principal.is_service_linked()
            }
            Slot::Rcp(..) => !principal.is_service_linked(),
            _ => true,
        }
    }

    fn statements(&self) -> impl Iterator<Item = (Slot, &'a Source, &'a Statement)> {
        self.policies
            .sources()
            .filter(|(slot, _)| self.counts(*slot))
            .flat_map(|(slot, source)| {
                let statements = source.policy().map(|policy| policy.statements.as_slice());
                statements
                    .unwrap_or_default()
                    .iter()
                    .map(move |statement| (slot, source, statement))
            })
    }

    /// The statements of an effect that apply so certainly.
    fn with(&self, effect: Effect, certain: Tri) -> Vec<Reason> {
        self.statements()
            .filter(|(.., statement)| {
                statement.effect == effect && applies(statement, self.asked) == certain
            })
            .map(|(slot, source, statement)| {
                let named = Named::new(self.side(slot), source, statement);
                match certain {
                    Tri::Yes => Reason::Applies(named),
                    _ => Reason::MayApply(named),
                }
            })
            .collect()
    }

    /// The first statement of each side that allows it.
    fn allowing(&self) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = Vec::new();
        let mut last = None;
        for (slot, source, statement) in self.statements() {
            // Each level of an organization has to allow it.
            let place = match slot {
                Slot::Identity(_) => (0, 0),
                Slot::Scp(level, _) => (1, level),
                Slot::Rcp(level, _) => (2, level),
                Slot::Boundary => (3, 0),
                Slot::Session => (4, 0),
                Slot::Resource => (5, 0),
            };
            if statement.effect == Effect::Allow
                && applies(statement, self.asked) == Tri::Yes
                && last != Some(place)
            {
                last = Some(place);
                let named = Named::new(self.side(slot), source, statement);
                reasons.push(Reason::Applies(named));
            }
        }
        if self.policies.grants == Tri::Yes {
            reasons.push(Reason::Inherent("a grant on the key allows it"));
        }
        if matches!(self.asked.principal, Principal::Root { .. }) && reasons.is_empty() {
            reasons.push(Reason::Inherent(
                "the root user of an account may do everything in it",
            ));
        }
        reasons
    }

    /// What an unknown answer hangs on.
    fn open(&self, doubt: &Doubt) -> Vec<Reason> {
        if doubt.is_organization_only() {
            return self.allowing();
        }
        let mut reasons = self.with(Effect::Deny, Tri::Maybe);
        reasons.extend(self.with(Effect::Allow, Tri::Maybe));
        if reasons.is_empty() {
            reasons = self.lacking();
        }
        if reasons.is_empty() {
            reasons = self.allowing();
        }
        if reasons.is_empty() && !matches!(self.asked.principal, Principal::Service { .. }) {
            reasons.push(self.nearest(Side::Identity));
        }
        reasons
    }

    /// The sides that would have to allow it and do not.
    fn missing_sides(&self) -> Vec<Side> {
        let asked = self.asked;
        let policies = self.policies;
        let no = |tri: Tri| tri == Tri::No;
        let identity = together(&policies.identity, asked).allow();
        let resource = together(&policies.resource, asked);
        let on_resource = self.side(Slot::Resource);
        let mut sides = Vec::new();
        match &asked.principal {
            Principal::Service { .. } => {
                if no(resource.allow()) {
                    sides.push(on_resource);
                }
            }
            Principal::Root { .. } => {
                if no(resource.allow())
                    && (asked.is_cross_account() || asked.needs_resource_policy())
                {
                    sides.push(on_resource);
                }
            }
            _ if asked.is_cross_account() => {
                if no(identity) {
                    sides.push(Side::Identity);
                }
                if no(resource.allow().or(policies.grants)) {
                    sides.push(on_resource);
                }
            }
            _ if asked.needs_resource_policy() => {
                if no(resource.allow().or(policies.grants)) {
                    sides.push(on_resource);
                } else if no(identity) && no(resource.by[Grade::Role as usize]) {
                    sides.push(Side::Identity);
                }
            }
            // Either would do; a statement for the principal is the usual way.
            _ => {
                let named = [Grade::Role, Grade::Everyone, Grade::Direct];
                if no(identity) && named.iter().all(|grade| no(resource.by[*grade as usize])) {
                    sides.push(Side::Identity);
                }
            }
        }
        let says_no =
            |source: &Option<Source>| source.is_some() && no(together(source, asked).allow());
        if says_no(&policies.boundary) {
            sides.push(Side::Boundary);
        }
        if says_no(&policies.session) {
            sides.push(Side::Session);
        }
        if self.counts(Slot::Scp(0, 0)) && no(organization(&policies.scps, asked).allow()) {
            sides.push(Side::ServiceControl);
        }
        if self.counts(Slot::Rcp(0, 0)) && no(organization(&policies.rcps, asked).allow()) {
            sides.push(Side::ResourceControl);
        }
        sides
    }

    /// Of each side that would have to allow it, the statement that comes nearest.
    fn lacking(&self) -> Vec<Reason> {
        if matches!(self.asked.principal, Principal::Root { .. }) && self.asked.assumes_role() {
            return vec![Reason::Inherent("a root user cannot assume roles")];
        }
        let mut reasons = Vec::new();
        for side in self.missing_sides() {
            reasons.push(self.nearest(side));
            // A policy of the resource that leaves it to the account is the other half of it.
            if side == Side::Identity
                && let Some(named) = self.left_to_account()
            {
                reasons.push(Reason::LeftToAccount { statement: named });
            }
        }
        reasons
    }

    fn left_to_account(&self) -> Option<Named> {
        if self.asked.is_cross_account() {
            return None;
        }
        let source = self.policies.resource.as_ref()?;
        let statement = source.policy()?.statements.iter().find(|statement| {
            statement.effect == Effect::Allow && applies(statement, self.asked) == Tri::Yes
        })?;
        Some(Named::new(self.side(Slot::Resource), source, statement))
    }

    fn nearest(&self, side: Side) -> Reason {
        let nearest = self
            .statements()
            .filter(|(slot, _, statement)| {
                self.side(*slot) == side
                    && statement.effect == Effect::Allow
                    && applies(statement, self.asked) != Tri::Yes
            })
            .filter_map(|(_, source, statement)| {
                let failure = Failure::of(statement, self.asked)?;
                Some((source, statement, failure))
            })
            .rev_max_by_key(|(_, _, failure)| failure.rank());
        match nearest {
            Some((source, statement, failure)) if !failure.is_far() => Reason::Nearest {
                side,
                statement: Named::new(side, source, statement),
                failure,
            },
            _ => Reason::Nothing {
                side,
                text: self.nothing(side),
            },
        }
    }

    /// That a side has no statement that comes near.
    fn nothing(&self, side: Side) -> String {
        let service = self.asked.service();
        let named = |source: &Option<Source>, without: &str| match source {
            Some(source) => format!("the {} allows no action of {service}", source.name),
            None => without.to_owned(),
        };
        match side {
            Side::Identity => match self.asked.principal.role().and_then(Arn::parse) {
                Some(role) => format!(
                    "no policy of the role {} allows an action of {service}",
                    role.name()
                ),
                None => format!("no policy of the principal allows an action of {service}"),
            },
            Side::Boundary => named(&self.policies.boundary, ""),
            Side::Session => named(&self.policies.session, ""),
            Side::Resource => named(&self.policies.resource, "the resource has no policy"),
            Side::Trust => named(&self.policies.resource, "the role has no trust policy"),
            Side::ServiceControl | Side::ResourceControl => format!(
                "on one level of the organization none of the {} allows it",
                side.as_str()
            ),
        }
    }
}

/// The first of the greatest.
trait RevMaxBy: Iterator + Sized {
    fn rev_max_by_key<K: Ord>(self, key: impl Fn(&Self::Item) -> K) -> Option<Self::Item> {
        self.fold(None, |best, item| match best {
            Some(best) if key(&best) >= key(&item) => Some(best),
            _ => Some(item),
        })
    }
}

impl<I: Iterator> RevMaxBy for I {}

/// Whether a change to the policies makes the request allowed, as far as can be known.
fn outcome(request: &Request, policies: &Policies) -> Answer {
    let decision = decide(request, policies);
    match (decision.denied, decision.granted) {
        (Tri::No, Tri::Yes) => Answer::Allowed,
        _ => evaluate(request, policies),
    }
}
