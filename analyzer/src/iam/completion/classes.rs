//! The values that an unknown condition key can have, one for each class that policies tell apart.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{
    Choice,
    budget::{Budget, matching},
    words::Words,
};
use crate::iam::{
    condition::{self, Condition, Network, Quantifier, Test},
    context::Presence,
    names,
    pattern::{self, Filled, Pattern, Piece},
    policy::Statement,
    request::Request,
};

/// So many sets of values are tried.
const SETS: usize = 256;

/// About the work of a comparison of two unknown keys, beside finding their values.
const TIED: u64 = 3_000;

/// So many values of one key another one is compared with.
const COMPARED: usize = 64;

/// So many parts of a text are taken for the value of a variable.
const PARTS: usize = 400;

/// The longest text that the value of a variable is looked for in.
const TEXT: usize = 256;

/// What a key can be.
pub(super) struct Domain {
    pub(super) folded: String,
    pub(super) name: String,
    pub(super) choices: Vec<Choice>,
    /// Whether the choices are all that the statements tell apart, as long as the keys that it is
    /// compared with are left unknown.
    pub(super) complete: bool,
    /// How it is compared with other unknown keys.
    pub(super) ties: Ties,
}

/// How a key is compared with other unknown keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ties {
    /// With their values as variables.
    pub(super) compared: bool,
    /// Its own value is a variable in what they are compared with.
    pub(super) lent: bool,
}

/// The unknown keys of statements that may apply, in order of their names.
pub(super) fn domains(
    statements: &[&Statement],
    request: &Request,
    budget: &Budget,
) -> Vec<Domain> {
    let mut keys: BTreeMap<String, Key> = BTreeMap::new();
    let unknown = |key: &str| request.context.get(key) == &Presence::Unknown;
    for statement in statements {
        for condition in &statement.conditions {
            if unknown(&condition.key) {
                let key = keys.entry(condition.key.clone()).or_default();
                key.name.get_or_insert_with(|| condition.name.clone());
                key.compared(condition, request);
            }
        }
        // Where the value of a key stands in a pattern, only parts of the text that the pattern is
        // held against can make it match.
        let resources = statement.resources.iter().flat_map(|it| &it.patterns);
        let mut uses: Vec<(&Pattern, Option<&str>)> = resources
            .map(|pattern| (pattern, Some(request.resource.as_str())))
            .collect();
        for condition in &statement.conditions {
            let texts: Vec<Option<&str>> = match request.context.get(&condition.key) {
                Presence::Known(values) => {
                    values.iter().map(|value| Some(value.as_str())).collect()
                }
                Presence::Absent => vec![],
                Presence::Unknown => vec![None],
            };
            for pattern in telling(condition) {
                uses.extend(texts.iter().map(|text| (pattern, *text)));
            }
        }
        for (pattern, text) in uses {
            for variable in pattern.variables().filter(|it| unknown(&it.key)) {
                let key = keys.entry(variable.key.clone()).or_default();
                key.used(&variable.key, pattern, text, request, budget);
            }
        }
    }
    compare_unknown(&mut keys, statements, request, budget);
    keys.into_iter()
        .map(|(folded, key)| key.domain(folded, budget))
        .collect()
}

