//! Small evidence for tests: a healthy service, and what a test makes of it.

mod asked;
mod calls;
mod mended;
mod records;
mod roles;

use chrono::{DateTime, TimeDelta, Utc};
use evidence_schema::{
    Body, Coverage, Status, Time,
    record::{
        CodeSource, Configuration, ConfigurationSource, Connection, ConnectionStatus, HealthCheck,
        Image, ImageSource, Instance, LogStream, Network, Origin, Platform, Service, ServiceStatus,
        Source, SourceFile, SourceFileRole,
    },
};

use self::records::{coverage, line, operation};

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
}
