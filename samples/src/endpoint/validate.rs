//! Parameters against the service model.

use serde_json::Value;

use super::{answer::Failure, request::Protocol};

/// A member of the input of an operation.
#[derive(Debug)]
pub(super) struct Member {
    name: &'static str,
    is_required: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text { min: usize, max: usize },
    Int { min: i64, max: i64 },
    Bool,
    Time,
    Word(&'static [&'static str]),
    List { min: usize, max: usize },
    Structure,
}

pub(super) const fn text(name: &'static str, min: usize, max: usize) -> Member {
    member(name, Kind::Text { min, max })
}

pub(super) const fn int(name: &'static str, min: i64, max: i64) -> Member {
    member(name, Kind::Int { min, max })
}

pub(super) const fn bool(name: &'static str) -> Member {
    member(name, Kind::Bool)
}

pub(super) const fn time(name: &'static str) -> Member {
    member(name, Kind::Time)
}

pub(super) const fn word(name: &'static str, words: &'static [&'static str]) -> Member {
    member(name, Kind::Word(words))
}

pub(super) const fn list(name: &'static str, min: usize, max: usize) -> Member {
    member(name, Kind::List { min, max })
}

pub(super) const fn structure(name: &'static str) -> Member {
    member(name, Kind::Structure)
}

const fn member(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        is_required: false,
        kind,
    }
}

impl Member {
    /// The member, which must be there.
    pub(super) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }
}

/// Checks the parameters. A member that no model has is let through, as AWS does.
pub(super) fn validate(
    service: &str,
    members: &[Member],
    input: &Value,
    protocol: Protocol,
) -> Result<(), Failure> {
    let mut problems = Vec::new();
    let mut first = None;
    for member in members {
        let value = input.get(member.name).filter(|value| !value.is_null());
        let constraint = match value {
            None if member.is_required => Some("Member must not be null".to_owned()),
            None => None,
            Some(value) => check(&member.kind, value, protocol)?,
        };
        if let Some(constraint) = constraint {
            let shown = match value {
                None => "null".to_owned(),
                Some(Value::String(text)) => format!("'{text}'"),
                Some(value) => format!("'{value}'"),
            };
            first.get_or_insert((member.name, constraint.clone()));
            problems.push(format!(
                "Value {shown} at '{}' failed to satisfy constraint: {constraint}",
                lower_first(member.name)
            ));
        }
    }
    let Some((name, constraint)) = first else {
        return Ok(());
    };
    let errors = if problems.len() == 1 {
        "error"
    } else {
        "errors"
    };
    let message = format!(
        "{} validation {errors} detected: {}",
        problems.len(),
        problems.join("; ")
    );
    Err(match service {
        "apprunner" => Failure::new("InvalidRequestException", message),
        "logs" => Failure::new("InvalidParameterException", message),
        "ecr" => Failure::new(
            "InvalidParameterException",
            format!(
                "Invalid parameter at '{}' failed to satisfy constraint: '{constraint}'",
                lower_first(name)
            ),
        ),
        "ec2" if input.get(name).is_none() => Failure::new(
            "MissingParameter",
            format!("The request must contain the parameter {name}"),
        ),
        "ec2" => Failure::new(
            "InvalidParameterValue",
            format!(
                "Value ({}) for parameter {name} is invalid. {constraint}",
                input[name]
            ),
        ),
        "cloudtrail" if name == "MaxResults" => Failure::new(
            "InvalidMaxResultsException",
            "A value of MaxResults must be between 1 and 50.",
        ),
        "cloudtrail" if name == "LookupAttributes" => {
            Failure::new("InvalidLookupAttributesException", message)
        }
        "cloudtrail" | "health" | "kms" | "secretsmanager" | "servicequotas" | "ssm" => {
            Failure::new("ValidationException", message)
        }
        _ => Failure::new("ValidationError", message),
    })
}

/// What a value does not satisfy; an error when it is of another type.
fn check(kind: &Kind, value: &Value, protocol: Protocol) -> Result<Option<String>, Failure> {
    let wrong_type = || Failure::new("SerializationException", "");
    Ok(match kind {
        Kind::Text { min, max } => {
            let length = value.as_str().ok_or_else(wrong_type)?.chars().count();
            too_small(length, *min, "length").or_else(|| too_large(length, *max, "length"))
        }
        Kind::Int { min, max } => {
            let number = match (protocol, value) {
                (Protocol::Query | Protocol::Ec2, Value::String(text)) => text.parse().ok(),
                _ => value.as_i64(),
            };
            let number = number.ok_or_else(wrong_type)?;
            too_small(number, *min, "value").or_else(|| too_large(number, *max, "value"))
        }
        Kind::Bool if value.is_boolean() => None,
        Kind::Bool
            if protocol == Protocol::Ec2 && matches!(value.as_str(), Some("true" | "false")) =>
        {
            None
        }
        Kind::Time if value.is_number() => None,
        Kind::Structure if value.is_object() => None,
        Kind::Word(words) => {
            let word = value.as_str().ok_or_else(wrong_type)?;
            (!words.contains(&word))
                .then(|| format!("Member must satisfy enum value set: [{}]", words.join(", ")))
        }
        Kind::List { min, max } => {
            let length = value.as_array().ok_or_else(wrong_type)?.len();
            too_small(length, *min, "length").or_else(|| too_large(length, *max, "length"))
        }
        Kind::Bool | Kind::Time | Kind::Structure => return Err(wrong_type()),
    })
}

fn too_small<T: PartialOrd + std::fmt::Display>(found: T, min: T, what: &str) -> Option<String> {
    (found < min).then(|| format!("Member must have {what} greater than or equal to {min}"))
}

fn too_large<T: PartialOrd + std::fmt::Display>(found: T, max: T, what: &str) -> Option<String> {
    (found > max).then(|| format!("Member must have {what} less than or equal to {max}"))
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MEMBERS: &[Member] = &[
        text("ServiceArn", 1, 8).required(),
        int("MaxResults", 1, 20),
    ];

    fn message(input: Value) -> String {
        validate("apprunner", MEMBERS, &input, Protocol::Json10)
            .unwrap_err()
            .message
    }

    #[test]
    fn all_problems_are_told() {
        assert_eq!(
            message(json!({"MaxResults": 500})),
            "2 validation errors detected: Value null at 'serviceArn' failed to satisfy constraint: \
             Member must not be null; Value '500' at 'maxResults' failed to satisfy constraint: \
             Member must have value less than or equal to 20"
        );
    }

    #[test]
    fn another_type_is_no_validation_error() {
        let wrong = json!({"ServiceArn": 1});
        let failure = validate("apprunner", MEMBERS, &wrong, Protocol::Json10).unwrap_err();
        assert_eq!(failure.code, "SerializationException");
    }
}