/// Where an unknown key is compared with the value of another, takes some of the values that the other
/// can have, for both. These are not all, but mostly enough to show that both answers can come.
fn compare_unknown(
    keys: &mut BTreeMap<String, Key>,
    statements: &[&Statement],
    request: &Request,
    budget: &Budget,
) {
    let unknown = |key: &str| request.context.get(key) == &Presence::Unknown;
    for condition in statements.iter().flat_map(|it| &it.conditions) {
        if !unknown(&condition.key) {
            continue;
        }
        for pattern in telling(condition) {
            let others: Vec<&str> = pattern
                .variables()
                .map(|variable| variable.key.as_str())
                .filter(|key| unknown(key))
                .collect();
            if others.is_empty() {
                continue;
            }
            if !budget.take(TIED) {
                return;
            }
            let values = |keys: &BTreeMap<String, Key>, key: &str| -> Vec<Choice> {
                let key = keys.get(key).cloned().unwrap_or_default();
                let choices = key.domain(String::new(), budget).choices.into_iter();
                choices.take(COMPARED).collect()
            };
            for choice in values(keys, &condition.key) {
                let Choice::Values(texts) = choice else {
                    continue;
                };
                for other in &others {
                    let key = keys.entry((*other).to_owned()).or_default();
                    for text in &texts {
                        key.used(other, pattern, Some(text), request, budget);
                    }
                }
            }
            let mut contexts = vec![request.context.clone()];
            for other in &others {
                let choices = values(keys, other);
                contexts = contexts
                    .iter()
                    .flat_map(|context| {
                        choices.iter().map(move |choice| {
                            let mut context = context.clone();
                            context.set(
                                other,
                                match choice {
                                    Choice::Values(values) => Presence::Known(values.clone()),
                                    _ => Presence::Absent,
                                },
                            );
                            context
                        })
                    })
                    .take(COMPARED)
                    .collect();
            }
            let key = keys.entry(condition.key.clone()).or_default();
            for context in &contexts {
                if let Filled::Pieces(pieces) = pattern.filled(context) {
                    key.words.add(&pieces, pattern.ignores_case());
                }
            }
        }
    }
}

/// The patterns of a condition that tell values of its key apart.
fn telling(condition: &Condition) -> impl Iterator<Item = &Pattern> {
    let each = |pattern: &Pattern| pattern.matches_each(&condition.key);
    // A key with several values is no variable, so that it is not like itself.
    let is_one = condition.operator.quantifier == Quantifier::None;
    let all = condition.patterns().any(|pattern| {
        each(pattern) == Some(true) && (is_one || pattern.variables().next().is_none())
    });
    condition
        .patterns()
        .filter(move |pattern| !all && each(pattern).is_none())
}

/// What statements compare a key with.
#[derive(Clone, Default)]
struct Key {
    name: Option<String>,
    words: Words,
    numbers: Vec<f64>,
    dates: Vec<DateTime<Utc>>,
    booleans: bool,
    networks: Vec<Network>,
    /// By how many conditions with a quantifier.
    quantified: usize,
    /// Whether its value stands in a pattern.
    variable: bool,
    plain: bool,
    /// Whether it is compared with itself as a variable, which one of several values is not.
    itself: bool,
    ties: Ties,
    incomplete: bool,
}

impl Key {
    fn compared(&mut self, condition: &Condition, request: &Request) {
        match condition.operator.quantifier {
            Quantifier::None => self.plain |= condition.operator.test != Test::Null,
            Quantifier::ForAllValues | Quantifier::ForAnyValue => self.quantified += 1,
        }
        if condition.operator.test == Test::Arn {
            // An ARN operator and its opposite both fail for what is no ARN.
            self.words.arn_shape();
        }
        if telling(condition).count() < condition.patterns().count() {
            self.words.wanted();
            let mut variables = condition.patterns().flat_map(Pattern::variables);
            self.itself |= variables.any(|variable| variable.key == condition.key);
        }
        for pattern in telling(condition) {
            match pattern.filled(&request.context) {
                Filled::Pieces(pieces) => self.words.add(&pieces, pattern.ignores_case()),
                Filled::NoValue => {}
                // As long as the other key is left unknown, this is what is told apart.
                Filled::Unknown => {
                    self.ties.compared = true;
                    let pieces = pattern.loosest(&request.context);
                    self.words.add(&pieces, pattern.ignores_case());
                }
            }
        }
        for value in &condition.values {
            match condition.operator.test {
                Test::Numeric(_) => self.numbers.extend(condition::number(value)),
                Test::Date(_) => self.dates.extend(condition::date(value)),
                Test::Bool => self.booleans = true,
                Test::IpAddress => self.networks.extend(Network::read(value)),
                _ => {}
            }
        }
    }

