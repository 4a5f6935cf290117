//! What a fix changes, and whether that is enough and no more.

use evidence_schema::{Body, record::Policy};

use super::Sample;
use crate::{
    finding::Step,
    iam::evaluate::Answer as Allowed,
    permissions::{Asker, needed},
};

impl Sample {
    /// The sample after the commands of a fix that change policies.
    pub(crate) fn after(&self, fix: &[Step]) -> Self {
        let mut sample = self.clone();
        for step in fix {
            let Step::Command(words) = step else { continue };
            let of = |name: &str| {
                let at = words.iter().position(|word| word == name)?;
                words.get(at + 1).cloned()
            };
            for body in &mut sample.bodies {
                match (words[2].as_str(), body) {
                    ("put-role-policy", Body::Role(role))
                        if of("--role-name").as_deref() == Some(&role.name) =>
                    {
                        role.inline_policies.push(Policy {
                            name: of("--policy-name").expect("it is named"),
                            arn: None,
                            document: of("--policy-document"),
                        });
                    }
                    ("update-assume-role-policy", Body::Role(role))
                        if of("--role-name").as_deref() == Some(&role.name) =>
                    {
                        role.trust_policy = of("--policy-document");
                    }
                    ("set-repository-policy", Body::Repository(repository))
                        if of("--repository-name").as_deref() == Some(&repository.name) =>
                    {
                        repository.policy = of("--policy-text");
                    }
                    ("put-resource-policy", Body::Secret(secret))
                        if of("--secret-id").as_deref() == Some(&secret.arn) =>
                    {
                        secret.policy = of("--resource-policy");
                    }
                    ("put-key-policy", Body::Key(key))
                        if of("--key-id").as_deref() == Some(&key.arn) =>
                    {
                        key.policy = of("--policy");
                    }
                    _ => {}
                }
            }
        }
        sample
    }

    /// What the service needs and does not have: the action and the resource.
    pub(crate) fn lacks(&self) -> Vec<(String, String)> {
        needed(Asker::new(&self.evidence()))
            .permissions
            .into_iter()
            .filter(|it| {
                it.principal.is_some()
                    && match &it.explanation.answer {
                        Allowed::Allowed => false,
                        Allowed::Denied(_) => true,
                        Allowed::Unknown(doubt) => !doubt.is_organization_only(),
                    }
            })
            .map(|it| (it.action, it.resource))
            .collect()
    }

    /// Holds that a fix gives what lacks, and gives nothing else.
    pub(crate) fn is_mended_by(&self, fix: &[Step]) {
        let before = self.lacks();
        assert!(!before.is_empty(), "nothing lacks");
        assert_eq!(self.after(fix).lacks(), [], "{fix:#?}");
        for step in fix {
            let Step::Command(words) = step else { continue };
            let Some(at) = words.iter().position(|it| it == "--policy-document") else {
                continue;
            };
            if words[2] != "put-role-policy" {
                continue;
            }
            let policy: serde_json::Value =
                serde_json::from_str(&words[at + 1]).expect("a policy is JSON");
            let list = |value: &serde_json::Value| match value {
                serde_json::Value::Array(all) => all.clone(),
                one => vec![one.clone()],
            };
            for statement in list(&policy["Statement"]) {
                for action in list(&statement["Action"]) {
                    for resource in list(&statement["Resource"]) {
                        let pair = (
                            action.as_str().unwrap_or_default().to_owned(),
                            resource.as_str().unwrap_or_default().to_owned(),
                        );
                        assert!(before.contains(&pair), "{pair:?} did not lack: {before:?}");
                    }
                }
            }
        }
    }
}
