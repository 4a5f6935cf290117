//! Whole bundles, scrubbed and under pseudonyms: nothing tells whose they are, and the diagnosis is
//! the same.

#[path = "bundles/rich.rs"]
mod rich;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use analyzer::{
    evidence::{Builder, Evidence},
    report::{Report, assemble},
};
use evidence_schema::{Body, Coverage, Limits, Manifest, Reader, Record, read::Ending};
use redaction::{Emails, Fingerprints, Scrubber, pseudonym::Pseudonyms};
use serde_json::Value;

const KEY: [u8; 32] = [42; 32];

/// A value that was withheld.
const KNOWN: &str = "q7Zr1Lx9Tn4Vb6Kp0Wd3";

/// A bundle in memory.
#[derive(Clone)]
struct Bundle {
    manifest: Manifest,
    bodies: Vec<Body>,
    coverage: Vec<Coverage>,
}

impl Bundle {
    fn read(path: &Path) -> Self {
        let text = fs::read(path).expect("the data of a test is well formed");
        let mut reader = Reader::open(text.as_slice(), Limits::default())
            .expect("the data of a test is well formed");
        let bodies = reader
            .by_ref()
            .map(|it| it.expect("the data of a test is well formed").body)
            .collect();
        let (manifest, ending) = reader.into_parts();
        Self {
            manifest,
            bodies,
            coverage: ending.coverage,
        }
    }

    fn under(&self, pseudonyms: &mut Pseudonyms) -> Self {
        pseudonyms.learn_manifest(&self.manifest);
        for body in &self.bodies {
            pseudonyms.learn(body);
        }
        Self {
            bodies: self
                .bodies
                .iter()
                .cloned()
                .map(|it| pseudonyms.body(it))
                .collect(),
            coverage: self
                .coverage
                .iter()
                .cloned()
                .map(|it| pseudonyms.coverage(it))
                .collect(),
            manifest: pseudonyms.manifest(self.manifest.clone()),
        }
    }

    /// What the scrubber leaves of it.
    fn scrubbed(&self) -> Self {
        let values = BTreeMap::from([("KEY".to_owned(), BTreeSet::from([KNOWN.to_owned()]))]);
        let prints = Fingerprints::new(KEY);
        let scrubber = Scrubber::new(prints, &values, &[], Emails::Replace);
        let bodies = self.bodies.iter().cloned();
        let coverage = self.coverage.iter().cloned();
        Self {
            manifest: self.manifest.clone(),
            bodies: bodies
                .map(|it| scrubber.body("test", it).expect("a record"))
                .collect(),
            coverage: coverage.map(|it| scrubber.coverage(it)).collect(),
        }
    }

    /// The same with a secret of one kind after the other behind every log line.
    fn leaking(&self) -> Self {
        let secrets = [
            format!("token=ghp_{}", "a1B2".repeat(9)),
            "DB_PASSWORD=hunter2x9".to_owned(),
            "postgres://web:p4ssw0rd@db.internal/shop".to_owned(),
            format!("key {KNOWN}"),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
        ];
        let mut leaking = self.clone();
        for (line, secret) in leaking.bodies.iter_mut().zip(secrets.iter().cycle()) {
            if let Body::ServiceLog(line) | Body::ApplicationLog(line) = line {
                line.message = format!("{} {secret}", line.message.trim_end());
            }
        }
        leaking
    }

    fn pseudonymized(&self) -> Self {
        self.under(&mut Pseudonyms::new(KEY))
    }

    fn json(&self) -> Value {
        serde_json::json!({
            "manifest": self.manifest,
            "records": self.bodies,
            "coverage": self.coverage,
        })
    }

    fn report(&self) -> Report {
        let mut builder = Builder::new(self.manifest.clone());
        for (index, body) in self.bodies.iter().enumerate() {
            let record = Record {
                id: index as u64 + 1,
                body: body.clone(),
            };
            builder.take(record, 0);
        }
        let evidence: Evidence = builder.finish(Ending {
            coverage: self.coverage.clone(),
            ..Ending::default()
        });
        assemble(&evidence)
    }
}

