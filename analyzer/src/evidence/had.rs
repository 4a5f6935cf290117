//! Questions about what the deployment had, where the service may have something else now.

use evidence_schema::record::{HealthCheck, Instance, Service};

use super::{
    Case, Missing, Observed,
    configuration::{ALL, Calls, Had},
};

impl<'a> Case<'a> {
    /// The service as the deployment had it, where that is known to differ from what it has now.
    pub(super) fn attempted(&self) -> Option<&'a Observed<Service>> {
        let (record, service) = self.evidence.attempted.as_ref()?;
        (*record == self.attempt.record).then_some(service)
    }

    /// A part of the service as the deployment had it. The record is that of the service where the
    /// part is as it is now.
    pub(super) fn part<T: PartialEq>(
        &self,
        of: impl Fn(&'a Service) -> Option<&'a T>,
    ) -> Result<Option<Observed<&'a T>>, Missing> {
        let now = self.service_now();
        let service = match self.attempted() {
            Some(had) if now.as_ref().is_ok_and(|now| of(now.fact) == of(&had.fact)) => now?,
            Some(had) => had.as_ref(),
            None => now?,
        };
        Ok(of(service.fact).map(|fact| Observed {
            fact,
            record: service.record,
            time: service.time,
        }))
    }

    /// The size of the instances as the deployment had it, and the role that they run under.
    pub fn instance(&self) -> Result<Observed<&'a Instance>, Missing> {
        let found = self.part(|service| Some(&service.instance))?;
        found.ok_or_else(|| Missing::undecided("service", "the service has no instances"))
    }

    /// The health check as the deployment had it; `None` where AWS gave none.
    pub fn health_check(&self) -> Result<Option<Observed<&'a HealthCheck>>, Missing> {
        self.part(|service| service.health_check.as_ref())
    }

    /// Whether a record shows only what the service has now, while the deployment may have had
    /// something else.
    ///
    /// # Errors
    ///
    /// When it does, with what is missing.
    pub fn as_had(&self, record: u64) -> Result<(), Missing> {
        let evidence = self.evidence;
        let of_now = || {
            let service = evidence.service.iter().map(|it| it.record);
            let roles = evidence.roles.iter().map(|it| it.record);
            let images = evidence.images.iter().map(|it| it.record);
            service.chain(roles).chain(images)
        };
        match &evidence.unsure {
            Some((deployment, missing))
                if *deployment == self.attempt.record && of_now().any(|it| it == record) =>
            {
                Err(missing.clone())
            }
            _ => Ok(()),
        }
    }

    /// Whether it is known what the deployment had of a setting.
    ///
    /// # Errors
    ///
    /// When a call gave it that was rolled back, and CloudTrail hides what it gave.
    pub fn shown(&self, setting: &str) -> Result<(), Missing> {
        let calls = Calls::of(self.evidence);
        let found = ALL.iter().find(|it| it.name == setting);
        match found.map(|it| calls.had(it, self.attempt)) {
            Some(Had::Hidden(_)) => Err(Missing::undecided(
                "changes",
                format!("CloudTrail hides the {setting} that the deployment had"),
            )),
            _ => Ok(()),
        }
    }

    /// Whether the deployment had what the service has now. What that refers to is what was collected.
    ///
    /// # Errors
    ///
    /// When it is known to have had something else.
    pub fn as_now<T: PartialEq>(
        &self,
        what: &str,
        source: &str,
        of: impl Fn(&Service) -> T,
    ) -> Result<(), Missing> {
        match (self.attempted(), &self.evidence.service) {
            (Some(had), Some(now)) if of(&had.fact) != of(&now.fact) => Err(Missing::undecided(
                source,
                format!("the deployment had another {what} than the service has now"),
            )),
            _ => Ok(()),
        }
    }
}
