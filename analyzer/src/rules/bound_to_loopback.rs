//! The application listens on the loopback address, which only itself reaches.

use super::{About, Explains, Rule, fix};
use crate::{
    commands,
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
};

/// How many lines of the application are shown.
const SHOWN: usize = 6;

pub(super) const RULE: Rule = Rule {
    id: "bound-to-loopback",
    summary: "The application listens on 127.0.0.1, which only itself reaches",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("bound_to_loopback.md"),
    explains: Explains::Only(&["health-check-failed", "port-mismatch", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(failed) = case.failed_health_check()? else {
        return Ok(Answer::cleared("no health check failed"));
    };
    // Somebody who answers, if only with an error, is reached.
    let path = failed.fact.path.as_deref();
    let answered = case
        .application(Family::HttpAnswer)?
        .into_iter()
        .find(|hit| path.is_some() && hit.capture("path") == path);
    if let Some(hit) = answered {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            "the application answered the health check",
        ));
    }
    let listening = case.application(Family::Listening)?;
    let wide = listening
        .iter()
        .find(|hit| hit.capture("host").is_some_and(is_wider));
    if let Some(hit) = wide {
        return Ok(Answer::cleared_by_text(
            &hit.first,
            "the application names another address than its own",
        ));
    }
    let Some(hit) = listening.iter().find(|hit| is_loopback(hit)) else {
        return match listening.first() {
            Some(hit) => Ok(Answer::cleared_by_text(
                &hit.first,
                "the application does not say that it listens on the loopback address",
            )),
            None => Err(Missing::undecided(
                "application-log",
                "the application never says on which address it listens",
            )),
        };
    };
    if let Some((line, _)) = case.stopped()? {
        return Ok(Answer::cleared_by(line, "the application ended"));
    }

    let host = hit.capture("host").unwrap_or("127.0.0.1");
    let port = hit.port();
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The application listens on {host} only, which nobody outside the container reaches"
        ),
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
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by("the address that the server prints when it starts; 0.0.0.0 is right")
    .fixed_by([Step::Text(advice(hit, port))]);
    if let (Some(asked), Some(port)) = (failed.fact.port, port)
        && asked != port
    {
        finding.fix.push(Step::Text(format!(
            "App Runner asks port {asked} besides, and the server listens on {port}: let both be \
             the same."
        )));
    }
    if let Some(command) = commands::start(case)?.command() {
        finding = finding.citing(Citation::fact(
            Ground::Context,
            command,
            format!("the start command is `{}`", command.fact.text),
        ));
    }
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// Whether the server says itself that it is bound to the loopback address. `localhost` is what many
/// servers print although they listen on all addresses, so it decides nothing, save for those that
/// print what they are bound to.
fn is_loopback(hit: &Hit) -> bool {
    let literal = matches!(
        hit.signature.id,
        "django-development-server"
            | "php-development-server"
            | "artisan-serve"
            | "listening-on-tcp-address"
            | "rocket-launched"
            | "phoenix-endpoint"
    ) || hit.first.text.contains("Now listening on: http")
        || hit.first.text.contains("Uvicorn running on http");
    match hit.capture("host") {
        Some("127.0.0.1" | "[::1]" | "::1") => true,
        Some("localhost") => literal,
        _ => false,
    }
}

fn is_wider(host: &str) -> bool {
    !matches!(host, "127.0.0.1" | "[::1]" | "::1" | "localhost")
}

/// What the framework calls the option.
fn advice(hit: &Hit, port: Option<u16>) -> String {
    let port = port.map_or_else(|| "8080".to_owned(), |port| port.to_string());
    let text = &hit.first.text;
    let option = match hit.signature.id {
        "django-development-server" => {
            format!("python3 manage.py runserver 0.0.0.0:{port}, or better a real server")
        }
        "php-development-server" => format!("php -S 0.0.0.0:{port}"),
        "artisan-serve" => format!("php artisan serve --host=0.0.0.0 --port={port}"),
        "rocket-launched" => "ROCKET_ADDRESS=0.0.0.0".to_owned(),
        "banner-url" => "GRADIO_SERVER_NAME=0.0.0.0, or launch(server_name=\"0.0.0.0\"); for \
                         Streamlit --server.address 0.0.0.0"
            .to_owned(),
        "banner-local" => "the option --host 0.0.0.0".to_owned(),
        _ if text.contains("Uvicorn") => format!("uvicorn … --host 0.0.0.0 --port {port}"),
        _ if text.contains("Listening at") => format!("gunicorn --bind 0.0.0.0:{port} …"),
        _ if text.contains("Now listening on") => format!("ASPNETCORE_URLS=http://+:{port}"),
        _ if text.contains("Running on") => {
            format!("flask run --host=0.0.0.0 --port={port}, or better a real server")
        }
        _ => format!("listen(\"0.0.0.0\", {port}) or the option for the host"),
    };
    format!("Let the server bind to 0.0.0.0: {option}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, Sample};

    fn says(lines: &[(i64, &str)]) -> Sample {
        Sample::image().events(HEALTH_FAILED).application(lines)
    }

    #[test]
    fn servers_that_print_the_loopback_address() {
        for line in [
            "INFO:     Uvicorn running on http://127.0.0.1:8080 (Press CTRL+C to quit)",
            "* Running on local URL:  http://127.0.0.1:8080",
            "Starting development server at http://127.0.0.1:8080/",
            "   INFO  Server running on [http://127.0.0.1:8080].",
            "Now listening on: http://[::1]:8080",
        ] {
            says(&[(90, line)]).found(&RULE);
        }
    }

    #[test]
    fn all_addresses_beside_it_and_a_mere_localhost_are_well() {
        says(&[
            (90, " * Running on all addresses (0.0.0.0)"),
            (90, " * Running on http://127.0.0.1:8080"),
        ])
        .cleared(&RULE);
        says(&[(90, "- Local: http://localhost:8080")]).cleared(&RULE);
        says(&[(90, "Server is running on http://localhost:8080")]).cleared(&RULE);
        says(&[
            (90, "INFO: Uvicorn running on http://127.0.0.1:8080"),
            (95, "127.0.0.1:4 - \"GET /health HTTP/1.1\" 404 Not Found"),
        ])
        .cleared(&RULE);
    }

    #[test]
    fn without_a_banner_it_cannot_tell() {
        says(&[(90, "booting")]).missing(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
