//! The application listens on the name of the instance only, and App Runner asks another address.

use super::{About, Explains, Rule, ending, fix};
use crate::{
    commands::Command,
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
};

pub(super) const RULE: Rule = Rule {
    id: "bound-to-hostname",
    summary: "The application binds to the name of its instance instead of all addresses",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("bound_to_hostname.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if let Some(finding) = not_available(case)? {
        return Ok(finding.into());
    }
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

    let mut finding = Finding::new(
        Role::Cause,
        format!("The application listens on the instance's host name {host} only"),
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
    .fixed_by([Step::Text(ADVICE.to_owned())]);
    finding.fix.extend(all_addresses(case)?);
    Ok(finding.into())
}

const ADVICE: &str = "App Runner sets HOSTNAME to the name of the instance, and this server binds to \
                      HOSTNAME. Set it to 0.0.0.0 in the start command; ENV in the Dockerfile is \
                      overridden.";

/// The server wants an address that HOSTNAME stands for and that the container does not have.
fn not_available(case: Case<'_>) -> Result<Option<Finding>, Missing> {
    let hits: Vec<&Hit> = case
        .application(Family::BindFailed)?
        .into_iter()
        .filter(|hit| hit.capture("host").is_some_and(is_private))
        .collect();
    let ending::Ending::Ended { hits, stopped } = ending::judge(case, hits)? else {
        return Ok(None);
    };
    let hit = hits[0];
    let host = hit.capture("host").unwrap_or_default();
    let mut finding = Finding::new(
        Role::Cause,
        format!("The application binds to {host} instead of all addresses, and cannot"),
        Citation::text(
            Ground::Application,
            &hit.first,
            format!("the server wants to listen on {host}"),
        ),
    )
    .citing_if(ending::citation(stopped))
    .touching(Touches::Service)
    .confirmed_by("the address that the server prints when it starts; 0.0.0.0 is right")
    .fixed_by([Step::Text(ADVICE.to_owned())]);
    finding.fix.extend(all_addresses(case)?);
    Ok(Some(finding))
}

/// A start command that sets HOSTNAME. `env` does it without a shell, so nothing is to be quoted.
fn all_addresses(case: Case<'_>) -> Result<Vec<Step>, Missing> {
    let Some(image) = case.image_source()? else {
        return Ok(vec![]);
    };
    let given = image.fact.configuration.start_command.as_deref();
    let start = given.unwrap_or("node server.js");
    if !Command::read(start).is_plain() {
        return Ok(vec![Step::Text(format!(
            "`{start}` needs a shell: put it into a script of the image, with `export \
             HOSTNAME=0.0.0.0` before it, and start that."
        ))]);
    }
    let mut steps = vec![fix::image_configuration(
        case,
        image.fact,
        serde_json::json!({ "StartCommand": format!("env HOSTNAME=0.0.0.0 {start}") }),
    )];
    if given.is_none() {
        steps.push(Step::Text(
            "`node server.js` stands for the command of your image; put yours there.".to_owned(),
        ));
    }
    Ok(steps)
}

fn is_private(host: &str) -> bool {
    host.parse::<core::net::Ipv4Addr>()
        .is_ok_and(|address| address.is_private() || address.is_link_local())
}

fn is_every_address(host: &str) -> bool {
    matches!(host, "0.0.0.0" | "[::]" | "::" | "*")
}

/// The name of an instance, as AWS makes it of its address.
fn is_one_address(host: &str) -> bool {
    host.strip_prefix("ip-")
        .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

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
    fn the_loopback_address_is_another_fault() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(
                90,
                "INFO: Uvicorn running on http://127.0.0.1:8080 (Press CTRL+C to quit)",
            )])
            .cleared(&RULE);
    }

    #[test]
    fn a_worker_that_cannot_have_the_address_of_the_instance() {
        let finding = Sample::image()
            .events(PULLED)
            .application(&[(90, "Invariant: failed to start render worker Error: listen EADDRNOTAVAIL: address not available 10.0.248.213")])
            .found(&RULE);
        assert!(finding.summary.contains("10.0.248.213"));
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
