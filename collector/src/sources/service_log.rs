//! What the platform wrote: `events` and `deployment/…`. The reasons of failures are here.

use evidence_schema::Body;

use super::{
    Source, call,
    logs::{FILTER_LOG_EVENTS, GROUPS, group_name, leave_deleted, read},
};
use crate::{collect::Context, ledger::Out, status::Outcome};

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "service-log",
    gives: "the lines that App Runner wrote about the service and its deployments",
    calls: &[call(FILTER_LOG_EVENTS, GROUPS)],
};

/// Reads the whole span: the platform writes little.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let group = group_name(context.target, "service");
    let span = context.windows.extended;
    out.plan(Some(&group), &[span]);
    out.begin(Some(&group));
    leave_deleted(out, context, &group);
    read(out, context, &group, span, Body::ServiceLog).await
}
