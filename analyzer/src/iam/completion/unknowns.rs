//! Everything unknown that can make a difference, with what each can be.

use super::{
    Choice, Completion, Need, Unknown,
    budget::Budget,
    classes::{self, Domain, Ties},
};
use crate::iam::{
    evaluate::{Asked, applies, is_doubtful},
    policies::{Assumed, Content, Organization, Policies, Slot},
    policy::Statement,
    principal::Grade,
    request::Request,
    tri::Tri,
};

/// In how many ways all of it can be filled in.
pub(super) fn product(items: &[Item]) -> usize {
    let many = items.iter().map(|item| item.choices.len());
    many.fold(1, usize::saturating_mul)
}

/// Something unknown that can make a difference, with what it can be.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) unknown: Unknown,
    pub(super) choices: Vec<Choice>,
    /// Whether the choices are all that the policies tell apart, as long as those that it has ties with
    /// are left unknown.
    pub(super) complete: bool,
    pub(super) ties: Ties,
}

impl Item {
    pub(super) fn key(&self) -> Option<&str> {
        match &self.unknown {
            Unknown::Key { folded, .. } => Some(folded),
            _ => None,
        }
    }

    fn new(unknown: Unknown, choices: Vec<Choice>) -> Self {
        Self {
            unknown,
            choices,
            complete: true,
            ties: Ties::default(),
        }
    }
}

/// Everything unknown that can make a difference.
pub(super) struct Unknowns {
    pub(super) items: Vec<Item>,
    /// Whether the choices are all that the policies tell apart.
    pub(super) complete: bool,
}

impl Unknowns {
    pub(super) fn of(request: &Request, policies: &Policies, budget: &Budget) -> Self {
        // What is left undone for want of work is said to be.
        let mut complete = budget.evaluation();
        let asked = Asked::of(request, policies);
        let both = vec![Choice::Holds(true), Choice::Holds(false)];
        let mut items = Vec::new();
        let mut open = Vec::new();
        for (slot, source) in policies.sources() {
            if source.assumed.is_some() {
                continue;
            }
            let Some(policy) = source.policy() else {
                items.push(Item::new(
                    Unknown::Policy(slot),
                    can_say(slot, asked.bounded),
                ));
                continue;
            };
            for (index, statement) in policy.statements.iter().enumerate() {
                if applies(statement, asked) != Tri::Maybe {
                    continue;
                }
                open.push(statement);
                if is_doubtful(statement, asked) {
                    items.push(Item::new(Unknown::Statement(slot, index), both.clone()));
                }
            }
        }
        if policies.grants == Tri::Maybe {
            items.push(Item::new(Unknown::Grants, both.clone()));
        }
        for Domain {
            folded,
            name,
            choices,
            complete: whole,
            ties,
        } in classes::domains(&open, request, budget)
        {
            complete &= whole && ties == Ties::default();
            items.push(Item {
                unknown: Unknown::Key { folded, name },
                choices,
                complete: whole,
                ties,
            });
        }
        if matches!(policies.scps, Organization::Unknown) {
            items.push(Item::new(Unknown::Scps, both.clone()));
        }
        if matches!(policies.rcps, Organization::Unknown) {
            items.push(Item::new(Unknown::Rcps, both));
        }
        Self { items, complete }
    }
}

/// What a policy that nobody knows can say about a request.
fn can_say(slot: Slot, bounded: Tri) -> Vec<Choice> {
    let mut choices = vec![
        Choice::Says(Assumed::Nothing),
        Choice::Says(Assumed::Allow(Grade::Direct)),
        Choice::Says(Assumed::Deny),
    ];
    if slot == Slot::Boundary && bounded == Tri::Maybe {
        choices.push(Choice::Says(Assumed::Absent));
    }
    if slot == Slot::Resource {
        for grade in [Grade::Account, Grade::Role, Grade::Everyone] {
            choices.push(Choice::Says(Assumed::Allow(grade)));
        }
    }
    choices
}

pub(super) fn need(unknown: &Unknown, policies: &Policies) -> Need {
    let name = |slot: Slot| {
        policies
            .source(slot)
            .map(|source| source.name.clone())
            .unwrap_or_default()
    };
    match unknown {
        Unknown::Key { name, .. } => Need::Key(name.clone()),
        Unknown::Scps => Need::ServiceControl,
        Unknown::Rcps => Need::ResourceControl,
        Unknown::Grants => Need::Grants,
        Unknown::Policy(slot) => {
            let why = match policies.source(*slot).map(|source| &source.content) {
                Some(Content::Wrong(error)) => format!("it cannot be understood, {error}"),
                Some(Content::NotCollected(why)) => why.clone(),
                Some(Content::Policy(_)) | None => String::new(),
            };
            Need::Policy {
                name: name(*slot),
                why,
            }
        }
        Unknown::Statement(slot, index) => Need::Statement {
            policy: name(*slot),
            statement: policies
                .source(*slot)
                .and_then(|source| source.policy()?.statements.get(*index))
                .map(Statement::name)
                .unwrap_or_default(),
        },
    }
}

/// Which choice of each unknown the completion at `place` takes.
pub(super) fn digits(items: &[Item], mut place: usize) -> impl Iterator<Item = usize> {
    items.iter().map(move |item| {
        let many = item.choices.len().max(1);
        let digit = place % many;
        place /= many;
        digit
    })
}

pub(super) fn completion(items: &[Item], place: usize) -> Completion {
    let pairs = items.iter().zip(digits(items, place));
    Completion {
        choices: pairs
            .map(|(item, digit)| (item.unknown.clone(), item.choices[digit].clone()))
            .collect(),
    }
}

/// Which unknowns make a difference, and two completions, one that allows and one that denies, that
/// differ as little as possible.
pub(super) fn relevant(items: &[Item], outcomes: &[Tri]) -> (Vec<bool>, Option<(usize, usize)>) {
    let mut matters = vec![false; items.len()];
    let mut pair = None;
    let mut stride = 1;
    for (index, item) in items.iter().enumerate() {
        let many = item.choices.len().max(1);
        for place in 0..outcomes.len() {
            if place / stride % many != 0 {
                continue;
            }
            for other in 1..many {
                let other = place + other * stride;
                let (Some(one), Some(two)) = (outcomes.get(place), outcomes.get(other)) else {
                    continue;
                };
                if one != two {
                    matters[index] = true;
                    let found = if *one == Tri::Yes {
                        (place, other)
                    } else {
                        (other, place)
                    };
                    pair = pair.or(Some(found));
                }
            }
        }
        stride *= many;
    }
    (matters, pair)
}
