//! How much work may be done for one answer. Policies come from strangers, and some of them are made to
//! take long; what is left undone makes an answer less certain, never wrong.

use std::cell::Cell;

use crate::iam::{
    pattern::Pattern,
    policies::Policies,
    policy::{Listed, Statement},
    request::Request,
};

/// About half a second of an optimised build.
const WORK: u64 = 40_000_000;

/// The work that is left, in parts of about ten nanoseconds.
pub(super) struct Budget {
    left: Cell<u64>,
    evaluation: u64,
}

impl Budget {
    pub(super) fn new(request: &Request, policies: &Policies) -> Self {
        let statements = policies
            .sources()
            .filter_map(|(_, source)| source.policy())
            .flat_map(|policy| &policy.statements);
        let cost = |statement: &Statement| {
            let listed = |listed: &Listed, text: &str| -> u64 {
                let patterns = listed.patterns.iter();
                patterns.map(|pattern| matching(pattern, text.len())).sum()
            };
            let actions = listed(&statement.actions, &request.action);
            let resources = statement.resources.as_ref();
            let resources = resources.map_or(0, |it| listed(it, &request.resource));
            let conditions = statement.conditions.iter();
            let conditions: u64 = conditions
                .map(|condition| {
                    let patterns = condition.patterns();
                    let patterns: u64 = patterns.map(|it| matching(it, VALUE)).sum();
                    10 + 3 * condition.values.len() as u64 + patterns
                })
                .sum();
            5 + actions + resources + conditions
        };
        Self {
            left: Cell::new(WORK),
            evaluation: 20 + statements.map(cost).sum::<u64>(),
        }
    }

    /// For tests.
    #[cfg(test)]
    pub(super) fn plenty() -> Self {
        Self {
            left: Cell::new(WORK),
            evaluation: 1,
        }
    }

    /// Takes some work; false when there is not as much.
    pub(super) fn take(&self, work: u64) -> bool {
        let left = self.left.get().checked_sub(work);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    /// Takes the work of evaluating the request.
    pub(super) fn evaluation(&self) -> bool {
        self.take(self.evaluation)
    }
}

/// The length that the values of keys mostly have.
const VALUE: usize = 40;

/// The work of holding a pattern against a text.
pub(super) fn matching(pattern: &Pattern, text: usize) -> u64 {
    let pieces = pattern.pieces().len() as u64;
    match pieces {
        0..=2 => 3,
        _ => 10 + pieces * (8 + text as u64 / 4),
    }
}
