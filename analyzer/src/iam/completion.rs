//! What would decide: tries what is unknown, until one completion allows and another denies.
//!
//! Unknown answers of single statements do not add up: a key that is unknown may make either of two
//! statements apply and never none of them. So whatever is unknown is filled in, with one value of
//! each class that the policies tell apart, and the request is evaluated again.

mod budget;
mod classes;
mod doubt;
mod search;
mod trial;
mod unknowns;
mod words;

pub use self::doubt::{Doubt, Need};
use self::{
    budget::Budget,
    classes::Ties,
    trial::Trial,
    unknowns::{Item, Unknowns, completion, need, product, relevant},
};
use super::{
    context::Presence,
    evaluate::{Answer, Asked, Decision, Denial, applies},
    policies::{Assumed, Content, Organization, Policies, Slot},
    policy::Listed,
    principal::Grade,
    request::Request,
    tri::Tri,
};

/// How many completions are tried.
const TRIED: usize = 4_096;

/// How many of them where not all can be.
const SAMPLED: usize = 32;

/// One way to fill in what is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    choices: Vec<(Unknown, Choice)>,
}

/// Something unknown, as it is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unknown {
    Key { folded: String, name: String },
    Policy(Slot),
    Scps,
    Rcps,
    Grants,
    Statement(Slot, usize),
}

/// What it is filled in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Absent,
    Values(Vec<String>),
    Says(Assumed),
    /// Whether the organization, the grants or the doubtful parts of a statement are for it.
    Holds(bool),
}

impl Completion {
    /// Fills in what was unknown.
    pub fn apply(&self, request: &mut Request, policies: &mut Policies) {
        for (unknown, choice) in &self.choices {
            fill(request, policies, unknown, choice);
        }
    }

    /// Without what does not matter.
    fn of(&self, matters: &[bool]) -> Self {
        let kept = self.choices.iter().zip(matters);
        Self {
            choices: kept
                .filter(|(_, matters)| **matters)
                .map(|(choice, _)| choice.clone())
                .collect(),
        }
    }

    /// The condition keys with the values that are taken for them; none: the request does not carry
    /// the key.
    pub fn keys(&self) -> impl Iterator<Item = (&str, Option<&[String]>)> {
        self.choices
            .iter()
            .filter_map(|(unknown, choice)| match (unknown, choice) {
                (Unknown::Key { name, .. }, Choice::Values(values)) => {
                    Some((name.as_str(), Some(values.as_slice())))
                }
                (Unknown::Key { name, .. }, _) => Some((name.as_str(), None)),
                _ => None,
            })
    }
}

fn fill(request: &mut Request, policies: &mut Policies, unknown: &Unknown, choice: &Choice) {
    let holds = *choice == Choice::Holds(true);
    let organization = || {
        if holds {
            Organization::None
        } else {
            // A level without any policy allows nothing.
            Organization::Levels(vec![vec![]])
        }
    };
    match unknown {
        Unknown::Key { folded, .. } => request.context.set(
            folded,
            match choice {
                Choice::Values(values) => Presence::Known(values.clone()),
                _ => Presence::Absent,
            },
        ),
        Unknown::Scps => policies.scps = organization(),
        Unknown::Rcps => policies.rcps = organization(),
        Unknown::Grants => policies.grants = holds.into(),
        Unknown::Policy(slot) => {
            if let (Some(source), Choice::Says(assumed)) = (policies.source_mut(*slot), choice) {
                source.assumed = Some(*assumed);
            }
        }
        Unknown::Statement(slot, index) => {
            if let Some(source) = policies.source_mut(*slot)
                && let Content::Policy(policy) = &mut source.content
                && let Some(statement) = policy.statements.get_mut(*index)
            {
                statement.doubt = holds.into();
            }
        }
    }
}

/// Answers a request for which something that is unknown may decide.
pub(super) fn settle(request: &Request, policies: &Policies) -> Answer {
    let (mut request, mut pared) = (request.clone(), policies.clone());
    pare(&request, &mut pared);
    let budget = Budget::new(&request, &pared);
    let mut trial = Trial {
        request: &mut request,
        policies: &mut pared,
        budget: &budget,
    };
    let unknowns = trial.unknowns();
    let all = product(&unknowns.items);
    if all > TRIED || !unknowns.complete {
        return settle_in_part(&mut trial, &unknowns, policies);
    }

    let mut outcomes = Vec::new();
    let mut said = Said::default();
    for place in 0..all {
        if !budget.evaluation() {
            return settle_in_part(&mut trial, &unknowns, policies);
        }
        let decision = trial.at(&unknowns.items, place);
        said.hear(decision);
        outcomes.push(decision.allowed());
    }
    if let Some(answer) = said.answer() {
        return answer;
    }
    let (matters, pair) = relevant(&unknowns.items, &outcomes);
    let place = |wanted: Tri| {
        let (allowed, denied) = pair?;
        Some(if wanted == Tri::Yes { allowed } else { denied })
    };
    let completion = |wanted: Tri| {
        let any = || outcomes.iter().position(|outcome| *outcome == wanted);
        let place = place(wanted).or_else(any)?;
        Some(completion(&unknowns.items, place).of(&matters))
    };
    let needs = unknowns.items.iter().zip(&matters);
    Answer::Unknown(Box::new(Doubt {
        needs: needs
            .filter(|(_, matters)| **matters)
            .map(|(item, _)| need(&item.unknown, policies))
            .collect(),
        allowed_when: completion(Tri::Yes),
        denied_when: completion(Tri::No),
    }))
}

