//! The same failure with other names, ports, paths, ids, times and wordings of the application.
//!
//! What the owner of an application chose is replaced everywhere at once, in lines and in
//! configuration, so that every fact stays true. What the platform writes stays as it is.

mod dice;
mod files;
mod ids;
mod replace;
mod variants;

use std::{collections::BTreeSet, sync::LazyLock};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use regex::{Captures, Regex};
use toml::{Table, Value};

use self::{dice::Dice, replace::Replacements};

/// Keys that say what is known of a case; nothing of them reaches a bundle.
const TOLD: &[&str] = &[
    "also",
    "category",
    "confirmed",
    "decides",
    "expect",
    "own",
    "reference",
    "verbatim",
    "what",
];

/// Where App Runner is.
const REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

/// Ports that belong to a kind of server, and that a rule may know.
const WELL_KNOWN: &[&str] = &["1433", "3306", "5432", "6379", "9092", "26257", "27017"];

/// Begins of environment variables that a framework prescribes.
const PRESCRIBED: &[&str] = &[
    "GRADIO_",
    "NEXT_",
    "NODE_",
    "PYTHON",
    "SPRING_",
    "STREAMLIT_",
];

const WORDS: &[&str] = &[
    "acorn", "atlas", "bramble", "canyon", "cedar", "cobalt", "comet", "copper", "ember", "falcon",
    "fjord", "garnet", "harbor", "hazel", "indigo", "juniper", "kestrel", "lantern", "lichen",
    "maple", "meadow", "nectar", "onyx", "pebble", "quartz", "raven", "saffron", "tundra", "umber",
    "velvet", "willow", "zephyr",
];

const ENDINGS: &[&str] = &["", "", "-api", "-web", "-worker", "-backend", "-site"];

const PATHS: &[&str] = &[
    "/_health",
    "/actuator/health",
    "/alive",
    "/api/ping",
    "/api/v1/health-check",
    "/health.json",
    "/healthcheck",
    "/internal/status",
    "/live",
    "/ping",
    "/status",
    "/up",
];

/// Why an account could not be said in other words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no account.
    #[error("failed to read the account")]
    Read(#[from] toml::de::Error),
    /// It cannot be written.
    #[error("failed to write the account")]
    Write(#[from] toml::ser::Error),
}

/// The text of an account in other words. The same seed gives the same ones.
///
/// # Errors
///
/// When the text is no account.
pub fn perturb(name: &str, text: &str, seed: u64) -> Result<String, Error> {
    let mut account: Table = toml::from_str(text)?;
    let mut dice = Dice::new(seed, name);
    let all = texts(&account);

    let mut new = Replacements::default();
    own_words(&mut new, &account, &mut dice);
    service_name(&mut new, &mut account, &mut dice);
    roles(&mut new, &mut account, &mut dice);
    environment(&mut new, &account, &mut dice);
    ports(&mut new, &mut account, &all, &mut dice);
    path(&mut new, &account, &mut dice);
    files::folder(&mut new, &account, &mut dice);
    files::names(&mut new, &account, &all, &mut dice);
    ids::accounts(&mut new, &mut account, &all, &mut dice);
    ids::addresses(&mut new, &all, &mut dice);
    ids::resources(&mut new, &all, &mut dice);
    let region = regions(&mut new, &mut account, &all, &mut dice);
    let later = times(&mut account, &mut dice);

    for (key, value) in &mut account {
        if !TOLD.contains(&key.as_str()) {
            each_text(value, &mut |text| {
                *text = host_names(&moved(&new.apply(text), later), &region);
            });
            names_of_variables(value, &new);
        }
    }
    each_block(&mut account, &mut |block| {
        *block = variants::block(block, &mut dice);
    });
    Ok(toml::to_string(&account)?)
}

/// Every text of an account, one after the other.
fn texts(account: &Table) -> String {
    fn gather(value: &Value, all: &mut String) {
        match value {
            Value::String(text) => {
                all.push_str(text);
                all.push('\n');
            }
            Value::Array(items) => items.iter().for_each(|it| gather(it, all)),
            Value::Table(members) => members.values().for_each(|it| gather(it, all)),
            _ => {}
        }
    }
    let mut all = String::new();
    for (key, value) in account {
        if !TOLD.contains(&key.as_str()) {
            gather(value, &mut all);
        }
    }
    all
}

fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|it| each_text(it, change)),
        Value::Table(members) => members.iter_mut().for_each(|(_, it)| each_text(it, change)),
        _ => {}
    }
}

