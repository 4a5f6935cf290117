//! How long AWS is waited for before a call is given up.

use std::time::Duration;

use aws_config::{retry::RetryConfig, timeout::TimeoutConfig};

/// The longest wait before an attempt.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// The first call tells whether AWS can be reached at all, so it is given up sooner.
const FIRST_ATTEMPTS: u32 = 3;
const FIRST_ATTEMPT: Duration = Duration::from_secs(8);
const FIRST_CALL: Duration = Duration::from_secs(20);

/// How often a call is made, and how long an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// How often a call is made before it is given up.
    pub attempts: u32,
    /// How long a connection may take to be there.
    pub connect: Duration,
    /// How long one attempt may take. The SDK has no time-out of its own for a server that accepts
    /// and never answers.
    pub attempt: Duration,
    /// How long all attempts and the waits between them may take.
    pub call: Duration,
}

impl Patience {
    /// How calls are made again. Standard mode: adaptive mode was measured to take 86 s where this
    /// takes 2 s.
    pub(crate) fn retries(&self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts)
            .with_max_backoff(MAX_BACKOFF)
    }

    /// When an answer comes too late.
    pub(crate) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.call)
            .build()
    }

    /// That of the first call. Who waits longer than is usual for the others, because the network
    /// is slow, waits longer for this one too.
    pub(crate) fn of_first_call(&self) -> Self {
        Self {
            attempts: self.attempts.min(FIRST_ATTEMPTS),
            connect: self.connect,
            attempt: self.attempt.min(FIRST_ATTEMPT.max(self.attempt / 4)),
            call: self.call.min(FIRST_CALL.max(self.call / 6)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(attempts: u32, attempt: u64, call: u64) -> Patience {
        Patience {
            attempts,
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(attempt),
            call: Duration::from_secs(call),
        }
    }

    #[test]
    fn the_first_call_is_given_up_sooner_unless_the_network_is_slow() {
        let first = |it: Patience| it.of_first_call();
        assert_eq!(first(patience(8, 30, 120)), patience(3, 8, 20));
        assert_eq!(first(patience(2, 1, 5)), patience(2, 1, 5));
        assert_eq!(first(patience(8, 120, 600)), patience(3, 30, 100));
    }
}
