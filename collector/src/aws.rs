//! The clients of AWS: settings that hold for all of them.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::{
    Builder, Connector, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::HttpConnectorSettings, runtime_components::RuntimeComponents,
};

use crate::{clock::Clock, download::Downloads, error::CliError, guard::ReadOnly, pace::Paced};

/// Attempts of a call. Standard mode: adaptive mode was measured to take 86 s where this takes 2 s.
const ATTEMPTS: u32 = 8;

/// Attempts of the first call, which tells whether AWS can be reached at all.
pub(crate) const FIRST_ATTEMPTS: u32 = 3;

/// The longest wait before an attempt.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// The SDK has no time-out of its own for a server that accepts and never answers.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(120);

/// IAM and AWS Health are signed for this Region, and IAM's CloudTrail events are only there.
pub(crate) const GLOBAL_REGION: &str = "us-east-1";
const GLOBAL: Region = Region::from_static(GLOBAL_REGION);

/// The clients, one for each service that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    pub apprunner: aws_sdk_apprunner::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub health: aws_sdk_health::Client,
    pub iam: aws_sdk_iam::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub ssm: aws_sdk_ssm::Client,
    pub sts: aws_sdk_sts::Client,
    pub servicequotas: aws_sdk_servicequotas::Client,
    /// What AWS hands out a signed address for.
    pub downloads: Downloads,
    /// The Region of the service.
    pub region: String,
    /// AWS's clock.
    pub clock: Clock,
    config: SdkConfig,
}

/// Makes a configuration of a service crate with the guard in it.
macro_rules! client {
    ($service:ident, $config:expr, $region:expr) => {
        $service::Client::from_conf(
            $service::config::Builder::from($config)
                .region($region)
                .interceptor(ReadOnly)
                .build(),
        )
    };
}

/// The way to a server, by TLS and through the proxy of the environment.
fn connector(
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> Connector {
    let mut connector =
        ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    connector.set_connector_settings(settings.cloned());
    if let Some(components) = components {
        connector.set_sleep_impl(components.sleep_impl());
    }
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}

/// Sets the clients up. `region` wins over what the environment and the profile say.
pub(crate) async fn connect(profile: Option<&str>, region: Option<&str>) -> Result<Aws, CliError> {
    let clock = Clock::default();
    let https = Builder::new().build_with_connector_fn(connector);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(Paced::new(https, clock.clone()))
        .time_source(clock.clone())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_max_backoff(MAX_BACKOFF),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        );
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let config = loader.load().await;
    let own = config.region().cloned().ok_or(CliError::NoRegion)?;
    check_credentials(&config).await?;

    Ok(Aws {
        apprunner: client!(aws_sdk_apprunner, &config, own.clone()),
        cloudwatch: client!(aws_sdk_cloudwatch, &config, own.clone()),
        health: client!(aws_sdk_health, &config, GLOBAL),
        iam: client!(aws_sdk_iam, &config, GLOBAL),
        logs: client!(aws_sdk_cloudwatchlogs, &config, own.clone()),
        ssm: client!(aws_sdk_ssm, &config, own.clone()),
        sts: client!(aws_sdk_sts, &config, own.clone()),
        servicequotas: client!(aws_sdk_servicequotas, &config, own.clone()),
        downloads: Downloads::new(connector(None, None)),
        region: own.to_string(),
        clock,
        config,
    })
}

impl Aws {
    /// CloudTrail of the Region that recorded something.
    pub(crate) fn cloudtrail(&self, region: &str) -> aws_sdk_cloudtrail::Client {
        let region = Region::new(region.to_owned());
        client!(aws_sdk_cloudtrail, &self.config, region)
    }

    /// ECR of the Region in which an image lies.
    pub(crate) fn ecr(&self, region: &str) -> aws_sdk_ecr::Client {
        client!(aws_sdk_ecr, &self.config, Region::new(region.to_owned()))
    }

    /// CloudWatch Logs of the Region in which a log group is.
    pub(crate) fn logs_in(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        let region = Region::new(region.to_owned());
        client!(aws_sdk_cloudwatchlogs, &self.config, region)
    }

    /// KMS of the Region in which a key is.
    pub(crate) fn kms(&self, region: &str) -> aws_sdk_kms::Client {
        client!(aws_sdk_kms, &self.config, Region::new(region.to_owned()))
    }

    /// Secrets Manager of the Region in which a secret is.
    pub(crate) fn secretsmanager(&self, region: &str) -> aws_sdk_secretsmanager::Client {
        let region = Region::new(region.to_owned());
        client!(aws_sdk_secretsmanager, &self.config, region)
    }
}

/// Asks for credentials before any service is: without them every call would fail with an error
/// that reads like a network's.
async fn check_credentials(config: &SdkConfig) -> Result<(), CliError> {
    let provider = config
        .credentials_provider()
        .ok_or_else(|| CliError::NoCredentials("no provider of credentials is set up".into()))?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(CliError::NoCredentials(error.into())),
    }
}
