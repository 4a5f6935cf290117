//! An update gave the service another health check than the one with which it worked.

use std::fmt;

use serde_json::{Value, json};

use super::{About, Explains, Rule, fix};
use crate::{
    attempt::{Attempt, Outcome, PlatformLine},
    correlation::Trigger,
    evidence::{Case, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::{Message, Probe},
};

use evidence_schema::record::{Change, OperationType};

pub(super) const RULE: Rule = Rule {
    id: "health-check-replaced",
    summary: "An update replaced the health check with which the service worked",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("health_check_replaced.md"),
    explains: Explains::Only(&[
        "health-check-failed",
        "health-check-path",
        "silent-rollback",
    ]),
    check,
};

/// What a health check asks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// Whether the port is open.
    Tcp,
    /// This path.
    Http(String),
}

impl Asked {
    /// The path stands for `/` where it is not told.
    fn of(protocol: Option<&str>, path: Option<&str>) -> Option<Self> {
        match protocol?.to_ascii_uppercase().as_str() {
            "TCP" => Some(Self::Tcp),
            "HTTP" => Some(Self::Http(path.unwrap_or("/").to_owned())),
            _ => None,
        }
    }

    /// Lines before 2025 say a path only where it is asked by HTTP, and otherwise nothing.
    fn of_probe(probe: &Probe) -> Option<Self> {
        match (&probe.protocol, &probe.path) {
            (None, Some(path)) => Some(Self::Http(path.clone())),
            (protocol, path) => Self::of(protocol.as_deref(), path.as_deref()),
        }
    }

    /// What a call asks for, of which this names the protocol.
    fn of_call(change: &Change) -> Option<Self> {
        let named = configuration(change)?;
        let text = |key: &str| named.get(key).and_then(Value::as_str);
        Self::of(text("protocol"), text("path"))
    }

    /// As the API takes it.
    fn json(&self) -> Value {
        match self {
            Self::Tcp => json!({ "Protocol": "TCP" }),
            Self::Http(path) => json!({ "Protocol": "HTTP", "Path": path }),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp => f.write_str("TCP"),
            Self::Http(path) => write!(f, "HTTP on {path}"),
        }
    }
}

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    let attempt = case.attempt;
    if !attempt.failed() {
        return Ok(Answer::NotApplicable(
            "the deployment has not failed".to_owned(),
        ));
    }
    if attempt.kind != OperationType::UpdateService {
        return Ok(Answer::NotApplicable(
            "only an update can replace a health check".to_owned(),
        ));
    }
    if let Some((line, ())) =
        case.platform(|message| matches!(message, Message::HealthCheckPassed).then_some(()))?
    {
        return Ok(Answer::cleared_by(line, "the health check passed"));
    }
    let Some((begun, ())) = attempt.find(|message| {
        matches!(
            message,
            Message::HealthCheckStarted(_) | Message::HealthCheckFailed(_)
        )
        .then_some(())
    }) else {
        return Ok(Answer::cleared("the deployment came to no health check"));
    };
    if let Some((line, _)) = case.stopped()? {
        return Ok(Answer::cleared_by(
            line,
            "the application ended, so no health check could pass",
        ));
    }

    let call = match Trigger::of(case.evidence, attempt) {
        Trigger::Call(change) if change.fact.event_name == "UpdateService" => Some(change),
        _ => None,
    };
    let (now, shown) = match (probed(attempt), call) {
        (Some((line, asked)), _) => {
            let shows = format!("this deployment was checked by {asked}");
            (asked, Citation::line(Ground::Agreement, line, shows))
        }
        (None, Some(call)) => match (Asked::of_call(&call.fact), configuration(&call.fact)) {
            (Some(asked), _) => {
                let shows = format!("the update asked for a health check by {asked}");
                (asked, Citation::fact(Ground::Agreement, call, shows))
            }
            (None, None) => {
                return Ok(Answer::cleared_by_fact(
                    call,
                    "the update named no health check, and what it does not name is kept",
                ));
            }
            (None, Some(_)) => {
                return Err(Missing::undecided(
                    "changes",
                    "the update names a health check without its protocol",
                ));
            }
        },
        (None, None) => {
            let (source, window) = ("changes", Some(case.window()));
            let ledger = &case.evidence.ledger;
            ledger.looked(source, Some("apprunner.amazonaws.com"), window)?;
            return Err(Missing::undecided(
                source,
                "neither the log nor a call tells by what this deployment was checked",
            ));
        }
    };
    let Some((before, worked)) = before(case)? else {
        return Err(Missing::undecided(
            "service-log",
            "by what the last deployment that went well was checked is not told",
        ));
    };
    if before == now {
        return Ok(Answer::Cleared(crate::finding::Cleared {
            reason: format!("it was checked by {now}, as when it went well"),
            by: Some((worked.record, worked.time)),
        }));
    }
    Ok(finding(case, &before, &now, [shown, worked], begun, call).into())
}

