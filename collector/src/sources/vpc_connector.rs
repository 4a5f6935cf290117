//! The VPC connector, through which the application reaches everything when it has one.

use evidence_schema::{Body, record::VpcConnector};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    status::{Outcome, status_of},
};

const DESCRIBE: &str = "apprunner:DescribeVpcConnector";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "vpc-connector",
    gives: "the VPC connector of the service with its subnets and security groups",
    calls: &[call(DESCRIBE, "arn:aws:apprunner:*:*:vpcconnector/*")],
};

/// Reads the connector that the service names.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(service) = context.service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    let Some(arn) = service.network.vpc_connector_arn.as_deref() else {
        return Err(Outcome::not_asked("the service uses no VPC connector"));
    };
    out.begin(Some(arn));
    out.call(DESCRIBE);
    let answer = context
        .aws
        .apprunner
        .describe_vpc_connector()
        .vpc_connector_arn(arn)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE, error))?;
    let Some(it) = answer.vpc_connector else {
        return Err(Outcome::absent("AWS answered without a connector"));
    };
    let mut subnets = it.subnets.unwrap_or_default();
    let mut security_groups = it.security_groups.unwrap_or_default();
    subnets.sort_unstable();
    security_groups.sort_unstable();
    context.leads.through(&subnets);
    context.leads.through(&security_groups);
    out.push(Body::VpcConnector(VpcConnector {
        arn: text_of(it.vpc_connector_arn.as_ref()).unwrap_or_else(|| arn.to_owned()),
        name: text_of(it.vpc_connector_name.as_ref()).unwrap_or_default(),
        // Revisions count from 1; the SDK puts 0 where AWS sent nothing.
        revision: Some(it.vpc_connector_revision).filter(|revision| *revision > 0),
        subnets,
        security_groups,
        status: text_of(it.status.as_ref()),
        created_at: time_of(it.created_at.as_ref()),
        deleted_at: time_of(it.deleted_at.as_ref()),
    }));
    Ok(())
}
