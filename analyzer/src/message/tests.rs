use super::*;

fn known(line: &str) -> Message {
    match read(line) {
        Reading::Known(message) => message,
        other => panic!("{line:?} is {other:?}"),
    }
}

fn probe(protocol: Option<&str>, path: Option<&str>, port: u16) -> Probe {
    Probe {
        protocol: protocol.map(str::to_owned),
        path: path.map(str::to_owned),
        port: Some(port),
    }
}

const ID: &str = "8fe1e10304f84fd2b0df550fe98a71fa";

/// Every line that was seen verbatim in a public report, with what it says.
fn seen() -> Vec<(String, Message)> {
    use Action::*;
    use Progress::*;
    let failed = |id: Option<&str>, reason: Option<&str>| Message::DeploymentFailed {
        id: id.map(str::to_owned),
        reason: reason.map(str::to_owned),
    };
    let started = |trigger: Option<&str>| Message::DeploymentStarted {
        id: ID.to_owned(),
        trigger: trigger.map(str::to_owned),
    };
    let pull = |image: Option<&str>| Message::PullStarted {
        image: image.map(str::to_owned),
    };
    let image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/web";
    let tcp = || probe(Some("TCP"), None, 8080);
    let http = || probe(Some("HTTP"), Some("/health"), 3000);
    let command = |name: &str| Message::BuildFailed(BuildFailure::Command(name.to_owned()));
    [
        ("Service creation started.", Message::Lifecycle(Create, Started)),
        ("Service status is set to OPERATION_IN_PROGRESS.", Message::Status("OPERATION_IN_PROGRESS".into())),
        ("Service status is set to RUNNING.", Message::Status("RUNNING".into())),
        ("Service status is set to CREATE_FAILED.", Message::Status("CREATE_FAILED".into())),
        ("Service creation failed. For details, see service logs.", Message::Lifecycle(Create, Failed)),
        ("Service creation completed successfully.", Message::Lifecycle(Create, Succeeded)),
        ("Service update started.", Message::Lifecycle(Update, Started)),
        ("Service update completed successfully. New configuration is deployed.", Message::Lifecycle(Update, Succeeded)),
        ("Service update completed successfully. New application and configuration is deployed.", Message::Lifecycle(Update, Succeeded)),
        ("Service update failed. For details, see service logs.", Message::Lifecycle(Update, Failed)),
        ("Service pause started.", Message::Lifecycle(Other, Started)),
        ("Service resume failed.", Message::Lifecycle(Other, Failed)),
        ("Service deletion completed successfully.", Message::Lifecycle(Other, Succeeded)),
        ("Deployment started.", Message::Lifecycle(Deploy, Started)),
        ("Deployment completed successfully.", Message::Lifecycle(Deploy, Succeeded)),
        ("Deployment failed. For details, see service logs.", Message::Lifecycle(Deploy, Failed)),
        ("Deployment Artifact: [Repo Type: Source], [Repository: https://github.com/example-org/web], [Branch: main], [SourceDirectory: /]",
            Message::Artifact("[Repo Type: Source], [Repository: https://github.com/example-org/web], [Branch: main], [SourceDirectory: /]".into())),
        ("Deployment with ID : 8fe1e10304f84fd2b0df550fe98a71fa started. Triggering event : SERVICE_CREATE", started(Some("SERVICE_CREATE"))),
        ("Deployment with ID : 8fe1e10304f84fd2b0df550fe98a71fa started. Triggering event : SERVICE_UPDATE", started(Some("SERVICE_UPDATE"))),
        ("Deployment with ID : 8fe1e103-04f8-4fd2-b0df-550fe98a71fa started. Triggering event : SERVICE_DEPLOY", started(Some("SERVICE_DEPLOY"))),
        ("Deployment with ID : 8fe1e10304f84fd2b0df550fe98a71fa failed.", failed(Some(ID), None)),
        ("Deployment with ID: 8fe1e10304f84fd2b0df550fe98a71fa failed.", failed(Some(ID), None)),
        ("Deployment with ID : 8fe1e10304f84fd2b0df550fe98a71fa failed. Failure reason : Health check failed.", failed(Some(ID), Some("Health check failed"))),
        ("Deployment with ID : 8fe1e10304f84fd2b0df550fe98a71fa failed. Failure reason : Failed to copy the image from ECR", failed(Some(ID), Some("Failed to copy the image from ECR"))),
        ("Deployment failed. Failure reason: Health check failed.", failed(None, Some("Health check failed"))),
        ("Deployment failed.", failed(None, None)),
        ("Creating pipeline for automatic deployments.", Message::Pipeline),
        ("Successfully created pipeline for automatic deployments.", Message::Pipeline),
        ("Successfully routed incoming traffic to application.", Message::TrafficRouted),
        ("Pulling image 111122223333.dkr.ecr.us-east-1.amazonaws.com/web from ECR repository.", pull(Some(image))),
        ("Starting to pull your application image.", pull(None)),
        ("Starting to deploy your application image.", Message::DeployStarted),
        ("Successfully pulled image from ECR.", Message::PullSucceeded),
        ("Successfully copied the image from ECR.", Message::PullSucceeded),
        ("Successfully pulled your application image from ECR.", Message::PullSucceeded),
        ("Failed to pull your application image. Be sure you configure your service with a valid access role to your ECR repository.",
            Message::PullFailed(PullFailure::AccessRoleOrImage)),
        ("Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration. Confirm that your service is configured with a valid access role to your ECR repository.",
            Message::PullFailed(PullFailure::AccessRole)),
        ("Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration.", Message::PullFailed(PullFailure::AccessRole)),
        ("Reason: Invalid Access Role in AuthenticationConfiguration.", Message::PullFailed(PullFailure::AccessRole)),
        ("Failed to pull your application image. Reason: ECR image doesn't exist.", Message::PullFailed(PullFailure::ImageMissing)),
        ("Failed to pull your application image. Reason: ECR image doesn\u{2019}t exist.", Message::PullFailed(PullFailure::ImageMissing)),
        ("Failed to copy the image from ECR", Message::PullFailed(PullFailure::NotCopied)),
        ("Failed to pull your application image.", Message::PullFailed(PullFailure::Other(String::new()))),
        ("Pulling source code from GITHUB Repository ( https://github.com/example-org/web ).", Message::SourcePullStarted),
        ("Successfully pulled source code.", Message::SourcePulled),
        ("Successfully pulled your application source code.", Message::SourcePulled),
        ("Failed to pull repository my.site", Message::SourcePullFailed(SourceFailure::Repository("my.site".into()))),
        ("Failed to retrieve the latest commit from your source repository. Be sure you configure your service with a valid connection to your GitHub repository",
            Message::SourcePullFailed(SourceFailure::LatestCommit)),
        ("Reading apprunner.yaml config file.", Message::ConfigReading),
        ("Successfully Validate configuration file.", Message::ConfigAccepted),
        ("Successfully validate configuration file.", Message::ConfigAccepted),
        ("Failed to build your application source code. Reason: App Runner configuration file apprunner.yaml not found.",
            Message::BuildFailed(BuildFailure::ConfigMissing("apprunner.yaml".into()))),
        ("Starting source code build.", Message::BuildStarted),
        ("Starting to deploy your application source code.", Message::DeployStarted),
        ("Starting to build your application source code.", Message::BuildStarted),
        ("Successfully built your application source code.", Message::BuildSucceeded),
        ("Failed to build your application source code. Reason: Failed to execute 'build' command.", command("build")),
        ("Failed to build your application source code. Reason: Failed to execute 'pre_build' command.", command("pre_build")),
        ("Failed to build your application source code. Reason: The specified runtime version is not supported. Refer to the Release information in the App Runner Developer guide for supported runtime versions.",
            Message::BuildFailed(BuildFailure::Runtime)),
        ("Reason: The specified runtime version is not supported.", Message::BuildFailed(BuildFailure::Runtime)),
        ("Failed to deploy your application source code.", Message::DeployFailed),
        ("Provisioning instance and deploying image.", Message::Provisioning),
        ("Provisioning instances and deploying image.", Message::Provisioning),
        ("Provisioning instances and deploying image for publicly accessible service.", Message::Provisioning),
        ("Your application stopped or failed to start. See logs for more information.  Container exit code: 1", Message::ApplicationStopped { exit_code: Some(1) }),
        ("Your application stopped or failed to start. See logs for more information.", Message::ApplicationStopped { exit_code: None }),
        ("Failed to deploy your application image.", Message::DeployFailed),
        ("Performing health check on path '/' and port '3000'.", Message::HealthCheckStarted(probe(None, Some("/"), 3000))),
        ("Performing health check on port '8000'.", Message::HealthCheckStarted(probe(None, None, 8000))),
        ("Performing health check on protocol `TCP` [Port: '8080'].", Message::HealthCheckStarted(tcp())),
        ("Performing health check on protocol `HTTP` [Path: '/health'], [Port: '3000'].", Message::HealthCheckStarted(http())),
        ("Health check is successful. Routing traffic to application.", Message::HealthCheckPassed),
        ("Health check failed on port '3000'. Check your configured port number. For more information, read the application logs.",
            Message::HealthCheckFailed(probe(None, None, 3000))),
        ("Health check failed on protocol `TCP` [Port: '8080']. Check your configured port number. For more information, see the application logs.",
            Message::HealthCheckFailed(tcp())),
        ("Health check failed on protocol `HTTP`[Path: '/health'], [Port: '3000']. Check your configured port number.",
            Message::HealthCheckFailed(http())),
        ("Health check failed on protocol TCP [Port: '8080']", Message::HealthCheckFailed(tcp())),
        ("  Check your configured port number. For more information, see the application logs.", Message::PortHint),
        ("Confirm that your service is configured with a valid access role to your ECR repository.", Message::Continuation),
        ("Refer to the Release information in the App Runner Developer guide for supported runtime versions.", Message::Continuation),
        ("Failed to create App Runner instances due to low vCPU limit. Increase your Fargate On-Demand vCPU resource count and re-try.", Message::VcpuLimit),
        ("Provide private subnet ids for VPC connector to avoid connection failures when accessing the internet. Public subnet ids provided in this request, SubnetIDs: [subnet-0a1b]",
            Message::PublicSubnets),
        ("unable to retrieve secret from asm", Message::SecretUnreadable("unable to retrieve secret from asm".into())),
    ]
    .into_iter()
    .map(|(line, message)| (line.to_owned(), message))
    .collect()
}

