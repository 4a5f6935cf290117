//! The settings of a service that a deployment may depend on: where a call names each, and where the
//! description of the service has it.

use std::collections::BTreeMap;

use evidence_schema::record::{Change, Configuration, ConfigurationSource, Origin, Service};
use serde_json::Value;

use crate::instance_size::{megabytes, units};

/// What CloudTrail writes in the place of a value that it hides.
///
/// Source: <https://docs.aws.amazon.com/apprunner/latest/dg/monitor-ct.html>
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The setting whose values are in no bundle.
const VARIABLES: &str = "environment variables";

/// One setting.
pub struct Setting {
    /// What people call it.
    pub name: &'static str,
    /// Where the parameters of a call have it: for an image, and for source code.
    paths: &'static [&'static [&'static str]],
    /// The object of which it is a member, where a call that gives the object without the member is
    /// not documented to keep the member.
    group: &'static [&'static str],
    /// What a description of the service says; missing where that says nothing.
    get: fn(&Service) -> Option<String>,
    /// Puts a value into a description.
    set: fn(&mut Service, &str),
    /// The spelling by which two values are compared.
    plain: fn(&str) -> String,
}

/// What a call says of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing, so that it stays.
    Nothing,
    /// This value.
    Value(String),
    /// A value that CloudTrail hides.
    Hidden,
    /// It gives what the setting is a part of, without the setting.
    Unclear,
}

impl Setting {
    /// What a call says of it.
    pub fn in_call(&self, call: &Change) -> Given {
        self.given(call.request_parameters.as_ref())
    }

    fn given(&self, parameters: Option<&Value>) -> Given {
        // CloudTrail leaves out parameters that are too long.
        let Some(parameters) = parameters else {
            return Given::Hidden;
        };
        for path in self.paths {
            match at(parameters, path) {
                Given::Nothing => {}
                // Values of variables are withheld, wherever they stand.
                Given::Value(_) if self.name == VARIABLES => return Given::Hidden,
                other => return other,
            }
        }
        let of_group = |value: &Value| value.is_object();
        let named = !self.group.is_empty() && node(parameters, self.group).is_some_and(of_group);
        if named {
            Given::Unclear
        } else {
            Given::Nothing
        }
    }

    /// What a description of the service says of it.
    pub fn of(&self, service: &Service) -> Option<String> {
        (self.get)(service)
    }

    /// Puts a value into a description of the service.
    pub fn put(&self, service: &mut Service, value: &str) {
        (self.set)(service, value);
    }

    /// Whether two values are the same one.
    pub fn same(&self, one: &Option<String>, other: &Option<String>) -> bool {
        let plain = |value: &Option<String>| value.as_deref().map(self.plain);
        plain(one) == plain(other)
    }

    /// A value in a few words.
    pub fn shown(&self, value: &str) -> String {
        if let Ok(names) = serde_json::from_str::<BTreeMap<String, String>>(value) {
            let names: Vec<String> = names.into_keys().collect();
            return if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(" ")
            };
        }
        // An ARN is told by its name, an image without its registry.
        let short = match value.split_once('/') {
            Some((_, name)) if value.starts_with("arn:") && value.contains(":role/") => {
                name.rsplit('/').next().unwrap_or(name)
            }
            Some((_, name)) if value.starts_with("arn:") => {
                name.rsplit_once('/').map_or(name, |(name, _)| name)
            }
            Some((_, name)) if value.contains(".dkr.ecr.") => name,
            _ => value,
        };
        crate::words::start_of(short, 80)
    }
}

/// The value at a path of parameters.
fn node<'a>(parameters: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter()
        .try_fold(parameters, |value, name| value.get(name))
}

/// What is at a path. A member that AWS hides is a string where the API has an object.
fn at(parameters: &Value, path: &[&str]) -> Given {
    let mut value = parameters;
    for name in path {
        if value.as_str() == Some(HIDDEN) {
            return Given::Hidden;
        }
        match value.get(name) {
            Some(member) => value = member,
            None => return Given::Nothing,
        }
    }
    match value {
        Value::String(text) if text == HIDDEN => Given::Hidden,
        Value::String(text) => Given::Value(text.clone()),
        Value::Bool(_) | Value::Number(_) => Given::Value(value.to_string()),
        Value::Object(members) => Given::Value(text_of(
            members
                .iter()
                .map(|(name, value)| (name, value.as_str().unwrap_or_default())),
        )),
        Value::Null | Value::Array(_) => Given::Nothing,
    }
}

