//! An account: what it states, and everything that it does not state in good health.

mod block;
mod change;
mod domain;
mod fault;
mod health_event;
mod healthy;
pub(crate) mod id;
mod image;
mod ingress;
mod key;
mod line;
mod log;
mod metric;
mod network;
mod operation;
mod parameter;
mod placeholder;
mod quota;
mod resource;
mod role;
pub(crate) mod secret;
mod service;
mod source_file;
mod stated;
mod time;
mod trail;
mod words;

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};

pub use self::{
    change::Change,
    domain::CustomDomain,
    fault::Fault,
    health_event::HealthEvent,
    image::{Config, Image, ImageReference, Repository},
    ingress::VpcIngressConnection,
    key::{Grant, Key},
    log::{LogGroup, LogLine, LogStream, Run},
    metric::Metric,
    network::{
        NatGateway, Network, NetworkInterface, Route, RouteTable, Rule, SecurityGroup, Subnet,
        VpcEndpoint,
    },
    operation::Operation,
    parameter::Parameter,
    quota::Quota,
    resource::{AutoScaling, Connection, Observability, VpcConnector},
    role::{Policy, Role},
    secret::Secret,
    service::{HealthCheck, Service},
    source_file::SourceFile,
    trail::Trail,
    words::{
        ConfigurationSource, ConnectionStatus, ConnectorStatus, DomainStatus, EndpointType,
        FaultKind, HealthCategory, HealthProtocol, HealthScope, ImageStatus, IngressStatus,
        KeyState, ManifestKind, NatState, OperationStatus, OperationType, ParameterType, Provider,
        RecordStatus, RouteState, ServiceStatus, SourceKind,
    },
};
use self::{log::Logs, stated::Stated, time::When};

/// A simulated AWS account in one Region.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name of the file, without its ending.
    pub name: String,
    /// What happened, for people.
    pub what: String,
    /// The rules that a report must list first.
    pub expect: Vec<String>,
    /// Where it was seen.
    pub reference: Option<String>,
    /// What is known of the failure that was seen there.
    pub case: Case,
    /// The account id.
    pub id: String,
    /// The Region in which everything is.
    pub region: String,
    /// The clock of AWS.
    pub now: DateTime<Utc>,
    /// The ARN of who collects.
    pub caller: String,
    /// The services; the first is the one that the account is about.
    pub services: Vec<Service>,
    /// The connections.
    pub connections: Vec<Connection>,
    /// The auto scaling configuration that all services use.
    pub auto_scaling: AutoScaling,
    /// The VPC connectors.
    pub vpc_connectors: Vec<VpcConnector>,
    /// The ways into private services.
    pub vpc_ingress_connections: Vec<VpcIngressConnection>,
    /// The observability configurations.
    pub observability: Vec<Observability>,
    /// The domains of the customer's own.
    pub custom_domains: Vec<CustomDomain>,
    /// What there is in the VPCs.
    pub network: Network,
    /// What whoever collects has of the source code.
    pub source_files: Vec<SourceFile>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The managed policies.
    pub policies: Vec<Policy>,
    /// The ECR repositories.
    pub repositories: Vec<Repository>,
    /// The secrets.
    pub secrets: Vec<Secret>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The keys.
    pub keys: Vec<Key>,
    /// The quotas.
    pub quotas: Vec<Quota>,
    /// The log groups, sorted by name.
    pub log_groups: Vec<LogGroup>,
    /// The CloudTrail events, newest first.
    pub changes: Vec<Change>,
    /// The trails.
    pub trails: Vec<Trail>,
    /// The metrics.
    pub metrics: Vec<Metric>,
    /// Whether the support plan includes AWS Health.
    pub health_plan: bool,
    /// The events of AWS Health, newest first.
    pub health_events: Vec<HealthEvent>,
    /// How fast AWS is.
    pub pace: Pace,
    /// The calls that do not go as they should.
    pub faults: Vec<Fault>,
}

/// A failure that somebody reported, and how much of its cause is known.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// What kind of trouble it was.
    pub category: Option<String>,
    /// Whether who reported it made sure of the cause.
    pub confirmed: bool,
    /// Whether what the account holds decides the cause.
    pub decides: bool,
    /// Rules that are right too and name no cause: how it failed, or what was seen of it.
    pub also: Vec<String>,
    /// Whether the lines that decide are those of the report.
    pub verbatim: bool,
    /// Words that the owner of the application chose, and that could as well be others.
    pub own: Vec<String>,
}

/// How fast AWS is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Whether calls above the documented rates are throttled.
    pub enforce: bool,
    /// How long each call takes.
    pub latency: Duration,
}

