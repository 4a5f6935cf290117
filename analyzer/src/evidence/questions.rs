//! The questions that rules ask. Each tells *nothing there* from *could not look*.

use chrono::TimeDelta;
use evidence_schema::{
    Interval, Status,
    record::{
        Change, CodeSource, Configuration, Connection, Image, ImageSource, Origin, Role, RoleUse,
        Service,
    },
};

use super::{Evidence, LogText, Missing, Observed, Why, ledger::Looked};
use crate::{
    attempt::{Attempt, PlatformLine, RefusedCall},
    message::{Message, Probe, PullFailure},
    signature::{Family, Hit},
    words,
};

/// Lines of an application can be this late in CloudWatch.
const LAG: TimeDelta = TimeDelta::minutes(5);

/// An attempt and all evidence: what a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// All evidence.
    pub evidence: &'a Evidence,
    /// The deployment under diagnosis.
    pub attempt: &'a Attempt,
}

/// Whether the application of an attempt wrote anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech<'a> {
    /// Its first line.
    Spoke(&'a LogText),
    /// The log was read and no new instance wrote a line.
    Silent,
    /// The log group does not exist: nothing ever wrote a line.
    NoGroup,
}

impl<'a> Case<'a> {
    /// The time of the attempt.
    pub fn window(&self) -> Interval {
        self.evidence.window(self.attempt)
    }

