//! Fills in what is unknown, one thing after the other.
//!
//! Each thing that is filled in tells more about what is left: the values that matter are found anew,
//! and a branch ends as soon as the answer is certain. The thing that decides most comes first.

use super::{Answer, Choice, Completion, Decision, Item, Said, Unknown, Unknowns, fill};
use crate::iam::{evaluate::decide, policies::Policies, request::Request, tri::Tri};

/// How often it is looked for what is left.
const LOOKED: usize = 200;

/// How often the request is evaluated.
const TRIED: usize = 8_000;

/// A completion with which a request is allowed, or is not.
pub(super) fn search(request: &Request, policies: &Policies, wanted: Tri) -> Option<Completion> {
    let mut search = Search::new(|_: &Item| true);
    let mut path = Vec::new();
    let found = search.below(request, policies, &mut path, &mut |decision| {
        decision.allowed() == wanted
    });
    (found == End::Stopped).then_some(Completion { choices: path })
}

/// The answer that comes however these things are filled in, whatever the others are.
pub(super) fn settle_by(
    request: &Request,
    policies: &Policies,
    takes: impl Fn(&Item) -> bool,
) -> Option<Answer> {
    let mut said = Said::default();
    let mut search = Search::new(takes);
    let end = search.below(request, policies, &mut Vec::new(), &mut |decision| {
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
    tried: usize,
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
        Self {
            takes,
            looked: 0,
            tried: 0,
        }
    }

    /// Looks below a place at which the answer is not certain. `stop` hears each certain answer.
    fn below(
        &mut self,
        request: &Request,
        policies: &Policies,
        path: &mut Vec<(Unknown, Choice)>,
        stop: &mut impl FnMut(Decision) -> bool,
    ) -> End {
        self.looked += 1;
        if self.looked > LOOKED {
            return End::GaveUp;
        }
        let Some(fork) = self.fork(request, policies) else {
            return End::GaveUp;
        };
        let mut end = End::Whole;
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
        for (choice, _) in open {
            let (mut request, mut policies) = (request.clone(), policies.clone());
            fill(&mut request, &mut policies, &fork.unknown, &choice);
            path.push((fork.unknown.clone(), choice));
            match self.below(&request, &policies, path, stop) {
                End::Stopped => return End::Stopped,
                End::GaveUp => end = End::GaveUp,
                End::Whole => {}
            }
            path.pop();
        }
        end
    }

    /// The thing that decides most.
    fn fork(&mut self, request: &Request, policies: &Policies) -> Option<Fork> {
        let mut best: Option<Fork> = None;
        for item in Unknowns::of(request, policies).items {
            if !(self.takes)(&item) {
                continue;
            }
            self.tried += item.choices.len();
            if self.tried > TRIED {
                return best;
            }
            let (mut request, mut policies) = (request.clone(), policies.clone());
            let branches = item.choices.into_iter().map(|choice| {
                fill(&mut request, &mut policies, &item.unknown, &choice);
                let decision = decide(&request, &policies);
                (choice, decision)
            });
            let fork = Fork {
                branches: branches.collect(),
                unknown: item.unknown,
            };
            if best.as_ref().is_none_or(|best| fork.open() < best.open()) {
                best = Some(fork);
            }
        }
        best
    }
}
