//! The account has not enough vCPUs for the instances of the deployment.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Speech},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    instance_size,
    message::Message,
    words,
};

/// On-Demand vCPUs, which App Runner shares with everything else on Fargate.
const FARGATE: (&str, &str) = ("fargate", "L-3032A538");

pub(super) const RULE: Rule = Rule {
    id: "vcpu-quota",
    summary: "The account's quota of Fargate vCPUs is too small for the deployment",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("vcpu_quota.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some((line, ())) =
        case.platform(|message| matches!(message, Message::VcpuLimit).then_some(()))?
    else {
        return Ok(Answer::cleared("App Runner tells of no vCPU limit"));
    };
    // The line is also printed beside unrelated failures. An instance that ran got its vCPUs.
    if let Some((ran, ())) = case.attempt.find(|message| {
        matches!(
            message,
            Message::HealthCheckPassed | Message::ApplicationStopped { .. }
        )
        .then_some(())
    }) {
        return Ok(Answer::cleared_by(
            ran,
            "an instance ran in spite of the line about the vCPU limit",
        ));
    }
    if let Speech::Spoke(spoken) = case.speech()? {
        return Ok(Answer::cleared_by_text(
            spoken,
            "an instance ran in spite of the line about the vCPU limit",
        ));
    }
    let instance = case.instance()?;
    let cpu = instance.fact.cpu.as_deref();
    let units = cpu.and_then(instance_size::units).unwrap_or(1_024);
    let each = f64::from(units) / 1_024.0;
    let instances = match case.evidence.auto_scaling.as_ref() {
        Some(scaling) => scaling.fact.min_size.unwrap_or(1).max(1),
        None => 1,
    };
    // The new instances stand beside the old ones until the traffic has moved.
    let needed = 2.0 * f64::from(instances) * each;
    let subject = format!("{} {}", FARGATE.0, FARGATE.1);
    let quota = case.evidence.surroundings.quotas.iter().find_map(|quota| {
        let fact = &quota.fact;
        let is_it = (fact.service_code.as_str(), fact.quota_code.as_str()) == FARGATE;
        Some((quota, fact.value.filter(|_| is_it)?))
    });
    let Some((quota, value)) = quota else {
        case.evidence
            .ledger
            .looked("quotas", Some(&subject), None)?;
        return Err(Missing::undecided(
            "quotas",
            "App Runner tells of a vCPU limit, and the quota of the account is not in the bundle",
        ));
    };
    if value >= needed {
        return Err(Missing::undecided(
            "quotas",
            format!(
                "App Runner tells of a vCPU limit; the quota is {value}, this service needs {needed} \
                 while it deploys, and what else on Fargate uses is not in the bundle"
            ),
        ));
    }
    let manifest = &case.evidence.manifest;
    let wanted = format!("{}", (needed * 2.0).ceil());
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The deployment needs {needed} vCPUs at once, and the account's quota of Fargate vCPUs is {value}"
        ),
        Citation::line(Ground::Platform, line, "App Runner could not make instances"),
    )
    .citing(Citation::fact(
        Ground::Configuration,
        quota,
        format!("the quota {} is {value}", FARGATE.1),
    ))
    .citing(Citation::fact(
        Ground::Context,
        &instance,
        format!(
            "{} of {each} vCPU, twice while it deploys",
            words::count(u64::from(instances.unsigned_abs()), "instance", "instances")
        ),
    ))
    .touching(Touches::Service)
    .confirmed_by("the use of the quota, which the Service Quotas console shows")
    .fixed_by([
        Step::Text("Ask for a larger quota, or take smaller or fewer instances:".to_owned()),
        fix::aws(
            manifest,
            &[
                "service-quotas",
                "request-service-quota-increase",
                "--service-code",
                FARGATE.0,
                "--quota-code",
                FARGATE.1,
                "--desired-value",
                &wanted,
            ],
        ),
    ]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, Status, record::Quota};

    use super::*;
    use crate::test_support::{PULLED, Sample};

    const LIMIT: (i64, &str) = (
        90,
        "[AppRunner] Failed to create App Runner instances due to low vCPU limit. Increase your Fargate On-Demand vCPU resource count and re-try.",
    );

    fn with_quota(value: f64) -> Sample {
        Sample::image()
            .service(|service| service.instance.cpu = Some("4 vCPU".to_owned()))
            .events(PULLED)
            .events(&[LIMIT])
            .covered("quotas", Status::Complete)
            .with(Body::Quota(Quota {
                service_code: "fargate".to_owned(),
                quota_code: "L-3032A538".to_owned(),
                quota_name: None,
                value: Some(value),
                unit: None,
                adjustable: true,
                is_default: false,
            }))
    }

    #[test]
    fn a_quota_that_is_short_is_told_with_both_numbers() {
        let finding = with_quota(6.0).found(&RULE);
        assert!(
            finding.summary.contains("8 vCPUs") && finding.summary.contains("is 6"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn the_line_beside_an_unrelated_failure_is_a_false_lead() {
        with_quota(6.0)
            .application(&[(95, "booting")])
            .cleared(&RULE);
        Sample::image().events(PULLED).cleared(&RULE);
    }

    #[test]
    fn a_quota_that_is_not_short_or_not_known_leaves_it_open() {
        with_quota(100.0).missing(&RULE);
        Sample::image()
            .events(PULLED)
            .events(&[LIMIT])
            .denied("quotas", "servicequotas:GetServiceQuota")
            .missing(&RULE);
    }
}