    /// The service as the deployment had it, as far as calls tell; where they tell nothing else, as
    /// it is now. The record is that of the service; whoever cites what a call may have set asks for
    /// that part alone.
    pub fn service(&self) -> Result<Observed<&'a Service>, Missing> {
        let now = self.service_now()?;
        Ok(match self.attempted() {
            Some(had) => Observed {
                fact: &had.fact,
                ..now
            },
            None => now,
        })
    }

    /// The service as it is now.
    pub fn service_now(&self) -> Result<Observed<&'a Service>, Missing> {
        match &self.evidence.service {
            Some(service) => Ok(service.as_ref()),
            None => {
                self.evidence.ledger.looked("service", None, None)?;
                Err(Missing::undecided("service", "the bundle has no service"))
            }
        }
    }

    /// The image that the service refers to; `None` for a source code service.
    pub fn image_source(&self) -> Result<Option<Observed<&'a ImageSource>>, Missing> {
        self.part(|service| match &service.source.origin {
            Origin::Image(image) => Some(image),
            _ => None,
        })
    }

    /// The source code that the service refers to; `None` for an image service.
    pub fn code_source(&self) -> Result<Option<Observed<&'a CodeSource>>, Missing> {
        self.part(|service| match &service.source.origin {
            Origin::Code(code) => Some(code),
            _ => None,
        })
    }

    /// The configuration by which the service runs, as far as the API has it.
    pub fn configuration(&self) -> Result<Option<Observed<&'a Configuration>>, Missing> {
        self.part(|service| match &service.source.origin {
            Origin::Image(image) => Some(&image.configuration),
            Origin::Code(code) => code.configuration.as_ref(),
            Origin::Unknown => None,
        })
    }

    /// The first platform line for which `wanted` gives something.
    pub fn platform<T>(
        &self,
        wanted: impl FnMut(&'a Message) -> Option<T>,
    ) -> Result<Option<(&'a PlatformLine, T)>, Missing> {
        match self.attempt.find(wanted) {
            Some(found) => Ok(Some(found)),
            None => {
                self.service_log()?;
                Ok(None)
            }
        }
    }

    /// Whether the platform's log was read for the whole attempt.
    pub fn service_log(&self) -> Result<(), Missing> {
        let window = self.window();
        self.kept("service-log", "/service", window)?;
        match self
            .evidence
            .ledger
            .looked("service-log", None, Some(window))?
        {
            Looked::Read => Ok(()),
            // The platform writes for every attempt, so its lines were deleted.
            Looked::Absent => Err(Missing {
                source: "service-log".to_owned(),
                subject: None,
                why: Why::Expired,
                permission: None,
                detail: Some("the log group does not exist".to_owned()),
            }),
        }
    }

    /// The successful pull of the image or of the source code.
    pub fn pulled(&self) -> Result<Option<&'a PlatformLine>, Missing> {
        let found = self.platform(|message| {
            matches!(message, Message::PullSucceeded | Message::SourcePulled).then_some(())
        })?;
        Ok(found.map(|(line, ())| line))
    }

    /// A failed pull that blames the access role, when no pull went well and no health check had
    /// failed before it.
    ///
    /// After a failed health check App Runner may log "Invalid Access Role" while it rolls back.
    /// The image was pulled minutes earlier, so the role works. Seen since 2025 on services that
    /// pull from ECR. Only a pull error with no successful pull before it blames the role.
    pub fn access_role_blamed(
        &self,
    ) -> Result<Option<(&'a PlatformLine, &'a PullFailure)>, Missing> {
        let found = self.platform(|message| match message {
            Message::PullFailed(
                failure @ (PullFailure::AccessRole | PullFailure::AccessRoleOrImage),
            ) => Some(failure),
            _ => None,
        })?;
        Ok(found.filter(|(line, _)| self.role_line_excuse(line).is_none()))
    }

    /// The earlier line that shows that a line blaming the access role is noise.
    pub fn role_line_excuse(&self, blaming: &PlatformLine) -> Option<&'a PlatformLine> {
        self.attempt.lines.iter().find(|line| {
            (line.time, line.record) < (blaming.time, blaming.record)
                && matches!(
                    line.message,
                    Message::PullSucceeded
                        | Message::HealthCheckStarted(_)
                        | Message::HealthCheckFailed(_)
                        | Message::Provisioning
                )
        })
    }

    /// The health check that failed, with what it asked.
    pub fn failed_health_check(&self) -> Result<Option<Observed<Probe>>, Missing> {
        let failed = self.platform(|message| match message {
            Message::HealthCheckFailed(probe) => Some(probe.clone()),
            Message::DeploymentFailed {
                reason: Some(reason),
                ..
            } if reason.to_ascii_lowercase().contains("health check failed") => {
                Some(Probe::default())
            }
            _ => None,
        })?;
        let Some((line, mut probe)) = failed else {
            return Ok(None);
        };
        // What the failure line left out stands on the line that announced the check.
        if let Some((_, asked)) = self.attempt.find(|message| match message {
            Message::HealthCheckStarted(asked) => Some(asked),
            _ => None,
        }) {
            probe.protocol = probe.protocol.or_else(|| asked.protocol.clone());
            probe.path = probe.path.or_else(|| asked.path.clone());
            probe.port = probe.port.or(asked.port);
        }
        Ok(Some(Observed {
            fact: probe,
            record: line.record,
            time: Some(line.time),
        }))
    }

    /// The line that says that the application ended.
    pub fn stopped(&self) -> Result<Option<(&'a PlatformLine, Option<i32>)>, Missing> {
        self.platform(|message| match message {
            Message::ApplicationStopped { exit_code } => Some(*exit_code),
            _ => None,
        })
    }

    /// Whether the new instances of the attempt wrote anything.
    pub fn speech(&self) -> Result<Speech<'a>, Missing> {
        if let Some(first) = self.attempt.application.lines.first() {
            return Ok(Speech::Spoke(first));
        }
        let window = self.window();
        self.kept("application-log", "/application", window)?;
        let looked = self
            .evidence
            .ledger
            .looked("application-log", None, Some(window))?;
        if self.evidence.now() < words::after(window.to, LAG) {
            return Err(Missing {
                source: "application-log".to_owned(),
                subject: None,
                why: Why::TooSoon,
                permission: None,
                detail: None,
            });
        }
        Ok(match looked {
            Looked::Read => Speech::Silent,
            Looked::Absent => Speech::NoGroup,
        })
    }

    /// How full the memory of an instance was at most while the attempt ran, in percent; `None`:
    /// CloudWatch has no value.
    pub fn memory_peak(&self) -> Result<Option<Observed<f64>>, Missing> {
        let window = self.window();
        let mut peak: Option<Observed<f64>> = None;
        for metric in &self.evidence.metrics {
            if metric.fact.name != "MemoryUtilization" || metric.fact.statistic != "Maximum" {
                continue;
            }
            for point in &metric.fact.points {
                // A point stands for the period that it begins.
                let period = TimeDelta::seconds(i64::from(metric.fact.period_seconds.max(0)));
                let inside =
                    point.time <= window.to && words::after(point.time, period) >= window.from;
                if inside && peak.as_ref().is_none_or(|peak| point.value > peak.fact) {
                    peak = Some(Observed {
                        fact: point.value,
                        record: metric.record,
                        time: Some(point.time),
                    });
                }
            }
        }
        if peak.is_none() {
            self.evidence
                .ledger
                .looked("metrics", Some("60 s"), Some(window))?;
        }
        Ok(peak)
    }

    /// What new instances wrote that has a signature of `family`. Empty: they wrote none.
    pub fn application(&self, family: Family) -> Result<Vec<&'a Hit>, Missing> {
        let hits: Vec<&Hit> = self
            .attempt
            .application
            .hits
            .iter()
            .filter(|hit| hit.signature.family == family)
            .collect();
        if hits.is_empty() {
            self.application_log()?;
        }
        Ok(hits)
    }

    /// Whether the application's log was read for the whole attempt.
    fn application_log(&self) -> Result<(), Missing> {
        match self.speech()? {
            // One line was seen; whether all were is the ledger's to say.
            Speech::Spoke(_) => self
                .evidence
                .ledger
                .looked("application-log", None, Some(self.window()))
                .map(|_| ()),
            Speech::Silent | Speech::NoGroup => Ok(()),
        }
    }

    /// The role that the service uses as `used_as`; `None`: it does not exist.
    pub fn role(&self, used_as: RoleUse) -> Result<Option<Observed<&'a Role>>, Missing> {
        let (what, of): (_, fn(&Service) -> Option<String>) = match used_as {
            RoleUse::Access => ("access role", |it| it.source.access_role_arn.clone()),
            RoleUse::Instance => ("instance role", |it| it.instance.role_arn.clone()),
            // The service does not use it.
            RoleUse::Deployer => return Ok(None),
        };
        self.as_now(what, "roles", of)?;
        let found = self
            .evidence
            .roles
            .iter()
            .find(|role| role.fact.used_as.contains(&used_as));
        if let Some(role) = found {
            return Ok(Some(role.as_ref()));
        }
        let service = self.service()?.fact;
        let arn = match used_as {
            RoleUse::Access => service.source.access_role_arn.as_deref(),
            RoleUse::Instance => service.instance.role_arn.as_deref(),
            RoleUse::Deployer => None,
        };
        match self.evidence.ledger.looked("roles", arn, None)? {
            Looked::Absent => Ok(None),
            Looked::Read => Err(Missing::undecided("roles", "the role is not in the bundle")),
        }
    }

    /// The image as ECR has it; `None`: ECR has no such image.
    pub fn image(&self) -> Result<Option<Observed<&'a Image>>, Missing> {
        self.as_now("image", "image", |it| match &it.source.origin {
            Origin::Image(image) => Some(image.identifier.clone()),
            _ => None,
        })?;
        if let Some(image) = self.evidence.images.first() {
            return Ok(Some(image.as_ref()));
        }
        let identifier = self
            .image_source()?
            .map(|image| image.fact.identifier.as_str());
        // A missing image has an entry of its own; other entries of the source may be complete.
        let absent = self.evidence.ledger.entries.iter().any(|entry| {
            entry.source == "image"
                && entry.status == Status::Absent
                && entry.subject.as_deref() == identifier
        });
        if absent && identifier.is_some() {
            return Ok(None);
        }
        match self.evidence.ledger.looked("image", identifier, None)? {
            Looked::Absent => Ok(None),
            Looked::Read => Err(Missing::undecided(
                "image",
                "the image is not in the bundle",
            )),
        }
    }

    /// The connection that the service uses; `None`: it does not exist.
    pub fn connection(&self) -> Result<Option<Observed<&'a Connection>>, Missing> {
        let arn = self.service()?.fact.source.connection_arn.as_deref();
        let found = self
            .evidence
            .connections
            .iter()
            .find(|connection| arn.is_none_or(|arn| connection.fact.arn == arn));
        if let Some(connection) = found {
            return Ok(Some(connection.as_ref()));
        }
        self.evidence.ledger.looked("connections", None, None)?;
        Ok(None)
    }

    /// API calls that were accepted, changed something, and precede the failure, newest first.
    pub fn changes_before_failure(&self) -> impl Iterator<Item = &'a Observed<Change>> {
        let until = self.attempt.failed_at().unwrap_or(self.window().to);
        self.evidence.changes.iter().rev().filter(move |change| {
            change.fact.time <= until
                && change.fact.error_code.is_none()
                && change.fact.read_only != Some(true)
        })
    }

    /// Calls about the service that were refused: the one under diagnosis, or those since the last
    /// deployment that went well, newest first.
    pub fn refusals(&self) -> impl Iterator<Item = (&'a Attempt, &'a RefusedCall)> + use<'a> {
        let attempt = self.attempt;
        let since = self
            .evidence
            .success_before(attempt)
            .map(|success| success.started);
        self.evidence
            .attempts
            .iter()
            .rev()
            .filter(move |other| {
                if attempt.refusal.is_some() {
                    other.record == attempt.record
                } else {
                    since.is_none_or(|since| other.started > since)
                }
            })
            .filter_map(|other| Some((other, other.refusal.as_ref()?)))
    }

    /// Whether lines of `interval` can still be in the log group.
    fn kept(&self, source: &str, suffix: &str, interval: Interval) -> Result<(), Missing> {
        let group = self
            .evidence
            .log_groups
            .iter()
            .find(|group| group.fact.name.ends_with(suffix));
        let Some((group, days)) = group.and_then(|group| Some((group, group.fact.retention_days?)))
        else {
            return Ok(());
        };
        if interval.from >= words::before(self.evidence.now(), TimeDelta::days(i64::from(days))) {
            return Ok(());
        }
        Err(Missing {
            source: source.to_owned(),
            subject: Some(group.fact.name.clone()),
            why: Why::Expired,
            permission: None,
            detail: Some(format!("the log group keeps lines for {days} days")),
        })
    }
}

