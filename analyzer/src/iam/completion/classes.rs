//! The values that an unknown condition key can have, one for each class that policies tell apart.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{Choice, words::Words};
use crate::iam::{
    condition::{self, Condition, Network, Quantifier, Test},
    context::Presence,
    pattern::{self, Filled, Pattern, Piece},
    policy::Statement,
    request::Request,
};

/// From so many classes on, not every set of values is tried.
const SETS: usize = 5;

/// The longest text that the value of a variable is looked for in.
const TEXT: usize = 256;

/// What a key can be.
pub(super) struct Domain {
    pub(super) folded: String,
    pub(super) name: String,
    pub(super) choices: Vec<Choice>,
    /// Whether the choices are all that the statements tell apart.
    pub(super) complete: bool,
}

/// The unknown keys of statements that may apply, in order of their names.
pub(super) fn domains(statements: &[&Statement], request: &Request) -> Vec<Domain> {
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
            for pattern in condition.patterns() {
                uses.extend(texts.iter().map(|text| (pattern, *text)));
            }
        }
        for (pattern, text) in uses {
            for variable in pattern.variables().filter(|it| unknown(&it.key)) {
                let key = keys.entry(variable.key.clone()).or_default();
                key.used(&variable.key, pattern, text, request);
            }
        }
    }
    keys.into_iter()
        .map(|(folded, key)| key.domain(folded))
        .collect()
}

/// What statements compare a key with.
#[derive(Default)]
struct Key {
    name: Option<String>,
    words: Words,
    numbers: Vec<f64>,
    dates: Vec<DateTime<Utc>>,
    booleans: bool,
    networks: Vec<Network>,
    quantified: bool,
    plain: bool,
    incomplete: bool,
}

impl Key {
    fn compared(&mut self, condition: &Condition, request: &Request) {
        match condition.operator.quantifier {
            Quantifier::None => self.plain |= condition.operator.test != Test::Null,
            Quantifier::ForAllValues | Quantifier::ForAnyValue => self.quantified = true,
        }
        if condition.operator.test == Test::Arn {
            // An ARN operator and its opposite both fail for what is no ARN.
            self.words.arn_shape();
        }
        for pattern in condition.patterns() {
            match pattern.filled(&request.context) {
                Filled::Pieces(pieces) => self.words.add(&pieces, pattern.ignores_case()),
                Filled::NoValue => {}
                Filled::Unknown => self.incomplete = true,
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

    fn used(&mut self, key: &str, pattern: &Pattern, text: Option<&str>, request: &Request) {
        // An unknown key is compared with the value of another.
        let Some(text) = text.filter(|text| text.len() <= TEXT) else {
            self.incomplete = true;
            return;
        };
        let ends: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        for (index, from) in ends.iter().enumerate() {
            for to in &ends[index + 1..] {
                let part = &text[*from..*to];
                let pieces: Vec<Piece> = pattern
                    .pieces()
                    .iter()
                    .map(|piece| match piece {
                        Piece::Variable(variable) if variable.key == key => {
                            Piece::Text(part.to_owned())
                        }
                        Piece::Variable(variable) => match request.context.get(&variable.key) {
                            Presence::Known(values) if values.len() == 1 => {
                                Piece::Text(values[0].clone())
                            }
                            _ => Piece::Many { colon: true },
                        },
                        other => other.clone(),
                    })
                    .collect();
                if pattern::matches(&pieces, text) {
                    self.words.add(&[Piece::Text(part.to_owned())], false);
                }
            }
        }
        self.words.wanted();
    }

    fn domain(self, folded: String) -> Domain {
        let mut complete = !self.incomplete;
        let mut values: Vec<String> = Vec::new();
        let mut types = 0;
        let mut take = |found: Vec<String>| {
            if !found.is_empty() {
                types += 1;
                values.extend(found);
            }
        };
        let (words, whole) = self.words.classes();
        complete &= whole;
        take(words);
        take(between_numbers(self.numbers));
        take(between_dates(self.dates));
        take(if self.booleans {
            vec!["true".to_owned(), "false".to_owned()]
        } else {
            vec![]
        });
        take(between_addresses(&self.networks));
        // Each type was looked at by itself.
        complete &= types <= 1;
        if values.is_empty() {
            // Only its presence is asked for.
            values.push("x".to_owned());
        }
        let mut choices = vec![Choice::Absent];
        if self.quantified && !self.plain {
            complete &= values.len() <= SETS;
            choices.extend(sets(&values).into_iter().map(Choice::Values));
        } else {
            // With and without a quantifier: sets of one value are all that both understand.
            complete &= !self.quantified;
            choices.extend(values.into_iter().map(|value| Choice::Values(vec![value])));
        }
        Domain {
            name: self.name.unwrap_or_else(|| folded.clone()),
            folded,
            choices,
            complete,
        }
    }
}

/// Sets of values: all of them when there are few, else the small ones and the whole.
fn sets(values: &[String]) -> Vec<Vec<String>> {
    if values.len() <= SETS {
        return (1..1_usize << values.len())
            .map(|mask| {
                let members = values.iter().enumerate();
                members
                    .filter(|(index, _)| mask >> index & 1 == 1)
                    .map(|(_, value)| value.clone())
                    .collect()
            })
            .collect();
    }
    let mut sets: Vec<Vec<String>> = values.iter().map(|value| vec![value.clone()]).collect();
    sets.extend(values.windows(2).map(<[String]>::to_vec));
    sets.push(values.to_vec());
    sets
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
