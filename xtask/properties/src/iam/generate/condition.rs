//! Conditions of all kinds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Aim, Case, Deed, Edition, Values, keys_of, listed, loosened, one,
    texts::{self, Empty},
    world::{self, Key, Of},
};
use crate::{iam::Verdict, mutate::Numbers};

/// A `Condition` with one to three keys. One that is to hold does so mostly.
pub(super) fn conditions(
    numbers: &mut Numbers,
    case: &Case,
    deed: &Deed,
    aim: Aim,
    edition: Edition,
) -> Option<Value> {
    let mut found: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    // Whether a session policy limits what everybody is given under this key is disputed.
    let is_disputed = |key: &Key| case.session.is_some() && key.name == "aws:PrincipalArn";
    let keys: Vec<&Key> = keys_of(deed).filter(|key| !is_disputed(key)).collect();
    let mut wanted = 1 + numbers.below(5) / 2;
    for _ in 0..12 {
        if wanted == 0 {
            break;
        }
        let (operator, key, values) = condition(numbers, case, &keys, edition);
        let alone = json!({&operator: {&key: &values}});
        if aim == Aim::Hit && numbers.chance(95) && !holds(case, &alone, edition) {
            continue;
        }
        wanted -= 1;
        found.entry(operator).or_default().insert(key, values);
    }
    (!found.is_empty()).then(|| json!(found))
}

/// Whether a condition holds, as far as the analyzer is right.
fn holds(case: &Case, condition: &Value, edition: Edition) -> bool {
    let version = if edition == Edition::Of2012 {
        "2012-10-17"
    } else {
        "2008-10-17"
    };
    let statement =
        json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
    let alone = Case {
        identity: vec![json!({"Version": version, "Statement": [statement]})],
        boundary: None,
        session: None,
        resource_policy: None,
        scps: vec![],
        rcps: vec![],
        ..case.clone()
    };
    alone.verdict() == Verdict::ExplicitlyDenied
}

fn condition(
    numbers: &mut Numbers,
    case: &Case,
    keys: &[&Key],
    edition: Edition,
) -> (String, String, Value) {
    let carried: Vec<&&Key> = keys
        .iter()
        .filter(|key| case.context.contains_key(key.name))
        .collect();
    let key: &Key = if carried.is_empty() || numbers.chance(25) {
        one(numbers, keys)
    } else {
        carried[numbers.below(carried.len())]
    };
    let name = match numbers.below(10) {
        0 => key.name.to_ascii_lowercase(),
        1 => key.name.to_ascii_uppercase(),
        _ => key.name.to_owned(),
    };
    // Whether a list of nothing is null is disputed.
    let is_empty =
        matches!(case.context.get(key.name), Some(Some(Values::Many(it))) if it.is_empty());
    if numbers.chance(8) && !is_empty {
        let absent = one(numbers, &["true", "false"]);
        return ("Null".to_owned(), name, unquoted(numbers, absent));
    }
    let kind = match key.kind {
        Of::Texts => Of::Text,
        Of::Arn if numbers.chance(30) => Of::Text,
        Of::Epoch if numbers.chance(50) => Of::Number,
        kind => kind,
    };
    let base = one(numbers, operators(kind));
    let prefix = match (key.is_many(), numbers.below(20)) {
        (true, 0..10) | (false, 0) => "ForAllValues:",
        (true, _) | (false, 1) => "ForAnyValue:",
        _ => "",
    };
    // What a missing key means to both ForAnyValue and IfExists is disputed.
    let suffix = if prefix != "ForAnyValue:" && numbers.chance(20) {
        "IfExists"
    } else {
        ""
    };
    let many = 1 + numbers.below(5) / 2;
    let many = if kind == Of::Bool { 1 } else { many };
    let values: Vec<String> = (0..many)
        .map(|_| value(numbers, case, key, kind, base, edition))
        .collect();
    let values = match values.as_slice() {
        [only] if matches!(kind, Of::Bool | Of::Number) => unquoted(numbers, only),
        _ => listed(numbers, values),
    };
    let operator = format!("{prefix}{base}{suffix}");
    let operator = if numbers.chance(5) {
        operator.to_ascii_lowercase()
    } else {
        operator
    };
    (operator, name, values)
}

fn operators(kind: Of) -> &'static [&'static str] {
    match kind {
        Of::Text | Of::Texts => &[
            "StringEquals",
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringLike",
            "StringNotLike",
        ],
        Of::Arn => &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
        Of::Number => &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        Of::Date | Of::Epoch => &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        Of::Bool => &["Bool"],
        Of::Address => &["IpAddress", "NotIpAddress"],
        Of::Binary => &["BinaryEquals"],
    }
}

