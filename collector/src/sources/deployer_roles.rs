//! The roles with which somebody called for a deployment and was refused: whether they may pass the
//! roles of the service is judged by their policies.

use std::collections::BTreeSet;

use evidence_schema::{manifest::Target, record::RoleUse};

use super::{
    Source, call,
    roles::{
        self, GET_INLINE, GET_POLICY, GET_POLICY_VERSION, GET_ROLE, LIST_ATTACHED, LIST_INLINE,
    },
};
use crate::{
    callers::{Caller, Callers},
    collect::Context,
    ledger::Out,
    status::Outcome,
};

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "deployer-roles",
    gives: "the roles whose calls for a deployment were refused for want of a permission, like the \
            roles of the service",
    calls: &[
        call(GET_ROLE, roles::ROLES),
        call(LIST_ATTACHED, roles::ROLES),
        call(GET_POLICY, roles::POLICIES),
        call(GET_POLICY_VERSION, roles::POLICIES),
        call(LIST_INLINE, roles::ROLES),
        call(GET_INLINE, roles::ROLES),
    ],
};

/// So many roles are read, those that were refused last.
const MOST_ROLES: usize = 3;

/// Reads each role of the account that was refused.
pub(crate) async fn collect(
    out: &mut Out<'_>,
    context: &Context<'_>,
    callers: &Callers,
) -> Result<(), Outcome> {
    let callers = callers.all();
    if callers.is_empty() {
        let note = "no call for the service, of those that were read, was refused for want of a \
                    permission";
        return Err(Outcome::not_asked(note));
    }
    let used: BTreeSet<String> = roles::used(context)
        .iter()
        .map(|(arn, _)| roles::name_of(arn).to_owned())
        .collect();
    let mut read: BTreeSet<String> = BTreeSet::new();
    for caller in &callers {
        let name = match role_of(context.target, caller) {
            Ok(name) => name,
            Err(why) => {
                out.skip(Some(&caller.principal), Outcome::not_asked(why));
                continue;
            }
        };
        let arn = format!(
            "arn:{}:iam::{}:role/{name}",
            partition(&caller.principal),
            context.target.account
        );
        // Another session of the same role.
        if read.contains(&arn) {
            continue;
        }
        if used.contains(name) {
            let note = "the service uses the role itself, so it is among the roles";
            out.skip(Some(&arn), Outcome::not_asked(note));
            continue;
        }
        if read.len() == MOST_ROLES {
            let note = format!("the {MOST_ROLES} roles that were refused last were read");
            out.skip(Some(&arn), Outcome::not_asked(&note));
            continue;
        }
        read.insert(arn.clone());
        out.begin(Some(&arn));
        let used_as = vec![RoleUse::Deployer];
        let result = roles::read(out, &context.aws.iam, &context.leads, &arn, used_as).await;
        out.end(result);
    }
    Ok(())
}

/// The name of the role with which somebody called.
fn role_of<'a>(target: &Target, caller: &'a Caller) -> Result<&'a str, &'static str> {
    let mut parts = caller.principal.split(':').skip(4);
    let (account, resource) = (parts.next(), parts.next().unwrap_or_default());
    let session = resource
        .strip_prefix("assumed-role/")
        .and_then(|rest| rest.split_once('/'));
    match session {
        Some(_) if account != Some(&target.account) => {
            Err("the role belongs to another account, whose policies only that account can ask")
        }
        Some((name, _)) if !name.is_empty() => Ok(name),
        _ if caller.kind.as_deref() == Some("Root") => {
            Err("the root of the account called, which has no policies")
        }
        _ if resource.starts_with("user/") => {
            Err("a user called, and the policies of users are not collected")
        }
        _ => Err("whoever called is no role"),
    }
}

fn partition(arn: &str) -> &str {
    arn.split(':').nth(1).unwrap_or("aws")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn only_roles_of_the_account_are_read() {
        let target = Target {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            service_name: "shop".to_owned(),
            service_id: "a".to_owned(),
            service_arn: "arn:shop".to_owned(),
        };
        let role = |principal: &str, kind: &str| {
            let caller = Caller {
                principal: principal.to_owned(),
                kind: Some(kind.to_owned()),
                refused: DateTime::from_timestamp(0, 0).expect("a time"),
            };
            role_of(&target, &caller).map(str::to_owned)
        };
        let session = |account: &str| format!("arn:aws:sts::{account}:assumed-role/Deployer/ci");
        assert_eq!(
            role(&session("111122223333"), "AssumedRole").as_deref(),
            Ok("Deployer")
        );
        let why = |principal: &str, kind: &str| role(principal, kind).expect_err("no role");
        assert!(why(&session("444455556666"), "AssumedRole").contains("another account"));
        assert!(why("arn:aws:iam::111122223333:user/anna", "IAMUser").contains("user"));
        assert!(why("arn:aws:iam::111122223333:root", "Root").contains("root"));
        assert!(why("codepipeline.amazonaws.com", "AWSService").contains("no role"));
    }
}
