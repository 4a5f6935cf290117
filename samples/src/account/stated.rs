//! What an account file states, as it is written. `README.md` documents it.

mod apprunner;
mod network;
mod quota;
mod secret;
mod trail;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

pub(super) use self::{
    apprunner::{CustomDomainText, IngressText, ObservabilityText},
    network::{
        NatGatewayText, NetworkInterfaceText, RouteTableText, RouteText, RuleText,
        SecurityGroupText, SubnetText, VpcEndpointText,
    },
    quota::QuotaText,
    secret::{GrantText, KeyText, ParameterText, SecretText},
    trail::TrailText,
};
use super::{
    block::Block,
    time::{Length, When},
    words::{
        ConfigurationSource, ConnectionStatus, ConnectorStatus, FaultKind, HealthCategory,
        HealthProtocol, HealthScope, ImageStatus, ManifestKind, OperationStatus, OperationType,
        Provider, ServiceStatus, SourceKind,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stated {
    pub(super) what: String,
    pub(super) expect: Vec<String>,
    pub(super) reference: Option<String>,
    pub(super) category: Option<String>,
    #[serde(default)]
    pub(super) confirmed: bool,
    #[serde(default)]
    pub(super) decides: bool,
    #[serde(default)]
    pub(super) also: Vec<String>,
    pub(super) verbatim: Option<bool>,
    #[serde(default)]
    pub(super) own: Vec<String>,
    pub(super) account: Option<Spanned<String>>,
    pub(super) region: Option<String>,
    pub(super) now: Option<Spanned<When>>,
    pub(super) caller: Option<String>,
    pub(super) application_log: Option<bool>,
    pub(super) service_log: Option<bool>,
    pub(super) retention_days: Option<u32>,
    pub(super) health_plan: Option<bool>,
    #[serde(default)]
    pub(super) pace: PaceText,
    #[serde(default)]
    pub(super) service: ServiceText,
    #[serde(default)]
    pub(super) operation: Vec<Spanned<OperationText>>,
    #[serde(default)]
    pub(super) other_service: Vec<Spanned<ServiceText>>,
    #[serde(default)]
    pub(super) image: ImageText,
    #[serde(default)]
    pub(super) other_image: Vec<Spanned<ImageText>>,
    #[serde(default)]
    pub(super) repository: RepositoryText,
    #[serde(default)]
    pub(super) source_file: Vec<SourceFileText>,
    #[serde(default)]
    pub(super) role: Vec<RoleText>,
    #[serde(default)]
    pub(super) policy: Vec<PolicyText>,
    #[serde(default)]
    pub(super) connection: Vec<ConnectionText>,
    #[serde(default)]
    pub(super) auto_scaling: AutoScalingText,
    #[serde(default)]
    pub(super) vpc_connector: Vec<VpcConnectorText>,
    #[serde(default)]
    pub(super) secret: Vec<Spanned<SecretText>>,
    #[serde(default)]
    pub(super) parameter: Vec<Spanned<ParameterText>>,
    #[serde(default)]
    pub(super) key: Vec<Spanned<KeyText>>,
    #[serde(default)]
    pub(super) observability: Vec<ObservabilityText>,
    #[serde(default)]
    pub(super) custom_domain: Vec<CustomDomainText>,
    #[serde(default)]
    pub(super) vpc_ingress_connection: Vec<IngressText>,
    #[serde(default)]
    pub(super) quota: Vec<QuotaText>,
    #[serde(default)]
    pub(super) subnet: Vec<SubnetText>,
    #[serde(default)]
    pub(super) route_table: Vec<RouteTableText>,
    #[serde(default)]
    pub(super) route: Vec<Spanned<RouteText>>,
    #[serde(default)]
    pub(super) nat_gateway: Vec<NatGatewayText>,
    #[serde(default)]
    pub(super) vpc_endpoint: Vec<VpcEndpointText>,
    #[serde(default)]
    pub(super) security_group: Vec<SecurityGroupText>,
    #[serde(default)]
    pub(super) network_interface: Vec<NetworkInterfaceText>,
    #[serde(default)]
    pub(super) log: Vec<Spanned<LogText>>,
    #[serde(default)]
    pub(super) bulk: Vec<Spanned<BulkText>>,
    #[serde(default)]
    pub(super) bulk_operation: Vec<Spanned<BulkOperationText>>,
    #[serde(default)]
    pub(super) change: Vec<Spanned<ChangeText>>,
    #[serde(default)]
    pub(super) trail: Vec<Spanned<TrailText>>,
    #[serde(default)]
    pub(super) metric: Vec<Spanned<MetricText>>,
    #[serde(default)]
    pub(super) health_event: Vec<Spanned<HealthEventText>>,
    #[serde(default)]
    pub(super) fault: Vec<Spanned<FaultText>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceText {
    pub(super) name: Option<Spanned<String>>,
    pub(super) id: Option<Spanned<String>>,
    pub(super) status: Option<ServiceStatus>,
    #[serde(default)]
    pub(super) source: SourceKind,
    pub(super) image: Option<Spanned<String>>,
    pub(super) port: Option<String>,
    pub(super) start_command: Option<String>,
    pub(super) build_command: Option<String>,
    pub(super) runtime: Option<String>,
    pub(super) configuration_source: Option<ConfigurationSource>,
    pub(super) source_url: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) source_directory: Option<String>,
    pub(super) connection: Option<String>,
    #[serde(default)]
    pub(super) environment: IndexMap<String, String>,
    #[serde(default)]
    pub(super) secrets: IndexMap<String, String>,
    pub(super) auto_deployments: Option<bool>,
    pub(super) access_role: Option<String>,
    pub(super) instance_role: Option<String>,
    pub(super) cpu: Option<String>,
    pub(super) memory: Option<String>,
    #[serde(default)]
    pub(super) health_check: HealthCheckText,
    pub(super) vpc_connector: Option<String>,
    pub(super) public: Option<bool>,
    pub(super) observability: Option<String>,
    pub(super) kms_key: Option<String>,
    #[serde(default)]
    pub(super) tags: IndexMap<String, String>,
    /// Of an `[[other_service]]` only; those of `[service]` are at the top level.
    #[serde(default)]
    pub(super) operation: Vec<Spanned<OperationText>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HealthCheckText {
    pub(super) protocol: Option<HealthProtocol>,
    pub(super) path: Option<String>,
    pub(super) interval: Option<i32>,
    pub(super) timeout: Option<i32>,
    pub(super) healthy_threshold: Option<i32>,
    pub(super) unhealthy_threshold: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationText {
    #[serde(rename = "type")]
    pub(super) operation_type: OperationType,
    #[serde(default)]
    pub(super) status: OperationStatus,
    pub(super) start: When,
    pub(super) minutes: Option<f64>,
    pub(super) id: Option<Spanned<String>>,
    pub(super) events: Option<Block>,
    pub(super) deployment: Option<Block>,
    pub(super) application: Option<Block>,
    pub(super) by: Option<String>,
    pub(super) request: Option<Document>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageText {
    pub(super) exists: Option<bool>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) platforms: Option<Vec<Spanned<String>>>,
    pub(super) manifest: Option<ManifestKind>,
    pub(super) digest: Option<Spanned<String>>,
    pub(super) pushed: Option<When>,
    pub(super) size: Option<i64>,
    pub(super) status: Option<ImageStatus>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RepositoryText {
    pub(super) exists: Option<bool>,
    pub(super) policy: Option<Document>,
    pub(super) lifecycle: Option<Spanned<Document>>,
    pub(super) encryption: Option<String>,
    pub(super) kms_key: Option<String>,
    pub(super) immutable: Option<bool>,
    pub(super) created: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFileText {
    pub(super) path: Spanned<String>,
    pub(super) text: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleText {
    pub(super) name: Spanned<String>,
    pub(super) exists: Option<bool>,
    pub(super) trust: Option<TrustText>,
    pub(super) attached: Option<Vec<String>>,
    #[serde(default)]
    pub(super) inline: IndexMap<String, Document>,
    pub(super) boundary: Option<String>,
    pub(super) created: Option<When>,
    pub(super) last_used: Option<LastUsed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyText {
    pub(super) name: String,
    pub(super) document: Document,
    #[serde(default)]
    pub(super) aws: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionText {
    pub(super) name: String,
    pub(super) exists: Option<bool>,
    pub(super) provider: Option<Provider>,
    pub(super) status: Option<ConnectionStatus>,
    pub(super) created: Option<When>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AutoScalingText {
    pub(super) name: Option<String>,
    pub(super) revision: Option<i32>,
    pub(super) min: Option<i32>,
    pub(super) max: Option<i32>,
    pub(super) concurrency: Option<i32>,
    pub(super) exists: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VpcConnectorText {
    pub(super) name: String,
    pub(super) subnets: Option<Vec<String>>,
    pub(super) security_groups: Option<Vec<String>>,
    pub(super) status: Option<ConnectorStatus>,
    pub(super) interfaces: Option<u32>,
    pub(super) created: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogText {
    pub(super) group: Option<String>,
    pub(super) stream: String,
    pub(super) start: When,
    pub(super) lines: Block,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkText {
    pub(super) stream: String,
    pub(super) lines: u64,
    pub(super) from: When,
    pub(super) minutes: f64,
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkOperationText {
    pub(super) count: u32,
    pub(super) from: When,
    pub(super) every: Length,
    #[serde(rename = "type")]
    pub(super) operation_type: Option<OperationType>,
    #[serde(default)]
    pub(super) status: OperationStatus,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeText {
    pub(super) time: When,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) by: Option<String>,
    pub(super) request: Option<Document>,
    pub(super) response: Option<Document>,
    pub(super) error: Option<String>,
    pub(super) error_message: Option<String>,
    pub(super) resources: Option<Vec<ChangedResourceText>>,
    pub(super) read_only: Option<bool>,
    pub(super) user_agent: Option<String>,
    pub(super) region: Option<String>,
    pub(super) id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedResourceText {
    #[serde(rename = "type")]
    pub(super) resource_type: Option<String>,
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricText {
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) from: When,
    pub(super) minutes: Option<u32>,
    pub(super) value: Option<f64>,
    pub(super) values: Option<Vec<f64>>,
    pub(super) dimensions: Option<IndexMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HealthEventText {
    pub(super) start: When,
    #[serde(rename = "type")]
    pub(super) event_type: String,
    pub(super) end: Option<When>,
    pub(super) updated: Option<When>,
    pub(super) service: Option<String>,
    pub(super) category: Option<HealthCategory>,
    pub(super) region: Option<String>,
    pub(super) scope: Option<HealthScope>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultText {
    pub(super) call: Spanned<String>,
    pub(super) kind: FaultKind,
    pub(super) with: Option<String>,
    #[serde(default)]
    pub(super) after: u64,
    pub(super) times: Option<u64>,
    pub(super) ms: Option<u64>,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) http_status: Option<Spanned<u16>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaceText {
    #[serde(default)]
    pub(super) enforce: bool,
    #[serde(default)]
    pub(super) latency_ms: u32,
}

/// JSON, written as text, which is kept as it is, or as a table.
#[derive(Clone, Debug)]
pub(super) struct Document(pub(super) String);

impl Document {
    pub(super) fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).expect("it was parsed when it was read")
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => {
                serde_json::from_str::<serde_json::Value>(&text)
                    .map_err(|error| de::Error::custom(format!("not JSON: {error}")))?;
                Ok(Self(text.trim().to_owned()))
            }
            table => Ok(Self(
                serde_json::to_string(&table).map_err(de::Error::custom)?,
            )),
        }
    }
}

/// Who a role trusts.
#[derive(Clone, Debug)]
pub(super) enum TrustText {
    /// Service principals.
    Services(Vec<String>),
    /// The whole policy.
    Policy(String),
}

impl<'de> Deserialize<'de> for TrustText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) if text.trim_start().starts_with('{') => {
                serde_json::from_str::<serde_json::Value>(&text)
                    .map_err(|error| de::Error::custom(format!("not JSON: {error}")))?;
                Ok(Self::Policy(text.trim().to_owned()))
            }
            toml::Value::String(service) => Ok(Self::Services(vec![service])),
            list => list.try_into().map(Self::Services).map_err(|_| {
                de::Error::custom("write a service principal, a list of them, or JSON text")
            }),
        }
    }
}

/// When a role was last used, if ever.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastUsed(pub(super) Option<When>);

impl<'de> Deserialize<'de> for LastUsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        When::deserialize(de::value::StringDeserializer::new(text)).map(|when| Self(Some(when)))
    }
}
