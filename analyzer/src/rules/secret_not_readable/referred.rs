//! What a variable refers to: whether it exists, has a value, and can be decrypted.

use evidence_schema::{
    Status, Time,
    record::{Key, Parameter, Secret},
};

use super::{Seen, Trouble};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Citation, Ground, Step, Touches},
    iam::arn::Arn,
    rules::fix,
    words,
};

pub(super) fn secret(case: Case<'_>, seen: &mut Seen, variable: &str, arn: &str, failed: Time) {
    let touches = |names: Vec<String>| {
        vec![
            Touches::Resource {
                source: "secretsmanager",
                names,
            },
            Touches::Service,
        ]
    };
    let manifest = &case.evidence.manifest;
    let found = secret_of(case, arn, variable);
    let Some(secret) = found else {
        if is_absent(case, "secrets", arn) {
            seen.troubles.push(Trouble {
                what: format!("The secret that {variable} refers to does not exist: {arn}"),
                cited: Citation::absence(
                    Ground::Configuration,
                    "Secrets Manager has no such secret",
                ),
                fix: edit(case),
                touches: touches(vec![arn.to_owned(), secret_name(arn).to_owned()]),
            });
            return;
        }
        seen.open(unseen(
            case,
            "secrets",
            arn,
            "the secret is not in the bundle",
        ));
        return;
    };
    let name = secret.fact.name.as_str();
    let names = vec![secret.fact.arn.clone(), name.to_owned()];
    // What was deleted after the failure did not bring it.
    if let Some(deleted) = secret.fact.deleted_at.filter(|deleted| *deleted <= failed) {
        let mut cited = Citation::fact(
            Ground::Configuration,
            &secret,
            format!("{name} was marked for deletion at {}", words::at(deleted)),
        );
        cited.time = Some(deleted);
        seen.troubles.push(Trouble {
            what: format!(
                "The secret {name} that {variable} refers to is marked for deletion, so it cannot \
                 be read"
            ),
            cited,
            fix: vec![fix::aws(
                manifest,
                &[
                    "secretsmanager",
                    "restore-secret",
                    "--secret-id",
                    &secret.fact.arn,
                ],
            )],
            touches: touches(names.clone()),
        });
    }
    let has_value = secret
        .fact
        .stages
        .values()
        .any(|stages| stages.iter().any(|stage| stage == "AWSCURRENT"));
    if !has_value && secret.fact.deleted_at.is_none() {
        seen.troubles.push(Trouble {
            what: format!("The secret {name} that {variable} refers to has no value"),
            cited: Citation::fact(
                Ground::Configuration,
                &secret,
                "no version of it is AWSCURRENT",
            ),
            fix: vec![Step::Text(format!(
                "Give {name} a value, with `aws secretsmanager put-secret-value`."
            ))],
            touches: touches(names),
        });
    }
    if let Some(key) = &secret.fact.kms_key {
        state_of_key(case, seen, key, &secret.fact.arn, name);
    }
}

pub(super) fn parameter(case: Case<'_>, seen: &mut Seen, variable: &str, stated: &str, arn: &str) {
    let own = &case.evidence.manifest.target.account;
    if let Some(parsed) = Arn::parse(arn)
        && parsed.account != own
    {
        let Ok(service) = case.service() else { return };
        seen.troubles.push(Trouble {
            what: format!(
                "{variable} refers to a parameter of the account {}, and App Runner reads only \
                 those of its own account",
                parsed.account
            ),
            cited: Citation::fact(Ground::Configuration, &service, format!("it is {arn}")),
            fix: edit(case),
            touches: vec![Touches::Service],
        });
        return;
    }
    let names: Vec<String> = [stated, arn]
        .into_iter()
        .map(str::to_owned)
        .chain(
            arn.split_once(":parameter")
                .map(|(_, name)| name.to_owned()),
        )
        .chain(
            arn.split_once(":parameter/")
                .map(|(_, name)| name.to_owned()),
        )
        .collect();
    let name = stated
        .split_once(":parameter")
        .map_or(stated, |(_, name)| name);
    let Some(parameter) = parameter_of(case, stated) else {
        if is_absent(case, "parameters", stated) {
            seen.troubles.push(Trouble {
                what: format!("The parameter {name} that {variable} refers to does not exist"),
                cited: Citation::absence(
                    Ground::Configuration,
                    "Systems Manager has no such parameter",
                ),
                fix: edit(case),
                touches: vec![
                    Touches::Resource {
                        source: "ssm",
                        names,
                    },
                    Touches::Service,
                ],
            });
            return;
        }
        seen.open(unseen(
            case,
            "parameters",
            stated,
            "the parameter is not in the bundle",
        ));
        return;
    };
    if let Some(key) = &parameter.fact.kms_key {
        let used = parameter.fact.arn.as_deref().unwrap_or(arn);
        state_of_key(case, seen, key, used, &parameter.fact.name);
    }
}

