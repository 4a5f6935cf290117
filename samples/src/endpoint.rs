//! The endpoint: a server on this machine that answers as AWS would in an account.

mod answer;
mod apprunner;
mod cbor;
mod cloudtrail;
mod cloudwatch;
mod ec2;
mod ecr;
mod fault;
mod glob;
mod health;
mod iam;
mod json;
mod kms;
mod logs;
mod merge;
mod pace;
mod page;
mod pattern;
mod query;
mod reply;
mod request;
mod secretsmanager;
mod server;
mod servicequotas;
mod ssm;
mod sts;
mod validate;

use std::{io, net::TcpListener, sync::Arc, thread};

use tokio::sync::oneshot;

use self::{
    answer::{Answer, Failure},
    page::Paging,
    request::Request,
    server::State,
    validate::Member,
};
use crate::account::{Account, FaultKind};

/// Every operation that is served, by service.
pub(crate) const OPERATIONS: &[(&str, &str)] = &[
    ("apprunner", "DescribeAutoScalingConfiguration"),
    ("apprunner", "DescribeCustomDomains"),
    ("apprunner", "DescribeObservabilityConfiguration"),
    ("apprunner", "DescribeService"),
    ("apprunner", "DescribeVpcConnector"),
    ("apprunner", "DescribeVpcIngressConnection"),
    ("apprunner", "ListConnections"),
    ("apprunner", "ListOperations"),
    ("apprunner", "ListServices"),
    ("apprunner", "ListTagsForResource"),
    ("apprunner", "ListVpcConnectors"),
    ("apprunner", "ListVpcIngressConnections"),
    ("cloudtrail", "DescribeTrails"),
    ("cloudtrail", "GetTrailStatus"),
    ("cloudtrail", "LookupEvents"),
    ("cloudwatch", "GetMetricData"),
    ("cloudwatch", "ListMetrics"),
    ("ec2", "DescribeNatGateways"),
    ("ec2", "DescribeNetworkInterfaces"),
    ("ec2", "DescribeRouteTables"),
    ("ec2", "DescribeSecurityGroups"),
    ("ec2", "DescribeSubnets"),
    ("ec2", "DescribeVpcEndpoints"),
    ("ecr", "BatchGetImage"),
    ("ecr", "DescribeImages"),
    ("ecr", "DescribeRepositories"),
    ("ecr", "GetDownloadUrlForLayer"),
    ("ecr", "GetLifecyclePolicy"),
    ("ecr", "GetRepositoryPolicy"),
    ("health", "DescribeEvents"),
    ("iam", "GetPolicy"),
    ("iam", "GetPolicyVersion"),
    ("iam", "GetRole"),
    ("iam", "GetRolePolicy"),
    ("iam", "ListAttachedRolePolicies"),
    ("iam", "ListRolePolicies"),
    ("iam", "SimulatePrincipalPolicy"),
    ("kms", "DescribeKey"),
    ("kms", "GetKeyPolicy"),
    ("kms", "ListGrants"),
    ("logs", "DescribeLogGroups"),
    ("logs", "DescribeLogStreams"),
    ("logs", "FilterLogEvents"),
    ("logs", "GetLogEvents"),
    ("secretsmanager", "DescribeSecret"),
    ("secretsmanager", "GetResourcePolicy"),
    ("servicequotas", "GetAWSDefaultServiceQuota"),
    ("servicequotas", "GetServiceQuota"),
    ("servicequotas", "ListAWSDefaultServiceQuotas"),
    ("servicequotas", "ListServiceQuotas"),
    ("ssm", "DescribeParameters"),
    ("sts", "AssumeRole"),
    ("sts", "GetCallerIdentity"),
];

/// An operation and how it is answered.
#[derive(Debug)]
struct Served {
    operation: &'static str,
    members: &'static [Member],
    paging: Option<Paging>,
    answer: fn(&Request<'_>) -> Result<Answer, Failure>,
}

fn served(service: &str) -> &'static [Served] {
    match service {
        "apprunner" => apprunner::SERVED,
        "cloudtrail" => cloudtrail::SERVED,
        "cloudwatch" => cloudwatch::SERVED,
        "ec2" => ec2::SERVED,
        "ecr" => ecr::SERVED,
        "health" => health::SERVED,
        "iam" => iam::SERVED,
        "kms" => kms::SERVED,
        "logs" => logs::SERVED,
        "secretsmanager" => secretsmanager::SERVED,
        "servicequotas" => servicequotas::SERVED,
        "ssm" => ssm::SERVED,
        "sts" => sts::SERVED,
        _ => &[],
    }
}

/// A running endpoint. It has a thread of its own and stops when it is dropped.
#[derive(Debug)]
pub struct Endpoint {
    url: String,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A call that the endpoint got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The service, such as `apprunner`; empty when the request named none that is served.
    pub service: String,
    /// The operation, such as `ListServices`.
    pub operation: String,
    /// The Region for which it was signed.
    pub region: String,
    /// The access key with which it was signed.
    pub access_key: String,
    /// What the client got.
    pub outcome: Outcome,
}

/// What a client got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer.
    Answered,
    /// An error with this code.
    Refused(String),
    /// Something that is no answer.
    Broken(FaultKind),
}

impl Call {
    /// Whether it was refused for being one too many.
    pub fn is_throttled(&self) -> bool {
        matches!(&self.outcome, Outcome::Refused(code) if fault::THROTTLED.contains(&code.as_str()))
    }
}

impl Endpoint {
    /// Every operation that is served: service and name.
    pub const OPERATIONS: &'static [(&'static str, &'static str)] = OPERATIONS;

    /// How a call is named that gets a blob by a URL that ECR gave out.
    pub const DOWNLOAD: &'static str = "download";

    /// Whether an operation that is served gives its answer in pages.
    pub fn pages(service: &str, operation: &str) -> bool {
        let mut served = served(service).iter();
        served.any(|served| served.operation == operation && served.paging.is_some())
    }

    /// Serves an account on a port of this machine; 0 takes any that is free.
    pub fn start(account: Account, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let state = Arc::new(State::new(account));
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = thread::Builder::new()
            .name("endpoint".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, shared, stopped)))?;
        Ok(Self {
            url,
            state,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The URL, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The account that is served.
    pub fn account(&self) -> &Account {
        self.state.account()
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls()
    }

    /// Which part of the calls so far was throttled, from 0 to 1.
    pub fn throttled_share(&self) -> f64 {
        let calls = self.calls();
        let throttled = calls.iter().filter(|call| call.is_throttled()).count();
        throttled as f64 / calls.len().max(1) as f64
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been printed; a second one here would hide the test's own.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
