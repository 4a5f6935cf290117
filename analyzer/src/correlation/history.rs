//! Whether deployments began to fail, always failed, or fail now and then; and where they fail.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    Told, Trigger,
    configuration::{self, Difference},
    counts,
    image::{self, InForce},
};
use crate::{
    attempt::Attempt,
    evidence::{Case, Evidence, configuration::Calls},
    message::{Message, Phase},
    words,
};

/// How many deployments are listed one by one.
const LISTED: usize = 10;

/// How many days are listed one by one.
const DAYS: usize = 7;

/// How failures are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The only deployment that is known failed.
    Only,
    /// None that is known went well.
    Constant,
    /// They went well until a time, and have failed since.
    Sudden,
    /// They failed, went well and failed again.
    Intermittent,
}

/// The deployments up to one that failed.
pub struct History<'a> {
    /// How failures are spread.
    pub pattern: Pattern,
    /// All, oldest first, the one under diagnosis last.
    pub all: Vec<&'a Attempt>,
    /// Those that failed since the last that went well, oldest first.
    pub run: Vec<&'a Attempt>,
    /// The last that went well before them.
    pub success: Option<&'a Attempt>,
}

impl<'a> History<'a> {
    /// The history of the attempt under diagnosis.
    pub fn of(case: Case<'a>) -> Self {
        let evidence: &'a Evidence = case.evidence;
        let all: Vec<&Attempt> = evidence
            .attempts
            .iter()
            .filter(|attempt| attempt.started <= case.attempt.started)
            .filter(|attempt| attempt.refusal.is_none() || attempt.record == case.attempt.record)
            .collect();
        let last = all.iter().rposition(|attempt| attempt.succeeded());
        let success = last.map(|last| all[last]);
        let run: Vec<&Attempt> = all[last.map_or(0, |last| last + 1)..]
            .iter()
            .filter(|attempt| attempt.failed())
            .copied()
            .collect();
        let before = &all[..last.map_or(0, |last| last + 1)];
        let failed_before = before.iter().any(|attempt| attempt.failed());
        let pattern = match (success, failed_before) {
            (None, _) if all.len() <= 1 => Pattern::Only,
            (None, _) => Pattern::Constant,
            (Some(_), false) => Pattern::Sudden,
            (Some(_), true) => Pattern::Intermittent,
        };
        Self {
            pattern,
            all,
            run,
            success,
        }
    }

