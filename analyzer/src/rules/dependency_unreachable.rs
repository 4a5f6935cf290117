//! The application waits for another system that it cannot reach.

mod mend;
mod shut_in;
mod without_vpc;

use std::collections::BTreeMap;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
    network::{self, Broken, Destination, Way},
    signature::{Family, Hit},
    words,
};

/// How many systems are named.
const NAMED: usize = 3;

pub(super) const RULE: Rule = Rule {
    id: "dependency-unreachable",
    summary: "The application cannot reach a system that it needs to start",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("dependency_unreachable.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "container-never-started",
        "health-check-failed",
        "migration-failed",
        "silent-rollback",
        "slow-start",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    let mut hits = case.application(Family::Unreachable)?;
    hits.extend(case.application(Family::NameNotResolved)?);
    hits.retain(|hit| is_unreached(hit));
    hits.sort_by_key(|hit| hit.first.record);
    let Some(first) = hits.first().copied() else {
        return shut_in::answer(case);
    };
    if let Some(answer) = runs_all_the_same(case, &hits)? {
        return Ok(answer);
    }

    let named = destinations(&hits);
    let unresolved = hits
        .iter()
        .all(|hit| hit.signature.family == Family::NameNotResolved);
    let service = case.service()?;
    let through_vpc = service.fact.network.egress_type.as_deref() == Some("VPC");
    let what = match named.keys().map(Destination::name).collect::<Vec<_>>() {
        names if names.is_empty() => "a system that its log does not name".to_owned(),
        mut names => {
            names.truncate(NAMED);
            words::list(&names)
        }
    };
    let line = Citation::text(
        Ground::Application,
        named.values().next().map_or(&first.first, |hit| &hit.first),
        if unresolved {
            "the application could not resolve the name"
        } else {
            "the application got no answer"
        },
    );
    if !through_vpc {
        return Ok(without_vpc::answer(case, &named, &what, line, unresolved));
    }
    let broken = match missing_hop(case, &named, unresolved) {
        Ok(broken) => broken,
        // What the application says stands without the network; where the way ends does not.
        Err(missing) => {
            return Ok(finished(
                case,
                Finding::new(
                    Role::Cause,
                    format!("The application cannot reach {what} through the VPC"),
                    line,
                ),
                vec![Step::Text(format!(
                    "Where the way ends is not known: {}. Collect again with that, or follow it by \
                     hand: security group, route table, NAT gateway or endpoint, then the security \
                     group of the other side.",
                    missing.sentence()
                ))],
                &[],
            ));
        }
    };
    let Some((broken, certain)) = broken else {
        let finding = Finding::new(
            Role::Cause,
            format!("The application cannot reach {what} through the VPC"),
            line,
        );
        let step = if unresolved {
            "See whether the name is right, whether the private zone that has it belongs to the \
             VPC of the connector, and whether DNS resolution and DNS host names are on in that \
             VPC (aws ec2 describe-vpc-attribute)."
        } else {
            "Routes and egress rules of the connector are in order. See whether the security group \
             of the other side lets the security group of the connector in, whether its network \
             ACLs do, and whether it runs and listens on that port."
        };
        return Ok(finished(
            case,
            finding,
            vec![Step::Text(step.to_owned())],
            &[],
        ));
    };
    let ground = if certain {
        Ground::Configuration
    } else {
        Ground::Agreement
    };
    let finding = Finding::new(
        Role::Cause,
        format!(
            "The application cannot reach {what} through the VPC: {}",
            broken.what
        ),
        line,
    )
    .citing(Citation {
        record: broken.record,
        time: None,
        shows: broken.what.clone(),
        quote: None,
        ground,
    });
    let steps = mend::steps(case, &broken, &named);
    Ok(finished(case, finding, steps, &broken.names))
}

/// Whether a line tells of a system that did not answer. Who refuses a connection was reached.
fn is_unreached(hit: &Hit) -> bool {
    let refused = hit
        .capture("what")
        .is_some_and(|what| what == "ECONNREFUSED");
    let said = hit.first.text.to_ascii_lowercase();
    let refused = refused || (said.contains("connection refused") && !said.contains("timed out"));
    !refused && !destination(hit).is_some_and(|it| it.is_local())
}

/// Why what it did not reach did not keep the application from starting.
fn runs_all_the_same(case: Case<'_>, hits: &[&Hit]) -> Result<Option<Answer>, Missing> {
    if let Some((line, ())) = case
        .attempt
        .find(|message| matches!(message, Message::HealthCheckPassed).then_some(()))
    {
        return Ok(Some(Answer::cleared_by(line, "the health check passed")));
    }
    let answers = case.application(Family::HttpAnswer)?;
    let failing = answers
        .iter()
        .any(|hit| hit.status().is_some_and(|status| status >= 500));
    if failing || case.stopped()?.is_some() {
        return Ok(None);
    }
    if let Some(answer) = answers.first() {
        return Ok(Some(Answer::cleared_by_text(
            &answer.first,
            "the application answered requests without an error of the server",
        )));
    }
    let last = hits.iter().map(|hit| hit.last.record).max();
    let listening = case
        .application(Family::Listening)?
        .into_iter()
        .find(|hit| Some(hit.last.record) > last);
    Ok(listening.map(|hit| {
        Answer::cleared_by_text(&hit.first, "the application began to listen after that")
    }))
}

fn destination(hit: &Hit) -> Option<Destination> {
    Some(Destination {
        host: hit.capture("host")?.trim_end_matches('.').to_owned(),
        port: hit.port(),
    })
}

/// What was not reached, each with the first line that tells it.
fn destinations<'a>(hits: &[&'a Hit]) -> BTreeMap<Destination, &'a Hit> {
    let mut named = BTreeMap::new();
    for hit in hits {
        if let Some(to) = destination(hit) {
            named.entry(to).or_insert(*hit);
        }
    }
    named
}

