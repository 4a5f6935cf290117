//! `plan`: what a collection would ask, how long that takes and how large the file becomes.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_apprunner::types::{EgressType, Service};

use crate::{
    choice::Choice,
    collect::{AT_ONCE, start},
    collect_plan::{AppLogs, CollectPlan},
    error::CliError,
    pace,
    progress::Progress,
    sources,
    terminal::escaped,
    witness::Witness,
};

/// How long AWS takes to answer, about.
const ANSWER: Duration = Duration::from_millis(120);

/// How much smaller text becomes by compression, about.
const COMPRESSION: u64 = 10;

/// What of a service decides how much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    deploys_code: bool,
    pulls_from_ecr: bool,
    roles: u32,
    secrets: u32,
    in_vpc: bool,
    days: u32,
    app_logs: AppLogs,
}

/// Finds the service, asks nothing else, and tells what a collection would do.
pub(crate) async fn plan(plan: &CollectPlan) -> Result<String, CliError> {
    let progress = Progress::new(plan.voice);
    let (aws, _, found) = start(plan, Witness::default(), &progress).await?;
    progress.clear();
    let facts = Facts::of(found.described.as_deref().ok(), plan);
    let mut text = format!(
        "service {} in {} of account {}, the last {} days\n\n",
        escaped(&found.arn.name),
        escaped(&aws.region),
        escaped(&found.arn.account),
        facts.days
    );
    if let Err(outcome) = &found.described {
        let why = outcome.code().unwrap_or("no answer");
        text.push_str(&format!(
            "the service could not be described ({}), so this is less than it could be\n\n",
            escaped(why)
        ));
    }
    text.push_str(&table(&facts, &plan.choice, plan.deadline));
    Ok(text)
}

impl Facts {
    fn of(service: Option<&Service>, plan: &CollectPlan) -> Self {
        let source = service.and_then(|it| it.source_configuration.as_ref());
        let image = source.and_then(|it| it.image_repository.as_ref());
        let code = source.and_then(|it| it.code_repository.as_ref());
        let access_role = source
            .and_then(|it| it.authentication_configuration.as_ref())
            .and_then(|it| it.access_role_arn.as_ref());
        let instance_role = service
            .and_then(|it| it.instance_configuration.as_ref())
            .and_then(|it| it.instance_role_arn.as_ref());
        let of_image = image
            .and_then(|it| it.image_configuration.as_ref())
            .and_then(|it| it.runtime_environment_secrets.as_ref());
        let of_code = code
            .and_then(|it| it.code_configuration.as_ref())
            .and_then(|it| it.code_configuration_values.as_ref())
            .and_then(|it| it.runtime_environment_secrets.as_ref());
        let secrets = of_image.or(of_code).map_or(0, |it| it.len());
        let egress = service
            .and_then(|it| it.network_configuration.as_ref())
            .and_then(|it| it.egress_configuration.as_ref())
            .and_then(|it| it.egress_type.as_ref());
        let seconds = plan.since.num_seconds().max(0).unsigned_abs();
        Self {
            deploys_code: code.is_some(),
            pulls_from_ecr: image.is_some_and(|it| it.image_repository_type.as_str() == "ECR"),
            roles: u32::from(access_role.is_some()) + u32::from(instance_role.is_some()),
            secrets: u32::try_from(secrets).unwrap_or(u32::MAX),
            in_vpc: egress == Some(&EgressType::Vpc),
            days: u32::try_from(seconds.div_ceil(86_400)).unwrap_or(u32::MAX),
            app_logs: plan.app_logs,
        }
    }
}

/// How many calls of a kind a source makes, and how much text each gives; none for a source that
/// has no business with this service. What only the account can tell is a usual number.
fn expected(source: &str, action: &str, facts: &Facts) -> Option<(u32, u64)> {
    let when = |has_business: bool, calls: u32, bytes: u64| has_business.then_some((calls, bytes));
    match (source, action) {
        ("connections", _) => when(facts.deploys_code, 1, 300),
        ("image", _) => when(facts.pulls_from_ecr, 1, 500),
        ("roles", _) => when(facts.roles > 0, facts.roles, 700),
        // Most accounts refuse nobody who deploys.
        ("deployer-roles", _) => None,
        ("secrets" | "parameters" | "keys", _) => when(facts.secrets > 0, facts.secrets, 500),
        ("vpc-connector" | "network", _) => when(facts.in_vpc, 1, 800),
        ("metrics", "cloudwatch:GetMetricData") => Some((1, 150_000)),
        ("changes", "cloudtrail:LookupEvents") => {
            // By source, for ECR, and by the name of each thing that the service depends on.
            let look_ups = 3
                + u32::from(facts.pulls_from_ecr)
                + 2 * facts.roles
                + 2 * facts.secrets
                + if facts.in_vpc { 6 } else { 0 };
            Some((look_ups * (1 + facts.days / 20), 25_000))
        }
        ("log-groups", "logs:DescribeLogStreams") => Some((2 + facts.days / 10, 5_000)),
        ("service-log", _) => Some((1 + facts.days / 15, 50_000)),
        ("application-log", _) => match facts.app_logs {
            AppLogs::Incident => Some((6, 150_000)),
            AppLogs::All => Some((2 * facts.days.max(1), 1_000_000)),
            AppLogs::None => None,
        },
        _ => Some((1, 1_000)),
    }
}

