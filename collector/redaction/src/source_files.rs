//! Files of a checkout, without what may not leave it.

pub mod dockerfile;
pub mod yaml;
