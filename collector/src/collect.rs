//! One collection, from the plan to the file.

use std::{
    cell::{Cell, OnceCell},
    collections::BTreeMap,
    path::Path,
    time::Duration,
};

use evidence_schema::{
    Coverage, Manifest, Time,
    coverage::AwsError,
    manifest::{Clock, Target, Tool, Windows},
    record::{Identity, Operation, Service},
};
use redaction::Scrubber;
use tokio::{
    sync::{Semaphore, SetOnce},
    time::timeout,
};

use crate::{
    aws::{self, Access, Aws},
    callers::Callers,
    calls::CallLog,
    choice::{Choice, NOT_CHOSEN},
    collect_plan::{AppLogs, CollectPlan},
    delivery::Delivery,
    error::{CliError, Exit},
    leads::Leads,
    ledger::{Kept, Out, Shared, is_gap},
    output::{self, Finished},
    progress::{Progress, Voice},
    protection, pseudonymize,
    shrink::Room,
    sources::{
        self, application_log, auto_scaling, changes, connections, custom_domains, deployer_roles,
        deployment_metrics, health, identity, image, ingress_connections, keys, log_groups,
        logs::Group, metrics, network, observability, operations, parameters, pushed_images,
        quotas, role_simulations, roles, secrets, service, service_linked_roles, service_log,
        siblings, source_files, tags, vpc_connector,
    },
    spool::Spool,
    status::Outcome,
    stop::{Remnant, Stop, Stopped},
    target::{self, Found, ServiceArn},
    windows,
    witness::Witness,
};

/// So many sources are asked at once. Each API has its own pace; this bounds memory.
pub(crate) const AT_ONCE: usize = 6;

/// A source gets this part of the deadline, so that one that hangs does not starve the others.
const SHARE: u32 = 4;

/// The sources that get the half of it: what they read grows with the account.
const LONG: &[&str] = &["application-log", "changes", "service-log"];

/// What every source may look at.
pub(crate) struct Context<'a> {
    /// The clients.
    pub aws: &'a Aws,
    /// The service that is collected.
    pub target: &'a Target,
    /// Its configuration; none when AWS refused to describe it.
    pub service: Option<&'a Service>,
    /// The windows of time.
    pub windows: Windows,
    /// Whether the windows follow from the operations, or nothing is known of those.
    pub operations_known: bool,
    /// The log groups of every service that had the name.
    pub groups: Vec<Group>,
    /// Which lines of the application are wanted.
    pub app_logs: AppLogs,
    /// How many of them are kept away from failed deployments.
    pub app_log_limit: u32,
    /// A checkout of the application.
    pub source_dir: Option<&'a Path>,
    /// What one source found that another one has to look at.
    pub leads: Leads,
    /// The namespace in which the customer counts deployments.
    pub deployment_metrics: Option<&'a str>,
}

/// What a collection ends with.
#[derive(Debug)]
pub(crate) struct Collection {
    /// The file.
    pub finished: Finished,
    /// What is in it.
    pub manifest: Manifest,
    /// The exit code.
    pub exit: Exit,
}

/// Collects what `plan` says.
pub(crate) async fn collect(plan: &CollectPlan) -> Result<Collection, CliError> {
    let remnant = Remnant::default();
    pseudonymize::check_map(plan.protection.pseudonyms.as_ref(), plan.force)?;
    let place = output::reserve(plan.output.as_deref(), plan.force, remnant.clone())?
        .encrypted_for(&plan.protection.recipients);
    let stop = Stop::listen(plan.deadline, remnant);
    let progress = Progress::new(plan.voice);

    let (aws, who, found) = tokio::select! {
        biased;
        why = stop.stopped() => return Err(CliError::StoppedEarly(why.note())),
        started = start(plan, Witness::default(), &progress) => started?,
    };
    let now = aws.clock.begin();
    let gathered = gather(plan, &aws, who, found, now, &stop, progress).await?;

    // The writer is told everything at once, and from here nothing is asked any more.
    let Gathered {
        manifest,
        spool,
        coverage,
        scrubber,
        failures,
        stopped,
    } = gathered;
    let delivery = Delivery {
        place,
        protection: &plan.protection,
        force: plan.force,
        scrubber: &scrubber,
        room: plan.max_size.map(|limit| Room { limit, failures }),
    };
    let (finished, manifest) = delivery.write(spool, manifest, coverage)?;
    let mut entries = finished.coverage.iter();
    let has_gap = entries.any(|it| is_gap(it, &manifest.windows));
    let exit = match stopped {
        Some(_) => Exit::Interrupted,
        None if has_gap || finished.exceeds.is_some() => Exit::Gaps,
        None => Exit::Complete,
    };
    Ok(Collection {
        finished,
        manifest,
        exit,
    })
}

