//! Ways into private services.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Context, IngressStatus, Problem, Service, id, named_service, network, stated::IngressText,
};

/// The way from a VPC into a private service.
#[derive(Clone, Debug)]
pub struct VpcIngressConnection {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The ARN of the service.
    pub service_arn: String,
    /// How it stands.
    pub status: IngressStatus,
    /// The VPC.
    pub vpc: String,
    /// The VPC endpoint.
    pub endpoint: String,
    /// The name under which the service is reached.
    pub domain: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// The service to which the VPC endpoint of such a way leads.
pub(super) const ENDPOINT_SERVICE: &str = "apprunner.requests";

/// One that works for each private service, and what the file states.
pub(super) fn resolve(
    stated: Vec<IngressText>,
    services: &[Service],
    context: &Context,
) -> Result<Vec<VpcIngressConnection>, Problem> {
    let mut connections = Vec::<VpcIngressConnection>::new();
    for service in services.iter().filter(|service| !service.public) {
        connections.push(healthy(service, default_name(service), context));
    }
    for text in stated {
        let service = named_service(text.service, services)?;
        let name = text.name.unwrap_or_else(|| default_name(service));
        let position = match connections.iter().position(|it| it.name == name) {
            Some(position) => position,
            None => {
                connections.push(healthy(service, name, context));
                connections.len() - 1
            }
        };
        if text.exists == Some(false) {
            connections.remove(position);
            continue;
        }
        let connection = &mut connections[position];
        connection.status = text.status.unwrap_or(connection.status);
        if let Some(vpc) = text.vpc {
            connection.vpc = vpc;
        }
        if let Some(endpoint) = text.endpoint {
            connection.endpoint = endpoint;
        }
        if let Some(created) = text.created {
            connection.created_at = created.at(context.now);
        }
    }
    Ok(connections)
}

fn default_name(service: &Service) -> String {
    // App Runner takes 40 letters.
    let name = &service.name[..service.name.len().min(32)];
    format!("{name}-ingress")
}

fn healthy(service: &Service, name: String, context: &Context) -> VpcIngressConnection {
    let id = id::hex(32, &["vpcingressconnection", &service.arn, &name]);
    let host = id::hex(10, &["ingress", &id]);
    VpcIngressConnection {
        arn: format!("{}:vpcingressconnection/{name}/{id}", context.apprunner()),
        service_arn: service.arn.clone(),
        status: IngressStatus::Available,
        vpc: network::VPC.to_owned(),
        endpoint: network::endpoint_id(network::VPC, ENDPOINT_SERVICE, context),
        domain: format!("{host}.{}.awsapprunner.com", context.region),
        created_at: service.created_at + TimeDelta::minutes(10),
        name,
    }
}
