//! Fingerprints: whether two withheld values are equal, and nothing else of them.

use std::collections::BTreeMap;

use evidence_schema::{Body, Fingerprint, LengthClass, Withheld, record::Origin};

/// The key of one collection. It is random, never written and thrown away with the process.
pub(crate) struct Fingerprints {
    key: [u8; 32],
}

impl Fingerprints {
    /// Makes a key.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self { key })
    }

    /// What stands in a record for `value`.
    pub(crate) fn withhold(&self, value: &str) -> Withheld {
        let hash = blake3::keyed_hash(&self.key, value.as_bytes());
        Withheld {
            fingerprint: Fingerprint(hash.to_hex().to_string()),
            length: LengthClass::of(value),
        }
    }
}

/// Gives each fingerprint a number in the order of its appearance in the bundle.
///
/// A keyed hash would differ between two collections of the same account; a number does not, and
/// it lets nobody guess a weak value, even with the key.
#[derive(Debug, Default)]
pub(crate) struct Numbering(BTreeMap<Fingerprint, String>);

impl Numbering {
    /// Numbers the fingerprints of a record. Only a service has any.
    pub(crate) fn number(&mut self, body: &mut Body) {
        let Body::Service(service) = body else {
            return;
        };
        let configuration = match &mut service.source.origin {
            Origin::Image(image) => Some(&mut image.configuration),
            Origin::Code(code) => code.configuration.as_mut(),
            Origin::Unknown => None,
        };
        for withheld in configuration
            .into_iter()
            .flat_map(|configuration| configuration.environment_variables.values_mut())
        {
            let number = self.0.len() + 1;
            let name = self
                .0
                .entry(withheld.fingerprint.clone())
                .or_insert_with(|| format!("fp-{number}"));
            withheld.fingerprint = Fingerprint(name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_within_a_collection_only() {
        let (one, other) = (
            Fingerprints::new().expect("random bytes"),
            Fingerprints::new().expect("random bytes"),
        );
        assert_eq!(one.withhold("hunter2"), one.withhold("hunter2"));
        assert_ne!(one.withhold("hunter2"), one.withhold("hunter3"));
        assert_ne!(one.withhold("hunter2"), other.withhold("hunter2"));
        assert!(!one.withhold("hunter2").fingerprint.0.contains("hunter2"));
    }
}
