//! The other services of the account and Region: whether they had trouble at the same time, and what
//! they are made of.

use evidence_schema::{
    Body, Interval, Status,
    manifest::Windows,
    record::{
        OperationStatus, OperationType, ServiceStatus, SiblingConfiguration, SiblingOperation,
        SiblingService,
    },
};

use super::{Source, call, service::DESCRIBE_SERVICE};
use crate::{
    collect::Context,
    convert::{text, text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const LIST_SERVICES: &str = "apprunner:ListServices";
const LIST_OPERATIONS: &str = "apprunner:ListOperations";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "siblings",
    gives: "the other services of the account, what was done with them around each failure, and what \
            those are made of that were deployed then",
    calls: &[
        call(LIST_SERVICES, "*"),
        call(LIST_OPERATIONS, "arn:aws:apprunner:*:*:service/*"),
        call(DESCRIBE_SERVICE, "arn:aws:apprunner:*:*:service/*"),
    ],
};

/// Pages of one service. They hold 20 operations each; a service that deploys more often than
/// that tells enough by its newest ones.
const MOST_PAGES: u32 = 10;

/// So many services are described. What these share, others share too.
const MOST_DESCRIBED: usize = 20;

/// How a service was deployed in the time that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deployed {
    /// It failed at least once.
    Badly,
    /// It went well, or goes on.
    Well,
}

/// Lists the other services, and of each the operations back to the oldest failure or the last
/// 24 hours, whichever is longer ago. Those that were deployed in that time are described.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let span = span(&context.windows);
    out.begin(None);
    let siblings = services(out, context).await?;
    if siblings.is_empty() {
        out.note("the account has no other service in the Region");
    }
    out.end(Ok(()));
    for sibling in &siblings {
        out.plan(Some(&sibling.arn), &[span]);
    }
    let mut throttled = false;
    let mut deployed: Vec<(Deployed, String)> = Vec::new();
    for sibling in siblings {
        if sibling.status == ServiceStatus::Deleted {
            let note = "the service is deleted and its operations are gone with it";
            out.skip(Some(&sibling.arn), Outcome::not_asked(note));
            continue;
        }
        if throttled {
            // They share one limit, and half a minute was already waited for it.
            let note = "an earlier call was throttled until it was given up";
            out.skip(Some(&sibling.arn), Outcome::not_asked(note));
            continue;
        }
        out.begin(Some(&sibling.arn));
        let mut how = None;
        let result = operations(out, context, &sibling.arn, span, &mut how).await;
        throttled = matches!(&result, Err(outcome) if outcome.status == Status::Throttled);
        out.end(result);
        deployed.extend(how.map(|how| (how, sibling.arn)));
    }
    // Those that failed come first, as the bound may leave some out.
    deployed.sort();
    for (_, arn) in &deployed {
        out.plan(Some(&configuration_of(arn)), &[]);
    }
    for (index, (_, arn)) in deployed.iter().enumerate() {
        let subject = configuration_of(arn);
        if index >= MOST_DESCRIBED {
            let note =
                format!("{MOST_DESCRIBED} other services were described, those that failed first");
            out.skip(Some(&subject), Outcome::not_asked(&note));
            continue;
        }
        if throttled {
            let note = "an earlier call was throttled until it was given up";
            out.skip(Some(&subject), Outcome::not_asked(note));
            continue;
        }
        out.begin(Some(&subject));
        let result = describe(out, context, arn).await;
        throttled = matches!(&result, Err(outcome) if outcome.status == Status::Throttled);
        out.end(result);
    }
    Ok(())
}

/// The subject of what a service is made of.
fn configuration_of(arn: &str) -> String {
    format!("{arn} configuration")
}

/// What a service is made of. Its variables are left where they are.
async fn describe(out: &mut Out<'_>, context: &Context<'_>, arn: &str) -> Result<(), Outcome> {
    out.call(DESCRIBE_SERVICE);
    let answer = context
        .aws
        .apprunner
        .describe_service()
        .service_arn(arn)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE_SERVICE, error))?;
    let Some(it) = answer.service else {
        return Err(Outcome::absent("AWS answered without a service"));
    };
    let source = it.source_configuration.as_ref();
    let authentication = source.and_then(|it| it.authentication_configuration.as_ref());
    let image = source.and_then(|it| it.image_repository.as_ref());
    let code = source.and_then(|it| it.code_repository.as_ref());
    let instance = it.instance_configuration.as_ref();
    let egress = it
        .network_configuration
        .as_ref()
        .and_then(|it| it.egress_configuration.as_ref());
    let scaling = it.auto_scaling_configuration_summary.as_ref();
    out.push(Body::SiblingConfiguration(SiblingConfiguration {
        service_arn: arn.to_owned(),
        image: image.and_then(|it| text(&it.image_identifier)),
        repository_url: code.and_then(|it| text(&it.repository_url)),
        access_role_arn: text_of(authentication.and_then(|it| it.access_role_arn.as_ref())),
        connection_arn: text_of(authentication.and_then(|it| it.connection_arn.as_ref())),
        instance_role_arn: text_of(instance.and_then(|it| it.instance_role_arn.as_ref())),
        vpc_connector_arn: text_of(egress.and_then(|it| it.vpc_connector_arn.as_ref())),
        auto_scaling_configuration_arn: text_of(
            scaling.and_then(|it| it.auto_scaling_configuration_arn.as_ref()),
        ),
    }));
    Ok(())
}

