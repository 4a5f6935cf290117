//! What is not known of a case, and ways to fill it in, made at random.

use std::collections::{BTreeMap, BTreeSet};

use analyzer::iam::{
    context::{Context, Presence},
    names,
    policies::{Organization, Policies, Source},
    policy::Kind,
    request::Request,
    tri::Tri,
};
use serde_json::{Value, json};

use super::{
    Case, Generator, Place, Unknown,
    generate::{any_policy, pool},
};
use crate::mutate::Numbers;

/// Whether a policy of which nobody knows whether it is there may turn out not to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// It may.
    May,
    /// It is there, with whatever in it.
    Never,
}

impl Generator {
    /// Forgets some of a case.
    pub fn hide(&mut self, case: &Case) -> Case {
        let numbers = &mut self.numbers;
        let mut unknown = Unknown::default();
        let asked = Asked::of(case);
        for key in case.context.keys().chain(&asked.names) {
            if numbers.chance(35) && !unknown.keys.contains(key) {
                unknown.keys.push(key.clone());
            }
        }
        unknown.rest = numbers.chance(25);
        let mut hide = |place: Place, percent: usize| {
            if numbers.chance(percent) {
                unknown.places.push(place);
            }
        };
        for index in 0..case.identity.len() {
            hide(Place::Identity(index), 12);
        }
        hide(Place::Boundary, 8);
        if case.principal.contains(":assumed-role/") {
            hide(Place::Session, 8);
        }
        if case.resource != "*" {
            hide(Place::Resource, 12);
        }
        hide(Place::Scps, 12);
        hide(Place::Rcps, 8);
        if case.action.starts_with("kms:") {
            hide(Place::Grants, 25);
        }
        Case {
            unknown,
            ..case.clone()
        }
    }

    /// Fills in everything that is not known of a case, with values near those that policies ask for
    /// and with policies that say all sorts of things.
    pub fn complete(&mut self, case: &Case, absence: Absence) -> (Request, Policies) {
        let numbers = &mut self.numbers;
        let asked = Asked::of(case);
        let (mut request, mut policies) = case.parts();
        let mut known = case.clone();
        known.unknown = Unknown::default();
        let mut context = known.parts().0.context;
        let rest = asked.names.iter().filter(|_| case.unknown.rest);
        let open: BTreeSet<String> = case
            .unknown
            .keys
            .iter()
            .map(|key| Context::fold(key))
            .chain(
                rest.map(|key| Context::fold(key))
                    .filter(|key| context.get(key) == &Presence::Absent),
            )
            .collect();
        for key in open {
            context.set(&key, presence(numbers, &asked, &key, case));
        }
        request.context = context;

        let trust = case.action.starts_with("sts:");
        let guard = if trust { Kind::Trust } else { Kind::Resource };
        for place in &case.unknown.places {
            match place {
                Place::Identity(index) => {
                    let document = any_policy(numbers, case, Kind::Identity);
                    let source = read(&document, Kind::Identity);
                    if let Some(slot) = policies.identity.get_mut(*index) {
                        *slot = source;
                    }
                }
                Place::Boundary => {
                    policies.boundary = one_of(numbers, case, Kind::Identity, absence);
                }
                Place::Session => {
                    policies.session = one_of(numbers, case, Kind::Identity, absence);
                }
                Place::Resource => {
                    policies.resource = one_of(numbers, case, guard, absence);
                }
                Place::Scps => policies.scps = organization(numbers, case, Kind::Identity),
                Place::Rcps => policies.rcps = organization(numbers, case, Kind::Resource),
                Place::Grants => policies.grants = Tri::from(numbers.chance(50)),
            }
        }
        (request, policies)
    }
}

fn read(document: &Value, kind: Kind) -> Source {
    Source::read("filled in", &document.to_string(), kind)
}

fn one_of(numbers: &mut Numbers, case: &Case, kind: Kind, absence: Absence) -> Option<Source> {
    if absence == Absence::May && numbers.chance(30) {
        return None;
    }
    Some(read(&any_policy(numbers, case, kind), kind))
}

fn organization(numbers: &mut Numbers, case: &Case, kind: Kind) -> Organization {
    if numbers.chance(40) {
        return Organization::None;
    }
    let levels = (0..=numbers.below(2))
        .map(|_| {
            (0..=numbers.below(2))
                .map(|_| read(&any_policy(numbers, case, kind), kind))
                .collect()
        })
        .collect();
    Organization::Levels(levels)
}

/// What the policies of a case ask of keys.
#[derive(Default)]
struct Asked {
    /// The keys as they are written, also those of variables.
    names: BTreeSet<String>,
    /// The values that each is compared with, by its name in lower case.
    values: BTreeMap<String, Vec<String>>,
    /// The keys for which a condition without a quantifier wants one value.
    plain: BTreeSet<String>,
}