    fn used(
        &mut self,
        key: &str,
        pattern: &Pattern,
        text: Option<&str>,
        request: &Request,
        budget: &Budget,
    ) {
        self.variable = true;
        let Some(text) = text else {
            self.ties.lent = true;
            return;
        };
        // Each part of the text is held against the pieces before and behind the variable.
        let work = (text.len() as u64 + 1) * matching(pattern, text.len());
        if text.len() > TEXT || !budget.take(work) {
            self.incomplete = true;
            return;
        }
        let any_case = pattern.ignores_case();
        let lower = any_case.then(|| text.to_lowercase());
        let text = lower.as_deref().unwrap_or(text);
        let Some(place) = pattern
            .pieces()
            .iter()
            .position(|piece| matches!(piece, Piece::Variable(variable) if variable.key == key))
        else {
            return;
        };
        let pieces = pattern.loosest(&request.context);
        let mut several = pattern.variables().filter(|variable| variable.key == key);
        let is_once = several.nth(1).is_none();
        let ends = || text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let starts: Vec<usize> = ends()
            .filter(|at| pattern::matches(&pieces[..place], &text[..*at]))
            .collect();
        let stops: Vec<usize> = ends()
            .filter(|at| pattern::matches(&pieces[place + 1..], &text[*at..]))
            .collect();
        let mut taken = 0;
        for from in starts {
            for to in stops.iter().filter(|to| **to >= from) {
                taken += 1;
                let work = if is_once {
                    10
                } else {
                    matching(pattern, text.len())
                };
                if taken > PARTS || !budget.take(work) {
                    self.incomplete = true;
                    break;
                }
                let part = &text[from..*to];
                let is_match = is_once || {
                    let pieces: Vec<Piece> = pattern
                        .pieces()
                        .iter()
                        .zip(&pieces)
                        .map(|(piece, loosest)| match piece {
                            Piece::Variable(variable) if variable.key == key => {
                                Piece::Text(part.to_owned())
                            }
                            _ => loosest.clone(),
                        })
                        .collect();
                    pattern::matches(&pieces, text)
                };
                if is_match {
                    self.words.add(&[Piece::Text(part.to_owned())], any_case);
                }
            }
        }
        self.words.wanted();
    }

    fn domain(self, folded: String, budget: &Budget) -> Domain {
        let mut complete = !self.incomplete;
        let mut values: Vec<String> = Vec::new();
        let mut types = 0;
        let mut take = |found: Vec<String>| {
            if !found.is_empty() {
                types += 1;
                values.extend(found);
            }
        };
        let (words, whole) = self.words.classes(budget);
        complete &= whole;
        take(words);
        if self.numbers.is_empty() || self.dates.is_empty() {
            take(between_numbers(self.numbers));
            take(between_dates(self.dates));
        } else {
            take(around_seconds(&self.numbers, &self.dates));
        }
        take(if self.booleans {
            vec!["true".to_owned(), "false".to_owned()]
        } else {
            vec![]
        });
        take(between_addresses(&self.networks));
        if types > 0 && may_be_anything(&folded) {
            // What is of another type fits neither a comparison nor its opposite.
            values.push(OTHER.to_owned());
        }
        // Each type was looked at by itself.
        complete &= types <= 1;
        if values.is_empty() {
            // Only its presence is asked for.
            values.push("x".to_owned());
        }
        let mut choices = vec![Choice::Absent];
        let is_one = names::condition_key(&folded).is_some_and(|key| !key.multivalued);
        if self.quantified == 0 || self.plain || is_one {
            // An operator without a quantifier is for keys of one value.
            choices.extend(values.into_iter().map(|value| Choice::Values(vec![value])));
        } else {
            // Of several values there is no variable.
            let several = usize::from(self.itself || self.variable);
            let (mut sets, whole) = sets(&values, self.quantified + several);
            complete &= whole;
            if several == 1 {
                let twice = values
                    .iter()
                    .map(|value| vec![value.clone(), value.clone()]);
                sets.extend(twice);
            }
            choices.extend(sets.into_iter().map(Choice::Values));
        }
        Domain {
            name: self.name.unwrap_or_else(|| folded.clone()),
            folded,
            choices,
            complete,
            ties: self.ties,
        }
    }
}

/// No number, no date, no truth and no address.
const OTHER: &str = "-";

