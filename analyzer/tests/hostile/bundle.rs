//! Poisoned bundles.

use std::{collections::BTreeMap, fs, path::Path};

use chrono::DateTime;
use evidence_schema::{
    Body, Coverage, Encoding, Limits, Manifest, Reader, Status, Writer,
    coverage::AwsError,
    manifest::Tool,
    record::{Change, LogLine, QuarantineReason, Quarantined, Tags},
    write::Line,
};
use serde_json::Value;

/// Strings that decide what a record is. They are spared unless everything is replaced, so that
/// rules fire on what stands beside them.
const SPARED: &[&str] = &[
    "action",
    "configuration_source",
    "decision",
    "document",
    "egress_type",
    "event_name",
    "event_source",
    "operation_id",
    "os",
    "architecture",
    "origin",
    "permissions_boundary",
    "platforms",
    "policy",
    "port",
    "protocol",
    "repository_type",
    "service_id",
    "source",
    "status",
    "stream",
    "trust_policy",
    "type",
    "used_as",
];

/// Maps whose keys are names too.
const NAMED: &[&str] = &[
    "dimensions",
    "environment_secrets",
    "environment_variables",
    "replaced",
    "tags",
];

/// Where the poison goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// Behind every string but those that decide.
    Behind,
    /// Before every string but those that decide.
    Before,
    /// In place of every string.
    Instead,
}

/// What is put into strings, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poison<'a> {
    pub(crate) text: &'a str,
    pub(crate) place: Where,
}

/// What a committed bundle holds.
pub(crate) struct Bundle {
    pub(crate) manifest: Manifest,
    pub(crate) bodies: Vec<Body>,
    pub(crate) coverage: Vec<Coverage>,
}

/// The committed bundles by name, without the metrics, which no report repeats.
pub(crate) fn committed() -> BTreeMap<String, Bundle> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles");
    let mut bundles = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&path).unwrap();
        let mut reader = Reader::open(bytes.as_slice(), Limits::default()).unwrap();
        let mut bodies: Vec<Body> = (&mut reader).map(|it| it.unwrap().body).collect();
        bodies.retain(|body| !matches!(body, Body::Metric(_) | Body::Quota(_)));
        let (manifest, ending) = reader.into_parts();
        bundles.insert(
            name,
            Bundle {
                manifest,
                bodies,
                coverage: ending.coverage,
            },
        );
    }
    bundles
}

impl Bundle {
    /// The bundle with the poison in every string, and with records of the kinds that it lacks.
    pub(crate) fn poisoned(&self, poison: &Poison<'_>) -> Vec<u8> {
        let mut manifest = self.manifest.clone();
        let text = poison.text;
        manifest.redaction.replaced = [("jwt".to_owned(), 3)].into();
        manifest.redaction.quarantined = Some([("jwt".to_owned(), 1)].into());
        manifest.redaction.again = vec![Tool {
            name: "again".to_owned(),
            version: "1".to_owned(),
        }];
        let manifest = poison.of(&manifest);

        let mut bodies: Vec<Body> = self.bodies.iter().map(|it| poison.of(it)).collect();
        bodies.extend(self.more(text).iter().map(|it| poison.of(it)));
        bodies.sort_by_key(Body::kind);

        let mut coverage: Vec<Coverage> = self
            .coverage
            .iter()
            .map(|entry| Coverage {
                // The rules ask for sources and subjects by name.
                source: entry.source.clone(),
                subject: entry.subject.as_ref().map(|it| poison.put(it)),
                ..poison.of(entry)
            })
            .collect();
        for status in [Status::Denied, Status::Failed, Status::Partial] {
            coverage.push(Coverage {
                source: format!("tags{text}"),
                subject: Some(text.to_owned()),
                status,
                operations: vec![text.to_owned()],
                calls: 1,
                records: 0,
                covered: vec![],
                missing: vec![],
                permission: Some(text.to_owned()),
                error: Some(AwsError {
                    code: text.to_owned(),
                    message: text.to_owned(),
                }),
                note: Some(text.to_owned()),
            });
        }

        let mut writer = Writer::new(Vec::new(), Encoding::Zstd, &manifest).unwrap();
        for body in &bodies {
            writer.record(body).unwrap();
        }
        // A kind that no version knows.
        let kind = serde_json::to_string(text).unwrap();
        let line = Line::from_text(format!("\"kind\":{kind},\"note\":{kind}}}"));
        writer.line(&line).unwrap();
        writer.finish(&coverage).unwrap().0
    }

