//! Puts a question together: what is known of the request, and every policy that has a say.

use std::collections::BTreeSet;

use chrono::SecondsFormat;
use evidence_schema::record::{Key, KeyGrant, Policy as RolePolicy, Role};

use crate::{
    evidence::{Evidence, Missing, Observed},
    iam::{
        arn::Arn,
        context::{Context, Presence, Rest},
        explain::{Explanation, explain},
        names::{self, Applies},
        policies::{Organization, Policies, Source},
        policy::Kind,
        principal::Principal,
        request::Request,
        tri::Tri,
    },
};

/// Services of AWS whose resources have no policies of their own, as far as they matter here.
const WITHOUT_RESOURCE_POLICIES: &[&str] = &[
    "apprunner",
    "cloudtrail",
    "cloudwatch",
    "ec2",
    "health",
    "iam",
    "servicequotas",
    "ssm",
    "xray",
];

/// Asks about the permissions in a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The evidence.
    pub evidence: &'a Evidence,
    /// Whether it is taken for granted that no organization limits the accounts.
    pub without_organization: bool,
}

impl<'a> Asker<'a> {
    /// Asks as the bundle is.
    pub fn new(evidence: &'a Evidence) -> Self {
        Self {
            evidence,
            without_organization: false,
        }
    }

    /// Answers, and says why.
    pub fn explain(&self, principal: Principal, action: &str, resource: &str) -> Explanation {
        let (request, policies) = self.question(principal, action, resource, &[]);
        explain(&request, &policies)
    }

    /// A request with every policy that has a say in it; `known` condition keys go before what
    /// follows from the bundle.
    pub fn question(
        &self,
        principal: Principal,
        action: &str,
        resource: &str,
        known: &[(String, Presence)],
    ) -> (Request, Policies) {
        let mut context = Context::new(Rest::Unknown);
        for (key, presence) in known {
            context.set(key, presence.clone());
        }
        let mut request = Request::new(principal, action, resource, context).with_own_keys();
        self.keys_of_the_call(&mut request);
        let (identity, boundary) = self.of_principal(&request.principal);
        let policies = Policies {
            identity,
            boundary,
            session: None,
            resource: self.of_resource(&request),
            grants: self.grants(&request),
            scps: self.service_control(&request),
            rcps: self.resource_control(&request),
        };
        foreign_keys(&mut request, &policies);
        (request, policies)
    }