/// A name, the bundle, and the same under pseudonyms.
static SAMPLES: LazyLock<Vec<(String, Bundle, Bundle)>> = LazyLock::new(|| {
    let samples = samples().into_iter();
    samples
        .map(|(name, bundle)| {
            let after = bundle.pseudonymized();
            (name, bundle, after)
        })
        .collect()
});

fn samples() -> Vec<(String, Bundle)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples/bundles");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the data of a test is well formed")
        .map(|entry| entry.expect("the data of a test is well formed").path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 15);
    paths
        .into_iter()
        .map(|path| {
            let name = path
                .file_stem()
                .expect("the data of a test is well formed")
                .to_string_lossy()
                .into_owned();
            (name, Bundle::read(&path))
        })
        .chain([
            ("rich image".to_owned(), rich::bundle(rich::Kind::Image)),
            ("rich code".to_owned(), rich::bundle(rich::Kind::Code)),
        ])
        .collect()
}

/// What a diagnosis comes to, without the names in it.
fn diagnosis(report: &Report) -> Vec<String> {
    let mut lines = vec![report.verdict.kind.id().to_owned()];
    lines.extend(report.findings.iter().map(|it| {
        format!(
            "{} {} {:?} {:?} {:?} cites {:?} fixes {}",
            it.rule,
            it.standing,
            it.strength,
            it.severity,
            it.role,
            it.proof
                .iter()
                .map(|proof| proof.record)
                .collect::<Vec<_>>(),
            it.fix.len(),
        )
    }));
    lines.extend(
        report
            .chain
            .iter()
            .map(|it| format!("{} {:?} {:?}", it.part, it.time, it.record)),
    );
    lines.extend(
        report
            .false_leads
            .iter()
            .map(|it| format!("lead {}", it.line.record)),
    );
    lines.extend(
        report
            .ruled_out
            .iter()
            .map(|it| format!("out {} {:?}", it.rule, it.record)),
    );
    lines.extend(
        report
            .undecided
            .iter()
            .map(|it| format!("open {} {}", it.rule, it.source)),
    );
    lines.extend(
        report
            .not_applicable
            .iter()
            .map(|it| format!("no subject {}", it.rule)),
    );
    lines.extend(
        report
            .gaps
            .iter()
            .map(|it| format!("gap {} {}", it.source, it.status)),
    );
    lines.extend(
        report
            .refused
            .iter()
            .map(|it| format!("refused {} {:?}", it.record, it.meaning)),
    );
    lines.push(format!(
        "not understood {} of {}",
        report.not_understood.lines, report.not_understood.of
    ));
    lines.push(format!("change told {}", report.change_note.is_some()));
    lines
}

#[test]
fn the_diagnosis_is_the_same_after_scrubbing() {
    let scan = redaction::LeakScan::new([(KNOWN, true)].into_iter());
    let mut changed = 0;
    for (name, bundle, _) in &*SAMPLES {
        let clean = bundle.scrubbed();
        if !name.starts_with("rich") {
            assert_eq!(clean.bodies, bundle.bodies, "{name} holds no secret");
        }
        let leaking = bundle.leaking();
        let clean = leaking.scrubbed();
        assert!(scan.value(&leaking.json()).is_some(), "{name}");
        assert_eq!(scan.value(&clean.json()), None, "{name}");
        changed += u32::from(clean.bodies != leaking.bodies);
        let (before, after) = (diagnosis(&leaking.report()), diagnosis(&clean.report()));
        assert_eq!(before, after, "{name}");
    }
    assert!(changed >= 15, "{changed} bundles had log lines");
}

