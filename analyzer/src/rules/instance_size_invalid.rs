//! CPU and memory that do not go together.

use serde_json::Value;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    instance_size::{SIZES, megabytes, units},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "instance-size-invalid",
    summary: "App Runner has no instance of this CPU and memory",
    severity: Severity::Critical,
    about: About::Both,
    docs: include_str!("instance_size_invalid.md"),
    explains: Explains::Only(&["container-never-started", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    if case.attempt.refusal.is_some() {
        return refused(case);
    }
    let instance = case.instance()?;
    let size = instance.fact;
    let (Some(cpu), Some(memory)) = (size.cpu.as_deref(), size.memory.as_deref()) else {
        return Ok(Answer::cleared_by_fact(
            &instance,
            "the service has the size that App Runner gives everybody",
        ));
    };
    let Some(wrong) = wrong(cpu, memory) else {
        return Ok(Answer::cleared_by_fact(
            &instance,
            format!("App Runner has instances of {cpu} CPU and {memory} memory"),
        ));
    };
    if let Some((line, ())) = case.platform(|message| {
        matches!(
            message,
            crate::message::Message::Provisioning
                | crate::message::Message::HealthCheckStarted(_)
                | crate::message::Message::ApplicationStopped { .. }
        )
        .then_some(())
    })? {
        return Ok(Answer::cleared_by(line, "instances of this size were made"));
    }
    let first = Citation::fact(
        Ground::Agreement,
        &instance,
        format!("the service asks for {cpu} CPU and {memory} memory"),
    );
    Ok(finished(case, wrong, first))
}

/// A call that named a size.
fn refused(case: Case<'_>) -> Result<Answer, Missing> {
    let change = case
        .evidence
        .changes
        .iter()
        .find(|change| change.record == case.attempt.record);
    let of = |name: &str| -> Option<&str> {
        let parameters = change?.fact.request_parameters.as_ref()?;
        parameters
            .get("instanceConfiguration")?
            .get(name)
            .and_then(Value::as_str)
    };
    let Some(change) = change else {
        return Err(Missing::undecided(
            "changes",
            "the call is not in the bundle",
        ));
    };
    if change.fact.request_parameters.is_none() {
        return Err(Missing::undecided(
            "changes",
            "CloudTrail keeps no parameters of the refused call",
        ));
    }
    let (Some(cpu), Some(memory)) = (of("cpu"), of("memory")) else {
        return Ok(Answer::cleared_by_fact(
            change,
            "the refused call names no size of instances",
        ));
    };
    let Some(wrong) = wrong(cpu, memory) else {
        return Ok(Answer::cleared_by_fact(
            change,
            format!("App Runner has instances of {cpu} CPU and {memory} memory"),
        ));
    };
    let first = Citation::fact(
        Ground::Configuration,
        change,
        format!("the refused call asks for {cpu} CPU and {memory} memory"),
    );
    Ok(finished(case, wrong, first))
}

fn finished(case: Case<'_>, (summary, cpu, memory): (String, u32, u32), first: Citation) -> Answer {
    let manifest = &case.evidence.manifest;
    Finding::new(Role::Cause, summary, first)
        .touching(Touches::Service)
        .confirmed_by("the sizes that the developer guide lists")
        .fixed_by([
            Step::Text("The nearest size that there is:".to_owned()),
            fix::aws(
                manifest,
                &[
                    "apprunner",
                    "update-service",
                    "--service-arn",
                    &manifest.target.service_arn,
                    "--instance-configuration",
                    &format!("Cpu={cpu},Memory={memory}"),
                ],
            ),
        ])
        .into()
}

/// What is wrong with a size, and the nearest that there is.
fn wrong(cpu: &str, memory: &str) -> Option<(String, u32, u32)> {
    let (Some(units), Some(size)) = (units(cpu), megabytes(memory)) else {
        return Some((
            format!("{cpu} CPU and {memory} memory are not what App Runner reads as a size"),
            1024,
            2048,
        ));
    };
    let Some((_, sizes)) = SIZES.iter().find(|(it, _)| *it == units) else {
        let names: Vec<String> = SIZES.iter().map(|(it, _)| it.to_string()).collect();
        let (near, sizes) = SIZES.iter().min_by_key(|(it, _)| it.abs_diff(units))?;
        return Some((
            format!(
                "App Runner has no instances of {cpu} CPU; it has {}",
                words::list(&names)
            ),
            *near,
            sizes[0],
        ));
    };
    if sizes.contains(&size) {
        return None;
    }
    let names: Vec<String> = sizes.iter().map(u32::to_string).collect();
    Some((
        format!(
            "App Runner has no instances of {cpu} CPU with {memory} memory; with that CPU it has {} MB",
            words::list(&names)
        ),
        units,
        *sizes.iter().min_by_key(|it| it.abs_diff(size))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, Sample};

    fn sized(cpu: &str, memory: &str) -> Sample {
        Sample::image().service(|service| {
            service.instance.cpu = Some(cpu.to_owned());
            service.instance.memory = Some(memory.to_owned());
        })
    }

    #[test]
    fn a_size_that_there_is_not_is_told_with_those_that_there_are() {
        let finding = sized("1024", "8192").found(&RULE);
        assert!(
            finding.summary.contains("2048, 3072 and 4096"),
            "{}",
            finding.summary
        );
        assert!(
            matches!(&finding.fix[1], Step::Command(words) if words.contains(&"Cpu=1024,Memory=4096".to_owned()))
        );
        assert!(
            sized("1", "2048")
                .found(&RULE)
                .summary
                .contains("no instances of 1 CPU")
        );
    }

    #[test]
    fn a_size_that_there_is_and_one_that_was_made_are_not_it() {
        sized("0.25 vCPU", "1 GB").cleared(&RULE);
        sized("1024", "2048").cleared(&RULE);
        sized("1024", "8192").events(HEALTH_FAILED).cleared(&RULE);
        Sample::image().cleared(&RULE);
    }

    #[test]
    fn without_the_service_it_cannot_tell() {
        Sample::image()
            .without_service()
            .denied("service", "apprunner:DescribeService")
            .missing(&RULE);
    }
}