    /// The role that is in the bundle under this ARN.
    pub fn role(&self, arn: &str) -> Option<&'a Observed<Role>> {
        self.roles().find(|role| role.fact.arn == arn)
    }

    /// The roles of the service, and those that deploy it.
    pub fn roles(&self) -> impl Iterator<Item = &'a Observed<Role>> + use<'a> {
        self.evidence.roles.iter().chain(&self.evidence.deployers)
    }

    /// Whether a role was read, of the service or of who deploys.
    fn looked_at(&self, arn: &str, name: &str) -> Result<(), Missing> {
        let ledger = &self.evidence.ledger;
        // Of a role that called only the name is known at first, and not its path.
        let end = format!("/{name}");
        let deployer = ledger
            .entries
            .iter()
            .filter(|entry| entry.source == "deployer-roles")
            .filter_map(|entry| entry.subject.as_deref())
            .find(|subject| subject.ends_with(&end));
        let is_used = self.evidence.roles.iter().any(|role| role.fact.arn == arn);
        let looked = match deployer {
            Some(subject) if !is_used => ledger.looked("deployer-roles", Some(subject), None),
            _ => ledger.looked("roles", Some(arn), None),
        };
        looked.map(|_| ())
    }

    /// The role of this ARN as who asks.
    pub fn as_principal(&self, arn: &str) -> Principal {
        Principal::Role {
            arn: arn.to_owned(),
            id: self.role(arn).and_then(|role| role.fact.role_id.clone()),
        }
    }

    /// Condition keys whose values follow from how App Runner makes its calls.
    fn keys_of_the_call(&self, request: &mut Request) {
        let known = |value: String| Presence::Known(vec![value]);
        let now = self.evidence.now();
        let target = &self.evidence.manifest.target;
        let region = Arn::parse(&request.resource)
            .map(|arn| arn.region.to_owned())
            .filter(|region| !region.is_empty())
            .unwrap_or_else(|| target.region.clone());
        let service = request.service().to_owned();
        let resource = request.resource.clone();
        let is_role = request.principal.role().is_some();
        let context = &mut request.context;
        context.set_default(
            "aws:CurrentTime",
            known(now.to_rfc3339_opts(SecondsFormat::Secs, true)),
        );
        context.set_default("aws:EpochTime", known(now.timestamp().to_string()));
        // The endpoints of AWS take no calls without TLS.
        context.set_default("aws:SecureTransport", known("true".to_owned()));
        if !matches!(service.as_str(), "sts" | "iam") {
            context.set_default("aws:RequestedRegion", known(region.clone()));
        }
        if is_role {
            // The credentials of a role are temporary, and a service has no second factor.
            context.set_default("aws:MultiFactorAuthPresent", known("false".to_owned()));
            context.set_default("aws:MultiFactorAuthAge", Presence::Absent);
        }
        if service == "kms" {
            // Secrets Manager and Systems Manager decrypt on behalf of who reads.
            let encrypted = self.encrypted_with(&resource);
            let services: BTreeSet<&str> = encrypted
                .iter()
                .filter_map(|arn| Arn::parse(arn))
                .map(|arn| arn.service)
                .collect();
            let mut services = services.into_iter();
            if let (Some(service), None) = (services.next(), services.next()) {
                context.set_default(
                    "kms:ViaService",
                    known(format!("{service}.{region}.amazonaws.com")),
                );
            }
            context.set_default("kms:CallerAccount", known(target.account.clone()));
        }
    }

    /// The secrets and parameters that are encrypted with a key.
    fn encrypted_with(&self, key: &str) -> Vec<String> {
        let found = self.key(key);
        let used = found.map(|key| key.fact.used_by.clone());
        used.unwrap_or_default()
            .into_iter()
            .filter(|arn| {
                Arn::parse(arn).is_some_and(|it| matches!(it.service, "secretsmanager" | "ssm"))
            })
            .collect()
    }

    fn key(&self, arn: &str) -> Option<&'a Observed<Key>> {
        let keys = &self.evidence.surroundings.keys;
        keys.iter()
            .find(|key| key.fact.arn == arn || key.fact.reference == arn)
    }

    /// The policies of who asks, and its permissions boundary.
    fn of_principal(&self, principal: &Principal) -> (Vec<Source>, Option<Source>) {
        let arn = match principal {
            Principal::Service { .. } | Principal::Root { .. } => return (vec![], None),
            Principal::User { arn, .. } => {
                let why = "the policies of users are not collected";
                let name = |what: &str| format!("{what} of {arn}");
                return (
                    vec![Source::not_collected(name("the policies"), why)],
                    Some(Source::not_collected(name("the permissions boundary"), why)),
                );
            }
            Principal::Role { arn, .. } | Principal::Session { role: arn, .. } => arn,
        };
        let name = Arn::parse(arn).map_or(arn.as_str(), |arn| arn.name());
        let looked = self.looked_at(arn, name);
        let Some(role) = self.role(arn) else {
            let why = match looked {
                Ok(_) => "the role is not in the bundle".to_owned(),
                Err(missing) => missing.sentence(),
            };
            return (
                vec![Source::not_collected(
                    format!("the policies of {name}"),
                    why.clone(),
                )],
                Some(Source::not_collected(
                    format!("the permissions boundary of {name}"),
                    why,
                )),
            );
        };
        let role = &role.fact;
        let read = |what: &str, policy: &RolePolicy| {
            let title = format!("{what} {}", policy.name);
            match &policy.document {
                Some(document) => Source::read(title, document, Kind::Identity),
                None => Source::not_collected(title, "its text is not in the bundle"),
            }
        };
        let attached = role.attached_policies.iter();
        let mut identity: Vec<Source> = attached
            .map(|policy| read("managed policy", policy))
            .chain(
                role.inline_policies
                    .iter()
                    .map(|policy| read("inline policy", policy)),
            )
            .collect();
        if let Err(missing) = looked {
            identity.push(Source::not_collected(
                format!("the other policies of {name}"),
                missing.sentence(),
            ));
        }
        let boundary = match (&role.permissions_boundary, &role.permissions_boundary_arn) {
            (Some(policy), _) => Some(read("permissions boundary", policy)),
            (None, Some(arn)) => Some(Source::not_collected(
                format!("permissions boundary {arn}"),
                "its text is not in the bundle",
            )),
            (None, None) => None,
        };
        (identity, boundary)
    }

    /// The policy of the resource: of a repository, a secret, a key, or the trust policy of a role.
    fn of_resource(&self, request: &Request) -> Option<Source> {
        let arn = Arn::parse(&request.resource)?;
        let ledger = &self.evidence.ledger;
        let resource = request.resource.as_str();
        let name = arn.name();
        let unless = |looked: Result<_, Missing>, title: String| match looked {
            Ok(_) => None,
            Err(missing) => Some(Source::not_collected(title, missing.sentence())),
        };
        if request.assumes_role() {
            let title = format!("trust policy of {name}");
            let document = self
                .role(resource)
                .map(|it| it.fact.trust_policy.as_deref());
            return Some(match document {
                Some(Some(document)) => Source::read(title, document, Kind::Trust),
                Some(None) => Source::not_collected(title, "its text is not in the bundle"),
                None => match ledger.looked("roles", Some(resource), None) {
                    Ok(_) => Source::not_collected(title, "the role is not in the bundle"),
                    Err(missing) => Source::not_collected(title, missing.sentence()),
                },
            });
        }
        let surroundings = &self.evidence.surroundings;
        match arn.service {
            "ecr" => {
                let title = format!("repository policy of {name}");
                let Some(repository) = &self.evidence.repository else {
                    return Some(Source::not_collected(
                        title,
                        "the repository is not in the bundle",
                    ));
                };
                if repository.fact.arn != resource {
                    return Some(Source::not_collected(
                        title,
                        "the repository is not in the bundle",
                    ));
                }
                match &repository.fact.policy {
                    Some(document) => Some(Source::read(title, document, Kind::Resource)),
                    None => {
                        let subject = format!("{} policy", repository.fact.name);
                        unless(ledger.looked("image", Some(&subject), None), title)
                    }
                }
            }
            "secretsmanager" => {
                let title = format!("policy of the secret {}", secret_name(&arn));
                let secret = surroundings
                    .secrets
                    .iter()
                    .find(|secret| secret.fact.arn == resource);
                match secret.map(|secret| secret.fact.policy.as_deref()) {
                    Some(Some(document)) => Some(Source::read(title, document, Kind::Resource)),
                    _ => {
                        let subject = format!("{resource} policy");
                        unless(ledger.looked("secrets", Some(&subject), None), title)
                    }
                }
            }
            "kms" => {
                let title = format!("key policy of {name}");
                match self.key(resource).map(|key| key.fact.policy.as_deref()) {
                    Some(Some(document)) => Some(Source::read(title, document, Kind::Resource)),
                    Some(None) => Some(Source::not_collected(
                        title,
                        "its text is not in the bundle",
                    )),
                    None => {
                        let looked = ledger.looked("keys", Some(resource), None);
                        let why = looked.map_or_else(
                            |missing| missing.sentence(),
                            |_| "the key is not in the bundle".to_owned(),
                        );
                        Some(Source::not_collected(title, why))
                    }
                }
            }
            service if WITHOUT_RESOURCE_POLICIES.contains(&service) => None,
            _ => Some(Source::not_collected(
                format!("the policy of {resource}, if it has one"),
                "the bundle has policies of repositories, secrets and keys only",
            )),
        }
    }

    /// Whether a grant on the key gives the action to the role.
    fn grants(&self, request: &Request) -> Tri {
        let Some(arn) = Arn::parse(&request.resource).filter(|arn| arn.service == "kms") else {
            return Tri::No;
        };
        let operation = request.action.split(':').nth(1).unwrap_or_default();
        let key = self.key(&request.resource);
        let reference = key.map_or(request.resource.as_str(), |key| &key.fact.reference);
        let is_ours = |grant: &KeyGrant| {
            let names = grant.grantee.as_deref().is_some_and(|grantee| {
                Some(grantee) == request.principal.role() || grantee == request.principal.name()
            });
            names
                && grant
                    .granted_operations
                    .iter()
                    .any(|granted| granted.eq_ignore_ascii_case(operation))
        };
        let own = |grant: &&Observed<KeyGrant>| {
            key.map_or_else(
                || Arn::parse(&grant.fact.key_arn) == Some(arn),
                |key| grant.fact.key_arn == key.fact.arn,
            )
        };
        let given = self.evidence.surroundings.key_grants.iter().filter(own);
        let found = Tri::any(given.filter(|grant| is_ours(&grant.fact)).map(|grant| {
            let constraints = &grant.fact.constraints;
            let free = constraints.context_subset.is_none()
                && constraints.context_equals.is_none()
                && constraints.source_arn.is_none();
            if free { Tri::Yes } else { Tri::Maybe }
        }));
        let subject = format!("{reference} grants");
        match self.evidence.ledger.looked("keys", Some(&subject), None) {
            Ok(_) => found,
            Err(_) => found.or(Tri::Maybe),
        }
    }

    /// What IAM's own simulation said of the organization's service control policies.
    fn service_control(&self, request: &Request) -> Organization {
        if self.without_organization || matches!(request.principal, Principal::Service { .. }) {
            return Organization::None;
        }
        let simulations = &self.evidence.surroundings.role_simulations;
        let simulated = simulations.iter().find(|it| {
            Some(it.fact.role_arn.as_str()) == request.principal.role()
                && it.fact.action.eq_ignore_ascii_case(&request.action)
                && it.fact.resource == request.resource
        });
        match simulated.and_then(|it| it.fact.allowed_by_organization) {
            Some(true) => Organization::None,
            Some(false) => Organization::Levels(vec![vec![]]),
            None => Organization::Unknown,
        }
    }

    fn resource_control(&self, request: &Request) -> Organization {
        if self.without_organization || !names::supports_rcp(request.service()) {
            Organization::None
        } else {
            Organization::Unknown
        }
    }
}

/// Condition keys that AWS does not send with the action are absent and not unknown.
fn foreign_keys(request: &mut Request, policies: &Policies) {
    let Some(action) = names::action(&request.action) else {
        return;
    };
    let mut keys = BTreeSet::new();
    for (_, source) in policies.sources() {
        for statement in source.policy().into_iter().flat_map(|it| &it.statements) {
            keys.extend(statement.conditions.iter().map(|it| it.key.clone()));
        }
    }
    for key in keys {
        if let Some(known) = names::condition_key(&key)
            && names::applies(action, known) == Applies::No
        {
            request.context.set_default(&key, Presence::Absent);
        }
    }
}

/// The name of a secret without the six characters at its end.
fn secret_name<'a>(arn: &Arn<'a>) -> &'a str {
    let name = arn.resource.strip_prefix("secret:").unwrap_or(arn.resource);
    match name.rsplit_once('-') {
        Some((name, suffix)) if suffix.len() == 6 => name,
        _ => name,
    }
}