/// Why an account could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The file could not be read.
    #[error("failed to read the account {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file does not say what an account can be.
    #[error("{file}:{line}:{column}: {message}")]
    Invalid {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

impl Account {
    /// Loads an account of this crate by its name, in whichever folder it is, or any by the path of
    /// its file, which ends in `.toml`.
    pub fn load(name_or_path: impl AsRef<Path>) -> Result<Self, AccountError> {
        let asked = name_or_path.as_ref();
        let path = if asked.extension().is_some_and(|ending| ending == "toml") {
            asked.to_owned()
        } else {
            let file = format!("{}.toml", asked.display());
            let accounts = crate::dir().join("accounts");
            crate::Folder::ALL
                .iter()
                .map(|folder| accounts.join(folder.name()).join(&file))
                .find(|path| path.exists())
                .unwrap_or_else(|| accounts.join(&file))
        };
        let text = fs::read_to_string(&path).map_err(|source| AccountError::Read {
            path: path.clone(),
            source,
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let parsed = toml::from_str(&text)
            .map_err(|error| Problem {
                span: error.span(),
                message: error.message().to_owned(),
            })
            .and_then(|stated| resolve(&name, stated));
        parsed.map_err(|problem| problem.in_file(&path.display().to_string(), &text))
    }

    /// Reads an account from text, as from a file of that name.
    pub fn parse(name: &str, text: &str) -> Result<Self, AccountError> {
        toml::from_str(text)
            .map_err(|error| Problem {
                span: error.span(),
                message: error.message().to_owned(),
            })
            .and_then(|stated| resolve(name, stated))
            .map_err(|problem| problem.in_file(&format!("{name}.toml"), text))
    }

    /// The service that the account is about.
    pub fn service(&self) -> &Service {
        &self.services[0]
    }
}

/// What the parts of an account need to know of the whole.
struct Context {
    account: String,
    region: String,
    now: DateTime<Utc>,
}

impl Context {
    /// The begin of the ARNs of App Runner.
    fn apprunner(&self) -> String {
        format!("arn:aws:apprunner:{}:{}", self.region, self.account)
    }
}

/// What is wrong with a file, and where.
#[derive(Debug)]
struct Problem {
    span: Option<Range<usize>>,
    message: String,
}

impl Problem {
    fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            message: message.into(),
        }
    }

    fn unplaced(message: impl Into<String>) -> Self {
        Self {
            span: None,
            message: message.into(),
        }
    }

    fn in_file(self, file: &str, text: &str) -> AccountError {
        let offset = self.span.map_or(0, |span| span.start).min(text.len());
        let before = &text.as_bytes()[..offset];
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |position| position + 1);
        AccountError::Invalid {
            file: file.to_owned(),
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: String::from_utf8_lossy(&before[line_start..])
                .chars()
                .count()
                + 1,
            message: self.message,
        }
    }
}