#[test]
fn the_diagnosis_is_the_same_under_pseudonyms() {
    for (name, bundle, after) in &*SAMPLES {
        let before = diagnosis(&bundle.report());
        let after = diagnosis(&after.report());
        assert_eq!(before, after, "{name}");
    }
}

#[test]
fn a_service_may_be_called_like_what_the_platform_says() {
    for name in ["health", "pull-failed", "node", "AppRunnerEcrAccess"] {
        for (sample, bundle, _) in &*SAMPLES {
            // A month of metrics takes long and has no name of its own.
            if bundle.json().to_string().len() > 100_000 {
                continue;
            }
            // The lines of the platform stay as they are; what names something is renamed.
            let renamed = |text: String| text.replace("shop", name).replace("acorn-checkout", name);
            let again = |value: Value| serde_json::from_str(&renamed(value.to_string()));
            let bundle = Bundle {
                manifest: again(serde_json::json!(bundle.manifest))
                    .and_then(serde_json::from_value)
                    .expect("a name changes no form"),
                bodies: bundle
                    .bodies
                    .iter()
                    .map(|it| again(serde_json::json!(it)).and_then(serde_json::from_value))
                    .collect::<Result<_, _>>()
                    .expect("a name changes no form"),
                coverage: bundle
                    .coverage
                    .iter()
                    .map(|it| again(serde_json::json!(it)).and_then(serde_json::from_value))
                    .collect::<Result<_, _>>()
                    .expect("a name changes no form"),
            };
            let before = diagnosis(&bundle.report());
            let after = diagnosis(&bundle.pseudonymized().report());
            assert_eq!(before, after, "{sample} of {name}");
        }
    }
}

/// Every string of a value, with the path of members that leads to it.
fn strings(value: &Value, path: &str, out: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => out.push((path.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|it| strings(it, path, out)),
        Value::Object(members) => {
            for (name, it) in members {
                out.push((format!("{path}.<names>"), name.clone()));
                strings(it, &format!("{path}.{name}"), out);
            }
        }
        _ => {}
    }
}

fn all_strings(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    strings(value, "", &mut out);
    out
}

/// Words of the samples that are those of AWS or of everybody, which stay.
const EVERYBODYS: &[&str] = &[
    "app",
    "runner",
    "ecr",
    "access",
    "instance",
    "default",
    "configuration",
    "github",
    "role",
    "service",
    "for",
    "networking",
    "aws",
    "main",
    "web",
    "api",
    "deployer",
    "ci",
    "secret",
    "prod",
    "parameter",
    "key",
    "policy",
    "image",
    "public",
    "private",
    "backend",
    "latest",
    "v",
    "defaultconfiguration",
    "amazonaws",
    "awsapprunner",
    "awsreservedsso",
    "east",
    "scaling",
    "tracing",
    "com",
    "example",
    "example-org",
    "org",
    "db",
    "read",
    "url",
    "lambda",
    "user",
    "base",
    "managed",
    "session",
    "root",
    "pipeline",
];

/// What names somebody, gathered with no help of the code under test: the parts of ARNs, and the
/// members that the schema says are names.
fn telling(bundle: &Bundle) -> BTreeSet<String> {
    let mut telling = BTreeSet::new();
    let mut add = |text: &str| {
        for word in text.split(|letter: char| !letter.is_ascii_alphabetic()) {
            let lower = word.to_ascii_lowercase();
            if word.len() >= 4 && !EVERYBODYS.contains(&lower.as_str()) {
                telling.insert(lower);
            }
        }
    };
    for (path, text) in all_strings(&bundle.json()) {
        let member = path.rsplit('.').next().unwrap_or_default();
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if let ["arn", "aws", _, _, account, resource] = parts.as_slice()
            && *account == "111122223333"
            && !resource.contains("aws-service-role")
        {
            let mut parts = resource.split(['/', ':']);
            let kind = parts.next();
            // The id at the end is looked for as a whole.
            parts
                .filter(|part| !part.chars().all(|it| it.is_ascii_hexdigit() || it == '-'))
                .filter(|part| {
                    !matches!(kind, Some("role" | "assumed-role")) || !part.starts_with("AppRunner")
                })
                .for_each(&mut add);
        }
        if matches!(member, "service_name" | "repository" | "domain_name") {
            add(&text);
        }
    }
    telling.extend(["widgets", "wilhelmina", "acorn"].map(str::to_owned));
    telling
}

