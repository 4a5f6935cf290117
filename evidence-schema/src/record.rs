//! Records: one piece of evidence each, as AWS gave it.
//!
//! A record says what was seen and never what it means. The order of [`Kind`] is the order of the
//! records in a bundle: what gives context comes before what needs it, and the logs come last.

mod auto_scaling;
mod change;
mod connection;
mod custom_domain;
mod health_event;
mod identity;
mod image;
mod ingress_connection;
mod key;
mod key_grant;
mod log;
mod metric;
mod nat_gateway;
mod network_interface;
mod observability_configuration;
mod operation;
mod parameter;
mod pushed_image;
mod quarantined;
mod quota;
mod role;
mod role_simulation;
mod route_table;
mod secret;
mod security_group;
mod service;
mod service_linked_role;
mod sibling;
mod source_file;
mod subnet;
mod tags;
mod vpc_connector;
mod vpc_endpoint;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    auto_scaling::AutoScaling,
    change::{Change, ChangedResource},
    connection::{Connection, ConnectionStatus},
    custom_domain::{CustomDomain, ValidationRecord},
    health_event::HealthEvent,
    identity::Identity,
    image::{Image, Platform, Repository},
    ingress_connection::IngressConnection,
    key::Key,
    key_grant::{ContextPair, GrantConstraints, KeyGrant},
    log::{LogGroup, LogLine, LogStream},
    metric::{Metric, Point},
    nat_gateway::NatGateway,
    network_interface::NetworkInterface,
    observability_configuration::ObservabilityConfiguration,
    operation::{Operation, OperationStatus, OperationType},
    parameter::Parameter,
    pushed_image::PushedImage,
    quarantined::{QuarantineReason, Quarantined},
    quota::Quota,
    role::{Policy, Role, RoleUse},
    role_simulation::RoleSimulation,
    route_table::{Route, RouteTable},
    secret::Secret,
    security_group::{SecurityGroup, SecurityGroupRule},
    service::{
        CodeSource, Configuration, ConfigurationSource, HealthCheck, ImageSource, Instance,
        Network, Observability, Origin, Service, ServiceStatus, Source,
    },
    service_linked_role::ServiceLinkedRole,
    sibling::{SiblingConfiguration, SiblingOperation, SiblingService},
    source_file::{DockerInstruction, SourceFile, SourceFileRole},
    subnet::Subnet,
    tags::Tags,
    vpc_connector::VpcConnector,
    vpc_endpoint::VpcEndpoint,
};
use crate::time::Time;

/// One piece of evidence with its number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// The position in the bundle, from 1. Reports cite records by it.
    pub id: u64,
    /// What was seen.
    #[serde(flatten)]
    pub body: Body,
}

