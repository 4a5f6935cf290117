//! A subnet of the VPC connector cannot take the instances.

use evidence_schema::{
    Status,
    record::{Subnet, VpcConnector},
};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
    network, words,
};

pub(super) const RULE: Rule = Rule {
    id: "subnet-unusable",
    summary: "A subnet of the VPC connector cannot take the instances",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("subnet_unusable.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let service = case.service()?;
    let stated = case.platform(|message| match message {
        Message::SubnetTrouble(what) => Some(what),
        _ => None,
    })?;
    if service.fact.network.egress_type.as_deref() != Some("VPC") && stated.is_none() {
        return Ok(Answer::NotApplicable(
            "the service sends nothing through a VPC".to_owned(),
        ));
    }
    let connector = match network::connector(case) {
        Ok(connector) => connector,
        Err(missing) if stated.is_none() => return Err(missing),
        Err(_) => None,
    };
    let name = connector
        .as_ref()
        .map_or("of the service", |it| it.fact.name.as_str());
    if let Some((line, what)) = stated {
        let finding = Finding::new(
            Role::Cause,
            format!("App Runner cannot use the subnets of the VPC connector {name}: {what}"),
            Citation::line(Ground::Platform, line, "App Runner names the subnets"),
        )
        .citing_if(connector.as_ref().and_then(|it| room(case, it).ok()?));
        return Ok(finished(case, finding, connector.as_ref()));
    }
    if let Some((line, ())) = case.attempt.find(|message| {
        matches!(
            message,
            Message::HealthCheckPassed | Message::ApplicationStopped { .. }
        )
        .then_some(())
    }) {
        return Ok(Answer::cleared_by(line, "an instance ran in its subnet"));
    }
    if let Speech::Spoke(line) = case.speech()? {
        return Ok(Answer::cleared_by_text(
            line,
            "an instance ran in its subnet, for it wrote a line",
        ));
    }
    let Some(connector) = connector else {
        return Err(Missing::undecided(
            "vpc-connector",
            "the VPC connector of the service does not exist any more",
        ));
    };
    if let Some((citation, what)) = trouble(case, &connector)? {
        let finding = Finding::new(
            Role::Cause,
            format!("The VPC connector {name} cannot be used: {what}"),
            citation,
        )
        .citing(Citation::absence(
            Ground::Context,
            "no instance of the deployment ever wrote a line",
        ));
        return Ok(finished(case, finding, Some(&connector)));
    }
    Ok(Answer::cleared_by_fact(
        &connector,
        "the subnets of the connector exist, are of IPv4, and have free addresses",
    ))
}

/// What is wrong with a subnet, as EC2 tells it.
fn trouble(
    case: Case<'_>,
    connector: &Observed<&VpcConnector>,
) -> Result<Option<(Citation, String)>, Missing> {
    let ledger = &case.evidence.ledger;
    ledger.looked("network", Some("subnets"), None)?;
    let around = &case.evidence.surroundings;
    for id in &connector.fact.subnets {
        let Some(subnet) = around.subnets.iter().find(|it| it.fact.id == *id) else {
            // A subnet that EC2 does not know has an entry of its own.
            let gone = ledger.entries.iter().any(|entry| {
                entry.source == "network"
                    && entry.status == Status::Absent
                    && entry.subject.as_deref() == Some(id)
            });
            if !gone {
                return Err(Missing::undecided(
                    "network",
                    format!("the subnet {id} is not in the bundle"),
                ));
            }
            return Ok(Some((
                Citation::absence(Ground::Configuration, format!("EC2 has no subnet {id}")),
                format!("its subnet {id} does not exist any more"),
            )));
        };
        if let Some(what) = wrong(&subnet.fact) {
            let shows = format!("the subnet {id} {what}");
            return Ok(Some((
                Citation::fact(Ground::Configuration, subnet, &shows),
                shows,
            )));
        }
    }
    let wanted = least(case);
    let Some(free) = free(case, connector) else {
        return Err(Missing::undecided(
            "network",
            "how many addresses are free in the subnets is not in the bundle",
        ));
    };
    if free >= wanted {
        return Ok(None);
    }
    // The number is that of the collection; at the failure it may have been another.
    let citation = around
        .subnets
        .iter()
        .find(|it| connector.fact.subnets.contains(&it.fact.id))
        .map(|it| {
            Citation::fact(
                Ground::Agreement,
                it,
                format!("{free} addresses are free in the subnets of the connector"),
            )
        });
    Ok(citation.map(|citation| {
        (
            citation,
            format!(
                "its subnets have {}, and the deployment needs {wanted}",
                words::count(free, "free address", "free addresses")
            ),
        )
    }))
}

fn wrong(subnet: &Subnet) -> Option<String> {
    if let Some(state) = subnet.state.as_deref()
        && state != "available"
    {
        return Some(format!("is {state}"));
    }
    (subnet.cidr.is_none() && !subnet.ipv6_cidrs.is_empty())
        .then(|| "has IPv6 addresses only, which App Runner does not take".to_owned())
}

/// The addresses that are free in all subnets of the connector.
fn free(case: Case<'_>, connector: &Observed<&VpcConnector>) -> Option<u64> {
    let around = &case.evidence.surroundings;
    let mut sum = None;
    for subnet in &around.subnets {
        if connector.fact.subnets.contains(&subnet.fact.id) {
            let free = u64::from(subnet.fact.free_addresses?);
            sum = Some(sum.unwrap_or(0) + free);
        }
    }
    sum
}

/// How many addresses the new instances need at the least.
fn least(case: Case<'_>) -> u64 {
    let scaling = case.evidence.auto_scaling.as_ref();
    let size = scaling.and_then(|it| it.fact.min_size).unwrap_or(1);
    u64::from(size.max(1).unsigned_abs())
}

/// How the free addresses stand to what the service can come to need.
fn room(case: Case<'_>, connector: &Observed<&VpcConnector>) -> Result<Option<Citation>, Missing> {
    let scaling = case.evidence.auto_scaling.as_ref();
    let most = scaling.and_then(|it| it.fact.max_size).unwrap_or(25);
    let Some(free) = free(case, connector) else {
        return Ok(None);
    };
    Ok(Some(Citation::fact(
        Ground::Context,
        connector,
        format!(
            "its subnets have {} now; a deployment at full size takes {}",
            words::count(free, "free address", "free addresses"),
            2 * i64::from(most)
        ),
    )))
}

fn finished(
    case: Case<'_>,
    finding: Finding,
    connector: Option<&Observed<&VpcConnector>>,
) -> Answer {
    let manifest = &case.evidence.manifest;
    let mut names: Vec<String> = Vec::new();
    let mut groups: Vec<String> = vec!["SECURITY_GROUP_ID".to_owned()];
    if let Some(connector) = connector {
        names.push(connector.fact.arn.clone());
        names.extend(connector.fact.subnets.iter().cloned());
        groups.clone_from(&connector.fact.security_groups);
    }
    let mut create = vec![
        "apprunner",
        "create-vpc-connector",
        "--vpc-connector-name",
        &manifest.target.service_name,
        "--subnets",
        "SUBNET_ID",
        "--security-groups",
    ];
    create.extend(groups.iter().map(String::as_str));
    let steps = [
        Step::Text(
            "A connector cannot be changed. Make a new one on subnets of IPv4 with at least twice \
             as many free addresses as the greatest number of instances of all services on it, in \
             zones that App Runner supports, then give it to the service:"
                .to_owned(),
        ),
        fix::aws(manifest, &create),
        fix::use_connector(manifest),
    ];
    finding
        .touching(Touches::Service)
        .touching(Touches::Resource {
            source: "ec2",
            names,
        })
        .confirmed_by("a deployment with default egress, or with a connector on other subnets")
        .fixed_by(steps)
        .into()
}

#[cfg(test)]
mod tests {
    use evidence_schema::Body;

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{PULLED, Sample},
    };

    const CONNECTOR: &str = "arn:aws:apprunner:us-east-1:111122223333:vpcconnector/web/1/00000000000000000000000000000001";

    fn behind(change: impl FnOnce(&mut Subnet)) -> Sample {
        let mut subnet = Subnet {
            id: "subnet-0a".to_owned(),
            vpc_id: Some("vpc-0a".to_owned()),
            state: Some("available".to_owned()),
            availability_zone: None,
            availability_zone_id: None,
            cidr: Some("10.0.0.0/28".to_owned()),
            ipv6_cidrs: vec![],
            free_addresses: Some(11),
            public_addresses: None,
        };
        change(&mut subnet);
        Sample::image()
            .service(|service| {
                service.network.egress_type = Some("VPC".to_owned());
                service.network.vpc_connector_arn = Some(CONNECTOR.to_owned());
            })
            .covered("vpc-connector", Status::Complete)
            .covered("network", Status::Complete)
            .events(PULLED)
            .with(Body::Subnet(subnet))
            .with(Body::VpcConnector(VpcConnector {
                arn: CONNECTOR.to_owned(),
                name: "web".to_owned(),
                revision: Some(1),
                subnets: vec!["subnet-0a".to_owned()],
                security_groups: vec!["sg-0a".to_owned()],
                status: Some("ACTIVE".to_owned()),
                created_at: None,
                deleted_at: None,
            }))
    }

    #[test]
    fn app_runner_says_so() {
        let finding = behind(|_| ())
            .events(&[(
                70,
                "[AppRunner] No subnet with available IP addresses was found.",
            )])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(finding.citations()[1].shows.contains("takes 50"));
    }

    #[test]
    fn a_full_subnet_and_one_of_ipv6_only_are_named() {
        let full = behind(|subnet| subnet.free_addresses = Some(0)).found(&RULE);
        assert_eq!(full.strength(), Strength::Correlated);
        let other = behind(|subnet| {
            subnet.cidr = None;
            subnet.ipv6_cidrs.push("2001:db8::/64".to_owned());
        });
        assert!(other.found(&RULE).summary.contains("IPv6 addresses only"));
    }

    #[test]
    fn a_subnet_in_which_an_instance_ran_is_usable() {
        behind(|subnet| subnet.free_addresses = Some(0))
            .application(&[(90, "booting")])
            .cleared(&RULE);
        behind(|_| ()).cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_network_it_cannot_tell() {
        behind(|_| ())
            .denied("network", "ec2:DescribeSubnets")
            .missing(&RULE);
    }
}
