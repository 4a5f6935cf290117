//! From an evidence bundle to the root cause of a failed App Runner deployment.
//!
//! ```text
//! records ─▶ Evidence ─▶ attempts ─▶ rules ─▶ ranking ─▶ report
//! ```
//!
//! A function: the same bundle and the same version give the same bytes. There is no clock, no
//! network and no environment in it; "now" is the time of the collection.

pub mod attempt;
pub mod bounded;
pub mod cli;
mod commands;
mod config_file;
pub mod correlation;
pub mod decrypt;
pub mod error;
pub mod evidence;
pub mod finding;
pub mod iam;
mod image_identifier;
mod instance_size;
pub mod message;
mod network;
pub mod observed;
pub mod permissions;
pub mod ranking;
pub mod report;
pub mod rules;
mod runtimes;
pub mod signature;
#[cfg(test)]
mod test_support;
mod words;
