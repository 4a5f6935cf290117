//! The application was ended because memory ran out.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    instance_size,
    signature::Family,
};

/// How many lines of the application are shown.
const SHOWN: usize = 8;

/// From how many percent on memory counts as full, and up to how many as free. Points are maxima of
/// a minute, and the last seconds before a kill are in none.
const FULL: f64 = 90.0;
const FREE: f64 = 70.0;

pub(super) const RULE: Rule = Rule {
    id: "out-of-memory",
    summary: "The application needs more memory than its instance has",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("out_of_memory.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "container-never-started",
        "health-check-failed",
        "silent-rollback",
        "slow-start",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let stopped = case.stopped();
    let killed = stopped
        .as_ref()
        .ok()
        .and_then(|it| *it)
        .filter(|(_, code)| *code == Some(137));
    let mut unseen = None;
    let said = match ending::of(case, &[Family::OutOfMemory]) {
        Ok(Ending::Ended { hits, .. }) => Some(hits[0]),
        Ok(Ending::WentOn(line)) if killed.is_none() => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens although memory ran out once",
            ));
        }
        Ok(Ending::WentOn(_) | Ending::Silent) => None,
        Err(missing) => {
            if killed.is_none() {
                return Err(missing);
            }
            unseen = Some(missing);
            None
        }
    };
    let (Some(first), second) = (match (said, killed) {
        (Some(hit), killed) => (
            Some(Citation::text(
                Ground::Application,
                &hit.first,
                "the application, or who runs it, tells that memory ran out",
            )),
            killed,
        ),
        (None, Some(killed)) => (
            Some(Citation::line(
                Ground::Agreement,
                killed.0,
                "exit code 137: the container was killed, most often for want of memory",
            )),
            None,
        ),
        (None, None) => (None, None),
    }) else {
        stopped?;
        return Ok(Answer::cleared(
            "nobody tells of memory that ran out, and the container was not killed",
        ));
    };

    let peak = match case.memory_peak() {
        Ok(peak) => peak,
        // The log's own word is enough; an exit code alone is not.
        Err(missing) if said.is_none() => return Err(missing),
        Err(_) => None,
    };
    if said.is_none() {
        match &peak {
            Some(peak) if peak.fact >= FULL => {}
            Some(peak) if peak.fact <= FREE => {
                // The application may have said so in the log that was not seen.
                if let Some(missing) = unseen {
                    return Err(missing);
                }
                return Ok(Answer::cleared_by_fact(
                    peak,
                    format!(
                        "the container was killed, but at most {:.0} % of its memory was in use",
                        peak.fact
                    ),
                ));
            }
            Some(peak) => {
                return Err(Missing::undecided(
                    "metrics",
                    format!(
                        "the container was killed with exit code 137 while up to {:.0} % of the \
                         memory was in use, which says neither",
                        peak.fact
                    ),
                ));
            }
            None => {
                return Err(Missing::undecided(
                    "metrics",
                    "the container was killed with exit code 137, and CloudWatch has no value of \
                     its memory",
                ));
            }
        }
    }

    let instance = case.service().ok();
    let size = instance.as_ref().and_then(|service| {
        Some((
            instance_size::units(service.fact.instance.cpu.as_deref()?)?,
            instance_size::megabytes(service.fact.instance.memory.as_deref()?)?,
        ))
    });
    let summary = match size {
        Some((cpu, memory)) => format!(
            "The application needs more than the {} of memory of its instances ({})",
            gigabytes(memory),
            virtual_cpus(cpu)
        ),
        None => "The application needs more memory than its instance has".to_owned(),
    };
    let mut finding = Finding::new(Role::Cause, summary, first)
        .citing_if(second.map(|(line, _)| {
            Citation::line(
                Ground::Agreement,
                line,
                "exit code 137: the container was killed",
            )
        }))
        .citing_if(peak.filter(|peak| peak.fact >= FULL).map(|peak| {
            Citation::fact(
                Ground::Agreement,
                &peak,
                format!("up to {:.0} % of the memory was in use", peak.fact),
            )
        }))
        .showing(case.attempt.application.lines.last(SHOWN))
        .touching(Touches::Service)
        .touching_all(fix::pushed_to(case))
        .confirmed_by("MemoryUtilization of the instance while it starts");
    match size.and_then(|(cpu, memory)| instance_size::next(cpu, memory)) {
        Some((cpu, memory)) => {
            finding.fix.push(Step::Text(format!(
                "The next larger size is {} with {}:",
                virtual_cpus(cpu),
                gigabytes(memory)
            )));
            let manifest = &case.evidence.manifest;
            finding.fix.push(fix::aws(
                manifest,
                &[
                    "apprunner",
                    "update-service",
                    "--service-arn",
                    &manifest.target.service_arn,
                    "--instance-configuration",
                    &serde_json::json!({ "Cpu": cpu.to_string(), "Memory": memory.to_string() })
                        .to_string(),
                ],
            ));
        }
        None => finding.fix.push(Step::Text(
            "Choose a larger size, up to 4 vCPU with 12 GB.".to_owned(),
        )),
    }
    finding.fix.push(Step::Text(
        "Or let it need less while it starts: fewer workers, a heap below the size of the instance \
         (--max-old-space-size, -XX:MaxRAMPercentage), no build or download at start."
            .to_owned(),
    ));
    Ok(finding.into())
}

