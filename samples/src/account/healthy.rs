//! The lines of operations that went well, in the wording of the platform.

use chrono::TimeDelta;

use super::{
    ConfigurationSource, HealthProtocol, OperationType, Service, SourceKind,
    block::{Block, Line},
};

/// The blocks of an operation.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) events: Block,
    pub(super) deployment: Block,
    pub(super) application: Block,
}

/// How long an operation takes that went well.
pub(super) fn length(operation: OperationType) -> TimeDelta {
    TimeDelta::seconds(if operation.deploys() { 294 } else { 40 })
}

/// The lines of an operation that went well.
pub(super) fn lines(service: &Service, operation: OperationType) -> Lines {
    match operation {
        OperationType::CreateService => deployment(
            service,
            "Service creation started.",
            "SERVICE_CREATE",
            "Service creation completed successfully.",
        ),
        OperationType::UpdateService => deployment(
            service,
            "Service update started.",
            "SERVICE_UPDATE",
            "Service update completed successfully. New application and configuration is deployed.",
        ),
        OperationType::StartDeployment => deployment(
            service,
            "Deployment started.",
            "SERVICE_DEPLOY",
            "Deployment completed successfully.",
        ),
        OperationType::PauseService => lifecycle("pause", "PAUSED"),
        OperationType::ResumeService => lifecycle("resume", "RUNNING"),
        OperationType::DeleteService => lifecycle("deletion", "DELETED"),
    }
}

fn lifecycle(noun: &str, status: &str) -> Lines {
    Lines {
        events: block(&[
            (0, format!("Service {noun} started.")),
            (
                0,
                "Service status is set to OPERATION_IN_PROGRESS.".to_owned(),
            ),
            (38, format!("Service {noun} completed successfully.")),
            (39, format!("Service status is set to {status}.")),
        ]),
        ..Lines::default()
    }
}

fn deployment(service: &Service, started: &str, trigger: &str, completed: &str) -> Lines {
    let mut events = vec![
        (
            0,
            "Service status is set to OPERATION_IN_PROGRESS.".to_owned(),
        ),
        (0, started.to_owned()),
        (
            2,
            format!("Deployment with ID : {{id}} started. Triggering event : {trigger}"),
        ),
    ];
    let is_create = trigger == "SERVICE_CREATE";
    if is_create && service.auto_deployments {
        events.push((5, "Creating pipeline for automatic deployments.".to_owned()));
        events.push((
            20,
            "Successfully created pipeline for automatic deployments.".to_owned(),
        ));
    }
    let deployment = match service.source {
        SourceKind::Image => image(&mut events),
        SourceKind::Github | SourceKind::Bitbucket => code(&mut events, service),
    };
    let visibility = if service.public {
        "Provisioning instances and deploying image for publicly accessible service."
    } else {
        "Provisioning instances and deploying image."
    };
    let check = match service.health_check.protocol {
        HealthProtocol::Tcp => "protocol `TCP` [Port: '{port}'].",
        HealthProtocol::Http => "protocol `HTTP` [Path: '{path}'], [Port: '{port}'].",
    };
    events.extend([
        (120, visibility.to_owned()),
        (130, format!("Performing health check on {check}")),
        (
            220,
            "Health check is successful. Routing traffic to application.".to_owned(),
        ),
        (
            290,
            "Successfully routed incoming traffic to application.".to_owned(),
        ),
        (292, completed.to_owned()),
        (293, "Service status is set to RUNNING.".to_owned()),
    ]);
    events.sort_by_key(|(offset, _)| *offset);
    Lines {
        events: block(&events),
        deployment,
        application: Block {
            lines: vec![
                line(140, "Starting {service}"),
                line(142, "Listening on http://0.0.0.0:{port}"),
            ],
        },
    }
}

fn image(events: &mut Vec<(i64, String)>) -> Block {
    events.push((
        7,
        "Pulling image {repository} from ECR repository.".to_owned(),
    ));
    events.push((110, "Successfully copied the image from ECR.".to_owned()));
    block(&[
        (3, "Starting to deploy your application image.".to_owned()),
        (6, "Starting to pull your application image.".to_owned()),
        (
            110,
            "Successfully pulled your application image from ECR.".to_owned(),
        ),
    ])
}

fn code(events: &mut Vec<(i64, String)>, service: &Service) -> Block {
    let provider = match service.source {
        SourceKind::Bitbucket => "BITBUCKET",
        SourceKind::Github | SourceKind::Image => "GITHUB",
    };
    events.extend([
        (
            2,
            "Deployment Artifact: [Repo Type: Source], [Repository: {source_url}], [Branch: {branch}], [SourceDirectory: {source_directory}]".to_owned(),
        ),
        (
            4,
            format!("Pulling source code from {provider} Repository ( {{source_url}} )."),
        ),
        (
            9,
            "Successfully pulled your application source code.".to_owned(),
        ),
    ]);
    if service.configuration_source == ConfigurationSource::Repository {
        events.push((10, "Reading apprunner.yaml config file.".to_owned()));
        events.push((11, "Successfully Validate configuration file.".to_owned()));
    }
    events.push((12, "Starting source code build.".to_owned()));
    let mut lines = block(&[
        (
            4,
            "Starting to deploy your application source code.".to_owned(),
        ),
        (
            12,
            "Starting to build your application source code.".to_owned(),
        ),
    ]);
    let build = format!("[Build] Step 5/5 : RUN {}", service.build_command);
    lines.lines.extend([
        line(30, "[PreBuild] Step 1/5 : COPY . /app"),
        line(30, "[PreBuild] Step 2/5 : WORKDIR /app/{source_directory}"),
        line(60, &build),
        line(
            90,
            "[PostBuild] Successfully tagged application-image:latest",
        ),
    ]);
    lines.lines.extend(
        block(&[(
            100,
            "Successfully built your application source code.".to_owned(),
        )])
        .lines,
    );
    lines
}

fn block(lines: &[(i64, String)]) -> Block {
    Block {
        lines: lines
            .iter()
            .map(|(offset, text)| line(*offset, &format!("[AppRunner] {text}")))
            .collect(),
    }
}

fn line(seconds: i64, text: &str) -> Line {
    Line {
        offset: seconds * 1000,
        text: text.to_owned(),
    }
}
