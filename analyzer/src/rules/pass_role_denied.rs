//! The caller may not pass a role to App Runner.

use evidence_schema::record::Role as IamRole;
use serde_json::json;

use super::{
    About, Explains, Rule,
    fix::{
        self,
        permit::{self, Standing, standing},
    },
};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::{Amendment, Answer, Citation, Finding, Ground, Severity, Step, Touches},
    iam::{
        arn::Arn,
        context::Presence,
        explain::{Explanation, explain},
    },
    permissions::{Asker, principal},
    words,
};

pub(super) const RULE: Rule = Rule {
    id: "pass-role-denied",
    summary: "Whoever deploys may not pass the role to App Runner",
    severity: Severity::High,
    about: About::Call,
    docs: include_str!("pass_role_denied.md"),
    explains: Explains::Nothing,
    check,
};

/// To whom a role is passed with a service of App Runner, by AWS's own policies.
///
/// Source: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSAppRunnerFullAccess.html>
const PASSED_TO: &str = "apprunner.amazonaws.com";

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let Some(refused) = fix::refused::find(case, &["pass-role"]) else {
        return fix::refused::another_reason(case);
    };
    let message = refused.call.message.as_str();
    let role = passed(message)
        .map(str::to_owned)
        .or_else(|| configured(case, &refused));
    let caller = caller(message)
        .or(refused.call.principal.as_deref())
        .unwrap_or("the caller");
    let what = role.as_deref().map_or("the role", fix::role_name);
    let who = who(caller);
    let mut finding = Finding::new(
        fix::refused::role(case),
        format!(
            "{who} may not pass the role {what} to App Runner, so {} was refused",
            refused.call.operation
        ),
        refused.cite(Ground::Platform, "iam:PassRole was denied"),
    )
    .touching(Touches::Role(who.to_owned()));

    finding.fix = advice(caller, who, role.as_deref(), message);
    let judged = role.as_deref().and_then(|role| judged(case, caller, role));
    match judged {
        None => {}
        Some((deployer, Judged::Given)) => {
            finding.summary = format!(
                "{} was refused because {who} might not pass the role {what} to App Runner; its \
                 policies as they are now allow it",
                refused.call.operation
            );
            finding = finding.citing(Citation::fact(
                Ground::Context,
                deployer,
                format!("what {who} may do now"),
            ));
            finding.fix = vec![Step::Text(format!(
                "Call {} again. If it is refused still, what denies it stands in a policy of the \
                 organization or of the session, of which the end of the message tells.",
                refused.call.operation
            ))];
        }
        Some((deployer, Judged::Lacking(why))) => {
            finding = finding.citing(Citation::fact(Ground::Configuration, deployer, why));
            // The attempt with which it is tried out has its message and no parameters.
            if case.attempt.refusal.is_some() && passed(message).is_some() {
                finding.amendments = amendments(deployer, &finding.fix);
            }
        }
    }
    Ok(finding
        .confirmed_by(format!(
            "the policies of {who}: the statement for iam:PassRole, its Resource, and a condition \
             on iam:PassedToService"
        ))
        .into())
}

/// What the policies of a caller say of passing a role.
enum Judged {
    /// They allow it.
    Given,
    /// They do not, or under a condition that App Runner may not meet; and why.
    Lacking(String),
}

/// Whether the role of the caller may pass a role to App Runner by its policies, where the bundle has
/// them and they decide it.
fn judged<'a>(case: Case<'a>, caller: &str, role: &str) -> Option<(&'a Observed<IamRole>, Judged)> {
    let asker = Asker::new(case.evidence);
    let principal = principal(case.evidence, caller).ok()?;
    let deployer = asker.role(principal.role()?)?;
    let given = asker.explain(principal.clone(), "iam:PassRole", role);
    let to_app_runner = [(
        "iam:PassedToService".to_owned(),
        Presence::Known(vec![PASSED_TO.to_owned()]),
    )];
    let (request, policies) = asker.question(principal, "iam:PassRole", role, &to_app_runner);
    let to_app_runner = explain(&request, &policies);
    let why = |of: &Explanation| words::list(&permit::reasons([of]));
    let judged = match (standing(&given), standing(&to_app_runner)) {
        (Standing::Given, _) => Judged::Given,
        (_, Standing::Lacking) => Judged::Lacking(why(&to_app_runner)),
        // There are reports in which no value matched.
        (_, Standing::Given) => Judged::Lacking(format!(
            "{}, but only under a condition on iam:PassedToService, which App Runner is reported \
             not to meet",
            why(&to_app_runner)
        )),
        (_, Standing::Open(_)) => return None,
    };
    Some((deployer, judged))
}

/// The policy that the fix puts into the role of the caller, to try it out.
fn amendments(deployer: &Observed<IamRole>, fix: &[Step]) -> Vec<Amendment> {
    let commands = fix.iter().filter_map(|step| match step {
        Step::Command(words) => Some(words),
        Step::Text(_) => None,
    });
    commands
        .filter(|words| words.iter().any(|word| word == "put-role-policy"))
        .filter_map(|words| {
            let at = words.iter().position(|word| word == "--policy-document")?;
            Some(Amendment::RolePolicy {
                role: deployer.fact.arn.clone(),
                document: words.get(at + 1)?.clone(),
            })
        })
        .collect()
}