/// Defines [`Body`] and [`Kind`] from one list, in the order of the bundle.
macro_rules! bodies {
    ($( $(#[$doc:meta])* $variant:ident($type:ty) = $name:literal, )+) => {
        /// What a record holds, tagged by `kind`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "kind")]
        pub enum Body {
            $( $(#[$doc])* #[serde(rename = $name)] $variant($type), )+
        }

        /// The kind of a record. The order of the variants is the order of the bundle.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $( $(#[$doc])* $variant, )+
        }

        impl Kind {
            /// Every kind, in the order of the bundle.
            pub const ALL: &[Kind] = &[$( Kind::$variant ),+];

            /// The kind as it is written in a bundle.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// The kind that is written `name`, if this version knows it.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $( $name => Some(Self::$variant), )+ _ => None }
            }
        }

        impl Body {
            /// The body of a record of this kind with this text.
            ///
            /// serde keeps all of a tagged enum in memory before it understands it, with what
            /// nobody asks for. Here the kind is known, and only what the type has is kept.
            pub(crate) fn of_text(kind: Kind, text: &[u8]) -> serde_json::Result<Self> {
                match kind {
                    $( Kind::$variant => serde_json::from_slice(text).map(Self::$variant), )+
                }
            }

            /// The kind of the record.
            pub fn kind(&self) -> Kind {
                match self { $( Self::$variant(_) => Kind::$variant, )+ }
            }
        }
    };
}

bodies! {
    /// Who collected.
    Identity(Identity) = "identity",
    /// The App Runner service.
    Service(Box<Service>) = "service",
    /// One operation of the service.
    Operation(Operation) = "operation",
    /// A connection to a source code provider.
    Connection(Connection) = "connection",
    /// The auto scaling configuration of the service.
    AutoScaling(AutoScaling) = "auto_scaling",
    /// The VPC connector of the service.
    VpcConnector(VpcConnector) = "vpc_connector",
    /// A subnet of the VPC connector.
    Subnet(Subnet) = "subnet",
    /// A route table of the connector's VPC.
    RouteTable(RouteTable) = "route_table",
    /// A NAT gateway of the connector's VPC.
    NatGateway(NatGateway) = "nat_gateway",
    /// A VPC endpoint of the connector's VPC.
    VpcEndpoint(VpcEndpoint) = "vpc_endpoint",
    /// A security group of the connector or of an endpoint.
    SecurityGroup(SecurityGroup) = "security_group",
    /// A network interface of App Runner in the connector's subnets.
    NetworkInterface(NetworkInterface) = "network_interface",
    /// A way into a private service.
    IngressConnection(IngressConnection) = "ingress_connection",
    /// A domain of the customer that leads to the service.
    CustomDomain(CustomDomain) = "custom_domain",
    /// The tracing of the service.
    ObservabilityConfiguration(ObservabilityConfiguration) = "observability_configuration",
    /// The tags of the service.
    Tags(Tags) = "tags",
    /// An IAM role that the service uses.
    Role(Role) = "role",
    /// What IAM says a role may do.
    RoleSimulation(RoleSimulation) = "role_simulation",
    /// A role that App Runner itself works with.
    ServiceLinkedRole(ServiceLinkedRole) = "service_linked_role",
    /// A secret that the service refers to.
    Secret(Secret) = "secret",
    /// A parameter that the service refers to.
    Parameter(Parameter) = "parameter",
    /// A KMS key that something of the service is encrypted with.
    Key(Box<Key>) = "key",
    /// What such a key allows to someone beside its policy.
    KeyGrant(Box<KeyGrant>) = "key_grant",
    /// The ECR repository of the service's image.
    Repository(Repository) = "repository",
    /// The image that the service refers to.
    Image(Image) = "image",
    /// An image that was pushed around a failure.
    PushedImage(PushedImage) = "pushed_image",
    /// A quota of the account.
    Quota(Quota) = "quota",
    /// Another App Runner service of the account and Region.
    SiblingService(SiblingService) = "sibling_service",
    /// What another service is made of.
    SiblingConfiguration(SiblingConfiguration) = "sibling_configuration",
    /// One operation of another service.
    SiblingOperation(SiblingOperation) = "sibling_operation",
    /// An event of the AWS Health service.
    HealthEvent(HealthEvent) = "health_event",
    /// One CloudWatch metric over a window.
    Metric(Metric) = "metric",
    /// An API call that CloudTrail recorded.
    Change(Box<Change>) = "change",
    /// A file of the user's checkout.
    SourceFile(SourceFile) = "source_file",
    /// A CloudWatch log group of the service.
    LogGroup(LogGroup) = "log_group",
    /// A stream of a log group.
    LogStream(LogStream) = "log_stream",
    /// A line that the platform wrote: `events` and `deployment/…`.
    ServiceLog(LogLine) = "service_log",
    /// A line that the application wrote: `instance/…`.
    ApplicationLog(LogLine) = "application_log",
    /// A record that was taken out because it may not leave the account.
    Quarantined(Quarantined) = "quarantined",
}

/// What records are sorted by. Two records of one key keep the order in which AWS gave them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {
    /// The kind comes first.
    pub kind: Kind,
    /// Then the time; records without one come before those with one.
    pub time: Option<Time>,
    /// Then what names the record within its kind.
    pub key: String,
}

impl Body {
    /// What this record is sorted by.
    pub fn sort_key(&self) -> SortKey {
        let (time, key) = match self {
            Body::Identity(it) => (None, it.arn.clone()),
            Body::Service(it) => (None, it.arn.clone()),
            Body::Operation(it) => (it.started_at, it.id.clone()),
            Body::Connection(it) => (None, it.arn.clone()),
            Body::AutoScaling(it) => (None, it.arn.clone()),
            Body::VpcConnector(it) => (None, it.arn.clone()),
            Body::Subnet(it) => (None, it.id.clone()),
            Body::RouteTable(it) => (None, it.id.clone()),
            Body::NatGateway(it) => (None, it.id.clone()),
            Body::VpcEndpoint(it) => (None, it.id.clone()),
            Body::SecurityGroup(it) => (None, it.id.clone()),
            Body::NetworkInterface(it) => (None, it.id.clone()),
            Body::IngressConnection(it) => (None, it.arn.clone()),
            Body::CustomDomain(it) => (None, it.domain_name.clone()),
            Body::ObservabilityConfiguration(it) => (None, it.arn.clone()),
            Body::Tags(it) => (None, it.resource_arn.clone()),
            Body::Role(it) => (None, it.arn.clone()),
            Body::RoleSimulation(it) => (
                None,
                format!("{}/{}/{}", it.role_arn, it.action, it.resource),
            ),
            Body::ServiceLinkedRole(it) => (None, it.arn.clone()),
            Body::Secret(it) => (None, it.arn.clone()),
            Body::Parameter(it) => (None, it.reference.clone()),
            Body::Key(it) => (None, it.reference.clone()),
            Body::KeyGrant(it) => (None, format!("{}/{}", it.key_arn, it.grant_id)),
            Body::Repository(it) => (None, it.arn.clone()),
            Body::Image(it) => (it.pushed_at, it.digest.clone()),
            Body::PushedImage(it) => (Some(it.pushed_at), it.digest.clone()),
            Body::Quota(it) => (None, format!("{}/{}", it.service_code, it.quota_code)),
            Body::SiblingService(it) => (None, it.arn.clone()),
            Body::SiblingConfiguration(it) => (None, it.service_arn.clone()),
            Body::SiblingOperation(it) => (
                it.started_at,
                format!("{}/{}", it.service_arn, it.operation_id),
            ),
            Body::HealthEvent(it) => (it.started_at, it.arn.clone()),
            Body::Metric(it) => (None, metric_key(it)),
            Body::Change(it) => (Some(it.time), it.event_id.clone()),
            Body::SourceFile(it) => (None, it.path.clone()),
            Body::LogGroup(it) => (None, it.name.clone()),
            Body::LogStream(it) => (None, format!("{}/{}", it.group, it.name)),
            Body::ServiceLog(it) | Body::ApplicationLog(it) => {
                (Some(it.time), format!("{}/{}", it.service_id, it.stream))
            }
            Body::Quarantined(it) => (it.time, format!("{}/{}", it.source, it.of_kind)),
        };
        SortKey {
            kind: self.kind(),
            time,
            key,
        }
    }
}

/// What names a metric: bundles from before windows were told keep their order.
fn metric_key(it: &Metric) -> String {
    let name = format!(
        "{}/{}/{}/{}",
        it.namespace, it.name, it.statistic, it.period_seconds
    );
    match it.window {
        Some(window) => format!("{name}/{}", window.from.timestamp_millis()),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_member_of_a_body_hides_one_of_the_record() {
        let schema = serde_json::to_value(schemars::schema_for!(Body)).expect("JSON");
        let variants = schema["oneOf"].as_array().expect("the kinds");
        assert_eq!(variants.len(), Kind::ALL.len());
        for variant in variants {
            let named = variant["$ref"].as_str().map(|path| {
                let name = path.rsplit('/').next().expect("a name");
                &schema["$defs"][name]["properties"]
            });
            for properties in [Some(&variant["properties"]), named].into_iter().flatten() {
                assert!(properties.get("id").is_none(), "{variant}");
            }
            assert!(
                named.is_some_and(|it| it.get("kind").is_none()),
                "{variant}"
            );
        }
    }

    #[test]
    fn a_kind_is_found_by_its_name_and_names_are_unique() {
        for (index, kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(Kind::from_name(kind.as_str()), Some(*kind));
            assert!(Kind::ALL[..index].iter().all(|other| other < kind));
        }
        assert_eq!(Kind::from_name("invented"), None);
    }
}
