//! Rules that are answered in the same words by the same evidence, which people read once.
//!
//! Programs get an entry for each rule, from `report/json.rs`.

use super::{NotApplicable, RuledOut, Undecided, phrases};
use crate::words;

/// An answer, and the rules that got it.
pub(super) struct Folded<'a, T> {
    /// The rules, in the order of the report; at least one.
    pub(super) rules: Vec<&'static str>,
    /// The answer, as the first of them got it.
    pub(super) answer: &'a T,
}

impl<T> Folded<'_, T> {
    /// How many rules there are, if they are more than one.
    pub(super) fn many(&self) -> Option<String> {
        let count = self.rules.len();
        (count > 1).then(|| words::count(count as u64, "rule", "rules"))
    }
}

/// An answer of a rule.
pub(super) trait Answer {
    /// The rule.
    fn rule(&self) -> &'static str;

    /// Whether a person would read the same twice.
    fn reads_like(&self, other: &Self) -> bool;
}

impl Answer for RuledOut {
    fn rule(&self) -> &'static str {
        self.rule
    }

    fn reads_like(&self, other: &Self) -> bool {
        self.reason == other.reason
            && self.record == other.record
            && phrases::ruled_out_at(self) == phrases::ruled_out_at(other)
    }
}

impl Answer for Undecided {
    fn rule(&self) -> &'static str {
        self.rule
    }

    fn reads_like(&self, other: &Self) -> bool {
        self.reason == other.reason
    }
}

impl Answer for NotApplicable {
    fn rule(&self) -> &'static str {
        self.rule
    }

    fn reads_like(&self, other: &Self) -> bool {
        self.reason == other.reason
    }
}

/// The answers, each where the first rule that got it stands.
pub(super) fn folded<T: Answer>(answers: &[T]) -> Vec<Folded<'_, T>> {
    let mut all: Vec<Folded<'_, T>> = Vec::new();
    for answer in answers {
        match all.iter_mut().find(|it| it.answer.reads_like(answer)) {
            Some(same) => same.rules.push(answer.rule()),
            None => all.push(Folded {
                rules: vec![answer.rule()],
                answer,
            }),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Interval, Time};

    use super::*;

    fn ruled_out(rule: &'static str, record: Option<u64>, until: i64) -> RuledOut {
        let second = |it| Time::from_timestamp(it, 0).unwrap();
        RuledOut {
            rule,
            reason: "no health check failed".to_owned(),
            record,
            time: None,
            looked_at: record.is_none().then(|| Interval {
                from: second(0),
                to: second(until),
            }),
        }
    }

    #[test]
    fn the_same_answer_stands_once_where_its_first_rule_does() {
        let answers = [
            ruled_out("slow-start", None, 40),
            ruled_out("port-invalid", Some(7), 0),
            ruled_out("port-mismatch", None, 40),
        ];
        let folded = folded(&answers);
        let rules: Vec<&[&str]> = folded.iter().map(|it| it.rules.as_slice()).collect();
        assert_eq!(
            rules,
            [&["slow-start", "port-mismatch"][..], &["port-invalid"]]
        );
        assert_eq!(folded[0].many().as_deref(), Some("2 rules"));
        assert_eq!(folded[1].many(), None);
    }

    #[test]
    fn another_time_or_record_is_another_answer() {
        let answers = [
            ruled_out("slow-start", None, 40),
            ruled_out("port-mismatch", None, 50),
            ruled_out("port-invalid", Some(7), 0),
            ruled_out("stale-image-tag", Some(8), 0),
        ];
        assert_eq!(folded(&answers).len(), 4);
    }
}