/// Asks every source like a collection and keeps nothing: who asked for what, and what became of
/// each source.
pub(crate) async fn probe(
    plan: &CollectPlan,
    witness: &Witness,
) -> Result<(String, Vec<Coverage>), CliError> {
    let stop = Stop::listen(plan.deadline, Remnant::default());
    let progress = Progress::new(plan.voice);
    let asked = async {
        let (aws, who, found) = start(plan, witness.clone(), &progress).await?;
        let now = aws.clock.begin();
        let name = match &who {
            Ok(identity) => identity.arn.clone(),
            Err(_) => "an unknown principal".to_owned(),
        };
        let what = format!("{name} asks for {}", found.arn.arn);
        let quiet = Progress::hidden();
        let gathered = gather(plan, &aws, who, found, now, &stop, quiet).await?;
        Ok((what, gathered.coverage))
    };
    tokio::select! {
        biased;
        why = stop.stopped() => Err(CliError::StoppedEarly(why.note())),
        asked = asked => asked,
    }
}

/// The account and the Region that are asked.
fn access_of(plan: &CollectPlan) -> Result<Access, CliError> {
    let mut access = plan.access.clone();
    match (access.region.as_deref(), plan.service.region()) {
        (Some(region), Some(own)) if region != own => Err(CliError::OtherRegion {
            arn: plan.service_text.clone(),
            of_arn: own.to_owned(),
            region: region.to_owned(),
        }),
        (Some(_), _) => Ok(access),
        (None, own) => {
            access.region = own.map(str::to_owned);
            Ok(access)
        }
    }
}

type Started = (Aws, Result<Identity, Outcome>, Found);

/// Everything that can end a collection before anything is written.
pub(crate) async fn start(
    plan: &CollectPlan,
    witness: Witness,
    progress: &Progress,
) -> Result<Started, CliError> {
    let log = match plan.voice {
        Voice::Calls => CallLog::On,
        _ => CallLog::Off,
    };
    let aws = aws::connect(&access_of(plan)?, plan.patience, log, witness).await?;
    progress.begin(identity::SOURCE.name, identity::SOURCE.gives);
    let who = identity::ask(&aws).await;
    let account = match &who {
        Ok(identity) => identity.account.clone(),
        Err(outcome) => {
            let error = target::cannot_list(&aws, outcome.clone());
            // STS alone may be out of reach in a closed network; App Runner then says so itself.
            if matches!(error, CliError::BadCredentials { .. })
                || outcome.code() == Some("connection")
            {
                return Err(error);
            }
            String::new()
        }
    };
    progress.begin(service::SOURCE.name, service::SOURCE.gives);
    let found = target::find(&aws, &plan.service, &account).await?;
    Ok((aws, who, found))
}

/// What was asked, before it is written.
struct Gathered {
    manifest: Manifest,
    spool: Spool,
    coverage: Vec<Coverage>,
    scrubber: Scrubber,
    /// When deployments failed.
    failures: Vec<Time>,
    stopped: Option<Stopped>,
}