/// The role in `… perform: iam:PassRole on resource: <arn> because …`.
fn passed(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("on resource:")?;
    fix::refused::role_arn(rest)
}

/// The caller in `User: <arn> is not authorized …`.
fn caller(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("User:")?;
    let word = rest.split_whitespace().next()?;
    word.starts_with("arn:").then_some(word)
}

/// The only role that the call passed.
fn configured(case: Case<'_>, refused: &fix::refused::Refused<'_>) -> Option<String> {
    let text = |path: &[&str]| Some(refused.parameter(case, path)?.as_str()?.to_owned());
    let access = text(&[
        "sourceConfiguration",
        "authenticationConfiguration",
        "accessRoleArn",
    ]);
    let instance = text(&["instanceConfiguration", "instanceRoleArn"]);
    match (access, instance) {
        (Some(one), None) | (None, Some(one)) => Some(one),
        _ => None,
    }
}

/// The name of the role or user behind an ARN.
fn who(arn: &str) -> &str {
    match Arn::parse(arn) {
        Some(parsed) => match parsed.resource.strip_prefix("assumed-role/") {
            Some(rest) => rest.split('/').next().unwrap_or(rest),
            None => parsed.name(),
        },
        None => arn,
    }
}

fn advice(caller: &str, who: &str, role: Option<&str>, message: &str) -> Vec<Step> {
    let lower = message.to_ascii_lowercase();
    let mut steps = Vec::new();
    match fix::refused::denied_by(message) {
        Some(by) => steps.push(Step::Text(by.advice(who))),
        None if lower.contains("explicit deny") => steps.push(Step::Text(format!(
            "A statement in a policy of {who} denies it: take that out, or except this role from it."
        ))),
        None => {}
    }
    if lower.contains("explicit deny") {
        return steps;
    }
    let resource = role.unwrap_or("ARN_OF_THE_ROLE");
    // Without a condition: which service is passed to was never told for App Runner, and conditions
    // that name build. or tasks. do not match.
    let policy = permit::document(vec![json!({
        "Effect": "Allow", "Action": "iam:PassRole", "Resource": resource,
    })])
    .to_string();
    let is_user = Arn::parse(caller).is_some_and(|arn| arn.resource.starts_with("user/"));
    let (command, flag) = if is_user {
        ("put-user-policy", "--user-name")
    } else {
        ("put-role-policy", "--role-name")
    };
    steps.push(Step::command(&[
        "aws",
        "iam",
        command,
        flag,
        who,
        "--policy-name",
        "PassRoleToAppRunner",
        "--policy-document",
        &policy,
    ]));
    steps.push(Step::Text(
        "If there is a statement already, look at its condition: iam:PassedToService is \
         apprunner.amazonaws.com in AWS's own policy, never build. or tasks.; and it has been \
         reported not to match at all. The Resource alone is limit enough."
            .to_owned(),
    ));
    steps
}

#[cfg(test)]
mod tests {
    use evidence_schema::{
        Body, Status,
        record::{Policy, RoleUse},
    };
    use serde_json::Value;

    use super::*;
    use crate::{
        finding::Strength,
        iam::evaluate::Answer as Allowed,
        test_support::{ACCESS, BUSY, Sample},
    };

    const DEPLOYER: &str = "arn:aws:iam::111122223333:role/Deployer";

    fn message(because: &str) -> String {
        format!(
            "User: arn:aws:sts::111122223333:assumed-role/Deployer/ci is not authorized to \
             perform: iam:PassRole on resource: {ACCESS} because {because}"
        )
    }

    fn refused(because: &str) -> Sample {
        Sample::image().without_operations().refused(
            0,
            "CreateService",
            "AccessDenied",
            &message(because),
        )
    }

    const NO_POLICY: &str = "no identity-based policy allows the iam:PassRole action";

    fn with_deployer(mut sample: Sample, policy: Value) -> Sample {
        sample = sample.covered("deployer-roles", Status::Complete);
        if let Some(entry) = sample.coverage.last_mut() {
            entry.subject = Some(DEPLOYER.to_owned());
        }
        sample.bodies.push(Body::Role(IamRole {
            arn: DEPLOYER.to_owned(),
            name: "Deployer".to_owned(),
            role_id: None,
            used_as: vec![RoleUse::Deployer],
            created_at: None,
            last_used_at: None,
            trust_policy: None,
            permissions_boundary_arn: None,
            permissions_boundary: None,
            attached_policies: vec![],
            inline_policies: vec![Policy {
                name: "deploy".to_owned(),
                arn: None,
                document: Some(policy.to_string()),
            }],
        }));
        sample
    }

    fn answer(sample: &Sample) -> Allowed {
        let evidence = sample.evidence();
        let asker = Asker::new(&evidence);
        asker
            .explain(asker.as_principal(DEPLOYER), "iam:PassRole", ACCESS)
            .answer
    }

