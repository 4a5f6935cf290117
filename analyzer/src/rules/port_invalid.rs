//! A port that is none.

use super::{About, Explains, Rule, fix};
use crate::{
    config_file,
    evidence::{Case, Missing},
    finding::{Answer, Citation, Cleared, Finding, Ground, Role, Severity, Step, Touches},
};

pub(super) const RULE: Rule = Rule {
    id: "port-invalid",
    summary: "The port of the service is not a number from 1 to 65535",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("port_invalid.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let configured = case.configuration()?;
    let from_file = case.code_source()?.is_some_and(|code| {
        code.fact
            .configuration_source
            .as_ref()
            .is_some_and(|source| source.as_str() == "REPOSITORY")
    });
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    if let Some((line, ())) = case.platform(|message| {
        matches!(message, crate::message::Message::HealthCheckPassed).then_some(())
    })? {
        return Ok(Answer::cleared_by(line, "the port answered"));
    }
    let (port, citation) = if from_file {
        let Some(file) = config_file::of(case)? else {
            return Ok(Answer::cleared(
                "the checkout has no file that names a port",
            ));
        };
        let Some(port) = file.port else {
            return Ok(Answer::cleared_by_fact(
                &file.observed,
                "the file names no port, so it is 8080",
            ));
        };
        let shows = format!("line {} names the port {}", port.line, port.text);
        let at = Citation::fact(Ground::Configuration, &file.observed, shows);
        (port.text, at)
    } else {
        let set = configured
            .as_ref()
            .and_then(|it| Some((it, it.fact.port.clone()?)));
        let Some((of, port)) = set else {
            let service = case.service()?;
            return Ok(Answer::cleared_by_fact(
                &service,
                "no port is set, so it is 8080",
            ));
        };
        let shows = format!("the port of the service is “{port}”");
        let at = Citation::fact(Ground::Configuration, of, shows);
        (port, at)
    };
    if port.parse::<u16>().is_ok_and(|it| it > 0) {
        return Ok(Answer::Cleared(Cleared {
            reason: format!("{port} is a port"),
            by: Some((citation.record, citation.time)),
        }));
    }
    let mut finding = Finding::new(
        Role::Cause,
        format!("The port of the service is “{port}”, which is not a number from 1 to 65535"),
        citation,
    )
    .touching(Touches::Service)
    .confirmed_by("the port on which the application listens")
    .fixed_by([Step::Text(
        "Set the port as a plain number. App Runner gives it to the application in the variable \
         PORT, which is reserved and cannot be set."
            .to_owned(),
    )]);
    match case.image_source()? {
        Some(image) => finding.fix.push(fix::image_configuration(
            case,
            image.fact,
            serde_json::json!({ "Port": "8080" }),
        )),
        None if from_file => finding.fix.extend(fix::redeploy(case)),
        None => finding.fix.extend(fix::edit_source(case)),
    }
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Sample;

    fn on(port: &str) -> Sample {
        Sample::image().configuration(|it| it.port = Some(port.to_owned()))
    }

    #[test]
    fn what_is_no_port_is_named() {
        for port in ["http", "0", "70000", "8080/tcp", ""] {
            let finding = on(port).found(&RULE);
            assert!(finding.summary.contains(&format!("“{port}”")));
        }
    }

    #[test]
    fn a_port_is_a_port() {
        on("80").cleared(&RULE);
        Sample::code().cleared(&RULE);
        Sample::code()
            .with_file_as_source()
            .config_file("run:\n  network:\n    port: 3000\n")
            .cleared(&RULE);
    }

    #[test]
    fn without_the_checkout_the_port_of_the_file_is_not_known() {
        Sample::code()
            .with_file_as_source()
            .denied("source-files", "none")
            .missing(&RULE);
    }
}
