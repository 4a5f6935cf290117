//! The application listens on one address only, and App Runner asks another.

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
};

pub(super) const RULE: Rule = Rule {
    id: "bound-to-hostname",
    summary: "The application listens on one address instead of all",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("bound_to_hostname.md"),
    explains: Explains::Only(&["health-check-failed", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(failed) = case.failed_health_check()? else {
        return Ok(Answer::cleared("no health check failed"));
    };
    // Somebody who answers, if only with an error, is reached.
    let answers: Vec<&Hit> = case
        .application(Family::HttpAnswer)?
        .into_iter()
        .filter(|hit| {
            failed.fact.path.is_some() && hit.capture("path") == failed.fact.path.as_deref()
        })
        .collect();
    if let Some(hit) = answers.first() {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            "the application answered the health check",
        ));
    }
    let listening = case.application(Family::Listening)?;
    let on_all = |hit: &&&Hit| hit.capture("host").is_some_and(is_every_address);
    if let Some(hit) = listening.iter().find(on_all) {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            "the application listens on all addresses",
        ));
    }
    let narrow = listening.iter().find_map(|hit| {
        let host = hit.capture("host")?;
        is_one_address(host).then_some((hit, host))
    });
    let Some((hit, host)) = narrow else {
        return match listening.first() {
            Some(hit) => Ok(Answer::cleared_by_text(
                &hit.first,
                "the application names no address that would be too narrow",
            )),
            None => Err(Missing::undecided(
                "application-log",
                "the application never says on which address it listens",
            )),
        };
    };

    let by_hostname = host.starts_with("ip-");
    let summary = if by_hostname {
        format!("The application listens on the instance's host name {host} only")
    } else {
        format!(
            "The application listens on {host} only, which nobody outside the container reaches"
        )
    };
    let advice = if by_hostname {
        "App Runner sets HOSTNAME to the name of the instance, and this server binds to HOSTNAME. \
         Set it to 0.0.0.0 in the start command; ENV in the Dockerfile is overridden."
    } else {
        "Let the server bind to 0.0.0.0."
    };
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            &hit.first,
            format!("the server is bound to {host}"),
        ),
    )
    .citing(Citation::fact(
        Ground::Agreement,
        &failed,
        "nobody answered the health check",
    ))
    .touching(Touches::Service)
    .confirmed_by("the address that the server prints when it starts; 0.0.0.0 is right")
    .fixed_by([Step::Text(advice.to_owned())]);
    if by_hostname && let Some(image) = case.image_source()? {
        let start = image
            .fact
            .configuration
            .start_command
            .as_deref()
            .unwrap_or("node server.js");
        finding.fix.push(fix::image_configuration(
            case,
            image.fact,
            serde_json::json!({ "StartCommand": format!("sh -c \"HOSTNAME=0.0.0.0 exec {start}\"") }),
        ));
        if image.fact.configuration.start_command.is_none() {
            finding.fix.push(Step::Text(
                "`node server.js` stands for the command of your image; put yours there."
                    .to_owned(),
            ));
        }
    }
    Ok(finding.into())
}

fn is_every_address(host: &str) -> bool {
    matches!(host, "0.0.0.0" | "[::]" | "::" | "*")
}

/// A name or address that App Runner does not ask. `localhost` is what many servers print although
/// they are bound to all addresses, so it decides nothing.
fn is_one_address(host: &str) -> bool {
    let of_instance = host
        .strip_prefix("ip-")
        .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
    of_instance || host == "127.0.0.1" || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, Sample};

    #[test]
    fn the_banner_of_next_js_names_the_instance() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (
                    90,
                    "- Local: http://ip-10-0-104-219.ap-northeast-1.compute.internal:8080",
                ),
                (
                    90,
                    "- Network: http://ip-10-0-104-219.ap-northeast-1.compute.internal:8080",
                ),
            ])
            .found(&RULE);
        assert!(finding.summary.contains("ip-10-0-104-219"));
    }

    #[test]
    fn loopback_alone_is_as_bad_but_not_beside_all_addresses() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(
                90,
                "INFO: Uvicorn running on http://127.0.0.1:8080 (Press CTRL+C to quit)",
            )])
            .found(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, " * Running on all addresses (0.0.0.0)"),
                (90, " * Running on http://127.0.0.1:8080"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn localhost_decides_nothing_and_an_answer_shows_that_it_is_reached() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "- Local: http://localhost:8080")])
            .cleared(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "- Local: http://ip-10-0-104-219.ec2.internal:8080"),
                (95, "GET /health 404 in 12ms"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn without_a_banner_it_cannot_tell() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "booting")])
            .missing(&RULE);
    }
}
