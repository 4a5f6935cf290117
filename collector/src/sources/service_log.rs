//! What the platform wrote: `events` and `deployment/…`. The reasons of failures are here.

use evidence_schema::Body;

use super::{
    Source, call,
    logs::{FILTER_LOG_EVENTS, GROUPS, groups, leave_deleted, read},
};
use crate::{collect::Context, ledger::Out, status::Outcome};

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "service-log",
    gives: "the lines that App Runner wrote about the service and its deployments",
    calls: &[call(FILTER_LOG_EVENTS, GROUPS)],
};

/// Reads the whole span of each group: the platform writes little.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let (own, others) = groups(context, "service");
    let span = context.windows.extended;
    for group in [&own].into_iter().chain(&others) {
        out.plan(Some(&group.name), &[span]);
    }
    for group in [&own].into_iter().chain(&others) {
        out.begin(Some(&group.name));
        leave_deleted(out, context, group);
        let result = read(out, context, group, span, Body::ServiceLog).await;
        // What is wrong with one group may not be wrong with the others.
        out.end(result);
    }
    Ok(())
}
