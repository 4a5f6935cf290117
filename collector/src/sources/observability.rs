//! The observability configuration: whether and by whom the application is traced.

use evidence_schema::{Body, record::ObservabilityConfiguration};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text, text_of, time_of},
    ledger::Out,
    status::{Outcome, status_of},
};

const DESCRIBE: &str = "apprunner:DescribeObservabilityConfiguration";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "observability",
    gives: "the observability configuration of the service",
    calls: &[call(
        DESCRIBE,
        "arn:aws:apprunner:*:*:observabilityconfiguration/*",
    )],
};

/// Reads the configuration that the service names.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(service) = context.service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    let named = service.observability.as_ref();
    let Some(arn) = named.and_then(|it| it.configuration_arn.as_deref()) else {
        return Err(Outcome::not_asked(
            "the service names no observability configuration",
        ));
    };
    out.begin(Some(arn));
    out.call(DESCRIBE);
    let answer = context
        .aws
        .apprunner
        .describe_observability_configuration()
        .observability_configuration_arn(arn)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE, error))?;
    let Some(it) = answer.observability_configuration else {
        return Err(Outcome::absent("AWS answered without a configuration"));
    };
    out.push(Body::ObservabilityConfiguration(
        ObservabilityConfiguration {
            arn: text_of(it.observability_configuration_arn.as_ref())
                .unwrap_or_else(|| arn.to_owned()),
            name: text_of(it.observability_configuration_name.as_ref()).unwrap_or_default(),
            // Revisions count from 1; the SDK puts 0 where AWS sent nothing.
            revision: Some(it.observability_configuration_revision)
                .filter(|revision| *revision > 0),
            trace_vendor: it
                .trace_configuration
                .and_then(|trace| text(trace.vendor.as_str())),
            status: text_of(it.status.as_ref()),
            created_at: time_of(it.created_at.as_ref()),
            deleted_at: time_of(it.deleted_at.as_ref()),
        },
    ));
    Ok(())
}
