//! App Runner cannot pull the image with the access role.

use evidence_schema::{
    Status,
    record::{Role as IamRole, RoleUse},
};

use super::{
    About, Explains, Rule,
    fix::{
        self,
        doubt::Doubt,
        permit::{self, Standing},
        trust::{self, ACCESS, Judged},
    },
};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    iam::{completion::Need, evaluate::Answer as Allowed, explain::Side},
    image_identifier,
    message::PullFailure,
    permissions::{Asker, Permission, Purpose, needed},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "access-role-cannot-pull",
    summary: "The access role does not exist, or may not pull the image",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("access_role_cannot_pull.md"),
    explains: Explains::Only(&["image-pull-failed", "silent-rollback"]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(image) = case.image_source()? else {
        return Ok(Answer::NotApplicable(
            "the service deploys source code and has no access role".to_owned(),
        ));
    };
    if image.fact.repository_type == "ECR_PUBLIC" {
        return Ok(Answer::NotApplicable(
            "a public image is pulled without an access role".to_owned(),
        ));
    }
    if let Some(finding) = key_of_repository(case)? {
        return Ok(finding.into());
    }
    let (blamed, sure) = match case.access_role_blamed()? {
        // Until 2022 the same words were used for an image that does not exist.
        Some((line, failure)) => {
            let sure = *failure == PullFailure::AccessRole;
            let ground = if sure {
                Ground::Platform
            } else {
                Ground::Agreement
            };
            let shows = "App Runner blames the access role, and no pull had gone well before";
            (Citation::line(ground, line, shows), sure)
        }
        None => match fix::pull_without_end(case)? {
            Some(line) => {
                let shows = "the pull began, and nothing came of it";
                (Citation::line(Ground::Context, line, shows), false)
            }
            None => {
                return Ok(match case.pulled()? {
                    Some(pulled) => {
                        Answer::cleared_by(pulled, "the image was pulled, so the role works")
                    }
                    None => Answer::cleared("no failed pull blames the access role"),
                });
            }
        },
    };
    let Some(arn) = fix::role_arn(case, RoleUse::Access) else {
        return Ok(Answer::NotApplicable(
            "the service has no access role, which is a finding of its own".to_owned(),
        ));
    };
    let name = fix::role_name(&arn);

    let mut finding = match case.role(RoleUse::Access) {
        Ok(None) => Finding::new(
            Role::Cause,
            format!("The access role {name} does not exist"),
            Citation::absence(Ground::Configuration, format!("IAM has no role {arn}")),
        )
        .citing(blamed)
        .touching(Touches::Role(name.to_owned())),
        Ok(Some(role)) => match missing_permission(case, &role, blamed, sure) {
            Ok(finding) => finding,
            Err(answer) => return answer,
        },
        // Only the platform's own word is enough where nothing else was seen.
        Err(missing) if !sure => return Err(missing),
        Err(missing) => Finding::new(
            Role::Cause,
            format!("App Runner could not pull the image with the access role {name}"),
            blamed,
        )
        .touching(Touches::Role(name.to_owned()))
        .confirmed_by(format!(
            "the role {name} and its policies, which are not in the bundle: {}",
            missing.sentence()
        )),
    };
    if finding.fix.is_empty() {
        finding.fix.push(Step::Text(
            "Give the service a role that trusts build.apprunner.amazonaws.com and may pull."
                .to_owned(),
        ));
    }
    finding.amendments = permit::amendments(case, &finding.fix);
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// A repository whose key cannot be used gives no image to anybody.
fn key_of_repository(case: Case<'_>) -> Result<Option<Finding>, Missing> {
    let Some(repository) = &case.evidence.repository else {
        return Ok(None);
    };
    let Some(reference) = &repository.fact.kms_key else {
        return Ok(None);
    };
    let keys = &case.evidence.surroundings.keys;
    let key = keys.iter().find(|it| {
        it.fact.arn == *reference
            || it.fact.reference == *reference
            || it.fact.used_by.contains(&repository.fact.arn)
    });
    let disabled = key.and_then(|key| Some((key, fix::disabled_key(case, &key.as_ref())?)));
    let Some((key, (cited, steps))) = disabled else {
        return Ok(None);
    };
    let Some(line) = fix::pull_failed(case)? else {
        return Ok(None);
    };
    let mut finding = Finding::new(
        Role::Cause,
        format!(
            "The key of the repository {} is {}, so nobody can pull from it",
            repository.fact.name,
            key.fact.state.as_deref().unwrap_or_default()
        ),
        cited,
    )
    .citing(Citation::line(
        Ground::Agreement,
        line,
        "the pull failed, and none had gone well before",
    ))
    .touching(Touches::Resource {
        source: "kms",
        names: vec![key.fact.arn.clone()],
    })
    .fixed_by(steps);
    finding.fix.extend(fix::redeploy(case));
    Ok(Some(finding))
}

/// What the role lacks; an answer where what lacks is another rule's to tell.
fn missing_permission(
    case: Case<'_>,
    role: &Observed<&IamRole>,
    blamed: Citation,
    sure: bool,
) -> Result<Finding, Result<Answer, Missing>> {
    let name = role.fact.name.as_str();
    let arn = role.fact.arn.as_str();
    let identifier = fix::image_identifier(case).unwrap_or_default();
    let all = needed(Asker::new(case.evidence));
    let mut lacking: Vec<&Permission> = Vec::new();
    let mut by_repository = false;
    let mut open = false;
    let mut unknown = Vec::new();
    let mut conditions = Vec::new();
    for permission in &all.permissions {
        if permission.purpose != Some(Purpose::Pull) {
            continue;
        }
        let asked = &permission.explanation;
        // What the role's own policies do not allow, a policy of the repository that was not
        // collected could; that is rare, and said.
        let not_by_role = [Side::Identity, Side::Boundary]
            .into_iter()
            .any(|side| permit::lacks_on(asked, side));
        if let Allowed::Unknown(doubt) = &asked.answer {
            for need in &doubt.needs {
                let text = need.to_string();
                if matches!(need, Need::Key(_)) && !conditions.contains(&text) {
                    conditions.push(text.clone());
                }
                if !unknown.contains(&text) {
                    unknown.push(text);
                }
            }
        }
        match permit::standing(asked) {
            Standing::Given => {}
            Standing::Lacking if !not_by_role && permit::lacks_on(asked, Side::Resource) => {
                by_repository = true;
            }
            Standing::Lacking => lacking.push(permission),
            Standing::Open(_) if not_by_role => lacking.push(permission),
            Standing::Open(_) => open = true,
        }
    }
    if lacking.is_empty() && by_repository {
        return Err(Ok(Answer::cleared_by_fact(
            role,
            format!("the policies of {name} allow the pull; that of the repository does not"),
        )));
    }
    if lacking.is_empty() && !sure {
        return Err(if open {
            Err(permit::undecided(arn, &unknown))
        } else {
            Ok(Answer::cleared_by_fact(
                role,
                format!("the policies of {name} allow the pull, and nothing blames the role alone"),
            ))
        });
    }

    let mut touches = permit::touches(case, arn);
    let finding = if lacking.is_empty() {
        touches.push(Touches::Repository(
            image_identifier::repository_of(&identifier).to_owned(),
        ));
        although_allowed(case, role, blamed, &unknown, &conditions, &identifier)
    } else {
        let actions: Vec<String> = lacking.iter().map(|it| it.action.clone()).collect();
        let mut why = permit::reasons(lacking.iter().map(|it| &it.explanation));
        for (policy, action, meant) in lacking.iter().flat_map(|it| &it.misspelt) {
            let text =
                format!("{policy} says {action}, which does not exist; {meant} may be meant");
            if !why.contains(&text) {
                why.push(text);
            }
        }
        let later = trust::changed_later(case, &touches);
        let ground = match later {
            Some(_) => Ground::Agreement,
            None => Ground::Configuration,
        };
        Finding::new(
            Role::Cause,
            format!(
                "The access role {name} may not pull: it lacks {}",
                words::list(&actions)
            ),
            Citation::fact(ground, role, words::list(&why)),
        )
        .citing(blamed)
        .citing_if(later)
        .citing_if(permit::refused_call(case, arn, &["ecr"]))
        .confirmed_by(if unknown.is_empty() {
            format!("the policies of {name}")
        } else {
            format!(
                "the policies of {name}, and what the bundle does not know: {}",
                words::list(&unknown)
            )
        })
        .fixed_by(permit::steps(case, arn, "PullAppRunnerImage", &lacking))
        .suspecting(permit::suspects(&lacking))
    };
    Ok(finding.touching_all(touches))
}

/// App Runner blames the role, and nothing that is in the bundle forbids the pull; it may hang on
/// conditions that are not known.
fn although_allowed(
    case: Case<'_>,
    role: &Observed<&IamRole>,
    blamed: Citation,
    unknown: &[String],
    conditions: &[String],
    identifier: &str,
) -> Finding {
    let name = role.fact.name.as_str();
    let repository = image_identifier::repository_of(identifier);
    let none = case.evidence.ledger.entries.iter().any(|entry| {
        entry.source == "image"
            && entry.subject.as_deref() == Some(repository)
            && entry.status == Status::Absent
    });
    let mut so = format!("App Runner could not pull the image with the access role {name}");
    let trust = ACCESS.judged(case, Some(&role.fact.arn));
    if let Ok(Judged::Withheld(..)) = trust {
        // Another rule says why.
        return Finding::new(Role::Cause, so, blamed)
            .confirmed_by(format!("the trust policy of {name}"));
    }
    let doubt = Doubt::of(case, role, &["ecr"], unknown);
    let hangs = format!("hangs on {}", words::list(conditions));
    let shows = if conditions.is_empty() {
        format!("the policies of {name} seem to allow the pull")
    } else {
        format!("whether the policies of {name} allow the pull {hangs}")
    };
    so.push_str(&if none {
        format!(": there is no repository {repository}")
    } else if conditions.is_empty() {
        format!(", although its policies seem to allow it{}", doubt.named())
    } else {
        format!("; whether its policies allow it {hangs}{}", doubt.named())
    });
    let finding = Finding::new(Role::Cause, so, blamed)
        .citing(Citation::fact(Ground::Context, role, shows))
        .citing_if(trust::changed_later(
            case,
            &permit::touches(case, &role.fact.arn),
        ));
    if none {
        return finding
            .citing(Citation::absence(
                Ground::Agreement,
                format!("ECR has no repository {repository}"),
            ))
            .confirmed_by(format!(
                "whether {repository} is to come from a pull-through cache rule"
            ))
            .fixed_by([Step::Text(format!(
                "If {repository} comes from a pull-through cache rule, the first pull makes the \
                 repository: the role then also needs ecr:CreateRepository and \
                 ecr:BatchImportUpstreamImage on it, by its own policy or by the policy of the \
                 registry. Pulling the image once with other credentials makes it as well. \
                 Otherwise push the image to a repository that exists."
            ))]);
    }
    doubt.told(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::{Strength, Suspects},
        test_support::{ACCESS, HEALTH_FAILED, Sample},
    };

    const INVALID: (i64, &str) = (
        5,
        "[AppRunner] Failed to pull your application image. Reason: Invalid Access Role in AuthenticationConfiguration.",
    );
    const BUILD: &str = "build.apprunner.amazonaws.com";

    #[test]
    fn a_missing_action_is_named() {
        let finding = Sample::image()
            .deployment(&[INVALID])
            .access_role(
                BUILD,
                &[
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchCheckLayerAvailability",
                ],
            )
            .found(&RULE);
        assert!(
            finding.summary.contains("ecr:DescribeImages"),
            "{}",
            finding.summary
        );
        assert!(!finding.summary.contains("BatchGetImage"));
    }

    #[test]
    fn the_statement_is_enough_and_no_more() {
        for actions in [
            &["ecr:BatchGetImage", "ecr:GetAuthorizationToken"][..],
            &["s3:GetObject"],
        ] {
            let sample = Sample::image()
                .deployment(&[INVALID])
                .access_role(BUILD, actions)
                .repository("111122223333", |_| {});
            let finding = sample.found(&RULE);
            sample.is_mended_by(&finding.fix);
        }
    }

    #[test]
    fn a_token_for_one_repository_is_none() {
        let sample = Sample::image()
            .deployment(&[INVALID])
            .access_role(BUILD, &["ecr:*"])
            .repository("111122223333", |_| {})
            .roles(|role| {
                role.inline_policies[0].document = Some(
                    serde_json::json!({"Statement": [{
                        "Effect": "Allow", "Action": "ecr:*",
                        "Resource": "arn:aws:ecr:us-east-1:111122223333:repository/web",
                    }]})
                    .to_string(),
                );
            });
        let finding = sample.found(&RULE);
        assert!(
            finding
                .summary
                .ends_with("it lacks ecr:GetAuthorizationToken"),
            "{}",
            finding.summary
        );
        sample.is_mended_by(&finding.fix);
    }

    #[test]
    fn a_role_that_may_pull_is_said_to_and_a_denial_in_cloudtrail_says_more() {
        let sample = Sample::image()
            .deployment(&[INVALID])
            .access_role(BUILD, &["ecr:*"]);
        let finding = sample.found(&RULE);
        assert!(finding.summary.contains("seem to allow it"));
        let denied = sample.pull_denied_by_organization().found(&RULE);
        assert!(denied.citations().iter().any(|it| {
            it.quote
                .as_deref()
                .is_some_and(|text| text.contains("service control policy"))
        }));
        assert!(
            denied
                .summary
                .ends_with("a service control policy denies it")
        );
        assert_eq!(denied.suspects, Suspects::Permissions);
    }

    #[test]
    fn a_denial_that_the_policies_do_not_explain_is_told_with_what_tells_it_apart() {
        let advice = |sample: &Sample| match &sample.found(&RULE).fix[0] {
            Step::Text(text) => text.clone(),
            command => panic!("{command:?} comes before the advice"),
        };
        let sample = Sample::image()
            .deployment(&[INVALID])
            .access_role(BUILD, &["ecr:*"])
            .repository("111122223333", |_| {});
        let settled = sample.found(&RULE);
        assert!(settled.citations().iter().any(|it| {
            it.shows
                == "neither AppRunnerEcrAccess nor a policy of it was made or changed in the 5 min \
                    before"
        }));
        assert!(advice(&sample).contains("hardly is a slow IAM"));
        let request = serde_json::json!({"roleName": "AppRunnerEcrAccess"});
        let young = sample.clone().change(-20, "iam", "PutRolePolicy", request);
        assert!(advice(&young).contains("PutRolePolicy for AppRunnerEcrAccess, 20 s before"));
        let unseen = sample.denied("changes", "cloudtrail:LookupEvents");
        let confirm = unseen.found(&RULE).confirm.unwrap();
        assert!(confirm.contains("whether the role was new"), "{confirm}");
    }

    #[test]
    fn a_condition_that_is_not_known_is_told() {
        let finding = Sample::image()
            .deployment(&[INVALID])
            .access_role(BUILD, &["ecr:*"])
            .repository("111122223333", |_| {})
            .roles(|role| {
                role.inline_policies[0].document = Some(
                    serde_json::json!({"Statement": [{
                        "Effect": "Allow", "Action": "ecr:*", "Resource": "*",
                        "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
                    }]})
                    .to_string(),
                );
            })
            .found(&RULE);
        assert!(
            finding
                .summary
                .ends_with("allow it hangs on the condition key aws:SourceIp"),
            "{}",
            finding.summary
        );
        assert!(format!("{:?}", finding.fix[0]).contains("aws:SourceIp"));
    }

    #[test]
    fn a_pull_without_an_end_blames_a_role_that_cannot_work_and_no_other() {
        let begun = || {
            Sample::image()
                .events(&[
                    (0, "[AppRunner] Deployment started."),
                    (
                        7,
                        "[AppRunner] Pulling image 111122223333.dkr.ecr.us-east-1.amazonaws.com/web from ECR repository.",
                    ),
                    (
                        300,
                        "[AppRunner] Deployment with ID : 11111111222233334444555555555555 failed.",
                    ),
                ])
        };
        let gone = begun().absent("roles", ACCESS).found(&RULE);
        assert!(gone.summary.contains("does not exist"));
        let lacks = begun()
            .access_role(BUILD, &["ecr:BatchGetImage"])
            .found(&RULE);
        assert_eq!(lacks.strength(), Strength::ProvenFromConfiguration);
        let works = || begun().access_role(BUILD, &["ecr:*"]);
        works().repository("111122223333", |_| {}).cleared(&RULE);
        works().missing(&RULE);
        let missing = begun().denied("roles", "iam:GetRole").missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("iam:GetRole"));
    }

    #[test]
    fn a_repository_whose_key_is_disabled_gives_no_image() {
        use evidence_schema::{Body, record::Key};
        let key = "arn:aws:kms:us-east-1:111122223333:key/1";
        let with = |state: &str| {
            let mut sample = Sample::image()
                .deployment(&[(5, "[AppRunner] Failed to copy the image from ECR")])
                .access_role(BUILD, &["ecr:*"]);
            sample.bodies.push(Body::Key(Box::new(Key {
                reference: key.to_owned(),
                arn: key.to_owned(),
                used_by: vec!["arn:aws:ecr:us-east-1:111122223333:repository/web".to_owned()],
                state: Some(state.to_owned()),
                manager: Some("CUSTOMER".to_owned()),
                usage: None,
                origin: None,
                multi_region: None,
                created_at: None,
                deletion_at: None,
                valid_to: None,
                policy: None,
            })));
            sample.repository("111122223333", |it| it.kms_key = Some(key.to_owned()))
        };
        let finding = with("Disabled").found(&RULE);
        assert!(finding.summary.contains("is Disabled"));
        assert!(format!("{:?}", finding.fix).contains("enable-key"));
        with("Enabled").cleared(&RULE);
    }

    #[test]
    fn a_role_that_does_not_exist_is_named() {
        let mut sample = Sample::image().deployment(&[INVALID]);
        sample = sample
            .covered("roles", Status::Complete)
            .absent("roles", ACCESS);
        let finding = sample.found(&RULE);
        assert!(
            finding.summary.contains("does not exist"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn without_iam_the_word_of_the_platform_stands_alone() {
        let finding = Sample::image()
            .deployment(&[INVALID])
            .denied("roles", "iam:GetRole")
            .found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(finding.confirm.unwrap().contains("iam:GetRole"));
    }

    #[test]
    fn the_line_that_is_written_while_rolling_back_is_no_finding() {
        Sample::image()
            .events(HEALTH_FAILED)
            .deployment(&[(452, INVALID.1)])
            .access_role(BUILD, &["ecr:*"])
            .cleared(&RULE);
    }

    #[test]
    fn without_the_log_it_cannot_tell() {
        let missing = Sample::image()
            .denied("service-log", "logs:FilterLogEvents")
            .missing(&RULE);
        assert_eq!(missing.permission.as_deref(), Some("logs:FilterLogEvents"));
    }
}
