//! CloudTrail events.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{
    Context, ImageReference, Operation, OperationType, Problem, Repository, Service, id, image,
    placeholder::Placeholders, stated::ChangeText,
};

/// An API call that CloudTrail recorded.
#[derive(Clone, Debug)]
pub struct Change {
    /// The id.
    pub id: String,
    /// When it was called.
    pub time: DateTime<Utc>,
    /// The Region that recorded it.
    pub region: String,
    /// The service that was called.
    pub source: String,
    /// The operation that was called.
    pub name: String,
    /// Whether it only read.
    pub read_only: bool,
    /// Who called, as `Username` of LookupEvents.
    pub username: Option<String>,
    /// The access key.
    pub access_key: Option<String>,
    /// The resources that it named: type and name.
    pub resources: Vec<(Option<String>, String)>,
    /// The whole event.
    pub event: Value,
}

struct Call {
    time: DateTime<Utc>,
    source: String,
    name: String,
    by: String,
    request: Option<Value>,
    response: Option<Value>,
    error: Option<String>,
    error_message: Option<String>,
    resources: Vec<(Option<String>, String)>,
    read_only: Option<bool>,
    user_agent: Option<String>,
    region: Option<String>,
    id: Option<String>,
}

const DEFAULT_CALLER: &str = "Deployer";

/// The events that the file states. Calls of App Runner are about the service.
pub(super) fn stated(
    texts: Vec<toml::Spanned<ChangeText>>,
    service: &Service,
    context: &Context,
) -> Result<Vec<Change>, Problem> {
    let placeholders = Placeholders::of(service, None, context);
    let mut changes = Vec::new();
    for text in texts {
        let span = text.span();
        let text = text.into_inner();
        let time = text.time.at(context.now);
        if time > context.now {
            return Err(Problem::at(span, "the change lies after `now`"));
        }
        let source = if text.source.contains('.') {
            text.source
        } else {
            format!("{}.amazonaws.com", text.source)
        };
        let request = match text.request {
            Some(document) => Some(placeholders.fill_json(document.value())),
            None if source == "apprunner.amazonaws.com" => request_of(&text.name, service),
            None => None,
        };
        let resources = match text.resources {
            Some(resources) => resources
                .into_iter()
                .map(|resource| (resource.resource_type, resource.name))
                .collect(),
            None => request
                .as_ref()
                .filter(|_| source == "iam.amazonaws.com")
                .and_then(|request| request["roleName"].as_str())
                .map(|role| (Some("AWS::IAM::Role".to_owned()), role.to_owned()))
                .into_iter()
                .collect(),
        };
        changes.push(change(
            Call {
                time,
                source,
                name: text.name,
                by: text.by.unwrap_or_else(|| DEFAULT_CALLER.to_owned()),
                request,
                response: text.response.map(|document| document.value()),
                error: text.error,
                error_message: text.error_message.map(|it| placeholders.fill(&it)),
                resources,
                read_only: text.read_only,
                user_agent: text.user_agent,
                region: text.region,
                id: text.id,
            },
            context,
        ));
    }
    Ok(changes)
}

/// The events that an operation brings.
pub(super) fn of_operation(
    service: &Service,
    operation: &Operation,
    repositories: &[Repository],
    context: &Context,
) -> Vec<Change> {
    if operation.bulk {
        return Vec::new();
    }
    if operation.is_automatic(service) {
        return push(service, operation, repositories, context)
            .into_iter()
            .collect();
    }
    let by = operation.by.as_deref().unwrap_or(DEFAULT_CALLER);
    if by.is_empty() {
        return Vec::new();
    }
    let name = match operation.operation_type {
        OperationType::StartDeployment => "StartDeployment",
        OperationType::CreateService => "CreateService",
        OperationType::PauseService => "PauseService",
        OperationType::ResumeService => "ResumeService",
        OperationType::DeleteService => "DeleteService",
        OperationType::UpdateService => "UpdateService",
    };
    let request = operation
        .request
        .clone()
        .or_else(|| request_of(name, service));
    let mut response = json!({"operationId": operation.id});
    if operation.operation_type != OperationType::StartDeployment {
        response["service"] = json!({
            "serviceName": service.name,
            "serviceId": service.id,
            "serviceArn": service.arn,
            "status": "OPERATION_IN_PROGRESS",
        });
    }
    vec![change(
        Call {
            by: by.to_owned(),
            request,
            response: Some(response),
            ..Call::new(operation.started_at, "apprunner.amazonaws.com", name)
        },
        context,
    )]
}

