//! IAM policies, judged offline.

pub mod names;
