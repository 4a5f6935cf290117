//! The windows of time that are asked for.

use chrono::TimeDelta;
use evidence_schema::{Interval, Time, manifest::Windows, record::Operation, time::merge};

/// How long before an operation its causes are looked for.
const BEFORE: TimeDelta = TimeDelta::hours(1);

/// How long after an operation its logs may still arrive.
const AFTER: TimeDelta = TimeDelta::minutes(15);

/// The widest window of a collection at `now` that looks back over `since`.
pub(crate) fn extended(now: Time, since: TimeDelta) -> Interval {
    Interval {
        from: now - since,
        to: now,
    }
}

/// All windows of a collection at `now`.
pub(crate) fn windows(now: Time, extended: Interval, operations: &[Operation]) -> Windows {
    let incidents = operations
        .iter()
        .filter(|it| it.operation_type.deploys() && (it.status.failed() || it.status.running()))
        .filter_map(|it| {
            let started = it.started_at?;
            Some(Interval {
                from: started - BEFORE,
                // A line of the same millisecond as the end belongs to it.
                to: (it.ended_at.unwrap_or(now) + AFTER).min(now),
            })
        })
        .filter(|window| window.overlaps(&extended))
        .collect();
    Windows {
        incidents: merge(incidents),
        recent: Interval {
            from: now - TimeDelta::hours(24),
            to: now,
        },
        extended,
    }
}

/// When deployments failed, the oldest first; of one that still runs nobody knows, so it is `now`.
pub(crate) fn failures(now: Time, operations: &[Operation]) -> Vec<Time> {
    let mut failures: Vec<_> = operations
        .iter()
        .filter(|it| it.operation_type.deploys() && (it.status.failed() || it.status.running()))
        .filter(|it| it.started_at.is_some())
        .map(|it| it.ended_at.unwrap_or(now))
        .collect();
    failures.sort_unstable();
    failures.dedup();
    failures
}

/// What of `wanted` is not in `covered`.
pub(crate) fn without(wanted: &[Interval], covered: &[Interval]) -> Vec<Interval> {
    let covered = merge(covered.to_vec());
    let mut missing = Vec::new();
    for interval in merge(wanted.to_vec()) {
        let mut from = interval.from;
        for seen in covered.iter().filter(|seen| seen.overlaps(&interval)) {
            if from < seen.from {
                missing.push(Interval {
                    from,
                    to: seen.from,
                });
            }
            from = from.max(seen.to);
        }
        if from < interval.to {
            missing.push(Interval {
                from,
                to: interval.to,
            });
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use evidence_schema::record::{OperationStatus, OperationType};

    use super::*;

    fn at(minutes: i64) -> Time {
        DateTime::from_timestamp(1_795_176_000 + minutes * 60, 0).expect("a time")
    }

    fn span(from: i64, to: i64) -> Interval {
        Interval {
            from: at(from),
            to: at(to),
        }
    }

    fn operation(status: OperationStatus, from: i64, to: Option<i64>) -> Operation {
        Operation {
            id: String::new(),
            operation_type: OperationType::StartDeployment,
            status,
            target_arn: None,
            started_at: Some(at(from)),
            ended_at: to.map(at),
            updated_at: None,
        }
    }

    #[test]
    fn failed_and_running_deployments_have_a_window_and_they_are_joined() {
        let operations = [
            operation(OperationStatus::InProgress, -5, None),
            operation(OperationStatus::RollbackSucceeded, -400, Some(-390)),
            operation(OperationStatus::RollbackSucceeded, -420, Some(-410)),
            operation(OperationStatus::Succeeded, -1000, Some(-990)),
            operation(OperationStatus::Failed, -100_000, Some(-99_990)),
        ];
        let month = extended(at(0), TimeDelta::days(30));
        let windows = windows(at(0), month, &operations);
        assert_eq!(windows.incidents, [span(-480, -375), span(-65, 0)]);
        assert_eq!(windows.recent, span(-24 * 60, 0));
        assert_eq!(windows.extended, span(-30 * 24 * 60, 0));
        let failures = failures(at(0), &operations);
        assert_eq!(failures, [at(-99_990), at(-410), at(-390), at(0)]);
    }

    #[test]
    fn what_was_not_seen_is_told() {
        assert_eq!(
            without(&[span(0, 10), span(20, 30)], &[span(2, 4), span(25, 40)]),
            [span(0, 2), span(4, 10), span(20, 25)]
        );
        assert_eq!(without(&[span(0, 10)], &[span(0, 10)]), []);
        assert_eq!(without(&[span(0, 10)], &[]), [span(0, 10)]);
    }
}