#[cfg(test)]
mod tests {
    use evidence_schema::{Body, record::LogGroup};

    use super::*;
    use crate::test_support::{HEALTH_FAILED, PULLED, SERVICE_ID, Sample};

    fn case<T>(evidence: &Evidence, ask: impl FnOnce(Case<'_>) -> T) -> T {
        let (attempt, _) = evidence.subject().unwrap();
        ask(Case { evidence, attempt })
    }

    #[test]
    fn lines_that_the_group_no_longer_keeps_are_unknown() {
        let mut sample = Sample::image();
        sample.bodies.push(Body::LogGroup(LogGroup {
            name: format!("/aws/apprunner/web/{SERVICE_ID}/service"),
            created_at: None,
            retention_days: Some(1),
            stored_bytes: None,
        }));
        assert!(case(&sample.evidence(), |case| case.pulled().is_ok()));
        let mut expired = sample.evidence();
        expired.attempts.last_mut().unwrap().started -= TimeDelta::days(2);
        let missing = case(&expired, |case| case.pulled().unwrap_err());
        assert_eq!(missing.why, Why::Expired);
    }

    #[test]
    fn silence_counts_only_once_late_lines_have_come() {
        let mut evidence = Sample::image().events(PULLED).evidence();
        assert!(case(&evidence, |case| case.speech() == Ok(Speech::Silent)));
        evidence.manifest.collected_at =
            evidence.attempts[1].ended.unwrap() + TimeDelta::minutes(1);
        let missing = case(&evidence, |case| case.speech().unwrap_err());
        assert_eq!(missing.why, Why::TooSoon);
    }

    #[test]
    fn what_the_failure_line_left_out_is_taken_from_the_announcement() {
        let evidence = Sample::image()
            .events(&HEALTH_FAILED[..4])
            .events(&[(
                440,
                "[AppRunner] Deployment failed. Failure reason: Health check failed.",
            )])
            .evidence();
        let probe = case(&evidence, |case| {
            case.failed_health_check().unwrap().unwrap().fact
        });
        assert_eq!(
            (probe.path.as_deref(), probe.port),
            (Some("/health"), Some(8080))
        );
    }
}