fn finding(
    case: Case<'_>,
    before: &Asked,
    now: &Asked,
    shown: [Citation; 2],
    begun: &PlatformLine,
    call: Option<&Observed<Change>>,
) -> Finding {
    let manifest = &case.evidence.manifest;
    let [shown, worked] = shown;
    let asked = call.filter(|call| call.record != shown.record);
    let who = match Trigger::of(case.evidence, case.attempt) {
        trigger @ Trigger::Call(_) => format!("; it was {}", trigger.text()),
        _ => String::new(),
    };
    Finding::new(
        Role::Cause,
        format!("The update replaced the health check by {before} with one by {now}{who}"),
        shown,
    )
    .citing(worked)
    .citing_if(asked.map(|call| {
        let shows = match Asked::of_call(&call.fact) {
            Some(asked) => format!("the update asked for a health check by {asked}"),
            None => "the call that began the update".to_owned(),
        };
        Citation::fact(Ground::Context, call, shows)
    }))
    .citing(Citation::line(
        Ground::Context,
        begun,
        "the check that was begun, and did not pass",
    ))
    .touching(Touches::Service)
    .confirmed_by("the same update with the health check that it had before")
    .fixed_by([
        Step::Text(format!(
            "Make the change again and keep the health check by {before}. The console sends every \
             setting of its form, also those that it cannot show. With the CLI or a template an \
             update keeps what it does not name: leave the health check out, or name it as it was:"
        )),
        fix::health_check(manifest, &before.json().to_string()),
        Step::Text(format!(
            "If the check by {now} is wanted, let the application answer it first."
        )),
    ])
}

/// What a call says of the health check.
fn configuration(change: &Change) -> Option<&Value> {
    let request = change.request_parameters.as_ref()?;
    request
        .get("healthCheckConfiguration")
        .filter(|it| it.as_object().is_some_and(|it| !it.is_empty()))
}

/// The line that says by what an attempt was checked.
fn probed(attempt: &Attempt) -> Option<(&PlatformLine, Asked)> {
    attempt.find(|message| match message {
        Message::HealthCheckStarted(probe) | Message::HealthCheckFailed(probe) => {
            Asked::of_probe(probe)
        }
        _ => None,
    })
}

/// By what the version that works was checked, and what shows it.
fn before(case: Case<'_>) -> Result<Option<(Asked, Citation)>, Missing> {
    let success = case.evidence.success_before(case.attempt);
    if let Some((line, asked)) = success.and_then(probed) {
        let shows = format!("the last deployment that went well was checked by {asked}");
        return Ok(Some((
            asked,
            Citation::line(Ground::Agreement, line, shows),
        )));
    }
    // A rollback takes the settings back with the version.
    if case.attempt.outcome == Outcome::RolledBack && is_newest(case) {
        let service = case.service_now()?;
        let settings = service.fact.health_check.as_ref();
        let asked = settings.and_then(|it| Asked::of(it.protocol.as_deref(), it.path.as_deref()));
        return Ok(asked.map(|asked| {
            let shows = format!("since the rollback the service is checked by {asked}");
            let citation = Citation::fact(Ground::Agreement, &service, shows);
            (asked, citation)
        }));
    }
    let until = success.map(|it| it.ended.unwrap_or(it.started));
    let named = case.changes_before_failure().find_map(|change| {
        let fact = &change.fact;
        let of_service = matches!(fact.event_name.as_str(), "CreateService" | "UpdateService")
            && fact.event_source.starts_with("apprunner.");
        let asked = Asked::of_call(fact).filter(|_| of_service)?;
        (fact.time < until?).then_some((change, asked))
    });
    Ok(named.map(|(change, asked)| {
        let shows = format!("before the last deployment that went well it was set to {asked}");
        let citation = Citation::fact(Ground::Agreement, change, shows);
        (asked, citation)
    }))
}

