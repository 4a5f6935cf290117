//! How fast AWS is asked.
//!
//! The limiter stands around the HTTP client and not around the calls, so that retries are paced
//! too: a throttled call that is retried at once only makes the throttling worse.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use tokio::time::{Instant, sleep_until};

use crate::{calls::CallLog, clock::Clock};

/// How many requests a second an API takes, and how many of them at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    per_second: u32,
    burst: u32,
}

/// The documented limits, where AWS documents them; all are per account and Region, so we stay
/// below what the customer's own tools may need at the same time.
fn rate_of(scope: &Scope) -> Rate {
    let (per_second, burst) = match (scope.service.as_str(), scope.operation.as_str()) {
        // Documented as 2 a second. This is the wall that the collection runs into.
        ("cloudtrail", _) => (2, 1),
        // 5 a second in most Regions.
        ("logs", "FilterLogEvents" | "GetLogEvents") => (5, 5),
        ("logs", _) => (5, 5),
        // Undocumented; more than about two a second was seen to be throttled.
        ("apprunner", _) => (2, 10),
        // Undocumented and shared by the whole account.
        ("iam", _) => (5, 10),
        // Shared by the whole account, and refilled by 10 and more a second.
        ("ec2", _) => (5, 10),
        ("health", _) => (2, 2),
        _ => (10, 10),
    };
    Rate { per_second, burst }
}

/// How many requests a second are made of an operation, by the prefix of its IAM action.
pub(crate) fn per_second(prefix: &str, operation: &str) -> u32 {
    let rate = rate_of(&Scope {
        region: String::new(),
        service: prefix.to_owned(),
        operation: operation.to_owned(),
    });
    rate.per_second
}

/// What shares one limit: an API of a service in a Region.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    region: String,
    service: String,
    operation: String,
}

impl Scope {
    /// Reads the scope from the signature and the protocol's way of naming the operation. Nothing
    /// without a signature is AWS's business: a credential server, for instance.
    fn of(request: &HttpRequest) -> Option<Self> {
        let authorization = request.headers().get("authorization")?;
        let (_, credential) = authorization.split_once("Credential=")?;
        let mut parts = credential.split(',').next()?.split('/').skip(2);
        let region = parts.next()?.to_owned();
        let service = parts.next()?.to_owned();
        let operation = match request.headers().get("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
            None => {
                let path = request.uri().split('?').next().unwrap_or_default();
                path.rsplit('/').next().unwrap_or_default().to_owned()
            }
        };
        Some(Self {
            region,
            service,
            operation,
        })
    }
}

/// An HTTP client that keeps the pace and listens for AWS's clock.
#[derive(Debug)]
pub(crate) struct Paced {
    inner: SharedHttpClient,
    pace: Pace,
    clock: Clock,
    log: CallLog,
}

impl Paced {
    /// Puts the limiter around `inner`.
    pub(crate) fn new(inner: SharedHttpClient, clock: Clock, log: CallLog) -> Self {
        Self {
            inner,
            pace: Pace::default(),
            clock,
            log,
        }
    }
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PacedConnector {
            inner: self.inner.http_connector(settings, components),
            pace: self.pace.clone(),
            clock: self.clock.clone(),
            log: self.log,
        })
    }
}

#[derive(Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    pace: Pace,
    clock: Clock,
    log: CallLog,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(scope) = Scope::of(&request) else {
            return self.inner.call(request);
        };
        let (inner, pace, clock) = (self.inner.clone(), self.pace.clone(), self.clock.clone());
        let told = self.log.begin(&scope.region, &scope.service, &request);
        HttpConnectorFuture::new(async move {
            sleep_until(pace.slot(scope, Instant::now())).await;
            let began = Instant::now();
            let answer = inner.call(request).await;
            if let Some(told) = told {
                told.end(answer.as_ref(), began.elapsed());
            }
            let response = answer?;
            if let Some(date) = response.headers().get("date") {
                clock.heard(date);
            }
            Ok(response)
        })
    }
}

/// When each API may be asked next, as the theoretical arrival times of a leaky bucket.
#[derive(Clone, Debug, Default)]
struct Pace(Arc<Mutex<BTreeMap<Scope, Instant>>>);

impl Pace {
    /// Takes the next slot of `scope` and says when it is.
    fn slot(&self, scope: Scope, now: Instant) -> Instant {
        let rate = rate_of(&scope);
        let gap = Duration::from_secs(1) / rate.per_second;
        // A panic while the lock was held leaves at worst a slot that nobody uses.
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let arrival = next.entry(scope).or_insert(now);
        *arrival = (*arrival).max(now);
        let slot = arrival
            .checked_sub(gap * (rate.burst - 1))
            .map_or(now, |slot| slot.max(now));
        *arrival += gap;
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(service: &str, operation: &str) -> Scope {
        Scope {
            region: "us-east-1".to_owned(),
            service: service.to_owned(),
            operation: operation.to_owned(),
        }
    }

    #[test]
    fn look_ups_are_half_a_second_apart_from_the_first() {
        let (pace, now) = (Pace::default(), Instant::now());
        let slots: Vec<_> = (0..4)
            .map(|_| pace.slot(scope("cloudtrail", "LookupEvents"), now) - now)
            .collect();
        assert_eq!(slots, [0, 500, 1000, 1500].map(Duration::from_millis));
    }

    #[test]
    fn a_burst_is_free_and_then_the_pace_counts() {
        let (pace, now) = (Pace::default(), Instant::now());
        let slots: Vec<_> = (0..7)
            .map(|_| pace.slot(scope("logs", "FilterLogEvents"), now) - now)
            .collect();
        assert_eq!(slots[4], Duration::ZERO);
        assert_eq!(slots[5..], [200, 400].map(Duration::from_millis));
    }

    #[test]
    fn each_api_has_its_own_limit() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.slot(scope("cloudtrail", "LookupEvents"), now);
        assert_eq!(pace.slot(scope("iam", "GetRole"), now), now);
    }

    #[test]
    fn the_scope_is_read_from_the_request() {
        let mut request = HttpRequest::empty();
        request
            .set_uri("https://monitoring.us-east-1.amazonaws.com/service/GraniteServiceVersion20100801/operation/GetMetricData")
            .expect("a URL");
        assert_eq!(Scope::of(&request), None);
        request.headers_mut().insert(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0",
        );
        assert_eq!(
            Scope::of(&request),
            Some(scope("monitoring", "GetMetricData"))
        );
        request.headers_mut().insert(
            "x-amz-target",
            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
        );
        assert_eq!(
            Scope::of(&request),
            Some(scope("monitoring", "LookupEvents"))
        );
    }
}
