//! Changes before the failure, in windows that widen.

use chrono::TimeDelta;
use evidence_schema::{
    Interval, Time,
    record::{Change, Origin},
};

use super::{History, Told, touching};
use crate::{
    evidence::{Case, Missing, Observed},
    finding::Touches,
    image_identifier, words,
};

/// How long CloudTrail may take to deliver an event.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html>
const DELIVERY: TimeDelta = TimeDelta::minutes(15);

/// The windows before the failure, and how much a change in each is worth.
const WINDOWS: &[(TimeDelta, &str, &str)] = &[
    (TimeDelta::minutes(30), "30 minutes", "close in time"),
    (TimeDelta::hours(1), "1 hour", "near in time"),
    (TimeDelta::hours(24), "24 hours", "a weak coincidence"),
    (TimeDelta::days(30), "30 days", "a possibility only"),
];

/// How many changes of a window are listed.
const LISTED: usize = 8;

/// The changes before a failure.
pub struct Changes<'a> {
    /// The windows, the narrowest first.
    pub steps: Vec<Step<'a>>,
    /// When the first of the failures that are alike began.
    anchor: Time,
    /// Whether that is the one under diagnosis.
    is_first: bool,
    /// When the last deployment went well before it.
    since: Option<Time>,
}

/// One window.
pub struct Step<'a> {
    /// How long it is, in words.
    pub name: &'static str,
    /// What a change in it is worth.
    worth: &'static str,
    /// From when to when, without the narrower windows.
    pub window: Interval,
    /// Whether all of it was seen.
    pub looked: Result<(), Missing>,
    /// What touches what the service depends on, newest first. Changes of one second are in the
    /// order of the bundle, and each is named.
    pub candidates: Vec<&'a Observed<Change>>,
}

impl<'a> Changes<'a> {
    /// The changes before the attempt under diagnosis, or before the first of a row of failures that
    /// came equally far: what broke them all came before that one.
    pub fn of(case: Case<'a>) -> Self {
        let history = History::of(case);
        let first = history.first_alike(case.attempt);
        // A change after the failure never explains it; one between its begin and the failure may.
        let until = first.failed_at().unwrap_or(first.started);
        let since = history
            .success
            .map(|success| success.ended.unwrap_or(success.started));
        let watched = watched(case);
        let mut to = until;
        let steps = WINDOWS
            .iter()
            .map(|(span, name, worth)| {
                // Nothing before the last success, and nothing before what was collected.
                let from = words::before(first.started, *span)
                    .max(since.unwrap_or(Time::MIN_UTC))
                    .max(case.evidence.manifest.windows.extended.from)
                    .min(to);
                let window = Interval { from, to };
                let candidates = case
                    .evidence
                    .changes
                    .iter()
                    .rev()
                    .filter(|change| {
                        let fact = &change.fact;
                        let within = from < fact.time && fact.time <= to;
                        let accepted = fact.error_code.is_none() && fact.read_only != Some(true);
                        // What came before a deployment that went well did no harm.
                        let relevant = since.is_none_or(|since| fact.time > since);
                        // A call that only begins the deployment is no change before it.
                        let asks = matches!(
                            fact.event_name.as_str(),
                            "StartDeployment" | "CreateService"
                        );
                        within
                            && accepted
                            && relevant
                            && !asks
                            && watched
                                .iter()
                                .any(|what| touching::touches(case, fact, what))
                    })
                    .collect();
                to = from;
                Step {
                    name,
                    worth,
                    window,
                    looked: seen(case, &watched, window),
                    candidates,
                }
            })
            .collect();
        Self {
            steps,
            anchor: first.started,
            is_first: first.record == case.attempt.record,
            since,
        }
    }

