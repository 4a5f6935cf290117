//! What applications write about their own trouble: signatures in the application log.
//!
//! The catalogue (`signature/catalogue.rs`) is data. Every line is looked at once by one set of
//! patterns, so the cost does not grow with their number.

mod catalogue;
mod scan;

pub use self::{
    catalogue::{CATALOGUE, Family, Signature},
    scan::{Hit, Scanner},
};

#[cfg(test)]
mod tests;
