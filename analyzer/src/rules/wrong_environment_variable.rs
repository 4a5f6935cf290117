//! A value that the application gets is wrong, empty or malformed.

use std::collections::BTreeSet;

use evidence_schema::LengthClass;

use super::{About, Explains, Rule, database_refused, ending, ending::Ending, fix};
use crate::{
    commands,
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    signature::{Family, Hit},
    words,
};

/// How many lines of the application are shown.
const SHOWN: usize = 8;

pub(super) const RULE: Rule = Rule {
    id: "wrong-environment-variable",
    summary: "The application gets a value that is wrong, empty or malformed",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("wrong_environment_variable.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let (hits, stopped) = match ending::of(case, &[Family::WrongVariable])? {
        Ending::Silent => return empty_value(case),
        Ending::WentOn(line) => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens although it complained of a value",
            ));
        }
        Ending::Ended { hits, stopped } => (hits, stopped),
    };
    let hit = ending::telling(&hits, "name");
    let kind = hits.iter().find_map(|hit| hit.capture("kind"));
    let (name, guessed) = match hit.capture("name") {
        Some(name) => (Some(variable(name)), false),
        None => (candidate(case, kind), true),
    };
    let malformed = match kind {
        Some(kind) => format!("a {kind} that it cannot read"),
        None => "a value that it does not accept".to_owned(),
    };
    let summary = match (&name, guessed) {
        (Some(name), false) => {
            format!("The value of {name} is wrong: {}", ending::quoted(hits[0]))
        }
        (Some(name), true) => format!("The application gets {malformed}, most likely in {name}"),
        (None, _) => format!("The application gets {malformed}: {}", ending::quoted(hit)),
    };
    let configuration = case.configuration()?;
    let defined = name.as_ref().and_then(|name| {
        let it = configuration.as_ref()?;
        let text = if it.fact.environment_secrets.contains_key(name) {
            format!("the service takes {name} from a secret or parameter")
        } else if it.fact.environment_variables.get(name)?.length == LengthClass::Empty {
            format!("the service defines {name} as an empty text")
        } else {
            format!("the service defines {name}")
        };
        Some(Citation::fact(Ground::Context, it, text))
    });
    let mut finding = Finding::new(
        Role::Cause,
        summary,
        Citation::text(
            Ground::Application,
            &hit.first,
            "the application does not accept the value",
        ),
    )
    .citing_if(ending::citation(stopped))
    .citing_if(defined)
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .touching_all(fix::pushed_to(case))
    .touching_all(database_refused::secrets(case))
    .confirmed_by("the value itself, which is never in a bundle");
    if kind.is_some_and(|kind| kind.ends_with("URL")) {
        finding.fix.push(Step::Text(
            "In a URL, user and password are percent-encoded: @ : / ? # [ ] % and blanks in a \
             password become %40 %3A %2F %3F %23 %5B %5D %25 %20. No quotation marks, no line \
             break, and the scheme that the library asks for."
                .to_owned(),
        ));
    }
    if kind == Some("private key") {
        finding.fix.push(Step::Text(
            "A key has line breaks. Where they are written as \\n, let the application put them \
             back, or store the key in base64."
                .to_owned(),
        ));
    }
    finding.fix.extend(mend(case, name.as_deref())?);
    Ok(finding.into())
}

/// App Runner drops a variable with an empty value, so the default of the image wins, which most
/// often is the machine itself.
fn empty_value(case: Case<'_>) -> Result<Answer, Missing> {
    let unreachable: Vec<&Hit> = case
        .application(Family::Unreachable)?
        .into_iter()
        .filter(|hit| is_itself(hit))
        .collect();
    let (hits, stopped) = match ending::judge(case, unreachable)? {
        Ending::Ended { hits, stopped } => (hits, stopped),
        Ending::Silent | Ending::WentOn(_) => {
            return Ok(Answer::cleared(
                "the application complains of no value that it got",
            ));
        }
    };
    let Some(configuration) = case.configuration()? else {
        return Err(Missing::undecided(
            "service",
            "which variables the service defines is in a file that is not in the bundle",
        ));
    };
    let empty: Vec<String> = configuration
        .fact
        .environment_variables
        .iter()
        .filter(|(_, value)| value.length == LengthClass::Empty)
        .map(|(name, _)| name.clone())
        .collect();
    if empty.is_empty() {
        return Ok(Answer::cleared_by_fact(
            &configuration,
            "the application complains of no value, and the service defines none that is empty",
        ));
    }
    let named = words::list(&empty);
    let hit = hits[0];
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "{named} {} empty, which App Runner drops, and the application connects to itself \
             instead",
            if empty.len() == 1 { "is" } else { "are" }
        ),
        Citation::fact(
            Ground::Configuration,
            &configuration,
            format!("the service defines {named} as an empty text"),
        ),
    )
    .citing(Citation::text(
        Ground::Agreement,
        &hit.first,
        "the application connects to its own address, where nobody listens",
    ))
    .citing_if(ending::citation(stopped))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .confirmed_by("a deployment with a value that is not empty");
    finding
        .fix
        .extend(mend(case, empty.first().map(String::as_str))?);
    Ok(finding.into())
}