    /// The narrowest window with a change in it, up to a day.
    pub fn nearest(&self) -> Option<&Step<'a>> {
        self.steps
            .iter()
            .take(3)
            .find(|step| !step.candidates.is_empty())
    }

    pub(super) fn told(&self, case: Case<'_>) -> Vec<Told> {
        let mut told = Vec::new();
        if !self.is_first {
            told.push(Told {
                time: Some(self.anchor),
                text: "looked for before the first of the failures that came equally far, which \
                       began at this time"
                    .to_owned(),
                record: 0,
                digest: None,
            });
        }
        for step in &self.steps {
            // Nothing is left of it after the last deployment that went well.
            if step.window.from >= step.window.to {
                continue;
            }
            told.push(Told::new(self.step_text(step)));
            for change in step.candidates.iter().take(LISTED) {
                told.push(Told {
                    time: change.time,
                    text: self.candidate_text(case, change),
                    record: change.record,
                    digest: None,
                });
            }
            let more = step.candidates.len().saturating_sub(LISTED);
            if more > 0 {
                told.push(Told::new(format!(
                    "{more} more in this window are not listed"
                )));
            }
            // A wider window is only asked when a narrower one has nothing.
            if !step.candidates.is_empty() {
                break;
            }
        }
        let collected = case.evidence.now();
        if collected < words::after(self.anchor, DELIVERY) {
            told.push(Told::new(
                "the bundle was collected within 15 minutes of it, and CloudTrail can be that late; \
                 collect again",
            ));
        }
        told
    }

    fn candidate_text(&self, case: Case<'_>, change: &Observed<Change>) -> String {
        let what: Vec<Touches> = watched(case)
            .into_iter()
            .filter(|what| touching::touches(case, &change.fact, what))
            .collect();
        let begin = (self.anchor, "the deployment began");
        let mut text = touching::tell(case, change, begin, |other| {
            what.iter()
                .any(|what| touching::touches(case, &other.fact, what))
        });
        let apart = (change.fact.time - self.anchor).abs();
        if change.fact.event_name == "UpdateService" && apart <= TimeDelta::minutes(2) {
            text.push_str("; the call that began the update that failed");
        }
        text
    }

    fn step_text(&self, step: &Step<'_>) -> String {
        let count = step.candidates.len();
        let name = step.name;
        let cut = self.since == Some(step.window.from);
        let span = if cut {
            format!("within {name} and after the last deployment that went well")
        } else {
            format!("within {name}")
        };
        match (&step.looked, count) {
            (Ok(()), 0) => format!(
                "{span} nothing changed that the service depends on; the window was covered"
            ),
            (Err(missing), 0) => format!(
                "{span} no change is known, but not all was seen: {}",
                missing.sentence()
            ),
            (Ok(()), count) => format!(
                "{span} {}, {}",
                words::count(count as u64, "change", "changes"),
                step.worth
            ),
            (Err(missing), count) => format!(
                "{span} {}, {}; not all was seen: {}",
                words::count(count as u64, "change", "changes"),
                step.worth,
                missing.sentence()
            ),
        }
    }
}

/// Whether changes of everything watched were looked up over a window.
fn seen(case: Case<'_>, watched: &[Touches], window: Interval) -> Result<(), Missing> {
    watched
        .iter()
        .try_for_each(|what| touching::looked(case, what, window))
}

/// Everything that the service depends on.
fn watched(case: Case<'_>) -> Vec<Touches> {
    let evidence = case.evidence;
    let surroundings = &evidence.surroundings;
    let mut watched = vec![Touches::Service];
    for role in &evidence.roles {
        watched.push(Touches::Role(role.fact.name.clone()));
        // A managed policy is changed under its own ARN.
        let policies: Vec<String> = role
            .fact
            .attached_policies
            .iter()
            .filter_map(|policy| policy.arn.clone())
            .chain(role.fact.permissions_boundary_arn.clone())
            // Nobody but AWS changes its own policies.
            .filter(|arn| !arn.contains(":iam::aws:"))
            .collect();
        if !policies.is_empty() {
            watched.push(Touches::Resource {
                source: "iam",
                names: policies,
            });
        }
    }
    if let Some(service) = &evidence.service {
        // A role that could not be read is changed all the same.
        let named = [
            &service.fact.source.access_role_arn,
            &service.fact.instance.role_arn,
        ];
        for arn in named.into_iter().flatten() {
            let role = Touches::Role(arn.rsplit('/').next().unwrap_or(arn).to_owned());
            if !watched.contains(&role) {
                watched.push(role);
            }
        }
        match &service.fact.source.origin {
            Origin::Image(image) if image.repository_type == "ECR" => {
                watched.push(Touches::Repository(
                    image_identifier::repository_of(&image.identifier).to_owned(),
                ));
            }
            Origin::Code(_) => {
                for connection in &evidence.connections {
                    watched.push(Touches::Connection(connection.fact.name.clone()));
                }
            }
            _ => {}
        }
    }
    let mut resource = |source, names: Vec<String>| {
        if !names.is_empty() {
            watched.push(Touches::Resource { source, names });
        }
    };
    for secret in &surroundings.secrets {
        resource(
            "secretsmanager",
            vec![secret.fact.arn.clone(), secret.fact.name.clone()],
        );
    }
    for parameter in &surroundings.parameters {
        let arn = parameter.fact.arn.clone();
        resource(
            "ssm",
            arn.into_iter()
                .chain([parameter.fact.name.clone()])
                .collect(),
        );
    }
    for key in &surroundings.keys {
        let id = key.fact.arn.rsplit('/').next().unwrap_or_default();
        resource("kms", vec![key.fact.arn.clone(), id.to_owned()]);
    }
    for connector in &surroundings.vpc_connectors {
        resource(
            "apprunner",
            vec![connector.fact.arn.clone(), connector.fact.name.clone()],
        );
        resource("ec2", connector.fact.security_groups.clone());
        resource("ec2", connector.fact.subnets.clone());
    }
    for table in &surroundings.route_tables {
        resource("ec2", vec![table.fact.id.clone()]);
    }
    for gateway in &surroundings.nat_gateways {
        resource("ec2", vec![gateway.fact.id.clone()]);
    }
    watched.dedup();
    watched
}
