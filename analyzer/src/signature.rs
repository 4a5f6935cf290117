//! What applications write about their own trouble: signatures in the application log.
//!
//! The catalogue (`signature/catalogue.rs`) is data. Every line is searched once for the words of all
//! patterns, so the cost hardly grows with their number.

pub(crate) mod build;
mod catalogue;
mod prefilter;
mod scan;

pub use self::{
    catalogue::{CATALOGUE, Family, Signature},
    scan::{Hit, Scanner},
};

#[cfg(test)]
mod tests;