/// The first hop that is missing, and whether it is certain that packets to what was not reached
/// would take it.
fn missing_hop(
    case: Case<'_>,
    named: &BTreeMap<Destination, &Hit>,
    unresolved: bool,
) -> Result<Option<(Broken, bool)>, Missing> {
    let Some(connector) = network::connector(case)? else {
        return Err(Missing::undecided(
            "vpc-connector",
            "the VPC connector of the service does not exist any more",
        ));
    };
    // A name is resolved inside the VPC, whatever its routes.
    if unresolved {
        return Ok(None);
    }
    for to in named.keys() {
        if let Way::Ends(broken) = network::way(case, &connector, Some(to))? {
            return Ok(Some((broken, true)));
        }
    }
    if !named.is_empty() {
        return Ok(None);
    }
    Ok(match network::way(case, &connector, None)? {
        Way::Ends(broken) => Some((broken, false)),
        Way::Goes => None,
    })
}

fn finished(case: Case<'_>, finding: Finding, steps: Vec<Step>, names: &[String]) -> Answer {
    let mut finding = finding
        .touching(Touches::Service)
        .confirmed_by(
            "whether an instance in the same subnet with the same security group reaches it",
        )
        .fixed_by(steps);
    if !names.is_empty() {
        finding = finding.touching(Touches::Resource {
            source: "ec2",
            names: names.to_vec(),
        });
    }
    finding.fix.extend(fix::redeploy(case));
    finding.into()
}

