//! Texts of strangers in the place where the analyzer takes them apart: a configuration file, a
//! command, a network, a call that was refused.
//!
//! Each is put into a committed bundle in which a deployment failed for something of the kind, so
//! that the rules read it.

use std::{collections::BTreeMap, fs::File, path::Path, sync::LazyLock};

use analyzer::evidence::{Builder, Evidence};
use evidence_schema::{
    Body, Limits, Manifest, Reader, Record,
    read::Ending,
    record::{Origin, SecurityGroupRule, SourceFileRole},
};
use regex::Regex;
use serde_json::Value;

use crate::{
    bundles::{assert_harmless, reports},
    source_files::text_of,
};

/// Words of commands.
pub(crate) const COMMAND_WORDS: &[&str] = &[
    " ", "&&", "||", "|", ";", "&", "(", ")", "{", "}", "'", "\"", "\\", "$", "$(", "${A:-b}", "`",
    ">", "<", "2>&1", "<<EOF\n", "#", "*", "~", "A=1 ", "sh -c ", "exec ", "cd /app", "\n", "if ",
    "!",
];

/// Words of networks.
pub(crate) const NETWORK_WORDS: &[&str] = &[
    "\n",
    ".",
    "/",
    ":",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/16",
    "/33",
    "/-1",
    "pl-1",
    "sg-1",
    "local",
    "igw-1",
    "nat-1",
    ":5432",
    ":99999",
    "https://",
    "db.internal",
    ".amazonaws.com",
    "[",
    "]",
    "@",
    "-1",
    "tcp",
    "us-east-1",
];

/// Words of calls that were refused.
pub(crate) const REFUSAL_WORDS: &[&str] = &[
    "\n",
    "AccessDeniedException",
    "InvalidRequestException",
    "User: ",
    "is not authorized to perform: iam:PassRole on resource: ",
    "arn:aws:iam::111122223333:role/",
    ":role/",
    "arn:",
    "Error in assuming access role ",
    "with an explicit deny in a service control policy",
    "because no identity-based policy allows",
    "Service cannot be updated in the current state: OPERATION_IN_PROGRESS.",
    "{",
    "\"roleName\":\"x\"",
    "}",
];

/// The number of a line that a report names.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:on line|^line|^Line) (\d+)\b").expect("the pattern is fixed and tested")
});

static FILE: LazyLock<Base> = LazyLock::new(|| Base::read("apprunner-yaml-indentation"));
static COMMAND: LazyLock<Base> =
    LazyLock::new(|| Base::read("start-command-quotes-taken-literally"));
static NETWORK: LazyLock<Base> = LazyLock::new(|| Base::read("aws-api-unreachable-from-connector"));
static CALL: LazyLock<Base> = LazyLock::new(|| Base::read("access-role-made-in-same-program"));

/// A bundle that was read, to put something into.
struct Base {
    manifest: Manifest,
    records: Vec<(Record, usize)>,
    ending: Ending,
}

impl Base {
    fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../samples/bundles/cases")
            .join(format!("{name}.evidence.json.zst"));
        let file = File::open(path).expect("the bundle is committed");
        let mut reader = Reader::open(file, Limits::default()).expect("it was written by us");
        let mut records = Vec::new();
        while let Some(record) = reader.next() {
            records.push((
                record.expect("it was written by us"),
                reader.record_memory(),
            ));
        }
        let (manifest, ending) = reader.into_parts();
        Self {
            manifest,
            records,
            ending,
        }
    }

    /// The evidence with something put into it; tells whether there was a place.
    fn with(&self, mut put: impl FnMut(&mut Body) -> bool) -> Evidence {
        let mut builder = Builder::new(self.manifest.clone());
        let mut places = 0;
        for (record, memory) in &self.records {
            let mut record = record.clone();
            places += usize::from(put(&mut record.body));
            builder.take(record, *memory);
        }
        assert!(places > 0, "the bundle has a place for it");
        builder.finish(self.ending.clone())
    }
}

