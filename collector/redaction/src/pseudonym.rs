//! Pseudonyms: what tells whose account it is becomes something of the same form.
//!
//! Accounts, names in ARNs and elsewhere, host names, addresses and ids are replaced by a keyed
//! function: the same value has the same pseudonym, in every bundle that is written under the same
//! key, and nobody without the key can go back. What AWS gave a meaning keeps it: the structure of
//! ARNs, the account that two of them share, the class of an address and the block that it lies in,
//! the wildcards of policies. Rules therefore come to the same diagnosis.
//!
//! It takes two passes. [`Pseudonyms::learn`] sees every record but the lines of logs, so that names
//! can then be found in running text, where nothing but their being known marks them.

mod account;
mod address;
mod host;
mod json;
mod lists;
mod mapper;
mod member;
mod pattern;
mod prf;
mod text;
mod word;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    sync::{Mutex, OnceLock, PoisonError},
};

use evidence_schema::{
    Body, Coverage, Manifest,
    coverage::AwsError,
    manifest,
    record::{LogLine, QuarantineReason, Quarantined},
};
use serde::Serialize;

use self::{
    mapper::{Learnt, Mapper, Mode},
    member::Place,
    prf::Prf,
    word::Words,
};

/// What kind of thing a pseudonym stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// An account id.
    Account,
    /// A word of a name.
    Name,
    /// A host name.
    Host,
    /// An address, or a block of them.
    Address,
    /// An id that AWS gave a resource or a principal.
    Id,
}

/// What was replaced by what. It is as confidential as the bundle was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// The pseudonym of each value, by class.
    #[serde(flatten)]
    pub pseudonyms: BTreeMap<Class, BTreeMap<String, String>>,
}

impl Mapping {
    fn insert(&mut self, class: Class, value: &str, pseudonym: &str) {
        let of_class = self.pseudonyms.entry(class).or_default();
        if !of_class.contains_key(value) {
            of_class.insert(value.to_owned(), pseudonym.to_owned());
        }
    }
}

/// Replaces what tells whose account a bundle is from.
pub struct Pseudonyms {
    prf: Prf,
    learnt: Learnt,
    /// What follows from what was learnt, worked out when it is first needed.
    known: OnceLock<Known>,
    mapping: Option<Mutex<Mapping>>,
}

struct Known {
    words: Words,
    arns: Vec<(String, String)>,
}

impl fmt::Debug for Pseudonyms {
    /// The key is not told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonyms").finish_non_exhaustive()
    }
}

