//! How the configuration of a deployment differs from that of the last one before it that went well.

use std::collections::BTreeMap;

use evidence_schema::{Time, record::Change};

use super::{Told, trigger::name};
use crate::{
    attempt::Attempt,
    evidence::{
        Case, Missing, Observed,
        configuration::{ALL, Calls, Given, Had, Setting},
    },
    words,
};

/// How many settings of a difference are told one by one.
const LISTED: usize = 6;

/// What a deployment had otherwise than the last one before it that went well.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// This.
    Found(String),
    /// Nothing that a call can set.
    Nothing,
    /// It is not known whether anything, or nothing went well before it.
    Unknown,
}

/// Compares a deployment with the last one before it that went well.
pub(super) fn difference(case: Case<'_>, calls: &Calls<'_>, attempt: &Attempt) -> Difference {
    let Some(good) = case.evidence.success_before(attempt) else {
        return Difference::Unknown;
    };
    // The calls that set something, in their order; what is known without a call comes first.
    let mut by_call: BTreeMap<Option<(Time, u64)>, Vec<String>> = BTreeMap::new();
    let mut callers: BTreeMap<Option<(Time, u64)>, &Observed<Change>> = BTreeMap::new();
    let mut certain = true;
    for setting in ALL {
        let (before, after) = (calls.had(setting, good), calls.had(setting, attempt));
        let (text, call) = match compared(case, setting, &before, &after) {
            Compared::Same => continue,
            Compared::Open => {
                certain = false;
                continue;
            }
            Compared::Differs(text, call) => (text, call),
        };
        let key = call.map(|call| (call.fact.time, call.record));
        by_call.entry(key).or_default().push(text);
        if let Some(call) = call {
            callers.insert(key, call);
        }
    }
    if by_call.is_empty() {
        return match certain {
            true => Difference::Nothing,
            false => Difference::Unknown,
        };
    }
    let parts: Vec<String> = by_call
        .into_iter()
        .map(|(key, mut settings)| {
            let more = settings.len().saturating_sub(LISTED);
            settings.truncate(LISTED);
            if more > 0 {
                settings.push(words::count(more as u64, "other setting", "other settings"));
            }
            let settings = words::list(&settings);
            match callers.get(&key) {
                Some(call) => format!("{settings} by {}", call_text(call, attempt.started)),
                None => settings,
            }
        })
        .collect();
    Difference::Found(parts.join("; "))
}

enum Compared<'a> {
    Same,
    Open,
    Differs(String, Option<&'a Observed<Change>>),
}

fn compared<'a>(
    case: Case<'_>,
    setting: &Setting,
    before: &Had<'a>,
    after: &Had<'a>,
) -> Compared<'a> {
    let record = |had: &Had<'_>| match had {
        Had::Known(_, call) => call.map(|call| call.record),
        Had::Hidden(call) => Some(call.record),
        Had::Unknown => None,
    };
    let by = match after {
        Had::Known(_, call) => *call,
        Had::Hidden(call) => Some(*call),
        Had::Unknown => return Compared::Open,
    };
    // One call set both, whatever it gave.
    if by.is_some() && record(before) == record(after) {
        return Compared::Same;
    }
    let name = setting.name;
    let is_hidden = by.is_some_and(|call| setting.in_call(&call.fact) == Given::Hidden);
    if is_hidden {
        return Compared::Differs(format!("{name} given anew (hidden by CloudTrail)"), by);
    }
    let shown = |value: &Option<String>| match value {
        Some(value) => setting.shown(value),
        None => "none".to_owned(),
    };
    match (before, after) {
        (Had::Known(before, _), Had::Known(after, _)) if setting.same(before, after) => {
            Compared::Same
        }
        (Had::Known(before, _), Had::Known(after, _)) => {
            let (mut old, mut new) = (shown(before), shown(after));
            // Two names may be one where what stands around them differs.
            if old == new {
                old = words::start_of(before.as_deref().unwrap_or("none"), 120);
                new = words::start_of(after.as_deref().unwrap_or("none"), 120);
            }
            Compared::Differs(format!("{name} {old} → {new}"), by)
        }
        // What a call named may well be what was there, and is no difference for being named.
        (_, Had::Known(after, Some(_)))
            if case
                .evidence
                .service
                .as_ref()
                .is_some_and(|now| !setting.same(&setting.of(&now.fact), after)) =>
        {
            let text = format!("{name} {} (before it not known)", shown(after));
            Compared::Differs(text, by)
        }
        _ => Compared::Open,
    }
}

