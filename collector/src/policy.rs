//! The least-privilege policy for the collector, made from the table of sources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::choice::Choice;

/// The policy: one statement for each kind of resource, with exactly the actions that the chosen
/// sources declare.
pub(crate) fn policy(choice: &Choice) -> Value {
    policy_of(choice, |_| true)
}

/// The policy for some of their actions.
pub(crate) fn policy_of(choice: &Choice, which: impl Fn(&str) -> bool) -> Value {
    let mut actions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let calls = choice.sources().flat_map(|source| source.calls);
    for call in calls.filter(|call| which(call.action)) {
        if let Some(resource) = call.resource {
            actions.entry(resource).or_default().insert(call.action);
        }
    }
    let statements: Vec<_> = actions
        .into_iter()
        .map(|(resource, actions)| json!({"Effect": "Allow", "Action": actions, "Resource": resource}))
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources;

    #[test]
    fn the_policy_allows_what_the_sources_call_and_nothing_else() {
        let policy = policy(&Choice::default());
        let statements = policy["Statement"].as_array().expect("statements");
        let mut allowed: Vec<_> = statements
            .iter()
            .flat_map(|statement| statement["Action"].as_array().expect("actions"))
            .map(|action| action.as_str().expect("an action"))
            .collect();
        allowed.sort_unstable();
        // An action may be needed on several kinds of resources.
        allowed.dedup();
        let mut called: Vec<_> = sources::ALL
            .iter()
            .flat_map(|source| source.calls)
            .filter(|call| call.resource.is_some())
            .map(|call| call.action)
            .collect();
        called.sort_unstable();
        called.dedup();
        assert_eq!(allowed, called);
        assert!(allowed.iter().all(|action| !action.contains('*')));
    }

    #[test]
    fn the_policy_of_some_sources_has_their_resources_only() {
        let policy = policy(&Choice::of(&["service-linked-roles", "service-log"]));
        assert_eq!(
            policy["Statement"],
            json!([
                {
                    "Effect": "Allow",
                    "Action": ["apprunner:ListServices", "logs:DescribeLogGroups"],
                    "Resource": "*"
                },
                {
                    "Effect": "Allow",
                    "Action": ["apprunner:DescribeService"],
                    "Resource": "arn:aws:apprunner:*:*:service/*"
                },
                {
                    "Effect": "Allow",
                    "Action": ["iam:GetRole"],
                    "Resource": "arn:aws:iam::*:role/*"
                },
                {
                    "Effect": "Allow",
                    "Action": ["logs:DescribeLogStreams", "logs:FilterLogEvents"],
                    "Resource": "arn:aws:logs:*:*:log-group:/aws/apprunner/*"
                }
            ])
        );
    }
}
