//! A secret or parameter could not be read before the container was to start.

use evidence_schema::{
    Status, Time,
    record::{Key, Parameter, RoleUse, Secret},
};

use super::{
    About, Explains, Rule,
    fix::{
        self,
        permit::{self, Standing},
        trust,
    },
};
use crate::{
    evidence::{Case, Missing, Observed, Why},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    iam::arn::Arn,
    message::Message,
    permissions::{Asker, Permission, Purpose, Reference, configuration, needed},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "secret-not-readable",
    summary: "A secret or parameter that the service refers to cannot be read",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("secret_not_readable.md"),
    explains: Explains::Only(&[
        "container-never-started",
        "health-check-failed",
        "silent-rollback",
    ]),
    check,
};

/// One thing that is in the way.
struct Trouble {
    what: String,
    cited: Citation,
    fix: Vec<Step>,
    touches: Vec<Touches>,
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    troubles: Vec<Trouble>,
    open: Option<Missing>,
}

impl Seen {
    fn open(&mut self, missing: Missing) {
        // A source that was denied says more than a question that stays open for it.
        let better = self
            .open
            .as_ref()
            .is_none_or(|known| known.why == Why::Undecided && missing.why != Why::Undecided);
        if better {
            self.open = Some(missing);
        }
    }
}

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if !case.attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    let service = case.service()?;
    let (configured, in_repository) = configuration(service.fact);
    let references: Vec<(&String, &String)> = configured
        .into_iter()
        .flat_map(|it| &it.environment_secrets)
        .collect();
    let stated = case.attempt.find(|message| match message {
        Message::SecretUnreadable(_) => Some(()),
        _ => None,
    });
    if references.is_empty() && !in_repository && stated.is_none() {
        return Ok(Answer::NotApplicable(
            "the service refers to no secret and no parameter".to_owned(),
        ));
    }
    if stated.is_none()
        && let Some(answer) = fix::due(case)?
    {
        return Ok(answer);
    }

    let mut seen = Seen::default();
    let target = &case.evidence.manifest.target;
    let failed = case.attempt.failed_at().unwrap_or(case.window().to);
    for (variable, text) in &references {
        match Reference::parse(text, &target.region, &target.account) {
            Reference::Secret(arn) => secret(case, &mut seen, variable, &arn, failed),
            Reference::Parameter(arn) => parameter(case, &mut seen, variable, text, &arn),
            Reference::Unknown(_) => {}
        }
    }
    if service.fact.instance.role_arn.is_some() {
        permissions(case, &mut seen);
    }
    if in_repository {
        seen.open(Missing::undecided(
            "source-files",
            "which secrets apprunner.yaml refers to is not judged",
        ));
    }

    let stated = stated.map(|(line, ())| {
        Citation::line(Ground::Platform, line, "App Runner could not read a secret")
    });
    let Seen { troubles, open } = seen;
    if troubles.is_empty() {
        return match (stated, open) {
            (None, Some(missing)) => Err(missing),
            (None, None) => Ok(Answer::cleared_by_fact(
                &service,
                "everything that it refers to exists, and the instance role may read it",
            )),
            (Some(stated), open) => Ok(although_allowed(case, stated, open).into()),
        };
    }
    let silent = stated.is_none().then(|| {
        Citation::absence(
            Ground::Agreement,
            "no container started, and secrets are read before one does",
        )
    });
    Ok(told(case, troubles, stated.or(silent), open).into())
}

fn told(
    case: Case<'_>,
    troubles: Vec<Trouble>,
    more: Option<Citation>,
    open: Option<Missing>,
) -> Finding {
    let what: Vec<String> = troubles.iter().map(|it| it.what.clone()).collect();
    let mut troubles = troubles.into_iter();
    let first = troubles.next().expect("there is one, or it is not told");
    let summary = match what.as_slice() {
        [one] => one.clone(),
        [one, more @ ..] => format!("{one}; and {} more", more.len()),
        [] => String::new(),
    };
    let mut finding = Finding::new(Role::Cause, summary, first.cited)
        .fixed_by(first.fix)
        .touching_all(first.touches);
    for trouble in troubles {
        finding = finding
            .citing(Citation {
                shows: format!("{}: {}", trouble.what, trouble.cited.shows),
                ..trouble.cited
            })
            .touching_all(trouble.touches);
        for step in trouble.fix {
            if !finding.fix.contains(&step) {
                finding.fix.push(step);
            }
        }
    }
    let role = fix::role_arn(case, RoleUse::Instance);
    let denied = role
        .as_deref()
        .and_then(|role| permit::refused_call(case, role, &["secretsmanager", "ssm", "kms"]));
    finding = finding.citing_if(more).citing_if(denied);
    if let Some(missing) = open {
        finding = finding.confirmed_by(format!(
            "what could not be judged as well: {}",
            missing.sentence()
        ));
    }
    finding.amendments = permit::amendments(case, &finding.fix);
    // An update deploys what it changes.
    let updates = finding.fix.iter().any(|step| match step {
        Step::Command(words) => words.iter().any(|word| word == "update-service"),
        Step::Text(_) => false,
    });
    if !updates {
        finding.fix.extend(fix::redeploy(case));
    }
    finding
}

