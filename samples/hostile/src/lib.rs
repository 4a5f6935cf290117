//! Bundles that somebody damaged by chance, or made to hurt whoever reads them.

pub mod bombs;
pub mod mutate;