/// Names and what each refers to, as one text.
fn text_of<'a>(members: impl Iterator<Item = (&'a String, &'a str)>) -> String {
    let members: BTreeMap<&str, &str> = members.map(|(name, it)| (name.as_str(), it)).collect();
    serde_json::to_string(&members).unwrap_or_default()
}

fn run(service: &Service) -> Option<&Configuration> {
    match &service.source.origin {
        Origin::Image(image) => Some(&image.configuration),
        Origin::Code(code) => code.configuration.as_ref(),
        Origin::Unknown => None,
    }
}

fn run_mut(service: &mut Service) -> Option<&mut Configuration> {
    match &mut service.source.origin {
        Origin::Image(image) => Some(&mut image.configuration),
        Origin::Code(code) => Some(code.configuration.get_or_insert_default()),
        Origin::Unknown => None,
    }
}

fn flag(value: &str) -> Option<bool> {
    value.parse().ok()
}

fn exactly(value: &str) -> String {
    value.to_owned()
}

fn upper(value: &str) -> String {
    value.to_ascii_uppercase()
}

/// Defines the table: a name, the paths and the group, and how a description is read and written.
macro_rules! settings {
    ($($name:literal at [$([$($path:literal),+]),+] in [$($group:literal),*] as $plain:expr;
        get |$read:ident| $get:expr; set |$write:ident, $value:ident| $set:expr;)+) => {
        /// Every setting that is looked at, in the order in which they are told.
        pub const ALL: &[Setting] = &[$(Setting {
            name: $name,
            paths: &[$(&[$($path),+]),+],
            group: &[$($group),*],
            get: |$read| $get,
            set: |$write, $value| { $set },
            plain: $plain,
        },)+];
    };
}

