//! The VPC ingress connections, by which a private service is reached.

use aws_sdk_apprunner::types::ListVpcIngressConnectionsFilter;
use evidence_schema::{Body, record::IngressConnection};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const LIST: &str = "apprunner:ListVpcIngressConnections";
const DESCRIBE: &str = "apprunner:DescribeVpcIngressConnection";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "ingress-connections",
    gives: "the VPC ingress connections of a private service",
    calls: &[
        call(LIST, "*"),
        call(DESCRIBE, "arn:aws:apprunner:*:*:vpcingressconnection/*"),
    ],
};

/// Lists the connections of the service and reads each. Only a private service can have one.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let Some(service) = context.service else {
        return Err(Outcome::not_asked("the service could not be described"));
    };
    if service.network.publicly_accessible != Some(false) {
        return Err(Outcome::not_asked("the service is public"));
    }
    out.begin(None);
    let filter = ListVpcIngressConnectionsFilter::builder()
        .service_arn(&service.arn)
        .build();
    let mut arns = Vec::new();
    let mut pages = Pages::default();
    loop {
        out.call(LIST);
        let page = context
            .aws
            .apprunner
            .list_vpc_ingress_connections()
            .filter(filter.clone())
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST, error))?;
        for it in page.vpc_ingress_connection_summary_list {
            arns.extend(text_of(it.vpc_ingress_connection_arn.as_ref()));
        }
        if !pages.advance(page.next_token)? {
            break;
        }
    }
    if arns.is_empty() {
        return Err(Outcome::absent("the private service has no way in"));
    }
    out.end(Ok(()));
    arns.sort_unstable();
    for arn in &arns {
        out.plan(Some(arn), &[]);
    }
    for arn in &arns {
        out.begin(Some(arn));
        let result = read(out, context, arn).await;
        out.end(result);
    }
    Ok(())
}

async fn read(out: &mut Out<'_>, context: &Context<'_>, arn: &str) -> Result<(), Outcome> {
    out.call(DESCRIBE);
    let answer = context
        .aws
        .apprunner
        .describe_vpc_ingress_connection()
        .vpc_ingress_connection_arn(arn)
        .send()
        .await
        .map_err(|error| status_of(DESCRIBE, error))?;
    let Some(it) = answer.vpc_ingress_connection else {
        return Err(Outcome::absent("AWS answered without a connection"));
    };
    let vpc = it.ingress_vpc_configuration;
    out.push(Body::IngressConnection(IngressConnection {
        arn: text_of(it.vpc_ingress_connection_arn.as_ref()).unwrap_or_else(|| arn.to_owned()),
        name: text_of(it.vpc_ingress_connection_name.as_ref()).unwrap_or_default(),
        status: text_of(it.status.as_ref()),
        domain_name: text_of(it.domain_name.as_ref()),
        vpc_id: vpc.as_ref().and_then(|vpc| text_of(vpc.vpc_id.as_ref())),
        vpc_endpoint_id: vpc.and_then(|vpc| text_of(vpc.vpc_endpoint_id.as_ref())),
        created_at: time_of(it.created_at.as_ref()),
        deleted_at: time_of(it.deleted_at.as_ref()),
    }));
    Ok(())
}
