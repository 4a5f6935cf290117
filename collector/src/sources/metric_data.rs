//! Reading the data of metrics, for the sources that do.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric as AwsMetric, MetricDataQuery, MetricStat};
use evidence_schema::{
    Body, Interval, Status,
    record::{Metric, Point},
};

use crate::{
    collect::Context,
    convert::{aws_time, text_of, time},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

/// The call.
pub(super) const GET_METRIC_DATA: &str = "cloudwatch:GetMetricData";

/// A metric of which the data is wanted, with one value for each period.
pub(super) fn wanted(
    (namespace, name): (&str, &str),
    dimensions: &BTreeMap<String, String>,
    statistic: &str,
    period_seconds: i32,
) -> Metric {
    Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: dimensions.clone(),
        statistic: statistic.to_owned(),
        period_seconds,
        window: None,
        status: None,
        points: Vec::new(),
    }
}

/// Fills the metrics with their data in one window and keeps them. What CloudWatch says it has not
/// finished is kept too, with its word for it, and named in the error.
pub(super) async fn read(
    out: &mut Out<'_>,
    context: &Context<'_>,
    mut metrics: Vec<Metric>,
    window: Interval,
) -> Result<(), Outcome> {
    for metric in &mut metrics {
        metric.window = Some(window);
    }
    let result = fill(out, context, &mut metrics, window).await;
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
        out.covered(window);
        return Ok(());
    }
    let note = format!("CloudWatch did not finish {}", unfinished.join(", "));
    Err(Outcome::noted(Status::Partial, &note))
}

async fn fill(
    out: &mut Out<'_>,
    context: &Context<'_>,
    metrics: &mut [Metric],
    window: Interval,
) -> Result<(), Outcome> {
    let queries: Vec<_> = metrics
        .iter()
        .enumerate()
        .map(|(index, metric)| query(index, metric))
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

fn query(index: usize, metric: &Metric) -> MetricDataQuery {
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
}
