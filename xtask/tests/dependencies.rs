//! What runs offline has no AWS, async or network crate in its dependency tree.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package, PackageId};

/// Crates that talk to AWS, to the network, or that bring an async runtime.
const UNWANTED: &[&str] = &[
    "async-std",
    "attohttpc",
    "curl",
    "futures",
    "futures-core",
    "futures-util",
    "h2",
    "hyper",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tonic",
    "tower",
    "ureq",
];

fn unwanted(name: &str) -> bool {
    name.starts_with("aws-") || UNWANTED.contains(&name)
}

/// The names of everything that is compiled for `root`, tests of it left out.
fn tree(root: &str) -> BTreeSet<String> {
    let metadata = MetadataCommand::new()
        .other_options(vec!["--locked".to_owned(), "--offline".to_owned()])
        .exec()
        .expect("cargo describes the workspace");
    let packages: BTreeMap<&PackageId, &Package> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package))
        .collect();
    let resolve = metadata.resolve.as_ref().expect("cargo resolves");
    let mut todo: Vec<&PackageId> = packages
        .values()
        .filter(|package| package.name.as_str() == root)
        .map(|package| &package.id)
        .collect();
    assert_eq!(todo.len(), 1, "{root} is a member");
    let mut names = BTreeSet::new();
    while let Some(id) = todo.pop() {
        if !names.insert(packages[id].name.to_string()) {
            continue;
        }
        let node = resolve
            .nodes
            .iter()
            .find(|node| node.id == *id)
            .expect("each package has a node");
        for dependency in &node.deps {
            let compiled = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development);
            if compiled {
                todo.push(&dependency.pkg);
            }
        }
    }
    names
}

#[test]
fn the_analyzer_and_the_format_are_offline() {
    for member in ["analyzer", "evidence-schema"] {
        let tree = tree(member);
        assert!(tree.contains("serde_json"), "the tree of {member} was read");
        let found: Vec<&String> = tree.iter().filter(|name| unwanted(name)).collect();
        assert!(found.is_empty(), "{member} depends on {found:?}");
    }
}

#[test]
fn the_check_sees_what_the_collector_needs() {
    let tree = tree("collector");
    assert!(tree.iter().any(|name| unwanted(name)));
    assert!(tree.contains("aws-sdk-apprunner"));
}

#[test]
fn there_is_one_version_of_the_tls_and_http_stack() {
    let lock = include_str!("../../Cargo.lock");
    for name in ["h2", "hyper", "rustls", "rustls-webpki"] {
        let count = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert_eq!(count, 1, "{name} is locked {count} times");
    }
}
