use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{Interval, Time};

/// One CloudWatch metric over a window, as `cloudwatch:GetMetricData` gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// The namespace, such as `AWS/AppRunner`.
    pub namespace: String,
    /// The name of the metric.
    pub name: String,
    /// The dimensions that were asked for.
    pub dimensions: BTreeMap<String, String>,
    /// The statistic, such as `Sum`.
    pub statistic: String,
    /// The seconds that one point stands for.
    pub period_seconds: i32,
    /// The window that was asked for; missing in bundles from before it was told.
    #[serde(default)]
    pub window: Option<Interval>,
    /// What CloudWatch said of the answer: `Complete`, `PartialData`, …
    pub status: Option<String>,
    /// The points, oldest first. Empty: CloudWatch has none.
    pub points: Vec<Point>,
}

/// One value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// The begin of the period.
    pub time: Time,
    /// The value, in the unit of the metric.
    pub value: f64,
}
