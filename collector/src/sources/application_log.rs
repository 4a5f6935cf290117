//! What the application wrote around every failed or running deployment.

use evidence_schema::Body;

use super::{
    Source, call,
    logs::{FILTER_LOG_EVENTS, GROUPS, group_name, leave_deleted, read},
};
use crate::{collect::Context, ledger::Out, status::Outcome};

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "application-log",
    gives: "the lines that the application wrote around each failed or running deployment",
    calls: &[call(FILTER_LOG_EVENTS, GROUPS)],
};

/// Reads the incident windows one after the other. A busy service writes too much for more.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let group = group_name(context.target, "application");
    // Without the operations it is unknown when something failed; the last day is the best guess.
    let recent = [context.windows.recent];
    let windows = if context.operations_known {
        context.windows.incidents.as_slice()
    } else {
        &recent
    };
    out.plan(Some(&group), windows);
    out.begin(Some(&group));
    if windows.is_empty() {
        return Err(Outcome::not_asked("no deployment failed or is running"));
    }
    if !context.operations_known {
        out.note("the operations could not be read, so the last 24 hours were taken");
    }
    leave_deleted(out, context, &group);
    for window in windows {
        read(out, context, &group, *window, Body::ApplicationLog).await?;
    }
    Ok(())
}
