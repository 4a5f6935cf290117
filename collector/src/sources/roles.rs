//! The access role and the instance role, with their policies.

use evidence_schema::{
    Body, Status,
    record::{Policy, Role, RoleUse},
};
use percent_encoding::percent_decode_str;

use super::{Source, call};
use crate::{
    collect::Context,
    convert::{text, text_of, time, time_of},
    leads::Leads,
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

pub(crate) const GET_ROLE: &str = "iam:GetRole";
pub(crate) const LIST_ATTACHED: &str = "iam:ListAttachedRolePolicies";
pub(crate) const GET_POLICY: &str = "iam:GetPolicy";
pub(crate) const GET_POLICY_VERSION: &str = "iam:GetPolicyVersion";
pub(crate) const LIST_INLINE: &str = "iam:ListRolePolicies";
pub(crate) const GET_INLINE: &str = "iam:GetRolePolicy";

pub(crate) const ROLES: &str = "arn:aws:iam::*:role/*";
pub(crate) const POLICIES: &str = "arn:aws:iam::*:policy/*";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "roles",
    gives: "the access role and the instance role, their trust, their policies and their boundary",
    calls: &[
        call(GET_ROLE, ROLES),
        call(LIST_ATTACHED, ROLES),
        call(GET_POLICY, POLICIES),
        call(GET_POLICY_VERSION, POLICIES),
        call(LIST_INLINE, ROLES),
        call(GET_INLINE, ROLES),
    ],
};

/// The roles that a service uses, and what for; one entry for a role that is used as both.
pub(crate) fn used(context: &Context<'_>) -> Vec<(String, Vec<RoleUse>)> {
    let Some(service) = context.service else {
        return Vec::new();
    };
    let mut roles: Vec<(String, Vec<RoleUse>)> = Vec::new();
    for (arn, purpose) in [
        (&service.source.access_role_arn, RoleUse::Access),
        (&service.instance.role_arn, RoleUse::Instance),
    ] {
        let Some(arn) = arn else {
            continue;
        };
        match roles.iter_mut().find(|(known, _)| known == arn) {
            Some((_, purposes)) => purposes.push(purpose),
            None => roles.push((arn.clone(), vec![purpose])),
        }
    }
    roles
}

/// The name in the ARN of a role, which is what IAM asks for.
pub(crate) fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Reads each role. A part that is denied does not cost the others.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    if context.service.is_none() {
        return Err(Outcome::not_asked("the service could not be described"));
    }
    let roles = used(context);
    if roles.is_empty() {
        return Err(Outcome::not_asked("the service uses no role"));
    }
    for (arn, _) in &roles {
        out.plan(Some(arn), &[]);
    }
    for (arn, used_as) in roles {
        out.begin(Some(&arn));
        let result = read(out, &context.aws.iam, &context.leads, &arn, used_as).await;
        out.end(result);
    }
    Ok(())
}

/// The first trouble with a role, and the permissions that were missing besides.
#[derive(Default)]
struct Troubles {
    first: Option<Outcome>,
    permissions: Vec<String>,
}

impl Troubles {
    fn add(&mut self, outcome: Outcome) {
        if let Some(permission) = &outcome.permission
            && !self.permissions.contains(permission)
        {
            self.permissions.push(permission.clone());
        }
        self.first.get_or_insert(outcome);
    }

    fn into_result(self) -> Result<(), Outcome> {
        let Some(first) = self.first else {
            return Ok(());
        };
        if self.permissions.len() < 2 {
            return Err(first);
        }
        let note = format!("missing permissions: {}", self.permissions.join(", "));
        Err(first.with_note(&note))
    }
}

/// Reads a role of this ARN. One that is only known by a session lacks the path of the role, which IAM
/// tells.
pub(crate) async fn read(
    out: &mut Out<'_>,
    iam: &aws_sdk_iam::Client,
    leads: &Leads,
    arn: &str,
    used_as: Vec<RoleUse>,
) -> Result<(), Outcome> {
    let name = name_of(arn);
    let mut troubles = Troubles::default();
    let mut role = Role {
        arn: arn.to_owned(),
        name: name.to_owned(),
        role_id: None,
        used_as,
        created_at: None,
        last_used_at: None,
        trust_policy: None,
        permissions_boundary_arn: None,
        permissions_boundary: None,
        attached_policies: Vec::new(),
        inline_policies: Vec::new(),
    };
    out.call(GET_ROLE);
    let answer = iam.get_role().role_name(name).send().await;
    let mut seen = false;
    match answer.map_err(|error| status_of(GET_ROLE, error)) {
        Ok(answer) => {
            seen = true;
            if let Some(it) = answer.role {
                role.role_id = text(&it.role_id);
                if role.used_as == [RoleUse::Deployer] {
                    role.arn = text(&it.arn).unwrap_or(role.arn);
                }
                role.created_at = time(&it.create_date);
                role.last_used_at = it
                    .role_last_used
                    .and_then(|used| time_of(used.last_used_date.as_ref()));
                role.trust_policy = it.assume_role_policy_document.as_deref().map(decoded);
                role.permissions_boundary_arn = it
                    .permissions_boundary
                    .and_then(|boundary| text_of(boundary.permissions_boundary_arn.as_ref()));
            }
        }
        Err(outcome) if outcome.status == Status::Absent => return Err(outcome),
        Err(outcome) => troubles.add(outcome),
    }
    match attached(out, iam, name, &mut role.attached_policies, &mut troubles).await {
        Ok(()) => seen = true,
        Err(outcome) => troubles.add(outcome),
    }
    match inline(out, iam, name, &mut role.inline_policies, &mut troubles).await {
        Ok(()) => seen = true,
        Err(outcome) => troubles.add(outcome),
    }
    if let Some(arn) = role.permissions_boundary_arn.clone() {
        leads.policy(&arn);
        let document = match document(out, iam, &arn).await {
            Ok(document) => document,
            Err(outcome) if outcome.status == Status::Absent => {
                out.note(&format!("the permissions boundary {arn} does not exist"));
                None
            }
            Err(outcome) => {
                troubles.add(outcome);
                None
            }
        };
        role.permissions_boundary = Some(Policy {
            name: name_of(&arn).to_owned(),
            arn: Some(arn),
            document,
        });
    }
    // AWS promises no order for either list.
    role.attached_policies.sort_by(|a, b| a.arn.cmp(&b.arn));
    role.inline_policies.sort_by(|a, b| a.name.cmp(&b.name));
    for policy in &role.attached_policies {
        if let Some(arn) = &policy.arn {
            leads.policy(arn);
        }
    }
    if seen {
        out.push(Body::Role(role));
    }
    troubles.into_result()
}

