//! The database answers the application, and refuses it.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
};

/// How many lines of the application are shown.
const SHOWN: usize = 8;

pub(super) const RULE: Rule = Rule {
    id: "database-refused",
    summary: "The database refuses the application",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("database_refused.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "migration-failed",
        "silent-rollback",
        "slow-start",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let (hits, stopped) = match ending::of(case, &[Family::DatabaseRefused])? {
        Ending::Silent => {
            return Ok(Answer::cleared(
                "the application tells of no database that refused it",
            ));
        }
        Ending::WentOn(line) => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens although a database refused it",
            ));
        }
        Ending::Ended { hits, stopped } => (hits, stopped),
    };
    let hit = hits[0];
    let reason = Reason::of(hit);
    let variables = variables(case);
    let named = match variables.as_slice() {
        [] => "the variable with the address of the database".to_owned(),
        names => names.join(", "),
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The database refuses the application: {}",
            hit.capture("what").map_or_else(
                || ending::quoted(hit),
                |what| crate::words::start_of(what, 120)
            )
        ),
        Citation::text(Ground::Application, &hit.first, reason.shows()),
    )
    .citing_if(ending::citation(stopped))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .touching_all(secrets(case))
    .confirmed_by("a connection with the same address, user and options from somewhere else")
    .fixed_by([Step::Text(reason.advice(&named))]);
    if reason != Reason::Crowded {
        finding.fix.push(Step::Text(
            "Secrets and variables are read only when a deployment begins: deploy again after a \
             change."
                .to_owned(),
        ));
    }
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// What a database does not like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Login,
    Tls,
    Certificate,
    NotThere,
    Crowded,
}

impl Reason {
    fn of(hit: &Hit) -> Self {
        let what = hit.capture("what").unwrap_or_default();
        match hit.signature.id {
            "postgres-hba" if hit.first.text.contains("no encryption") => Self::Tls,
            "postgres-hba" if hit.first.text.contains("SSL off") => Self::Tls,
            "mysql-tls" | "tls-not-supported" => Self::Tls,
            "database-certificate" => Self::Certificate,
            "connections-exhausted" => Self::Crowded,
            "pooler-tenant" | "pooler-endpoint" | "mysql-unknown-database" => Self::NotThere,
            "postgres-no-such" => Self::NotThere,
            "prisma-auth" if what == "P1003" => Self::NotThere,
            "prisma-auth" if what == "P1011" => Self::Certificate,
            _ => Self::Login,
        }
    }

    fn shows(self) -> &'static str {
        match self {
            Self::Login => "the database does not accept the user or the password",
            Self::Tls => "database and application do not agree on TLS",
            Self::Certificate => "the application does not trust the database's certificate",
            Self::NotThere => "the database has nothing of that name",
            Self::Crowded => "the database takes no more connections",
        }
    }

    fn advice(self, named: &str) -> String {
        match self {
            Self::Login => format!(
                "Compare user and password in {named} with those of the database. After a rollback \
                 App Runner runs with the old values again, so a password that was changed \
                 together with a deployment that failed does not fit any more."
            ),
            Self::Tls => format!(
                "Let the application use TLS where the database demands it, and not where it has \
                 none: sslmode=require in the address of PostgreSQL, ssl in the options of the \
                 client; see {named}."
            ),
            Self::Certificate => {
                "Give the application the certificate of the authority that signed the database's \
                 own (for Amazon RDS: global-bundle.pem), in the image and in the options of the \
                 client."
                    .to_owned()
            }
            Self::NotThere => format!(
                "Create the database or the user, or correct the name in {named}; a project that \
                 was deleted or made anew has another address."
            ),
            Self::Crowded => {
                "During a deployment old and new instances connect at the same time: make the pool \
                 of each instance smaller, use a proxy, or raise the limit of the database."
                    .to_owned()
            }
        }
    }
}

/// The names of variables that look like those of a database.
fn variables(case: Case<'_>) -> Vec<String> {
    let Ok(Some(configuration)) = case.configuration() else {
        return vec![];
    };
    let fact = configuration.fact;
    fact.environment_variables
        .keys()
        .chain(fact.environment_secrets.keys())
        .filter(|name| is_of_database(name))
        .cloned()
        .collect()
}

/// Whether a variable has such a name as that of a database has.
pub(super) fn is_of_database(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let parts: Vec<&str> = name.split('_').collect();
    [
        "DATABASE",
        "DB",
        "POSTGRES",
        "POSTGRESQL",
        "PG",
        "MYSQL",
        "MONGO",
        "MONGODB",
        "REDIS",
        "DSN",
        "DATASOURCE",
        "SQL",
        "JDBC",
    ]
    .iter()
    .any(|word| parts.contains(word))
        || name.starts_with("PG")
}

/// The secrets that such variables refer to: who changes one changes the password.
pub(super) fn secrets(case: Case<'_>) -> Vec<Touches> {
    let Ok(Some(configuration)) = case.configuration() else {
        return vec![];
    };
    configuration
        .fact
        .environment_secrets
        .iter()
        .filter(|(name, _)| is_of_database(name))
        .map(|(_, reference)| Touches::Resource {
            source: if reference.contains(":secretsmanager:") {
                "secretsmanager"
            } else {
                "ssm"
            },
            names: vec![
                reference.clone(),
                reference.rsplit(':').next().unwrap_or(reference).to_owned(),
            ],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, PULLED, Sample},
    };

    const STOPPED: (i64, &str) = (
        100,
        "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1",
    );

    #[test]
    fn a_database_that_is_gone_is_the_cause_of_the_crash() {
        let finding = Sample::image()
            .events(PULLED)
            .events(&[STOPPED])
            .application(&[
                (90, "redis ready on 127.0.0.1:6379"),
                (91, "Error: connecting to Postgres"),
                (
                    91,
                    "    0: error returned from database: Tenant or user not found",
                ),
            ])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByApplication);
        assert!(finding.summary.contains("Tenant or user not found"));
    }

    #[test]
    fn a_demand_for_tls_is_told_from_a_wrong_password() {
        let of = |line: &str| {
            let finding = Sample::image()
                .events(PULLED)
                .events(&[STOPPED])
                .application(&[(90, line)])
                .found(&RULE);
            finding.citations()[0].shows.clone()
        };
        assert!(of("error: no pg_hba.conf entry for host \"10.0.1.24\", user \"shop\", database \"shop\", no encryption").contains("TLS"));
        assert!(
            of("FATAL:  password authentication failed for user \"shop\"").contains("password")
        );
    }

    #[test]
    fn a_server_that_listens_all_the_same_is_not_stopped_by_it() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "Server listening on port 3000"),
                (
                    95,
                    "error: password authentication failed for user \"shop\"",
                ),
            ])
            .cleared(&RULE);
        Sample::image()
            .events(PULLED)
            .application(&[(90, "connected to the database")])
            .cleared(&RULE);
    }

    #[test]
    fn without_the_logs_it_cannot_tell() {
        Sample::image()
            .events(PULLED)
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
        Sample::image()
            .denied("service-log", "logs:FilterLogEvents")
            .application(&[
                (
                    90,
                    "error: password authentication failed for user \"shop\"",
                ),
                (95, "Server listening on port 3000"),
            ])
            .missing(&RULE);
    }
}
