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

use analyzer::iam::evaluate::{Answer, evaluate};

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