fn table(facts: &Facts, choice: &Choice, deadline: Duration) -> String {
    let mut text = String::new();
    let mut by_limit: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let (mut calls, mut bytes) = (0, 0);
    for source in sources::ALL {
        for call in source.calls {
            let expected = expected(source.name, call.action, facts);
            let (count, size) = match expected.filter(|_| choice.has(source.name)) {
                Some(expected) => expected,
                None => {
                    text.push_str(&line(source.name, call.action, "not asked"));
                    continue;
                }
            };
            text.push_str(&line(source.name, call.action, &format!("{count}")));
            calls += count;
            bytes += u64::from(count) * size;
            let (prefix, operation) = call.action.split_once(':').unwrap_or((call.action, ""));
            // Logs have a limit for each operation, the others are kept to one for all.
            let shared = if prefix == "logs" { operation } else { "" };
            *by_limit.entry((prefix, shared)).or_default() += count;
        }
    }
    let slowest = by_limit
        .iter()
        .map(|((prefix, operation), count)| {
            Duration::from_secs(1) * *count / pace::per_second(prefix, operation)
        })
        .max()
        .unwrap_or_default();
    let waiting = ANSWER * calls / u32::try_from(AT_ONCE).unwrap_or(1);
    let seconds = slowest.max(waiting).as_secs() + 1;
    text.push_str(&format!(
        "\nabout {calls} calls, {seconds} s and {} kB compressed\n",
        bytes / COMPRESSION / 1_000 + 1
    ));
    text.push_str(match facts.app_logs {
        AppLogs::None => "no lines of the application are taken\n",
        AppLogs::Incident | AppLogs::All => {
            "how much the application writes is not known before it is read: each 10000 lines are \
             one more call and about 100 kB\n"
        }
    });
    if seconds > deadline.as_secs() {
        text.push_str(&format!(
            "this is more than the deadline of {} s; say --deadline\n",
            deadline.as_secs()
        ));
    }
    text
}

fn line(source: &str, action: &str, count: &str) -> String {
    format!("{source:<22}{action:<44}{count:>9}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            deploys_code: false,
            pulls_from_ecr: true,
            roles: 2,
            secrets: 0,
            in_vpc: false,
            days: 30,
            app_logs: AppLogs::Incident,
        }
    }

    #[test]
    fn every_call_of_the_table_is_in_the_plan() {
        let text = table(&facts(), &Choice::default(), Duration::from_secs(900));
        for call in sources::ALL.iter().flat_map(|source| source.calls) {
            assert!(text.contains(call.action), "{}", call.action);
        }
        assert!(!text.contains("more than the deadline"));
    }

    #[test]
    fn the_wall_of_cloudtrail_decides_how_long_it_takes() {
        let mut long = facts();
        long.days = 365;
        // All operations of CloudTrail share its limit.
        let calls = sources::ALL.iter().flat_map(|source| {
            source
                .calls
                .iter()
                .filter(|call| call.action.starts_with("cloudtrail:"))
                .filter_map(|call| expected(source.name, call.action, &long))
        });
        let count: u32 = calls.map(|(count, _)| count).sum();
        let text = table(&long, &Choice::default(), Duration::from_secs(1));
        let wall = count / pace::per_second("cloudtrail", "LookupEvents") + 1;
        assert!(text.contains(&format!(" {wall} s and ")), "{text}");
        assert!(text.contains("more than the deadline of 1 s"));
        let few = table(&long, &Choice::of(&["tags"]), Duration::from_secs(9));
        assert!(few.contains("about 4 calls, "), "{few}");
        let mut code = facts();
        code.pulls_from_ecr = false;
        assert_eq!(expected("image", "ecr:DescribeImages", &code), None);
    }
}