async fn gather(
    plan: &CollectPlan,
    aws: &Aws,
    who: Result<Identity, Outcome>,
    found: Found,
    now: Time,
    stop: &Stop,
    progress: Progress,
) -> Result<Gathered, CliError> {
    let fingerprints = protection::fingerprints()?;
    let mut values = match &found.described {
        Ok(described) => service::environment(described),
        Err(_) => BTreeMap::new(),
    };
    let described = found
        .described
        .map(|described| service::convert(&described, &fingerprints));
    if let Some(checkout) = plan.source_dir.as_deref() {
        values.extend(source_files::withheld(checkout, described.as_ref().ok()));
    }
    let target = target_of(&found.arn);
    let mut public = vec![
        target.account.clone(),
        target.region.clone(),
        target.service_arn.clone(),
    ];
    public.extend(described.iter().flat_map(service::public));
    let public: Vec<_> = public.iter().map(String::as_str).collect();
    let scrubber = plan.protection.scrubber(fingerprints, &values, &public);
    let shared = Shared::new(scrubber, progress);
    drop(values);

    let mut coverage = Vec::new();
    let mut out = Out::new(&identity::SOURCE, &shared);
    identity::keep(&mut out, who);
    coverage.extend(out.into_coverage());
    let mut out = Out::new(&service::SOURCE, &shared);
    service::keep(&mut out, &found.calls, described.clone());
    coverage.extend(out.into_coverage());
    shared.progress().end(identity::SOURCE.name, &coverage[..1]);
    shared.progress().end(service::SOURCE.name, &coverage[1..]);

    let run = Run {
        shared: &shared,
        choice: &plan.choice,
        stop,
        permits: Semaphore::new(AT_ONCE),
        deadline: plan.deadline,
        stopped: Cell::new(None),
    };
    let extended = windows::extended(now, plan.since);
    // CloudTrail is asked no faster than twice a second, so a collection is as long as its changes
    // are. They are asked from the begin on, and wait for nothing but the names to look up.
    let mut changes = Out::new(&changes::SOURCE, &shared);
    let context = OnceCell::new();
    let named: SetOnce<&Context<'_>> = SetOnce::new();
    let mut deployers = Out::new(&deployer_roles::SOURCE, &shared);
    let callers = Callers::default();
    let asking_changes = async {
        run.ask(&mut changes, async |out| {
            let begun = changes::begin(out, aws, &target, extended, &callers).await;
            changes::collect(out, named.wait().await, begun).await
        })
        .await;
        run.ask(&mut deployers, async |out| {
            deployer_roles::collect(out, named.wait().await, &callers).await
        })
        .await;
    };
    let asking_the_others = async {
        let mut coverage = Vec::new();
        let mut seen: Vec<Operation> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut operations = Out::new(&operations::SOURCE, &shared);
        let mut log_groups = Out::new(&log_groups::SOURCE, &shared);
        tokio::join!(
            run.ask(&mut operations, async |out| {
                operations::collect(out, aws, &target.service_arn, &mut seen).await
            }),
            run.ask(&mut log_groups, async |out| {
                log_groups::collect(out, aws, &target, &mut groups).await
            }),
        );
        let operations = operations.into_coverage();
        let operations_known =
            !seen.is_empty() || operations.iter().all(|it| it.status.is_conclusive());
        coverage.extend(operations);
        coverage.extend(log_groups.into_coverage());

        let context = context.get_or_init(|| Context {
            aws,
            target: &target,
            service: described.as_ref().ok(),
            windows: windows::windows(now, extended, &seen),
            operations_known,
            groups,
            app_logs: plan.app_logs,
            app_log_limit: plan.app_log_limit,
            source_dir: plan.source_dir.as_deref(),
            leads: Leads::of(&target, described.as_ref().ok()),
            deployment_metrics: plan.deployment_metrics.as_deref(),
        });
        /// Asks the sources at once.
        macro_rules! at_once {
            ($($source:ident),+ $(,)?) => {
                async { tokio::join!($(
                    run.ask(&mut $source, async |out| $source::collect(out, context).await)
                ),+) }
            };
        }
        /// Asks the chains of sources at once, and takes the entries of all.
        macro_rules! ask {
            ($($([$($source:ident),+ $(,)?] $($after:block)?)then+,)+) => {
                $($($( let mut $source = Out::new(&$source::SOURCE, &shared); )+)+)+
                tokio::join!($( async {
                    $( at_once!($($source),+).await; $($after)? )+
                } ),+);
                $($($( coverage.extend($source.into_coverage()); )+)+)+
            };
        }
        ask!(
            // These find the keys and whatever else the ones after them look at.
            [vpc_connector, roles, secrets, parameters, image] then [network] {
                // Nobody else sets it, so it cannot be set already.
                let _ = named.set(context);
            } then [keys, role_simulations],
            [
                connections,
                auto_scaling,
                ingress_connections,
                custom_domains,
                observability,
                tags,
                pushed_images,
                quotas,
            ] then [siblings, service_linked_roles, health, source_files],
            // The logs take long too, and nothing waits for them.
            [metrics, deployment_metrics] then [service_log, application_log],
        );
        (context, windows::failures(now, &seen), coverage)
    };
    let ((), (context, failures, others)) = tokio::join!(asking_changes, asking_the_others);
    let windows = context.windows.clone();
    coverage.extend(others);
    coverage.extend(changes.into_coverage());
    coverage.extend(deployers.into_coverage());
    coverage.sort_by_key(|entry| {
        sources::ALL
            .iter()
            .position(|source| source.name == entry.source)
    });
    let stopped = run.stopped.get();

    shared.progress().clear();
    let Kept {
        spool,
        scrubber,
        unscrubbed,
    } = shared.finish().map_err(CliError::spool)?;
    let coverage = protection::ledger(&scrubber, coverage);
    let manifest = Manifest {
        tool: Tool {
            name: "apprunner-collector".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        run_id: run_id()?,
        collected_at: now,
        clock: aws
            .clock
            .ahead_seconds()
            .map(|aws_ahead_seconds| Clock { aws_ahead_seconds }),
        target: target.clone(),
        windows,
        redaction: protection::told(&scrubber, plan.protection.emails, unscrubbed),
    };
    Ok(Gathered {
        manifest,
        spool,
        coverage,
        scrubber,
        failures,
        stopped,
    })
}

/// What it takes to ask a source.
struct Run<'a> {
    shared: &'a Shared,
    choice: &'a Choice,
    stop: &'a Stop,
    permits: Semaphore,
    deadline: Duration,
    stopped: Cell<Option<Stopped>>,
}

