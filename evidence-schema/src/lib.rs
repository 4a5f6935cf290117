//! The evidence bundle: its types, its version, how it is written and how it is read.
//!
//! A bundle is one JSON document laid out a record a line, so both sides stream. This crate is the
//! only thing that the collector and the analyzer share; it knows neither.

pub mod coverage;
mod digest;
pub mod manifest;
mod memory;
mod open_enum;
pub mod read;
pub mod record;
mod schema;
pub mod time;
mod version;
pub mod withheld;
pub mod write;

pub use self::{
    coverage::{Coverage, Status},
    manifest::Manifest,
    read::{Limits, ReadError, Reader},
    record::{Body, Kind, Record},
    schema::schema,
    time::{Interval, Time},
    version::{FORMAT, VERSION, Version},
    withheld::{Fingerprint, LengthClass, Withheld},
    write::{Encoding, Writer},
};
