//! Small evidence for tests: a healthy service, and what a test makes of it.

mod records;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use evidence_schema::{
    Body, Coverage, Record, Status, Time,
    read::{DigestCheck, Ending},
    record::{
        Change, CodeSource, Configuration, ConfigurationSource, Connection, ConnectionStatus,
        HealthCheck, Image, ImageSource, Instance, LogStream, Network, Origin, Platform, Policy,
        Repository, Role, RoleUse, Secret, Service, ServiceStatus, Source, SourceFile,
        SourceFileRole,
    },
};
use serde_json::json;

use self::records::{coverage, line, manifest, operation};
use crate::{
    evidence::{Builder, Case, Evidence, Missing},
    finding::{Answer, Finding, Step},
    iam::evaluate::Answer as Allowed,
    permissions::{Asker, needed},
    rules::Rule,
};

pub(crate) const SERVICE_ID: &str = "8fe1e10304f84fd2b0df550fe98a71fa";
pub(crate) const ARN: &str =
    "arn:aws:apprunner:us-east-1:111122223333:service/web/8fe1e10304f84fd2b0df550fe98a71fa";
pub(crate) const IMAGE: &str = "111122223333.dkr.ecr.us-east-1.amazonaws.com/web:v2";
pub(crate) const ACCESS: &str = "arn:aws:iam::111122223333:role/AppRunnerEcrAccess";
pub(crate) const CONNECTION: &str =
    "arn:aws:apprunner:us-east-1:111122223333:connection/github/00000000000000000000000000000001";
const OPERATION: &str = "11111111-2222-3333-4444-555555555555";

pub(crate) const BUSY: &str =
    "Service cannot be updated in the current state: OPERATION_IN_PROGRESS.";
pub(crate) const NOT_RUNNING: &str =
    "Can't start a deployment on the specified service, because it isn't in RUNNING state.";
pub(crate) const INVALID_ROLE: &str = "[AppRunner] Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration.";
pub(crate) const INSTANCE: &str = "arn:aws:iam::111122223333:role/AppRunnerInstance";
pub(crate) const SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf";

/// The image was pulled, and nothing came of it.
pub(crate) const NEVER_STARTED: &[(i64, &str)] = &[
    (0, "[AppRunner] Deployment started."),
    (60, "[AppRunner] Successfully copied the image from ECR."),
    (78, "[AppRunner] Failed to deploy your application image."),
];

pub(crate) const PULLED: &[(i64, &str)] = &[
    (0, "[AppRunner] Deployment started."),
    (60, "[AppRunner] Successfully copied the image from ECR."),
];

pub(crate) const HEALTH_FAILED: &[(i64, &str)] = &[
    (0, "[AppRunner] Deployment started."),
    (60, "[AppRunner] Successfully copied the image from ECR."),
    (
        70,
        "[AppRunner] Provisioning instances and deploying image for publicly accessible service.",
    ),
    (
        80,
        "[AppRunner] Performing health check on protocol `HTTP` [Path: '/health'], [Port: '8080'].",
    ),
    (
        440,
        "[AppRunner] Health check failed on protocol `HTTP`[Path: '/health'], [Port: '8080']. Check your configured port number.",
    ),
    (
        445,
        "[AppRunner] Deployment with ID : 11111111222233334444555555555555 failed. Failure reason : Health check failed.",
    ),
];

/// When the collection ran.
pub(crate) fn now() -> Time {
    at("2026-11-20T12:00:00Z")
}

/// When the failed deployment began.
pub(crate) fn start() -> Time {
    at("2026-11-20T10:00:00Z")
}

pub(crate) fn at(text: &str) -> Time {
    DateTime::parse_from_rfc3339(text)
        .expect("a time in a test is well formed")
        .with_timezone(&Utc)
}

pub(crate) fn seconds(offset: i64) -> Time {
    start() + TimeDelta::seconds(offset)
}

/// Evidence in the making.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) service: Service,
    pub(crate) bodies: Vec<Body>,
    pub(crate) coverage: Vec<Coverage>,
    pub(crate) cut: bool,
    with_service: bool,
}

