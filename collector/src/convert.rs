//! From the SDK's types to ours. What the SDK invents for a missing member is missing here too.

use aws_smithy_types::DateTime;
use chrono::Utc;
use evidence_schema::Time;

/// The text, unless it is what the SDK puts where AWS sent nothing.
pub(crate) fn text(value: &str) -> Option<String> {
    match value {
        "" | "no value was set" => None,
        value => Some(value.to_owned()),
    }
}

/// The text of an optional member.
pub(crate) fn text_of<T: AsRef<str>>(value: Option<&T>) -> Option<String> {
    value.and_then(|value| text(value.as_ref()))
}

/// The time, unless it is 1970, which the SDK puts where AWS sent nothing.
pub(crate) fn time(value: &DateTime) -> Option<Time> {
    if value.as_nanos() == 0 {
        return None;
    }
    // AWS keeps milliseconds and sends some of them as floating point numbers, which are a little
    // less as often as a little more.
    let millis = (value.as_nanos() + 500_000).div_euclid(1_000_000);
    chrono::DateTime::<Utc>::from_timestamp_millis(i64::try_from(millis).ok()?)
}

/// The time of an optional member.
pub(crate) fn time_of(value: Option<&DateTime>) -> Option<Time> {
    value.and_then(time)
}

/// The time of a member that counts milliseconds.
pub(crate) fn millis(value: Option<i64>) -> Option<Time> {
    chrono::DateTime::<Utc>::from_timestamp_millis(value.filter(|value| *value != 0)?)
}

/// A time as the SDK wants it.
pub(crate) fn aws_time(time: Time) -> DateTime {
    DateTime::from_millis(time.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentinels_are_missing_data() {
        assert_eq!(text(""), None);
        assert_eq!(text("no value was set"), None);
        assert_eq!(text("web").as_deref(), Some("web"));
        assert_eq!(time(&DateTime::from_secs(0)), None);
        assert_eq!(millis(Some(0)), None);
    }

    #[test]
    fn fractions_of_a_second_are_kept_to_the_millisecond() {
        let seen = time(&DateTime::from_secs_f64(1_763_200_000.123)).expect("a time");
        assert_eq!(seen.timestamp_millis(), 1_763_200_000_123);
        assert_eq!(aws_time(seen).to_millis().ok(), Some(1_763_200_000_123));
    }
}