    /// The first failure of those that end with the one under diagnosis and came equally far: what
    /// broke them happened before it.
    pub fn first_alike(&self, attempt: &'a Attempt) -> &'a Attempt {
        let phase = attempt.phase();
        self.run
            .iter()
            .rev()
            .take_while(|other| other.phase() == phase)
            .last()
            .copied()
            .unwrap_or(attempt)
    }

    /// How many came how far, of those that failed since the last success.
    fn stages(&self) -> BTreeMap<Phase, usize> {
        let mut stages = BTreeMap::new();
        for attempt in &self.run {
            *stages.entry(attempt.phase()).or_default() += 1;
        }
        stages
    }

    fn days(&self) -> BTreeMap<NaiveDate, (usize, usize)> {
        let mut days: BTreeMap<NaiveDate, (usize, usize)> = BTreeMap::new();
        for attempt in self.all.iter().filter(|it| it.refusal.is_none()) {
            let (begun, failed) = days.entry(attempt.started.date_naive()).or_default();
            *begun += 1;
            *failed += usize::from(attempt.failed());
        }
        days
    }

    /// The history in sentences.
    pub(super) fn told(&self, case: Case<'_>) -> Vec<Told> {
        let mut told = vec![Told {
            time: self.run.first().map(|first| first.started),
            text: self.pattern_text(),
            record: self.run.first().map_or(0, |first| first.record),
            digest: None,
        }];
        if self.run.len() > 1 {
            told.push(Told::new(self.stages_text()));
        }
        let calls = Calls::of(case.evidence);
        for attempt in self.all.iter().rev().take(LISTED) {
            let image = image::of(case, &calls, attempt).filter(|_| attempt.refusal.is_none());
            told.push(Told {
                time: Some(attempt.started),
                text: line(case, &calls, attempt, image.as_ref()),
                record: attempt.record,
                digest: image.and_then(|image| image.digest()),
            });
        }
        let more = self.all.len().saturating_sub(LISTED);
        if more > 0 {
            told.push(Told::new(format!("{more} earlier ones are not listed")));
        }
        told.extend(configuration::judged(case, &calls));
        told.push(Told::new(self.days_text(case)));
        told.extend(counts::told(case));
        told
    }

    fn pattern_text(&self) -> String {
        let failed = self.run.len();
        let of_all = self.all.iter().filter(|it| it.failed()).count();
        match (self.pattern, self.success) {
            (Pattern::Only, _) => "it is the only deployment that is known".to_owned(),
            (Pattern::Constant, _) => format!(
                "constant: none of the {} deployments that are known went well",
                self.all.len()
            ),
            (Pattern::Sudden, Some(success)) => format!(
                "sudden: none had failed until the one of {}, which went well, and {} failed since",
                words::at(success.started),
                words::count(failed as u64, "has", "have")
            ),
            (_, success) => format!(
                "now and then: {of_all} of {} failed, with others between them that went well, the \
                 last on {}",
                self.all.len(),
                success.map(|it| words::at(it.started)).unwrap_or_default()
            ),
        }
    }

    fn stages_text(&self) -> String {
        let stages = self.stages();
        let failed = self.run.len();
        if let (1, Some((phase, _))) = (stages.len(), stages.first_key_value()) {
            return format!(
                "the {failed} that failed since all came as far as the same step: {}",
                phase.as_str()
            );
        }
        let each: Vec<String> = stages
            .iter()
            .map(|(phase, count)| format!("{} ({count})", phase.as_str()))
            .collect();
        format!(
            "the {failed} that failed since came differently far: {}",
            words::list(&each)
        )
    }

    fn days_text(&self, case: Case<'_>) -> String {
        let days = self.days();
        let skipped = days.len().saturating_sub(DAYS);
        let each: Vec<String> = days
            .iter()
            .skip(skipped)
            .map(|(day, (begun, failed))| format!("{day}: {failed} of {begun} failed"))
            .collect();
        let source = match counts::names(case).as_slice() {
            [] => "derived from the operations, since App Runner publishes no metric of them"
                .to_owned(),
            names => format!(
                "derived from the operations; the bundle also has the metric {}",
                words::list(names)
            ),
        };
        let earlier = if skipped > 0 {
            format!("; {skipped} earlier days are not listed")
        } else {
            String::new()
        };
        format!("by day, {source}: {}{earlier}", each.join(", "))
    }
}

/// A deployment in a line: how it ended, how far it came, why, how long it took, what began it.
fn line(case: Case<'_>, calls: &Calls<'_>, attempt: &Attempt, image: Option<&InForce>) -> String {
    let mut text = format!("the {} {}", attempt.noun(), attempt.outcome.as_str());
    if attempt.failed() && attempt.refusal.is_none() {
        text.push_str(&format!(" at the step {}", attempt.phase().as_str()));
    }
    if let Some(reason) = reason(attempt) {
        text.push_str(&format!(": {reason}"));
    }
    if let Some(ended) = attempt.ended
        && attempt.refusal.is_none()
    {
        text.push_str(&format!(
            ", after {}",
            words::duration(ended - attempt.started)
        ));
    }
    let trigger = Trigger::of(case.evidence, attempt);
    text.push_str(&format!("; {}", trigger.text()));
    if attempt.refusal.is_some() {
        return text;
    }
    let is_subject = attempt.record == case.attempt.record;
    match configuration::difference(case, calls, attempt) {
        Difference::Found(what) => text.push_str(&format!("; {what}")),
        Difference::Nothing if is_subject => {
            text.push_str("; configured like the last one that went well");
        }
        Difference::Nothing | Difference::Unknown => {}
    }
    match image.map(|image| (image, image.text(attempt.started))) {
        Some((_, Some(image))) => text.push_str(&format!("; {image}")),
        Some((image, None)) if is_subject => text.push_str(&format!("; {}", image.unknown())),
        _ => {}
    }
    text
}

/// What App Runner gave as the reason.
fn reason(attempt: &Attempt) -> Option<String> {
    if let Some(refusal) = &attempt.refusal {
        return Some(words::start_of(&refusal.message, 120));
    }
    let stated = attempt.find(|message| match message {
        Message::DeploymentFailed {
            reason: Some(reason),
            ..
        } => Some(reason.trim_end_matches('.').to_owned()),
        _ => None,
    });
    stated.map(|(_, reason)| words::start_of(&reason, 120))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{HEALTH_FAILED, Sample};

    fn pattern(sample: &Sample) -> (Pattern, String) {
        sample.ask(|case| {
            let history = History::of(case);
            let told = history.told(case).into_iter();
            let told: Vec<String> = told.map(|told| told.text).collect();
            (history.pattern, told.join("\n"))
        })
    }

    #[test]
    fn a_failure_after_successes_is_sudden() {
        let (pattern, told) = pattern(&Sample::image().events(HEALTH_FAILED));
        assert_eq!(pattern, Pattern::Sudden, "{told}");
        assert!(told.contains("1 has failed since"), "{told}");
        assert!(told.contains("derived from the operations"), "{told}");
        assert!(told.contains("at the step health check"), "{told}");
    }

    #[test]
    fn the_only_one_is_neither_sudden_nor_constant() {
        let (pattern, told) = pattern(&Sample::image().without_operations().events(HEALTH_FAILED));
        assert_eq!(pattern, Pattern::Only, "{told}");
    }
}
