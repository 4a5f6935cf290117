//! What may not leave the account is taken out of the records of a bundle.
//!
//! ```text
//! Body ─▶ scrubber ─▶ Body   every string, parsed value by parsed value
//! text ─▶ leak_scan          the finished file read back, by code that shares nothing with it
//! Body ─▶ pseudonym ─▶ Body  what tells whose account it is, when that was asked for
//! ```
//!
//! Pure functions of records and texts: no AWS, no clock, no network and no files.

mod detectors;
mod entropy;
mod judge;
mod key_block;
mod known;
mod layers;
mod leak_scan;
mod marker;
mod members;
mod numbering;
mod platform;
pub mod pseudonym;
mod scrubber;
pub mod source_files;
mod url;

pub use self::{
    detectors::{Example, examples},
    leak_scan::LeakScan,
    marker::Fingerprints,
    numbering::{Numbering, renamed, unnumbered},
    scrubber::{Emails, Failed, Scrubber},
};
