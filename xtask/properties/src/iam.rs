//! Requests and policies of IAM, made at random, and what must hold for the answers to them.

mod case;
mod disagreements;
mod generate;
mod hostile;
mod shrink;
mod stored;
mod unknown;

pub use self::{
    case::{Case, Place, Unknown, Values, Verdict},
    disagreements::{Disagreement, disagreements},
    generate::Generator,
    hostile::{Hostile, hostile},
    shrink::shrink,
    stored::{STORED, Stored, pack, stored, stored_path, to_store},
    unknown::Absence,
};
