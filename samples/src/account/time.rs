//! Times as account files write them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, de};

/// A time that is absolute or counts back from the account's `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// So long before `now`.
    Before(TimeDelta),
    /// This very time.
    At(DateTime<Utc>),
}

impl When {
    /// The time, given `now`.
    pub(super) fn at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Before(delta) => now - delta,
            Self::At(time) => time,
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_when(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "`{text}` is not a time: write \"-2h\", \"-2h30m\", \"now\" or \"2026-11-20T09:00:00Z\""
            ))
        })
    }
}

/// A length of time such as `1h30m`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length(pub(super) TimeDelta);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_length(&text).map(Self).ok_or_else(|| {
            de::Error::custom(format!("`{text}` is not a length of time: write \"1h30m\""))
        })
    }
}

fn parse_when(text: &str) -> Option<When> {
    if text == "now" {
        return Some(When::Before(TimeDelta::zero()));
    }
    if let Some(length) = text.strip_prefix('-') {
        return parse_length(length).map(When::Before);
    }
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| When::At(time.to_utc()))
}

fn parse_length(mut text: &str) -> Option<TimeDelta> {
    let mut seconds = 0_i64;
    let mut last_unit = i64::MAX;
    while !text.is_empty() {
        let end = text.find(|letter: char| !letter.is_ascii_digit())?;
        let number = text[..end].parse::<i64>().ok()?;
        let unit = match text.as_bytes()[end] {
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        text = &text[end + 1..];
    }
    if last_unit == i64::MAX {
        return None;
    }
    TimeDelta::try_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let minutes = |minutes| Some(When::Before(TimeDelta::minutes(minutes)));
        assert_eq!(parse_when("-2h30m"), minutes(150));
        assert_eq!(parse_when("now"), minutes(0));
        assert_eq!(parse_when("-1d"), minutes(1440));
        let absolute = parse_when("2026-11-20T09:00:00Z").unwrap();
        assert!(matches!(absolute, When::At(time) if time.timestamp() == 1_795_165_200));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-",
            "2h",
            "-2",
            "-h",
            "-2x",
            "-30m2h",
            "-1h1h",
            "yesterday",
        ] {
            assert_eq!(parse_when(text), None, "{text}");
        }
    }
}