/// A key that is not enabled decrypts nothing.
fn state_of_key(case: Case<'_>, seen: &mut Seen, reference: &str, used_by: &str, name: &str) {
    // The keys that AWS keeps for its services cannot be switched off.
    if reference.contains("alias/aws/") {
        return;
    }
    let key = case.evidence.surroundings.keys.iter().find(|it| {
        it.fact.reference == reference
            || it.fact.arn == reference
            || it.fact.used_by.iter().any(|used| used == used_by)
    });
    let Some(key) = key else {
        if is_absent(case, "keys", reference) {
            seen.troubles.push(Trouble {
                what: format!("The key that encrypts {name} does not exist"),
                cited: Citation::absence(Ground::Configuration, "KMS has no such key"),
                fix: edit(case),
                touches: vec![Touches::Resource {
                    source: "kms",
                    names: vec![reference.to_owned()],
                }],
            });
        } else {
            seen.open(unseen(
                case,
                "keys",
                reference,
                "the key is not in the bundle",
            ));
        }
        return;
    };
    if let Some(trouble) = fix::disabled_key(case, &key.as_ref()) {
        seen.troubles.push(Trouble {
            what: format!("The key that encrypts {name} is {}", state(&key.fact)),
            cited: trouble.0,
            fix: trouble.1,
            touches: vec![Touches::Resource {
                source: "kms",
                names: vec![key.fact.arn.clone()],
            }],
        });
    }
}

fn state(key: &Key) -> &str {
    key.state.as_deref().unwrap_or("in an unknown state")
}

fn secret_of<'a>(case: Case<'a>, arn: &str, variable: &str) -> Option<Observed<&'a Secret>> {
    let secrets = &case.evidence.surroundings.secrets;
    secrets
        .iter()
        .find(|it| it.fact.arn == arn)
        .or_else(|| {
            secrets.iter().find(|it| {
                it.fact.arn.starts_with(arn)
                    && it.fact.referenced_by.iter().any(|name| name == variable)
            })
        })
        .map(Observed::as_ref)
}

fn parameter_of<'a>(case: Case<'a>, stated: &str) -> Option<Observed<&'a Parameter>> {
    let parameters = &case.evidence.surroundings.parameters;
    let found = parameters.iter().find(|it| it.fact.reference == stated)?;
    Some(found.as_ref())
}

fn is_absent(case: Case<'_>, source: &str, subject: &str) -> bool {
    case.evidence.ledger.entries.iter().any(|entry| {
        entry.source == source
            && entry.subject.as_deref() == Some(subject)
            && entry.status == Status::Absent
    })
}

fn unseen(case: Case<'_>, source: &str, subject: &str, otherwise: &str) -> Missing {
    match case.evidence.ledger.looked(source, Some(subject), None) {
        Err(missing) => missing,
        Ok(_) => Missing::undecided(source, format!("{subject}: {otherwise}")),
    }
}

fn secret_name(arn: &str) -> &str {
    let name = arn.splitn(7, ':').nth(6).unwrap_or(arn);
    match name.rsplit_once('-') {
        Some((name, suffix)) if suffix.len() == 6 => name,
        _ => name,
    }
}

fn edit(case: Case<'_>) -> Vec<Step> {
    let mut steps = vec![Step::Text(
        "Make it again under that name, or refer to one that exists and can be read.".to_owned(),
    )];
    steps.extend(fix::edit_source(case));
    steps
}
