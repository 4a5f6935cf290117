//! What comes into the programs from outside is what `.cargo/deny.toml` lets in.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Result, programs, workspace};

/// The version of the checker; another one may read the configuration differently.
const VERSION: &str = "0.20.2";

/// Names the clone of a database of advisories, before all places in which one is looked for.
const DATABASE: &str = "ADVISORY_DB";

/// What the checker calls its clone of the public database: the end and the hash of its address.
const CLONE: &str = "advisory-db-3157b0e258782691";

pub(crate) fn run() -> Result {
    let checker = checker()?;
    programs::run(check(&checker, &[]).args(["licenses", "bans", "sources"]))?;

    let used = root().join("target/advisory-dbs").join(CLONE);
    let given = env::var_os(DATABASE).map(PathBuf::from);
    let Some(database) = database(given.as_deref(), &used, cargo_home().as_deref())? else {
        eprintln!(
            "advisories NOT CHECKED: this machine has no database of them; \
             docs/contributing.md tells how one gets here"
        );
        return Ok(());
    };
    if database != used {
        put(&database, &used)?;
    }
    eprintln!("advisories of {}", database.display());
    // What is checked is what was found, and not what a network gives at this minute.
    programs::run(check(&checker, &["--offline"]).arg("advisories"))
}

/// The checker of this version, built where there is none: in the target folder, which stays
/// between runs.
fn checker() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let own = tools.join(format!("bin/cargo-deny{}", env::consts::EXE_SUFFIX));
    for candidate in [own.as_path(), Path::new("cargo-deny")] {
        if is_wanted(candidate) {
            return Ok(candidate.to_owned());
        }
    }
    eprintln!("building cargo-deny {VERSION}; it takes a minute or two");
    programs::run(
        cargo()
            .args(["install", "--quiet", "--locked", "--force"])
            // It runs for a second or two either way, and is built in a third of the time.
            .arg("--debug")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .arg("--root")
            .arg(&tools)
            .arg(format!("cargo-deny@{VERSION}")),
    )?;
    Ok(own)
}

fn is_wanted(program: &Path) -> bool {
    let said = Command::new(program).arg("--version").output();
    said.is_ok_and(|said| said.stdout.trim_ascii() == format!("cargo-deny {VERSION}").as_bytes())
}

fn check(checker: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(checker);
    command
        .current_dir(root())
        .args(["--locked", "--config", ".cargo/deny.toml"])
        .args(options)
        .arg("check")
        // A duplicate that is gone leaves the list of those that are known.
        .args(["--deny", "unmatched-skip"]);
    command
}

/// The clone of a database of advisories.
fn database(given: Option<&Path>, used: &Path, home: Option<&Path>) -> Result<Option<PathBuf>> {
    if let Some(given) = given {
        return match is_database(given) {
            true => Ok(Some(fs::canonicalize(given)?)),
            false => Err(format!(
                "{DATABASE} is `{}`, which is no clone of a database of advisories",
                given.display()
            )
            .into()),
        };
    }
    // A link is what an earlier run left there, and may lead to what was named then.
    let fetched = (!used.is_symlink()).then(|| used.to_owned());
    // The second is where another checker, cargo-audit, keeps its clone of the same database.
    let shared = home.map(|home| {
        [
            home.join("advisory-dbs").join(CLONE),
            home.join("advisory-db"),
        ]
    });
    let mut places = fetched.into_iter().chain(shared.into_iter().flatten());
    Ok(places.find(|place| is_database(place)))
}

fn is_database(folder: &Path) -> bool {
    folder.join("crates").is_dir()
}

/// Lets `link`, where the checker looks, lead to the database.
fn put(database: &Path, link: &Path) -> Result {
    if link.is_symlink() {
        fs::remove_file(link)?;
    }
    if let Some(folder) = link.parent() {
        fs::create_dir_all(folder)?;
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(database, link)?;
    #[cfg(windows)]
    std::os::windows::fs::symlink_dir(database, link)?;
    Ok(())
}

fn cargo_home() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| Some(env::home_dir()?.join(".cargo")))
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn root() -> &'static Path {
    workspace::root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_used_where_there_is_one_and_nowhere_else() {
        let scratch = workspace::scratch().expect("a folder");
        let home = scratch.path().join("home");
        let used = scratch.path().join("used");
        let none = database(None, &used, Some(&home)).expect("nothing was promised");
        assert_eq!(none, None);

        let cloned = home.join("advisory-dbs").join(CLONE);
        fs::create_dir_all(cloned.join("crates")).expect("a folder");
        let found = database(None, &used, Some(&home)).expect("one is there");
        assert_eq!(found.as_deref(), Some(cloned.as_path()));

        fs::create_dir_all(used.join("crates")).expect("a folder");
        let found = database(None, &used, Some(&home)).expect("one was fetched");
        assert_eq!(found.as_deref(), Some(used.as_path()));

        let error = database(Some(&home), &used, Some(&home)).expect_err("it is none");
        assert!(error.to_string().contains(DATABASE), "{error}");
    }
}
