//! The operators of conditions.

use std::fmt;

/// How a key is compared with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What is compared.
    pub test: Test,
    /// Whether it holds where the comparison does not: `StringNotEquals`.
    pub negated: bool,
    /// Whether it holds where the request does not carry the key: `StringEqualsIfExists`.
    pub if_exists: bool,
    /// How several values of one key count.
    pub quantifier: Quantifier,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `StringEquals`
    StringEquals,
    /// `StringEqualsIgnoreCase`
    StringEqualsIgnoreCase,
    /// `StringLike`
    StringLike,
    /// `NumericEquals`, `NumericLessThan`, …
    Numeric(Comparison),
    /// `DateEquals`, `DateLessThan`, …
    Date(Comparison),
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    BinaryEquals,
    /// `IpAddress`
    IpAddress,
    /// `ArnEquals` and `ArnLike`, which behave identically.
    Arn,
    /// `Null`
    Null,
}

/// How numbers and dates are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equals,
    /// Less.
    LessThan,
    /// Less or equal.
    LessThanEquals,
    /// Greater.
    GreaterThan,
    /// Greater or equal.
    GreaterThanEquals,
}

impl Comparison {
    /// Whether two things that compare like `ordering` compare so.
    pub(super) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equals => ordering.is_eq(),
            Self::LessThan => ordering.is_lt(),
            Self::LessThanEquals => ordering.is_le(),
            Self::GreaterThan => ordering.is_gt(),
            Self::GreaterThanEquals => ordering.is_ge(),
        }
    }
}

/// How several values of one key count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// The key has one value.
    None,
    /// `ForAllValues:`
    ForAllValues,
    /// `ForAnyValue:`
    ForAnyValue,
}

/// Every operator without its prefix and suffix.
const NAMES: &[(&str, Test, bool)] = &[
    ("StringEquals", Test::StringEquals, false),
    ("StringNotEquals", Test::StringEquals, true),
    (
        "StringEqualsIgnoreCase",
        Test::StringEqualsIgnoreCase,
        false,
    ),
    (
        "StringNotEqualsIgnoreCase",
        Test::StringEqualsIgnoreCase,
        true,
    ),
    ("StringLike", Test::StringLike, false),
    ("StringNotLike", Test::StringLike, true),
    ("NumericEquals", Test::Numeric(Comparison::Equals), false),
    ("NumericNotEquals", Test::Numeric(Comparison::Equals), true),
    (
        "NumericLessThan",
        Test::Numeric(Comparison::LessThan),
        false,
    ),
    (
        "NumericLessThanEquals",
        Test::Numeric(Comparison::LessThanEquals),
        false,
    ),
    (
        "NumericGreaterThan",
        Test::Numeric(Comparison::GreaterThan),
        false,
    ),
    (
        "NumericGreaterThanEquals",
        Test::Numeric(Comparison::GreaterThanEquals),
        false,
    ),
    ("DateEquals", Test::Date(Comparison::Equals), false),
    ("DateNotEquals", Test::Date(Comparison::Equals), true),
    ("DateLessThan", Test::Date(Comparison::LessThan), false),
    (
        "DateLessThanEquals",
        Test::Date(Comparison::LessThanEquals),
        false,
    ),
    (
        "DateGreaterThan",
        Test::Date(Comparison::GreaterThan),
        false,
    ),
    (
        "DateGreaterThanEquals",
        Test::Date(Comparison::GreaterThanEquals),
        false,
    ),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::BinaryEquals, false),
    ("IpAddress", Test::IpAddress, false),
    ("NotIpAddress", Test::IpAddress, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnLike", Test::Arn, false),
    ("ArnNotLike", Test::Arn, true),
    ("Null", Test::Null, false),
];

impl Operator {
    /// Reads the name of an operator, whose case does not matter.
    pub(in crate::iam) fn read(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            None => (Quantifier::None, name),
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Quantifier::ForAllValues, name)
            }
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Quantifier::ForAnyValue, name)
            }
            Some(_) => return None,
        };
        let find = |name: &str| {
            NAMES
                .iter()
                .find(|(known, ..)| known.eq_ignore_ascii_case(name))
        };
        let bare = name
            .len()
            .checked_sub("IfExists".len())
            .and_then(|at| name.split_at_checked(at))
            .and_then(|(bare, end)| end.eq_ignore_ascii_case("IfExists").then_some(bare));
        let (&(_, test, negated), if_exists) = match bare {
            Some(bare) => (find(bare)?, true),
            None => (find(name)?, false),
        };
        // Null asks for the presence itself.
        if test == Test::Null && (if_exists || quantifier != Quantifier::None) {
            return None;
        }
        Some(Self {
            test,
            negated,
            if_exists,
            quantifier,
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            Quantifier::None => "",
            Quantifier::ForAllValues => "ForAllValues:",
            Quantifier::ForAnyValue => "ForAnyValue:",
        })?;
        let name = NAMES
            .iter()
            .find(|(_, test, negated)| *test == self.test && *negated == self.negated)
            .map_or("", |(name, ..)| name);
        f.write_str(name)?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_read_with_its_prefix_and_suffix() {
        for (name, test, negated) in NAMES {
            let operator = Operator::read(name).expect("it is one");
            assert_eq!(
                (operator.test, operator.negated),
                (*test, *negated),
                "{name}"
            );
            if *test != Test::Null {
                let long = format!("foranyvalue:{name}ifexists");
                let operator = Operator::read(&long).expect("it is one");
                assert!(operator.if_exists, "{name}");
                assert_eq!(operator.quantifier, Quantifier::ForAnyValue, "{name}");
            }
        }
        for name in [
            "",
            "String",
            "NullIfExists",
            "Some:Bool",
            "StringEqualsIf",
            "IfExists",
        ] {
            assert_eq!(Operator::read(name), None, "{name}");
        }
        let shown = Operator::read("ForAllValues:StringNotLikeIfExists").expect("it is one");
        assert_eq!(shown.to_string(), "ForAllValues:StringNotLikeIfExists");
    }
}
