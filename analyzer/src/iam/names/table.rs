//! How the table is read.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{Action, Detail, Key, Kind, ResourceType, Resources, Service, Target, by_folded};

/// The table, as it is asked.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Sorted by prefix.
    pub(super) services: Vec<Service>,
    /// Keys without a part that is filled in, by their names in lower case.
    pub(super) keys: BTreeMap<String, Key>,
    /// Keys with such a part, those first that say more.
    pub(super) templates: Vec<Key>,
}

impl Table {
    /// Reads the table and the global keys. What it does not understand it leaves out; a test sees
    /// to it that there is no such line.
    pub(super) fn read(table: &'static str, global_keys: &'static str) -> Self {
        let mut read = Self::default();
        for words in lines(global_keys).filter_map(|line| line.split_once(' ')) {
            read.key(words.0.to_owned(), words.1, true);
        }
        let mut group = None;
        for line in lines(table) {
            if let Some(service) = header(line) {
                read.services.push(service);
                group = None;
                continue;
            }
            let Some(service) = read.services.last_mut() else {
                continue;
            };
            let mut words = line.split(' ');
            match (words.next(), words.next()) {
                (Some("key"), Some(name)) => {
                    let name = full(service.prefix, name);
                    read.key(name, words.next().unwrap_or_default(), false);
                }
                (Some("type"), Some(name)) => service.resource_types.push(ResourceType {
                    name,
                    arn: words.next().unwrap_or_default(),
                    condition_keys: words.map(|key| full(service.prefix, key)).collect(),
                }),
                (Some("on"), Some(_)) => group = Some(Group::read(line, service)),
                (Some(name), None) => {
                    if let Some(group) = &group {
                        service.actions.push(Action {
                            service: service.prefix,
                            name,
                            resources: group.resources.clone(),
                            condition_keys: Arc::clone(&group.condition_keys),
                        });
                    }
                }
                _ => {}
            }
        }
        for service in &mut read.services {
            service.actions.sort_by(|a, b| by_folded(a.name, b.name));
            service
                .resource_types
                .sort_by(|a, b| by_folded(a.name, b.name));
            if service.detail == Detail::Prefix && !service.actions.is_empty() {
                service.detail = Detail::Full;
            }
        }
        read.services.sort_by(|a, b| by_folded(a.prefix, b.prefix));
        read.templates.sort_by_key(|key| Reverse(key.name.len()));
        read
    }

    /// Every key, in the same order each time.
    pub(super) fn all_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.values().chain(&self.templates)
    }

    /// Adds a key that is not there yet: some services list keys of others.
    fn key(&mut self, name: String, kind: &str, global: bool) {
        let (kind, multivalued) = match kind.strip_prefix("ArrayOf") {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let kind = match kind {
            "ARN" => Kind::Arn,
            "Bool" => Kind::Bool,
            "Numeric" => Kind::Numeric,
            "Date" => Kind::Date,
            "IPAddress" => Kind::IpAddress,
            _ => Kind::String,
        };
        let key = Key {
            name,
            kind,
            multivalued,
            global,
        };
        if key.name.contains('*') {
            if !self.templates.iter().any(|it| it.name == key.name) {
                self.templates.push(key);
            }
        } else {
            let folded = key.name.to_ascii_lowercase();
            self.keys.entry(folded).or_insert(key);
        }
    }
}

/// What the actions under an `on` line have in common.
struct Group {
    resources: Resources,
    condition_keys: Arc<[String]>,
}

impl Group {
    fn read(line: &'static str, service: &Service) -> Self {
        let mut targets = Vec::new();
        let mut keys = Vec::new();
        let mut told = true;
        for word in line.split(' ').skip(1) {
            match word {
                "*" => {}
                "?" => told = false,
                key if key.contains(':') => keys.push(full(service.prefix, key)),
                name => targets.push(Target {
                    resource_type: name.trim_end_matches('!'),
                    required: name.ends_with('!'),
                }),
            }
        }
        for kind in &service.resource_types {
            if targets.iter().any(|it| it.resource_type == kind.name) {
                keys.extend(kind.condition_keys.iter().cloned());
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Self {
            resources: match (told, targets.is_empty()) {
                (false, _) => Resources::Untold,
                (true, true) => Resources::Wildcard,
                (true, false) => Resources::Types(targets.into()),
            },
            condition_keys: keys.into(),
        }
    }
}

/// The lines that are no comments.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    // A checkout on Windows may have other ends of lines; `lines` takes either.
    text.lines().filter(|line| !line.starts_with('#'))
}

/// `[ecr] rcp`
fn header(line: &'static str) -> Option<Service> {
    let (prefix, flags) = line.strip_prefix('[')?.split_once(']')?;
    let has = |flag: &str| flags.split(' ').any(|it| it == flag);
    Some(Service {
        prefix,
        detail: if has("names") {
            Detail::Names
        } else {
            Detail::Prefix
        },
        supports_rcp: has("rcp"),
        actions: Vec::new(),
        resource_types: Vec::new(),
    })
}

/// The whole name of a key, whose prefix is left out where it is that of the service.
fn full(prefix: &str, key: &str) -> String {
    if key.starts_with(':') {
        format!("{prefix}{key}")
    } else {
        key.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        for line in lines(include_str!("table.txt")) {
            let words: Vec<&str> = line.split(' ').collect();
            let understood = match words[..] {
                [header] | [header, "rcp" | "names"] | [header, "rcp", "names"]
                    if header.starts_with('[') =>
                {
                    header.ends_with(']')
                }
                ["key", name, kind] => name.contains(':') && is_kind(kind),
                ["type", _, arn, ..] => arn.starts_with("arn:"),
                ["on", _, ..] => true,
                [action] => action.bytes().all(|it| it.is_ascii_alphanumeric()),
                _ => false,
            };
            assert!(understood, "{line}");
        }
        for line in lines(include_str!("global_keys.txt")) {
            let understood = line
                .split_once(' ')
                .is_some_and(|(name, kind)| name.contains(':') && is_kind(kind));
            assert!(understood, "{line}");
        }
    }

    fn is_kind(kind: &str) -> bool {
        ["String", "ARN", "Bool", "Numeric", "Date", "IPAddress"]
            .contains(&kind.trim_start_matches("ArrayOf"))
    }
}