#[test]
fn every_wording_that_was_seen_is_understood() {
    for (line, message) in seen() {
        assert_eq!(known(&line), message, "{line}");
    }
}

#[test]
fn prefix_console_time_spaces_and_case_do_not_matter() {
    for (line, message) in seen() {
        for front in [
            "[AppRunner] ",
            "[AppRunner]",
            "05-18-2025 06:39:13 PM [AppRunner] ",
            "06-24-2021 10:14 AM [AppRunner] ",
            "2022-07-04T15:08:52.998+03:00 | [AppRunner] ",
            "06-06-2021 08:39 PM ",
            "19:34:20 ",
            "11. 03:25:08 AM [AppRunner] ",
        ] {
            assert_eq!(known(&format!("{front}{line}")), message, "{front}{line}");
        }
        let spaced = line.replace(' ', "  ");
        let bare = line.replace('`', "");
        assert!(matches!(read(&spaced), Reading::Known(_)), "{spaced}");
        assert_eq!(known(&bare), message, "{bare}");
        assert!(matches!(read(&line.to_uppercase()), Reading::Known(_)));
    }
}

#[test]
fn every_form_is_the_form_of_some_line() {
    let set =
        regex::RegexSet::new(FORMS.iter().map(|form| format!("(?i){}", form.pattern))).unwrap();
    let mut used = vec![false; FORMS.len()];
    let unseen = [
        "No subnet with available IP addresses was found.",
        "Health check failed on path '/' and port '80'.",
    ];
    let mut lines: Vec<String> = seen().into_iter().map(|(line, _)| line).collect();
    lines.extend(unseen.map(str::to_owned));
    lines.push("Failed to build your application source code.".to_owned());
    lines.push("Container exit code: 1".to_owned());
    lines.push("Service creation failed.".to_owned());
    for line in lines {
        if let Some(first) = set.matches(&table::normalised(&line)).iter().next() {
            used[first] = true;
        }
    }
    for (form, used) in FORMS.iter().zip(used) {
        assert!(used, "no line has the form {}", form.pattern);
    }
}