#[cfg(test)]
mod tests {
    use evidence_schema::{
        Body, Status,
        record::{Route, RouteTable, SecurityGroup, SecurityGroupRule, Subnet, VpcConnector},
    };

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, Sample},
    };

    const CONNECTOR: &str = "arn:aws:apprunner:us-east-1:111122223333:vpcconnector/web/1/00000000000000000000000000000001";
    const API: (i64, &str) = (
        90,
        "botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: \"https://sqs.us-east-1.amazonaws.com/\"",
    );
    const DATABASE: (i64, &str) = (90, "Error: connect ETIMEDOUT 10.0.3.7:5432");

    /// A service behind a connector in one subnet, whose default route leads to `target`.
    fn behind(target: Option<&str>, egress: (i32, i32)) -> Sample {
        let local = Route {
            destination: "10.0.0.0/16".to_owned(),
            target: Some("local".to_owned()),
            state: Some("active".to_owned()),
        };
        let default = target.map(|target| Route {
            destination: "0.0.0.0/0".to_owned(),
            target: Some(target.to_owned()),
            state: Some("active".to_owned()),
        });
        let vpc = || Some("vpc-0a".to_owned());
        Sample::image()
            .service(|service| {
                service.network.egress_type = Some("VPC".to_owned());
                service.network.vpc_connector_arn = Some(CONNECTOR.to_owned());
            })
            .covered("vpc-connector", Status::Complete)
            .covered("network", Status::Complete)
            .events(HEALTH_FAILED)
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
            .with(Body::Subnet(Subnet {
                id: "subnet-0a".to_owned(),
                vpc_id: vpc(),
                state: Some("available".to_owned()),
                availability_zone: None,
                availability_zone_id: None,
                cidr: Some("10.0.0.0/20".to_owned()),
                ipv6_cidrs: vec![],
                free_addresses: Some(4_000),
                public_addresses: None,
            }))
            .with(Body::RouteTable(RouteTable {
                id: "rtb-0a".to_owned(),
                vpc_id: vpc(),
                main: true,
                subnets: vec![],
                routes: std::iter::once(local).chain(default).collect(),
            }))
            .with(Body::SecurityGroup(SecurityGroup {
                id: "sg-0a".to_owned(),
                name: None,
                vpc_id: vpc(),
                ingress: vec![],
                egress: vec![SecurityGroupRule {
                    protocol: "tcp".to_owned(),
                    from_port: Some(egress.0),
                    to_port: Some(egress.1),
                    peers: vec!["0.0.0.0/0".to_owned()],
                }],
            }))
    }

    #[test]
    fn a_public_subnet_leads_nowhere() {
        let finding = behind(Some("igw-0a"), (0, 65_535))
            .application(&[API])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(finding.summary.contains("sqs.us-east-1") && finding.summary.contains("igw-0a"));
        assert!(
            finding
                .fix
                .iter()
                .any(|step| matches!(step, Step::Command(words)
            if words.contains(&"com.amazonaws.us-east-1.sqs".to_owned())))
        );
    }

    #[test]
    fn the_missing_hop_is_named() {
        for (target, said) in [
            (None, "no route to a NAT gateway"),
            (Some("nat-0a"), "nat-0a, which does not exist"),
        ] {
            let finding = behind(target, (0, 65_535)).application(&[API]).found(&RULE);
            assert!(finding.summary.contains(said), "{}", finding.summary);
        }
        let finding = behind(None, (443, 443))
            .application(&[DATABASE])
            .found(&RULE);
        assert!(finding.summary.contains("no egress rule for port 5432"));
    }

    #[test]
    fn an_open_way_leaves_the_other_side() {
        let finding = behind(None, (0, 65_535))
            .application(&[DATABASE])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByApplication);
        assert!(!finding.summary.contains("route"));
    }

    #[test]
    fn a_private_address_needs_a_connector() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[DATABASE])
            .found(&RULE);
        assert!(finding.summary.contains("no VPC connector"));
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
    }

    #[test]
    fn an_application_that_waits_in_a_closed_network_is_only_consistent_with_it() {
        let mut sample = behind(Some("igw-0a"), (0, 65_535)).application(&[(90, "booting")]);
        sample.clone().cleared(&RULE);
        for body in &mut sample.bodies {
            if let Body::Operation(it) = body {
                it.operation_type = "UPDATE_SERVICE".into();
            }
        }
        assert_eq!(sample.found(&RULE).strength(), Strength::ConsistentWith);
        sample
            .application(&[(95, "RuntimeError: no")])
            .cleared(&RULE);
    }

    #[test]
    fn who_refuses_was_reached_and_who_listens_afterwards_started() {
        let sample = || Sample::image().events(HEALTH_FAILED);
        sample()
            .application(&[(90, "Error: connect ECONNREFUSED 10.0.3.7:5432")])
            .cleared(&RULE);
        sample()
            .application(&[DATABASE, (95, "Server listening on port 3000")])
            .cleared(&RULE);
        sample()
            .application(&[DATABASE, (95, "GET /health 404 1 ms")])
            .cleared(&RULE);
        sample().application(&[(90, "booting")]).cleared(&RULE);
    }

    #[test]
    fn without_the_network_only_the_application_speaks() {
        let finding = behind(Some("igw-0a"), (0, 65_535))
            .denied("network", "ec2:DescribeRouteTables")
            .application(&[API])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByApplication);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        Sample::image()
            .events(HEALTH_FAILED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
