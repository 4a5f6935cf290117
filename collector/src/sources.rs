//! The sources: what is asked of AWS, with which calls and which permissions.
//!
//! The table is the truth: the guard lets nothing else through, `sources` and `policy` print it,
//! and every source in it has an entry in the coverage ledger.

pub(crate) mod application_log;
pub(crate) mod auto_scaling;
pub(crate) mod changes;
pub(crate) mod connections;
pub(crate) mod health;
pub(crate) mod identity;
pub(crate) mod image;
pub(crate) mod log_groups;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod operations;
pub(crate) mod roles;
pub(crate) mod service;
pub(crate) mod service_log;

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name in the coverage ledger.
    pub name: &'static str,
    /// What it gives, in words that follow "asking for".
    pub gives: &'static str,
    /// The calls that it may make.
    pub calls: &'static [Call],
}

/// A call that a source may make.
#[derive(Debug)]
pub(crate) struct Call {
    /// The IAM action, which is also the name of the operation.
    pub action: &'static str,
    /// The resources for which the action must be allowed; none for a call that everybody may make.
    pub resource: Option<&'static str>,
}

/// A call that needs a permission.
const fn call(action: &'static str, resource: &'static str) -> Call {
    Call {
        action,
        resource: Some(resource),
    }
}

/// Every source, in the order of the coverage ledger.
pub(crate) const ALL: &[&Source] = &[
    &identity::SOURCE,
    &service::SOURCE,
    &operations::SOURCE,
    &connections::SOURCE,
    &auto_scaling::SOURCE,
    &roles::SOURCE,
    &image::SOURCE,
    &health::SOURCE,
    &metrics::SOURCE,
    &changes::SOURCE,
    &log_groups::SOURCE,
    &service_log::SOURCE,
    &application_log::SOURCE,
];

/// The table for people.
pub(crate) fn table() -> String {
    let mut text = String::new();
    for source in ALL {
        text.push_str(&format!("{}\n  gives   {}\n", source.name, source.gives));
        for (index, call) in source.calls.iter().enumerate() {
            let label = if index == 0 { "calls " } else { "      " };
            let needs = match call.resource {
                Some(resource) => format!("permission on {resource}"),
                None => "needs no permission".to_owned(),
            };
            text.push_str(&format!("  {label}  {:<32}{needs}\n", call.action));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_each_source_has_its_file() {
        let names: BTreeSet<_> = ALL.iter().map(|source| source.name).collect();
        assert_eq!(names.len(), ALL.len());
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sources");
        let files: BTreeSet<_> = std::fs::read_dir(folder)
            .expect("the folder of the sources")
            .map(|entry| {
                entry
                    .expect("a file")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .filter(|name| name != "logs.rs")
            .map(|name| name.trim_end_matches(".rs").replace('_', "-"))
            .collect();
        assert!(
            names.iter().all(|name| files.contains(*name)),
            "{names:?} {files:?}"
        );
        assert_eq!(names.len(), files.len());
    }

    #[test]
    fn every_action_only_reads() {
        for call in ALL.iter().flat_map(|source| source.calls) {
            let (_, operation) = call.action.split_once(':').expect("service:Operation");
            assert!(
                [
                    "BatchGetImage",
                    "Describe",
                    "Filter",
                    "Get",
                    "List",
                    "Lookup"
                ]
                .iter()
                .any(|verb| operation.starts_with(verb)),
                "{}",
                call.action
            );
            assert!(!call.action.contains("Secret") && !call.action.starts_with("ssm"));
        }
    }

    #[test]
    fn the_table_names_every_call() {
        let table = table();
        for call in ALL.iter().flat_map(|source| source.calls) {
            assert!(table.contains(call.action));
        }
    }
}
