//! Who collects.

use evidence_schema::{Body, Status, record::Identity};

use super::{Call, Source};
use crate::{
    aws::Aws,
    convert::text_of,
    ledger::Out,
    status::{Outcome, status_of},
};

const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "identity",
    gives: "the account and the principal that collects",
    calls: &[Call {
        action: GET_CALLER_IDENTITY,
        resource: None,
    }],
};

/// Asks AWS who we are. This is the first call of a collection: it also gives AWS's clock, and
/// tells soon whether AWS can be reached.
pub(crate) async fn ask(aws: &Aws) -> Result<Identity, Outcome> {
    let quick = aws_sdk_sts::config::Config::builder()
        .retry_config(aws.first_call.retries())
        .timeout_config(aws.first_call.timeouts());
    let answer = aws
        .sts
        .get_caller_identity()
        .customize()
        .config_override(quick)
        .send()
        .await
        .map_err(|error| status_of(GET_CALLER_IDENTITY, error))?;
    let member = |value| text_of(value).unwrap_or_default();
    match text_of(answer.arn.as_ref()) {
        Some(arn) => Ok(Identity {
            account: member(answer.account.as_ref()),
            arn,
            user_id: member(answer.user_id.as_ref()),
        }),
        None => Err(Outcome::noted(
            Status::Failed,
            "AWS answered without an ARN",
        )),
    }
}

/// Keeps the answer.
pub(crate) fn keep(out: &mut Out<'_>, answer: Result<Identity, Outcome>) {
    out.call(GET_CALLER_IDENTITY);
    let result = answer.map(|identity| out.push(Body::Identity(identity)));
    out.close(result);
}
