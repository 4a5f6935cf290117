//! Names in policies that AWS does not know, because they are misspelt.

use crate::iam::{
    names::{self, Spelling},
    policies::Policies,
};

/// The actions in policies that do not exist but are nearly called like one: the policy, the action,
/// and what was meant.
pub fn misspelt(policies: &Policies) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (_, source) in policies.sources() {
        for statement in source.policy().into_iter().flat_map(|it| &it.statements) {
            for pattern in &statement.actions.patterns {
                // The table may be older than an action; a name that is near to none is not judged.
                if let Spelling::Misspelt {
                    nearest: Some(nearest),
                } = names::spelling(&pattern.source)
                {
                    found.push((source.name.clone(), pattern.source.clone(), nearest));
                }
            }
        }
    }
    found
}
