//! Patterns on lines that are JSON: `{ ($.eventSource = "x") && ($.readOnly IS FALSE) }`.
//!
//! Selectors are paths of members and of places in lists, `$.a.b[0]`. A text is compared with or
//! without quotation marks and may have `*` in it; a number is compared by its size; and there are
//! `IS TRUE`, `IS FALSE`, `IS NULL`, `EXISTS`, `NOT EXISTS`, `&&`, `||` and parentheses. Regular
//! expressions and `[*]` are not simulated.

use serde_json::Value;

use crate::endpoint::glob::fits;

/// What JSON must satisfy.
#[derive(Debug, PartialEq)]
pub(in crate::endpoint) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Member(Vec<Step>, Test),
}

/// A step of a selector.
#[derive(Debug, PartialEq)]
pub(in crate::endpoint) enum Step {
    Member(String),
    Place(usize),
}

/// What a member must be.
#[derive(Debug, PartialEq)]
pub(in crate::endpoint) enum Test {
    Text(String),
    OtherText(String),
    Number(Order, f64),
    Is(Value),
    Exists(bool),
}

/// How a number compares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::endpoint) enum Order {
    Equal,
    Other,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Condition {
    /// Whether a line satisfies it.
    pub(super) fn holds(&self, line: &Value) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.holds(line)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(line)),
            Self::Member(path, test) => {
                let found = path.iter().try_fold(line, |value, step| match step {
                    Step::Member(name) => value.get(name),
                    Step::Place(place) => value.get(place),
                });
                test.holds(found)
            }
        }
    }
}

impl Test {
    fn holds(&self, found: Option<&Value>) -> bool {
        let text = || match found? {
            Value::String(text) => Some(text.clone()),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
            _ => None,
        };
        match self {
            Self::Text(wanted) => text().is_some_and(|own| fits(wanted, &own)),
            // A member that is not there is not another one.
            Self::OtherText(wanted) => text().is_some_and(|own| !fits(wanted, &own)),
            Self::Number(order, wanted) => {
                let own = text().and_then(|own| own.parse::<f64>().ok());
                own.is_some_and(|own| match order {
                    Order::Equal => own == *wanted,
                    Order::Other => own != *wanted,
                    Order::Less => own < *wanted,
                    Order::AtMost => own <= *wanted,
                    Order::Greater => own > *wanted,
                    Order::AtLeast => own >= *wanted,
                })
            }
            Self::Is(wanted) => found == Some(wanted),
            Self::Exists(wanted) => found.is_some() == *wanted,
        }
    }
}

/// Reads what is between the braces.
pub(super) fn parse(text: &str) -> Option<Condition> {
    let mut rest = text.trim();
    let condition = any(&mut rest)?;
    rest.trim().is_empty().then_some(condition)
}

fn any(rest: &mut &str) -> Option<Condition> {
    let mut conditions = vec![all(rest)?];
    while take(rest, "||") {
        conditions.push(all(rest)?);
    }
    Some(one_or(conditions, Condition::Any))
}

fn all(rest: &mut &str) -> Option<Condition> {
    let mut conditions = vec![single(rest)?];
    while take(rest, "&&") {
        conditions.push(single(rest)?);
    }
    Some(one_or(conditions, Condition::All))
}

fn one_or(mut conditions: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        last => {
            conditions.extend(last);
            several(conditions)
        }
    }
}

fn single(rest: &mut &str) -> Option<Condition> {
    if take(rest, "(") {
        let inner = any(rest)?;
        return take(rest, ")").then_some(inner);
    }
    let path = selector(rest)?;
    let test = if take(rest, "NOT EXISTS") {
        Test::Exists(false)
    } else if take(rest, "EXISTS") {
        Test::Exists(true)
    } else if take(rest, "IS TRUE") {
        Test::Is(Value::Bool(true))
    } else if take(rest, "IS FALSE") {
        Test::Is(Value::Bool(false))
    } else if take(rest, "IS NULL") {
        Test::Is(Value::Null)
    } else {
        comparison(rest)?
    };
    Some(Condition::Member(path, test))
}

fn comparison(rest: &mut &str) -> Option<Test> {
    const ORDERS: [(&str, Order); 6] = [
        ("!=", Order::Other),
        ("<=", Order::AtMost),
        (">=", Order::AtLeast),
        ("=", Order::Equal),
        ("<", Order::Less),
        (">", Order::Greater),
    ];
    let (_, order) = ORDERS.into_iter().find(|(sign, _)| take(rest, sign))?;
    *rest = rest.trim_start();
    let (text, is_quoted) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let (text, after) = quoted.split_once('"')?;
            *rest = after;
            (text, true)
        }
        None => {
            let is_end = |letter: char| letter.is_whitespace() || "()&|".contains(letter);
            let end = rest.find(is_end).unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            *rest = after;
            (text, false)
        }
    };
    let number = text.parse::<f64>().ok().filter(|_| !is_quoted);
    match (number, order) {
        (Some(number), order) => Some(Test::Number(order, number)),
        (None, _) if text.is_empty() && !is_quoted => None,
        // A regular expression.
        (None, _) if text.starts_with('%') => None,
        (None, Order::Equal) => Some(Test::Text(text.to_owned())),
        (None, Order::Other) => Some(Test::OtherText(text.to_owned())),
        (None, _) => None,
    }
}

fn selector(rest: &mut &str) -> Option<Vec<Step>> {
    *rest = rest.trim_start().strip_prefix('$')?;
    let mut steps = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix('.') {
            let is_name = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
            let end = after.find(|letter| !is_name(letter)).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            *rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (place, after) = after.split_once(']')?;
            steps.push(Step::Place(place.trim().parse().ok()?));
            *rest = after;
        } else {
            return (!steps.is_empty()).then_some(steps);
        }
    }
}

fn take(rest: &mut &str, token: &str) -> bool {
    let after = rest.trim_start().strip_prefix(token);
    if let Some(after) = after {
        *rest = after;
    }
    after.is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(pattern: &str) -> bool {
        let line = json!({
            "eventSource": "apprunner.amazonaws.com",
            "eventName": "UpdateService",
            "readOnly": false,
            "errorCode": null,
            "count": 3,
            "resources": [{"ARN": "arn:aws:iam::111122223333:role/Shop"}],
        });
        let pattern = parse(pattern).unwrap_or_else(|| panic!("{pattern} is no pattern"));
        pattern.holds(&line)
    }

    #[test]
    fn members_are_compared() {
        assert!(holds("$.eventSource = \"apprunner.amazonaws.com\""));
        assert!(holds("$.eventSource = apprunner.*"));
        assert!(holds("$.eventName != \"Get*\""));
        assert!(!holds("$.missing != \"x\""));
        assert!(holds("$.resources[0].ARN = *Shop"));
        assert!(holds("$.count >= 3") && !holds("$.count < 3"));
        assert!(holds("$.readOnly IS FALSE") && holds("$.errorCode IS NULL"));
        assert!(holds("$.missing NOT EXISTS") && !holds("$.missing EXISTS"));
    }

    #[test]
    fn conditions_are_joined() {
        assert!(holds(
            "(($.eventSource = \"ecr.amazonaws.com\") || ($.eventSource = \"apprunner.amazonaws.com\")) && ($.readOnly IS FALSE)"
        ));
        assert!(holds("$.count = 1 && $.count = 2 || $.count = 3"));
        assert!(!holds("$.count = 3 && ($.count = 1 || $.count = 2)"));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            "",
            "$.a",
            "$.a =",
            "$ = 1",
            "($.a = 1",
            "$.a = 1 &&",
            "$.a = %x%",
            "a = 1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
