//! What the instance role lacks of what reading takes.

use evidence_schema::record::RoleUse;

use super::{Seen, Trouble};
use crate::{
    evidence::Case,
    finding::{Citation, Ground, Touches},
    iam::{arn::Arn, evaluate::Answer as Allowed},
    permissions::{Asker, Permission, Purpose, configuration, needed},
    rules::fix::{
        self,
        permit::{self, Standing},
        trust,
    },
    words,
};

/// What the instance role lacks.
pub(super) fn permissions(case: Case<'_>, seen: &mut Seen) {
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
        if let Allowed::Unknown(doubt) = &permission.explanation.answer {
            for need in doubt.needs.iter().map(ToString::to_string) {
                if !seen.needs.contains(&need) {
                    seen.needs.push(need);
                }
            }
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
    seen.suspects = permit::suspects(&lacking);
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
