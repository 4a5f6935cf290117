//! The evaluation itself: from all policies to one of three answers.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::{
    completion::{self, Doubt},
    condition::{Condition, Test},
    pattern::Match,
    policies::{Assumed, Content, Organization, Policies, Source},
    policy::{Effect, Listed, Principals, Statement},
    principal::{Grade, Named, Principal},
    request::Request,
    tri::Tri,
};

/// Whether a request is allowed.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is.
    Allowed,
    /// It is not.
    Denied(Denial),
    /// What the bundle does not know decides.
    Unknown(Box<Doubt>),
}

/// Why a request is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A statement denies it.
    Explicit,
    /// Nothing allows it.
    Implicit,
}

/// Answers a request.
pub fn evaluate(request: &Request, policies: &Policies) -> Answer {
    let decision = decide(request, policies);
    match (decision.denied, decision.granted) {
        (Tri::Yes, _) => Answer::Denied(Denial::Explicit),
        (_, Tri::No) => Answer::Denied(Denial::Implicit),
        (Tri::No, Tri::Yes) => Answer::Allowed,
        _ => completion::settle(request, policies),
    }
}

/// What the policies say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// Whether a statement denies it.
    pub(super) denied: Tri,
    /// Whether everything that must allow it does.
    pub(super) granted: Tri,
}

impl Decision {
    pub(super) fn allowed(self) -> Tri {
        self.granted.and(!self.denied)
    }
}

/// What the policies say together, as far as it is known: unknown where one unknown thing makes a
/// difference by itself.
pub(super) fn decide(request: &Request, policies: &Policies) -> Decision {
    let request = Asked::of(request, policies);
    let identity = together(&policies.identity, request);
    let boundary = together(&policies.boundary, request);
    let session = together(&policies.session, request);
    let resource = together(&policies.resource, request);
    // Organizations limit neither services nor the roles that services made for themselves.
    let scps = match &request.principal {
        Principal::Service { .. } => Said::all(),
        principal if principal.is_service_linked() => Said::all(),
        _ => organization(&policies.scps, request),
    };
    let rcps = if request.principal.is_service_linked() {
        Said::all()
    } else {
        organization(&policies.rcps, request)
    };

    let denied = Tri::any([
        identity.deny,
        boundary.deny,
        session.deny,
        resource.deny,
        scps.deny,
        rcps.deny,
    ]);
    if denied == Tri::Yes {
        return Decision {
            denied,
            granted: Tri::Maybe,
        };
    }

    let bounded = match policies.boundary {
        Some(_) => boundary.allow(),
        None => Tri::Yes,
    };
    let in_session = match policies.session {
        Some(_) => session.allow(),
        None => Tri::Yes,
    };
    let own = match &request.principal {
        // The root user may do everything in its account but assume a role.
        Principal::Root { .. } => Tri::from(!request.assumes_role()),
        Principal::Service { .. } => Tri::No,
        _ => identity.allow().and(bounded).and(in_session),
    };
    let granted = if request.is_cross_account() {
        own.and(resource.allow().or(policies.grants))
    } else {
        // A policy of the resource in the same account adds to those of the principal. How far a
        // boundary and a session policy limit that depends on how it names the principal.
        // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
        let by = |grade: Grade| resource.by[grade as usize];
        let is_role = request.principal.role().is_some();
        let limits = bounded.and(in_session);
        Tri::any([
            if request.needs_resource_policy() {
                own.and(by(Grade::Account))
            } else {
                own
            },
            if is_role {
                by(Grade::Role).and(limits)
            } else {
                by(Grade::Role)
            },
            by(Grade::Everyone).and(in_session),
            by(Grade::Direct),
            policies.grants,
        ])
    };
    Decision {
        denied,
        granted: Tri::all([granted, scps.allow(), rcps.allow()]),
    }
}

/// A request, and whether the principal has a permissions boundary.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) request: &'a Request,
    pub(super) bounded: Tri,
}

impl<'a> Asked<'a> {
    pub(super) fn of(request: &'a Request, policies: &Policies) -> Self {
        let bounded = match &policies.boundary {
            None => Tri::No,
            Some(source) => match (source.assumed, &source.content) {
                (Some(Assumed::Absent), _) => Tri::No,
                (None, Content::NotCollected(_)) => Tri::Maybe,
                _ => Tri::Yes,
            },
        };
        Self { request, bounded }
    }
}

impl std::ops::Deref for Asked<'_> {
    type Target = Request;

    fn deref(&self) -> &Request {
        self.request
    }
}

