//! Every permission that a service needs to deploy.
//!
//! Sources: <https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html>,
//! <https://docs.aws.amazon.com/apprunner/latest/dg/env-variable.html>

use std::collections::BTreeSet;

use evidence_schema::record::{
    Configuration, ConfigurationSource, Origin, Service, ServiceLinkedRole,
};

use super::{Asker, reference::Reference, spelling::misspelt};
use crate::{
    evidence::{Evidence, Observed},
    iam::{
        arn::Arn,
        context::Presence,
        evaluate::{Answer, Denial},
        explain::{Explanation, Reason, explain},
        principal::Principal,
    },
    image_identifier,
};

/// Who assumes an access role.
pub(crate) const BUILD: &str = "build.apprunner.amazonaws.com";

/// Who assumes an instance role.
pub(crate) const TASKS: &str = "tasks.apprunner.amazonaws.com";

/// What pulling from a private repository takes, and whether it is given for the repository or
/// for `*`.
///
/// Source: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSAppRunnerServicePolicyForECRAccess.html>
const PULL: &[(&str, bool)] = &[
    ("ecr:GetAuthorizationToken", false),
    ("ecr:BatchCheckLayerAvailability", true),
    ("ecr:BatchGetImage", true),
    ("ecr:DescribeImages", true),
    ("ecr:GetDownloadUrlForLayer", true),
];

/// What pulling takes from a repository of this account, or from one of another. AWS's own example
/// of the policy for another account leaves out `ecr:BatchCheckLayerAvailability`, and such services
/// deploy.
///
/// Source: <https://docs.aws.amazon.com/apprunner/latest/dg/service-source-image.html>
fn pull_actions(foreign: bool) -> impl Iterator<Item = (&'static str, bool)> {
    let needed = move |action: &str| !foreign || action != "ecr:BatchCheckLayerAvailability";
    PULL.iter()
        .copied()
        .filter(move |(action, _)| needed(action))
}

/// What sending traces takes.
///
/// Source: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSXRayDaemonWriteAccess.html>
const TRACE: &[&str] = &[
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:GetSamplingStatisticSummaries",
];

/// What a permission is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// App Runner takes on the access role.
    TakeOnAccessRole,
    /// The image is pulled.
    Pull,
    /// App Runner takes on the instance role.
    TakeOnInstanceRole,
    /// A secret is read into an environment variable.
    ReadSecret,
    /// A parameter is read into an environment variable.
    ReadParameter,
    /// What is read is decrypted.
    Decrypt,
    /// Traces are sent.
    Trace,
    /// App Runner writes logs, in every service.
    Logs,
    /// App Runner makes network interfaces for the VPC connector.
    NetworkInterfaces,
}

impl Purpose {
    /// As a table names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TakeOnAccessRole => "assume the access role",
            Self::Pull => "pull the image",
            Self::TakeOnInstanceRole => "assume the instance role",
            Self::ReadSecret => "read a secret",
            Self::ReadParameter => "read a parameter",
            Self::Decrypt => "decrypt it",
            Self::Trace => "send traces",
            Self::Logs => "write the service's logs",
            Self::NetworkInterfaces => "reach the VPC",
        }
    }
}

/// A permission that the service needs, and whether it has it.
#[derive(Clone, Debug)]
pub struct Permission {
    /// What for; nothing when somebody just asked.
    pub purpose: Option<Purpose>,
    /// Who needs it: the name of a role or of a service; nothing when there is no role.
    pub who: Option<String>,
    /// The role or service as the evaluator knows it.
    pub principal: Option<Principal>,
    /// The action.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// The answer with its reasons.
    pub explanation: Explanation,
    /// Actions in the policies that do not exist: the policy, the action, and what was meant.
    pub misspelt: Vec<(String, String, String)>,
}

/// What was judged.
#[derive(Clone, Debug)]
pub enum Judged {
    /// One question.
    One(Box<Permission>),
    /// All that the service needs.
    All(Needed),
}

/// All permissions that the service needs.
#[derive(Clone, Debug, Default)]
pub struct Needed {
    /// The permissions, in the order in which a deployment needs them.
    pub permissions: Vec<Permission>,
    /// What was not judged, and why, as sentences.
    pub not_judged: Vec<String>,
}