/// What is asked of the others: everything since the oldest incident, and the last day anyway.
fn span(windows: &Windows) -> Interval {
    let oldest = windows.incidents.iter().map(|incident| incident.from).min();
    Interval {
        from: oldest.map_or(windows.recent.from, |from| from.min(windows.recent.from)),
        to: windows.recent.to,
    }
}

/// Every other service, sorted by ARN.
async fn services(
    out: &mut Out<'_>,
    context: &Context<'_>,
) -> Result<Vec<SiblingService>, Outcome> {
    let mut siblings = Vec::new();
    let mut pages = Pages::default();
    loop {
        out.call(LIST_SERVICES);
        let page = context
            .aws
            .apprunner
            .list_services()
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_SERVICES, error))?;
        for it in page.service_summary_list {
            let Some(arn) = text_of(it.service_arn.as_ref()) else {
                continue;
            };
            if arn == context.target.service_arn {
                continue;
            }
            let sibling = SiblingService {
                name: text_of(it.service_name.as_ref()).unwrap_or_default(),
                service_id: text_of(it.service_id.as_ref()),
                arn,
                status: ServiceStatus::from(text_of(it.status.as_ref()).unwrap_or_default()),
                created_at: time_of(it.created_at.as_ref()),
                updated_at: time_of(it.updated_at.as_ref()),
            };
            siblings.push(sibling.clone());
            out.push(Body::SiblingService(sibling));
        }
        if !pages.advance(page.next_token)? {
            siblings.sort_by(|a, b| a.arn.cmp(&b.arn));
            return Ok(siblings);
        }
    }
}

/// The operations of one service, newest first, until they are older than `span`, and whether it was
/// deployed within that.
async fn operations(
    out: &mut Out<'_>,
    context: &Context<'_>,
    arn: &str,
    span: Interval,
    how: &mut Option<Deployed>,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    for _ in 0..MOST_PAGES {
        out.call(LIST_OPERATIONS);
        let page = context
            .aws
            .apprunner
            .list_operations()
            .service_arn(arn)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_OPERATIONS, error))?;
        let mut oldest = None;
        for it in page.operation_summary_list.unwrap_or_default() {
            let Some(operation_id) = text_of(it.id.as_ref()) else {
                continue;
            };
            let started_at = time_of(it.started_at.as_ref());
            oldest = started_at.or(oldest);
            let ended_at = time_of(it.ended_at.as_ref());
            let operation_type =
                OperationType::from(text_of(it.r#type.as_ref()).unwrap_or_default());
            let status = OperationStatus::from(text_of(it.status.as_ref()).unwrap_or_default());
            let began_in = started_at.is_none_or(|it| it <= span.to);
            let ended_in = ended_at.or(started_at).is_none_or(|it| it >= span.from);
            if operation_type.deploys() && began_in && ended_in {
                let this = match status.failed() {
                    true => Deployed::Badly,
                    false => Deployed::Well,
                };
                *how = Some(how.map_or(this, |known| known.min(this)));
            }
            out.push(Body::SiblingOperation(SiblingOperation {
                service_arn: arn.to_owned(),
                operation_id,
                operation_type,
                status,
                started_at,
                ended_at,
                updated_at: time_of(it.updated_at.as_ref()),
            }));
        }
        let more = pages.advance(page.next_token);
        if more == Ok(false) {
            return Ok(());
        }
        if let Some(oldest) = oldest {
            if oldest < span.from {
                out.note(&format!(
                    "read back to the operation of {}",
                    oldest.format("%FT%TZ")
                ));
                return Ok(());
            }
            // Another operation of this very moment may be on the next page.
            out.covered(Interval {
                from: oldest + chrono::TimeDelta::milliseconds(1),
                to: span.to,
            });
        }
        more?;
    }
    let note = format!("stopped after {MOST_PAGES} pages of operations, newest first");
    Err(Outcome::noted(Status::Truncated, &note))
}
