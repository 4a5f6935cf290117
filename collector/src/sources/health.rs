//! AWS's own troubles in the Region.

use aws_sdk_health::types::{DateTimeRange, EventFilter, EventTypeCategory};
use evidence_schema::{Body, record::HealthEvent};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{aws_time, text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const DESCRIBE_EVENTS: &str = "health:DescribeEvents";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "health",
    gives: "issues of AWS in the Region, from AWS Health",
    calls: &[call(DESCRIBE_EVENTS, "*")],
};

/// Reads every issue of the Region. Not only App Runner's: ECR, Fargate and CodeBuild stop a
/// deployment as well, and the service codes are not documented well enough to filter by.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let span = context.windows.extended;
    out.plan(None, &[span]);
    out.begin(None);
    let filter = EventFilter::builder()
        .regions(&context.target.region)
        .event_type_categories(EventTypeCategory::Issue)
        .last_updated_times(
            DateTimeRange::builder()
                .from(aws_time(span.from))
                .to(aws_time(span.to))
                .build(),
        )
        .build();
    let mut pages = Pages::default();
    loop {
        out.call(DESCRIBE_EVENTS);
        let page = context
            .aws
            .health
            .describe_events()
            .filter(filter.clone())
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| {
                let outcome = status_of(DESCRIBE_EVENTS, error);
                // Not "no events": we could not look.
                match outcome.code() {
                    Some("SubscriptionRequiredException") => {
                        outcome.with_note("not available on this support plan")
                    }
                    _ => outcome,
                }
            })?;
        for it in page.events.unwrap_or_default() {
            let Some(arn) = text_of(it.arn.as_ref()) else {
                continue;
            };
            out.push(Body::HealthEvent(HealthEvent {
                arn,
                service: text_of(it.service.as_ref()),
                event_type_code: text_of(it.event_type_code.as_ref()),
                category: text_of(it.event_type_category.as_ref()),
                region: text_of(it.region.as_ref()),
                started_at: time_of(it.start_time.as_ref()),
                ended_at: time_of(it.end_time.as_ref()),
                updated_at: time_of(it.last_updated_time.as_ref()),
                status: text_of(it.status_code.as_ref()),
                scope: text_of(it.event_scope_code.as_ref()),
            }));
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
}