/// Finds out what the service needs and whether it has it.
pub fn needed(asker: Asker<'_>) -> Needed {
    let mut all = Needed::default();
    let Some(service) = &asker.evidence.service else {
        all.not_judged
            .push("The service is not in the bundle, so what it needs is not known.".to_owned());
        return all;
    };
    let service = &service.fact;
    linked(
        &mut all,
        asker,
        "AWSServiceRoleForAppRunner",
        Purpose::Logs,
        "logs:PutLogEvents",
    );
    if service.network.egress_type.as_deref() == Some("VPC") {
        linked(
            &mut all,
            asker,
            "AWSServiceRoleForAppRunnerNetworking",
            Purpose::NetworkInterfaces,
            "ec2:CreateNetworkInterface",
        );
    }
    match &service.source.origin {
        Origin::Image(image) if image.repository_type == "ECR" => {
            pull(&mut all, asker, service, &image.identifier);
        }
        Origin::Image(_) => {}
        Origin::Code(_) => all.not_judged.push(
            "The source code is pulled by the connection, which works without a role of IAM."
                .to_owned(),
        ),
        Origin::Unknown => all
            .not_judged
            .push("AWS named neither an image nor source code.".to_owned()),
    }
    run(&mut all, asker, service);
    all.not_judged.push(
        "Whoever deploys needs the apprunner: action and iam:PassRole on both roles; the policies \
         of people and pipelines are not collected, but for roles that were refused."
            .to_owned(),
    );
    all.not_judged
        .push("What the application calls while it runs cannot be seen from outside.".to_owned());
    all
}

/// The permissions of the access role.
fn pull(all: &mut Needed, asker: Asker<'_>, service: &Service, identifier: &str) {
    let repository = repository_arn(asker.evidence, identifier);
    let account = &asker.evidence.manifest.target.account;
    let foreign = Arn::parse(&repository).is_some_and(|arn| arn.account != account);
    let Some(arn) = &service.source.access_role_arn else {
        for (action, on_repository) in pull_actions(foreign) {
            let resource = if on_repository { &repository } else { "*" };
            all.permissions.push(nobody(
                Purpose::Pull,
                action,
                resource,
                "the service has no access role",
            ));
        }
        return;
    };
    take_on(all, asker, BUILD, arn, Purpose::TakeOnAccessRole);
    for (action, on_repository) in pull_actions(foreign) {
        let resource = if on_repository { &repository } else { "*" };
        all.permissions
            .push(by_role(asker, Purpose::Pull, arn, action, resource, &[]));
    }
}

/// The permissions of the instance role.
fn run(all: &mut Needed, asker: Asker<'_>, service: &Service) {
    let target = &asker.evidence.manifest.target;
    let mut wanted: BTreeSet<Reference> = BTreeSet::new();
    let (configuration, repository) = configuration(service);
    if repository {
        all.not_judged.push(
            "The configuration is in apprunner.yaml, and with it the secrets and parameters that \
             it refers to."
                .to_owned(),
        );
    }
    for text in configuration
        .into_iter()
        .flat_map(|it| it.environment_secrets.values())
    {
        wanted.insert(Reference::parse(text, &target.region, &target.account));
    }
    let tracing = service.observability.as_ref().is_some_and(|it| it.enabled);
    let role = service.instance.role_arn.as_deref();
    if let Some(arn) = role {
        take_on(all, asker, TASKS, arn, Purpose::TakeOnInstanceRole);
    }
    let mut need = |purpose, action: &str, resource: &str, known: &[(String, Presence)]| {
        all.permissions.push(match role {
            Some(arn) => by_role(asker, purpose, arn, action, resource, known),
            None => nobody(
                purpose,
                action,
                resource,
                "the service has no instance role",
            ),
        });
    };
    let mut unknown = Vec::new();
    for reference in &wanted {
        let (purpose, action, arn, context) = match reference {
            Reference::Secret(arn) => (
                Purpose::ReadSecret,
                "secretsmanager:GetSecretValue",
                arn,
                "SecretARN",
            ),
            Reference::Parameter(arn) => (
                Purpose::ReadParameter,
                "ssm:GetParameters",
                arn,
                "PARAMETER_ARN",
            ),
            Reference::Unknown(text) => {
                unknown.push(text.clone());
                continue;
            }
        };
        need(purpose, action, arn, &[]);
        if let Some(key) = key_of(asker.evidence, arn) {
            let known = [
                via(arn),
                (
                    format!("kms:EncryptionContext:{context}"),
                    Presence::Known(vec![arn.clone()]),
                ),
            ];
            need(Purpose::Decrypt, "kms:Decrypt", &key, &known);
        }
    }
    if tracing {
        for action in TRACE {
            need(Purpose::Trace, action, "*", &[]);
        }
    }
    for text in unknown {
        all.not_judged.push(format!(
            "{text} is neither the ARN of a secret nor a parameter."
        ));
    }
}

/// The configuration of the API, and whether the one in the repository holds instead.
pub(crate) fn configuration(service: &Service) -> (Option<&Configuration>, bool) {
    match &service.source.origin {
        Origin::Image(image) => (Some(&image.configuration), false),
        Origin::Code(code) => {
            let repository = code.configuration_source == Some(ConfigurationSource::Repository);
            let configuration = code.configuration.as_ref();
            (configuration.filter(|_| !repository), repository)
        }
        Origin::Unknown => (None, false),
    }
}