impl Sample {
    /// An image service that runs, whose last deployment was rolled back, with no line of a log.
    pub(crate) fn image() -> Self {
        let origin = Origin::Image(ImageSource {
            identifier: IMAGE.to_owned(),
            repository_type: "ECR".to_owned(),
            configuration: Configuration {
                port: Some("8080".to_owned()),
                ..Configuration::default()
            },
        });
        let mut sample = Self::of(origin).operation("ROLLBACK_SUCCEEDED");
        sample.service.source.access_role_arn = Some(ACCESS.to_owned());
        for source in ["roles", "image"] {
            sample = sample.covered(source, Status::Complete);
        }
        sample.covered("connections", Status::NotAsked)
    }

    /// The same for a service of source code.
    pub(crate) fn code() -> Self {
        let origin = Origin::Code(CodeSource {
            repository_url: "https://github.com/example-org/web".to_owned(),
            branch: Some("main".to_owned()),
            source_directory: Some("/".to_owned()),
            configuration_source: Some(ConfigurationSource::Api),
            configuration: Some(Configuration {
                runtime: Some("NODEJS_18".to_owned()),
                build_command: Some("npm run build".to_owned()),
                ..Configuration::default()
            }),
        });
        let mut sample = Self::of(origin).operation("ROLLBACK_SUCCEEDED");
        sample.service.source.connection_arn = Some(CONNECTION.to_owned());
        sample
            .covered("connections", Status::Complete)
            .covered("image", Status::NotAsked)
    }

    fn of(origin: Origin) -> Self {
        let mut sample = Self {
            service: Service {
                name: "web".to_owned(),
                id: SERVICE_ID.to_owned(),
                arn: ARN.to_owned(),
                url: None,
                status: ServiceStatus::Running,
                created_at: None,
                updated_at: None,
                deleted_at: None,
                source: Source {
                    origin,
                    auto_deployments_enabled: Some(true),
                    access_role_arn: None,
                    connection_arn: None,
                },
                instance: Instance::default(),
                health_check: Some(HealthCheck {
                    protocol: Some("HTTP".to_owned()),
                    path: Some("/health".to_owned()),
                    interval_seconds: Some(5),
                    timeout_seconds: Some(2),
                    healthy_threshold: Some(1),
                    unhealthy_threshold: Some(5),
                }),
                auto_scaling_configuration_arn: None,
                network: Network::default(),
                observability: None,
                kms_key: None,
            },
            bodies: vec![],
            coverage: vec![],
            cut: false,
            with_service: true,
        };
        for source in [
            "service",
            "operations",
            "service-log",
            "application-log",
            "changes",
        ] {
            sample = sample.covered(source, Status::Complete);
        }
        let mut created = operation("SUCCEEDED", start() - TimeDelta::days(3));
        created.id = "99999999-0000-0000-0000-000000000000".to_owned();
        created.operation_type = "CREATE_SERVICE".into();
        sample.bodies.push(Body::Operation(created));
        sample
    }

    /// Changes the service.
    pub(crate) fn service(mut self, change: impl FnOnce(&mut Service)) -> Self {
        change(&mut self.service);
        self
    }

    /// The service could not be described.
    pub(crate) fn without_service(mut self) -> Self {
        self.with_service = false;
        self
    }

    /// Changes the configuration by which the service runs.
    pub(crate) fn configuration(mut self, change: impl FnOnce(&mut Configuration)) -> Self {
        match &mut self.service.source.origin {
            Origin::Image(image) => change(&mut image.configuration),
            Origin::Code(code) => change(code.configuration.get_or_insert_default()),
            Origin::Unknown => {}
        }
        self
    }

    /// The deployment ended (or stands) so.
    pub(crate) fn operation(mut self, status: &str) -> Self {
        self.bodies.retain(|body| match body {
            Body::Operation(it) => it.id != OPERATION,
            _ => true,
        });
        self.bodies
            .push(Body::Operation(operation(status, start())));
        self
    }

    /// A later deployment succeeded.
    pub(crate) fn recovered(mut self) -> Self {
        let mut later = operation("SUCCEEDED", start() + TimeDelta::hours(1));
        later.id = "77777777-0000-0000-0000-000000000000".to_owned();
        self.bodies.push(Body::Operation(later));
        self
    }

