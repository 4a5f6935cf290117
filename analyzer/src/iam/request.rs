//! What is asked: may this principal do this action on this resource, in this context?

use super::{
    arn::Arn,
    context::{Context, Presence},
    principal::Principal,
};

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The action, such as `ecr:BatchGetImage`.
    pub action: String,
    /// The ARN of the resource, or `*` for an action that has none.
    pub resource: String,
    /// The account that the resource belongs to.
    pub owner: String,
    /// What is known of the condition keys.
    pub context: Context,
    /// The action in lower case: actions do not care for case.
    pub(super) folded: String,
}

impl Request {
    /// A request; the owner of a resource whose ARN names no account is the principal's account.
    pub fn new(principal: Principal, action: &str, resource: &str, context: Context) -> Self {
        let owner = Arn::parse(resource)
            .map(|arn| arn.account)
            .filter(|account| !account.is_empty())
            .or_else(|| principal.account())
            .unwrap_or_default()
            .to_owned();
        Self {
            principal,
            action: action.to_owned(),
            resource: resource.to_owned(),
            owner,
            context,
            folded: action.to_ascii_lowercase(),
        }
    }

    /// The service that the action belongs to.
    pub fn service(&self) -> &str {
        self.folded.split(':').next().unwrap_or_default()
    }

    /// Whether the principal is of another account than the resource. A service is of none.
    pub fn is_cross_account(&self) -> bool {
        self.principal
            .account()
            .is_some_and(|account| account != self.owner)
    }

    /// Whether it is a role that is to be assumed.
    pub fn assumes_role(&self) -> bool {
        self.folded.starts_with("sts:assumerole")
    }

    /// Whether nobody gets at the resource unless its own policy says so: a role by its trust
    /// policy, a key by its key policy. Elsewhere the policies of the principal are enough.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
    pub fn needs_resource_policy(&self) -> bool {
        let key = Arn::parse(&self.resource)
            .is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("key/"));
        key || self.assumes_role()
    }

    /// Adds the condition keys whose values follow from who asks and for what, where nothing else is
    /// known of them.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    #[must_use]
    pub fn with_own_keys(mut self) -> Self {
        let known = |value: &str| Presence::Known(vec![value.to_owned()]);
        let context = &mut self.context;
        match &self.principal {
            Principal::Service { name } => {
                context.set_default("aws:PrincipalIsAWSService", known("true"));
                context.set_default("aws:PrincipalServiceName", known(name));
                for key in [
                    "aws:PrincipalArn",
                    "aws:PrincipalAccount",
                    "aws:PrincipalOrgID",
                    "aws:PrincipalOrgPaths",
                    "aws:username",
                    "aws:userid",
                ] {
                    context.set_default(key, Presence::Absent);
                }
            }
            principal => {
                context.set_default("aws:PrincipalIsAWSService", known("false"));
                context.set_default("aws:PrincipalServiceName", Presence::Absent);
                context.set_default("aws:PrincipalServiceNamesList", Presence::Absent);
                if let Some(account) = principal.account() {
                    context.set_default("aws:PrincipalAccount", known(account));
                }
                match principal {
                    // Of a session the key has the ARN of the role.
                    Principal::Role { arn, .. } | Principal::Session { role: arn, .. } => {
                        context.set_default("aws:PrincipalArn", known(arn));
                        context.set_default("aws:PrincipalType", known("AssumedRole"));
                        context.set_default("aws:username", Presence::Absent);
                    }
                    Principal::User { arn, .. } => {
                        context.set_default("aws:PrincipalArn", known(arn));
                        context.set_default("aws:PrincipalType", known("User"));
                        if let Some(arn) = Arn::parse(arn) {
                            context.set_default("aws:username", known(arn.name()));
                        }
                    }
                    Principal::Root { account } => {
                        let arn = format!("arn:aws:iam::{account}:root");
                        context.set_default("aws:PrincipalArn", known(&arn));
                        context.set_default("aws:PrincipalType", known("Account"));
                        context.set_default("aws:userid", known(account));
                        context.set_default("aws:username", Presence::Absent);
                    }
                    Principal::Service { .. } => {}
                }
            }
        }
        if Arn::parse(&self.resource).is_some() {
            context.set_default("aws:ResourceAccount", known(&self.owner));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::context::Rest;

    #[test]
    fn a_request_knows_who_owns_the_resource_and_what_follows_from_the_principal() {
        let role = Principal::Role {
            arn: "arn:aws:iam::111122223333:role/Pull".to_owned(),
            id: None,
        };
        let ask = |resource| {
            let context = Context::new(Rest::Unknown);
            Request::new(role.clone(), "ecr:BatchGetImage", resource, context).with_own_keys()
        };
        let own = ask("*");
        assert!(!own.is_cross_account());
        assert_eq!(own.owner, "111122223333");
        let foreign = ask("arn:aws:ecr:us-east-1:444455556666:repository/web");
        assert!(foreign.is_cross_account());
        assert_eq!(
            foreign.context.get("aws:principalarn"),
            &Presence::Known(vec!["arn:aws:iam::111122223333:role/Pull".to_owned()])
        );
        assert_eq!(foreign.context.get("aws:username"), &Presence::Absent);
        assert_eq!(foreign.context.get("aws:sourcevpc"), &Presence::Unknown);
    }
}
