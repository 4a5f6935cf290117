//! IAM: roles and policies. It is the same in every Region.

mod policy;
mod simulate;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    page::{self, Paging},
    query::percent_encode,
    request::Request,
    validate::{int, text},
};
use crate::account::{Policy, Role};

const fn paging(items: &'static [&'static str]) -> Option<Paging> {
    Some(Paging {
        token_in: "Marker",
        token_out: &["Marker"],
        items,
        more: Some("IsTruncated"),
    })
}

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "GetPolicy",
        members: &[text("PolicyArn", 20, 2048).required()],
        paging: None,
        answer: get_policy,
    },
    Served {
        operation: "GetPolicyVersion",
        members: &[
            text("PolicyArn", 20, 2048).required(),
            text("VersionId", 2, 64).required(),
        ],
        paging: None,
        answer: get_policy_version,
    },
    Served {
        operation: "GetRole",
        members: &[text("RoleName", 1, 64).required()],
        paging: None,
        answer: get_role,
    },
    Served {
        operation: "GetRolePolicy",
        members: &[
            text("RoleName", 1, 64).required(),
            text("PolicyName", 1, 128).required(),
        ],
        paging: None,
        answer: get_role_policy,
    },
    Served {
        operation: "ListAttachedRolePolicies",
        members: &[
            text("RoleName", 1, 64).required(),
            text("PathPrefix", 1, 512),
            text("Marker", 1, 320),
            int("MaxItems", 1, 1000),
        ],
        paging: paging(&["AttachedPolicies"]),
        answer: list_attached_role_policies,
    },
    Served {
        operation: "ListRolePolicies",
        members: &[
            text("RoleName", 1, 64).required(),
            text("Marker", 1, 320),
            int("MaxItems", 1, 1000),
        ],
        paging: paging(&["PolicyNames"]),
        answer: list_role_policies,
    },
    Served {
        operation: "SimulatePrincipalPolicy",
        members: simulate::MEMBERS,
        paging: paging(&["EvaluationResults"]),
        answer: simulate::simulate_principal_policy,
    },
];

fn get_role(request: &Request<'_>) -> Result<Answer, Failure> {
    let role = role(request)?;
    let last_used = match role.last_used_at {
        Some(time) => Out::map()
            .with("LastUsedDate", time)
            .with("Region", &request.account.region),
        None => Out::map(),
    };
    let boundary = role.boundary.as_ref().map(|arn| {
        Out::map()
            .with("PermissionsBoundaryType", "PermissionsBoundaryPolicy")
            .with("PermissionsBoundaryArn", arn)
    });
    let role = Out::map()
        .with("Path", &role.path)
        .with("RoleName", &role.name)
        .with("RoleId", &role.id)
        .with("Arn", &role.arn)
        .with("CreateDate", role.created_at)
        .with(
            "AssumeRolePolicyDocument",
            percent_encode(&role.trust_policy),
        )
        .with("MaxSessionDuration", 3600)
        .with_some("PermissionsBoundary", boundary)
        .with("RoleLastUsed", last_used);
    Ok(Out::map().with("Role", role).into())
}

fn list_attached_role_policies(request: &Request<'_>) -> Result<Answer, Failure> {
    let attached = &role(request)?.attached;
    let (range, next) = page::slice(request, attached.len(), "MaxItems", 100)?;
    let policies = Out::list(&attached[range], |(arn, name)| {
        Out::map().with("PolicyName", name).with("PolicyArn", arn)
    });
    Ok(Answer {
        out: Out::map()
            .with("AttachedPolicies", policies)
            .with("IsTruncated", next.is_some()),
        next,
    })
}

fn list_role_policies(request: &Request<'_>) -> Result<Answer, Failure> {
    let inline = &role(request)?.inline;
    let (range, next) = page::slice(request, inline.len(), "MaxItems", 100)?;
    let names = Out::list(&inline[range], |(name, _)| Out::from(name));
    Ok(Answer {
        out: Out::map()
            .with("PolicyNames", names)
            .with("IsTruncated", next.is_some()),
        next,
    })
}

fn get_role_policy(request: &Request<'_>) -> Result<Answer, Failure> {
    let role = role(request)?;
    let wanted = request.required("PolicyName");
    let (name, document) = role
        .inline
        .iter()
        .find(|(name, _)| name == wanted)
        .ok_or_else(|| {
            no_such_entity(format!(
                "The role policy with name {wanted} cannot be found."
            ))
        })?;
    Ok(Out::map()
        .with("RoleName", &role.name)
        .with("PolicyName", name)
        .with("PolicyDocument", percent_encode(document))
        .into())
}

fn get_policy(request: &Request<'_>) -> Result<Answer, Failure> {
    let policy = policy(request)?;
    let attachments = request
        .account
        .roles
        .iter()
        .flat_map(|role| &role.attached)
        .filter(|(arn, _)| *arn == policy.arn)
        .count();
    let path = policy
        .arn
        .split_once(":policy/")
        .and_then(|(_, path)| path.strip_suffix(&policy.name))
        .unwrap_or_default();
    let policy = Out::map()
        .with("PolicyName", &policy.name)
        .with("PolicyId", &policy.id)
        .with("Arn", &policy.arn)
        .with("Path", format!("/{path}"))
        .with("DefaultVersionId", Policy::VERSION)
        .with("AttachmentCount", attachments as i64)
        .with("PermissionsBoundaryUsageCount", 0)
        .with("IsAttachable", true)
        .with("CreateDate", policy.created_at)
        .with("UpdateDate", policy.created_at);
    Ok(Out::map().with("Policy", policy).into())
}

fn get_policy_version(request: &Request<'_>) -> Result<Answer, Failure> {
    let policy = policy(request)?;
    let version = request.required("VersionId");
    if version != Policy::VERSION {
        return Err(no_such_entity(format!(
            "Policy {} version {version} does not exist or is not attachable.",
            policy.arn
        )));
    }
    let version = Out::map()
        .with("Document", percent_encode(&policy.document))
        .with("VersionId", Policy::VERSION)
        .with("IsDefaultVersion", true)
        .with("CreateDate", policy.created_at);
    Ok(Out::map().with("PolicyVersion", version).into())
}

fn role<'a>(request: &Request<'a>) -> Result<&'a Role, Failure> {
    let name = request.required("RoleName");
    request
        .account
        .roles
        .iter()
        .find(|role| role.name == name)
        .ok_or_else(|| no_such_entity(format!("The role with name {name} cannot be found.")))
}

fn policy<'a>(request: &Request<'a>) -> Result<&'a Policy, Failure> {
    let arn = request.required("PolicyArn");
    request
        .account
        .policies
        .iter()
        .find(|policy| policy.arn == arn)
        .ok_or_else(|| no_such_entity(format!("Policy {arn} was not found.")))
}

fn no_such_entity(message: String) -> Failure {
    Failure::new("NoSuchEntity", message).status(404)
}
