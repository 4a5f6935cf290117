//! The keyed function that every pseudonym comes from.

/// What a value is, so that equal texts of different classes have unrelated pseudonyms.
#[derive(Clone, Copy, Debug)]
pub(super) enum Domain {
    Account,
    Word,
    Hex,
    Opaque,
    AddressV4,
    AddressV6,
}

/// A keyed hash: whoever lacks the key can neither compute nor reverse a pseudonym.
#[derive(Clone)]
pub(super) struct Prf {
    key: [u8; 32],
}

impl Prf {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// 32 bytes for a value of a class.
    pub(super) fn block(&self, domain: Domain, tweak: u32, value: &[u8]) -> [u8; 32] {
        *self.hasher(domain, tweak, value).finalize().as_bytes()
    }

    /// `length` bytes for a value of a class.
    pub(super) fn bytes(&self, domain: Domain, tweak: u32, value: &[u8], length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        self.hasher(domain, tweak, value)
            .finalize_xof()
            .fill(&mut out);
        out
    }

    fn hasher(&self, domain: Domain, tweak: u32, value: &[u8]) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        // Domain and tweak have a fixed length, so no two inputs run together.
        hasher.update(&[domain as u8]);
        hasher.update(&tweak.to_le_bytes());
        hasher.update(value);
        hasher
    }
}