#[test]
fn output_of_the_build_is_not_the_platform() {
    assert_eq!(
        read("05-18-2025 06:38:30 PM [PostBuild] Step 7/16 : RUN pip3 install -r requirements.txt"),
        Reading::BuildOutput(
            Prefix::PostBuild,
            "Step 7/16 : RUN pip3 install -r requirements.txt".into()
        )
    );
    assert_eq!(
        read("[Build] Failed to deploy your application image."),
        Reading::BuildOutput(
            Prefix::Build,
            "Failed to deploy your application image.".into()
        )
    );
}

#[test]
fn what_is_not_understood_is_said_to_be_unknown() {
    assert_eq!(read("[AppRunner] Something quite new."), Reading::Unknown);
    assert_eq!(read("[AppRunner] "), Reading::Blank);
    assert_eq!(read(""), Reading::Blank);
    // A time that was cut is none, and no blank line.
    assert_eq!(read("2022-07-04T"), Reading::Unknown);
}

#[test]
fn refusals_of_the_api_are_understood() {
    for (message, id) in [
        (
            "Error in assuming access role arn:aws:iam::111122223333:role/pull",
            "access-role-not-assumed",
        ),
        (
            "Error in assuming instance role arn:aws:iam::111122223333:role/run",
            "instance-role-not-assumed",
        ),
        (
            "Failed to assume instance-role-arn",
            "instance-role-not-assumed",
        ),
        (
            "Authentication configuration is invalid",
            "authentication-invalid",
        ),
        (
            "Instance Role have to be provided if passing in RuntimeEnvironmentSecrets.",
            "instance-role-required",
        ),
        (
            "Can't start a deployment on the specified service, because it isn't in RUNNING state",
            "not-running",
        ),
        (
            "Service status must be RUNNING or PAUSED to be updated",
            "not-running",
        ),
        (
            "Service cannot be updated in the current state: OPERATION_IN_PROGRESS.",
            "operation-in-progress",
        ),
        (
            "Service cannot be updated in the current state: CREATE_FAILED.",
            "create-failed",
        ),
        (
            "ConfigurationSource cannot be changed from REPOSITORY to API for CREATE_FAILED services.",
            "configuration-source-fixed",
        ),
        ("minSize must be at least 1", "min-size"),
        (
            "2 validation errors detected: Value 'x' at 'autoScalingConfigurationName' failed to satisfy constraint",
            "validation",
        ),
        (
            "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: iam:PassRole on resource: x because no identity-based policy allows",
            "pass-role",
        ),
        (
            "Provided VPC connector arn is being used by other services. ARN:  x",
            "connector-in-use",
        ),
    ] {
        assert_eq!(refusal("", message).map(|it| it.id), Some(id), "{message}");
    }
    for (code, message, id) in [
        ("ServiceQuotaExceededException", "", "quota"),
        ("SubscriptionRequiredException", "x", "not-activated"),
        (
            "AccessDeniedException",
            "App Runner is not activated in this Region",
            "not-activated",
        ),
        (
            "AccessDeniedException",
            "User: x is not authorized to perform: apprunner:CreateService with an explicit deny in a service control policy",
            "organization",
        ),
        (
            "InvalidRequestException",
            "Service with the provided name already exists: web.",
            "service-exists",
        ),
        (
            "InvalidRequestException",
            "A VPC connector with the same security groups already exists.",
            "connector-duplicate",
        ),
        (
            "InvalidRequestException",
            "Automatic deployments are not supported for cross-account repositories.",
            "cross-account-automatic",
        ),
        ("ValidationException", "x", "validation"),
    ] {
        assert_eq!(
            refusal(code, message).map(|it| it.id),
            Some(id),
            "{message}"
        );
    }
    assert_eq!(refusal("", "The sky is blue"), None);
}

#[test]
fn the_end_of_a_line_means_nothing() {
    for line in [
        "[AppRunner] Health check failed.",
        "[Build] npm ERR! code 1",
        "",
    ] {
        for end in ["\n", "\r\n"] {
            assert_eq!(read(&format!("{line}{end}")), read(line), "{line}");
        }
    }
}
