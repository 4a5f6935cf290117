//! Requests with hand-made policies, each with the answer that AWS's documentation gives.
//!
//! A case is a few lines: a name, the page that decides it, what is known, and the answer. Where
//! nothing is said, the role [`case::ROLE`] asks for `ecr:BatchGetImage` on a repository of its own
//! account, and the request carries no condition keys but those that follow from it.

#[path = "iam/accounts.rs"]
mod accounts;
#[path = "iam/app_runner.rs"]
mod app_runner;
#[path = "iam/case.rs"]
mod case;
#[path = "iam/conditions.rs"]
mod conditions;
#[path = "iam/limits.rs"]
mod limits;
#[path = "iam/page.rs"]
mod page;
#[path = "iam/statements.rs"]
mod statements;
#[path = "iam/unknown.rs"]
mod unknown;
#[path = "iam/variables.rs"]
mod variables;

use std::{collections::BTreeSet, fmt::Write};

use analyzer::iam::{
    evaluate::{Answer, evaluate},
    explain::{Change, Remedy, explain},
};

use case::Case;

fn all() -> Vec<Case> {
    [
        statements::cases(),
        variables::cases(),
        conditions::cases(),
        limits::cases(),
        accounts::cases(),
        unknown::cases(),
        app_runner::cases(),
    ]
    .concat()
}

#[test]
fn every_case_is_answered_as_aws_documents() {
    let mut wrong = String::new();
    for case in all() {
        let answer = evaluate(&case.request, &case.policies);
        let fits = case.expected.fits(&answer);
        if !fits {
            let Case {
                name,
                page,
                expected,
                ..
            } = case;
            writeln!(
                wrong,
                "{name}\n  decided by {page}\n  expected {expected:?}\n  answered {answer:?}"
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn an_unknown_answer_shows_one_way_to_each_side() {
    for case in all() {
        let Answer::Unknown(doubt) = evaluate(&case.request, &case.policies) else {
            continue;
        };
        let name = case.name;
        let filled = |completion| {
            let completion: Option<analyzer::iam::completion::Completion> = completion;
            let mut request = case.request.clone();
            let mut policies = case.policies.clone();
            completion.expect(&name).apply(&mut request, &mut policies);
            evaluate(&request, &policies)
        };
        // Only what decides is filled in: whatever else is unknown no longer matters.
        assert_eq!(filled(doubt.allowed_when), Answer::Allowed, "{name}");
        assert!(
            matches!(filled(doubt.denied_when), Answer::Denied(_)),
            "{name}"
        );
    }
}

#[test]
fn the_mistakes_that_are_made_with_app_runner_are_explained() {
    let mut text = String::new();
    for case in app_runner::cases() {
        let explanation = explain(&case.request, &case.policies);
        let answer = match &explanation.answer {
            Answer::Allowed => "allowed".to_owned(),
            Answer::Denied(denial) => format!("denied ({denial:?})"),
            Answer::Unknown(doubt) => {
                let needs: Vec<String> = doubt.needs.iter().map(ToString::to_string).collect();
                format!("unknown: {}", needs.join("; "))
            }
        };
        writeln!(text, "{}\n  {answer}", case.name).unwrap();
        for reason in &explanation.reasons {
            writeln!(text, "  - {reason}").unwrap();
        }
        if let Some(Remedy { changes, then }) = &explanation.remedy {
            for change in changes {
                match change {
                    Change::Add { side, statement } => {
                        writeln!(text, "  + in the {}: {statement}", side.as_str()).unwrap();
                    }
                    Change::Remove {
                        policy, statement, ..
                    } => writeln!(text, "  x {statement} of the {policy}").unwrap(),
                }
            }
            let then = match then {
                Answer::Allowed => "allowed",
                Answer::Denied(_) => "denied",
                Answer::Unknown(_) => "unknown",
            };
            writeln!(text, "  = {then}").unwrap();
        }
    }
    insta::assert_snapshot!("app_runner", text);
}

#[test]
fn what_is_suggested_makes_it_allowed() {
    let mut suggested = 0;
    for case in all() {
        let explanation = explain(&case.request, &case.policies);
        let denied = matches!(explanation.answer, Answer::Denied(_));
        let Some(Remedy { changes, then }) = explanation.remedy else {
            continue;
        };
        suggested += 1;
        assert!(!changes.is_empty(), "{}", case.name);
        assert!(!matches!(then, Answer::Denied(_)), "{}", case.name);
        for change in &changes {
            let Change::Add { statement, .. } = change else {
                continue;
            };
            // Nothing broader than what was asked for.
            assert_eq!(statement["Action"], case.request.action, "{}", case.name);
            let resource = &statement["Resource"];
            assert!(
                resource.is_null() || resource == "*" || *resource == case.request.resource,
                "{}",
                case.name
            );
        }
        assert!(denied || matches!(then, Answer::Allowed | Answer::Unknown(_)));
    }
    assert!(suggested > 100, "{suggested}");
}

#[test]
fn names_are_unique_and_every_case_has_a_page() {
    let mut names = BTreeSet::new();
    for case in all() {
        assert!(names.insert(case.name.clone()), "{} is twice", case.name);
        assert!(
            case.page.starts_with("https://docs.aws.amazon.com/"),
            "{}: {}",
            case.name,
            case.page
        );
    }
    assert!(names.len() >= 75);
}