/// That the key is used on behalf of the service that keeps what it encrypts.
fn via(arn: &str) -> (String, Presence) {
    let parsed = Arn::parse(arn);
    let value = parsed.map(|arn| format!("{}.{}.amazonaws.com", arn.service, arn.region));
    (
        "kms:ViaService".to_owned(),
        value.map_or(Presence::Unknown, |value| Presence::Known(vec![value])),
    )
}

/// The customer's key that a secret or parameter is encrypted with. The keys that AWS manages
/// for a service may be used by everybody who may use the service.
fn key_of(evidence: &Evidence, arn: &str) -> Option<String> {
    let keys = &evidence.surroundings.keys;
    let key = keys
        .iter()
        .find(|key| key.fact.used_by.iter().any(|used| used == arn))?;
    (key.fact.manager.as_deref() != Some("AWS")).then(|| key.fact.arn.clone())
}

/// The repository of an image, by its ARN.
pub(crate) fn repository_arn(evidence: &Evidence, identifier: &str) -> String {
    match &evidence.repository {
        Some(repository) => repository.fact.arn.clone(),
        None => image_identifier::repository_arn(identifier),
    }
}

fn take_on(all: &mut Needed, asker: Asker<'_>, service: &str, role: &str, purpose: Purpose) {
    let principal = Principal::Service {
        name: service.to_owned(),
    };
    all.permissions.push(Permission {
        purpose: Some(purpose),
        who: Some(service.to_owned()),
        explanation: asker.explain(principal.clone(), "sts:AssumeRole", role),
        principal: Some(principal),
        action: "sts:AssumeRole".to_owned(),
        resource: role.to_owned(),
        misspelt: vec![],
    });
}

fn by_role(
    asker: Asker<'_>,
    purpose: Purpose,
    role: &str,
    action: &str,
    resource: &str,
    known: &[(String, Presence)],
) -> Permission {
    let principal = asker.as_principal(role);
    let (request, policies) = asker.question(principal.clone(), action, resource, known);
    Permission {
        purpose: Some(purpose),
        who: Some(Arn::parse(role).map_or(role, |arn| arn.name()).to_owned()),
        principal: Some(principal),
        action: action.to_owned(),
        resource: resource.to_owned(),
        explanation: explain(&request, &policies),
        misspelt: misspelt(&policies),
    }
}

/// A permission that no role can have because there is none.
fn nobody(purpose: Purpose, action: &str, resource: &str, why: &'static str) -> Permission {
    Permission {
        purpose: Some(purpose),
        who: None,
        principal: None,
        action: action.to_owned(),
        resource: resource.to_owned(),
        explanation: Explanation {
            answer: Answer::Denied(Denial::Implicit),
            reasons: vec![Reason::Inherent(why)],
            remedy: None,
        },
        misspelt: vec![],
    }
}

/// A permission of a role that App Runner made for itself: nobody can change its policy, so that it
/// exists decides.
///
/// Source: <https://docs.aws.amazon.com/apprunner/latest/dg/using-service-linked-roles.html>
fn linked(all: &mut Needed, asker: Asker<'_>, name: &str, purpose: Purpose, action: &str) {
    let evidence = asker.evidence;
    let roles = &evidence.surroundings.service_linked_roles;
    let found: Option<&Observed<ServiceLinkedRole>> =
        roles.iter().find(|role| role.fact.name == name);
    let looked = || {
        let entries = &evidence.ledger.entries;
        let subject = entries
            .iter()
            .filter(|entry| entry.source == "service-linked-roles")
            .filter_map(|entry| entry.subject.as_deref())
            .find(|subject| subject.ends_with(name));
        evidence
            .ledger
            .looked("service-linked-roles", subject, None)
    };
    let (answer, why) = match (found, looked()) {
        (Some(_), _) => (
            Answer::Allowed,
            "the role exists, and its policy is AWS's own",
        ),
        (None, Ok(_)) => (
            Answer::Denied(Denial::Implicit),
            "the role does not exist; App Runner makes it with the first service, if whoever \
             creates that may iam:CreateServiceLinkedRole",
        ),
        (None, Err(missing)) => {
            all.not_judged.push(format!(
                "Whether the role {name} exists: {}.",
                missing.sentence()
            ));
            return;
        }
    };
    all.permissions.push(Permission {
        purpose: Some(purpose),
        who: Some(name.to_owned()),
        principal: None,
        action: action.to_owned(),
        resource: "*".to_owned(),
        explanation: Explanation {
            answer,
            reasons: vec![Reason::Inherent(why)],
            remedy: None,
        },
        misspelt: vec![],
    });
}
