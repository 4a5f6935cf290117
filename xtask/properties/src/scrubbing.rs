//! Texts that leave the account.

use std::collections::{BTreeMap, BTreeSet};

use redaction::{Emails, Fingerprints, Scrubber};

use crate::source_files::text_of;

/// Words around secrets, and parts of their shapes.
pub(crate) const WORDS: &[&str] = &[
    VALUE,
    "password=",
    "\"secret\":\"",
    "Authorization: Bearer ",
    "https://user:word@host/",
    "?X-Amz-Signature=",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.e30.",
    "fp-0000000000000000",
    "‹",
    "›",
    "\\\"",
    "%3D",
    "\n",
    "Set-Cookie: a=",
];

/// The value of an environment variable.
const VALUE: &str = "correct-horse-battery-staple";

/// What was scrubbed stays as it is, and no value of a variable is left in it.
pub fn scrub(input: &[u8]) {
    let text = text_of(input);
    let values = BTreeMap::from([("PASSPHRASE".to_owned(), BTreeSet::from([VALUE.to_owned()]))]);
    for emails in [Emails::Keep, Emails::Replace] {
        let scrubber = || Scrubber::new(Fingerprints::new([7; 32]), &values, &[], emails);
        let (once, twice) = (scrubber(), scrubber());
        for line in text.lines().chain([text.as_ref()]) {
            let clean = once.text("application-log", line.to_owned());
            assert!(!clean.contains(VALUE), "{clean:?} of {line:?}");
            let again = twice.text("application-log", clean.clone());
            assert_eq!(again, clean, "of {line:?}");
        }
    }
}
