//! Lines beside those of operations: single ones, and mass.

use super::{
    Context, Problem, Run, Service, id,
    log::Logs,
    operation,
    placeholder::Placeholders,
    stated::{BulkText, LogText},
};

/// Writes what a `[[log]]` states.
pub(super) fn further(
    logs: &mut Logs,
    text: toml::Spanned<LogText>,
    service: &Service,
    context: &Context,
) -> Result<(), Problem> {
    let span = text.span();
    let text = text.into_inner();
    let placeholders = Placeholders::of(service, None, context);
    let lines = operation::lines(&text.lines, text.start.at(context.now), &placeholders);
    let now = context.now.timestamp_millis();
    if lines.iter().any(|line| line.time > now) {
        return Err(Problem::at(span, "a line lies after `now`"));
    }
    let group = match text.group {
        Some(group) => group,
        None => group_of(&text.stream, service).ok_or_else(|| {
            Problem::at(
                span,
                "a stream is `events`, `deployment/…` or `instance/…` unless `group` is stated",
            )
        })?,
    };
    logs.add(&group, &text.stream, Run::Stated(lines));
    Ok(())
}

/// Writes what a `[[bulk]]` states.
pub(super) fn bulk(
    logs: &mut Logs,
    text: toml::Spanned<BulkText>,
    service: &Service,
    context: &Context,
) -> Result<(), Problem> {
    let span = text.span();
    let text = text.into_inner();
    let stream = if text.stream == "application" {
        format!("instance/{}", id::hex(32, &["bulk", &service.id]))
    } else {
        text.stream
    };
    let Some(group) = group_of(&stream, service) else {
        return Err(Problem::at(
            span,
            "a stream is `application`, `events`, `deployment/…` or `instance/…`",
        ));
    };
    let from = text.from.at(context.now).timestamp_millis();
    let millis = (text.minutes * 60_000.0) as i64;
    if millis < 0 || from + millis > context.now.timestamp_millis() {
        return Err(Problem::at(span, "the lines lie after `now`"));
    }
    logs.add(
        &group,
        &stream,
        Run::Made {
            from,
            millis,
            lines: text.lines,
            text: text.text.unwrap_or_else(|| "GET /items/{n} 200".to_owned()),
        },
    );
    Ok(())
}

fn group_of(stream: &str, service: &Service) -> Option<String> {
    if stream == "events" || stream.starts_with("deployment/") {
        Some(service.service_log_group())
    } else if stream.starts_with("instance/") {
        Some(service.application_log_group())
    } else {
        None
    }
}
