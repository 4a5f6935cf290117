use std::{collections::BTreeSet, fs, path::Path};

use super::*;

const HEADINGS: [&str; 5] = [
    "## What it means",
    "## How we tell",
    "## What looks alike",
    "## What to do",
    "## References",
];

#[test]
fn ids_are_unique_and_name_their_files() {
    let ids: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), ALL.len());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(|name| name.replace('_', "-")))
        .collect();
    for helper in ["ending", "fix", "tests"] {
        assert!(files.remove(helper));
    }
    let files: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(ids, files);
}

#[test]
fn every_rule_has_its_page_with_the_same_headings() {
    for rule in ALL {
        assert!(
            rule.docs.starts_with(&format!("# {}\n", rule.id)),
            "{}",
            rule.id
        );
        let found: Vec<&str> = rule
            .docs
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(found, HEADINGS, "{}", rule.id);
        assert!(
            rule.docs.lines().all(|line| line.chars().count() <= 100),
            "{}",
            rule.id
        );
    }
}

#[test]
fn what_explains_is_known_and_never_explains_itself() {
    for rule in ALL {
        if let Explains::Only(ids) = rule.explains {
            for id in ids {
                assert!(find(id).is_some(), "{} explains {id}", rule.id);
                let other = find(id).unwrap();
                assert!(
                    !other.explains(rule),
                    "{} and {id} explain each other",
                    rule.id
                );
            }
        }
        assert!(!rule.explains(rule));
    }
}

#[test]
fn a_mistyped_id_finds_its_neighbours() {
    assert_eq!(nearest("port-missmatch")[0], "port-mismatch");
    assert!(nearest("health").contains(&"health-check-failed"));
    assert!(nearest("qqqqqq").is_empty());
}
