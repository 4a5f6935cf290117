//! The configuration that a deployment had: what calls had set before it, and what the service has
//! now where no call set it since.
//!
//! App Runner tells only what a service has now, and after a rollback that may be the restored one.

mod settings;

use evidence_schema::{
    Interval,
    record::{Change, OperationType, Service},
};

pub use self::settings::{ALL, Given, Setting};
use super::{Evidence, Missing, Observed};
use crate::{
    attempt::{Attempt, Outcome},
    words,
};

/// A call and the operation that it begins are this far apart at most.
const APART: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// What a deployment had of a setting.
#[derive(Clone, Debug)]
pub enum Had<'a> {
    /// This value, or none; and the call that set it, unless the bundle begins after that.
    Known(Option<String>, Option<&'a Observed<Change>>),
    /// What this call gave, which CloudTrail hides.
    Hidden(&'a Observed<Change>),
    /// It is not known.
    Unknown,
}

/// The calls that made and changed the service, oldest first.
pub struct Calls<'a> {
    evidence: &'a Evidence,
    calls: Vec<Call<'a>>,
}

struct Call<'a> {
    change: &'a Observed<Change>,
    /// The operation that it began.
    began: Option<&'a Attempt>,
}

impl<'a> Calls<'a> {
    /// The calls in the bundle.
    pub fn of(evidence: &'a Evidence) -> Self {
        let calls = evidence
            .changes
            .iter()
            .filter(|change| sets(evidence, &change.fact))
            .map(|change| Call {
                change,
                began: evidence
                    .attempts
                    .iter()
                    .find(|attempt| began(&change.fact, attempt)),
            })
            .collect();
        Self { evidence, calls }
    }

    /// The call that began `attempt`.
    ///
    /// # Errors
    ///
    /// When a call must have begun it and the bundle does not have that.
    pub fn own(&self, attempt: &Attempt) -> Result<Option<&'a Observed<Change>>, Missing> {
        let by_call = matches!(
            attempt.kind,
            OperationType::CreateService | OperationType::UpdateService
        );
        if !by_call || attempt.refusal.is_some() {
            return Ok(None);
        }
        match self.index(attempt) {
            Some(index) => Ok(Some(self.calls[index].change)),
            None => {
                self.looked(attempt)?;
                Err(Missing::undecided(
                    "changes",
                    format!(
                        "the call that began the {} is not in the bundle",
                        attempt.noun()
                    ),
                ))
            }
        }
    }

    /// Whether every call since before `attempt` was looked up.
    ///
    /// # Errors
    ///
    /// When it was not.
    pub fn looked(&self, attempt: &Attempt) -> Result<(), Missing> {
        let windows = &self.evidence.manifest.windows;
        let window = Interval {
            from: words::before(attempt.started, APART),
            to: windows.extended.to.max(attempt.started),
        };
        let looked =
            self.evidence
                .ledger
                .looked("changes", Some("apprunner.amazonaws.com"), Some(window));
        looked.map(|_| ())
    }

    /// What `attempt` had of a setting.
    pub fn had(&self, setting: &Setting, attempt: &Attempt) -> Had<'a> {
        if self.looked(attempt).is_err() {
            return Had::Unknown;
        }
        let own = self.index(attempt);
        let before = match own {
            Some(own) => own + 1,
            None => self
                .calls
                .partition_point(|call| call.change.fact.time <= attempt.started),
        };
        if self.own(attempt).is_err() {
            // What stayed was there until the next call, whatever the missing one gave.
            return match stays(attempt) {
                true => self.since(setting, before),
                false => Had::Unknown,
            };
        }
        for index in (0..before).rev() {
            let call = &self.calls[index];
            let given = setting.in_call(&call.change.fact);
            if given == Given::Nothing {
                continue;
            }
            // What became of it after another attempt was rolled back, the present tells at best.
            let taken_back = own != Some(index) && !call.began.is_none_or(stays);
            if taken_back {
                return self.since(setting, before);
            }
            return match given {
                Given::Value(value) => Had::Known(Some(value), Some(call.change)),
                Given::Hidden => self.hidden(setting, index),
                Given::Unclear | Given::Nothing => Had::Unknown,
            };
        }
        self.since(setting, before)
    }

    /// What a call gave that CloudTrail hides: what the service has now, unless it was rolled back or
    /// another call gave it since.
    fn hidden(&self, setting: &Setting, index: usize) -> Had<'a> {
        let call = &self.calls[index];
        let stays = call.began.is_none_or(stays);
        let later = self.calls[index + 1..]
            .iter()
            .any(|it| setting.in_call(&it.change.fact) != Given::Nothing);
        match &self.evidence.service {
            Some(service) if stays && !later => {
                Had::Known(setting.of(&service.fact), Some(call.change))
            }
            _ => Had::Hidden(call.change),
        }
    }

    /// What the service had of a setting before the call at `next`, from what it has now.
    fn since(&self, setting: &Setting, next: usize) -> Had<'a> {
        let Some(service) = &self.evidence.service else {
            return Had::Unknown;
        };
        let now = setting.of(&service.fact);
        let mut later = self.calls[next..].iter().filter_map(|call| {
            let given = setting.in_call(&call.change.fact);
            (given != Given::Nothing).then_some((call, given))
        });
        match (later.next(), later.next()) {
            (None, _) => Had::Known(now, None),
            (Some((call, _)), None) if self.restored(call, &service.fact) => Had::Known(now, None),
            _ => Had::Unknown,
        }
    }

    /// Whether what a call gave was taken back: it was rolled back, and the service has something
    /// else now.
    fn restored(&self, call: &Call<'_>, now: &Service) -> bool {
        let rolled_back = |began: &Attempt| began.outcome == Outcome::RolledBack;
        call.began.is_some_and(rolled_back)
            && ALL
                .iter()
                .any(|setting| match setting.in_call(&call.change.fact) {
                    Given::Value(value) => {
                        let later = self.calls.iter().any(|it| {
                            it.change.fact.time > call.change.fact.time
                                && setting.in_call(&it.change.fact) != Given::Nothing
                        });
                        !later && !setting.same(&setting.of(now), &Some(value))
                    }
                    _ => false,
                })
    }

    /// The place of the call that began `attempt`.
    fn index(&self, attempt: &Attempt) -> Option<usize> {
        self.calls.iter().position(|call| {
            call.began
                .is_some_and(|began| began.record == attempt.record)
        })
    }
}