/// Whether the values of a key are any texts, such as those of tags. A key that nobody knows is taken to
/// be of the type that it is compared with.
fn may_be_anything(folded: &str) -> bool {
    names::condition_key(folded)
        .is_some_and(|key| matches!(key.kind, names::Kind::String | names::Kind::Arn))
}

/// Sets of up to so many values, and whether these are all such sets.
///
/// A condition with a quantifier that holds for a set, or does not, does so because of one of its
/// values, or because of none: larger sets than there are conditions show nothing new.
fn sets(values: &[String], largest: usize) -> (Vec<Vec<String>>, bool) {
    let mut sets: Vec<Vec<usize>> = vec![vec![]];
    let mut from = 0;
    for _ in 0..largest.min(values.len()) {
        let to = sets.len();
        for index in from..to {
            let next = sets[index].last().map_or(0, |last| last + 1);
            for value in next..values.len() {
                if sets.len() > SETS {
                    return (named(&sets, values), false);
                }
                let mut set = sets[index].clone();
                set.push(value);
                sets.push(set);
            }
        }
        from = to;
    }
    (named(&sets, values), true)
}

/// The sets with the values in the place of their numbers, but the empty one.
fn named(sets: &[Vec<usize>], values: &[String]) -> Vec<Vec<String>> {
    let named = |set: &Vec<usize>| set.iter().map(|value| values[*value].clone()).collect();
    sets.iter().skip(1).map(named).collect()
}

fn between_numbers(mut numbers: Vec<f64>) -> Vec<String> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
        return vec![];
    };
    let mut all = vec![first - 1.0];
    for pair in numbers.windows(2) {
        all.extend([pair[0], f64::midpoint(pair[0], pair[1])]);
    }
    all.extend([*last, last + 1.0]);
    all.iter().map(f64::to_string).collect()
}

fn between_dates(mut dates: Vec<DateTime<Utc>>) -> Vec<String> {
    dates.sort_unstable();
    dates.dedup();
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
        return vec![];
    };
    let day = TimeDelta::days(1);
    let mut all = vec![first.checked_sub_signed(day)];
    for pair in dates.windows(2) {
        all.extend([
            Some(pair[0]),
            pair[0].checked_add_signed((pair[1] - pair[0]) / 2),
        ]);
    }
    all.extend([Some(*last), last.checked_add_signed(day)]);
    all.into_iter()
        .flatten()
        .map(|date| date.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .collect()
}

/// Seconds since 1970 around all numbers and dates, as numbers and as dates: a number is a date too.
fn around_seconds(numbers: &[f64], dates: &[DateTime<Utc>]) -> Vec<String> {
    let whole = |number: &f64| {
        let number = number.clamp(-1e11, 1e11);
        [number.floor() as i64, number.ceil() as i64]
    };
    let numbers = numbers.iter().flat_map(whole);
    let dates = dates.iter().map(DateTime::timestamp);
    let all: BTreeSet<i64> = numbers
        .chain(dates)
        .flat_map(|second| [second - 1, second, second + 1])
        .collect();
    let mut texts: Vec<String> = all.iter().map(i64::to_string).collect();
    let dates = all
        .iter()
        .filter_map(|second| DateTime::from_timestamp(*second, 0));
    texts.extend(dates.map(|date| date.to_rfc3339_opts(SecondsFormat::AutoSi, true)));
    texts
}

/// The first address of each stretch that the ranges cut the addresses into.
fn between_addresses(networks: &[Network]) -> Vec<String> {
    if networks.is_empty() {
        return vec![];
    }
    let mut starts = vec![
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    ];
    for network in networks {
        starts.push(network.first);
        starts.extend(match network.last {
            IpAddr::V4(last) => u32::from(last)
                .checked_add(1)
                .map(|next| IpAddr::V4(next.into())),
            IpAddr::V6(last) => u128::from(last)
                .checked_add(1)
                .map(|next| IpAddr::V6(next.into())),
        });
    }
    starts.sort_unstable();
    starts.dedup();
    starts.iter().map(IpAddr::to_string).collect()
}