/// The push that began an automatic deployment of an image.
fn push(
    service: &Service,
    operation: &Operation,
    repositories: &[Repository],
    context: &Context,
) -> Option<Change> {
    let reference = ImageReference::parse(service.image.as_deref()?)?;
    let tag = reference.tag.as_ref()?;
    let repository = repositories.iter().find(|repository| {
        repository.registry == reference.registry && repository.name == reference.repository
    })?;
    let tagged = repository
        .images
        .iter()
        .find(|image| image.tags.contains(tag))?;
    let time = operation.started_at - TimeDelta::minutes(1);
    let digest = if tagged.pushed_at == time {
        tagged.digest.clone()
    } else {
        image::pushed_digest(&reference, std::slice::from_ref(tag), time)
    };
    Some(change(
        Call {
            by: DEFAULT_CALLER.to_owned(),
            request: Some(json!({
                "registryId": reference.registry,
                "repositoryName": reference.repository,
                "imageTag": tag,
                "imageManifestMediaType": tagged.media_type,
            })),
            response: Some(json!({
                "image": {
                    "registryId": reference.registry,
                    "repositoryName": reference.repository,
                    "imageId": {"imageDigest": digest, "imageTag": tag},
                },
            })),
            resources: vec![(Some("AWS::ECR::Repository".to_owned()), repository.arn())],
            user_agent: Some("docker/28.5.1 go/go1.24.8 (linux)".to_owned()),
            ..Call::new(time, "ecr.amazonaws.com", "PutImage")
        },
        context,
    ))
}

/// What a call asks for that makes or changes a service.
fn request_of(name: &str, service: &Service) -> Option<Value> {
    match name {
        "CreateService" => Some(create_request(service)),
        "DeleteService" | "PauseService" | "ResumeService" | "StartDeployment"
        | "UpdateService" => Some(json!({"serviceArn": service.arn})),
        _ => None,
    }
}

fn create_request(service: &Service) -> Value {
    const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
    let mut source = Map::new();
    if let Some(image) = &service.image {
        source.insert(
            "imageRepository".to_owned(),
            json!({
                "imageIdentifier": image,
                "imageRepositoryType": if service.is_public_image() { "ECR_PUBLIC" } else { "ECR" },
                "imageConfiguration": {
                    "port": service.port,
                    "runtimeEnvironmentVariables": HIDDEN,
                },
            }),
        );
    } else {
        source.insert(
            "codeRepository".to_owned(),
            json!({
                "repositoryUrl": service.source_url,
                "sourceCodeVersion": {"type": "BRANCH", "value": service.branch},
                "sourceDirectory": service.source_directory,
                "codeConfiguration": {
                    "configurationSource": service.configuration_source.as_str(),
                },
            }),
        );
    }
    let mut authentication = Map::new();
    if let Some(role) = &service.access_role_arn {
        authentication.insert("accessRoleArn".to_owned(), json!(role));
    }
    if let Some(connection) = &service.connection_arn {
        authentication.insert("connectionArn".to_owned(), json!(connection));
    }
    source.insert(
        "autoDeploymentsEnabled".to_owned(),
        json!(service.auto_deployments),
    );
    source.insert(
        "authenticationConfiguration".to_owned(),
        Value::Object(authentication),
    );
    json!({"serviceName": service.name, "sourceConfiguration": source})
}

impl Call {
    fn new(time: DateTime<Utc>, source: &str, name: &str) -> Self {
        Self {
            time,
            source: source.to_owned(),
            name: name.to_owned(),
            by: DEFAULT_CALLER.to_owned(),
            request: None,
            response: None,
            error: None,
            error_message: None,
            resources: Vec::new(),
            read_only: None,
            user_agent: None,
            region: None,
            id: None,
        }
    }
}

