//! The connection to the source code provider cannot be used.

use evidence_schema::record::ConnectionStatus;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{Message, SourceFailure},
};

pub(super) const RULE: Rule = Rule {
    id: "connection-not-available",
    summary: "The connection to GitHub or Bitbucket cannot be used",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("connection_not_available.md"),
    explains: Explains::Only(&["source-not-pulled", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    };
    let stated = case.platform(|message| match message {
        Message::SourcePullFailed(SourceFailure::LatestCommit) => Some(()),
        _ => None,
    });
    let stated = match stated {
        Ok(stated) => stated,
        // Without the log the status of the connection alone may still prove it.
        Err(missing) => match case.connection() {
            Ok(Some(connection)) if connection.fact.status != ConnectionStatus::Available => None,
            _ => return Err(missing),
        },
    };
    if stated.is_none()
        && let Some((pulled, ())) = case
            .attempt
            .find(|message| matches!(message, Message::SourcePulled).then_some(()))
    {
        return Ok(Answer::cleared_by(
            pulled,
            "the source code was pulled through the connection",
        ));
    }
    let connection = case.connection();
    // The connection is in order; what is wrong with repository, branch or app is another matter.
    if let Ok(Some(available)) = &connection
        && available.fact.status == ConnectionStatus::Available
    {
        return Ok(Answer::cleared_by_fact(
            available,
            "the connection is AVAILABLE",
        ));
    }
    let arn = case
        .service()?
        .fact
        .source
        .connection_arn
        .clone()
        .unwrap_or_default();
    let name = match &connection {
        Ok(Some(connection)) => connection.fact.name.clone(),
        _ => arn.split('/').nth(1).unwrap_or("of the service").to_owned(),
    };

    let line = stated.map(|(line, ())| {
        Citation::line(
            Ground::Platform,
            line,
            "App Runner could not read the latest commit",
        )
    });
    let state = match &connection {
        Ok(Some(connection)) if connection.fact.status != ConnectionStatus::Available => {
            Some(Citation::fact(
                Ground::Configuration,
                connection,
                format!("the connection {name} is {}", connection.fact.status),
            ))
        }
        Ok(None) => Some(Citation::absence(
            Ground::Configuration,
            format!("there is no connection {name}"),
        )),
        _ => None,
    };
    let status = match &connection {
        Ok(Some(connection)) => Some(connection.fact.status.clone()),
        _ => None,
    };
    let Some((first, second)) = (match (state, line) {
        (Some(state), line) => Some((state, line)),
        (None, Some(line)) => Some((line, None)),
        (None, None) => None,
    }) else {
        return match connection? {
            Some(_) | None => Ok(Answer::cleared("nothing speaks against the connection")),
        };
    };

    let summary = match &status {
        Some(ConnectionStatus::PendingHandshake) => {
            format!("The connection {name} waits for its handshake, so the source cannot be pulled")
        }
        Some(status) => {
            format!("The connection {name} is {status}, so the source cannot be pulled")
        }
        None => format!("The connection {name} cannot be used"),
    };
    let what = match &status {
        Some(ConnectionStatus::PendingHandshake) => format!(
            "In the App Runner console, under Connected accounts, choose {name} and complete the \
             handshake with an account that may read {}.",
            code.fact.repository_url
        ),
        _ => "A connection cannot be mended: make a new one, complete its handshake in the \
              console, and give it to the service."
            .to_owned(),
    };
    let mut finding = Finding::new(Role::Cause, summary, first)
        .citing_if(second)
        .touching(Touches::Connection(name.clone()))
        .confirmed_by(format!("the status of the connection {name}"))
        .fixed_by([
            Step::Text(what),
            fix::aws(
                &case.evidence.manifest,
                &["apprunner", "list-connections", "--connection-name", &name],
            ),
        ]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Sample;

    const COMMIT: (i64, &str) = (
        5,
        "[AppRunner] Failed to retrieve the latest commit from your source repository. Be sure you configure your service with a valid connection to your GitHub repository",
    );

    #[test]
    fn a_pending_handshake_is_proven_by_the_status() {
        let finding = Sample::code()
            .deployment(&[COMMIT])
            .connection(ConnectionStatus::PendingHandshake)
            .found(&RULE);
        assert!(finding.summary.contains("waits for its handshake"));
        Sample::code()
            .denied("service-log", "logs:FilterLogEvents")
            .connection(ConnectionStatus::Error)
            .found(&RULE);
    }

    #[test]
    fn a_connection_that_says_available_is_not_to_blame() {
        Sample::code()
            .deployment(&[COMMIT])
            .connection(ConnectionStatus::Available)
            .cleared(&RULE);
    }

    #[test]
    fn source_that_was_pulled_clears_the_connection() {
        Sample::code()
            .events(&[(
                5,
                "[AppRunner] Successfully pulled your application source code.",
            )])
            .connection(ConnectionStatus::Error)
            .cleared(&RULE);
        Sample::code()
            .connection(ConnectionStatus::Available)
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn a_denied_list_of_connections_leaves_it_open() {
        let missing = Sample::code()
            .denied("connections", "apprunner:ListConnections")
            .missing(&RULE);
        assert_eq!(
            missing.permission.as_deref(),
            Some("apprunner:ListConnections")
        );
    }
}
