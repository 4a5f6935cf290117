//! What the documentation names exists, and no snapshot is left over.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Result, programs, workspace};

/// Endings that make a word in backticks the path of a file.
const ENDINGS: &[&str] = &[".rs", ".toml", ".md", ".json", ".py", ".txt"];

pub(crate) fn run(snapshots: Option<&Path>) -> Result {
    let tracked = tracked()?;
    let mut wrong = Vec::new();
    for page in tracked.iter().filter(|path| is_page(path)) {
        let text = fs::read_to_string(workspace::root().join(page))?;
        for name in named_paths(&text) {
            if !exists(page, &name) {
                wrong.push(format!("{}: `{name}` does not exist", page.display()));
            }
        }
    }
    if let Some(list) = snapshots {
        wrong.extend(left_over(&tracked, list)?);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(wrong.join("\n       ").into())
}

fn tracked() -> Result<Vec<PathBuf>> {
    let output = programs::output(
        Command::new("git")
            .current_dir(workspace::root())
            .args(["ls-files", "-z"]),
    )?;
    let listing = String::from_utf8(output.stdout)?;
    let tracked: Vec<PathBuf> = listing
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect();
    if tracked.is_empty() {
        return Err("git lists no files here".into());
    }
    Ok(tracked)
}

/// Pages that people read in the repository. Rule pages speak of the reader's files, not of ours.
fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
        && !path.starts_with("analyzer/src/rules")
        && path != Path::new("docs/rules.md")
}

/// The relative targets of links, and words in backticks that look like the path of a file.
fn named_paths(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        if in_block {
            continue;
        }
        for (index, word) in line.split('`').enumerate() {
            let is_path = word.contains('/')
                && ENDINGS.iter().any(|ending| word.ends_with(ending))
                && !word.contains([' ', '*', '<', '{', '…', '$'])
                && !word.starts_with(['/', '-', '~']);
            if index % 2 == 1 && is_path {
                names.insert(word.to_owned());
            }
        }
        for target in line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = target.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains(':') {
                names.insert(target.to_owned());
            }
        }
    }
    names
}

/// A path is meant from the top of the workspace, from the folder of the page, or from its `src`.
fn exists(page: &Path, name: &str) -> bool {
    let folder = workspace::root().join(page.parent().unwrap_or(Path::new("")));
    [
        workspace::root().to_owned(),
        folder.clone(),
        folder.join("src"),
    ]
    .iter()
    .any(|base| base.join(name).exists())
}

/// Snapshots that no test compared.
fn left_over(tracked: &[PathBuf], list: &Path) -> Result<Vec<String>> {
    let compared: BTreeSet<PathBuf> = fs::read_to_string(list)?
        .lines()
        .map(|line| fs::canonicalize(line).map(|path| workspace::relative(&path)))
        .collect::<std::io::Result<_>>()?;
    if compared.is_empty() {
        return Err("the tests compared no snapshot".into());
    }
    Ok(tracked
        .iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "snap")
        })
        .filter(|path| !compared.contains(*path))
        .map(|path| format!("{}: no test compares this snapshot", path.display()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_links_and_backticks_only() {
        let text = "See [the format](docs/bundle-format.md#frame), `a/b.rs`, `x.rs`, `cargo a/b`,\n\
            [AWS](https://example.org/a.md) and `~/.aws/config.toml`.\n```\n`c/d.rs`\n```\n";
        let names: Vec<String> = named_paths(text).into_iter().collect();
        assert_eq!(names, ["a/b.rs", "docs/bundle-format.md"]);
    }

    #[test]
    fn what_is_gone_is_noticed() {
        assert!(exists(Path::new("README.md"), "xtask/src/tidy.rs"));
        assert!(!exists(Path::new("README.md"), "xtask/src/untidy.rs"));
    }
}