fn change(call: Call, context: &Context) -> Change {
    let is_global = matches!(
        call.source.as_str(),
        "iam.amazonaws.com" | "sts.amazonaws.com"
    );
    let region = call.region.unwrap_or_else(|| {
        if is_global {
            "us-east-1".to_owned()
        } else {
            context.region.clone()
        }
    });
    let read_only = call.read_only.unwrap_or_else(|| {
        ["Get", "List", "Describe", "BatchGet", "Lookup"]
            .iter()
            .any(|prefix| call.name.starts_with(prefix))
    });
    let time = call.time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let request = call.request.unwrap_or(Value::Null);
    let seed = format!("{time} {} {} {} {request}", call.source, call.name, call.by);
    let event_id = call.id.unwrap_or_else(|| id::uuid(&["event", &seed]));
    let identity = identity(&call.by, context);
    let resources = call
        .resources
        .iter()
        .filter(|(_, name)| name.starts_with("arn:"))
        .map(|(kind, name)| json!({"ARN": name, "accountId": context.account, "type": kind}))
        .collect::<Vec<_>>();
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": identity.value,
        "eventTime": time,
        "eventSource": call.source,
        "eventName": call.name,
        "awsRegion": region,
        "sourceIPAddress": identity.invoked_by.as_deref().unwrap_or("192.0.2.1"),
        "userAgent": call.user_agent.unwrap_or_else(|| {
            identity.invoked_by.clone().unwrap_or_else(|| "aws-cli/2.31.0".to_owned())
        }),
        "requestParameters": request,
        "responseElements": call.response,
        "requestID": id::uuid(&["request", &seed]),
        "eventID": event_id,
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": context.account,
        "eventCategory": "Management",
    });
    if let Some(error) = call.error {
        event["errorCode"] = json!(error);
    }
    if let Some(message) = call.error_message {
        event["errorMessage"] = json!(message);
    }
    if !resources.is_empty() {
        event["resources"] = json!(resources);
    }
    Change {
        id: event_id,
        time: call.time,
        region,
        source: call.source,
        name: call.name,
        read_only,
        username: identity.username,
        access_key: identity.access_key,
        resources: call.resources,
        event,
    }
}

struct Identity {
    value: Value,
    username: Option<String>,
    access_key: Option<String>,
    invoked_by: Option<String>,
}

fn identity(by: &str, context: &Context) -> Identity {
    let account = &context.account;
    if by.ends_with(".amazonaws.com") {
        return Identity {
            value: json!({"type": "AWSService", "invokedBy": by}),
            username: None,
            access_key: None,
            invoked_by: Some(by.to_owned()),
        };
    }
    let arn = if by.starts_with("arn:") {
        by.to_owned()
    } else {
        format!("arn:aws:sts::{account}:assumed-role/{by}/ci")
    };
    let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
    let access_key = format!("ASIA{}", id::hex(16, &["key", &arn]).to_uppercase());
    let value = if let Some((_, session)) = arn.split_once(":assumed-role/") {
        let role = session.split('/').next().unwrap_or_default();
        let role_arn = format!("arn:aws:iam::{account}:role/{role}");
        let role_id = id::iam("AROA", &[&role_arn]);
        json!({
            "type": "AssumedRole",
            "principalId": format!("{role_id}:{name}"),
            "arn": arn,
            "accountId": account,
            "accessKeyId": access_key,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": role_id,
                    "arn": role_arn,
                    "accountId": account,
                    "userName": role,
                },
            },
        })
    } else if arn.ends_with(":root") {
        json!({"type": "Root", "principalId": account, "arn": arn, "accountId": account})
    } else {
        json!({
            "type": "IAMUser",
            "principalId": id::iam("AIDA", &[&arn]),
            "arn": arn,
            "accountId": account,
            "accessKeyId": access_key,
            "userName": name,
        })
    };
    Identity {
        value,
        username: Some(name),
        access_key: Some(access_key),
        invoked_by: None,
    }
}
