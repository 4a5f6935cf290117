//! The clients of AWS: settings that hold for all of them.

use aws_config::{BehaviorVersion, Region, SdkConfig, sts::AssumeRoleProvider};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::{
    Builder, Connector, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::HttpConnectorSettings, runtime_components::RuntimeComponents,
};

use crate::{
    calls::CallLog, clock::Clock, download::Downloads, ec2, environment, error::CliError,
    guard::ReadOnly, pace::Paced, patience::Patience, whole::WholeXml, witness::Witness,
};

/// IAM and AWS Health are signed for this Region, and IAM's CloudTrail events are only there.
pub(crate) const GLOBAL_REGION: &str = "us-east-1";
const GLOBAL: Region = Region::from_static(GLOBAL_REGION);

/// The clients, one for each service that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    pub apprunner: aws_sdk_apprunner::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub ec2: ec2::Client,
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
    /// How long the first call is waited for.
    pub first_call: Patience,
    config: Config,
}

/// Whose account is looked at, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    /// The Region; wins over what the environment and the profile say.
    pub region: Option<String>,
    /// The profile of the AWS configuration.
    pub profile: Option<String>,
    /// A role that is assumed first.
    pub role_arn: Option<String>,
    /// What the role wants to be told.
    pub external_id: Option<String>,
}

/// What every client is made of.
#[derive(Clone, Debug)]
struct Config {
    sdk: SdkConfig,
    witness: Witness,
}

/// Makes a configuration of a service crate with the guard in it.
macro_rules! client {
    ($service:ident, $config:expr, $region:expr) => {
        $service::Client::from_conf(
            $service::config::Builder::from(&$config.sdk)
                .region($region)
                .interceptor(ReadOnly)
                .interceptor($config.witness.clone())
                .interceptor(WholeXml)
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

/// Sets the clients up.
pub(crate) async fn connect(
    access: &Access,
    patience: Patience,
    log: CallLog,
    witness: Witness,
) -> Result<Aws, CliError> {
    environment::check_endpoints()?;
    let clock = Clock::default();
    let https = Builder::new().build_with_connector_fn(connector);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(Paced::new(https, clock.clone(), log))
        .time_source(clock.clone())
        .retry_config(patience.retries())
        .timeout_config(patience.timeouts());
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &access.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let mut sdk = loader.load().await;
    let own = sdk.region().cloned().ok_or(CliError::NoRegion)?;
    if let Some(url) = sdk.endpoint_url().filter(|url| !environment::is_url(url)) {
        return Err(CliError::NoEndpoint {
            variable: "endpoint_url".to_owned(),
            value: url.to_owned(),
        });
    }
    check_credentials(&sdk).await?;
    if let Some(role) = &access.role_arn {
        sdk = assumed(sdk, role, access.external_id.as_deref()).await?;
    }
    let config = Config { sdk, witness };

    Ok(Aws {
        apprunner: client!(aws_sdk_apprunner, config, own.clone()),
        cloudwatch: client!(aws_sdk_cloudwatch, config, own.clone()),
        ec2: ec2::Client::new(&config.sdk, config.witness.clone(), own.as_ref()),
        health: client!(aws_sdk_health, config, GLOBAL),
        iam: client!(aws_sdk_iam, config, GLOBAL),
        logs: client!(aws_sdk_cloudwatchlogs, config, own.clone()),
        ssm: client!(aws_sdk_ssm, config, own.clone()),
        sts: client!(aws_sdk_sts, config, own.clone()),
        servicequotas: client!(aws_sdk_servicequotas, config, own.clone()),
        downloads: Downloads::new(connector(None, None), patience.attempt),
        region: own.to_string(),
        clock,
        first_call: patience.of_first_call(),
        config,
    })
}

impl Aws {
    /// CloudTrail of the Region that recorded something.
    pub(crate) fn cloudtrail(&self, region: &str) -> aws_sdk_cloudtrail::Client {
        let region = Region::new(region.to_owned());
        client!(aws_sdk_cloudtrail, self.config, region)
    }

    /// ECR of the Region in which an image lies.
    pub(crate) fn ecr(&self, region: &str) -> aws_sdk_ecr::Client {
        client!(aws_sdk_ecr, self.config, Region::new(region.to_owned()))
    }

    /// CloudWatch Logs of the Region in which a log group is.
    pub(crate) fn logs_in(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        let region = Region::new(region.to_owned());
        client!(aws_sdk_cloudwatchlogs, self.config, region)
    }

    /// KMS of the Region in which a key is.
    pub(crate) fn kms(&self, region: &str) -> aws_sdk_kms::Client {
        client!(aws_sdk_kms, self.config, Region::new(region.to_owned()))
    }

    /// Secrets Manager of the Region in which a secret is.
    pub(crate) fn secretsmanager(&self, region: &str) -> aws_sdk_secretsmanager::Client {
        let region = Region::new(region.to_owned());
        client!(aws_sdk_secretsmanager, self.config, region)
    }
}

/// The configuration with the keys of a role that our own keys may assume.
async fn assumed(
    sdk: SdkConfig,
    role: &str,
    external_id: Option<&str>,
) -> Result<SdkConfig, CliError> {
    let mut builder = AssumeRoleProvider::builder(role)
        .configure(&sdk)
        // What the owner of the account sees in CloudTrail.
        .session_name("apprunner-collector");
    if let Some(id) = external_id {
        builder = builder.external_id(id);
    }
    let provider = builder.build().await;
    let sdk = sdk
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .build();
    match provide(&sdk).await {
        Ok(()) => Ok(sdk),
        Err(error) => Err(CliError::NoRole {
            role: role.to_owned(),
            source: error,
        }),
    }
}

/// Asks for credentials before any service is: without them every call would fail with an error
/// that reads like a network's.
async fn check_credentials(sdk: &SdkConfig) -> Result<(), CliError> {
    provide(sdk).await.map_err(CliError::NoCredentials)
}

async fn provide(sdk: &SdkConfig) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let provider = sdk
        .credentials_provider()
        .ok_or("no provider of credentials is set up")?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
