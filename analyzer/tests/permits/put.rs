//! A command of a fix that puts a policy in place.

use evidence_schema::{Body, record::Policy};
use serde_json::Value;

use super::{Ask, bundle::Bundle};

/// Actions that AWS permits on `*` only.
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>
const ON_ALL: &[&str] = &["ecr:GetAuthorizationToken"];

/// A command of a fix that puts a policy in place.
#[derive(Clone)]
pub(crate) struct Put {
    /// The second word of the command.
    pub(crate) call: String,
    /// Whose policy it is: a name of a role or repository, or an ARN.
    pub(crate) of: String,
    pub(crate) document: Value,
    /// The statements that were not there before, by their place in the document.
    pub(crate) new: Vec<usize>,
}

impl Put {
    pub(crate) fn of(bundle: &Bundle, words: &[String]) -> Option<Self> {
        let (subject, document) = match words.get(2)?.as_str() {
            "put-role-policy" => ("--role-name", "--policy-document"),
            "update-assume-role-policy" => ("--role-name", "--policy-document"),
            "set-repository-policy" => ("--repository-name", "--policy-text"),
            "put-resource-policy" => ("--secret-id", "--resource-policy"),
            "put-key-policy" => ("--key-id", "--policy"),
            _ => return None,
        };
        let after = |name: &str| {
            let at = words.iter().position(|word| word == name).unwrap();
            words[at + 1].clone()
        };
        let mut put = Self {
            call: words[2].clone(),
            of: after(subject),
            document: serde_json::from_str(&after(document)).unwrap(),
            new: vec![],
        };
        let before = put.before(bundle);
        let before = list(&before["Statement"]);
        let now = list(&put.document["Statement"]);
        put.new = (0..now.len())
            .filter(|at| !before.contains(&now[*at]))
            .collect();
        assert!(!put.new.is_empty(), "{words:?} adds nothing");
        Some(put)
    }

    /// The ARN of the role, if it is the policy of one.
    pub(crate) fn role(&self, bundle: &Bundle) -> Option<String> {
        self.call.contains("role-policy").then(|| {
            let account = &bundle.manifest.target.account;
            let known = bundle.records.iter().find_map(|(it, _)| match &it.body {
                Body::Role(role) if role.name == self.of => Some(role.arn.clone()),
                _ => None,
            });
            known.unwrap_or_else(|| format!("arn:aws:iam::{account}:role/{}", self.of))
        })
    }

    /// The policy that it replaces; nothing where it is a new one.
    fn before(&self, bundle: &Bundle) -> Value {
        let mut copy = bundle.clone();
        let mut policies = copy
            .records
            .iter_mut()
            .filter_map(|(it, _)| self.place(&mut it.body));
        let text = policies.next().cloned().flatten();
        text.map_or(Value::Null, |it| serde_json::from_str(&it).unwrap())
    }

    /// Where the policy stands in a record.
    pub(crate) fn place<'a>(&self, body: &'a mut Body) -> Option<&'a mut Option<String>> {
        let (name, place) = match (self.call.as_str(), body) {
            ("put-role-policy", Body::Role(role)) => {
                // Of another role it stays empty, and says nothing.
                role.inline_policies.push(Policy {
                    name: "of the fix".to_owned(),
                    arn: None,
                    document: Some(r#"{"Statement":[]}"#.to_owned()),
                });
                (&role.name, &mut role.inline_policies.last_mut()?.document)
            }
            ("update-assume-role-policy", Body::Role(it)) => (&it.name, &mut it.trust_policy),
            ("set-repository-policy", Body::Repository(it)) => (&it.name, &mut it.policy),
            ("put-resource-policy", Body::Secret(it)) => (&it.arn, &mut it.policy),
            ("put-key-policy", Body::Key(it)) => (&it.arn, &mut it.policy),
            _ => return None,
        };
        (*name == self.of).then_some(place)
    }

    /// The same with less: each without one action or one resource of a new statement.
    pub(crate) fn narrower(&self) -> Vec<(String, Self)> {
        let mut all = Vec::new();
        for &at in &self.new {
            for member in ["Action", "Resource", "Principal"] {
                let whole = &list(&self.document["Statement"])[at][member];
                for (place, left_out) in list(whole).into_iter().enumerate() {
                    let mut fewer = list(whole);
                    fewer.remove(place);
                    let mut put = self.clone();
                    let mut statements = list(&self.document["Statement"]);
                    match fewer.is_empty() {
                        true => drop(statements.remove(at)),
                        false => statements[at][member] = Value::Array(fewer),
                    }
                    put.document["Statement"] = Value::Array(statements);
                    all.push((format!("{member} {left_out}"), put));
                }
            }
        }
        all
    }

    /// Names where there could be names.
    pub(crate) fn wildcards(&self) -> Vec<String> {
        let statements = list(&self.document["Statement"]);
        let mut wild = Vec::new();
        for statement in self.new.iter().map(|at| &statements[*at]) {
            let actions = list(&statement["Action"]);
            for action in &actions {
                if action.as_str().unwrap().contains(['*', '?']) {
                    wild.push(action.to_string());
                }
            }
            // In the policy of a key or a secret it is that key or secret.
            let own = matches!(self.call.as_str(), "put-key-policy" | "put-resource-policy");
            let on_all = actions
                .iter()
                .all(|it| ON_ALL.contains(&it.as_str().unwrap()));
            for resource in list(&statement["Resource"]) {
                if resource.as_str().unwrap().contains(['*', '?']) && !own && !on_all {
                    wild.push(resource.to_string());
                }
            }
            if statement["Principal"].to_string().contains('*') {
                wild.push(statement["Principal"].to_string());
            }
        }
        wild
    }

    /// The requests that the statements name, for the role or the service that they are for.
    pub(crate) fn names(&self, ask: &Ask) -> bool {
        let (_, action, resource) = ask;
        let statements = list(&self.document["Statement"]);
        self.new.iter().map(|at| &statements[*at]).any(|statement| {
            let has =
                |member: &str, what: &str| list(&statement[member]).iter().any(|it| it == what);
            has("Action", action)
                && match self.call.as_str() {
                    "put-role-policy" => has("Resource", resource),
                    "update-assume-role-policy" => resource.ends_with(&format!("/{}", self.of)),
                    "set-repository-policy" => {
                        resource.ends_with(&format!("repository/{}", self.of))
                    }
                    _ => *resource == self.of,
                }
        })
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all.clone(),
        Value::Null => vec![],
        one => vec![one.clone()],
    }
}
