//! What services use and what leads to them: connectors, ingress, domains, observability, tags.

use super::{checked_arn, not_found, service};
use crate::{
    account::{VpcConnector, VpcIngressConnection},
    endpoint::{
        answer::{Answer, Failure, Out},
        page,
        request::Request,
    },
};

pub(super) fn list_vpc_connectors(request: &Request<'_>) -> Result<Answer, Failure> {
    let connectors = in_region(request, &request.account.vpc_connectors);
    let (range, next) = page::slice(request, connectors.len(), "MaxResults", 100)?;
    let list = Out::list(&connectors[range], connector_out);
    Ok(Answer {
        out: Out::map().with("VpcConnectors", list),
        next,
    })
}

pub(super) fn describe_vpc_connector(request: &Request<'_>) -> Result<Answer, Failure> {
    let asked = checked_arn(request, "VpcConnectorArn")?;
    let connector = in_region(request, &request.account.vpc_connectors)
        .iter()
        .find(|connector| connector.arn == asked)
        .ok_or_else(|| not_found(asked))?;
    Ok(Out::map()
        .with("VpcConnector", connector_out(connector))
        .into())
}

fn connector_out(connector: &VpcConnector) -> Out {
    Out::map()
        .with("VpcConnectorName", &connector.name)
        .with("VpcConnectorArn", &connector.arn)
        .with("VpcConnectorRevision", 1)
        .with("Subnets", Out::list(&connector.subnets, Out::from))
        .with(
            "SecurityGroups",
            Out::list(&connector.security_groups, Out::from),
        )
        .with("Status", connector.status.as_str())
        .with("CreatedAt", connector.created_at)
}

pub(super) fn list_vpc_ingress_connections(request: &Request<'_>) -> Result<Answer, Failure> {
    let filter = &request.input["Filter"];
    let wanted = |name: &str, own: &str| filter[name].as_str().is_none_or(|it| it == own);
    let found = in_region(request, &request.account.vpc_ingress_connections)
        .iter()
        .filter(|it| wanted("ServiceArn", &it.service_arn) && wanted("VpcEndpointId", &it.endpoint))
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, found.len(), "MaxResults", 100)?;
    let list = Out::list(&found[range], |connection| {
        Out::map()
            .with("VpcIngressConnectionArn", &connection.arn)
            .with("ServiceArn", &connection.service_arn)
    });
    Ok(Answer {
        out: Out::map().with("VpcIngressConnectionSummaryList", list),
        next,
    })
}

pub(super) fn describe_vpc_ingress_connection(request: &Request<'_>) -> Result<Answer, Failure> {
    let asked = checked_arn(request, "VpcIngressConnectionArn")?;
    let connection = in_region(request, &request.account.vpc_ingress_connections)
        .iter()
        .find(|connection| connection.arn == asked)
        .ok_or_else(|| not_found(asked))?;
    let described = Out::map()
        .with("VpcIngressConnectionArn", &connection.arn)
        .with("VpcIngressConnectionName", &connection.name)
        .with("ServiceArn", &connection.service_arn)
        .with("Status", connection.status.as_str())
        .with("AccountId", &request.account.id)
        .with("DomainName", &connection.domain)
        .with(
            "IngressVpcConfiguration",
            Out::map()
                .with("VpcId", &connection.vpc)
                .with("VpcEndpointId", &connection.endpoint),
        )
        .with("CreatedAt", connection.created_at);
    Ok(Out::map().with("VpcIngressConnection", described).into())
}

pub(super) fn describe_observability_configuration(
    request: &Request<'_>,
) -> Result<Answer, Failure> {
    let asked = checked_arn(request, "ObservabilityConfigurationArn")?;
    let found = in_region(request, &request.account.observability)
        .iter()
        .find(|known| known.arn == asked)
        .ok_or_else(|| not_found(asked))?;
    let trace = found.tracing.then(|| Out::map().with("Vendor", "AWSXRAY"));
    let described = Out::map()
        .with("ObservabilityConfigurationArn", &found.arn)
        .with("ObservabilityConfigurationName", &found.name)
        .with_some("TraceConfiguration", trace)
        .with("ObservabilityConfigurationRevision", 1)
        .with("Latest", true)
        .with("Status", found.status.as_str())
        .with("CreatedAt", found.created_at);
    Ok(Out::map()
        .with("ObservabilityConfiguration", described)
        .into())
}

pub(super) fn describe_custom_domains(request: &Request<'_>) -> Result<Answer, Failure> {
    let service = service(request, "ServiceArn")?;
    let domains = request.account.custom_domains.iter();
    let domains = domains
        .filter(|domain| domain.service_arn == service.arn)
        .collect::<Vec<_>>();
    let (range, next) = page::slice(request, domains.len(), "MaxResults", 5)?;
    let list = Out::list(&domains[range], |domain| {
        let records = Out::list(&domain.records, |(name, value)| {
            Out::map()
                .with("Name", name)
                .with("Type", "CNAME")
                .with("Value", value)
                .with("Status", domain.record_status.as_str())
        });
        Out::map()
            .with("DomainName", &domain.name)
            .with("EnableWWWSubdomain", domain.www)
            .with("CertificateValidationRecords", records)
            .with("Status", domain.status.as_str())
    });
    let ways_in = request.account.vpc_ingress_connections.iter();
    let is_its = |connection: &&VpcIngressConnection| connection.service_arn == service.arn;
    let targets = Out::list(ways_in.filter(is_its), |connection| {
        Out::map()
            .with("VpcIngressConnectionArn", &connection.arn)
            .with("VpcId", &connection.vpc)
            .with("DomainName", &connection.domain)
    });
    Ok(Answer {
        out: Out::map()
            .with("DNSTarget", &service.url)
            .with("ServiceArn", &service.arn)
            .with("CustomDomains", list)
            .with("VpcDNSTargets", targets),
        next,
    })
}

/// Only services have tags here.
pub(super) fn list_tags_for_resource(request: &Request<'_>) -> Result<Answer, Failure> {
    let asked = checked_arn(request, "ResourceArn")?;
    let account = request.account;
    let has_no_tags = request.in_region()
        && (account.vpc_connectors.iter().any(|it| it.arn == asked)
            || account.connections.iter().any(|it| it.arn == asked)
            || account.observability.iter().any(|it| it.arn == asked)
            || account
                .vpc_ingress_connections
                .iter()
                .any(|it| it.arn == asked)
            || account.auto_scaling.arn == asked);
    if has_no_tags {
        return Ok(Out::map().with("Tags", Vec::new()).into());
    }
    let service = service(request, "ResourceArn")?;
    let tags = Out::list(&service.tags, |(key, value)| {
        Out::map().with("Key", key).with("Value", value)
    });
    Ok(Out::map().with("Tags", tags).into())
}

fn in_region<'a, T>(request: &Request<'a>, all: &'a [T]) -> &'a [T] {
    if request.in_region() { all } else { &[] }
}
