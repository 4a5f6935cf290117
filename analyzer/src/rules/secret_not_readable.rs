//! A secret or parameter could not be read before the container was to start.

mod lacking;
mod referred;

use evidence_schema::record::RoleUse;

use super::{
    About, Explains, Rule,
    fix::{self, doubt::Doubt, permit},
};
use crate::{
    evidence::{Case, Missing, Why},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Suspects, Touches},
    message::Message,
    permissions::{Reference, configuration},
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
    /// Which changes can have brought what the instance role lacks.
    suspects: Suspects,
    /// What is not known of permissions that nothing in the bundle withholds.
    needs: Vec<String>,
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
            Reference::Secret(arn) => referred::secret(case, &mut seen, variable, &arn, failed),
            Reference::Parameter(arn) => referred::parameter(case, &mut seen, variable, text, &arn),
            Reference::Unknown(_) => {}
        }
    }
    if service.fact.instance.role_arn.is_some() {
        lacking::permissions(case, &mut seen);
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
    let Seen {
        troubles,
        open,
        suspects,
        needs,
    } = seen;
    if troubles.is_empty() {
        return match (stated, open) {
            (None, Some(missing)) => Err(missing),
            (None, None) => Ok(Answer::cleared_by_fact(
                &service,
                "everything that it refers to exists, and the instance role may read it",
            )),
            (Some(stated), open) => Ok(although_allowed(case, stated, open, &needs).into()),
        };
    }
    let silent = stated.is_none().then(|| {
        Citation::absence(
            Ground::Agreement,
            "no container started, and secrets are read before one does",
        )
    });
    let suspects = match troubles.len() {
        1 => suspects,
        _ => Suspects::All,
    };
    let finding = told(case, troubles, stated.or(silent), open);
    Ok(finding.suspecting(suspects).into())
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
fn although_allowed(
    case: Case<'_>,
    stated: Citation,
    open: Option<Missing>,
    needs: &[String],
) -> Finding {
    const READS: &[&str] = &["secretsmanager", "ssm", "kms"];
    let arn = fix::role_arn(case, RoleUse::Instance).unwrap_or_default();
    let mut finding = match (open, case.role(RoleUse::Instance)) {
        (None, Ok(Some(role))) => {
            let doubt = Doubt::of(case, &role, READS, needs);
            let so = format!(
                "App Runner could not read a secret, although the policies in the bundle allow it{}",
                doubt.named()
            );
            doubt.told(Finding::new(Role::Cause, so, stated))
        }
        (open, _) => {
            let so = "App Runner could not read a secret";
            let finding = Finding::new(Role::Cause, so, stated)
                .citing_if(permit::refused_call(case, &arn, READS));
            match open {
                Some(missing) => finding.confirmed_by(missing.sentence()),
                None => finding.confirmed_by("the instance role, and what it may read"),
            }
        }
    };
    finding = finding.touching_all(permit::touches(case, &arn));
    finding.fix.extend(fix::redeploy(case));
    finding
}

#[cfg(test)]
mod tests {
    use evidence_schema::{
        Body, Status,
        record::{Key, Secret},
    };
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