impl Pseudonyms {
    /// With a key. Who has it can test guesses, so it stays with whoever collects.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            prf: Prf::new(key),
            learnt: Learnt::default(),
            known: OnceLock::new(),
            mapping: None,
        }
    }

    /// The same, and remembers what was replaced by what.
    #[must_use]
    pub fn with_mapping(mut self) -> Self {
        self.mapping = Some(Mutex::default());
        self
    }

    /// What was replaced by what so far; empty unless it was asked for.
    pub fn mapping(&self) -> Mapping {
        match &self.mapping {
            Some(mapping) => mapping
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            None => Mapping::default(),
        }
    }

    /// Learns the names in a record. Lines of logs have none that are marked as such.
    pub fn learn(&mut self, body: &Body) {
        if matches!(body, Body::ServiceLog(_) | Body::ApplicationLog(_)) {
            return;
        }
        if let Ok(mut value) = serde_json::to_value(body) {
            self.learning(|mapper| mapper.record(body.kind().as_str(), &mut value));
        }
    }

    /// Learns the names in the head of a bundle, which says which service it is about.
    pub fn learn_manifest(&mut self, manifest: &Manifest) {
        self.learning(|mapper| {
            target(mapper, &manifest.target);
        });
    }

    /// The record under pseudonyms.
    pub fn body(&self, body: Body) -> Body {
        let kind = body.kind();
        match body {
            Body::ServiceLog(line) => return Body::ServiceLog(self.line(line)),
            Body::ApplicationLog(line) => return Body::ApplicationLog(self.line(line)),
            _ => {}
        }
        let replaced = serde_json::to_value(&body).and_then(|mut value| {
            self.mapper(self.known()).record(kind.as_str(), &mut value);
            serde_json::from_value(value)
        });
        // A record is never handed on as it was: one that cannot be replaced is taken out.
        replaced.unwrap_or_else(|_| {
            Body::Quarantined(Quarantined {
                of_kind: kind.as_str().to_owned(),
                source: "pseudonyms".to_owned(),
                time: body.sort_key().time,
                reason: QuarantineReason::ScrubberFailed,
                detector: None,
            })
        })
    }

    /// An entry of the ledger under pseudonyms.
    pub fn coverage(&self, mut entry: Coverage) -> Coverage {
        if let Some(subject) = &mut entry.subject {
            *subject = self.subject(&entry.source, subject);
        }
        entry.permission = entry.permission.map(|text| self.text(&text));
        entry.note = entry.note.map(|text| self.text(&text));
        entry.error = entry.error.map(|error| AwsError {
            code: error.code,
            message: self.text(&error.message),
        });
        entry
    }

    /// The head of a bundle under pseudonyms, which says how many there are.
    pub fn manifest(&self, mut manifest: Manifest) -> Manifest {
        manifest.target = target(&self.mapper(self.known()), &manifest.target);
        manifest.redaction.pseudonyms = Some(self.counts());
        manifest
    }

    /// A text under pseudonyms: a line of a log, a message, or JSON as a whole.
    pub fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 8);
        let place = Place::new(Mode::Text, false);
        self.mapper(self.known()).whole(text, &place, &mut out);
        out
    }

    fn line(&self, mut line: LogLine) -> LogLine {
        line.message = self.text(&line.message);
        let mut id = String::with_capacity(line.service_id.len());
        self.mapper(self.known()).name(&line.service_id, &mut id);
        line.service_id = id;
        line
    }

    /// What an entry is about. Some name a resource bare, with what of it was looked at behind.
    fn subject(&self, source: &str, subject: &str) -> String {
        let named = matches!(
            source,
            "image"
                | "pushed-images"
                | "secrets"
                | "parameters"
                | "connections"
                | "keys"
                | "siblings"
                | "sibling-operations"
                | "custom-domains"
                | "key-grants"
        );
        let (name, rest) = match subject.split_once(' ') {
            Some((name, _)) => subject.split_at(name.len()),
            None => (subject, ""),
        };
        let mut out = String::with_capacity(subject.len());
        let mapper = self.mapper(self.known());
        if !named || subject.starts_with("arn:") {
            mapper.scan(subject, Mode::Text, &mut out);
        } else {
            mapper.name(name, &mut out);
            out.push_str(rest);
        }
        out
    }

    /// How many values of each class the records have.
    fn counts(&self) -> manifest::Pseudonyms {
        let learnt = &self.learnt;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        manifest::Pseudonyms {
            accounts: count(learnt.accounts.len()),
            words: count(learnt.words.len()),
            hosts: count(learnt.hosts.len()),
            addresses: count(learnt.addresses.len()),
            ids: count(learnt.ids.len()),
        }
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let mut known = Known {
                words: Words::new(&self.prf, &self.learnt.words),
                arns: Vec::new(),
            };
            let arns = self
                .learnt
                .arns
                .iter()
                .map(|arn| {
                    let mut mapped = String::with_capacity(arn.len());
                    let mapper = Mapper {
                        mapping: None,
                        ..self.mapper(&known)
                    };
                    mapper.scan(arn, Mode::Name, &mut mapped);
                    (arn.clone(), mapped)
                })
                .collect();
            known.arns = arns;
            known
        })
    }

    fn mapper<'a>(&'a self, known: &'a Known) -> Mapper<'a> {
        Mapper {
            prf: &self.prf,
            learnt: &self.learnt,
            words: &known.words,
            arns: &known.arns,
            learning: None,
            mapping: self.mapping.as_ref(),
        }
    }

    fn learning(&mut self, look: impl FnOnce(&Mapper<'_>)) {
        self.known = OnceLock::new();
        let learning = RefCell::new(std::mem::take(&mut self.learnt));
        look(&Mapper {
            prf: &self.prf,
            learnt: &Learnt::default(),
            words: &Words::default(),
            arns: &[],
            learning: Some(&learning),
            mapping: None,
        });
        self.learnt = learning.into_inner();
    }
}

fn target(mapper: &Mapper<'_>, target: &manifest::Target) -> manifest::Target {
    let name = |text: &str| {
        let mut out = String::with_capacity(text.len());
        mapper.name(text, &mut out);
        out
    };
    manifest::Target {
        account: name(&target.account),
        region: target.region.clone(),
        service_name: name(&target.service_name),
        service_id: name(&target.service_id),
        service_arn: name(&target.service_arn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_may_share_them() {
        fn shared<T: Send + Sync>() {}
        shared::<Pseudonyms>();
    }

    #[test]
    fn nothing_has_to_be_learnt_first() {
        let pseudonyms = Pseudonyms::new([1; 32]);
        assert_eq!(pseudonyms.text("Starting shop"), "Starting shop");
        assert_ne!(
            pseudonyms.text("arn:aws:iam::111122223333:role/shop"),
            "arn:aws:iam::111122223333:role/shop"
        );
    }
}
