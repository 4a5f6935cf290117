//! IAM roles and managed policies.

use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;

use super::{
    Context, Problem, Service, id,
    stated::{PolicyText, RoleText, TrustText},
};

const ECR_ACCESS: &str = "AWSAppRunnerServicePolicyForECRAccess";
const ECR_ACCESS_DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetDownloadUrlForLayer","ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetAuthorizationToken"],"Resource":"*"}]}"#;
const ECR_READ: &str = "AmazonEC2ContainerRegistryReadOnly";
const ECR_READ_DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:GetRepositoryPolicy","ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchGetImage","ecr:GetLifecyclePolicy","ecr:GetLifecyclePolicyPreview","ecr:ListTagsForResource","ecr:DescribeImageScanFindings"],"Resource":"*"}]}"#;

/// The roles that App Runner makes for itself: name, who assumes it, and its policy.
const SERVICE_LINKED: [(&str, &str, &str, &str); 2] = [
    (
        "AWSServiceRoleForAppRunner",
        "apprunner.amazonaws.com",
        "AppRunnerServiceRolePolicy",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:PutRetentionPolicy"],"Resource":"arn:aws:logs:*:*:log-group:/aws/apprunner/*"},{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"],"Resource":["arn:aws:logs:*:*:log-group:/aws/apprunner/*:log-stream:*"]},{"Effect":"Allow","Action":["events:PutRule","events:PutTargets","events:DeleteRule","events:RemoveTargets","events:DescribeRule","events:EnableRule","events:DisableRule"],"Resource":"arn:aws:events:*:*:rule/AWSAppRunnerManagedRule*"}]}"#,
    ),
    (
        "AWSServiceRoleForAppRunnerNetworking",
        "networking.apprunner.amazonaws.com",
        "AppRunnerNetworkingServiceRolePolicy",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:DescribeNetworkInterfaces","ec2:DescribeVpcs","ec2:DescribeDhcpOptions","ec2:DescribeSubnets","ec2:DescribeSecurityGroups"],"Resource":"*"},{"Effect":"Allow","Action":"ec2:CreateNetworkInterface","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["AWSAppRunnerManaged"]}}},{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"arn:aws:ec2:*:*:network-interface/*","Condition":{"StringEquals":{"ec2:CreateAction":"CreateNetworkInterface"},"StringLike":{"aws:RequestTag/AWSAppRunnerManaged":"*"}}},{"Effect":"Allow","Action":"ec2:DeleteNetworkInterface","Resource":"*","Condition":{"Null":{"ec2:ResourceTag/AWSAppRunnerManaged":"false"}}}]}"#,
    ),
];

/// An IAM role.
#[derive(Clone, Debug)]
pub struct Role {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The path, `/` for most.
    pub path: String,
    /// The unique id.
    pub id: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The trust policy.
    pub trust_policy: String,
    /// The ARNs of the attached policies, with their names.
    pub attached: Vec<(String, String)>,
    /// The inline policies: name and document.
    pub inline: Vec<(String, String)>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
}

/// A managed policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The id.
    pub id: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The document of its default version.
    pub document: String,
}

impl Policy {
    /// The id of its only version.
    pub const VERSION: &'static str = "v1";
}

/// The ARN of a role that a file names by name or ARN; none for the empty name.
pub(super) fn role_arn(name: &str, context: &Context) -> Option<String> {
    match name {
        "" => None,
        arn if arn.starts_with("arn:") => Some(arn.to_owned()),
        name => Some(format!("arn:aws:iam::{}:role/{name}", context.account)),
    }
}

pub(super) fn policies(stated: &[PolicyText], context: &Context) -> Vec<Policy> {
    let mut policies = vec![
        aws_policy("service-role/", ECR_ACCESS, ECR_ACCESS_DOCUMENT),
        aws_policy("", ECR_READ, ECR_READ_DOCUMENT),
    ];
    for (_, _, policy, document) in SERVICE_LINKED {
        policies.push(aws_policy("aws-service-role/", policy, document));
    }
    for policy in stated {
        let arn = if policy.aws {
            format!("arn:aws:iam::aws:policy/{}", policy.name)
        } else {
            format!("arn:aws:iam::{}:policy/{}", context.account, policy.name)
        };
        policies.retain(|known| known.name != policy.name);
        policies.push(Policy {
            id: id::iam("ANPA", &[&arn]),
            arn,
            name: policy.name.clone(),
            created_at: context.now - TimeDelta::days(200),
            document: policy.document.0.clone(),
        });
    }
    policies
}

pub(super) fn roles(
    stated: Vec<RoleText>,
    services: &[Service],
    policies: &[Policy],
    context: &Context,
) -> Result<Vec<Role>, Problem> {
    let mut texts = IndexMap::<String, Option<RoleText>>::new();
    for service in services {
        for arn in [&service.access_role_arn, &service.instance_role_arn]
            .into_iter()
            .flatten()
            .filter(|arn| arn.split(':').nth(4) == Some(&context.account))
        {
            texts.insert(last(arn).to_owned(), None);
        }
    }
    let in_vpc = |service: &Service| service.vpc_connector_arn.is_some() || !service.public;
    for (name, principal, _, _) in SERVICE_LINKED {
        if !principal.starts_with("networking.") || services.iter().any(in_vpc) {
            texts.insert(name.to_owned(), None);
        }
    }
    for text in stated {
        let name = last(text.name.get_ref()).to_owned();
        if matches!(texts.get(&name), Some(Some(_))) {
            return Err(Problem::at(
                text.name.span(),
                format!("there are two roles `{name}`"),
            ));
        }
        texts.insert(name, Some(text));
    }
    let mut roles = Vec::new();
    for (name, text) in texts {
        if text.as_ref().is_some_and(|text| text.exists == Some(false)) {
            continue;
        }
        roles.push(role(name, text, services, policies, context));
    }
    Ok(roles)
}

fn role(
    name: String,
    text: Option<RoleText>,
    services: &[Service],
    policies: &[Policy],
    context: &Context,
) -> Role {
    let names_it = |arn: &Option<String>| arn.as_deref().is_some_and(|arn| last(arn) == name);
    let access = services.iter().any(|it| names_it(&it.access_role_arn));
    let instance = services.iter().any(|it| names_it(&it.instance_role_arn));
    let linked = SERVICE_LINKED.iter().find(|(linked, ..)| *linked == name);
    let arn = services
        .iter()
        .flat_map(|it| [&it.access_role_arn, &it.instance_role_arn])
        .flatten()
        .find(|arn| last(arn) == name)
        .cloned()
        .unwrap_or_else(|| {
            let path = linked.map_or(String::new(), |(_, principal, _, _)| {
                format!("aws-service-role/{principal}/")
            });
            format!("arn:aws:iam::{}:role/{path}{name}", context.account)
        });
    let trust_policy = match text.as_ref().and_then(|text| text.trust.clone()) {
        Some(TrustText::Policy(policy)) => policy,
        Some(TrustText::Services(services)) => trust(&services),
        None => {
            let mut services = Vec::new();
            if access {
                services.push("build.apprunner.amazonaws.com".to_owned());
            }
            if let Some((_, principal, ..)) = linked {
                services.push((*principal).to_owned());
            } else if instance || !access {
                services.push("tasks.apprunner.amazonaws.com".to_owned());
            }
            trust(&services)
        }
    };
    let attached = match text.as_ref().and_then(|text| text.attached.clone()) {
        Some(names) => names,
        None if access => vec![ECR_ACCESS.to_owned()],
        None => linked
            .iter()
            .map(|(_, _, policy, _)| (*policy).to_owned())
            .collect(),
    };
    let newest = services
        .iter()
        .filter(|it| names_it(&it.access_role_arn) || names_it(&it.instance_role_arn))
        .filter_map(|it| Some(it.operations.first()?.started_at))
        .max();
    let last_used_at = match text.as_ref().and_then(|text| text.last_used) {
        Some(stated) => stated.0.map(|when| when.at(context.now)),
        None => newest,
    };
    let path = arn
        .split_once(":role/")
        .and_then(|(_, path)| path.strip_suffix(&name))
        .unwrap_or_default();
    Role {
        id: id::iam("AROA", &[&arn]),
        path: format!("/{path}"),
        created_at: text
            .as_ref()
            .and_then(|text| text.created)
            .map_or(context.now - TimeDelta::days(200), |when| {
                when.at(context.now)
            }),
        last_used_at,
        trust_policy,
        attached: attached
            .iter()
            .map(|name| policy_reference(name, policies, context))
            .collect(),
        inline: text
            .iter()
            .flat_map(|text| &text.inline)
            .map(|(name, document)| (name.clone(), document.0.clone()))
            .collect(),
        boundary: text
            .as_ref()
            .and_then(|text| text.boundary.as_ref())
            .map(|name| policy_reference(name, policies, context).0),
        arn,
        name,
    }
}

fn trust(services: &[String]) -> String {
    let principal = match services {
        [one] => serde_json::json!(one),
        several => serde_json::json!(several),
    };
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":{principal}}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

fn policy_reference(name: &str, policies: &[Policy], context: &Context) -> (String, String) {
    if name.starts_with("arn:") {
        return (name.to_owned(), last(name).to_owned());
    }
    let arn = policies
        .iter()
        .find(|policy| policy.name == name)
        .map_or_else(
            || format!("arn:aws:iam::{}:policy/{name}", context.account),
            |policy| policy.arn.clone(),
        );
    (arn, name.to_owned())
}

fn aws_policy(path: &str, name: &str, document: &str) -> Policy {
    let arn = format!("arn:aws:iam::aws:policy/{path}{name}");
    Policy {
        id: id::iam("ANPA", &[&arn]),
        arn,
        name: name.to_owned(),
        // The day on which AWS published the App Runner policy.
        created_at: DateTime::from_timestamp(1_620_950_400, 0).unwrap_or_default(),
        document: document.to_owned(),
    }
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
