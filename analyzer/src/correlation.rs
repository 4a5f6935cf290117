//! What surrounds a failure in time: earlier deployments, changes, other services.
//!
//! Rules look at one attempt. What is told here is about many of them, or about what happened beside
//! one; it makes no diagnosis of its own.

mod changes;
mod configuration;
mod counts;
mod fallback;
mod history;
mod image;
mod siblings;
pub(crate) mod touching;
mod trigger;

use evidence_schema::Time;

pub use self::{
    changes::{Changes, Step},
    history::{History, Pattern},
    trigger::Trigger,
};
use crate::evidence::Case;

/// Something that is told, and the record that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When it happened.
    pub time: Option<Time>,
    /// A sentence without a period.
    pub text: String,
    /// The record; 0 for what follows from many, or from the ledger.
    pub record: u64,
    /// The whole digest of the image that is told of.
    pub digest: Option<String>,
}

impl Told {
    fn new(text: impl Into<String>) -> Self {
        Self {
            time: None,
            text: text.into(),
            record: 0,
            digest: None,
        }
    }
}

/// Things that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// A name for programs.
    pub id: &'static str,
    /// A heading for people.
    pub title: &'static str,
    /// What is told.
    pub told: Vec<Told>,
}

/// Everything that surrounds the failure of an attempt.
pub fn topics(case: Case<'_>) -> Vec<Topic> {
    let history = History::of(case);
    let changes = Changes::of(case);
    let mut topics = vec![
        Topic {
            id: "history",
            title: "Deployments before it",
            told: history.told(case),
        },
        Topic {
            id: "changes",
            title: "Changes before it",
            told: changes.told(case),
        },
        Topic {
            id: "other_services",
            title: "Other services",
            told: siblings::told(case),
        },
    ];
    // Where nothing happened shortly before, the same questions are asked of a longer time.
    if changes.nearest().is_none() {
        topics.push(Topic {
            id: "fallback",
            title: "Looked at over 30 days",
            told: fallback::told(case, &history),
        });
    }
    topics
}