    #[test]
    fn the_caller_and_the_role_are_named_and_the_statement_is_enough_for_that_role() {
        let finding = refused(NO_POLICY).found(&RULE);
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
        assert!(
            finding
                .summary
                .starts_with("Deployer may not pass the role AppRunnerEcrAccess"),
            "{}",
            finding.summary
        );
        let sample = with_deployer(refused(NO_POLICY), permit::document(vec![]));
        assert!(matches!(answer(&sample), Allowed::Denied(_)));
        let given = answer(&sample.after(&sample.found(&RULE).fix));
        assert!(
            matches!(&given, Allowed::Unknown(doubt) if doubt.is_organization_only())
                || given == Allowed::Allowed,
            "{given:?}"
        );
    }

    #[test]
    fn a_condition_that_names_another_service_is_seen_where_the_policy_is() {
        let policy = permit::document(vec![json!({
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": ACCESS,
            "Condition": {"StringEquals": {"iam:PassedToService": "build.apprunner.amazonaws.com"}},
        })]);
        let finding = with_deployer(refused(NO_POLICY), policy).found(&RULE);
        assert!(
            finding
                .confirm
                .unwrap_or_default()
                .contains("iam:PassedToService")
        );
    }

    /// What is cited of the role of the caller, and what the trial of the fix says.
    fn judged(sample: &Sample) -> (String, String, String) {
        let evidence = sample.evidence();
        let (attempt, _) = evidence.subject().expect("a call was refused");
        let diagnosis = crate::ranking::diagnose(&evidence, attempt);
        let first = diagnosis.findings.first().expect("a cause");
        assert_eq!(first.rule.id, "pass-role-denied");
        let deployer = evidence.deployers[0].record;
        let cited = first.finding.citations().iter();
        let shows: Vec<_> = cited
            .filter(|it| it.record == deployer)
            .map(|it| it.shows.clone())
            .collect();
        let last = match first.finding.fix.last() {
            Some(Step::Text(text)) => text.clone(),
            other => panic!("{other:?}"),
        };
        (first.finding.summary.clone(), shows.join("; "), last)
    }

    #[test]
    fn the_policies_of_the_caller_are_judged_and_the_fix_is_tried_out() {
        let nothing = permit::document(vec![json!({
            "Effect": "Allow", "Action": "apprunner:*", "Resource": "*",
        })]);
        let (summary, shows, tried) = judged(&with_deployer(refused(NO_POLICY), nothing));
        assert!(summary.starts_with("Deployer may not pass"), "{summary}");
        assert!(shows.contains("iam"), "{shows}");
        assert!(
            tried.starts_with("Checked by asking again with this in place: what was found is gone"),
            "{tried}"
        );
    }

    #[test]
    fn the_statement_is_named_whose_condition_names_another_service() {
        let to = |service: &str| {
            permit::document(vec![json!({
                "Sid": "PassIt", "Effect": "Allow", "Action": "iam:PassRole", "Resource": ACCESS,
                "Condition": {"StringEquals": {"iam:PassedToService": service}},
            })])
        };
        let build = with_deployer(refused(NO_POLICY), to("build.apprunner.amazonaws.com"));
        let (_, shows, _) = judged(&build);
        assert!(
            shows.contains("PassIt") && shows.contains("comes nearest"),
            "{shows}"
        );
        // The value of AWS's own policy does not hold everywhere either.
        let right = with_deployer(refused(NO_POLICY), to("apprunner.amazonaws.com"));
        let (summary, shows, tried) = judged(&right);
        assert!(summary.starts_with("Deployer may not pass"), "{summary}");
        assert!(shows.contains("only under a condition"), "{shows}");
        assert!(tried.contains("is gone"), "{tried}");
    }

    #[test]
    fn policies_that_allow_it_by_now_are_told() {
        let given = permit::document(vec![json!({
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": ACCESS,
        })]);
        let (summary, shows, _) = judged(&with_deployer(refused(NO_POLICY), given));
        assert!(summary.ends_with("as they are now allow it"), "{summary}");
        assert!(shows.contains("may do now"), "{shows}");
    }

    #[test]
    fn a_role_that_could_not_be_read_decides_nothing() {
        let mut sample = with_deployer(refused(NO_POLICY), permit::document(vec![]));
        for entry in &mut sample.coverage {
            if entry.source == "deployer-roles" {
                entry.status = Status::Partial;
                entry.permission = Some("iam:GetRolePolicy".to_owned());
            }
        }
        let finding = sample.found(&RULE);
        assert!(finding.amendments.is_empty());
        assert_eq!(finding.strength(), Strength::StatedByPlatform);
    }

    #[test]
    fn an_explicit_denial_is_not_mended_by_a_statement() {
        let finding = refused("with an explicit deny in a service control policy").found(&RULE);
        assert!(!format!("{:?}", finding.fix).contains("put-role-policy"));
    }

    #[test]
    fn other_refusals_clear_it_and_one_without_words_leaves_it_open() {
        Sample::image()
            .without_operations()
            .refused(0, "UpdateService", "InvalidStateException", BUSY)
            .cleared(&RULE);
        Sample::image()
            .without_operations()
            .refused(0, "UpdateService", "AccessDenied", "")
            .missing(&RULE);
    }
}