/// App Runner says that it could not read a secret, and nothing that is in the bundle forbids it.
fn although_allowed(case: Case<'_>, stated: Citation, open: Option<Missing>) -> Finding {
    let role = fix::role_arn(case, RoleUse::Instance).unwrap_or_default();
    let denied = permit::refused_call(case, &role, &["secretsmanager", "ssm", "kms"]);
    let known = open.is_none();
    let mut finding = Finding::new(
        Role::Cause,
        if known {
            "App Runner could not read a secret, although the policies in the bundle allow it"
        } else {
            "App Runner could not read a secret"
        },
        stated,
    )
    .citing_if(denied)
    .touching_all(permit::touches(case, &role))
    .confirmed_by(match open {
        Some(missing) => missing.sentence(),
        None => "CloudTrail's record of the denied call, whose message names the policy; whether \
                 the same deployment works now, which it does when IAM was only slow; the policies \
                 of the organization"
            .to_owned(),
    });
    finding.fix = fix::redeploy(case);
    finding
}

fn secret(case: Case<'_>, seen: &mut Seen, variable: &str, arn: &str, failed: Time) {
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

fn parameter(case: Case<'_>, seen: &mut Seen, variable: &str, stated: &str, arn: &str) {
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

/// What the instance role lacks.
fn permissions(case: Case<'_>, seen: &mut Seen) {
    let Some(arn) = fix::role_arn(case, RoleUse::Instance) else {
        return;
    };
    let role = match case.role(RoleUse::Instance) {
        Ok(Some(role)) => role,
        // Another rule says so.
        Ok(None) => return,
        Err(missing) => return seen.open(missing),
    };
    let others = case.as_now("set of secrets", "secrets", |it| {
        let configuration = configuration(it).0;
        configuration.map(|it| it.environment_secrets.clone())
    });
    if let Err(missing) = others {
        return seen.open(missing);
    }
    let all = needed(Asker::new(case.evidence));
    let mut lacking: Vec<&Permission> = Vec::new();
    for permission in &all.permissions {
        if !matches!(
            permission.purpose,
            Some(Purpose::ReadSecret | Purpose::ReadParameter | Purpose::Decrypt)
        ) {
            continue;
        }
        match permit::standing(&permission.explanation) {
            Standing::Given => {}
            Standing::Lacking => lacking.push(permission),
            Standing::Open(needs) => {
                if let Err(missing) = case.evidence.ledger.looked("roles", Some(&arn), None) {
                    seen.open(missing);
                }
                seen.open(permit::undecided(&arn, &needs));
            }
        }
    }
    if lacking.is_empty() {
        return;
    }
    let touches = permit::touches(case, &arn);
    let later = trust::changed_later(case, &touches);
    let ground = match later {
        Some(_) => Ground::Agreement,
        None => Ground::Configuration,
    };
    let mut what: Vec<String> = Vec::new();
    for permission in &lacking {
        let name = Arn::parse(&permission.resource).map_or(permission.resource.as_str(), |it| {
            match it.resource.split_once(':') {
                Some((_, name)) => name,
                None => it.name(),
            }
        });
        what.push(format!("{} on {name}", permission.action));
    }
    let mut why = permit::reasons(lacking.iter().map(|it| &it.explanation));
    for (policy, action, meant) in lacking.iter().flat_map(|it| &it.misspelt) {
        let text = format!("{policy} says {action}, which does not exist; {meant} may be meant");
        if !why.contains(&text) {
            why.push(text);
        }
    }
    if let Some(later) = &later {
        why.push(later.shows.clone());
    }
    let mut all_touches = touches;
    for permission in &lacking {
        if let Some(parsed) = Arn::parse(&permission.resource) {
            let source = match parsed.service {
                "secretsmanager" => "secretsmanager",
                "kms" => "kms",
                _ => continue,
            };
            all_touches.push(Touches::Resource {
                source,
                names: vec![permission.resource.clone()],
            });
        }
    }
    seen.troubles.push(Trouble {
        what: format!(
            "The instance role {} may not read what the service refers to: it lacks {}",
            role.fact.name,
            words::list(&what)
        ),
        cited: Citation::fact(ground, &role, words::list(&why)),
        fix: permit::steps(case, &arn, "ReadAppRunnerSecrets", &lacking),
        touches: all_touches,
    });
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

#[cfg(test)]
mod tests {
    use evidence_schema::Body;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{HEALTH_FAILED, NEVER_STARTED, SECRET, Sample, start},
    };

    const TASKS: &str = "tasks.apprunner.amazonaws.com";
    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000001";

    fn allowing(action: &str, resource: &str) -> Value {
        json!([{"Effect": "Allow", "Action": action, "Resource": resource}])
    }

    fn failed(statements: Value) -> Sample {
        Sample::image()
            .events(NEVER_STARTED)
            .access_role("build.apprunner.amazonaws.com", &["ecr:*"])
            .instance_role(TASKS, statements)
            .repository("111122223333", |_| {})
            .secret(|_| {})
    }

    fn key(state: &str) -> Body {
        Body::Key(Box::new(Key {
            reference: KEY.to_owned(),
            arn: KEY.to_owned(),
            used_by: vec![SECRET.to_owned()],
            state: Some(state.to_owned()),
            manager: Some("CUSTOMER".to_owned()),
            usage: None,
            origin: None,
            multi_region: None,
            created_at: None,
            deletion_at: None,
            valid_to: None,
            policy: Some(
                json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]})
                    .to_string(),
            ),
        }))
    }

    #[test]
    fn what_the_role_lacks_is_named_and_the_statement_is_enough_and_no_more() {
        let sample = failed(allowing("ssm:GetParameters", "*"));
        let finding = sample.found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(
            finding
                .summary
                .contains("secretsmanager:GetSecretValue on shop/db-AbCdEf"),
            "{}",
            finding.summary
        );
        sample.is_mended_by(&finding.fix);
        sample.after(&finding.fix).cleared(&RULE);
    }

    #[test]
    fn a_key_of_ones_own_needs_its_own_permission_and_has_to_be_enabled() {
        let with = |state: &str| {
            let mut sample = failed(allowing("secretsmanager:GetSecretValue", SECRET))
                .covered("keys", Status::Complete);
            for body in &mut sample.bodies {
                if let Body::Secret(secret) = body {
                    secret.kms_key = Some(KEY.to_owned());
                }
            }
            sample.bodies.push(key(state));
            sample
        };
        let sample = with("Enabled");
        let finding = sample.found(&RULE);
        assert!(
            finding.summary.contains("kms:Decrypt"),
            "{}",
            finding.summary
        );
        sample.is_mended_by(&finding.fix);
        let disabled = with("PendingDeletion").found(&RULE);
        assert!(disabled.summary.contains("is PendingDeletion"));
        assert!(format!("{:?}", disabled.fix).contains("cancel-key-deletion"));
    }

    #[test]
    fn a_secret_that_cannot_be_read_by_anybody_is_told_as_such() {
        let of = |change: fn(&mut Secret)| {
            Sample::image()
                .events(NEVER_STARTED)
                .instance_role(TASKS, allowing("secretsmanager:GetSecretValue", "*"))
                .secret(change)
        };
        let deleted = of(|it| it.deleted_at = Some(start())).found(&RULE);
        assert!(deleted.summary.contains("marked for deletion"));
        assert!(format!("{:?}", deleted.fix).contains("restore-secret"));
        let empty = of(|it| it.stages.clear()).found(&RULE);
        assert!(empty.summary.contains("has no value"));
        of(|_| {}).cleared(&RULE);
        // It was deleted when the deployment had failed already.
        of(|it| it.deleted_at = Some(start() + chrono::TimeDelta::hours(1))).cleared(&RULE);
    }

    #[test]
    fn what_does_not_exist_or_is_of_another_account_is_told() {
        let gone = Sample::image()
            .events(NEVER_STARTED)
            .instance_role(TASKS, allowing("*", "*"))
            .refers("DB", SECRET)
            .absent("secrets", SECRET)
            .found(&RULE);
        assert!(gone.summary.contains("does not exist"));
        let parameter = Sample::image()
            .events(NEVER_STARTED)
            .instance_role(TASKS, allowing("*", "*"))
            .refers("URL", "/shop/url")
            .absent("parameters", "/shop/url")
            .found(&RULE);
        assert!(
            parameter
                .summary
                .contains("The parameter /shop/url that URL")
        );
        let foreign = Sample::image()
            .events(NEVER_STARTED)
            .instance_role(TASKS, allowing("*", "*"))
            .refers("URL", "arn:aws:ssm:us-east-1:444455556666:parameter/url")
            .found(&RULE);
        assert!(foreign.summary.contains("444455556666"));
    }

    #[test]
    fn a_container_that_ran_had_its_secrets() {
        Sample::image()
            .events(HEALTH_FAILED)
            .application(&[(90, "hello")])
            .instance_role(TASKS, json!([]))
            .secret(|_| {})
            .cleared(&RULE);
        Sample::image().events(NEVER_STARTED).not_applicable(&RULE);
    }

    #[test]
    fn what_app_runner_says_stands_even_where_the_policies_allow_it() {
        let finding = failed(allowing("secretsmanager:GetSecretValue", "*"))
            .deployment(&[(70, "[AppRunner] unable to retrieve secret from asm")])
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(finding.summary.contains("although the policies"));
    }

    #[test]
    fn without_roles_or_secrets_it_cannot_tell() {
        let mut unread = failed(allowing("secretsmanager:GetSecretValue", SECRET));
        unread.bodies.retain(|body| !matches!(body, Body::Role(_)));
        let missing = unread.denied("roles", "iam:GetRole").missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("iam:GetRole"));
        let missing = Sample::image()
            .events(NEVER_STARTED)
            .instance_role(TASKS, allowing("*", "*"))
            .refers("DB", SECRET)
            .denied("secrets", "secretsmanager:DescribeSecret")
            .missing(&RULE);
        assert_eq!(
            missing.permission.as_deref(),
            Some("secretsmanager:DescribeSecret")
        );
    }
}
