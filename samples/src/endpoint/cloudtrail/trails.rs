//! DescribeTrails and GetTrailStatus.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::{
    account::Trail,
    endpoint::{
        answer::{Answer, Failure, Out},
        request::Request,
    },
};

pub(super) fn describe_trails(request: &Request<'_>) -> Result<Answer, Failure> {
    let names = request.list("trailNameList");
    let names = names.iter().filter_map(Value::as_str).collect::<Vec<_>>();
    // A trail of all Regions is seen in each of them, as its shadow.
    let shadows = request.bool("includeShadowTrails") != Some(false);
    let found = request.account.trails.iter().filter(|trail| {
        let is_here = request.in_region() || (trail.is_multi_region && shadows);
        let is_named = |name: &&str| *name == trail.name || *name == trail.arn;
        is_here && (names.is_empty() || names.iter().any(is_named))
    });
    let account = request.account;
    let list = Out::list(found, |trail| {
        let group = trail.log_group.as_ref().map(|group| {
            format!(
                "arn:aws:logs:{}:{}:log-group:{group}:*",
                account.region, account.id
            )
        });
        let role = group
            .as_ref()
            .map(|_| format!("arn:aws:iam::{}:role/CloudTrailToLogs", account.id));
        Out::map()
            .with("Name", &trail.name)
            .with("S3BucketName", format!("trail-{}", account.id))
            .with("IncludeGlobalServiceEvents", true)
            .with("IsMultiRegionTrail", trail.is_multi_region)
            .with("HomeRegion", &account.region)
            .with("TrailARN", &trail.arn)
            .with("LogFileValidationEnabled", true)
            .with_some("CloudWatchLogsLogGroupArn", group)
            .with_some("CloudWatchLogsRoleArn", role)
            .with("HasCustomEventSelectors", false)
            .with("HasInsightSelectors", false)
            .with("IsOrganizationTrail", false)
    });
    Ok(Out::map().with("trailList", list).into())
}

pub(super) fn get_trail_status(request: &Request<'_>) -> Result<Answer, Failure> {
    let trail = trail(request)?;
    let now = request.account.now;
    let delivered = trail.stopped_at.unwrap_or(now - TimeDelta::minutes(3));
    let written = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(Out::map()
        .with("IsLogging", trail.is_logging)
        .with("LatestDeliveryTime", delivered)
        .with("StartLoggingTime", trail.started_at)
        .with_some("StopLoggingTime", trail.stopped_at)
        .with_some(
            "LatestCloudWatchLogsDeliveryError",
            trail.delivery_error.as_ref(),
        )
        .with_some("LatestCloudWatchLogsDeliveryTime", trail.delivered_at)
        .with("LatestDeliveryAttemptTime", written(delivered))
        .with("LatestDeliveryAttemptSucceeded", written(delivered))
        .with("LatestNotificationAttemptTime", "")
        .with("LatestNotificationAttemptSucceeded", "")
        .with("TimeLoggingStarted", written(trail.started_at))
        .with(
            "TimeLoggingStopped",
            trail.stopped_at.map_or(String::new(), written),
        )
        .into())
}

/// The trail by its ARN, or by its name in its home Region.
fn trail<'a>(request: &Request<'a>) -> Result<&'a Trail, Failure> {
    let asked = request.required("Name");
    let is_it = |trail: &&Trail| {
        (trail.name == asked && request.in_region())
            || (trail.arn == asked && (request.in_region() || trail.is_multi_region))
    };
    request.account.trails.iter().find(is_it).ok_or_else(|| {
        let account = &request.account.id;
        let arn = match asked.starts_with("arn:") {
            true => asked.to_owned(),
            false => format!(
                "arn:aws:cloudtrail:{}:{account}:trail/{asked}",
                request.region
            ),
        };
        Failure::new(
            "TrailNotFoundException",
            format!("Unknown trail: {arn} for the user: {account}"),
        )
    })
}
