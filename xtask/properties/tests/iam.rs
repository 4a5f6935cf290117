//! Answers about IAM, against those of another implementation and against themselves.

use std::collections::BTreeSet;

use properties::iam::disagreements;

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
