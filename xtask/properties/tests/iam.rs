//! Answers about IAM, against those of another implementation and against themselves.

use std::collections::BTreeSet;

use properties::iam::{STORED, Verdict, disagreements, stored};

#[test]
fn what_others_answer_otherwise_is_answered_as_it_is_listed() {
    let list = disagreements().expect("a list");
    let mut titles = BTreeSet::new();
    for entry in &list {
        assert_eq!(entry.case.verdict(), entry.ours, "{}", entry.title);
        assert_ne!(entry.ours, entry.theirs, "{}", entry.title);
        assert!(
            titles.insert(&entry.title),
            "{} is there twice",
            entry.title
        );
        assert!(entry.page.starts_with("https://docs.aws.amazon.com/"));
        assert!(entry.why.ends_with('.'), "{}", entry.why);
    }
}

#[test]
fn stored_cases_are_answered_as_the_other_implementation_did() {
    let cases = stored().expect("cases");
    assert_eq!(cases.len(), STORED);
    let mut figures = [0; 3];
    for stored in &cases {
        let answer = stored.case.verdict();
        assert_eq!(answer, stored.answer, "{:?}", stored.case);
        let place = match answer {
            Verdict::Allowed => 0,
            Verdict::ExplicitlyDenied => 1,
            _ => 2,
        };
        figures[place] += 1;
    }
    println!("stored cases: allowed, explicitly and implicitly denied: {figures:?}");
    assert!(figures.iter().all(|figure| *figure > STORED / 10));
}