/// The reports about it, which are the same twice and act on nobody's terminal.
fn told(evidence: &Evidence) -> BTreeMap<&'static str, String> {
    let told = reports(evidence);
    assert_eq!(told, reports(evidence), "a report is the same twice");
    assert_harmless(&told);
    told
}

/// What is wrong in `apprunner.yaml` stands on a line that it has.
pub fn config_file(input: &[u8]) {
    let text = text_of(input);
    for truncated in [false, true] {
        let evidence = FILE.with(|body| match body {
            Body::SourceFile(file) if file.role == SourceFileRole::Configuration => {
                file.content = Some(text.clone().into_owned());
                file.truncated = truncated;
                true
            }
            _ => false,
        });
        let told = told(&evidence);
        let json: Value = serde_json::from_str(&told["json"]).expect("the JSON report is JSON");
        for finding in json["findings"].as_array().into_iter().flatten() {
            if finding["rule"] != "config-file-invalid" {
                continue;
            }
            for found in LINE.captures_iter(finding["summary"].as_str().unwrap_or_default()) {
                let line: usize = found[1].parse().expect("a number of a line");
                // A file that ends too early breaks behind its last line.
                let lines = text.lines().count() + 1;
                assert!((1..=lines).contains(&line), "line {line} of {text:?}");
            }
        }
    }
}

/// Commands of strangers are read to their end.
pub fn command(input: &[u8]) {
    let text = text_of(input).into_owned();
    let evidence = COMMAND.with(|body| match body {
        Body::Service(service) => match &mut service.source.origin {
            Origin::Image(image) => {
                image.configuration.start_command = Some(text.clone());
                true
            }
            _ => false,
        },
        _ => false,
    });
    told(&evidence);
}

/// Whatever is routed and let out: a rule that lets out all is never blamed.
pub fn network(input: &[u8]) {
    let text = text_of(input);
    let lines: Vec<&str> = text.lines().collect();
    for open in [false, true] {
        let mut next = lines.iter().cycle();
        let mut line = move || next.next().copied().unwrap_or_default().to_owned();
        let evidence = NETWORK.with(|body| {
            match body {
                Body::ApplicationLog(log) => {
                    if log.message.contains("timeout") {
                        log.message = format!("connect ETIMEDOUT {}", line());
                    }
                }
                Body::Subnet(subnet) => subnet.cidr = Some(line()),
                Body::RouteTable(table) => {
                    for route in &mut table.routes {
                        route.destination = line();
                        route.target = Some(line());
                    }
                }
                Body::SecurityGroup(group) => {
                    for rule in &mut group.egress {
                        rule.protocol = line();
                        rule.peers = vec![line(), line()];
                    }
                    if open {
                        group.egress.push(SecurityGroupRule {
                            protocol: "-1".to_owned(),
                            from_port: None,
                            to_port: None,
                            peers: vec!["0.0.0.0/0".to_owned()],
                        });
                    }
                }
                _ => return false,
            }
            true
        });
        let told = told(&evidence);
        if open && !text.contains("security group") {
            for blamed in ["has no egress rule for port", "lets nothing out there"] {
                assert!(!told["json"].contains(blamed), "{blamed}: {text:?}");
            }
        }
    }
}

/// A call that App Runner refused: the code, the parameters where a line is JSON, and the message.
pub fn refusal(input: &[u8]) {
    let text = text_of(input);
    let (code, rest) = text.split_once('\n').unwrap_or(("", &text));
    let parameters = rest.lines().find_map(|line| {
        let value: Value = serde_json::from_str(line).ok()?;
        value.is_object().then_some(value)
    });
    let evidence = CALL.with(|body| match body {
        Body::Change(change) if change.error_code.is_some() => {
            change.error_code = Some(code.to_owned());
            change.error_message = Some(rest.to_owned());
            if parameters.is_some() {
                change.request_parameters = parameters.clone();
            }
            true
        }
        _ => false,
    });
    told(&evidence);
}
