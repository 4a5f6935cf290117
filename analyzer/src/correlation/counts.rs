//! What somebody counted of deployments in a metric of his own, since App Runner publishes none.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use evidence_schema::record::Metric;

use super::Told;
use crate::{
    evidence::{Case, Observed},
    words,
};

/// How many days are listed one by one.
const DAYS: usize = 7;

/// How many metrics are told. More are not of one service.
const METRICS: usize = 4;

/// The metrics of the bundle that count deployments, by the longest period of each, so that no
/// deployment is counted twice.
fn metrics(case: Case<'_>) -> Vec<&Observed<Metric>> {
    type Name<'a> = (&'a str, &'a str, &'a BTreeMap<String, String>);
    let mut longest: BTreeMap<Name<'_>, &Observed<Metric>> = BTreeMap::new();
    for metric in &case.evidence.metrics {
        let fact = &metric.fact;
        if !fact.name.ends_with("DeploymentCount") {
            continue;
        }
        let name = (
            fact.namespace.as_str(),
            fact.name.as_str(),
            &fact.dimensions,
        );
        let known = longest.entry(name).or_insert(metric);
        if known.fact.period_seconds < fact.period_seconds {
            *known = metric;
        }
    }
    longest.into_values().collect()
}

/// The namespace and name of each.
pub(super) fn names(case: Case<'_>) -> Vec<String> {
    let names: BTreeSet<String> = metrics(case).into_iter().map(|it| name(&it.fact)).collect();
    names.into_iter().collect()
}

fn name(metric: &Metric) -> String {
    format!("{} {}", metric.namespace, metric.name)
}

/// What each counted by day.
pub(super) fn told(case: Case<'_>) -> Vec<Told> {
    let metrics = metrics(case);
    let mut told: Vec<Told> = metrics.iter().take(METRICS).map(|it| by_day(it)).collect();
    let more = metrics.len().saturating_sub(METRICS);
    if more > 0 {
        told.push(Told::new(format!(
            "{} of deployments are not listed",
            words::count(more as u64, "more metric", "more metrics")
        )));
    }
    told
}

fn by_day(metric: &Observed<Metric>) -> Told {
    let fact = &metric.fact;
    let mut days: BTreeMap<NaiveDate, f64> = BTreeMap::new();
    for point in &fact.points {
        *days.entry(point.time.date_naive()).or_default() += point.value;
    }
    let skipped = days.len().saturating_sub(DAYS);
    let each: Vec<String> = days
        .iter()
        .skip(skipped)
        .map(|(day, sum)| format!("{day}: {sum}"))
        .collect();
    let of = fact
        .dimensions
        .iter()
        .map(|(name, value)| format!(" {name}={value}"))
        .collect::<String>();
    let counted = if each.is_empty() {
        "no data".to_owned()
    } else {
        each.join(", ")
    };
    let earlier = if skipped > 0 {
        format!("; {skipped} earlier days are not listed")
    } else {
        String::new()
    };
    Told {
        record: metric.record,
        ..Told::new(format!(
            "by day, counted by the metric {}{of}: {counted}{earlier}",
            name(fact)
        ))
    }
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, record::Point};

    use super::*;
    use crate::test_support::{Sample, seconds};

    fn metric(name: &str, period: i32, points: &[(i64, f64)]) -> Body {
        Body::Metric(Metric {
            namespace: "Shop/Deployments".to_owned(),
            name: name.to_owned(),
            dimensions: BTreeMap::from([("Service".to_owned(), "web".to_owned())]),
            statistic: "Sum".to_owned(),
            period_seconds: period,
            window: None,
            status: None,
            points: points
                .iter()
                .map(|(offset, value)| Point {
                    time: seconds(*offset),
                    value: *value,
                })
                .collect(),
        })
    }

    #[test]
    fn what_somebody_counted_is_told_by_day_and_no_deployment_twice() {
        let sample = Sample::image()
            .with(metric("FailedDeploymentCount", 300, &[(0, 1.0)]))
            .with(metric(
                "FailedDeploymentCount",
                3_600,
                &[(-86_400, 1.0), (0, 2.0), (3_600, 1.0)],
            ))
            .with(metric("DeploymentCount", 3_600, &[]))
            .with(metric("Requests", 3_600, &[(0, 7.0)]));
        let told: Vec<String> =
            sample.ask(|case| told(case).into_iter().map(|it| it.text).collect());
        assert_eq!(
            told,
            [
                "by day, counted by the metric Shop/Deployments DeploymentCount Service=web: no data",
                "by day, counted by the metric Shop/Deployments FailedDeploymentCount Service=web: \
                 2026-11-19: 1, 2026-11-20: 3",
            ]
        );
    }
}
