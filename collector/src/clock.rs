//! AWS's clock, as the first answer of AWS tells it.

use std::{
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use aws_smithy_async::time::TimeSource;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use evidence_schema::Time;

/// The time by AWS's clock at the first answer that carried one.
///
/// A laptop that is minutes off would otherwise ask for windows that miss the newest log lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<OnceLock<Heard>>);

#[derive(Clone, Copy, Debug)]
struct Heard {
    time: Time,
    /// How far AWS's clock is ahead of ours; unknown if no answer had a date.
    ahead: Option<TimeDelta>,
}

impl Clock {
    /// Takes note of the `Date` header of an answer; only the first counts.
    pub(crate) fn heard(&self, date: &str) {
        if let Ok(time) = DateTime::parse_from_rfc2822(date) {
            let time = time.with_timezone(&Utc);
            self.0.get_or_init(|| Heard {
                time,
                ahead: Some(time - ours()),
            });
        }
    }

    /// When the collection began, by AWS's clock; by ours if no answer had a date. It is one
    /// instant and does not go on: every window of a collection is measured from it.
    pub(crate) fn begin(&self) -> Time {
        let heard = self.0.get_or_init(|| Heard {
            time: ours().trunc_subsecs(0),
            ahead: None,
        });
        heard.time
    }

    /// By how many seconds AWS's clock is ahead of ours, if an answer told.
    pub(crate) fn ahead_seconds(&self) -> Option<i64> {
        Some(self.0.get()?.ahead?.num_seconds())
    }
}

/// The SDK signs by AWS's clock too. With ours, on a machine that is more than four minutes off,
/// it takes each denied call for a wrong signature and makes it eight times.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        let ahead = self.0.get().and_then(|heard| heard.ahead);
        let ahead = ahead.unwrap_or_default();
        SystemTime::from(ours() + ahead)
    }
}

fn ours() -> Time {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_first_date_counts() {
        let clock = Clock::default();
        clock.heard("not a date");
        clock.heard("Fri, 20 Nov 2026 12:00:00 GMT");
        clock.heard("Fri, 20 Nov 2026 13:00:00 GMT");
        assert_eq!(clock.begin().to_rfc3339(), "2026-11-20T12:00:00+00:00");
    }

    #[test]
    fn without_a_date_it_is_our_clock_and_the_begin_stands_still() {
        let clock = Clock::default();
        let begin = clock.begin();
        clock.heard("Fri, 20 Nov 2026 12:00:00 GMT");
        assert_eq!(clock.begin(), begin);
        assert_eq!(clock.ahead_seconds(), None);
    }

    #[test]
    fn the_difference_is_told_in_seconds() {
        for (ours_behind, ahead) in [(3_600, 3_598..=3_600), (-86_400, -86_402..=-86_400)] {
            let clock = Clock::default();
            let theirs = ours() + TimeDelta::seconds(ours_behind);
            clock.heard(&theirs.to_rfc2822());
            let told = clock.ahead_seconds().expect("a date was heard");
            assert!(ahead.contains(&told), "{told}");
        }
    }

    #[test]
    fn requests_are_signed_by_the_clock_of_aws_which_goes_on() {
        let clock = Clock::default();
        clock.heard("Fri, 20 Nov 2026 12:00:00 GMT");
        let begin = SystemTime::from(clock.begin());
        let now = clock.now();
        assert!(
            now >= begin && now < begin + Duration::from_secs(60),
            "{now:?}"
        );
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() > now);
    }
}
