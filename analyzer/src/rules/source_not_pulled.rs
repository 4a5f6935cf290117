//! The source code was not pulled although the connection is in order.

use evidence_schema::record::ConnectionStatus;

use super::{About, Explains, Rule, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{Message, SourceFailure},
};

pub(super) const RULE: Rule = Rule {
    id: "source-not-pulled",
    summary: "The repository or branch cannot be read through the connection",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("source_not_pulled.md"),
    explains: Explains::Only(&["silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    };
    let stated = case.platform(|message| match message {
        Message::SourcePullFailed(failure) => Some(failure),
        _ => None,
    })?;
    if stated.is_none()
        && let Some((pulled, ())) = case
            .attempt
            .find(|message| matches!(message, Message::SourcePulled).then_some(()))
    {
        return Ok(Answer::cleared_by(pulled, "the source code was pulled"));
    }
    // The pull began and nothing of a deployment came after it.
    let begun = case
        .attempt
        .find(|message| matches!(message, Message::SourcePullStarted).then_some(()))
        .filter(|_| case.attempt.failed() && case.attempt.phase() <= crate::message::Phase::Pull);
    let first = match (stated, begun) {
        (Some((line, failure)), _) => Citation::line(
            Ground::Platform,
            line,
            match failure {
                SourceFailure::LatestCommit => "App Runner could not read the latest commit",
                SourceFailure::Repository(_) => "App Runner could not pull the repository",
            },
        ),
        (None, Some((line, ()))) => Citation::line(
            Ground::Agreement,
            line,
            "the pull began, and the deployment failed without a word that it ended",
        ),
        (None, None) => return Ok(Answer::cleared("no pull of source code failed")),
    };
    let connection = case.connection()?;
    let Some(connection) = connection else {
        return Ok(Answer::cleared("there is no connection to pull through"));
    };
    if connection.fact.status != ConnectionStatus::Available {
        return Ok(Answer::cleared_by_fact(
            &connection,
            format!("the connection itself is {}", connection.fact.status),
        ));
    }

    let name = connection.fact.name.as_str();
    let repository = code.fact.repository_url.as_str();
    let branch = code.fact.branch.as_deref().unwrap_or("the default branch");
    let manifest = &case.evidence.manifest;
    let web = repository.trim_end_matches(".git");
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "App Runner could not pull {branch} of {repository} through the connection {name}, which says AVAILABLE"
        ),
        first,
    )
    .citing(Citation::fact(
        Ground::Context,
        &connection,
        "the connection says AVAILABLE, which tells nothing of this repository",
    ))
    .citing(Citation::fact(
        Ground::Context,
        &code,
        format!("the service deploys {branch} of {repository}"),
    ))
    .touching(Touches::Service)
    .touching(Touches::Connection(name.to_owned()))
    .confirmed_by(format!(
        "whether {repository} and {branch} exist under these names, and whether the App Runner app may read them"
    ))
    .fixed_by([
        Step::Text(format!(
            "See whether the repository and the branch still have these names: open {web}, or ask \
             `git ls-remote` for its heads."
        )),
        Step::Text(
            "At the provider, see whether the app of AWS is still installed and may read this \
             repository: it is lost when the repository is moved, renamed or made private, when \
             its list of repositories is shortened, and when the person who made the connection \
             leaves. Give it the repository again, or make a new connection in this Region:"
                .to_owned(),
        ),
        fix::aws(
            manifest,
            &["apprunner", "list-connections", "--connection-name", name],
        ),
    ]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Strength, test_support::Sample};

    const COMMIT: (i64, &str) = (
        5,
        "[AppRunner] Failed to retrieve the latest commit from your source repository. Be sure you configure your service with a valid connection to your GitHub repository",
    );
    const PULL: (i64, &str) = (
        5,
        "[AppRunner] Pulling source code from GITHUB Repository ( https://github.com/example-org/web ).",
    );

    #[test]
    fn repository_branch_and_connection_are_named() {
        for line in [COMMIT, (5, "[AppRunner] Failed to pull repository web")] {
            let finding = Sample::code()
                .deployment(&[line])
                .connection(ConnectionStatus::Available)
                .found(&RULE);
            assert!(
                finding
                    .summary
                    .contains("main of https://github.com/example-org/web")
            );
            assert_eq!(finding.strength(), Strength::StatedByPlatform);
        }
    }

    #[test]
    fn a_pull_that_never_ended_is_only_correlated() {
        let finding = Sample::code()
            .events(&[PULL])
            .connection(ConnectionStatus::Available)
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::Correlated);
    }

    #[test]
    fn a_connection_that_cannot_be_used_and_a_pull_that_went_well_are_not_it() {
        Sample::code()
            .deployment(&[COMMIT])
            .connection(ConnectionStatus::PendingHandshake)
            .cleared(&RULE);
        Sample::code()
            .events(&[
                PULL,
                (
                    9,
                    "[AppRunner] Successfully pulled your application source code.",
                ),
            ])
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_log_or_the_connection_it_cannot_tell() {
        Sample::code()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
        Sample::code()
            .deployment(&[COMMIT])
            .denied("connections", "apprunner:ListConnections")
            .missing(&RULE);
    }
}
