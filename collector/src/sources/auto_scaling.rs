//! The auto scaling configuration. App Runner doubles the instances while it deploys.

use evidence_schema::{Body, record::AutoScaling};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    status::{Outcome, status_of},
};

const DESCRIBE: &str = "apprunner:DescribeAutoScalingConfiguration";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "auto-scaling",
    gives: "the auto scaling configuration of the service",
    calls: &[call(
        DESCRIBE,
        "arn:aws:apprunner:*:*:autoscalingconfiguration/*",
    )],
};

/// Reads the configuration that the service names.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(service) = context.service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    let Some(arn) = service.auto_scaling_configuration_arn.as_deref() else {
        return Err(Outcome::not_asked(
            "the service names no auto scaling configuration",
        ));
    };
    out.begin(Some(arn));
    out.call(DESCRIBE);
    let answer = context
        .aws
        .apprunner
        .describe_auto_scaling_configuration()
        .auto_scaling_configuration_arn(arn)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE, error))?;
    let Some(it) = answer.auto_scaling_configuration else {
        return Err(Outcome::absent("AWS answered without a configuration"));
    };
    out.push(Body::AutoScaling(AutoScaling {
        arn: text_of(it.auto_scaling_configuration_arn.as_ref()).unwrap_or_else(|| arn.to_owned()),
        name: text_of(it.auto_scaling_configuration_name.as_ref()).unwrap_or_default(),
        revision: it.auto_scaling_configuration_revision,
        status: text_of(it.status.as_ref()),
        max_concurrency: it.max_concurrency,
        min_size: it.min_size,
        max_size: it.max_size,
        created_at: time_of(it.created_at.as_ref()),
    }));
    Ok(())
}