/// The service as `attempt` had it, where that is known to differ from what it has now; the record is
/// the call that set what differs.
pub(super) fn differing(evidence: &Evidence, attempt: &Attempt) -> Option<Observed<Service>> {
    let calls = Calls::of(evidence);
    let present = &evidence.service.as_ref()?.fact;
    let mut had = present.clone();
    let mut by: Option<&Observed<Change>> = None;
    for setting in ALL {
        if let Had::Known(Some(value), Some(call)) = calls.had(setting, attempt)
            && !setting.same(&setting.of(present), &Some(value.clone()))
        {
            setting.put(&mut had, &value);
            by = Some(call);
        }
    }
    let by = by?;
    (had != *present).then_some(Observed {
        fact: had,
        record: by.record,
        time: by.time,
    })
}

/// Why it is not known what an update had that was rolled back, so that the service has something
/// else now; `None` where it is known.
pub(super) fn unsure(evidence: &Evidence, attempt: &Attempt) -> Option<Missing> {
    if attempt.kind != OperationType::UpdateService
        || attempt.refusal.is_some()
        || !attempt.failed()
    {
        return None;
    }
    let calls = Calls::of(evidence);
    calls
        .looked(attempt)
        .and_then(|()| calls.own(attempt))
        .err()
}

/// Whether a service keeps what a deployment gave it: one that was never made has nothing to go back
/// to.
fn stays(attempt: &Attempt) -> bool {
    attempt.succeeded() || attempt.outcome == Outcome::Failed
}

/// Whether a call was taken that made or changed the service.
fn sets(evidence: &Evidence, change: &Change) -> bool {
    let target = &evidence.manifest.target;
    let text = |value: Option<&serde_json::Value>| {
        value.and_then(|value| value.as_str()).map(str::to_owned)
    };
    let parameters = change.request_parameters.as_ref();
    let parameter = |name: &str| text(parameters.and_then(|it| it.get(name)));
    let answered = change
        .response_elements
        .as_ref()
        .and_then(|it| it.get("service"))
        .and_then(|it| text(it.get("serviceArn")));
    let is_named = match change.event_name.as_str() {
        "UpdateService" => {
            answered.as_deref().or(parameter("serviceArn").as_deref()) == Some(&target.service_arn)
        }
        // A service that had the name before was made by such a call too.
        "CreateService" => match answered {
            Some(arn) => arn == target.service_arn,
            None => parameter("serviceName").as_deref() == Some(&target.service_name),
        },
        _ => false,
    };
    is_named && change.event_source.starts_with("apprunner.") && change.error_code.is_none()
}

/// Whether a call began `attempt`.
fn began(change: &Change, attempt: &Attempt) -> bool {
    let name = match attempt.kind {
        OperationType::CreateService => "CreateService",
        OperationType::UpdateService => "UpdateService",
        _ => return false,
    };
    if change.event_name != name || attempt.refusal.is_some() {
        return false;
    }
    let answered = change
        .response_elements
        .as_ref()
        .and_then(|it| it.get("operationId"))
        .and_then(|it| it.as_str())
        .map(words::plain_id);
    match (answered, &attempt.id) {
        (Some(one), Some(other)) if one == *other => true,
        // The id in a log is not documented to be that of the operation.
        (Some(_), Some(_)) if attempt.basis == crate::attempt::Basis::Operation => false,
        _ => (change.time - attempt.started).abs() <= APART,
    }
}

#[cfg(test)]
mod tests;
