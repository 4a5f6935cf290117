//! The evidence of a sample, and what a rule makes of it.

use std::collections::BTreeMap;

use evidence_schema::{
    Body, Record,
    read::{DigestCheck, Ending},
};

use super::{Sample, records::manifest};
use crate::{
    evidence::{Builder, Case, Evidence, Missing},
    finding::{Answer, Finding},
    rules::Rule,
};

impl Sample {
    /// The evidence.
    pub(crate) fn evidence(&self) -> Evidence {
        let mut builder = Builder::new(manifest());
        let mut bodies = self.bodies.clone();
        if self.with_service {
            bodies.push(Body::Service(Box::new(self.service.clone())));
        }
        bodies.sort_by_key(Body::sort_key);
        for (index, body) in bodies.into_iter().enumerate() {
            let id = index as u64 + 1;
            builder.take(Record { id, body }, 0);
        }
        let cut = self.cut.then(|| evidence_schema::read::Cut {
            after_records: 3,
            cause: "the file ends in the middle of a zstd frame".to_owned(),
        });
        builder.finish(Ending {
            coverage: if self.cut {
                vec![]
            } else {
                self.coverage.clone()
            },
            unknown_kinds: BTreeMap::new(),
            unreadable: 0,
            first_unreadable: None,
            cut,
            digest: DigestCheck::Verified,
        })
    }

    /// Asks about the attempt under diagnosis.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(Case<'_>) -> T) -> T {
        let evidence = self.evidence();
        let (attempt, _) = evidence
            .subject()
            .expect("the sample has a failed deployment");
        ask(Case {
            evidence: &evidence,
            attempt,
        })
    }

    fn answer<T>(&self, rule: &Rule, take: impl FnOnce(Result<Answer, Missing>) -> T) -> T {
        self.ask(|case| take((rule.check)(case)))
    }

    /// What the rule finds.
    pub(crate) fn found(&self, rule: &Rule) -> Finding {
        self.answer(rule, |answer| match answer {
            Ok(Answer::Found(finding)) => *finding,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }

    /// Why the rule clears.
    pub(crate) fn cleared(&self, rule: &Rule) -> String {
        self.answer(rule, |answer| match answer {
            Ok(Answer::Cleared(cleared)) => cleared.reason,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }

    /// Why the rule does not apply.
    pub(crate) fn not_applicable(&self, rule: &Rule) -> String {
        self.answer(rule, |answer| match answer {
            Ok(Answer::NotApplicable(why)) => why,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }

    /// What the rule misses.
    pub(crate) fn missing(&self, rule: &Rule) -> Missing {
        self.answer(rule, |answer| match answer {
            Err(missing) => missing,
            other => panic!("{} answers {other:?}", rule.id),
        })
    }
}