/// `UpdateService of 09:58:00 by Deployer`.
fn call_text(call: &Observed<Change>, near: Time) -> String {
    let at = match call.fact.time.date_naive() == near.date_naive() {
        true => words::clock(call.fact.time),
        false => words::at(call.fact.time),
    };
    let who = call.fact.principal.as_deref().map_or("somebody", name);
    format!("{} of {at} by {who}", call.fact.event_name)
}

/// Which configuration the rules judge, where that is not simply what the service has.
pub(super) fn judged(case: Case<'_>, calls: &Calls<'_>) -> Option<Told> {
    let attempt = case.attempt;
    let present = &case.evidence.service.as_ref()?.fact;
    if attempt.refusal.is_some() {
        return None;
    }
    if let Err(missing) = calls.looked(attempt).and_then(|()| calls.own(attempt)) {
        return Some(not_known(&missing));
    }
    if let Some((_, had)) = case
        .evidence
        .attempted
        .as_ref()
        .filter(|(record, _)| *record == attempt.record)
    {
        let shown = |setting: &Setting, value: Option<String>| {
            value.map_or_else(|| "none".to_owned(), |value| setting.shown(&value))
        };
        let settings: Vec<String> = ALL
            .iter()
            .filter(|setting| !setting.same(&setting.of(&had.fact), &setting.of(present)))
            .map(|setting| {
                let (had, now) = (setting.of(&had.fact), setting.of(present));
                format!(
                    "{} {}, now {}",
                    setting.name,
                    shown(setting, had),
                    shown(setting, now)
                )
            })
            .collect();
        return Some(Told {
            time: had.time,
            record: had.record,
            ..Told::new(format!(
                "what this deployment had is judged, and not what the service has now: {}",
                words::list(&settings)
            ))
        });
    }
    let open: Vec<String> = ALL
        .iter()
        .filter(|setting| !matches!(calls.had(setting, attempt), Had::Known(..)))
        .map(|setting| format!("the {}", setting.name))
        .collect();
    (!open.is_empty()).then(|| {
        Told::new(format!(
            "what the service has now is judged of {}, since what this deployment had of it is not \
             known",
            words::list(&open)
        ))
    })
}

fn not_known(missing: &Missing) -> Told {
    Told::new(format!(
        "which configuration a deployment had is not known, so what the service has now is judged: \
         {}",
        missing.sentence()
    ))
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, record::OperationType};
    use serde_json::json;

    use super::*;
    use crate::test_support::{ARN, Sample};

    fn updated(parameters: serde_json::Value) -> Sample {
        let mut sample = Sample::image().change(-120, "apprunner", "UpdateService", parameters);
        for body in &mut sample.bodies {
            if let Body::Operation(operation) = body
                && operation.id.starts_with("1111")
            {
                operation.operation_type = OperationType::UpdateService;
            }
        }
        sample
    }

    fn told(sample: &Sample) -> (Difference, Option<String>) {
        sample.ask(|case| {
            let calls = Calls::of(case.evidence);
            let judged = judged(case, &calls).map(|told| told.text);
            (difference(case, &calls, case.attempt), judged)
        })
    }

    #[test]
    fn what_changed_is_told_with_the_call_and_not_what_stayed() {
        let (difference, judged) = told(&updated(json!({
            "serviceArn": ARN,
            "sourceConfiguration": {"imageRepository": {
                "imageIdentifier": crate::test_support::IMAGE,
                "imageConfiguration": {"port": "3000"},
            }},
        })));
        let text = "port 8080 → 3000 by UpdateService of 09:58:00 by Deployer";
        assert_eq!(difference, Difference::Found(text.to_owned()));
        let judged = judged.expect("it is not what the service has");
        assert!(judged.ends_with("port 3000, now 8080"), "{judged}");
    }

    #[test]
    fn a_deployment_that_nobody_configured_is_like_the_last_one() {
        assert_eq!(told(&Sample::image()), (Difference::Nothing, None));
    }

    #[test]
    fn what_is_hidden_is_told_as_such() {
        let hidden = json!({"startCommand": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        let (difference, judged) = told(&updated(json!({
            "serviceArn": ARN,
            "sourceConfiguration": {"imageRepository": {"imageConfiguration": hidden}},
        })));
        let Difference::Found(text) = difference else {
            panic!("{difference:?}");
        };
        assert!(text.starts_with("start command given anew (hidden by CloudTrail) by Update"));
        assert!(judged.is_some_and(|it| it.contains("judged of the start command")));
    }

    #[test]
    fn without_the_calls_it_is_said_why_the_present_is_judged() {
        let denied = Sample::image().denied("changes", "cloudtrail:LookupEvents");
        let (difference, judged) = told(&denied);
        assert_eq!(difference, Difference::Unknown);
        let judged = judged.expect("nobody could look");
        assert!(
            judged.contains("is judged") && judged.contains("LookupEvents"),
            "{judged}"
        );
    }
}
