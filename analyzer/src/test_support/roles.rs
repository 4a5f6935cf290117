//! Roles, and what they are for: a repository, secrets.

use std::collections::BTreeMap;

use evidence_schema::{
    Body, Status,
    record::{Policy, Repository, Role, RoleUse, Secret},
};
use serde_json::json;

use super::{ACCESS, INSTANCE, SECRET, Sample};

impl Sample {
    /// The access role with this trust policy's service and these actions.
    pub(crate) fn access_role(mut self, trusted: &str, actions: &[&str]) -> Self {
        self.bodies.push(Body::Role(Role {
            arn: ACCESS.to_owned(),
            name: "AppRunnerEcrAccess".to_owned(),
            role_id: None,
            used_as: vec![RoleUse::Access],
            created_at: None,
            last_used_at: None,
            trust_policy: Some(
                json!({"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"
                }]})
                .to_string(),
            ),
            permissions_boundary_arn: None,
            permissions_boundary: None,
            attached_policies: vec![],
            inline_policies: vec![Policy {
                name: "pull".to_owned(),
                arn: None,
                document: Some(
                    json!({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
                        .to_string(),
                ),
            }],
        }));
        self
    }

    /// The instance role of the service, with this trust policy's service and these statements.
    pub(crate) fn instance_role(mut self, trusted: &str, statements: serde_json::Value) -> Self {
        self.service.instance.role_arn = Some(INSTANCE.to_owned());
        let mut other = self.access_role(trusted, &[]);
        if let Some(Body::Role(role)) = other.bodies.last_mut() {
            role.arn = INSTANCE.to_owned();
            role.name = "AppRunnerInstance".to_owned();
            role.used_as = vec![RoleUse::Instance];
            role.inline_policies = vec![Policy {
                name: "run".to_owned(),
                arn: None,
                document: Some(
                    json!({"Version": "2012-10-17", "Statement": statements}).to_string(),
                ),
            }];
        }
        other
    }

    /// The repository `web` of an account, without a policy.
    pub(crate) fn repository(
        mut self,
        account: &str,
        change: impl FnOnce(&mut Repository),
    ) -> Self {
        let mut repository = Repository {
            arn: format!("arn:aws:ecr:us-east-1:{account}:repository/web"),
            name: "web".to_owned(),
            registry_id: Some(account.to_owned()),
            uri: None,
            created_at: None,
            tag_mutability: None,
            encryption_type: None,
            kms_key: None,
            policy: None,
            lifecycle_policy: None,
            lifecycle_evaluated_at: None,
        };
        change(&mut repository);
        self.bodies.push(Body::Repository(repository));
        self
    }

    /// Changes every role.
    pub(crate) fn roles(mut self, change: impl Fn(&mut Role)) -> Self {
        for body in &mut self.bodies {
            if let Body::Role(role) = body {
                change(role);
            }
        }
        self
    }

    /// A secret that the variable `DB` refers to.
    pub(crate) fn secret(mut self, change: impl FnOnce(&mut Secret)) -> Self {
        let mut secret = Secret {
            arn: SECRET.to_owned(),
            name: "shop/db".to_owned(),
            referenced_by: vec!["DB".to_owned()],
            kms_key: None,
            created_at: None,
            changed_at: None,
            rotated_at: None,
            deleted_at: None,
            rotation_enabled: None,
            stages: BTreeMap::from([("1".to_owned(), vec!["AWSCURRENT".to_owned()])]),
            owning_service: None,
            primary_region: None,
            policy: None,
        };
        change(&mut secret);
        self.bodies.push(Body::Secret(secret));
        self.refers("DB", SECRET)
            .covered("secrets", Status::Complete)
    }

    /// A variable that refers to a secret or parameter.
    pub(crate) fn refers(self, variable: &str, to: &str) -> Self {
        self.configuration(|it| {
            it.environment_secrets
                .insert(variable.to_owned(), to.to_owned());
        })
    }
}
