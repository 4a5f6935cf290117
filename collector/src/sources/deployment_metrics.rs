//! Metrics that count deployments, which App Runner itself does not publish.
//!
//! They are asked for by name all the same: that they are absent is then evidence, and a customer
//! may well publish them in a namespace of his own.

use std::collections::BTreeMap;

use evidence_schema::{Status, manifest::Target};

use super::{
    Source, call,
    metric_data::{GET_METRIC_DATA, read, wanted},
};
use crate::{
    collect::Context,
    convert::text_of,
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const LIST_METRICS: &str = "cloudwatch:ListMetrics";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "deployment-metrics",
    gives: "metrics that count deployments, if anybody publishes such",
    calls: &[call(LIST_METRICS, "*"), call(GET_METRIC_DATA, "*")],
};

const NAMESPACE: &str = "AWS/AppRunner";
const NAMES: [&str; 2] = ["DeploymentCount", "FailedDeploymentCount"];

/// So many metrics of one name are read. More are not of one service.
const MOST_METRICS: usize = 20;

/// Looks for each name, in the namespace of App Runner and in the one that the user named.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let own = context.deployment_metrics.filter(|it| *it != NAMESPACE);
    let subjects: Vec<_> = [NAMESPACE]
        .into_iter()
        .chain(own)
        .flat_map(|namespace| NAMES.map(|name| (namespace, name, format!("{namespace} {name}"))))
        .collect();
    for (_, _, subject) in &subjects {
        out.plan(Some(subject), &[context.windows.extended]);
    }
    for (namespace, name, subject) in subjects {
        out.begin(Some(&subject));
        let result = one(out, context, namespace, name).await;
        out.end(result);
    }
    Ok(())
}

async fn one(
    out: &mut Out<'_>,
    context: &Context<'_>,
    namespace: &str,
    name: &str,
) -> Result<(), Outcome> {
    let (mut found, others) = list(out, context, namespace, name).await?;
    if found.is_empty() {
        // CloudWatch lists what had data in the last two weeks.
        return Err(Outcome::absent(&match others {
            0 => "no such metric had data in two weeks; the operations tell the number".to_owned(),
            _ => format!("metrics of this name about something else: {others}"),
        }));
    }
    found.sort_unstable();
    let cut = found.len().saturating_sub(MOST_METRICS);
    found.truncate(MOST_METRICS);
    for (period, window) in [
        (300, context.windows.recent),
        (3_600, context.windows.extended),
    ] {
        let metrics = found
            .iter()
            .map(|dimensions| wanted((namespace, name), dimensions, "Sum", period))
            .collect();
        read(out, context, metrics, window).await?;
    }
    if cut > 0 {
        let note = format!("{cut} more metrics of this name were left out");
        return Err(Outcome::noted(Status::Truncated, &note));
    }
    Ok(())
}

/// The dimensions of each metric of this name that is about the service, and how many are not.
async fn list(
    out: &mut Out<'_>,
    context: &Context<'_>,
    namespace: &str,
    name: &str,
) -> Result<(Vec<BTreeMap<String, String>>, usize), Outcome> {
    let mut found = Vec::new();
    let mut others = 0;
    let mut pages = Pages::default();
    loop {
        out.call(LIST_METRICS);
        let page = context
            .aws
            .cloudwatch
            .list_metrics()
            .namespace(namespace)
            .metric_name(name)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_METRICS, error))?;
        for metric in page.metrics.unwrap_or_default() {
            let dimensions: BTreeMap<_, _> = metric
                .dimensions
                .unwrap_or_default()
                .into_iter()
                .filter_map(|it| Some((text_of(it.name.as_ref())?, it.value.unwrap_or_default())))
                .collect();
            if is_about(&dimensions, context.target) {
                found.push(dimensions);
            } else {
                others += 1;
            }
        }
        if !pages.advance(page.next_token)? {
            return Ok((found, others));
        }
    }
}

/// Whether a metric may be about the service: one of its dimensions names it, or it has none.
fn is_about(dimensions: &BTreeMap<String, String>, target: &Target) -> bool {
    let names = [
        &target.service_name,
        &target.service_id,
        &target.service_arn,
    ];
    dimensions.is_empty() || dimensions.values().any(|value| names.contains(&value))
}
