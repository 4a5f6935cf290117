//! What may not leave the account is taken out of the records of a bundle.
//!
//! Pure functions of records and texts: no AWS, no clock, no network and no files.

pub mod source_files;