/// The variables of a service have their names as keys.
fn names_of_variables(value: &mut Value, new: &Replacements) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|it| names_of_variables(it, new)),
        Value::Table(members) => {
            for (key, it) in members.iter_mut() {
                match it {
                    Value::Table(variables) if key == "environment" || key == "secrets" => {
                        *variables = std::mem::take(variables)
                            .into_iter()
                            .map(|(name, value)| (new.apply(&name), value))
                            .collect();
                    }
                    it => names_of_variables(it, new),
                }
            }
        }
        _ => {}
    }
}

/// The blocks of lines that the application wrote.
fn each_block(account: &mut Table, change: &mut impl FnMut(&mut String)) {
    fn of(value: &mut Value, key: &str, change: &mut impl FnMut(&mut String)) {
        for it in value.as_array_mut().into_iter().flatten() {
            let is_platform = it
                .get("stream")
                .and_then(Value::as_str)
                .is_some_and(|stream| !stream.starts_with("instance/"));
            if let (false, Some(Value::String(block))) = (is_platform, it.get_mut(key)) {
                change(block);
            }
        }
    }
    for (key, value) in account {
        match key.as_str() {
            "operation" => of(value, "application", change),
            "log" => of(value, "lines", change),
            _ => {}
        }
    }
}

fn service(account: &mut Table) -> &mut Table {
    let entry = account
        .entry("service")
        .or_insert_with(|| Value::Table(Table::new()));
    entry
        .as_table_mut()
        .expect("an account has one `[service]`, which its own tests see to")
}

fn stated<'a>(account: &'a Table, key: &str) -> Option<&'a str> {
    account.get("service")?.get(key)?.as_str()
}

/// Whether the service is built from source code.
fn is_code(account: &Table) -> bool {
    stated(account, "source").is_some_and(|source| source != "image")
}

fn state(table: &mut Table, key: &str, default: &str) -> String {
    let value = table
        .entry(key)
        .or_insert_with(|| Value::String(default.to_owned()));
    value.as_str().unwrap_or(default).to_owned()
}

fn own_words(new: &mut Replacements, account: &Table, dice: &mut Dice) {
    let own = account.get("own").and_then(Value::as_array);
    for word in own.into_iter().flatten().filter_map(Value::as_str) {
        new.add(word, other_word(word, dice));
    }
}

/// Another word of the same form. The last part of a name and the ending of a file stay, for they
/// say what kind of thing it is.
fn other_word(word: &str, dice: &mut Dice) -> String {
    static PARTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("[A-Z]+(?:[^a-zA-Z]|$)|[A-Z]?[a-z]+").expect("the pattern is fixed and tested")
    });
    let parts: Vec<_> = PARTS.find_iter(word).collect();
    let kept = parts.len().checked_sub(1).filter(|last| *last > 0);
    let mut out = String::new();
    let mut end = 0;
    for (index, part) in parts.iter().enumerate() {
        out.push_str(&word[end..part.start()]);
        end = part.end();
        let text = part.as_str();
        if Some(index) == kept {
            out.push_str(text);
            continue;
        }
        let letters = text.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
        let other = dice.pick(WORDS);
        if letters.chars().all(|letter| letter.is_ascii_uppercase()) {
            out.push_str(&other.to_ascii_uppercase());
        } else if letters.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            out.push_str(&capitalised(other));
        } else {
            out.push_str(other);
        }
        out.push_str(&text[letters.len()..]);
    }
    out.push_str(&word[end..]);
    out
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}

fn service_name(new: &mut Replacements, account: &mut Table, dice: &mut Dice) {
    let old = state(service(account), "name", "shop");
    let word = dice.pick(WORDS);
    let name = format!("{word}{}", dice.pick(ENDINGS));
    new.add(
        &old.to_ascii_uppercase().replace('-', "_"),
        name.to_ascii_uppercase().replace('-', "_"),
    );
    new.add(&capitalised(&old), capitalised(word));
    new.add(&old, name);
    new.add("example-org", format!("{}-org", dice.pick(WORDS)));
}