    /// No operation is known.
    pub(crate) fn without_operations(mut self) -> Self {
        self.bodies
            .retain(|body| !matches!(body, Body::Operation(_)));
        self
    }

    /// Lines of the stream `events`, in seconds after the deployment began.
    pub(crate) fn events(self, lines: &[(i64, &str)]) -> Self {
        self.service_log("events", lines)
    }

    /// Lines of the deployment's own stream.
    pub(crate) fn deployment(self, lines: &[(i64, &str)]) -> Self {
        self.service_log("deployment/11111111222233334444555555555555", lines)
    }

    /// Lines of a stream of the platform.
    pub(crate) fn service_log(mut self, stream: &str, lines: &[(i64, &str)]) -> Self {
        self.bodies
            .extend(lines.iter().map(|it| Body::ServiceLog(line(stream, it))));
        self
    }

    /// Lines of a new instance.
    pub(crate) fn application(self, lines: &[(i64, &str)]) -> Self {
        self.instance("instance/new", lines)
    }

    /// Lines of an instance.
    pub(crate) fn instance(mut self, stream: &str, lines: &[(i64, &str)]) -> Self {
        self.bodies.extend(
            lines
                .iter()
                .map(|it| Body::ApplicationLog(line(stream, it))),
        );
        self
    }

    /// A stream, with the time since when it exists.
    pub(crate) fn stream(mut self, name: &str, offset: i64) -> Self {
        self.bodies.push(Body::LogStream(LogStream {
            group: format!("/aws/apprunner/web/{SERVICE_ID}/application"),
            name: name.to_owned(),
            created_at: Some(seconds(offset)),
            first_event_at: None,
            last_event_at: None,
        }));
        self
    }

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

    /// The image in ECR, with the platforms of its index.
    pub(crate) fn image_in_ecr(mut self, platforms: &[&str]) -> Self {
        self.bodies.push(Body::Image(Image {
            registry_id: None,
            repository: "web".to_owned(),
            reference: "v2".to_owned(),
            digest: "sha256:00".to_owned(),
            tags: vec!["v2".to_owned()],
            pushed_at: Some(seconds(-60)),
            size_bytes: None,
            manifest_media_type: None,
            status: None,
            platforms: platforms
                .iter()
                .filter_map(|it| it.split_once('/'))
                .map(|(os, architecture)| Platform {
                    os: os.to_owned(),
                    architecture: architecture.to_owned(),
                })
                .collect(),
            archived_at: None,
            activated_at: None,
        }));
        self
    }

    /// The image in ECR, changed.
    pub(crate) fn image_as(self, change: impl FnOnce(&mut Image)) -> Self {
        let mut sample = self.image_in_ecr(&["linux/amd64"]);
        if let Some(Body::Image(image)) = sample.bodies.last_mut() {
            change(image);
        }
        sample
    }

    /// `apprunner.yaml` at the root of the checkout.
    pub(crate) fn config_file(self, text: &str) -> Self {
        self.covered("source-files", Status::Complete)
            .with(Body::SourceFile(SourceFile {
                path: "apprunner.yaml".to_owned(),
                role: SourceFileRole::Configuration,
                size_bytes: text.len() as u64,
                content: Some(text.to_owned()),
                truncated: false,
                instructions: vec![],
            }))
    }

    /// The configuration comes from `apprunner.yaml`.
    pub(crate) fn with_file_as_source(self) -> Self {
        self.service(|service| {
            if let Origin::Code(code) = &mut service.source.origin {
                code.configuration_source = Some(ConfigurationSource::Repository);
            }
        })
    }

    /// Another record.
    pub(crate) fn with(mut self, body: Body) -> Self {
        self.bodies.push(body);
        self
    }

    /// The connection, as it stands.
    pub(crate) fn connection(mut self, status: ConnectionStatus) -> Self {
        self.bodies.push(Body::Connection(Connection {
            name: "github".to_owned(),
            arn: CONNECTION.to_owned(),
            provider: Some("GITHUB".to_owned()),
            status,
            created_at: None,
        }));
        self
    }