/// Whether nothing was deployed since.
fn is_newest(case: Case<'_>) -> bool {
    let mut later = case.evidence.attempts.iter();
    !later.any(|it| it.refusal.is_none() && it.started > case.attempt.started)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Strength,
        test_support::{ARN, HEALTH_FAILED, PULLED, Sample},
    };

    const OLD_FORM: (i64, &str) = (80, "[AppRunner] Performing health check on port '8080'.");
    const BY_TCP: (i64, &str) = (
        80,
        "[AppRunner] Performing health check on protocol `TCP` [Port: '8080'].",
    );
    const FAILED: (i64, &str) = (440, "[AppRunner] Failed to deploy your application image.");

    /// An update that came to its health check and was rolled back.
    fn update(asked: (i64, &str)) -> Sample {
        let mut sample = Sample::image().events(PULLED).events(&[asked, FAILED]);
        for body in &mut sample.bodies {
            if let evidence_schema::Body::Operation(it) = body
                && it.operation_type != OperationType::CreateService
            {
                it.operation_type = OperationType::UpdateService;
            }
        }
        sample
    }

    fn called(sample: Sample, health_check: Value) -> Sample {
        sample.change(
            -1,
            "apprunner",
            "UpdateService",
            json!({ "serviceArn": ARN, "healthCheckConfiguration": health_check }),
        )
    }

    #[test]
    fn a_check_that_only_the_rolled_back_update_had_is_named() {
        let finding = called(update(OLD_FORM), json!({ "protocol": "TCP" })).found(&RULE);
        assert!(
            finding.summary.starts_with(
                "The update replaced the health check by HTTP on /health with one by TCP"
            ),
            "{}",
            finding.summary
        );
        assert_eq!(finding.strength(), Strength::Correlated);
        let mended = format!("{:?}", finding.fix);
        assert!(mended.contains(r#"\"Path\":\"/health\""#), "{mended}");
    }

    #[test]
    fn the_log_alone_tells_it_too() {
        update(BY_TCP).found(&RULE);
        let path = (
            80,
            "[AppRunner] Performing health check on protocol `HTTP` [Path: '/'], [Port: '8080'].",
        );
        let finding = update(path).found(&RULE);
        assert!(finding.summary.contains("with one by HTTP on /"));
    }

    #[test]
    fn the_same_check_and_none_that_was_named_are_not_it() {
        let same = json!({ "protocol": "HTTP", "path": "/health", "interval": 20 });
        called(update(OLD_FORM), same).cleared(&RULE);
        called(update(OLD_FORM), json!({})).cleared(&RULE);
        update(BY_TCP)
            .events(&[(
                100,
                "[AppRunner] Health check is successful. Routing traffic to application.",
            )])
            .cleared(&RULE);
        update(BY_TCP)
            .events(&[(100, "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1")])
            .cleared(&RULE);
        update((
            60,
            "[AppRunner] Provisioning instances and deploying image.",
        ))
        .cleared(&RULE);
    }

    #[test]
    fn a_deployment_replaces_no_setting() {
        Sample::image().events(HEALTH_FAILED).not_applicable(&RULE);
    }

    #[test]
    fn without_the_call_or_what_was_before_it_cannot_tell() {
        let missing = update(OLD_FORM)
            .denied("changes", "cloudtrail:LookupEvents")
            .missing(&RULE);
        assert_eq!(missing.source, "changes");
        called(update(OLD_FORM), json!({ "path": "/other" })).missing(&RULE);
        let missing = update(BY_TCP)
            .service(|service| service.health_check = None)
            .missing(&RULE);
        assert_eq!(missing.source, "service-log");
    }

    #[test]
    fn a_failed_update_is_compared_with_the_call_that_worked() {
        let sample = update(BY_TCP).operation("FAILED");
        let mut sample = sample;
        for body in &mut sample.bodies {
            if let evidence_schema::Body::Operation(it) = body
                && it.operation_type != OperationType::CreateService
            {
                it.operation_type = OperationType::UpdateService;
            }
        }
        sample.clone().missing(&RULE);
        let request = json!({ "healthCheckConfiguration": { "protocol": "HTTP", "path": "/up" } });
        let finding = sample
            .change(-3 * 86_400, "apprunner", "CreateService", request)
            .found(&RULE);
        assert!(
            finding.summary.contains("HTTP on /up"),
            "{}",
            finding.summary
        );
    }
}
