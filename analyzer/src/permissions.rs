//! From evidence to the questions that the evaluator of IAM answers.
//!
//! ```text
//! Evidence ─▶ Asker ─▶ Request + Policies ─▶ iam::explain ─▶ Permission
//! ```

mod ask;
pub(crate) mod json;
mod needed;
mod reference;
mod spelling;
mod subject;
pub(crate) mod text;

pub use self::{
    ask::Asker,
    needed::{Judged, Needed, Permission, Purpose, needed},
    spelling::misspelt,
    subject::{SubjectError, principal, resource},
};
pub(crate) use self::{
    needed::{BUILD, TASKS, configuration, repository_arn},
    reference::Reference,
};
