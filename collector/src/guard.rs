//! The read-only guard: nothing leaves but the calls of the table of sources.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, context::BeforeSerializationInterceptorContextRef, dyn_dispatch_hint,
        },
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

use crate::sources;

/// Refuses every operation that no source declares, before a byte of it is made.
///
/// A list of exact names and not of prefixes: `Get` would let `GetSecretValue` through.
#[derive(Debug)]
pub(crate) struct ReadOnly;

#[dyn_dispatch_hint]
impl Intercept for ReadOnly {
    fn name(&self) -> &'static str {
        "ReadOnly"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config
            .load::<Metadata>()
            .ok_or("the SDK did not say which operation it calls")?;
        if is_allowed(operation.service(), operation.name()) {
            Ok(())
        } else {
            Err(format!(
                "refused {} {}, which no source declares",
                operation.service(),
                operation.name()
            )
            .into())
        }
    }
}

/// The prefix of the IAM actions of a service that the SDK calls `service`.
pub(crate) fn prefix(service: &str) -> Option<&'static str> {
    Some(match service {
        "AppRunner" => "apprunner",
        "CloudTrail" => "cloudtrail",
        "CloudWatch" => "cloudwatch",
        "CloudWatch Logs" => "logs",
        "EC2" => "ec2",
        "ECR" => "ecr",
        "Health" => "health",
        "IAM" => "iam",
        "KMS" => "kms",
        "SSM" => "ssm",
        "Service Quotas" => "servicequotas",
        "Secrets Manager" => "secretsmanager",
        "STS" => "sts",
        _ => return None,
    })
}

/// Whether some source declares the operation. `service` is the SDK's name of the service.
fn is_allowed(service: &str, operation: &str) -> bool {
    let Some(prefix) = prefix(service) else {
        return false;
    };
    sources::ALL
        .iter()
        .flat_map(|source| source.calls)
        .any(|call| call.action.split_once(':') == Some((prefix, operation)))
}

#[cfg(test)]
mod tests {
    use aws_sdk_apprunner::{
        Client, Config,
        config::{BehaviorVersion, Credentials, Region},
    };

    use super::*;

    #[test]
    fn only_declared_operations_pass() {
        assert!(is_allowed("AppRunner", "DescribeService"));
        assert!(is_allowed("CloudWatch Logs", "FilterLogEvents"));
        assert!(!is_allowed("AppRunner", "UpdateService"));
        assert!(!is_allowed("AppRunner", "FilterLogEvents"));
    }

    #[test]
    fn no_call_that_gives_the_content_of_a_secret_passes() {
        assert!(is_allowed("Secrets Manager", "DescribeSecret"));
        assert!(is_allowed("SSM", "DescribeParameters"));
        assert!(is_allowed("KMS", "DescribeKey"));
        for (service, operation) in [
            ("Secrets Manager", "GetSecretValue"),
            ("Secrets Manager", "BatchGetSecretValue"),
            ("SSM", "GetParameter"),
            ("SSM", "GetParameters"),
            ("SSM", "GetParametersByPath"),
            ("SSM", "GetParameterHistory"),
            ("KMS", "Decrypt"),
        ] {
            assert!(!is_allowed(service, operation), "{service} {operation}");
        }
    }

    #[tokio::test]
    async fn a_call_that_changes_something_is_refused_before_it_is_sent() {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
            .endpoint_url("http://127.0.0.1:9")
            .interceptor(ReadOnly)
            .build();
        let error = Client::from_conf(config)
            .pause_service()
            .service_arn("arn")
            .send()
            .await
            .expect_err("the guard refuses");
        let text = format!("{error:?}");
        assert!(text.contains("refused AppRunner PauseService"), "{text}");
    }
}
