//! Fills in what is unknown, one thing after the other.
//!
//! Each thing that is filled in tells more about what is left: the values that matter are found anew,
//! and a branch ends as soon as the answer is certain. The thing that decides most comes first.

use super::{Answer, Choice, Completion, Decision, Item, Said, Trial, Unknown};
use crate::iam::tri::Tri;

/// How often it is looked for what is left.
const LOOKED: usize = 200;

/// A completion with which a request is allowed, or is not.
pub(super) fn search(trial: &mut Trial<'_>, wanted: Tri) -> Option<Completion> {
    let mut search = Search::new(|_: &Item| true);
    let mut path = Vec::new();
    let end = search.below(trial, &mut path, &mut |decision| {
        decision.allowed() == wanted
    });
    (end == End::Stopped).then_some(Completion { choices: path })
}

/// The answer that comes however these things are filled in, whatever the others are.
pub(super) fn settle_by(trial: &mut Trial<'_>, takes: impl Fn(&Item) -> bool) -> Option<Answer> {
    let mut said = Said::default();
    let mut search = Search::new(takes);
    let end = search.below(trial, &mut Vec::new(), &mut |decision| {
        said.hear(decision);
        said.is_open()
    });
    (end == End::Whole).then(|| said.answer()).flatten()
}

/// How a search ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With all branches looked at.
    Whole,
    /// Where it was told to.
    Stopped,
    /// Without all branches.
    GaveUp,
}

struct Search<F> {
    takes: F,
    looked: usize,
}

/// The branches of one thing, with what is decided in each.
struct Fork {
    unknown: Unknown,
    branches: Vec<(Choice, Decision)>,
}

impl Fork {
    /// How many branches are not certain.
    fn open(&self) -> usize {
        let open = |(_, decision): &&(Choice, Decision)| decision.allowed() == Tri::Maybe;
        self.branches.iter().filter(open).count()
    }
}

impl<F: Fn(&Item) -> bool> Search<F> {
    fn new(takes: F) -> Self {
        Self { takes, looked: 0 }
    }

    /// Looks below a place at which the answer is not certain. `stop` hears each certain answer. What was
    /// filled in is unknown again afterwards.
    fn below(
        &mut self,
        trial: &mut Trial<'_>,
        path: &mut Vec<(Unknown, Choice)>,
        stop: &mut impl FnMut(Decision) -> bool,
    ) -> End {
        self.looked += 1;
        if self.looked > LOOKED {
            return End::GaveUp;
        }
        let Some(fork) = self.fork(trial) else {
            return End::GaveUp;
        };
        let (open, certain): (Vec<_>, Vec<_>) = fork
            .branches
            .into_iter()
            .partition(|(_, decision)| decision.allowed() == Tri::Maybe);
        for (choice, decision) in certain {
            if stop(decision) {
                path.push((fork.unknown, choice));
                return End::Stopped;
            }
        }
        let mut end = End::Whole;
        for (choice, _) in open {
            trial.fill(&fork.unknown, &choice);
            path.push((fork.unknown.clone(), choice));
            let below = self.below(trial, path, stop);
            trial.forget(&fork.unknown);
            match below {
                End::Stopped => return End::Stopped,
                End::GaveUp => end = End::GaveUp,
                End::Whole => {}
            }
            path.pop();
        }
        end
    }

    /// The thing that decides most.
    fn fork(&mut self, trial: &mut Trial<'_>) -> Option<Fork> {
        let mut best: Option<Fork> = None;
        for item in trial.unknowns().items {
            if !(self.takes)(&item) {
                continue;
            }
            let mut branches = Vec::with_capacity(item.choices.len());
            for choice in item.choices {
                if !trial.budget.evaluation() {
                    trial.forget(&item.unknown);
                    return best;
                }
                trial.fill(&item.unknown, &choice);
                branches.push((choice, trial.decide()));
            }
            trial.forget(&item.unknown);
            let fork = Fork {
                branches,
                unknown: item.unknown,
            };
            let open = fork.open();
            if best.as_ref().is_none_or(|best| open < best.open()) {
                best = Some(fork);
            }
            if open == 0 {
                break;
            }
        }
        best
    }
}
