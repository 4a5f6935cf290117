//! The policy of a repository in another account does not let the access role pull.

use evidence_schema::record::RoleUse;
use serde_json::Value;

use super::{
    About, Explains, Rule,
    fix::{
        self,
        permit::{self, Standing},
        trust,
    },
};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Touches},
    iam::{arn::Arn, explain::Side},
    permissions::{Asker, Permission, Purpose, needed, repository_arn},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "repository-policy",
    summary: "The policy of a repository in another account does not let the access role pull",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("repository_policy.md"),
    explains: Explains::Only(&[
        "access-role-cannot-pull",
        "image-pull-failed",
        "silent-rollback",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(image) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code".to_owned(),
        ));
    };
    if image.fact.repository_type == "ECR_PUBLIC" {
        return Ok(Answer::NotApplicable("the image is public".to_owned()));
    }
    let repository = repository_arn(case.evidence, &image.fact.identifier);
    let own = &case.evidence.manifest.target.account;
    let Some(arn) = Arn::parse(&repository).filter(|arn| arn.account != own) else {
        return Ok(Answer::NotApplicable(
            "the repository is of the same account".to_owned(),
        ));
    };
    let Some(role_arn) = fix::role_arn(case, RoleUse::Access) else {
        return Ok(Answer::NotApplicable(
            "the service has no access role".to_owned(),
        ));
    };
    if let Some(pulled) = case.pulled()? {
        return Ok(Answer::cleared_by(pulled, "the image was pulled"));
    }
    let Some(line) = fix::pull_failed(case)? else {
        return Ok(Answer::cleared("no pull failed"));
    };
    let Some(role) = case.role(RoleUse::Access)? else {
        return Ok(Answer::cleared("the access role does not exist at all"));
    };
    let all = needed(Asker::new(case.evidence));
    let mut lacking: Vec<&Permission> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for permission in &all.permissions {
        if permission.purpose != Some(Purpose::Pull) || permission.resource == "*" {
            continue;
        }
        match permit::standing(&permission.explanation) {
            Standing::Lacking if permit::lacks_on(&permission.explanation, Side::Resource) => {
                lacking.push(permission);
            }
            Standing::Open(needs) => {
                open.extend(
                    needs
                        .into_iter()
                        .filter(|need| !open.contains(need))
                        .collect::<Vec<_>>(),
                );
            }
            Standing::Given | Standing::Lacking => {}
        }
    }
    let name = role.fact.name.as_str();
    let repository_name = arn.resource.strip_prefix("repository/").unwrap_or_default();
    if lacking.is_empty() {
        if open.is_empty() {
            return Ok(Answer::cleared(format!(
                "the policy of {repository_name} lets {name} pull"
            )));
        }
        let subject = format!("{repository_name} policy");
        case.evidence.ledger.looked("image", Some(&subject), None)?;
        return Err(Missing::undecided(
            "image",
            format!(
                "whether the policy of {repository_name} lets {name} pull hangs on {}",
                words::list(&open)
            ),
        ));
    }

    let observed = case.evidence.repository.as_ref();
    let policy = observed.and_then(|it| it.fact.policy.as_deref());
    let deleted = policy.map(deleted_principals).unwrap_or_default();
    let actions: Vec<String> = lacking.iter().map(|it| it.action.clone()).collect();
    let stale = deleted.first().map(|id| {
        format!(
            "; it names {id}, a role that was deleted, and a new role of the same name is another"
        )
    });
    let touches = [Touches::Repository(repository_name.to_owned())];
    let later = trust::changed_later(case, &touches);
    let ground = match later {
        Some(_) => Ground::Agreement,
        None => Ground::Configuration,
    };
    let why = words::list(&permit::reasons(lacking.iter().map(|it| &it.explanation)));
    let first = match observed {
        Some(observed) => Citation::fact(ground, observed, why),
        None => Citation::absence(ground, why),
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The policy of the repository {repository_name} in {} does not allow {name} {}{}",
            arn.account,
            words::list(&actions),
            stale.unwrap_or_default()
        ),
        first,
    )
    .citing(Citation::line(
        Ground::Agreement,
        line,
        "the pull failed, and none had gone well before",
    ))
    .citing_if(later)
    .citing_if(permit::refused_call(case, &role_arn, &["ecr"]))
    .touching_all(touches)
    .touching(Touches::Role(name.to_owned()))
    .suspecting(permit::suspects(&lacking))
    .confirmed_by(format!("the policy of {repository_name}"));
    finding.fix = permit::steps(case, &role_arn, "PullAppRunnerImage", &lacking);
    finding.amendments = permit::amendments(case, &finding.fix);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// The ids that stand in a policy for roles and users that were deleted.
fn deleted_principals(policy: &str) -> Vec<String> {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    };
    statements
        .iter()
        .flat_map(|statement| match &statement["Principal"]["AWS"] {
            Value::Array(names) => names.clone(),
            one => vec![one.clone()],
        })
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .filter(|name| permit::is_deleted(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use evidence_schema::record::Origin;
    use serde_json::json;

    use super::*;
    use crate::{
        finding::Strength,
        test_support::{ACCESS, INVALID_ROLE, PULLED, Sample},
    };

    const BUILD: &str = "build.apprunner.amazonaws.com";

    fn foreign(policy: Option<Value>) -> Sample {
        Sample::image()
            .deployment(&[(5, INVALID_ROLE)])
            .access_role(BUILD, &["ecr:*"])
            .roles(|role| role.role_id = Some("AROAEXAMPLEROLEID0002".to_owned()))
            .service(|service| {
                if let Origin::Image(image) = &mut service.source.origin {
                    image.identifier =
                        "444455556666.dkr.ecr.us-east-1.amazonaws.com/web:v2".to_owned();
                }
            })
            .repository("444455556666", |it| {
                it.policy = policy.map(|it| it.to_string());
            })
    }

    fn allowing(principal: &str) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{
            "Sid": "pull", "Effect": "Allow", "Principal": {"AWS": principal},
            "Action": ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"],
        }]})
    }

    #[test]
    fn a_policy_that_is_missing_is_written_and_is_enough() {
        let sample = foreign(None);
        let finding = sample.found(&RULE);
        assert_eq!(finding.strength(), Strength::ProvenFromConfiguration);
        assert!(finding.summary.contains("ecr:DescribeImages"));
        sample.is_mended_by(&finding.fix);
        sample.after(&finding.fix).cleared(&RULE);
    }

    #[test]
    fn a_role_that_was_made_again_is_not_the_one_that_the_policy_names() {
        let sample = foreign(Some(allowing("AROAEXAMPLEROLEID0001")));
        let finding = sample.found(&RULE);
        assert!(finding.summary.contains("AROAEXAMPLEROLEID0001"));
        let text = format!("{:?}", finding.fix);
        assert!(!text.contains("AROAEXAMPLEROLEID0001"), "{text}");
        sample.is_mended_by(&finding.fix);
    }

    #[test]
    fn what_the_policy_allows_and_what_was_pulled_clears_it() {
        foreign(Some(allowing(ACCESS))).cleared(&RULE);
        foreign(None).events(PULLED).cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn a_policy_that_could_not_be_read_leaves_it_open() {
        let missing = foreign(None)
            .denied("image", "ecr:GetRepositoryPolicy")
            .missing(&RULE);
        assert_eq!(
            missing.permission.as_deref(),
            Some("ecr:GetRepositoryPolicy")
        );
    }
}