settings! {
    "image" at [["sourceConfiguration", "imageRepository", "imageIdentifier"]] in [] as exactly;
        get |it| match &it.source.origin {
            Origin::Image(image) => Some(image.identifier.clone()),
            _ => None,
        };
        set |it, value| if let Origin::Image(image) = &mut it.source.origin {
            image.identifier = value.to_owned();
        };
    "repository" at [["sourceConfiguration", "codeRepository", "repositoryUrl"]] in [] as exactly;
        get |it| match &it.source.origin {
            Origin::Code(code) => Some(code.repository_url.clone()),
            _ => None,
        };
        set |it, value| if let Origin::Code(code) = &mut it.source.origin {
            code.repository_url = value.to_owned();
        };
    "branch" at [["sourceConfiguration", "codeRepository", "sourceCodeVersion", "value"]]
            in [] as exactly;
        get |it| match &it.source.origin {
            Origin::Code(code) => code.branch.clone(),
            _ => None,
        };
        set |it, value| if let Origin::Code(code) = &mut it.source.origin {
            code.branch = Some(value.to_owned());
        };
    "source directory" at [["sourceConfiguration", "codeRepository", "sourceDirectory"]]
            in ["sourceConfiguration", "codeRepository"] as exactly;
        get |it| match &it.source.origin {
            Origin::Code(code) => code.source_directory.clone(),
            _ => None,
        };
        set |it, value| if let Origin::Code(code) = &mut it.source.origin {
            code.source_directory = Some(value.to_owned());
        };
    "configuration source"
            at [["sourceConfiguration", "codeRepository", "codeConfiguration", "configurationSource"]]
            in [] as upper;
        get |it| match &it.source.origin {
            Origin::Code(code) => {
                code.configuration_source.as_ref().map(|it| it.as_str().to_owned())
            }
            _ => None,
        };
        set |it, value| if let Origin::Code(code) = &mut it.source.origin {
            code.configuration_source = Some(ConfigurationSource::from(value.to_owned()));
        };
    "runtime" at [["sourceConfiguration", "codeRepository", "codeConfiguration",
            "codeConfigurationValues", "runtime"]] in [] as upper;
        get |it| run(it).and_then(|it| it.runtime.clone());
        set |it, value| if let Some(it) = run_mut(it) { it.runtime = Some(value.to_owned()); };
    "build command" at [["sourceConfiguration", "codeRepository", "codeConfiguration",
            "codeConfigurationValues", "buildCommand"]]
            in ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues"] as exactly;
        get |it| run(it).and_then(|it| it.build_command.clone());
        set |it, value| if let Some(it) = run_mut(it) { it.build_command = Some(value.to_owned()); };
    "start command" at [
            ["sourceConfiguration", "imageRepository", "imageConfiguration", "startCommand"],
            ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues", "startCommand"]]
            in ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues"] as exactly;
        get |it| run(it).and_then(|it| it.start_command.clone());
        set |it, value| if let Some(it) = run_mut(it) { it.start_command = Some(value.to_owned()); };
    "port" at [
            ["sourceConfiguration", "imageRepository", "imageConfiguration", "port"],
            ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues", "port"]]
            in ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues"] as exactly;
        get |it| run(it).and_then(|it| it.port.clone());
        set |it, value| if let Some(it) = run_mut(it) { it.port = Some(value.to_owned()); };
    "environment variables" at [
            ["sourceConfiguration", "imageRepository", "imageConfiguration",
                "runtimeEnvironmentVariables"],
            ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues", "runtimeEnvironmentVariables"]]
            in ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues"] as exactly;
        get |_it| None;
        set |_it, _value| {};
    "secrets" at [
            ["sourceConfiguration", "imageRepository", "imageConfiguration",
                "runtimeEnvironmentSecrets"],
            ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues", "runtimeEnvironmentSecrets"]]
            in ["sourceConfiguration", "codeRepository", "codeConfiguration",
                "codeConfigurationValues"] as exactly;
        get |it| run(it).map(|it| {
            text_of(it.environment_secrets.iter().map(|(name, arn)| (name, arn.as_str())))
        });
        set |it, value| if let (Some(it), Ok(secrets)) = (run_mut(it), serde_json::from_str(value)) {
            it.environment_secrets = secrets;
        };
    "access role" at [["sourceConfiguration", "authenticationConfiguration", "accessRoleArn"]]
            in [] as exactly;
        get |it| it.source.access_role_arn.clone();
        set |it, value| it.source.access_role_arn = Some(value.to_owned());
    "connection" at [["sourceConfiguration", "authenticationConfiguration", "connectionArn"]]
            in [] as exactly;
        get |it| it.source.connection_arn.clone();
        set |it, value| it.source.connection_arn = Some(value.to_owned());
    "automatic deployments" at [["sourceConfiguration", "autoDeploymentsEnabled"]] in [] as exactly;
        get |it| it.source.auto_deployments_enabled.map(|it| it.to_string());
        set |it, value| it.source.auto_deployments_enabled = flag(value);
    "CPU" at [["instanceConfiguration", "cpu"]] in ["instanceConfiguration"]
            as |cpu| units(cpu).map_or_else(|| exactly(cpu), |it| it.to_string());
        get |it| it.instance.cpu.clone();
        set |it, value| it.instance.cpu = Some(value.to_owned());
    "memory" at [["instanceConfiguration", "memory"]] in ["instanceConfiguration"]
            as |memory| megabytes(memory).map_or_else(|| exactly(memory), |it| it.to_string());
        get |it| it.instance.memory.clone();
        set |it, value| it.instance.memory = Some(value.to_owned());
    "instance role" at [["instanceConfiguration", "instanceRoleArn"]] in ["instanceConfiguration"]
            as exactly;
        get |it| it.instance.role_arn.clone();
        set |it, value| it.instance.role_arn = Some(value.to_owned());
    "health check protocol" at [["healthCheckConfiguration", "protocol"]]
            in ["healthCheckConfiguration"] as upper;
        get |it| it.health_check.as_ref()?.protocol.clone();
        set |it, value| if let Some(it) = &mut it.health_check { it.protocol = Some(value.to_owned()); };
    "health check path" at [["healthCheckConfiguration", "path"]]
            in ["healthCheckConfiguration"] as exactly;
        get |it| it.health_check.as_ref()?.path.clone();
        set |it, value| if let Some(it) = &mut it.health_check { it.path = Some(value.to_owned()); };
    "health check interval" at [["healthCheckConfiguration", "interval"]]
            in ["healthCheckConfiguration"] as exactly;
        get |it| it.health_check.as_ref()?.interval_seconds.map(|it| it.to_string());
        set |it, value| if let Some(it) = &mut it.health_check { it.interval_seconds = value.parse().ok(); };
    "health check timeout" at [["healthCheckConfiguration", "timeout"]]
            in ["healthCheckConfiguration"] as exactly;
        get |it| it.health_check.as_ref()?.timeout_seconds.map(|it| it.to_string());
        set |it, value| if let Some(it) = &mut it.health_check { it.timeout_seconds = value.parse().ok(); };
    "healthy threshold" at [["healthCheckConfiguration", "healthyThreshold"]]
            in ["healthCheckConfiguration"] as exactly;
        get |it| it.health_check.as_ref()?.healthy_threshold.map(|it| it.to_string());
        set |it, value| if let Some(it) = &mut it.health_check { it.healthy_threshold = value.parse().ok(); };
    "unhealthy threshold" at [["healthCheckConfiguration", "unhealthyThreshold"]]
            in ["healthCheckConfiguration"] as exactly;
        get |it| it.health_check.as_ref()?.unhealthy_threshold.map(|it| it.to_string());
        set |it, value| if let Some(it) = &mut it.health_check { it.unhealthy_threshold = value.parse().ok(); };
    "auto-scaling configuration" at [["autoScalingConfigurationArn"]] in [] as exactly;
        get |it| it.auto_scaling_configuration_arn.clone();
        set |it, value| it.auto_scaling_configuration_arn = Some(value.to_owned());
    "egress" at [["networkConfiguration", "egressConfiguration", "egressType"]]
            in ["networkConfiguration"] as upper;
        get |it| it.network.egress_type.clone();
        set |it, value| it.network.egress_type = Some(value.to_owned());
    "VPC connector" at [["networkConfiguration", "egressConfiguration", "vpcConnectorArn"]]
            in ["networkConfiguration"] as exactly;
        get |it| it.network.vpc_connector_arn.clone();
        set |it, value| it.network.vpc_connector_arn = Some(value.to_owned());
    "public access" at [["networkConfiguration", "ingressConfiguration", "isPubliclyAccessible"]]
            in ["networkConfiguration"] as exactly;
        get |it| it.network.publicly_accessible.map(|it| it.to_string());
        set |it, value| it.network.publicly_accessible = flag(value);
    "address type" at [["networkConfiguration", "ipAddressType"]] in ["networkConfiguration"]
            as upper;
        get |it| it.network.ip_address_type.clone();
        set |it, value| it.network.ip_address_type = Some(value.to_owned());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_support::{IMAGE, Sample};

    fn setting(name: &str) -> &'static Setting {
        let found = ALL.iter().find(|it| it.name == name);
        found.expect("a setting of this name")
    }

    #[test]
    fn every_setting_that_is_written_is_read_again() {
        for origin in [Sample::image(), Sample::code()] {
            for setting in ALL {
                let mut service = origin.service.clone();
                let of_other = setting.of(&service).is_none() && {
                    setting.put(&mut service, "{}");
                    setting.of(&service).is_none()
                };
                if of_other {
                    continue;
                }
                let value = ["7", "true", "{\"A\":\"b\"}"].into_iter().find(|value| {
                    setting.put(&mut service, value);
                    setting.of(&service).as_deref() == Some(value)
                });
                assert!(value.is_some(), "{}", setting.name);
            }
        }
    }

    #[test]
    fn what_is_hidden_is_not_taken_for_absent() {
        let start = setting("start command");
        let port = setting("port");
        let image = |it: Value| json!({"sourceConfiguration": {"imageRepository": it}});
        let with = |it: Value| image(json!({"imageConfiguration": it}));
        assert_eq!(
            start.given(Some(&with(json!({"startCommand": HIDDEN})))),
            Given::Hidden
        );
        assert_eq!(port.given(Some(&image(json!(HIDDEN)))), Given::Hidden);
        assert_eq!(
            port.given(Some(&with(json!({"startCommand": HIDDEN})))),
            Given::Nothing
        );
        assert_eq!(
            port.given(Some(&with(json!({"port": 3000})))),
            Given::Value("3000".to_owned())
        );
        assert_eq!(port.given(None), Given::Hidden);
    }

    #[test]
    fn a_health_check_without_its_path_does_not_say_what_becomes_of_the_path() {
        let path = setting("health check path");
        let call = json!({"healthCheckConfiguration": {"interval": 10}});
        assert_eq!(path.given(Some(&call)), Given::Unclear);
        assert_eq!(
            path.given(Some(&json!({"serviceArn": "a"}))),
            Given::Nothing
        );
    }

    #[test]
    fn values_are_told_short_and_compared_as_they_are_meant() {
        let cpu = setting("CPU");
        let some = |text: &str| Some(text.to_owned());
        assert!(cpu.same(&some("1 vCPU"), &some("1024")));
        assert!(!cpu.same(&some("2 vCPU"), &some("1024")));
        assert_eq!(setting("image").shown(IMAGE), "web:v2");
        assert_eq!(
            setting("access role").shown("arn:aws:iam::111122223333:role/service-role/Pull"),
            "Pull"
        );
        assert_eq!(
            setting("VPC connector")
                .shown("arn:aws:apprunner:us-east-1:111122223333:vpcconnector/db/2/00"),
            "db/2"
        );
        assert_eq!(setting("secrets").shown("{\"A\":\"x\",\"B\":\"y\"}"), "A B");
    }
}
