//! A request with all policies, in a form that can be stored and that other programs understand.

use std::collections::BTreeMap;

use analyzer::iam::{
    arn::Arn,
    context::{Context, Presence, Rest},
    evaluate::{Answer, Denial, evaluate},
    policies::{Content, Organization, Policies, Source},
    policy::Kind,
    principal::Principal,
    request::Request,
    tri::Tri,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A request, the policies that decide it, and what of them is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The ARN of a role, a session, a user or a root user, or the name of a service.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// The account of the resource.
    pub owner: String,
    /// The values of the condition keys; a key that is null or not named is not in the request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, Option<Values>>,
    /// The policies of the principal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity: Vec<Value>,
    /// Its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<Value>,
    /// The policy of its session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Value>,
    /// The policy of the resource; of a role its trust policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_policy: Option<Value>,
    /// The service control policies, level by level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scps: Vec<Vec<Value>>,
    /// The resource control policies, level by level, without the one that AWS adds to each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rcps: Vec<Vec<Value>>,
    /// What is not known.
    #[serde(default, skip_serializing_if = "Unknown::is_nothing")]
    pub unknown: Unknown,
}

/// The value of a key, or the values of a key that can have several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// Any number.
    Many(Vec<String>),
}

/// What of a case is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unknown {
    /// Condition keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Whether that also goes for the keys that are not named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rest: bool,
    /// Policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// Something that may be unknown beside the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A policy of the principal.
    Identity(usize),
    /// The permissions boundary, or whether there is one.
    Boundary,
    /// The session policy, or whether there is one.
    Session,
    /// The policy of the resource, or whether there is one.
    Resource,
    /// The service control policies.
    Scps,
    /// The resource control policies.
    Rcps,
    /// The grants on the key.
    Grants,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// A statement denies it.
    ExplicitlyDenied,
    /// Nothing allows it.
    ImplicitlyDenied,
    /// It cannot be known.
    Unknown,
}

impl Unknown {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn has(&self, place: Place) -> bool {
        self.places.contains(&place)
    }
}

impl From<&Answer> for Verdict {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Allowed => Self::Allowed,
            Answer::Denied(Denial::Explicit) => Self::ExplicitlyDenied,
            Answer::Denied(Denial::Implicit) => Self::ImplicitlyDenied,
            Answer::Unknown(_) => Self::Unknown,
        }
    }
}

impl Case {
    /// What the analyzer answers.
    pub fn verdict(&self) -> Verdict {
        let (request, policies) = self.parts();
        Verdict::from(&evaluate(&request, &policies))
    }

    /// Whether the analyzer understands all policies.
    pub fn is_understood(&self) -> bool {
        let policies = self.policies();
        let mut sources = policies.sources();
        sources.all(|(_, source)| !matches!(source.content, Content::Wrong(_)))
    }

    /// The case as the analyzer takes it.
    pub fn parts(&self) -> (Request, Policies) {
        (self.request(), self.policies())
    }

    fn request(&self) -> Request {
        let mut context = Context::new(if self.unknown.rest {
            Rest::Unknown
        } else {
            Rest::Absent
        });
        for (key, values) in &self.context {
            context.set(
                key,
                match values {
                    None => Presence::Absent,
                    Some(Values::One(value)) => Presence::Known(vec![value.clone()]),
                    Some(Values::Many(values)) => Presence::Known(values.clone()),
                },
            );
        }
        for key in &self.unknown.keys {
            context.set(key, Presence::Unknown);
        }
        let mut request = Request::new(
            principal(&self.principal),
            &self.action,
            &self.resource,
            context,
        );
        request.owner.clone_from(&self.owner);
        request
    }

