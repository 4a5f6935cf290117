//! Other folders and files inside an image.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;
use toml::Table;

use super::{WORDS, dice::Dice, is_code, replace::Replacements};

/// Where images have their application. What App Runner builds is always in `/app`.
const FOLDERS: &[&str] = &[
    "/code",
    "/home/node/app",
    "/opt/service",
    "/srv/app",
    "/usr/src/app",
    "/workspace",
];

/// The folder of the application.
pub(super) fn folder(new: &mut Replacements, account: &Table, dice: &mut Dice) {
    if !is_code(account) {
        new.add("/app", dice.pick(FOLDERS).to_owned());
    }
}

/// The names of programs.
pub(super) fn names(new: &mut Replacements, account: &Table, all: &str, dice: &mut Dice) {
    static FILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?P<stem>[a-z][a-z_]*)\.(?P<ending>py|js|jar)\b")
            .expect("the pattern is fixed and tested")
    });
    if is_code(account) {
        return;
    }
    let old: BTreeSet<(&str, &str)> = FILE
        .captures_iter(all)
        .filter_map(|found| Some((found.name("stem")?.as_str(), found.name("ending")?.as_str())))
        .collect();
    let mut left = dice.shuffled(WORDS);
    for (stem, ending) in old {
        // As a module it has no ending, and would keep its name there.
        let is_module =
            all.contains(&format!("{stem}:")) || all.contains(&format!("import {stem}"));
        if let (false, Some(other)) = (is_module, left.pop()) {
            new.add(&format!("{stem}.{ending}"), format!("{other}.{ending}"));
        }
    }
}
