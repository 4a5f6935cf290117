//! STS.

use chrono::TimeDelta;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    request::Request,
    validate::{int, text},
};
use crate::account::id;

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "AssumeRole",
        members: &[
            text("RoleArn", 20, 2048).required(),
            text("RoleSessionName", 2, 64).required(),
            text("ExternalId", 2, 1224),
            int("DurationSeconds", 900, 43_200),
        ],
        paging: None,
        answer: assume_role,
    },
    Served {
        operation: "GetCallerIdentity",
        members: &[],
        paging: None,
        answer: get_caller_identity,
    },
];

/// Gives the keys of any role, which are good for everything as all keys are here.
fn assume_role(request: &Request<'_>) -> Result<Answer, Failure> {
    let arn = request.required("RoleArn");
    let session = request.required("RoleSessionName");
    let (account, role) = arn
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split_once(":role/"))
        .ok_or_else(|| Failure::new("ValidationError", format!("{arn} is invalid")))?;
    let role = role.rsplit('/').next().unwrap_or_default();
    Ok(Out::map()
        .with(
            "Credentials",
            Out::map()
                .with("AccessKeyId", id::iam("ASIA", &[arn, session]))
                .with("SecretAccessKey", id::hex(40, &[arn, session, "secret"]))
                .with("SessionToken", id::hex(64, &[arn, session, "token"]))
                .with("Expiration", request.account.now + TimeDelta::hours(1)),
        )
        .with(
            "AssumedRoleUser",
            Out::map()
                .with(
                    "AssumedRoleId",
                    format!("{}:{session}", id::iam("AROA", &[role])),
                )
                .with(
                    "Arn",
                    format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
                ),
        )
        .into())
}

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
