//! The application listens on another port than the one App Runner asks.

use evidence_schema::record::{SourceFile, SourceFileRole};

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Probe,
    signature::{Family, Hit},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "port-mismatch",
    summary: "The application listens on another port than App Runner asks",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("port_mismatch.md"),
    explains: Explains::Only(&["health-check-failed", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(failed) = case.failed_health_check()? else {
        return Ok(Answer::cleared("no health check failed"));
    };
    let configured = case.configuration().ok().flatten();
    let asked = failed.fact.port.or_else(|| {
        configured
            .as_ref()?
            .fact
            .port
            .as_deref()
            .unwrap_or("8080")
            .parse()
            .ok()
    });
    let Some(asked) = asked else {
        return Err(Missing::undecided(
            "service",
            "neither the log nor the service tells the port",
        ));
    };

    // A health check also fails while a slow application starts. Only the application's own word
    // about its port tells the two apart; without it this rule stays silent.
    let listening: Vec<(&Hit, u16)> = case
        .application(Family::Listening)?
        .into_iter()
        .filter_map(|hit| Some((hit, hit.port()?)))
        .collect();
    if let Some((hit, _)) = listening.iter().find(|(_, port)| *port == asked) {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            format!("the application says that it listens on {asked}"),
        ));
    }
    let Some((hit, port)) = listening.first() else {
        if let Some((line, _)) = case.stopped()? {
            return Ok(Answer::cleared_by(
                line,
                "the application ended, so it listened on no port",
            ));
        }
        return match exposed(case) {
            Some((file, line, port)) if port != asked => {
                Ok(exposes_another(case, &failed, asked, file, line, port))
            }
            _ => Err(Missing::undecided(
                "application-log",
                "the application never says on which port it listens",
            )),
        };
    };

    let mut ports: Vec<u16> = listening.iter().map(|(_, port)| *port).collect();
    ports.sort_unstable();
    ports.dedup();
    let names: Vec<String> = ports.iter().map(u16::to_string).collect();
    let summary = format!(
        "App Runner asks port {asked}, the application listens on {}",
        words::list(&names)
    );
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            &hit.first,
            format!("the application listens on {port}"),
        ),
    )
    .citing(Citation::fact(
        Ground::Agreement,
        &failed,
        format!("the health check asked port {asked}"),
    ))
    .citing_if(exposed(case).map(|(file, line, port)| {
        Citation::fact(
            Ground::Context,
            file,
            format!("line {line} of {} exposes {port}", file.fact.path),
        )
    }))
    .citing_if(own_variable(case))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by("the port in the application's log, and the port of the service");
    match case.image_source()? {
        Some(image) => {
            finding.fix.push(fix::image_configuration(
                case,
                image.fact,
                serde_json::json!({ "Port": port.to_string() }),
            ));
        }
        None => finding.fix.push(Step::Text(format!(
            "Set `run.network.port` to {port} in apprunner.yaml, or the port of the service where \
             the configuration comes from the API."
        ))),
    }
    finding.fix.push(Step::Text(format!(
        "Or let the application listen on the port in the variable PORT, which App Runner sets to \
         {asked}."
    )));
    Ok(finding.into())
}

/// The one port that the last stage of a Dockerfile exposes. It says what the author expects, and
/// makes nothing listen.
fn exposed(case: Case<'_>) -> Option<(&Observed<SourceFile>, u32, u16)> {
    let files = &case.evidence.surroundings.source_files;
    let mut dockerfiles = files
        .iter()
        .filter(|it| it.fact.role == SourceFileRole::Dockerfile);
    let file = dockerfiles.next()?;
    // Of several nobody knows which was built.
    if dockerfiles.next().is_some() {
        return None;
    }
    let last = file.fact.instructions.iter().map(|it| it.stage).max()?;
    let mut exposes = file
        .fact
        .instructions
        .iter()
        .filter(|it| it.stage == last && it.instruction == "EXPOSE");
    let one = exposes.next()?;
    if exposes.next().is_some() {
        return None;
    }
    let port = one.arguments.trim().trim_end_matches("/tcp").parse().ok()?;
    Some((file, one.line, port))
}

