//! Whether IAM allows a request, offline, from the policies in a bundle.
//!
//! ```text
//! Request + Policies ─▶ evaluate ─▶ Answer ─▶ explain ─▶ Explanation
//! ```
//!
//! An answer is *allowed*, *denied* or *unknown*, and an unknown one names what would decide.

pub mod arn;
pub mod completion;
pub mod condition;
pub mod context;
pub mod evaluate;
pub mod explain;
pub mod grammar;
pub mod names;
pub mod pattern;
pub mod policies;
pub mod policy;
pub mod principal;
pub mod request;
pub mod tri;
pub mod variable;