fn gigabytes(megabytes: u32) -> String {
    format!("{} GB", f64::from(megabytes) / 1_024.0)
}

fn virtual_cpus(units: u32) -> String {
    format!("{} vCPU", f64::from(units) / 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence_schema::{
        Body, Status,
        record::{Metric, Point},
    };

    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, PULLED, Sample, at},
    };

    const KILLED: (i64, &str) = (
        100,
        "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 137",
    );

    fn killed() -> Sample {
        Sample::image()
            .service(|service| {
                service.instance.cpu = Some("256".to_owned());
                service.instance.memory = Some("512".to_owned());
            })
            .events(PULLED)
            .events(&[KILLED])
    }

    fn used(mut sample: Sample, percent: f64) -> Sample {
        sample.bodies.push(Body::Metric(Metric {
            namespace: "AWS/AppRunner".to_owned(),
            name: "MemoryUtilization".to_owned(),
            dimensions: std::collections::BTreeMap::new(),
            statistic: "Maximum".to_owned(),
            period_seconds: 60,
            window: None,
            status: None,
            points: vec![Point {
                time: at("2026-11-20T10:01:00Z"),
                value: percent,
            }],
        }));
        sample.covered("metrics", Status::Complete)
    }

    #[test]
    fn the_log_says_so_and_the_next_size_is_named() {
        let finding = killed()
            .application(&[(
                90,
                "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            )])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByApplication);
        assert!(finding.summary.contains("0.5 GB"), "{}", finding.summary);
        assert!(finding.fix.iter().any(|step| matches!(step, Step::Command(words) if words.iter().any(|word| word.contains("\"Memory\":\"1024\"")))));
    }

    #[test]
    fn exit_code_137_with_a_full_memory() {
        let finding = used(killed(), 97.0).found(&RULE);
        assert_eq!(finding.strength(), Strength::Correlated);
        used(killed(), 40.0).cleared(&RULE);
        used(killed(), 80.0).missing(&RULE);
    }

    #[test]
    fn exit_code_137_alone_decides_nothing() {
        killed().covered("metrics", Status::Complete).missing(&RULE);
        killed().missing(&RULE);
    }

    #[test]
    fn other_ends_are_other_things() {
        Sample::image().events(HEALTH_FAILED).cleared(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (
                    90,
                    "[ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?",
                ),
                (95, "Server listening on port 3000"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn without_the_logs_it_cannot_tell() {
        Sample::image()
            .denied("service-log", "logs:FilterLogEvents")
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