async fn attached(
    out: &mut Out<'_>,
    iam: &aws_sdk_iam::Client,
    role: &str,
    policies: &mut Vec<Policy>,
    troubles: &mut Troubles,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(LIST_ATTACHED);
        let page = iam
            .list_attached_role_policies()
            .role_name(role)
            .set_marker(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_ATTACHED, error))?;
        for it in page.attached_policies.unwrap_or_default() {
            let arn = text_of(it.policy_arn.as_ref());
            let document = match &arn {
                Some(arn) => match document(out, iam, arn).await {
                    Ok(document) => document,
                    Err(outcome) if outcome.status == Status::Absent => {
                        out.note(&format!("the attached policy {arn} does not exist"));
                        None
                    }
                    Err(outcome) => {
                        troubles.add(outcome);
                        None
                    }
                },
                None => None,
            };
            policies.push(Policy {
                name: text_of(it.policy_name.as_ref()).unwrap_or_default(),
                arn,
                document,
            });
        }
        if !pages.advance(page.marker)? {
            return Ok(());
        }
    }
}

async fn document(
    out: &mut Out<'_>,
    iam: &aws_sdk_iam::Client,
    arn: &str,
) -> Result<Option<String>, Outcome> {
    out.call(GET_POLICY);
    let policy = iam
        .get_policy()
        .policy_arn(arn)
        .send()
        .await
        .map_err(|error| status_of(GET_POLICY, error))?;
    let Some(version) = policy.policy.and_then(|policy| policy.default_version_id) else {
        return Ok(None);
    };
    out.call(GET_POLICY_VERSION);
    let answer = iam
        .get_policy_version()
        .policy_arn(arn)
        .version_id(version)
        .send()
        .await
        .map_err(|error| status_of(GET_POLICY_VERSION, error))?;
    Ok(answer
        .policy_version
        .and_then(|version| version.document)
        .as_deref()
        .map(decoded))
}

async fn inline(
    out: &mut Out<'_>,
    iam: &aws_sdk_iam::Client,
    role: &str,
    policies: &mut Vec<Policy>,
    troubles: &mut Troubles,
) -> Result<(), Outcome> {
    let mut pages = Pages::default();
    loop {
        out.call(LIST_INLINE);
        let page = iam
            .list_role_policies()
            .role_name(role)
            .set_marker(pages.token())
            .send()
            .await
            .map_err(|error| status_of(LIST_INLINE, error))?;
        for name in page.policy_names {
            out.call(GET_INLINE);
            let answer = iam
                .get_role_policy()
                .role_name(role)
                .policy_name(&name)
                .send()
                .await;
            let document = match answer.map_err(|error| status_of(GET_INLINE, error)) {
                Ok(answer) => text(&answer.policy_document).as_deref().map(decoded),
                Err(outcome) => {
                    troubles.add(outcome);
                    None
                }
            };
            policies.push(Policy {
                name,
                arn: None,
                document,
            });
        }
        if !pages.advance(page.marker)? {
            return Ok(());
        }
    }
}

/// IAM percent-encodes documents, and the Rust SDK hands them over as they came.
fn decoded(document: &str) -> String {
    percent_decode_str(document)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_and_names_taken_from_the_path() {
        assert_eq!(
            decoded("%7B%22Version%22%3A%222012-10-17%22%7D"),
            "{\"Version\":\"2012-10-17\"}"
        );
        assert_eq!(
            name_of("arn:aws:iam::111122223333:role/service-role/Pull"),
            "Pull"
        );
    }

    #[test]
    fn every_missing_permission_is_told() {
        let denied = |action: &str| Outcome {
            permission: Some(action.to_owned()),
            ..Outcome::noted(Status::Denied, "")
        };
        let mut troubles = Troubles::default();
        troubles.add(denied(GET_POLICY));
        troubles.add(denied(GET_POLICY));
        assert_eq!(troubles.permissions.len(), 1);
        troubles.add(denied(GET_INLINE));
        let outcome = troubles.into_result().expect_err("two are missing");
        assert_eq!(outcome.permission.as_deref(), Some(GET_POLICY));
        assert_eq!(
            outcome.note.as_deref(),
            Some("missing permissions: iam:GetPolicy, iam:GetRolePolicy")
        );
    }
}
