//! The roles that App Runner itself works with in the account.

use evidence_schema::{Body, record::ServiceLinkedRole};

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text, time, time_of},
    ledger::Out,
    status::{Outcome, status_of},
};

const GET_ROLE: &str = "iam:GetRole";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "service-linked-roles",
    gives: "whether the roles that App Runner itself works with exist",
    calls: &[call(GET_ROLE, "arn:aws:iam::*:role/*")],
};

/// Writes the logs, and starts deployments when an image is pushed.
const MAIN: &str = "AWSServiceRoleForAppRunner";

/// Makes the network interfaces of VPC connectors and private endpoints.
const NETWORKING: &str = "AWSServiceRoleForAppRunnerNetworking";

/// Asks for each role by its name. The second one exists only where something uses a VPC.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    out.plan(Some(MAIN), &[]);
    out.plan(Some(NETWORKING), &[]);
    out.begin(Some(MAIN));
    let result = read(out, context, MAIN).await;
    out.end(result);
    let uses_vpc = context.service.is_some_and(|service| {
        let network = &service.network;
        network.vpc_connector_arn.is_some() || network.publicly_accessible == Some(false)
    });
    if uses_vpc {
        out.begin(Some(NETWORKING));
        let result = read(out, context, NETWORKING).await;
        out.end(result);
    } else {
        let note = match context.service {
            Some(_) => "the service has nothing to do with a VPC",
            None => "the service could not be described",
        };
        out.skip(Some(NETWORKING), Outcome::not_asked(note));
    }
    Ok(())
}

async fn read(out: &mut Out<'_>, context: &Context<'_>, name: &str) -> Result<(), Outcome> {
    out.call(GET_ROLE);
    let answer = context
        .aws
        .iam
        .get_role()
        .role_name(name)
        .send()
        .await
        .map_err(|error| status_of(GET_ROLE, error))?;
    let Some(it) = answer.role else {
        return Err(Outcome::absent("AWS answered without a role"));
    };
    out.push(Body::ServiceLinkedRole(ServiceLinkedRole {
        arn: text(&it.arn).unwrap_or_default(),
        name: text(&it.role_name).unwrap_or_else(|| name.to_owned()),
        created_at: time(&it.create_date),
        last_used_at: it
            .role_last_used
            .and_then(|used| time_of(used.last_used_date.as_ref())),
    }));
    Ok(())
}
