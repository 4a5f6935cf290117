//! The request and the policies, while what is unknown is filled in and forgotten.

use super::{
    Choice, Unknown,
    budget::Budget,
    fill,
    unknowns::{Item, Unknowns, digits},
};
use crate::iam::{
    context::Presence,
    evaluate::{Decision, decide},
    policies::{Content, Organization, Policies},
    request::Request,
    tri::Tri,
};

/// The request and the policies, as they are filled in again and again.
pub(super) struct Trial<'a> {
    pub(super) request: &'a mut Request,
    pub(super) policies: &'a mut Policies,
    pub(super) budget: &'a Budget,
}

impl Trial<'_> {
    pub(super) fn unknowns(&self) -> Unknowns {
        Unknowns::of(self.request, self.policies, self.budget)
    }

    pub(super) fn decide(&self) -> Decision {
        decide(self.request, self.policies)
    }

    pub(super) fn fill(&mut self, unknown: &Unknown, choice: &Choice) {
        fill(self.request, self.policies, unknown, choice);
    }

    /// Makes something unknown again.
    pub(super) fn forget(&mut self, unknown: &Unknown) {
        match unknown {
            Unknown::Key { folded, .. } => self.request.context.set(folded, Presence::Unknown),
            Unknown::Scps => self.policies.scps = Organization::Unknown,
            Unknown::Rcps => self.policies.rcps = Organization::Unknown,
            Unknown::Grants => self.policies.grants = Tri::Maybe,
            Unknown::Policy(slot) => {
                if let Some(source) = self.policies.source_mut(*slot) {
                    source.assumed = None;
                }
            }
            Unknown::Statement(slot, index) => {
                if let Some(source) = self.policies.source_mut(*slot)
                    && let Content::Policy(policy) = &mut source.content
                    && let Some(statement) = policy.statements.get_mut(*index)
                {
                    statement.doubt = Tri::Maybe;
                }
            }
        }
    }

    /// What is decided by the completion at `place`.
    pub(super) fn at(&mut self, items: &[Item], place: usize) -> Decision {
        for (item, digit) in items.iter().zip(digits(items, place)) {
            self.fill(&item.unknown, &item.choices[digit]);
        }
        self.decide()
    }
}