/// Whether a connection went to the machine itself.
fn is_itself(hit: &Hit) -> bool {
    let text = &hit.first.text;
    let host = hit.capture("host");
    host.is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]"))
        || (host.is_none()
            && ["localhost", "127.0.0.1", "::1"]
                .iter()
                .any(|itself| text.contains(itself)))
}

/// The only variable that may hold such a value, if there is only one.
fn candidate(case: Case<'_>, kind: Option<&str>) -> Option<String> {
    let configuration = case.configuration().ok()??;
    let fact = configuration.fact;
    let names: BTreeSet<&String> = fact
        .environment_variables
        .keys()
        .chain(fact.environment_secrets.keys())
        .collect();
    let fits = |name: &str| {
        let upper = name.to_ascii_uppercase();
        match kind? {
            "private key" => upper.contains("KEY").then_some(()),
            "Redis URL" => upper.contains("REDIS").then_some(()),
            "URL" => (upper.ends_with("URL") || upper.ends_with("URI")).then_some(()),
            _ => (database_refused::is_of_database(name)
                && ["URL", "URI", "DSN", "STRING"]
                    .iter()
                    .any(|end| upper.ends_with(end)))
            .then_some(()),
        }
    };
    let mut fitting = names.into_iter().filter(|name| fits(name).is_some());
    let first = fitting.next()?;
    fitting.next().is_none().then(|| first.clone())
}

/// The variable of a setting, as Spring and pydantic map them.
pub(super) fn variable(name: &str) -> String {
    name.replace(['.', '-'], "_").to_ascii_uppercase()
}

fn mend(case: Case<'_>, name: Option<&str>) -> Result<Vec<Step>, Missing> {
    let what = name.unwrap_or("the value");
    let from_file = case
        .code_source()?
        .is_some_and(|code| commands::in_file(code.fact));
    let secret = name.and_then(|name| {
        let configuration = case.configuration().ok()??;
        configuration.fact.environment_secrets.get(name)
    });
    let mut steps = Vec::new();
    if let Some(reference) = secret
        && reference.contains(":secretsmanager:")
    {
        steps.push(Step::Text(format!(
            "Correct the secret that {what} refers to, with the right value in the file value.txt. \
             A secret is read only when a deployment begins."
        )));
        steps.push(fix::aws(
            &case.evidence.manifest,
            &[
                "secretsmanager",
                "put-secret-value",
                "--secret-id",
                reference,
                "--secret-string",
                "file://value.txt",
            ],
        ));
        steps.extend(fix::redeploy(case));
    } else if from_file {
        steps.push(Step::Text(format!(
            "Correct {what} under run.env or run.secrets of apprunner.yaml and deploy again."
        )));
        steps.extend(fix::redeploy(case));
    } else {
        steps.push(Step::Text(format!("Correct {what} in the service.")));
        steps.extend(fix::edit_source(case));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence_schema::{Fingerprint, Withheld};

    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, PULLED, Sample},
    };

    const STOPPED: (i64, &str) = (
        100,
        "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1",
    );

    fn defines(sample: Sample, name: &str, length: LengthClass) -> Sample {
        sample.configuration(|it| {
            it.environment_variables.insert(
                name.to_owned(),
                Withheld {
                    fingerprint: Fingerprint("fp-1".to_owned()),
                    length,
                },
            );
        })
    }

    #[test]
    fn a_malformed_url_is_laid_to_the_only_variable_that_holds_one() {
        let finding = defines(Sample::image(), "DATABASE_URL", LengthClass::Long)
            .events(PULLED)
            .events(&[STOPPED])
            .application(&[(90, "Error: P1013: The provided database string is invalid. invalid port number in database URL.")])
            .found(&RULE);
        assert!(
            finding.summary.contains("DATABASE_URL"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn a_variable_that_the_line_names_is_named() {
        let finding = Sample::image()
            .events(PULLED)
            .events(&[STOPPED])
            .application(&[
                (90, "1 validation error for Settings"),
                (90, "port"),
                (90, "  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='x', input_type=str]"),
            ])
            .found(&RULE);
        assert!(finding.summary.contains("PORT"), "{}", finding.summary);
    }

    #[test]
    fn an_empty_value_that_sends_the_application_to_itself() {
        let of = |length| {
            defines(Sample::image(), "TABLES_ENDPOINT", length)
                .events(PULLED)
                .events(&[STOPPED])
                .application(&[(90, "SdkClientException: Unable to execute HTTP request: Connect to localhost:8000 [localhost/127.0.0.1] failed: Connection refused")])
        };
        let finding = of(LengthClass::Empty).found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        of(LengthClass::Medium).cleared(&RULE);
    }

    #[test]
    fn a_request_with_a_wrong_value_is_the_business_of_its_sender() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[
                (90, "Server listening on port 3000"),
                (95, "TypeError: Invalid URL"),
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
