//! App Runner's smaller resources: connections, auto scaling, VPC connectors, observability.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ConnectionStatus, ConnectorStatus, Context, Provider, Service, SourceKind, id,
    stated::{AutoScalingText, ConnectionText, ObservabilityText, VpcConnectorText},
};

/// A connection to a source code provider.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// Who hosts the code.
    pub provider: Provider,
    /// Whether it can be used.
    pub status: ConnectionStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// An auto scaling configuration.
#[derive(Clone, Debug)]
pub struct AutoScaling {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The revision.
    pub revision: i32,
    /// The least number of instances.
    pub min: i32,
    /// The greatest number of instances.
    pub max: i32,
    /// Requests at once that an instance takes.
    pub concurrency: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Whether App Runner still has it.
    pub exists: bool,
}

/// A VPC connector.
#[derive(Clone, Debug)]
pub struct VpcConnector {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The subnets.
    pub subnets: Vec<String>,
    /// The security groups.
    pub security_groups: Vec<String>,
    /// How many network interfaces there are for each service that uses it; missing: one for each
    /// instance.
    pub interfaces: Option<u32>,
    /// Whether it exists, which does not mean that it works.
    pub status: ConnectorStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// An observability configuration.
#[derive(Clone, Debug)]
pub struct Observability {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// Whether X-Ray traces requests.
    pub tracing: bool,
    /// Whether it exists.
    pub status: ConnectorStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

pub(super) fn connection_arn(name: &str, context: &Context) -> String {
    let id = id::hex(32, &["connection", &context.account, name]);
    format!("{}:connection/{name}/{id}", context.apprunner())
}

pub(super) fn vpc_connector_arn(name: &str, context: &Context) -> String {
    let id = id::hex(32, &["vpcconnector", &context.account, name]);
    format!("{}:vpcconnector/{name}/1/{id}", context.apprunner())
}

pub(super) fn connections(
    stated: Vec<ConnectionText>,
    services: &[Service],
    context: &Context,
) -> Vec<Connection> {
    let mut connections = Vec::<Connection>::new();
    let known = |connections: &[Connection], name: &str| {
        connections.iter().position(|known| known.name == name)
    };
    for service in services {
        let provider = match service.source {
            SourceKind::Image => continue,
            SourceKind::Github => Provider::Github,
            SourceKind::Bitbucket => Provider::Bitbucket,
        };
        let Some(name) = &service.connection else {
            continue;
        };
        if known(&connections, name).is_none() {
            connections.push(Connection {
                name: name.clone(),
                arn: connection_arn(name, context),
                provider,
                status: ConnectionStatus::Available,
                created_at: context.now - TimeDelta::days(200),
            });
        }
    }
    for text in stated {
        let position = known(&connections, &text.name).unwrap_or_else(|| {
            connections.push(Connection {
                arn: connection_arn(&text.name, context),
                name: text.name.clone(),
                provider: Provider::Github,
                status: ConnectionStatus::Available,
                created_at: context.now - TimeDelta::days(200),
            });
            connections.len() - 1
        });
        if text.exists == Some(false) {
            connections.remove(position);
            continue;
        }
        let connection = &mut connections[position];
        connection.provider = text.provider.unwrap_or(connection.provider);
        connection.status = text.status.unwrap_or(connection.status);
        if let Some(created) = text.created {
            connection.created_at = created.at(context.now);
        }
    }
    connections
}

pub(super) fn auto_scaling(stated: AutoScalingText, context: &Context) -> AutoScaling {
    let name = stated
        .name
        .unwrap_or_else(|| "DefaultConfiguration".to_owned());
    let revision = stated.revision.unwrap_or(1);
    // The default configuration has this id in every account.
    let id = if name == "DefaultConfiguration" {
        "00000000000000000000000000000001".to_owned()
    } else {
        id::hex(32, &["autoscalingconfiguration", &context.account, &name])
    };
    AutoScaling {
        arn: format!(
            "{}:autoscalingconfiguration/{name}/{revision}/{id}",
            context.apprunner()
        ),
        name,
        revision,
        min: stated.min.unwrap_or(1),
        max: stated.max.unwrap_or(25),
        concurrency: stated.concurrency.unwrap_or(100),
        created_at: context.now - TimeDelta::days(200),
        exists: stated.exists.unwrap_or(true),
    }
}

pub(super) fn vpc_connectors(
    stated: Vec<VpcConnectorText>,
    services: &[Service],
    context: &Context,
) -> Vec<VpcConnector> {
    let mut connectors = Vec::<VpcConnector>::new();
    for text in stated {
        connectors.push(VpcConnector {
            arn: vpc_connector_arn(&text.name, context),
            subnets: text.subnets.unwrap_or_else(default_subnets),
            security_groups: text.security_groups.unwrap_or_else(default_security_groups),
            interfaces: text.interfaces,
            status: text.status.unwrap_or(ConnectorStatus::Active),
            created_at: text
                .created
                .map_or(context.now - TimeDelta::days(200), |when| {
                    when.at(context.now)
                }),
            name: text.name,
        });
    }
    for arn in services
        .iter()
        .filter_map(|service| service.vpc_connector_arn.as_ref())
    {
        let name = arn.split('/').nth(1).unwrap_or_default();
        if connectors.iter().all(|known| known.name != name) {
            connectors.push(VpcConnector {
                name: name.to_owned(),
                arn: arn.clone(),
                subnets: default_subnets(),
                security_groups: default_security_groups(),
                interfaces: None,
                status: ConnectorStatus::Active,
                created_at: context.now - TimeDelta::days(200),
            });
        }
    }
    connectors
}

pub(super) fn observability_arn(name: &str, context: &Context) -> String {
    let id = id::hex(32, &["observability", &context.account, name]);
    format!(
        "{}:observabilityconfiguration/{name}/1/{id}",
        context.apprunner()
    )
}

/// Those that services use, which trace, changed by what the file states.
pub(super) fn observability(
    stated: Vec<ObservabilityText>,
    services: &[Service],
    context: &Context,
) -> Vec<Observability> {
    let healthy = |name: &str| Observability {
        name: name.to_owned(),
        arn: observability_arn(name, context),
        tracing: true,
        status: ConnectorStatus::Active,
        created_at: context.now - TimeDelta::days(200),
    };
    let mut found = Vec::<Observability>::new();
    let used = services
        .iter()
        .filter_map(|it| it.observability_arn.as_ref());
    let used = used.filter_map(|arn| arn.split('/').nth(1));
    for name in used.chain(stated.iter().map(|text| text.name.as_str())) {
        if found.iter().all(|known| known.name != name) {
            found.push(healthy(name));
        }
    }
    for text in stated {
        if text.exists == Some(false) {
            found.retain(|known| known.name != text.name);
        }
        if let Some(known) = found.iter_mut().find(|known| known.name == text.name) {
            known.status = text.status.unwrap_or(known.status);
            known.tracing = text.tracing.unwrap_or(known.tracing);
            if let Some(created) = text.created {
                known.created_at = created.at(context.now);
            }
        }
    }
    found
}

fn default_subnets() -> Vec<String> {
    vec![
        "subnet-0a1b2c3d4e5f60001".to_owned(),
        "subnet-0a1b2c3d4e5f60002".to_owned(),
    ]
}

fn default_security_groups() -> Vec<String> {
    vec!["sg-0a1b2c3d4e5f60003".to_owned()]
}