fn resolve(name: &str, stated: Stated) -> Result<Account, Problem> {
    let context = context(&stated)?;
    if let Some(operation) = stated.service.operation.first() {
        return Err(Problem::at(
            operation.span(),
            "the operations of the service are written as `[[operation]]`",
        ));
    }
    let mut logs = Logs::new(context.now, stated.retention_days);
    let mut services = vec![service::resolve(
        &mut logs,
        stated.service,
        stated.operation,
        stated.bulk_operation,
        &context,
    )?];
    for other in stated.other_service {
        let span = other.span();
        let mut other = other.into_inner();
        if other.name.is_none() {
            return Err(Problem::at(span, "another service states its `name`"));
        }
        let operations = std::mem::take(&mut other.operation);
        let other = service::resolve(&mut logs, other, operations, Vec::new(), &context)?;
        if services.iter().any(|known| known.name == other.name) {
            let message = format!("there are two services `{}`", other.name);
            return Err(Problem::at(span, message));
        }
        services.push(other);
    }
    for text in stated.log {
        line::further(&mut logs, text, &services[0], &context)?;
    }
    for text in stated.bulk {
        line::bulk(&mut logs, text, &services[0], &context)?;
    }
    if stated.application_log == Some(false) {
        logs.remove(&services[0].application_log_group());
    }
    if stated.service_log == Some(false) {
        logs.remove(&services[0].service_log_group());
    }

    let mut repositories = Vec::<Repository>::new();
    repositories.extend(image::repository(
        &services[0],
        stated.repository,
        stated.image,
        stated.other_image,
        &context,
    )?);
    for other in &services[1..] {
        let repository = image::repository(
            other,
            Default::default(),
            Default::default(),
            Vec::new(),
            &context,
        )?;
        let is_new = |repository: &Repository| {
            repositories
                .iter()
                .all(|known| known.uri() != repository.uri())
        };
        repositories.extend(repository.filter(is_new));
    }
    repositories.sort_by(|a, b| a.name.cmp(&b.name));

    let mut changes = change::stated(stated.change, &services[0], &context)?;
    for service in &services {
        for operation in &service.operations {
            changes.extend(change::of_operation(
                service,
                operation,
                &repositories,
                &context,
            ));
        }
    }
    changes.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
    let trails = trail::resolve(stated.trail, &changes, &mut logs, &context)?;

    let auto_scaling = resource::auto_scaling(stated.auto_scaling, &context);
    let vpc_connectors = resource::vpc_connectors(stated.vpc_connector, &services, &context);
    let vpc_ingress_connections =
        ingress::resolve(stated.vpc_ingress_connection, &services, &context)?;
    let network = network::resolve(
        network::NetworkText {
            subnets: stated.subnet,
            route_tables: stated.route_table,
            routes: stated.route,
            nat_gateways: stated.nat_gateway,
            vpc_endpoints: stated.vpc_endpoint,
            security_groups: stated.security_group,
            interfaces: stated.network_interface,
        },
        &vpc_connectors,
        &services,
        &auto_scaling,
        &vpc_ingress_connections,
        &context,
    )?;
    let policies = role::policies(&stated.policy, &context);
    let secrets = secret::secrets(stated.secret, &services, &context)?;
    let parameters = parameter::parameters(stated.parameter, &services, &context)?;
    let keys = key::keys(
        stated.key,
        &services,
        &repositories,
        &secrets,
        &parameters,
        &context,
    )?;
    Ok(Account {
        name: name.to_owned(),
        what: stated.what,
        expect: stated.expect,
        reference: stated.reference,
        case: Case {
            category: stated.category,
            confirmed: stated.confirmed,
            decides: stated.decides,
            also: stated.also,
            verbatim: stated.verbatim.unwrap_or(true),
            own: stated.own,
        },
        source_files: source_file::resolve(stated.source_file)?,
        caller: stated.caller.unwrap_or_else(|| {
            format!(
                "arn:aws:sts::{}:assumed-role/Diagnosis/session",
                context.account
            )
        }),
        connections: resource::connections(stated.connection, &services, &context),
        auto_scaling,
        vpc_connectors,
        vpc_ingress_connections,
        observability: resource::observability(stated.observability, &services, &context),
        custom_domains: domain::resolve(stated.custom_domain, &services, &context)?,
        network,
        roles: role::roles(stated.role, &services, &policies, &context)?,
        metrics: metric::resolve(stated.metric, &services, &context)?,
        health_plan: stated
            .health_plan
            .unwrap_or(!stated.health_event.is_empty()),
        health_events: health_event::resolve(stated.health_event, &context)?,
        pace: Pace {
            enforce: stated.pace.enforce,
            latency: Duration::from_millis(u64::from(stated.pace.latency_ms)),
        },
        faults: fault::resolve(stated.fault, crate::endpoint::OPERATIONS)?,
        id: context.account,
        region: context.region,
        now: context.now,
        services,
        policies,
        repositories,
        secrets,
        parameters,
        keys,
        quotas: quota::quotas(stated.quota),
        log_groups: logs.finish(),
        changes,
        trails,
    })
}

fn context(stated: &Stated) -> Result<Context, Problem> {
    let account = match &stated.account {
        Some(id)
            if id.get_ref().len() != 12 || !id.get_ref().bytes().all(|it| it.is_ascii_digit()) =>
        {
            return Err(Problem::at(id.span(), "an account id has 12 digits"));
        }
        Some(id) => id.get_ref().clone(),
        None => "111122223333".to_owned(),
    };
    let now = match &stated.now {
        Some(now) => match now.get_ref() {
            When::At(time) => *time,
            When::Before(_) => {
                return Err(Problem::at(now.span(), "`now` is an absolute time"));
            }
        },
        // 2026-11-20T12:00:00Z.
        None => DateTime::from_timestamp(1_795_176_000, 0).unwrap_or_default(),
    };
    Ok(Context {
        account,
        region: stated
            .region
            .clone()
            .unwrap_or_else(|| "us-east-1".to_owned()),
        now,
    })
}

/// The service of this name, or the one that the account is about.
fn named_service(
    name: Option<toml::Spanned<String>>,
    services: &[Service],
) -> Result<&Service, Problem> {
    let Some(name) = name else {
        return Ok(&services[0]);
    };
    services
        .iter()
        .find(|service| service.name == *name.get_ref())
        .ok_or_else(|| Problem::at(name.span(), "there is no such service"))
}

#[cfg(test)]
mod tests;