#[test]
fn nothing_tells_whose_it_is() {
    let mut failures = Vec::new();
    for (name, bundle, after) in &*SAMPLES {
        let text = after.json().to_string();
        let mut wanted: BTreeSet<String> = telling(bundle);
        wanted.retain(|word| !PLATFORM.contains(&word.as_str()));
        let service_id = bundle.manifest.target.service_id.clone();
        wanted.extend(
            [
                "111122223333",
                "444455556666",
                "example-org",
                "subnet-0a1b",
                "sg-0a1b",
                "10.0.1.",
                "10.0.2.",
                "172.31.",
                "172-31-",
                "10-0-1-",
                "54.239.28",
                "2600:1f18",
                "75d55662e3",
            ]
            .map(str::to_owned),
        );
        wanted.insert(service_id);
        let lower = text.to_ascii_lowercase();
        for word in wanted {
            if let Some(at) = lower.find(&word) {
                let from = lower[..at]
                    .char_indices()
                    .rev()
                    .nth(60)
                    .map_or(0, |(at, _)| at);
                let to = lower[at..]
                    .char_indices()
                    .nth(60)
                    .map_or(lower.len(), |(it, _)| at + it);
                failures.push(format!("{name}: {word} in …{}…", &lower[from..to]));
            }
        }
    }
    failures.sort();
    failures.dedup();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Words of ARNs of the samples that are also words of the bundle format or of AWS.
const PLATFORM: &[&str] = &[
    "application",
    "events",
    "alias",
    "tags",
    "repository",
    "assumed",
    "stack",
    "stream",
    "group",
];

#[test]
fn what_was_equal_is_equal_and_what_was_not_is_not() {
    for (name, bundle, after) in &*SAMPLES {
        let before = all_strings(&bundle.json());
        let after = all_strings(&after.json());
        // The head says how many pseudonyms there are, which the original does not.
        let after: Vec<_> = after
            .into_iter()
            .filter(|(path, text)| {
                let is_name = path.ends_with("<names>") && text == "pseudonyms";
                !path.contains("pseudonyms") && !is_name
            })
            .collect();
        let mut forth: BTreeMap<String, String> = BTreeMap::new();
        let mut back: BTreeMap<String, String> = BTreeMap::new();
        // Members of a record keep their order, and those of a map are sorted by their names.
        let sorted = |strings: Vec<(String, String)>| {
            strings
                .into_iter()
                .filter(|(path, _)| {
                    !["environment_variables", "environment_secrets", ".tags"]
                        .iter()
                        .any(|it| path.contains(it))
                })
                .collect::<Vec<_>>()
        };
        let (before, after) = (sorted(before), sorted(after));
        assert_eq!(before.len(), after.len(), "{name}");
        for ((path, one), (_, two)) in before.iter().zip(&after) {
            // A message is no name, and what a name is in one is a word of the platform in another.
            if path.ends_with("message") || path.ends_with("content") || path.ends_with("note") {
                continue;
            }
            let known = forth.entry(one.clone()).or_insert_with(|| two.clone());
            assert_eq!(known, two, "{name} {path}: {one}");
            let known = back.entry(two.clone()).or_insert_with(|| one.clone());
            assert_eq!(known, one, "{name} {path}: {two}");
        }
    }
}

#[test]
fn the_same_key_gives_the_same_bytes_and_another_key_others() {
    for (name, bundle, after) in &*SAMPLES {
        // Twice is enough for the large ones.
        if bundle.bodies.len() < 200 {
            let again = bundle.pseudonymized();
            assert_eq!(after.json().to_string(), again.json().to_string(), "{name}");
        }
        let mut others = Pseudonyms::new([43; 32]);
        others.learn_manifest(&bundle.manifest);
        let other = others.manifest(bundle.manifest.clone()).target;
        let one = &after.manifest.target;
        assert_ne!(one.account, other.account);
        assert_ne!(one.service_id, other.service_id);
        assert_ne!(one.service_name, other.service_name);
        assert_eq!(one.region, other.region);
    }
    // Bundles under one key can be compared with each other.
    let names: BTreeSet<&String> = SAMPLES
        .iter()
        .filter(|(_, bundle, _)| bundle.manifest.target.service_name == "shop")
        .map(|(_, _, after)| &after.manifest.target.service_name)
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn structure_is_kept() {
    for (name, bundle, after) in &*SAMPLES {
        for (path, text) in all_strings(&after.json()) {
            if path.ends_with("policy") || path.ends_with("document") {
                serde_json::from_str::<Value>(&text)
                    .unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
            }
        }
        let target = &after.manifest.target;
        assert_eq!(
            target.service_arn,
            format!(
                "arn:aws:apprunner:{}:{}:service/{}/{}",
                target.region, target.account, target.service_name, target.service_id
            )
        );
        assert!((4..=40).contains(&target.service_name.len()));
        let counts = after
            .manifest
            .redaction
            .pseudonyms
            .expect("the data of a test is well formed");
        assert!(counts.accounts >= 1 && counts.words >= 1 && counts.ids >= 1);
        // None had to be taken out.
        let kinds = |bundle: &Bundle| bundle.bodies.iter().map(Body::kind).collect::<Vec<_>>();
        assert_eq!(kinds(bundle), kinds(after), "{name}");
    }
}

#[test]
fn what_was_replaced_by_what_can_be_written_down() {
    let bundle = rich::bundle(rich::Kind::Image);
    let mut pseudonyms = Pseudonyms::new(KEY).with_mapping();
    let after = bundle.under(&mut pseudonyms);
    let mapping =
        serde_json::to_value(pseudonyms.mapping()).expect("the data of a test is well formed");
    assert_eq!(
        mapping["account"]["111122223333"],
        after.manifest.target.account.as_str()
    );
    for class in ["account", "name", "host", "address", "id"] {
        assert!(
            mapping[class].as_object().is_some_and(|it| !it.is_empty()),
            "{class}"
        );
    }
    let none = Pseudonyms::new(KEY);
    assert!(none.mapping().pseudonyms.is_empty());
    assert!(!format!("{none:?}").contains("42"));
}

#[test]
#[ignore = "it prints a bundle to look at"]
fn show() {
    let after = rich::bundle(rich::Kind::Image).pseudonymized();
    for body in &after.bodies {
        println!(
            "{}",
            serde_json::to_string(body).expect("the data of a test is well formed")
        );
    }
    for entry in &after.coverage {
        println!(
            "{}",
            serde_json::to_string(entry).expect("the data of a test is well formed")
        );
    }
}

#[test]
#[ignore = "it measures"]
fn speed() {
    let bundle = rich::bundle(rich::Kind::Image);
    let mut pseudonyms = Pseudonyms::new(KEY);
    bundle.under(&mut pseudonyms);
    let lines: Vec<String> = rich::LINES.iter().map(|line| (*line).to_owned()).collect();
    let begun = std::time::Instant::now();
    let mut bytes = 0;
    let rounds = 200_000 / lines.len();
    for _ in 0..rounds {
        for line in &lines {
            bytes += pseudonyms.text(line).len();
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{:.0} lines/s, {:.1} MB/s",
        (rounds * lines.len()) as f64 / seconds,
        bytes as f64 / seconds / 1e6
    );
}