fn roles(new: &mut Replacements, account: &mut Table, dice: &mut Dice) {
    let is_code = is_code(account);
    let is_public =
        stated(account, "image").is_some_and(|image| image.starts_with("public.ecr.aws/"));
    if !is_code && !is_public {
        state(service(account), "access_role", "AppRunnerEcrAccess");
    }
    state(service(account), "instance_role", "AppRunnerInstance");

    let mut names = BTreeSet::new();
    for key in ["access_role", "instance_role"] {
        names.extend(stated(account, key).map(str::to_owned));
    }
    for role in account
        .get("role")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        names.extend(role.get("name").and_then(Value::as_str).map(str::to_owned));
    }
    // A name that is the begin of another one stays so: sorted, it comes before it.
    let mut done: Vec<(String, String)> = Vec::new();
    for name in names {
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        if name.is_empty() {
            continue;
        }
        let begin = done.iter().rev().find(|(old, _)| name.starts_with(old));
        let other = match begin {
            Some((old, other)) => format!("{other}{}", &name[old.len()..]),
            // The number makes sure that no two are alike.
            None => format!("{}Role{}", capitalised(dice.pick(WORDS)), done.len() + 1),
        };
        new.add(&name, other.clone());
        done.push((name, other));
    }
}

fn environment(new: &mut Replacements, account: &Table, dice: &mut Dice) {
    for key in ["environment", "secrets"] {
        let variables = account
            .get("service")
            .and_then(|service| service.get(key))
            .and_then(Value::as_table);
        for name in variables.into_iter().flat_map(Table::keys) {
            let is_prescribed = PRESCRIBED.iter().any(|begin| name.starts_with(begin));
            if name.contains('_') && !is_prescribed {
                new.add(name, other_word(name, dice));
            }
        }
    }
}

fn ports(new: &mut Replacements, account: &mut Table, all: &str, dice: &mut Dice) {
    static PORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:\bport(?:\(s\))?:?\s+'?|[a-z0-9\]]:|EXPOSE |-port |_PORT=)(\d{4,5})\b")
            .expect("the pattern is fixed and tested")
    });
    let mut old = BTreeSet::new();
    old.insert(state(service(account), "port", "8080"));
    old.extend(PORT.captures_iter(all).map(|found| found[1].to_owned()));
    let mut taken: BTreeSet<String> = old.clone();
    for port in old {
        // A short one is the port of a protocol.
        if port.len() < 4 || WELL_KNOWN.contains(&port.as_str()) {
            continue;
        }
        let other = loop {
            let other = (3000 + dice.below(6900)).to_string();
            if !WELL_KNOWN.contains(&other.as_str()) && taken.insert(other.clone()) {
                break other;
            }
        };
        new.add(&port, other);
    }
}

fn path(new: &mut Replacements, account: &Table, dice: &mut Dice) {
    let path = account
        .get("service")
        .and_then(|service| service.get("health_check")?.get("path")?.as_str());
    if let Some(path) = path.filter(|path| path.len() > 1) {
        let others: Vec<&str> = PATHS.iter().copied().filter(|it| *it != path).collect();
        new.add(path, dice.pick(&others).to_owned());
    }
}

/// Each Region becomes another one; gives that of the account.
fn regions(new: &mut Replacements, account: &mut Table, all: &str, dice: &mut Dice) -> String {
    let home = state(account, "region", "us-east-1");
    let mut others = dice.shuffled(REGIONS);
    let mut region = home.clone();
    for old in REGIONS {
        if *old == home || all.contains(old) {
            let other = others.pop().unwrap_or(old);
            if *old == home {
                other.clone_into(&mut region);
            }
            new.add(old, other.to_owned());
        }
    }
    region
}

/// The internal names of instances are others in us-east-1.
fn host_names(text: &str, region: &str) -> String {
    if region == "us-east-1" {
        text.replace(".us-east-1.compute.internal", ".ec2.internal")
    } else {
        text.replace(".ec2.internal", &format!(".{region}.compute.internal"))
    }
}

/// Moves the account in time; gives by how much.
fn times(account: &mut Table, dice: &mut Dice) -> TimeDelta {
    let later = TimeDelta::days(i64::try_from(dice.below(300)).unwrap_or(0) - 150)
        + TimeDelta::seconds(i64::try_from(dice.below(86_400)).unwrap_or(0));
    state(account, "now", "2026-11-20T12:00:00Z");
    later
}

fn moved(text: &str, later: TimeDelta) -> String {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").expect("the pattern is fixed and tested")
    });
    let moved = TIME.replace_all(text, |found: &Captures<'_>| {
        match found[0].parse::<DateTime<Utc>>() {
            Ok(time) => (time + later).to_rfc3339_opts(SecondsFormat::Secs, true),
            Err(_) => found[0].to_owned(),
        }
    });
    moved.into_owned()
}

#[cfg(test)]
mod tests;