/// A variable of the service that is named like a port. The application may listen by that one,
/// while App Runner sets PORT.
fn own_variable(case: Case<'_>) -> Option<Citation> {
    let configuration = case.configuration().ok()??;
    let name = configuration
        .fact
        .environment_variables
        .keys()
        .find(|name| *name != "PORT" && name.ends_with("PORT"))?;
    Some(Citation::fact(
        Ground::Context,
        &configuration,
        format!(
            "the service sets {name}, which may be the variable that the application listens by"
        ),
    ))
}

/// The weaker answer for an application that says nothing of its port.
fn exposes_another(
    case: Case<'_>,
    failed: &Observed<Probe>,
    asked: u16,
    file: &Observed<SourceFile>,
    line: u32,
    port: u16,
) -> Answer {
    let path = file.fact.path.as_str();
    let mut finding = Finding::new(
        // A Dockerfile proves nothing about what listens, so this does not stand before a cause.
        Role::Symptom,
        format!("App Runner asks port {asked}, and {path} exposes {port}"),
        Citation::fact(
            Ground::Context,
            file,
            format!("line {line} of {path} exposes {port}"),
        ),
    )
    .citing(Citation::fact(
        Ground::Context,
        failed,
        format!("the health check asked port {asked}"),
    ))
    .touching(Touches::Service)
    .confirmed_by("on which port the application listens; it does not say so in its log");
    if let Ok(Some(image)) = case.image_source() {
        finding.fix.push(fix::image_configuration(
            case,
            image.fact,
            serde_json::json!({ "Port": port.to_string() }),
        ));
    }
    finding.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence_schema::Status;

    use crate::{
        evidence::Why,
        test_support::{HEALTH_FAILED, Sample},
    };

    #[test]
    fn the_application_names_another_port() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "Server listening on port 3000")])
            .found(&RULE);
        assert_eq!(
            finding.summary,
            "App Runner asks port 8080, the application listens on 3000"
        );
        let Step::Command(words) = &finding.fix[0] else {
            panic!("a command comes first")
        };
        assert!(
            words.iter().any(|word| word.contains(r#""Port":"3000""#)),
            "{words:?}"
        );
    }

    #[test]
    fn the_right_port_clears_it_even_beside_another_one() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "metrics listening on port 9090"),
                (91, "Server listening on port 8080"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn a_silent_application_and_a_denied_log_leave_it_open() {
        let silent = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "booting")])
            .missing(&RULE);
        assert_eq!(silent.why, Why::Undecided);
        let denied = Sample::image()
            .events(HEALTH_FAILED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
        assert_eq!(denied.why, Why::Denied);
        let throttled = Sample::image()
            .events(HEALTH_FAILED)
            .covered("application-log", Status::Throttled)
            .missing(&RULE);
        assert_eq!(throttled.why, Why::Throttled);
    }

    #[test]
    fn a_silent_application_leaves_the_dockerfile_to_speak() {
        use evidence_schema::record::DockerInstruction;
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "booting")])
            .with(evidence_schema::Body::SourceFile(SourceFile {
                path: "Dockerfile".to_owned(),
                role: SourceFileRole::Dockerfile,
                size_bytes: 10,
                content: None,
                truncated: false,
                instructions: vec![DockerInstruction {
                    line: 7,
                    stage: 0,
                    instruction: "EXPOSE".to_owned(),
                    arguments: "3000".to_owned(),
                }],
            }))
            .found(&RULE);
        assert_eq!(finding.role, Role::Symptom);
        assert!(finding.summary.contains("exposes 3000"));
    }

    #[test]
    fn the_port_of_an_old_instance_does_not_count() {
        Sample::image()
            .events(HEALTH_FAILED)
            .instance(
                "instance/old",
                &[(-600, "GET / 200"), (90, "Server listening on port 3000")],
            )
            .missing(&RULE);
    }
}