    /// Records of which reports tell and that few bundles have.
    fn more(&self, text: &str) -> Vec<Body> {
        let time = self.manifest.collected_at - chrono::TimeDelta::hours(2);
        let target = &self.manifest.target;
        vec![
            Body::Tags(Tags {
                resource_arn: target.service_arn.clone(),
                tags: [("team".to_owned(), "shop".to_owned())].into(),
            }),
            Body::Change(Box::new(Change {
                error_code: Some("AccessDenied".to_owned()),
                error_message: Some("not allowed".to_owned()),
                ..change(time)
            })),
            Body::ServiceLog(LogLine {
                time,
                service_id: target.service_id.clone(),
                stream: "events".to_owned(),
                ingested_at: None,
                message: format!("[AppRunner] Frobnicated {text}"),
            }),
            Body::Quarantined(Quarantined {
                of_kind: "service_log".to_owned(),
                source: "service-log".to_owned(),
                time: None,
                reason: QuarantineReason::LeakScan,
                detector: Some("jwt".to_owned()),
            }),
        ]
    }
}

fn change(time: evidence_schema::Time) -> Change {
    serde_json::from_value(serde_json::json!({
        "event_id": "1", "time": time, "event_source": "apprunner.amazonaws.com",
        "event_name": "UpdateService", "region": "us-east-1",
        "principal": "arn:aws:sts::111122223333:assumed-role/Deployer/ci",
        "principal_type": "AssumedRole", "invoked_by": null, "user_agent": "ci",
        "read_only": false, "error_code": null, "error_message": null, "resources": [],
        "request_parameters": {"serviceName": "shop"}, "response_elements": null,
    }))
    .unwrap()
}

impl Poison<'_> {
    /// The poison in a string.
    pub(crate) fn put(&self, string: &str) -> String {
        match self.place {
            Where::Behind => format!("{string}{}", self.text),
            Where::Before => format!("{}{string}", self.text),
            Where::Instead => self.text.to_owned(),
        }
    }

    /// The poison in every string of a value. A string that has to be one of a few words stays.
    fn of<T: serde::Serialize + serde::de::DeserializeOwned>(&self, value: &T) -> T {
        let whole = serde_json::to_value(value).unwrap();
        let mut poisoned = whole.clone();
        self.walk(&mut poisoned, "", &mut |_| true);
        if let Ok(value) = serde_json::from_value(poisoned) {
            return value;
        }
        // One by one, and back where it does not fit.
        let mut kept = whole;
        for index in 0.. {
            let (mut tried, mut met) = (kept.clone(), 0);
            self.walk(&mut tried, "", &mut |_| {
                met += 1;
                met == index + 1
            });
            if met <= index {
                break;
            }
            if serde_json::from_value::<T>(tried.clone()).is_ok() {
                kept = tried;
            }
        }
        serde_json::from_value(kept).unwrap()
    }

    fn walk(&self, value: &mut Value, key: &str, wanted: &mut impl FnMut(&str) -> bool) {
        match value {
            Value::String(string) => {
                let decides = match self.place {
                    Where::Instead => matches!(key, "kind" | "service_id"),
                    _ => key == "kind" || SPARED.contains(&key),
                };
                if !decides && DateTime::parse_from_rfc3339(string).is_err() && wanted(string) {
                    *string = self.put(string);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.walk(item, key, wanted);
                }
            }
            Value::Object(members) => {
                if NAMED.contains(&key) {
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(name, value)| (self.put(&name), value))
                        .collect();
                }
                for (name, member) in members {
                    self.walk(member, name, wanted);
                }
            }
            _ => {}
        }
    }
}