/// Answers where not everything that is unknown can be tried together.
fn settle_in_part(trial: &mut Trial<'_>, unknowns: &Unknowns, policies: &Policies) -> Answer {
    let (allowed, denied) = sampled(trial, &unknowns.items);
    // Of two keys that are compared with each other one is left unknown.
    let tied = |tie: fn(Ties) -> bool| -> Vec<&str> {
        let items = unknowns.items.iter().filter(|item| tie(item.ties));
        items.filter_map(Item::key).collect()
    };
    let (lent, compared) = (tied(|ties| ties.lent), tied(|ties| ties.compared));
    let mut left = vec![&lent];
    if lent != compared {
        left.push(&compared);
    }
    if allowed.is_some() && denied.is_some() {
        left.clear();
    }
    for left in left {
        let is_left = |item: &Item| item.key().is_some_and(|key| left.contains(&key));
        let takes = |item: &Item| item.complete && !is_left(item);
        if let Some(answer) = search::settle_by(trial, takes) {
            return answer;
        }
    }
    // What a search finds is shorter.
    let needs = unknowns.items.iter();
    Answer::Unknown(Box::new(Doubt {
        needs: needs.map(|item| need(&item.unknown, policies)).collect(),
        allowed_when: search::search(trial, Tri::Yes).or(allowed),
        denied_when: search::search(trial, Tri::No).or(denied),
    }))
}

/// Tries a few completions: the same choice for everything that is no policy, the same for everything,
/// then any.
fn sampled(trial: &mut Trial<'_>, items: &[Item]) -> (Option<Completion>, Option<Completion>) {
    let (mut allowed, mut denied) = (None, None);
    for round in 0..SAMPLED {
        if !trial.budget.evaluation() || (allowed.is_some() && denied.is_some()) {
            break;
        }
        let mut choices = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let allows = Choice::Says(Assumed::Allow(Grade::Direct));
            let allows = || item.choices.iter().position(|choice| *choice == allows);
            let digit = match round {
                0..8 => allows().unwrap_or(round),
                8..16 => round - 8,
                _ => scattered(round * items.len() + index),
            };
            let choice = &item.choices[digit % item.choices.len().max(1)];
            trial.fill(&item.unknown, choice);
            choices.push((item.unknown.clone(), choice.clone()));
        }
        let found = match trial.decide().allowed() {
            Tri::Yes => &mut allowed,
            Tri::No => &mut denied,
            Tri::Maybe => continue,
        };
        found.get_or_insert(Completion { choices });
    }
    for item in items {
        trial.forget(&item.unknown);
    }
    (allowed, denied)
}

/// Numbers in no order, the same each time.
fn scattered(round: usize) -> usize {
    let mixed = (round as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from((mixed ^ (mixed >> 29)) >> 1).unwrap_or(round)
}

/// Makes what is certain of statements cheap to evaluate.
fn pare(request: &Request, policies: &mut Policies) {
    let all = Policies {
        boundary: policies.boundary.clone(),
        ..Policies::default()
    };
    let asked = Asked::of(request, &all);
    let slots: Vec<Slot> = policies.sources().map(|(slot, _)| slot).collect();
    for slot in slots {
        let Some(Content::Policy(policy)) =
            policies.source_mut(slot).map(|source| &mut source.content)
        else {
            continue;
        };
        for statement in &mut policy.statements {
            let inverse = match applies(statement, asked) {
                Tri::Maybe => continue,
                // Everything but nothing, or nothing.
                Tri::Yes => true,
                Tri::No => false,
            };
            statement.actions = Listed {
                inverse,
                patterns: vec![],
            };
            statement.resources = None;
            // How a statement names the principal depends on its conditions.
            if statement.principals.is_none() {
                statement.conditions.clear();
            }
        }
    }
}

/// What all completions said so far.
#[derive(Default)]
struct Said {
    allowed: bool,
    implicitly: bool,
    explicitly: bool,
    unsure: bool,
}

impl Said {
    fn hear(&mut self, decision: Decision) {
        match (decision.allowed(), decision.denied) {
            (Tri::Yes, _) => self.allowed = true,
            (Tri::No, Tri::Yes) => self.explicitly = true,
            (Tri::No, _) => self.implicitly = true,
            (Tri::Maybe, _) => self.unsure = true,
        }
    }

    /// Whether no answer goes for all.
    fn is_open(&self) -> bool {
        self.unsure || (self.allowed && (self.implicitly || self.explicitly))
    }

    fn answer(&self) -> Option<Answer> {
        match (self.allowed, self.implicitly, self.explicitly) {
            _ if self.unsure => None,
            (true, false, false) => Some(Answer::Allowed),
            (false, false, true) => Some(Answer::Denied(Denial::Explicit)),
            (false, true, _) => Some(Answer::Denied(Denial::Implicit)),
            _ => None,
        }
    }
}
