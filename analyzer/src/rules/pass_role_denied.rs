//! The caller may not pass a role to App Runner.

use serde_json::json;

use super::{
    About, Explains, Rule,
    fix::{self, permit},
};
use crate::{
    evidence::{Case, Missing},
    finding::{Answer, Citation, Finding, Ground, Severity, Step, Touches},
    iam::{arn::Arn, explain::Side},
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

    // The policies of callers are in a bundle only where the service uses the same role.
    if let (Some(role), Ok(principal)) = (&role, principal(case.evidence, caller)) {
        let known = principal
            .role()
            .and_then(|arn| Asker::new(case.evidence).role(arn));
        let asked = Asker::new(case.evidence).explain(principal, "iam:PassRole", role);
        if let Some(known) = known
            && (permit::lacks_on(&asked, Side::Identity)
                || permit::lacks_on(&asked, Side::Boundary))
        {
            finding = finding.citing(Citation::fact(
                Ground::Configuration,
                known,
                words::list(&permit::reasons([&asked])),
            ));
        }
    }
    finding.fix = advice(caller, who, role.as_deref(), message);
    Ok(finding
        .confirmed_by(format!(
            "the policies of {who}: the statement for iam:PassRole, its Resource, and a condition \
             on iam:PassedToService"
        ))
        .into())
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
        Body,
        record::{Policy, Role as IamRole},
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
        sample.bodies.push(Body::Role(IamRole {
            arn: DEPLOYER.to_owned(),
            name: "Deployer".to_owned(),
            role_id: None,
            used_as: vec![],
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
