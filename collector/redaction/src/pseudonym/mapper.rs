//! One pass over something: what is met is learnt, or replaced.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use super::{Class, Mapping, account, address, lists, prf::Prf, word, word::Words};

/// What the records tell before anything is replaced.
#[derive(Clone, Debug, Default)]
pub(super) struct Learnt {
    pub(super) accounts: BTreeSet<String>,
    /// Words of names, in lower case.
    pub(super) words: BTreeSet<String>,
    /// Names of several words, which are looked for as a whole, in lower case.
    pub(super) names: BTreeSet<String>,
    /// Ids, in lower case and without dashes.
    pub(super) ids: BTreeSet<String>,
    /// Host names, in lower case.
    pub(super) hosts: BTreeSet<String>,
    pub(super) addresses: BTreeSet<String>,
    /// Names of what AWS manages.
    pub(super) managed: BTreeSet<String>,
    /// What policies may be asked about.
    pub(super) arns: BTreeSet<String>,
}

/// Whether names stand somewhere, or running text in which names may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Every word is part of a name.
    Name,
    /// Only what was learnt is one.
    Text,
}

/// Replaces, or learns.
pub(super) struct Mapper<'a> {
    pub(super) prf: &'a Prf,
    pub(super) learnt: &'a Learnt,
    pub(super) words: &'a Words,
    /// The ARNs that were learnt, with their pseudonyms.
    pub(super) arns: &'a [(String, String)],
    /// Where what is met is put while nothing is replaced yet.
    pub(super) learning: Option<&'a RefCell<Learnt>>,
    /// Where pseudonyms are written down, if that was asked for.
    pub(super) mapping: Option<&'a Mutex<Mapping>>,
}

impl Mapper<'_> {
    pub(super) fn account(&self, value: &str, out: &mut String) {
        if let Some(learning) = self.learning {
            learning.borrow_mut().accounts.insert(value.to_owned());
            return;
        }
        let pseudonym = account::pseudonym(self.prf, value);
        self.note(Class::Account, value, &pseudonym);
        out.push_str(&pseudonym);
    }

    pub(super) fn knows_account(&self, value: &str) -> bool {
        self.learnt.accounts.contains(value)
    }

    /// A run of letters of a name.
    pub(super) fn letters(&self, run: &str, mode: Mode, out: &mut String) {
        for part in word::camel(run) {
            self.word(part, mode, out);
        }
    }

    fn word(&self, part: &str, mode: Mode, out: &mut String) {
        if !word::counts(part) {
            out.push_str(part);
            return;
        }
        let lower = word::lower(part);
        if let Some(learning) = self.learning {
            if mode == Mode::Name && !lists::is_generic(&lower) {
                learning.borrow_mut().words.insert(lower);
            }
            return;
        }
        let stays = match mode {
            Mode::Name => lists::is_generic(&lower),
            // Two letters are a word of too many languages to be looked for.
            Mode::Text => {
                lower.len() < 3
                    || !self.learnt.words.contains(&lower)
                    || lists::is_of_sentences(&lower)
            }
        };
        if stays {
            out.push_str(part);
            return;
        }
        let made_up = word::with_case_of(part, &self.words.of(self.prf, &lower));
        self.note(Class::Name, part, &made_up);
        out.push_str(&made_up);
    }

    pub(super) fn id(&self, value: &str, out: &mut String) {
        if let Some(learning) = self.learning {
            learning.borrow_mut().ids.insert(plain(value));
            return;
        }
        let pseudonym = word::id(self.prf, value);
        self.note(Class::Id, value, &pseudonym);
        out.push_str(&pseudonym);
    }

    pub(super) fn knows_id(&self, value: &str) -> bool {
        self.learnt.ids.contains(&plain(value))
    }

    /// An address, with the length of its block where it is one.
    pub(super) fn address(&self, value: IpAddr, block: Option<u32>, out: &mut String) {
        if let Some(learning) = self.learning {
            learning.borrow_mut().addresses.insert(value.to_string());
            return;
        }
        let pseudonym = match block {
            Some(bits) => address::pseudonym_of_block(self.prf, value, bits),
            None => address::pseudonym(self.prf, value),
        };
        let (value, pseudonym) = match block {
            Some(bits) => (format!("{value}/{bits}"), format!("{pseudonym}/{bits}")),
            None => (value.to_string(), pseudonym.to_string()),
        };
        self.note(Class::Address, &value, &pseudonym);
        out.push_str(&pseudonym);
    }

    pub(super) fn managed(&self, name: &str) {
        if let Some(learning) = self.learning {
            learning.borrow_mut().managed.insert(name.to_owned());
        }
    }

    pub(super) fn note(&self, class: Class, value: &str, pseudonym: &str) {
        if value == pseudonym {
            return;
        }
        if let Some(mapping) = self.mapping {
            mapping
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(class, value, pseudonym);
        }
    }
}

fn plain(id: &str) -> String {
    id.chars()
        .filter(|letter| *letter != '-')
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}
