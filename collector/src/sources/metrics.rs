//! The metrics of the service: fine around each failure, coarse over the whole span.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use evidence_schema::Interval;

use super::{
    Source, call,
    metric_data::{GET_METRIC_DATA, read, wanted},
};
use crate::{collect::Context, ledger::Out, status::Outcome};

const NAMESPACE: &str = "AWS/AppRunner";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "metrics",
    gives: "the nine metrics of App Runner: by the minute around each failure, coarser over 30 days",
    calls: &[call(GET_METRIC_DATA, "*")],
};

/// What App Runner documents, each with the statistic that shows trouble. There is none that
/// counts deployments; `deployment_metrics` asks for one nevertheless.
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

/// CloudWatch joins the values of minutes after that long.
const MINUTES_KEPT: TimeDelta = TimeDelta::days(15);

/// Reads the incidents by the minute, the last day by five minutes and the whole span by the hour,
/// an entry of the ledger each.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let windows = &context.windows;
    // Without the operations it is unknown when something failed; the last day is the best guess.
    let incidents = if context.operations_known {
        windows.incidents.clone()
    } else {
        vec![windows.recent]
    };
    let grains = [
        ("60 s", 60, incidents),
        ("300 s", 300, vec![windows.recent]),
        ("3600 s", 3_600, vec![windows.extended]),
    ];
    for (subject, _, spans) in &grains {
        out.plan(Some(subject), spans);
    }
    for (subject, period, spans) in grains {
        out.begin(Some(subject));
        let result = grain(out, context, period, spans).await;
        out.end(result);
    }
    Ok(())
}

async fn grain(
    out: &mut Out<'_>,
    context: &Context<'_>,
    period: i32,
    mut spans: Vec<Interval>,
) -> Result<(), Outcome> {
    if spans.is_empty() {
        return Err(Outcome::not_asked("no deployment failed or is running"));
    }
    let kept_from = context.windows.extended.to - MINUTES_KEPT;
    if period == 60 && spans.iter().any(|span| span.from < kept_from) {
        out.lost(Interval {
            from: context.windows.extended.from - TimeDelta::days(1),
            to: kept_from,
        });
        out.note("CloudWatch keeps single minutes for 15 days");
        spans.retain(|span| span.to > kept_from);
        for span in &mut spans {
            span.from = span.from.max(kept_from);
        }
    }
    // With only one of the two CloudWatch has no data.
    let dimensions = BTreeMap::from([
        ("ServiceID".to_owned(), context.target.service_id.clone()),
        (
            "ServiceName".to_owned(),
            context.target.service_name.clone(),
        ),
    ]);
    let mut unfinished = Ok(());
    for span in spans {
        let metrics = METRICS
            .iter()
            .map(|(name, statistic)| wanted((NAMESPACE, name), &dimensions, statistic, period))
            .collect();
        match read(out, context, metrics, span).await {
            // CloudWatch answered, so the next window may be answered in full.
            Err(outcome) if outcome.error.is_none() => unfinished = Err(outcome),
            result => result?,
        }
    }
    unfinished
}
