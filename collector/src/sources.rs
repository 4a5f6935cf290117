//! The sources: what is asked of AWS, with which calls and which permissions.
//!
//! The table is the truth: the guard lets nothing else through, `sources` and `policy` print it,
//! and every source in it has an entry in the coverage ledger.

use serde_json::{Value, json};

pub(crate) mod application_log;
pub(crate) mod auto_scaling;
pub(crate) mod changes;
pub(crate) mod connections;
pub(crate) mod custom_domains;
pub(crate) mod deployer_roles;
pub(crate) mod deployment_metrics;
pub(crate) mod health;
pub(crate) mod identity;
pub(crate) mod image;
pub(crate) mod ingress_connections;
pub(crate) mod keys;
pub(crate) mod log_groups;
pub(crate) mod logs;
mod metric_data;
pub(crate) mod metrics;
pub(crate) mod network;
pub(crate) mod observability;
pub(crate) mod operations;
pub(crate) mod parameters;
pub(crate) mod pushed_images;
pub(crate) mod quotas;
pub(crate) mod role_simulations;
pub(crate) mod roles;
pub(crate) mod secrets;
pub(crate) mod service;
pub(crate) mod service_linked_roles;
pub(crate) mod service_log;
pub(crate) mod siblings;
pub(crate) mod source_files;
pub(crate) mod tags;
pub(crate) mod vpc_connector;

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
    &vpc_connector::SOURCE,
    &network::SOURCE,
    &ingress_connections::SOURCE,
    &custom_domains::SOURCE,
    &observability::SOURCE,
    &tags::SOURCE,
    &roles::SOURCE,
    &role_simulations::SOURCE,
    &service_linked_roles::SOURCE,
    &secrets::SOURCE,
    &parameters::SOURCE,
    &image::SOURCE,
    &pushed_images::SOURCE,
    &keys::SOURCE,
    &quotas::SOURCE,
    &siblings::SOURCE,
    &health::SOURCE,
    &metrics::SOURCE,
    &deployment_metrics::SOURCE,
    &changes::SOURCE,
    &deployer_roles::SOURCE,
    &source_files::SOURCE,
    &log_groups::SOURCE,
    &service_log::SOURCE,
    &application_log::SOURCE,
];

/// The sources that every collection asks, because nothing else can be asked without them.
pub(crate) const FIRST: &[&str] = &["identity", "service"];

/// What a source needs of others: those are asked with it when only some are.
const NEEDS: &[(&str, &[&str])] = &[
    ("network", &["vpc-connector"]),
    ("role-simulations", &["image", "parameters", "secrets"]),
    // The windows follow from the operations.
    ("pushed-images", &["operations"]),
    ("keys", &["image", "parameters", "secrets"]),
    ("siblings", &["operations"]),
    ("metrics", &["operations"]),
    // Each thing that the service depends on is looked up by its name.
    (
        "changes",
        &[
            "image",
            "network",
            "operations",
            "parameters",
            "roles",
            "secrets",
        ],
    ),
    // Who was refused is told by the changes.
    ("deployer-roles", &["changes"]),
    // Services that had the name before have log groups too.
    ("service-log", &["log-groups"]),
    ("application-log", &["log-groups", "operations"]),
];

/// The names of the sources that the one of this name needs.
pub(crate) fn needs(name: &str) -> &'static [&'static str] {
    let row = NEEDS.iter().find(|(source, _)| *source == name);
    row.map_or(&[], |(_, needs)| needs)
}

/// The table for programs.
pub(crate) fn json() -> Value {
    let sources = ALL.iter().map(|source| {
        let calls = source.calls.iter();
        let calls = calls.map(|call| json!({"action": call.action, "resource": call.resource}));
        json!({
            "name": source.name,
            "gives": source.gives,
            "needs": needs(source.name),
            "calls": calls.collect::<Vec<_>>(),
        })
    });
    sources.collect()
}

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
            text.push_str(&format!("  {label}  {:<46}{needs}\n", call.action));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::PathBuf};

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
            // What several sources share is none.
            .filter(|name| name != "logs.rs" && name != "metric_data.rs")
            .map(|name| name.trim_end_matches(".rs").replace('_', "-"))
            .collect();
        assert!(
            names.iter().all(|name| files.contains(*name)),
            "{names:?} {files:?}"
        );
        assert_eq!(names.len(), files.len());
    }

    #[test]
    fn what_is_needed_first_is_in_the_table() {
        let names: BTreeSet<_> = ALL.iter().map(|source| source.name).collect();
        for name in FIRST {
            assert!(names.contains(name), "{name}");
        }
        for (source, needs) in NEEDS {
            assert!(names.contains(source), "{source}");
            for need in *needs {
                assert!(names.contains(need) && need != source, "{source}: {need}");
                assert!(!FIRST.contains(need), "{need} is asked anyway");
            }
        }
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
                    "Lookup",
                    "SimulatePrincipalPolicy"
                ]
                .iter()
                .any(|verb| operation.starts_with(verb)),
                "{}",
                call.action
            );
        }
    }

    /// What gives the content of a secret or a parameter, as the table and as code would name it.
    const CONTENTS: &[(&str, &str)] = &[
        ("BatchGetSecretValue", "batch_get_secret_value"),
        ("Decrypt", "decrypt("),
        ("GetParameter", "get_parameter"),
        ("GetSecretValue", "get_secret_value"),
    ];

    #[test]
    fn no_action_gives_the_content_of_a_secret() {
        for call in ALL.iter().flat_map(|source| source.calls) {
            for (operation, _) in CONTENTS {
                assert!(!call.action.contains(operation), "{}", call.action);
            }
        }
    }

    #[test]
    fn no_code_asks_for_the_content_of_a_secret() {
        let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut looked_at = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder of the source code") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                looked_at += 1;
                let code = std::fs::read_to_string(&path).expect("source code");
                for (_, method) in CONTENTS {
                    let asked = code.contains(&format!(".{method}"));
                    assert!(!asked, "{} has {method}", path.display());
                }
            }
        }
        assert!(looked_at > ALL.len());
    }

    #[test]
    fn the_table_names_every_call() {
        let table = table();
        for call in ALL.iter().flat_map(|source| source.calls) {
            assert!(table.contains(call.action));
        }
    }
}