impl Asked {
    fn of(case: &Case) -> Self {
        let mut asked = Self::default();
        let policies = [&case.boundary, &case.session, &case.resource_policy];
        let organization = case.scps.iter().chain(&case.rcps).flatten();
        let all = case.identity.iter();
        for policy in all
            .chain(policies.into_iter().flatten())
            .chain(organization)
        {
            asked.look(policy);
        }
        asked
    }

    fn look(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, inner) in members {
                    if name == "Condition" {
                        self.conditions(inner);
                    }
                    self.look(inner);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.look(item)),
            Value::String(text) => {
                for part in text.split("${").skip(1) {
                    let key = part.split([',', '}']).next().unwrap_or_default();
                    if key.contains(':') {
                        self.names.insert(key.to_owned());
                    }
                }
            }
            _ => {}
        }
    }

    fn conditions(&mut self, value: &Value) {
        for (operator, keys) in value.as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                let folded = Context::fold(key);
                let operator = operator.to_ascii_lowercase();
                if !operator.starts_with("for") && operator != "null" {
                    self.plain.insert(folded.clone());
                }
                self.names.insert(key.clone());
                let texts = values.as_array().into_iter().flatten().chain([values]);
                let found = self.values.entry(folded).or_default();
                found.extend(texts.filter_map(|text| match text {
                    Value::String(text) => Some(text.clone()),
                    Value::Array(_) => None,
                    other => Some(other.to_string()),
                }));
            }
        }
    }
}

/// A value near those that are asked for, or none.
fn presence(numbers: &mut Numbers, asked: &Asked, folded: &str, case: &Case) -> Presence {
    if numbers.chance(25) {
        return Presence::Absent;
    }
    let mut values = Vec::new();
    // What several values mean where one is wanted nobody says.
    let is_one = names::condition_key(folded).is_some_and(|key| !key.multivalued);
    let many = if asked.plain.contains(folded) || is_one || numbers.chance(50) {
        1
    } else {
        numbers.below(4)
    };
    for _ in 0..many {
        values.push(value(numbers, asked, folded, case));
    }
    Presence::Known(values)
}

fn value(numbers: &mut Numbers, asked: &Asked, folded: &str, case: &Case) -> String {
    let none = Vec::new();
    let wanted = asked.values.get(folded).unwrap_or(&none);
    let text = match numbers.below(10) {
        0..6 if !wanted.is_empty() => wanted[numbers.below(wanted.len())].clone(),
        6 => {
            // A part of the resource, for variables.
            let text = case.resource.as_str();
            let from = numbers.below(text.len());
            let to = from + 1 + numbers.below(text.len() - from);
            text.get(from..to).unwrap_or("x").to_owned()
        }
        _ => pool(numbers, folded),
    };
    let kind = names::condition_key(folded).map_or(names::Kind::String, |key| key.kind);
    let text = filled(numbers, &text);
    let text = match numbers.below(12) {
        0 => format!("{text}x"),
        1 => text.chars().skip(1).collect(),
        2 => text.to_uppercase(),
        3..5 => match text.parse::<f64>() {
            Ok(number) => (number + if numbers.chance(50) { 1.0 } else { -0.5 }).to_string(),
            Err(_) => text.split('/').next().unwrap_or_default().to_owned(),
        },
        _ => text,
    };
    if is_of(kind, &text) {
        text
    } else {
        pool(numbers, folded)
    }
}

/// A text with something in the place of wildcards that they match.
fn filled(numbers: &mut Numbers, text: &str) -> String {
    let text = text.replace("${*}", "\u{1}");
    let fill = *numbers.pick(&["", "x", "web", "a:b"]).unwrap_or(&"");
    let text = text.replace('*', fill).replace('?', "q");
    text.replace('\u{1}', "*")
}

/// Whether a key of a type can have this value: AWS sees to it that numbers are numbers.
fn is_of(kind: names::Kind, text: &str) -> bool {
    match kind {
        names::Kind::String | names::Kind::Arn => true,
        names::Kind::Bool => text == "true" || text == "false",
        names::Kind::Numeric => text.parse::<f64>().is_ok(),
        names::Kind::Date => text.len() == 20 && text.ends_with('Z') && text.starts_with("20"),
        names::Kind::IpAddress => text.parse::<std::net::IpAddr>().is_ok(),
    }
}

/// A policy that allows, denies or says nothing about everything.
pub(super) fn blunt(numbers: &mut Numbers, kind: Kind, names: &[Value]) -> Value {
    let effect = if numbers.chance(60) { "Allow" } else { "Deny" };
    let mut statement = json!({"Effect": effect, "Action": "*"});
    if kind != Kind::Trust {
        statement["Resource"] = json!("*");
    }
    if kind != Kind::Identity {
        statement["Principal"] = numbers.pick(names).cloned().unwrap_or(json!("*"));
    }
    if numbers.chance(15) {
        return json!({"Version": "2012-10-17", "Statement": []});
    }
    json!({"Version": "2012-10-17", "Statement": statement})
}
