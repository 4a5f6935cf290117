//! What the application wrote: in full around every failed or running deployment, the first and
//! the last lines of the time between.

use evidence_schema::{Body, Interval, Status};

use super::{
    Source, call,
    logs::{End, FILTER_LOG_EVENTS, GROUPS, Group, groups, leave_deleted, read, read_end},
};
use crate::{collect::Context, collect_plan::AppLogs, ledger::Out, status::Outcome, windows};

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "application-log",
    gives: "the lines that the application wrote around each failed or running deployment",
    calls: &[call(FILTER_LOG_EVENTS, GROUPS)],
};

/// Reads the failed deployments first, the newest before the others: what the deadline cuts off
/// is then what matters least.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let (own, others) = groups(context, "application");
    let span = context.windows.extended;
    // A window may begin before the span.
    let wanted: Vec<_> = [span]
        .iter()
        .chain(&context.windows.incidents)
        .copied()
        .collect();
    out.plan(Some(&own.name), &wanted);
    for other in &others {
        out.plan(Some(&other.name), &[span]);
    }
    if context.app_logs == AppLogs::None {
        for group in [&own].into_iter().chain(&others) {
            out.skip(
                Some(&group.name),
                Outcome::not_asked("--app-logs none was given"),
            );
        }
        return Ok(());
    }
    // Without the operations it is unknown when something failed; the last day is the best guess.
    let recent = [context.windows.recent];
    let whole = match context.app_logs {
        AppLogs::All => &[span] as &[_],
        _ if !context.operations_known => &recent,
        _ => &context.windows.incidents,
    };
    out.begin(Some(&own.name));
    if !context.operations_known && context.app_logs == AppLogs::Incident {
        out.note("the operations could not be read, so the last 24 hours were taken");
    }
    leave_deleted(out, context, &own);
    let result = group(out, context, &own, whole).await;
    out.end(result);
    for other in &others {
        out.begin(Some(&other.name));
        leave_deleted(out, context, other);
        // The deployments that failed are those of the service itself.
        let whole = match context.app_logs {
            AppLogs::All => &[span] as &[_],
            _ => &[],
        };
        let result = group(out, context, other, whole).await;
        out.end(result);
    }
    Ok(())
}

/// Reads `whole` in full and of each time between as many lines as the limit says.
async fn group(
    out: &mut Out<'_>,
    context: &Context<'_>,
    group: &Group,
    whole: &[Interval],
) -> Result<(), Outcome> {
    for window in whole.iter().rev() {
        read(out, context, group, *window, Body::ApplicationLog).await?;
    }
    let between = windows::without(&[context.windows.extended], whole);
    let stretches = u32::try_from(between.len()).unwrap_or(u32::MAX).max(1);
    let each = context.app_log_limit / stretches;
    let mut cut = false;
    for stretch in between.into_iter().rev() {
        let head = each / 2;
        let body = Body::ApplicationLog;
        let rest = read_end(out, context, group, stretch, End::Head, head, body).await?;
        let Some(rest) = rest else {
            continue;
        };
        let tail = each - head;
        let rest = read_end(out, context, group, rest, End::Tail, tail, body).await?;
        cut |= rest.is_some();
    }
    if cut {
        return Err(Outcome::noted(
            Status::Truncated,
            &format!(
                "away from failed deployments about {} lines are kept at most, the first and the \
                 last of each stretch of time; --app-logs all keeps every line",
                context.app_log_limit
            ),
        ));
    }
    Ok(())
}
