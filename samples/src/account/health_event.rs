//! Events of the AWS Health service.

use chrono::{DateTime, Utc};

use super::{Context, HealthCategory, HealthScope, Problem, id, stated::HealthEventText};

/// An event of the AWS Health service.
#[derive(Clone, Debug)]
pub struct HealthEvent {
    /// The ARN.
    pub arn: String,
    /// The AWS service that it is about.
    pub service: String,
    /// The type.
    pub event_type: String,
    /// What it is about.
    pub category: HealthCategory,
    /// The Region.
    pub region: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// When AWS last wrote about it.
    pub updated_at: DateTime<Utc>,
    /// Whom it concerns.
    pub scope: HealthScope,
}

pub(super) fn resolve(
    stated: Vec<toml::Spanned<HealthEventText>>,
    context: &Context,
) -> Result<Vec<HealthEvent>, Problem> {
    let mut events = Vec::new();
    for text in stated {
        let span = text.span();
        let text = text.into_inner();
        let service = text.service.or_else(|| {
            let rest = text.event_type.strip_prefix("AWS_")?;
            Some(rest.split('_').next()?.to_owned())
        });
        let Some(service) = service else {
            return Err(Problem::at(
                span,
                "the `type` does not name its service as `AWS_<SERVICE>_…`: state `service`",
            ));
        };
        let started_at = text.start.at(context.now);
        let ended_at = text.end.map(|when| when.at(context.now));
        let region = text.region.unwrap_or_else(|| context.region.clone());
        let account = match text.scope.unwrap_or(HealthScope::Public) {
            HealthScope::Public => "",
            HealthScope::AccountSpecific => &context.account,
        };
        let unique = id::hex(12, &[&text.event_type, &started_at.to_rfc3339()]);
        events.push(HealthEvent {
            arn: format!(
                "arn:aws:health:{region}:{account}:event/{service}/{}/{}_{unique}",
                text.event_type, text.event_type
            ),
            service,
            event_type: text.event_type,
            category: text.category.unwrap_or(HealthCategory::Issue),
            region,
            started_at,
            ended_at,
            updated_at: text
                .updated
                .map(|when| when.at(context.now))
                .or(ended_at)
                .unwrap_or(started_at),
            scope: text.scope.unwrap_or(HealthScope::Public),
        });
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.started_at));
    Ok(events)
}