    /// An API call.
    pub(crate) fn change(
        mut self,
        offset: i64,
        source: &str,
        name: &str,
        request: serde_json::Value,
    ) -> Self {
        self.bodies.push(Body::Change(Box::new(Change {
            event_id: format!("{name}{offset}"),
            time: seconds(offset),
            event_source: format!("{source}.amazonaws.com"),
            event_name: name.to_owned(),
            region: None,
            principal: Some("arn:aws:sts::111122223333:assumed-role/Deployer/ci".to_owned()),
            principal_type: None,
            invoked_by: None,
            user_agent: None,
            read_only: Some(false),
            error_code: None,
            error_message: None,
            resources: vec![],
            request_parameters: Some(request),
            response_elements: None,
        })));
        self
    }

    /// A call about the service that App Runner refused.
    pub(crate) fn refused(self, offset: i64, name: &str, code: &str, message: &str) -> Self {
        let request = json!({ "serviceArn": ARN });
        let mut sample = self.change(offset, "apprunner", name, request);
        if let Some(Body::Change(change)) = sample.bodies.last_mut() {
            change.error_code = Some(code.to_owned());
            change.error_message = Some(message.to_owned());
        }
        sample
    }

    /// Changes the last API call.
    pub(crate) fn called(mut self, change: impl FnOnce(&mut Change)) -> Self {
        if let Some(Body::Change(last)) = self.bodies.last_mut() {
            change(last);
        }
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

    /// What became of a source.
    pub(crate) fn covered(mut self, source: &str, status: Status) -> Self {
        self.coverage.retain(|entry| entry.source != source);
        self.coverage.push(coverage(source, None, status));
        self
    }

    /// Looked for, and not there.
    pub(crate) fn absent(mut self, source: &str, subject: &str) -> Self {
        self.coverage
            .push(coverage(source, Some(subject), Status::Absent));
        self
    }

    /// AWS refused.
    pub(crate) fn denied(mut self, source: &str, permission: &str) -> Self {
        let mut entry = coverage(source, None, Status::Denied);
        entry.permission = Some(permission.to_owned());
        self.coverage.retain(|it| it.source != source);
        self.coverage.push(entry);
        self
    }

    /// The evidence.
    pub(crate) fn evidence(&self) -> Evidence {
        let mut builder = Builder::new(manifest());
        let mut bodies = self.bodies.clone();
        if self.with_service {
            bodies.push(Body::Service(Box::new(self.service.clone())));
        }
        bodies.sort_by_key(Body::sort_key);
        for (index, body) in bodies.into_iter().enumerate() {
            let id = index as u64 + 1;
            builder.take(Record { id, body }, 0);
        }
        let cut = self.cut.then(|| evidence_schema::read::Cut {
            after_records: 3,
            cause: "the file ends in the middle of a zstd frame".to_owned(),
        });
        builder.finish(Ending {
            coverage: if self.cut {
                vec![]
            } else {
                self.coverage.clone()
            },
            unknown_kinds: BTreeMap::new(),
            unreadable: 0,
            first_unreadable: None,
            cut,
            digest: DigestCheck::Verified,
        })
    }

    fn answer<T>(&self, rule: &Rule, take: impl FnOnce(Result<Answer, Missing>) -> T) -> T {
        let evidence = self.evidence();
        let (attempt, _) = evidence
            .subject()
            .expect("the sample has a failed deployment");
        take((rule.check)(Case {
            evidence: &evidence,
            attempt,
        }))
    }

    /// What the rule finds.
    pub(crate) fn found(&self, rule: &Rule) -> Finding {
        self.answer(rule, |answer| match answer {
            Ok(Answer::Found(finding)) => *finding,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }

    /// Why the rule clears.
    pub(crate) fn cleared(&self, rule: &Rule) -> String {
        self.answer(rule, |answer| match answer {
            Ok(Answer::Cleared(cleared)) => cleared.reason,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }

    /// Why the rule does not apply.
    pub(crate) fn not_applicable(&self, rule: &Rule) -> String {
        self.answer(rule, |answer| match answer {
            Ok(Answer::NotApplicable(why)) => why,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }

    /// What the rule misses.
    pub(crate) fn missing(&self, rule: &Rule) -> Missing {
        self.answer(rule, |answer| match answer {
            Err(missing) => missing,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }
}
