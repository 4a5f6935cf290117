//! The context of a request: what is known of each condition key.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>

use std::collections::BTreeMap;

/// What is known of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The request carries it, with these values; a key that may have several can have none.
    Known(Vec<String>),
    /// The request does not carry it.
    Absent,
    /// Nobody knows.
    Unknown,
}

/// What is known of the keys that were not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// They may be anything.
    Unknown,
    /// The request does not carry them.
    Absent,
}

/// What is known of the context of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Presence>,
    rest: Rest,
}

impl Context {
    /// Nothing but what is known of the keys that will not be named.
    pub fn new(rest: Rest) -> Self {
        Self {
            keys: BTreeMap::new(),
            rest,
        }
    }

    /// The name of a key as it is compared: keys do not care for case.
    pub fn fold(key: &str) -> String {
        key.to_ascii_lowercase()
    }

    /// With a key of one value.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, Presence::Known(vec![value.into()]));
        self
    }

    /// Says what is known of a key.
    pub fn set(&mut self, key: &str, presence: Presence) {
        self.keys.insert(Self::fold(key), presence);
    }

    /// Says what is known of a key of which nothing was said yet.
    pub fn set_default(&mut self, key: &str, presence: Presence) {
        self.keys.entry(Self::fold(key)).or_insert(presence);
    }

    /// What is known of a key, whose name is in lower case.
    pub fn get(&self, folded: &str) -> &Presence {
        match (self.keys.get(folded), self.rest) {
            (Some(presence), _) => presence,
            (None, Rest::Absent) => &Presence::Absent,
            (None, Rest::Unknown) => &Presence::Unknown,
        }
    }

    /// The keys of which something is known, in order of their names.
    pub fn known(&self) -> impl Iterator<Item = (&str, &Presence)> {
        self.keys
            .iter()
            .map(|(key, presence)| (key.as_str(), presence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_absent_or_unknown_whatever_its_case() {
        let mut context = Context::new(Rest::Unknown).with("aws:SourceAccount", "111122223333");
        context.set("aws:SourceIp", Presence::Absent);
        assert_eq!(
            context.get("aws:sourceaccount"),
            &Presence::Known(vec!["111122223333".to_owned()])
        );
        assert_eq!(context.get("aws:sourceip"), &Presence::Absent);
        assert_eq!(context.get("aws:sourcearn"), &Presence::Unknown);
        assert_eq!(
            Context::new(Rest::Absent).get("aws:sourcearn"),
            &Presence::Absent
        );
    }
}
