//! The metrics of the service.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric as AwsMetric, MetricDataQuery, MetricStat};
use evidence_schema::{
    Body, Status,
    record::{Metric, Point},
};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{aws_time, text_of, time},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const GET_METRIC_DATA: &str = "cloudwatch:GetMetricData";
const NAMESPACE: &str = "AWS/AppRunner";
const PERIOD_SECONDS: i32 = 300;

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "metrics",
    gives: "the nine metrics of App Runner over 24 hours",
    calls: &[call(GET_METRIC_DATA, "*")],
};

/// What App Runner documents, each with the statistic that shows trouble. There is none that
/// counts deployments: those are counted from the operations.
const METRICS: &[(&str, &str)] = &[
    ("2xxStatusResponses", "Sum"),
    ("4xxStatusResponses", "Sum"),
    ("5xxStatusResponses", "Sum"),
    ("ActiveInstances", "Maximum"),
    ("CPUUtilization", "Maximum"),
    ("Concurrency", "Maximum"),
    ("MemoryUtilization", "Maximum"),
    ("RequestLatency", "Average"),
    ("Requests", "Sum"),
];

/// Asks for all metrics in one call, by name and id: with only one of them CloudWatch has no data.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let window = context.windows.recent;
    out.plan(None, &[window]);
    out.begin(None);
    let dimensions = BTreeMap::from([
        ("ServiceID".to_owned(), context.target.service_id.clone()),
        (
            "ServiceName".to_owned(),
            context.target.service_name.clone(),
        ),
    ]);
    let mut metrics: Vec<Metric> = METRICS
        .iter()
        .map(|(name, statistic)| Metric {
            namespace: NAMESPACE.to_owned(),
            name: (*name).to_owned(),
            dimensions: dimensions.clone(),
            statistic: (*statistic).to_owned(),
            period_seconds: PERIOD_SECONDS,
            status: None,
            points: Vec::new(),
        })
        .collect();

    let result = read(out, context, &mut metrics).await;
    let seen = metrics.iter().any(|metric| metric.status.is_some());
    let unfinished: Vec<_> = metrics
        .iter()
        .filter(|metric| metric.status.as_deref() != Some("Complete"))
        .map(|metric| metric.name.clone())
        .collect();
    if seen {
        for mut metric in metrics {
            metric.points.sort_by_key(|point| point.time);
            out.push(Body::Metric(metric));
        }
    }
    result?;
    if unfinished.is_empty() {
        return Ok(());
    }
    let note = format!("CloudWatch did not finish {}", unfinished.join(", "));
    Err(Outcome::noted(Status::Partial, &note))
}

async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
    metrics: &mut [Metric],
) -> Result<(), Outcome> {
    let window = context.windows.recent;
    let queries: Vec<_> = metrics
        .iter()
        .enumerate()
        .map(|(index, metric)| {
            let dimensions = metric
                .dimensions
                .iter()
                .map(|(name, value)| Dimension::builder().name(name).value(value).build())
                .collect();
            MetricDataQuery::builder()
                .id(format!("m{index}"))
                .metric_stat(
                    MetricStat::builder()
                        .metric(
                            AwsMetric::builder()
                                .namespace(&metric.namespace)
                                .metric_name(&metric.name)
                                .set_dimensions(Some(dimensions))
                                .build(),
                        )
                        .period(metric.period_seconds)
                        .stat(&metric.statistic)
                        .build(),
                )
                .build()
        })
        .collect();
    let mut pages = Pages::default();
    loop {
        out.call(GET_METRIC_DATA);
        let page = context
            .aws
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(queries.clone()))
            .start_time(aws_time(window.from))
            .end_time(aws_time(window.to))
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(GET_METRIC_DATA, error))?;
        for result in page.metric_data_results.unwrap_or_default() {
            let metric = result
                .id
                .as_deref()
                .and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok())
                .and_then(|index| metrics.get_mut(index));
            let Some(metric) = metric else {
                continue;
            };
            metric.status = text_of(result.status_code.as_ref()).or(metric.status.take());
            let times = result.timestamps.unwrap_or_default();
            for (at, value) in times.iter().zip(result.values.unwrap_or_default()) {
                if let Some(time) = time(at) {
                    metric.points.push(Point { time, value });
                }
            }
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}
