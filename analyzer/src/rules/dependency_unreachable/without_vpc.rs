//! A service whose packets do not go through a VPC.

use std::collections::BTreeMap;

use super::finished;
use crate::{
    evidence::Case,
    finding::{Answer, Citation, Finding, Ground, Role, Step},
    network::Destination,
    rules::fix,
    signature::Hit,
};

/// The answer for a service whose packets do not go through a VPC.
pub(super) fn answer(
    case: Case<'_>,
    named: &BTreeMap<Destination, &Hit>,
    what: &str,
    line: Citation,
    unresolved: bool,
) -> Answer {
    let private = named.keys().find(|to| to.is_private());
    let Some(private) = private else {
        let step = if unresolved {
            "See whether the name is right, in the variable that the application takes it from, \
             and whether it is in a zone that the internet knows: the service has no VPC connector."
        } else {
            "The service has no VPC connector, so it comes from public addresses of AWS that \
             change. See whether the other side runs, has a public address and lets them in. A \
             database in a VPC is better reached through a VPC connector."
        };
        let finding = Finding::new(
            Role::Cause,
            format!("The application cannot reach {what}"),
            line,
        );
        return finished(case, finding, vec![Step::Text(step.to_owned())], &[]);
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The application cannot reach {}, which is an address inside a VPC, and the service has no VPC connector",
            private.name()
        ),
        line,
    );
    if let Ok(service) = case.service() {
        finding = finding.citing(Citation::fact(
            Ground::Configuration,
            &service,
            "the egress of the service is DEFAULT, which leads to the internet only",
        ));
    }
    let manifest = &case.evidence.manifest;
    let steps = vec![
        Step::Text(
            "Make a connector on private subnets of that VPC, with a security group that the other \
             side lets in, and give it to the service:"
                .to_owned(),
        ),
        fix::aws(
            manifest,
            &[
                "apprunner",
                "create-vpc-connector",
                "--vpc-connector-name",
                &manifest.target.service_name,
                "--subnets",
                "SUBNET_ID",
                "--security-groups",
                "SECURITY_GROUP_ID",
            ],
        ),
        fix::use_connector(manifest),
    ];
    finished(case, finding, steps, &[])
}
