//! Which sources are asked: all of them, or those of `--sources` and what these need first.

use std::collections::BTreeSet;

use crate::sources::{self, Source};

/// How the ledger tells that a source is not among those of `--sources`.
pub(crate) const NOT_CHOSEN: &str = "it is not among the --sources that were asked for";

/// A name that is as far from what was typed is not what was meant.
const MOST_TYPOS: usize = 3;

/// The sources that are asked; all of them unless some were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice(Option<BTreeSet<&'static str>>);

impl Choice {
    /// Those of `names`, what they need first, and what every collection begins with. No names:
    /// every source.
    pub(crate) fn of(names: &[&'static str]) -> Self {
        if names.is_empty() {
            return Self::default();
        }
        let mut chosen = BTreeSet::new();
        let mut open: Vec<_> = sources::FIRST.iter().chain(names).copied().collect();
        while let Some(name) = open.pop() {
            if chosen.insert(name) {
                open.extend(sources::needs(name));
            }
        }
        Self(Some(chosen))
    }

    /// Whether the source of this name is asked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.contains(name))
    }

    /// The rows of the table that are asked.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &'static Source> {
        let sources = sources::ALL.iter().copied();
        sources.filter(|source| self.has(source.name))
    }
}

/// The source that was typed.
pub(crate) fn name(text: &str) -> Result<&'static str, String> {
    let names = || sources::ALL.iter().map(|source| source.name);
    if let Some(name) = names().find(|name| *name == text) {
        return Ok(name);
    }
    let nearest = names()
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .min()
        .filter(|(typos, _)| *typos <= MOST_TYPOS)
        .map(|(_, name)| format!("did you mean `{name}`? "));
    let known: Vec<_> = names().collect();
    Err(format!(
        "there is no such source; {}the sources are {}",
        nearest.unwrap_or_default(),
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&'static str]) -> Vec<&'static str> {
        Choice::of(names).sources().map(|it| it.name).collect()
    }

    #[test]
    fn no_names_are_all_sources() {
        assert_eq!(chosen(&[]).len(), sources::ALL.len());
    }

    #[test]
    fn what_a_source_needs_first_is_asked_with_it() {
        assert_eq!(chosen(&["tags"]), ["identity", "service", "tags"]);
        assert_eq!(
            chosen(&["application-log"]),
            [
                "identity",
                "service",
                "operations",
                "log-groups",
                "application-log"
            ]
        );
        // The changes of a key are looked up, which the secret names, and those of a route table,
        // which is found by the subnets of the connector.
        let changes = chosen(&["changes"]);
        assert!(changes.contains(&"secrets") && changes.contains(&"vpc-connector"));
        assert!(!changes.contains(&"metrics"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_and_with_all() {
        assert_eq!(name("tags"), Ok("tags"));
        let error = name("log-group").expect_err("it is none");
        assert!(error.contains("did you mean `log-groups`?"), "{error}");
        let error = name("everything").expect_err("it is none");
        assert!(!error.contains("did you mean"), "{error}");
        for source in sources::ALL {
            assert!(error.contains(source.name), "{error}");
        }
    }
}
