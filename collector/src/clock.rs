//! AWS's clock, as the first answer of AWS tells it.

use std::{
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use chrono::{DateTime, SubsecRound, Utc};
use evidence_schema::Time;

/// The time by AWS's clock at the first answer that carried one.
///
/// A laptop that is minutes off would otherwise ask for windows that miss the newest log lines. It
/// is one instant and does not go on: every window of a collection is measured from the same now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<OnceLock<Time>>);

impl Clock {
    /// Takes note of the `Date` header of an answer; only the first counts.
    pub(crate) fn heard(&self, date: &str) {
        if let Ok(time) = DateTime::parse_from_rfc2822(date) {
            self.0.get_or_init(|| time.with_timezone(&Utc));
        }
    }

    /// Now, by AWS's clock; by ours if no answer had a date.
    pub(crate) fn now(&self) -> Time {
        *self
            .0
            .get_or_init(|| DateTime::<Utc>::from(SystemTime::now()).trunc_subsecs(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_date_counts() {
        let clock = Clock::default();
        clock.heard("not a date");
        clock.heard("Fri, 20 Nov 2026 12:00:00 GMT");
        clock.heard("Fri, 20 Nov 2026 13:00:00 GMT");
        assert_eq!(clock.now().to_rfc3339(), "2026-11-20T12:00:00+00:00");
    }

    #[test]
    fn without_a_date_it_is_our_clock_and_it_stands_still() {
        let clock = Clock::default();
        let now = clock.now();
        clock.heard("Fri, 20 Nov 2026 12:00:00 GMT");
        assert_eq!(clock.now(), now);
    }
}