/// A value to compare with: often one that the request has.
fn value(
    numbers: &mut Numbers,
    case: &Case,
    key: &Key,
    kind: Of,
    operator: &str,
    edition: Edition,
) -> String {
    let carried = match case.context.get(key.name) {
        Some(Some(Values::One(value))) => Some(value.as_str()),
        Some(Some(Values::Many(values))) => {
            let index = numbers.below(values.len());
            values.get(index).map(String::as_str)
        }
        _ => None,
    };
    let value = match carried {
        Some(value) if numbers.chance(60) => value,
        _ => one(numbers, key.values),
    };
    match kind {
        Of::Text | Of::Texts => text(numbers, case, value, operator, edition),
        Of::Arn => arn(numbers, value),
        Of::Address => network(numbers, value),
        Of::Date => date(numbers, value),
        Of::Bool if numbers.chance(10) => value.to_ascii_uppercase(),
        Of::Number if numbers.chance(15) => format!("{value}{}", decimals(value)),
        Of::Bool | Of::Number | Of::Binary | Of::Epoch => value.to_owned(),
    }
}

fn decimals(value: &str) -> &'static str {
    if value.contains('.') { "0" } else { ".0" }
}

fn text(
    numbers: &mut Numbers,
    case: &Case,
    value: &str,
    operator: &str,
    edition: Edition,
) -> String {
    let has_variables = edition == Edition::Of2012;
    let is_like = operator.ends_with("Like");
    // What is unlike a variable that has no value is disputed.
    let empty = if operator.contains("Not") {
        Empty::Never
    } else {
        Empty::May
    };
    // What `${*}` means elsewhere is disputed.
    let escapes = has_variables && is_like;
    match numbers.below(10) {
        0 | 1 if has_variables => {
            if is_like || (numbers.chance(40) && !value.contains(['*', '?', '$'])) {
                texts::with_variable(numbers, &case.context, value, empty)
            } else {
                variable(numbers, case, value, empty)
            }
        }
        2..6 if is_like => loosened(numbers, value, escapes),
        6 if operator.ends_with("Case") => value.to_uppercase(),
        7 if operator.ends_with("Case") => value.to_lowercase(),
        // A wildcard that is none.
        8 if !is_like => loosened(numbers, value, escapes),
        _ => texts::escaped(value, escapes),
    }
}

/// A variable alone, of a key that has the value where there is one.
fn variable(numbers: &mut Numbers, case: &Case, value: &str, empty: Empty) -> String {
    let same: Vec<&String> = case
        .context
        .iter()
        .filter(|(_, values)| matches!(values, Some(Values::One(one)) if one == value))
        .map(|(key, _)| key)
        .collect();
    let key = if same.is_empty() || numbers.chance(20) {
        one(
            numbers,
            &[
                "aws:PrincipalTag/team",
                "aws:username",
                "aws:PrincipalTag/none",
            ],
        )
    } else {
        same[numbers.below(same.len())]
    };
    let has_value = matches!(case.context.get(key), Some(Some(Values::One(_))));
    let is_wanted = numbers.chance(40) || (empty == Empty::Never && !has_value);
    let default = if is_wanted {
        let value = value.replace(['\'', '$', '{', '*', '?'], "-");
        format!(", '{value}'")
    } else {
        String::new()
    };
    format!("${{{key}{default}}}")
}

fn arn(numbers: &mut Numbers, value: &str) -> String {
    // What remains must have six segments.
    if numbers.chance(20) && value.split(':').count() > 7 {
        return texts::across(numbers, value);
    }
    let mut segments: Vec<String> = value.splitn(6, ':').map(str::to_owned).collect();
    for segment in segments.iter_mut().skip(2).filter(|it| !it.is_empty()) {
        if numbers.chance(20) {
            *segment = loosened(numbers, segment, false);
        }
    }
    segments.join(":")
}

fn network(numbers: &mut Numbers, value: &str) -> String {
    let bits = if value.contains(':') {
        [16, 32, 48, 64, 128]
    } else {
        [8, 16, 24, 31, 32]
    };
    // The other implementation takes a lone address for like and unlike nothing of the other family.
    format!("{value}/{}", one(numbers, &bits))
}

fn date(numbers: &mut Numbers, value: &str) -> String {
    match numbers.below(5) {
        0 => "2026-11-20".to_owned(),
        1 => "2026-11-20T12:00Z".to_owned(),
        2 => one(numbers, world::DATES_AROUND).to_owned(),
        _ => value.to_owned(),
    }
}

/// Many tools write numbers and booleans without quotes.
fn unquoted(numbers: &mut Numbers, value: &str) -> Value {
    if numbers.chance(30)
        && let Ok(bare) = serde_json::from_str(&value.to_ascii_lowercase())
    {
        return bare;
    }
    json!(value)
}
