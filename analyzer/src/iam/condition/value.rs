//! The values that conditions compare with, and how each type is read.

use std::{cmp::Ordering, net::IpAddr};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::{Comparison, operator::Test};
use crate::iam::{
    context::Context,
    pattern::{Match, Pattern, Reach},
    tri::Tri,
};

/// A value of a condition.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Text(Pattern),
    Number(Comparison, f64),
    Date(Comparison, DateTime<Utc>),
    Bool(bool),
    Network(Network),
    Arn(Pattern),
    /// AWS does not say what such a value means, or scrubbing took it out.
    Doubtful,
}

/// How a value of the request compares with one of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Is(Tri),
    /// The request's value is no number, date, address or ARN.
    OtherType,
    Doubtful,
}

impl Wanted {
    pub(super) fn read(test: Test, text: &str, variables: bool) -> Result<Self, String> {
        let withheld = Pattern::new(text, Reach::Literal, false, false).is_withheld();
        if withheld {
            return Ok(Self::Doubtful);
        }
        let pattern = |reach, ignore_case| Pattern::new(text, reach, variables, ignore_case);
        Ok(match test {
            Test::StringEquals => Self::Text(pattern(Reach::Literal, false)),
            Test::StringEqualsIgnoreCase => Self::Text(pattern(Reach::Literal, true)),
            Test::StringLike => Self::Text(pattern(Reach::Text, false)),
            Test::BinaryEquals => Self::Text(Pattern::new(text, Reach::Literal, false, false)),
            Test::Arn => match text.split(':').count() {
                6.. => Self::Arn(pattern(Reach::Arn, false)),
                // AWS compares six segments and does not say what fewer mean.
                _ => Self::Doubtful,
            },
            Test::Numeric(comparison) => Self::Number(
                comparison,
                number(text).ok_or_else(|| format!("{text} is no number"))?,
            ),
            Test::Date(comparison) => Self::Date(
                comparison,
                date(text)
                    .ok_or_else(|| format!("{text} is no date of ISO 8601 and no Unix time"))?,
            ),
            Test::Bool | Test::Null => Self::Bool(
                boolean(text).ok_or_else(|| format!("{text} is neither true nor false"))?,
            ),
            Test::IpAddress => Self::Network(
                Network::read(text).ok_or_else(|| format!("{text} is no address and no range"))?,
            ),
        })
    }

    pub(super) fn fits(&self, value: &str, context: &Context) -> Outcome {
        let found = |holds: bool| Outcome::Is(holds.into());
        match self {
            Self::Text(pattern) => {
                let lower = pattern.ignores_case().then(|| value.to_lowercase());
                Outcome::Is(like(pattern, lower.as_deref().unwrap_or(value), context))
            }
            Self::Arn(pattern) => {
                if value.split(':').count() < 6 {
                    return Outcome::OtherType;
                }
                Outcome::Is(like(pattern, value, context))
            }
            Self::Number(comparison, wanted) => match number(value) {
                Some(value) => {
                    found(comparison.holds(value.partial_cmp(wanted).unwrap_or(Ordering::Equal)))
                }
                None => Outcome::OtherType,
            },
            Self::Date(comparison, wanted) => match date(value) {
                Some(value) => found(comparison.holds(value.cmp(wanted))),
                None => Outcome::OtherType,
            },
            Self::Bool(wanted) => match boolean(value) {
                Some(value) => found(value == *wanted),
                None => Outcome::OtherType,
            },
            Self::Network(network) => match value.parse() {
                Ok(address) => found(network.contains(address)),
                Err(_) => Outcome::OtherType,
            },
            Self::Doubtful => Outcome::Doubtful,
        }
    }

    pub(super) fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Text(pattern) | Self::Arn(pattern) => Some(pattern),
            _ => None,
        }
    }

    pub(super) fn is_doubtful(&self) -> bool {
        matches!(self, Self::Doubtful)
    }
}

/// Whether a value is like a pattern. Nothing is like a variable that has no value, so that everything
/// is unlike it.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value>
fn like(pattern: &Pattern, value: &str, context: &Context) -> Tri {
    match pattern.matches(value, context) {
        Match::Is(tri) => tri,
        Match::NoValue => Tri::No,
    }
}

/// A decimal number.
pub(in crate::iam) fn number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    plain.then(|| text.parse().ok()).flatten()
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A date: a profile of ISO 8601, or seconds since 1970.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date>
pub(in crate::iam) fn date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = text.parse::<i64>()
        && text.len() != 4
    {
        return DateTime::from_timestamp(seconds, 0);
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    for format in ["%Y-%m-%dT%H:%M%#z", "%Y-%m-%dT%H:%MZ"] {
        if let Ok(time) = DateTime::parse_from_str(text, format) {
            return Some(time.to_utc());
        }
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Some(time.and_utc());
        }
    }
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return None,
    };
    let day = NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok()?;
    Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// A range of addresses, or one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::iam) struct Network {
    /// The first address.
    pub(in crate::iam) first: IpAddr,
    /// The last address.
    pub(in crate::iam) last: IpAddr,
}

impl Network {
    pub(in crate::iam) fn read(text: &str) -> Option<Self> {
        let network: ipnet::IpNet = match text.parse() {
            Ok(network) => network,
            Err(_) => ipnet::IpNet::from(text.parse::<IpAddr>().ok()?),
        };
        Some(Self {
            first: network.network(),
            last: network.broadcast(),
        })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                self.first <= address && address <= self.last
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_iso_or_unix_time() {
        let new_year = date("2020-01-01T00:00:00Z").expect("it is one");
        for text in [
            "2020-01-01",
            "2020-01",
            "2020",
            "2020-01-01T00:00Z",
            "2020-01-01T01:00:00+01:00",
            "2020-01-01T01:00+01:00",
            "1577836800",
        ] {
            assert_eq!(date(text), Some(new_year), "{text}");
        }
        for text in [
            "",
            "x",
            "2020-13-01",
            "20-1-1",
            "2020-01-01T",
            "99999999999999999",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_ranges_are_read_strictly() {
        assert_eq!(number("5.0"), Some(5.0));
        for text in ["", "x", "inf", "NaN", "1_0", "5 "] {
            assert_eq!(number(text), None, "{text}");
        }
        let inside = |range: &str, address: &str| {
            let network = Network::read(range).expect("it is one");
            network.contains(address.parse().expect("it is one"))
        };
        assert!(inside("10.0.0.0/8", "10.255.0.1"));
        assert!(inside("10.1.2.3/8", "10.255.0.1"));
        assert!(!inside("10.0.0.0/8", "11.0.0.0"));
        assert!(inside("2001:db8::/32", "2001:db8::1"));
        assert!(!inside("2001:db8::/32", "10.0.0.1"));
        assert!(inside("10.0.0.1", "10.0.0.1"));
        assert_eq!(Network::read("10.0.0.0/33"), None);
    }
}