impl<'a> Run<'a> {
    /// Asks one source and closes its entries, also when it is cut off.
    async fn ask(
        &self,
        out: &mut Out<'a>,
        ask: impl AsyncFnOnce(&mut Out<'a>) -> Result<(), Outcome>,
    ) {
        let source = out.source();
        if !self.choice.has(source.name) {
            out.close(Err(Outcome::not_asked(NOT_CHOSEN)));
            return;
        }
        let result = tokio::select! {
            biased;
            why = self.stop.stopped() => {
                self.stopped.set(Some(why));
                Err(Outcome::not_asked(why.note()))
            }
            () = self.shared.broken() => {
                Err(Outcome::not_asked("a temporary file could not be written"))
            }
            result = async {
                let _permit = self.permits.acquire().await;
                self.shared.progress().begin(source.name, source.gives);
                let share = match LONG.contains(&source.name) {
                    true => self.deadline / 2,
                    false => self.deadline / SHARE,
                };
                timeout(share, ask(out)).await.unwrap_or_else(|_| Err(out_of_time(share)))
            } => result,
        };
        out.close(result);
        self.shared.progress().end(source.name, &out.coverage());
    }
}

/// A source that took its share of the deadline.
fn out_of_time(share: Duration) -> Outcome {
    Outcome {
        error: Some(AwsError {
            code: "deadline".to_owned(),
            message: format!(
                "the source did not end in {} s, its share of --deadline",
                share.as_secs_f64()
            ),
        }),
        ..Outcome::not_asked("its share of the deadline passed")
    }
}

fn target_of(arn: &ServiceArn) -> Target {
    Target {
        account: arn.account.clone(),
        region: arn.region.clone(),
        service_name: arn.name.clone(),
        service_id: arn.id.clone(),
        service_arn: arn.arn.clone(),
    }
}

/// A random id of this collection.
fn run_id() -> Result<String, CliError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(CliError::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
