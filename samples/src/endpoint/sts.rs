//! STS.

use super::{
    Served,
    answer::{Answer, Failure, Out},
    request::Request,
};
use crate::account::id;

pub(super) const SERVED: &[Served] = &[Served {
    operation: "GetCallerIdentity",
    members: &[],
    paging: None,
    answer: get_caller_identity,
}];

fn get_caller_identity(request: &Request<'_>) -> Result<Answer, Failure> {
    let account = request.account;
    let session = account.caller.rsplit('/').next().unwrap_or_default();
    let user_id = if account.caller.contains(":assumed-role/") {
        let role = account.caller.rsplit('/').nth(1).unwrap_or_default();
        format!("{}:{session}", id::iam("AROA", &[role]))
    } else {
        id::iam("AIDA", &[&account.caller])
    };
    Ok(Out::map()
        .with("UserId", user_id)
        .with("Account", &account.id)
        .with("Arn", &account.caller)
        .into())
}