    fn policies(&self) -> Policies {
        let source = |name: &str, policy: &Value, kind: Kind, place: Place| {
            if self.unknown.has(place) {
                Source::not_collected(name, "it was not collected")
            } else {
                Source::read(name, &policy.to_string(), kind)
            }
        };
        let hidden = |name: &str, policy: &Option<Value>, kind: Kind, place: Place| match policy {
            Some(policy) => Some(source(name, policy, kind, place)),
            // Whether there is one is not known.
            None if self.unknown.has(place) => {
                Some(Source::not_collected(name, "it was not collected"))
            }
            None => None,
        };
        let levels = |levels: &[Vec<Value>], first: Option<&Value>, kind: Kind, place: Place| {
            if self.unknown.has(place) {
                return Organization::Unknown;
            }
            if levels.is_empty() {
                return Organization::None;
            }
            let level = |policies: &Vec<Value>| {
                first
                    .into_iter()
                    .chain(policies)
                    .map(|policy| Source::read("of the organization", &policy.to_string(), kind))
                    .collect()
            };
            Organization::Levels(levels.iter().map(level).collect())
        };
        let kind = if self.action.starts_with("sts:") {
            Kind::Trust
        } else {
            Kind::Resource
        };
        let identity = self.identity.iter().enumerate();
        Policies {
            identity: identity
                .map(|(index, policy)| {
                    let name = format!("policy {}", index + 1);
                    source(&name, policy, Kind::Identity, Place::Identity(index))
                })
                .collect(),
            boundary: hidden("boundary", &self.boundary, Kind::Identity, Place::Boundary),
            session: hidden("session", &self.session, Kind::Identity, Place::Session),
            resource: hidden("resource", &self.resource_policy, kind, Place::Resource),
            grants: if self.unknown.has(Place::Grants) {
                Tri::Maybe
            } else {
                Tri::No
            },
            scps: levels(&self.scps, None, Kind::Identity, Place::Scps),
            rcps: levels(
                &self.rcps,
                Some(&full_access()),
                Kind::Resource,
                Place::Rcps,
            ),
        }
    }

    /// The case as the other implementation takes it. It knows nothing unknown.
    pub fn simulation(&self) -> Value {
        let named = |policies: &[Value]| -> Vec<Value> {
            policies
                .iter()
                .enumerate()
                .map(|(index, policy)| json!({"name": format!("p{index}"), "policy": policy}))
                .collect()
        };
        let levels = |levels: &[Vec<Value>]| -> Vec<Value> {
            levels
                .iter()
                .enumerate()
                .map(|(index, policies)| {
                    json!({"orgIdentifier": format!("level{index}"), "policies": named(policies)})
                })
                .collect()
        };
        let context: BTreeMap<&String, &Values> = self
            .context
            .iter()
            .filter_map(|(key, values)| Some((key, values.as_ref()?)))
            .collect();
        let mut simulation = json!({
            "request": {
                "principal": self.principal,
                "action": self.action,
                "resource": {"resource": self.resource, "accountId": self.owner},
                "contextVariables": context,
            },
            "identityPolicies": named(&self.identity),
            "serviceControlPolicies": levels(&self.scps),
            "resourceControlPolicies": levels(&self.rcps),
        });
        if let Some(policy) = &self.boundary {
            simulation["permissionBoundaryPolicies"] = json!(named(std::slice::from_ref(policy)));
        }
        if let Some(policy) = &self.session {
            simulation["sessionPolicy"] = policy.clone();
        }
        if let Some(policy) = &self.resource_policy {
            simulation["resourcePolicy"] = policy.clone();
        }
        simulation
    }
}

/// The policy that every level of resource control policies has, and that nobody can take away.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
fn full_access() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
    })
}

fn principal(name: &str) -> Principal {
    let Some(arn) = Arn::parse(name) else {
        return Principal::Service {
            name: name.to_owned(),
        };
    };
    let text = name.to_owned();
    if arn.resource == "root" {
        return Principal::Root {
            account: arn.account.to_owned(),
        };
    }
    if arn.resource.starts_with("user/") {
        return Principal::User {
            arn: text,
            id: None,
        };
    }
    let session = arn.resource.strip_prefix("assumed-role/");
    match session.and_then(|rest| rest.split_once('/')) {
        Some((role, _)) => Principal::Session {
            arn: text,
            role: format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account),
            id: None,
        },
        None => Principal::Role {
            arn: text,
            id: None,
        },
    }
}
