//! The application changes the schema of its database when it starts, and that fails.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::Family,
};

/// How many lines of the application are shown.
const SHOWN: usize = 8;

pub(super) const RULE: Rule = Rule {
    id: "migration-failed",
    summary: "A migration of the database fails when the application starts",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("migration_failed.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "silent-rollback",
        "slow-start",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let (hits, stopped) = match ending::of(case, &[Family::MigrationFailed])? {
        Ending::Silent => {
            return Ok(Answer::cleared(
                "the application tells of no migration that failed",
            ));
        }
        Ending::WentOn(line) => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens although it complained of a migration",
            ));
        }
        Ending::Ended { hits, stopped } => (hits, stopped),
    };
    let hit = ending::telling(&hits, "what");
    let exists = hit.signature.id == "object-exists";
    let summary = match hit.capture("what") {
        Some(what) if exists => {
            format!("A migration of the database fails when the application starts: {what}")
        }
        _ => format!(
            "A migration of the database fails when the application starts: {}",
            ending::quoted(hit)
        ),
    };
    let advice = if exists {
        "The migration creates what the database has already: it was written anew, or an earlier \
         try came half way. Mark it as applied in the database's own list of migrations, or let it \
         create only what is missing."
    } else {
        "Mend the migration, or the state that the database keeps of it, by hand and from outside; \
         then deploy again."
    };
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            &hit.first,
            "the migration ended with this",
        ),
    )
    .citing_if(ending::citation(stopped))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .confirmed_by("the same migration against a copy of the database")
    .fixed_by([
        Step::Text(advice.to_owned()),
        Step::Text(
            "A migration at start runs once for each instance, and is cut off when the health \
             check gives up. A step of the pipeline before the deployment runs once and says so \
             when it fails."
                .to_owned(),
        ),
    ]);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, Sample};

    #[test]
    fn a_migration_that_creates_what_exists_is_the_cause() {
        let finding = Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "Applying migration 0000_baseline.sql"),
                (91, "error: type \"order_status\" already exists"),
            ])
            .found(&RULE);
        assert!(finding.summary.contains("order_status"));
    }

    #[test]
    fn what_is_skipped_and_what_is_only_said_before_it_listens_is_no_failure() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "NOTICE:  relation \"orders\" already exists, skipping")])
            .cleared(&RULE);
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "Error: P3005: The database schema is not empty."),
                (91, "Server listening on port 3000"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        Sample::image()
            .events(PULLED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
