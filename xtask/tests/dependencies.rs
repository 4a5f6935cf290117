//! What runs offline has no AWS, async or network crate in its dependency tree.

use std::{collections::BTreeSet, env, path::Path, process::Command};

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

/// What a parser of age brings with it and never runs: helpers for async code, without a runtime
/// and without a socket.
const BROUGHT_BY_AGE: &[&str] = &["futures", "futures-core", "futures-util"];

/// The names of everything that is compiled for `member` on this machine, its tests left out.
fn tree(member: &str) -> BTreeSet<String> {
    tree_with(member, &[])
}

/// The same, with further options of cargo.
fn tree_with(member: &str, more: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env::var_os("CARGO").expect("cargo runs the tests"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args(["tree", "--package", member, "--edges", "normal,build"])
        .args([
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--locked",
            "--offline",
        ])
        .args(more)
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .expect("names are text")
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_analyzer_and_the_format_are_offline() {
    for member in ["analyzer", "evidence-schema"] {
        let tree = tree_with(member, &["--no-default-features"]);
        assert!(tree.contains("serde_json"), "the tree of {member} was read");
        let found: Vec<&String> = tree.iter().filter(|name| unwanted(name)).collect();
        assert!(found.is_empty(), "{member} depends on {found:?}");
    }
}

#[test]
fn age_brings_no_runtime_and_no_network() {
    let tree = tree("analyzer");
    assert!(tree.contains("age"), "the analyzer opens encrypted bundles");
    let found: Vec<&String> = tree
        .iter()
        .filter(|name| unwanted(name) && !BROUGHT_BY_AGE.contains(&name.as_str()))
        .collect();
    assert!(found.is_empty(), "the analyzer depends on {found:?}");
    // Only that parser has them; nothing of ours may begin to.
    let users = tree_with("analyzer", &["--invert", "futures", "--depth", "1"]);
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    assert_eq!(users, ["cookie-factory", "futures"]);
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
