//! How many calls a second AWS takes.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// What AWS documents, as calls a second for an account and Region: the quotas pages of CloudWatch
/// Logs, CloudWatch, CloudTrail and ECR. Where these name several rates for several Regions it is
/// the lowest. Other APIs have none that is documented, and are not paced.
pub(super) const RATES: &[(&str, &str, f64)] = &[
    ("cloudtrail", "DescribeTrails", 10.0),
    ("cloudtrail", "GetTrailStatus", 10.0),
    ("cloudtrail", "LookupEvents", 2.0),
    ("cloudwatch", "GetMetricData", 500.0),
    ("cloudwatch", "ListMetrics", 25.0),
    ("ecr", "BatchGetImage", 2000.0),
    ("ecr", "GetDownloadUrlForLayer", 3000.0),
    ("logs", "DescribeLogGroups", 10.0),
    ("logs", "DescribeLogStreams", 25.0),
    ("logs", "FilterLogEvents", 5.0),
    ("logs", "GetLogEvents", 10.0),
];

/// Counts calls against the rates: a bucket of tokens for each API and Region, which holds those
/// of one second.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    buckets: Mutex<BTreeMap<(&'static str, String), Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Buckets {
    /// Whether a call is within the rate.
    pub(super) fn takes(&self, service: &str, operation: &str, region: &str, now: Instant) -> bool {
        let rate = RATES
            .iter()
            .find(|(of, name, _)| *of == service && *name == operation);
        let Some((_, name, rate)) = rate else {
            return true;
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((name, region.to_owned()))
            .or_insert_with(|| Bucket {
                tokens: *rate,
                filled_at: now,
            });
        let passed = now.saturating_duration_since(bucket.filled_at);
        bucket.tokens = (bucket.tokens + passed.as_secs_f64() * rate).min(*rate);
        bucket.filled_at = now;
        let is_within = bucket.tokens >= 1.0;
        if is_within {
            bucket.tokens -= 1.0;
        }
        is_within
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::endpoint::OPERATIONS;

    #[test]
    fn a_second_has_as_many_calls_as_the_rate() {
        let buckets = Buckets::default();
        let start = Instant::now();
        let call = |millis: u64| {
            let now = start + Duration::from_millis(millis);
            buckets.takes("cloudtrail", "LookupEvents", "us-east-1", now)
        };
        let taken = (0..100).filter(|step| call(step * 100)).count();
        // Two that were saved, and two for each of the ten seconds.
        assert_eq!(taken, 21);
        assert!(buckets.takes("cloudtrail", "LookupEvents", "eu-west-1", start));
        assert!((0..9999).all(|_| buckets.takes("sts", "GetCallerIdentity", "us-east-1", start)));
    }

    #[test]
    fn what_has_a_rate_is_served() {
        for (service, operation, _) in RATES {
            assert!(OPERATIONS.contains(&(service, operation)), "{operation}");
        }
    }
}
