//! What applications write about their own trouble: signatures in the application log.
//!
//! The catalogue (`signature/catalogue.rs`) is data. Every line is searched once for the words of all
//! patterns, so the cost hardly grows with their number. A [`Matcher`] looks at lines, which may
//! happen on any thread; [`Hits`] are what all lines matched, in their order.

pub(crate) mod build;
mod catalogue;
mod hits;
mod matcher;
mod prefilter;

pub use self::{
    catalogue::{CATALOGUE, Family, Signature},
    hits::{Hit, Hits, hits},
    matcher::{Above, Matcher, Matches},
};

#[cfg(test)]
mod tests;