/// What one or more policies say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) deny: Tri,
    /// Whether they allow it, by how they name the principal.
    pub(super) by: [Tri; 4],
}

impl Said {
    const NOTHING: Self = Self {
        deny: Tri::No,
        by: [Tri::No; 4],
    };

    fn all() -> Self {
        Self {
            deny: Tri::No,
            by: [Tri::Yes; 4],
        }
    }

    pub(super) fn allow(&self) -> Tri {
        Tri::any(self.by)
    }
}

pub(super) fn together<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    request: Asked<'_>,
) -> Said {
    let mut said = Said::NOTHING;
    for source in sources {
        say(&mut said, source, request);
    }
    said
}

fn say(said: &mut Said, source: &Source, request: Asked<'_>) {
    let Said { deny, by } = said;
    match (source.assumed, source.policy()) {
        (Some(Assumed::Nothing), _) => {}
        (Some(Assumed::Deny), _) => *deny = Tri::Yes,
        (Some(Assumed::Absent), _) => by[Grade::Direct as usize] = Tri::Yes,
        (Some(Assumed::Allow(grade)), _) => by[grade as usize] = Tri::Yes,
        (None, None) => {
            *deny = deny.or(Tri::Maybe);
            for grade in by {
                *grade = grade.or(Tri::Maybe);
            }
        }
        (None, Some(policy)) => {
            for statement in &policy.statements {
                match statement.effect {
                    Effect::Deny => {
                        if *deny != Tri::Yes {
                            *deny = deny.or(denies(statement, request));
                        }
                    }
                    Effect::Allow => {
                        let allowed = allows(statement, request);
                        for (slot, allowed) in by.iter_mut().zip(allowed) {
                            *slot = slot.or(allowed);
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn organization(organization: &Organization, request: Asked<'_>) -> Said {
    match organization {
        Organization::None => Said::all(),
        Organization::Unknown => Said {
            deny: Tri::No,
            by: [Tri::Maybe; 4],
        },
        Organization::Levels(levels) => {
            let mut said = Said::all();
            for level in levels {
                let level = together(level, request);
                said.deny = said.deny.or(level.deny);
                let allow = level.allow();
                for grade in &mut said.by {
                    *grade = grade.and(allow);
                }
            }
            said
        }
    }
}

/// Whether an allow statement applies, by how it names the principal.
fn allows(statement: &Statement, request: Asked<'_>) -> [Tri; 4] {
    let mut by = match &statement.principals {
        // The statement is about whoever has the policy.
        None => [Tri::No, Tri::No, Tri::No, Tri::Yes],
        Some(principals) => reach(principals, request, statement.doubt),
    };
    if Tri::any(by) == Tri::No {
        return by;
    }
    // Everybody, but this role alone: neither its boundary nor a session policy limits that.
    // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
    let singled_out = |condition: &Condition| {
        let operator = condition.operator;
        condition.key == "aws:principalarn" && !operator.negated && operator.test != Test::Null
    };
    if statement.conditions.iter().any(singled_out) {
        let everyone = std::mem::replace(&mut by[Grade::Everyone as usize], Tri::No);
        let direct = &mut by[Grade::Direct as usize];
        *direct = direct.or(everyone);
    }
    let concerned = concerns(statement, request);
    for reached in &mut by {
        *reached = reached.and(concerned);
    }
    by
}

/// Whether a deny statement applies.
fn denies(statement: &Statement, request: Asked<'_>) -> Tri {
    let concerned = concerns(statement, request);
    if concerned == Tri::No {
        return Tri::No;
    }
    concerned.and(denies_principal(statement, request))
}

/// Whether a deny statement is about the principal.
pub(super) fn denies_principal(statement: &Statement, request: Asked<'_>) -> Tri {
    match &statement.principals {
        None => Tri::Yes,
        Some(principals) if principals.inverse => !excepted(principals, request, statement.doubt),
        Some(principals) => Tri::any(reach(principals, request, statement.doubt)),
    }
}

/// Whether a statement is about the action and the resource, and its conditions hold.
fn concerns(statement: &Statement, request: Asked<'_>) -> Tri {
    let action = covers_action(statement, request);
    if action == Tri::No {
        return Tri::No;
    }
    let resource = covers_resource(statement, request);
    if resource == Tri::No {
        return Tri::No;
    }
    let holds = Tri::all(
        statement
            .conditions
            .iter()
            .map(|condition| condition.holds(&request.context, statement.doubt)),
    );
    action.and(resource).and(holds)
}

/// Whether a statement is about the action.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
pub(super) fn covers_action(statement: &Statement, request: Asked<'_>) -> Tri {
    covers(
        &statement.actions,
        &request.folded,
        request,
        statement.doubt,
    )
}

/// Whether a statement is about the resource.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html>
pub(super) fn covers_resource(statement: &Statement, request: Asked<'_>) -> Tri {
    match &statement.resources {
        // The policies of some resources name none: they are about the resource that has them.
        None => Tri::Yes,
        Some(listed) => covers(listed, &request.resource, request, statement.doubt),
    }
}

fn covers(listed: &Listed, text: &str, request: Asked<'_>, doubt: Tri) -> Tri {
    let mut any = Tri::No;
    for pattern in &listed.patterns {
        let found = if pattern.is_withheld() {
            doubt
        } else {
            match pattern.matches(text, &request.context) {
                Match::Is(tri) => tri,
                // Such a pattern matches no resource, in NotResource either.
                // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
                Match::NoValue => Tri::No,
            }
        };
        any = any.or(found);
        if any == Tri::Yes {
            break;
        }
    }
    if listed.inverse { !any } else { any }
}

/// Whether names reach the principal, by how they do.
fn reach(principals: &Principals, request: Asked<'_>, doubt: Tri) -> [Tri; 4] {
    let mut by = [Tri::No; 4];
    for named in &principals.names {
        if let Some((grade, certain)) = named.reaches(&request.principal) {
            let slot = &mut by[grade as usize];
            *slot = slot.or(if certain == Tri::Maybe {
                doubt
            } else {
                certain
            });
        }
    }
    by
}

/// Whether `NotPrincipal` excepts the principal from a deny.
///
/// AWS checks the account, then the role, then the session, and says that it may deny where one of
/// them is not named. It denies everybody who has a permissions boundary, whatever is named.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
fn excepted(principals: &Principals, request: Asked<'_>, doubt: Tri) -> Tri {
    if request.bounded == Tri::Yes {
        return Tri::No;
    }
    let by = reach(principals, request, doubt);
    let by = |grade: Grade| by[grade as usize];
    let (itself, wholly) = match request.principal {
        Principal::Service { .. } => (by(Grade::Direct), Tri::Yes),
        Principal::Root { .. } => (by(Grade::Account), Tri::Yes),
        Principal::User { .. } => (by(Grade::Direct), by(Grade::Account)),
        Principal::Role { .. } | Principal::Session { .. } => (
            by(Grade::Role).or(by(Grade::Direct)),
            Tri::all([by(Grade::Account), by(Grade::Role), by(Grade::Direct)]),
        ),
    };
    let excepted = match (itself, wholly) {
        (Tri::No, _) => Tri::No,
        (_, Tri::Yes) => itself,
        _ => doubt,
    };
    excepted.or(by(Grade::Everyone)).and(!request.bounded)
}

/// Whether AWS does not say how a statement decides this request, or a part of it was taken out.
pub(super) fn is_doubtful(statement: &Statement, request: Asked<'_>) -> bool {
    let withheld = |listed: &Listed| {
        listed
            .patterns
            .iter()
            .any(super::pattern::Pattern::is_withheld)
    };
    let by_name = statement.principals.as_ref().is_some_and(|principals| {
        let unsure = principals.names.iter().any(|named| {
            matches!(named, Named::Withheld(_))
                || named
                    .reaches(&request.principal)
                    .is_some_and(|(_, certain)| certain == Tri::Maybe)
        });
        unsure || (principals.inverse && excepted(principals, request, Tri::Maybe) == Tri::Maybe)
    });
    by_name
        || withheld(&statement.actions)
        || statement.resources.as_ref().is_some_and(withheld)
        || statement
            .conditions
            .iter()
            .any(|condition| condition.is_doubtful(&request.context))
}

/// Whether a statement applies to a request, whatever its effect.
pub(super) fn applies(statement: &Statement, request: Asked<'_>) -> Tri {
    match statement.effect {
        Effect::Allow => Tri::any(allows(statement, request)),
        Effect::Deny => denies(statement, request),
    }
}

/// Whether a statement names the principal.
pub(super) fn names_principal(statement: &Statement, request: Asked<'_>) -> Tri {
    match (&statement.principals, statement.effect) {
        (None, _) => Tri::Yes,
        (Some(principals), Effect::Allow) => Tri::any(reach(principals, request, statement.doubt)),
        (Some(_), Effect::Deny) => denies_principal(statement, request),
    }
}
