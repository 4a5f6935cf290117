//! An application that names nothing, in a VPC out of which nothing leads.

use std::collections::BTreeMap;

use evidence_schema::record::OperationType;

use super::{finished, mend};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role},
    network::{self, Way},
    signature::Family,
};

/// The answer for an application that names nothing. One that began, never listened and never ended
/// waits for something; when its new network leads nowhere, that may be it.
pub(super) fn answer(case: Case<'_>) -> Result<Answer, Missing> {
    let silent = || {
        Ok(Answer::cleared(
            "the application tells of nothing that it could not reach",
        ))
    };
    let Speech::Spoke(line) = case.speech()? else {
        return silent();
    };
    let families = [
        Family::Listening,
        Family::HttpAnswer,
        Family::Crash,
        Family::CommandNotFound,
        Family::ModuleNotFound,
        Family::MissingVariable,
        Family::ExecFormat,
        Family::OutOfMemory,
        Family::BindFailed,
        Family::ShellSyntax,
    ];
    for family in families {
        if !case.application(family)?.is_empty() {
            return silent();
        }
    }
    let network = &case.service()?.fact.network;
    if network.egress_type.as_deref() != Some("VPC")
        // A plain deployment changes nothing of the network.
        || case.attempt.kind == OperationType::StartDeployment
        || case.stopped()?.is_some()
        || case.failed_health_check()?.is_none()
    {
        return silent();
    }
    let Some(connector) = network::connector(case)? else {
        return silent();
    };
    let Way::Ends(broken) = network::way(case, &connector, None)? else {
        return silent();
    };
    let finding = Finding::new(
        Role::Cause,
        format!(
            "The application began and never listened, and nothing outside the VPC can be reached: {}",
            broken.what
        ),
        Citation {
            record: broken.record,
            time: None,
            shows: broken.what.clone(),
            quote: None,
            ground: Ground::Context,
        },
    )
    .citing(Citation::text(
        Ground::Context,
        line,
        "the application ran; it tells neither that it listens nor that it failed",
    ));
    let steps = mend::steps(case, &broken, &BTreeMap::new());
    Ok(finished(case, finding, steps, &broken.names))
}
