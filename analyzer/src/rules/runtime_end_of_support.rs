//! A new service with a managed runtime whose support has ended.

use chrono::NaiveDate;
use evidence_schema::record::OperationType;

use super::{About, Explains, Rule, fix};
use crate::{
    config_file,
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
    runtimes,
};

pub(super) const RULE: Rule = Rule {
    id: "runtime-end-of-support",
    summary: "A new service cannot be created with a runtime whose support has ended",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("runtime_end_of_support.md"),
    explains: Explains::Only(&["container-never-started", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    };
    let from_file = code
        .fact
        .configuration_source
        .as_ref()
        .is_none_or(|source| source.as_str() == "REPOSITORY");
    let mut read = None;
    let named = if from_file {
        read = config_file::of(case)?;
        read.as_ref()
            .and_then(|file| file.runtime.as_ref())
            .map(|it| it.text.clone())
    } else {
        let configuration = code.fact.configuration.as_ref();
        configuration.and_then(|it| it.runtime.clone())
    };
    let Some(named) = named else {
        return Err(Missing::undecided(
            "service",
            "which runtime is used is not told",
        ));
    };
    let ended = runtimes::find(&named).and_then(|it| it.ended);
    let past = ended.filter(|ended| {
        NaiveDate::parse_from_str(ended, "%Y-%m-%d")
            .is_ok_and(|ended| case.attempt.started.date_naive() > ended)
    });
    let Some(ended) = past else {
        return Ok(Answer::cleared(match ended {
            Some(ended) => format!("support for {named} ended on {ended}, after this deployment"),
            None => format!("the end of support for {named} is not announced"),
        }));
    };
    // Services that exist run on and may be updated.
    if case.attempt.kind != OperationType::CreateService {
        return Ok(Answer::cleared_by_fact(
            &code,
            format!(
                "support for {named} ended on {ended}; that stops no service that exists, but move on"
            ),
        ));
    }
    if let Some((line, ())) = case.platform(|message| {
        matches!(message, Message::BuildStarted | Message::BuildSucceeded).then_some(())
    })? {
        return Ok(Answer::cleared_by(
            line,
            format!("the build began, so {named} was accepted although its support ended"),
        ));
    }
    // Then App Runner's own word says more, and names the version as well.
    if let Some((line, ())) = case.attempt.find(|message| {
        matches!(message, Message::BuildFailed(_) | Message::ConfigAccepted).then_some(())
    }) {
        return Ok(Answer::cleared_by(
            line,
            "App Runner itself says what it made of the configuration",
        ));
    }
    if !case.attempt.failed() || case.pulled()?.is_none() {
        return Ok(Answer::cleared(
            "the deployment did not come as far as the runtime",
        ));
    }
    let place = match &read {
        Some(file) => Citation::fact(
            Ground::Agreement,
            &file.observed,
            format!("{} names the runtime {named}", file.observed.fact.path),
        ),
        None => Citation::fact(
            Ground::Agreement,
            &code,
            format!("the runtime of the service is {named}"),
        ),
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "Support for the runtime {named} ended on {ended}, and new services cannot be created with it"
        ),
        place,
    )
    .touching(Touches::Service)
    .confirmed_by("the release information of App Runner, and a service with a supported runtime")
    .fixed_by([Step::Text(runtimes::advice(&named, None, from_file))]);
    if !from_file {
        finding.fix.extend(fix::edit_source(case));
    } else {
        finding.fix.extend(fix::redeploy(case));
    }
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use evidence_schema::Body;

    use super::*;
    use crate::test_support::Sample;

    const PULLED: (i64, &str) = (13, "[AppRunner] Successfully pulled source code.");

    /// The last deployment is the creation of the service.
    fn created() -> Sample {
        let mut sample = Sample::code().operation("FAILED").events(&[PULLED]);
        for body in &mut sample.bodies {
            if let Body::Operation(it) = body {
                it.operation_type = "CREATE_SERVICE".into();
            }
        }
        sample
    }

    #[test]
    fn a_new_service_is_refused() {
        let finding = created().found(&RULE);
        assert!(finding.summary.contains("NODEJS_18") && finding.summary.contains("2025-12-01"));
    }

    #[test]
    fn a_service_that_exists_and_a_build_that_began_are_not_hindered() {
        Sample::code().events(&[PULLED]).cleared(&RULE);
        created()
            .events(&[(20, "[AppRunner] Starting source code build.")])
            .cleared(&RULE);
        created()
            .configuration(|it| it.runtime = Some("NODEJS_22".to_owned()))
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_log_or_the_file_it_cannot_tell() {
        created()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
        created()
            .with_file_as_source()
            .denied("source-files", "none")
            .missing(&RULE);
    }
}
