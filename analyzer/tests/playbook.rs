//! Every root cause, every step of the diagnosis and every question of the fallback is shown by a
//! sample.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

use analyzer::{
    evidence::Evidence,
    ranking::{self, Lead},
    report::{self, Report},
    rules,
};
use evidence_schema::{Limits, Reader};

/// The causes of failed deployments, and a sample of which each is the first finding.
const CAUSES: &[(&str, &str, &str)] = &[
    (
        "another operation was running",
        "operation-in-progress",
        "cases/start-deployment-races-push",
    ),
    (
        "the service was not RUNNING",
        "service-not-running",
        "cases/update-of-create-failed-service",
    ),
    (
        "the connection is not usable",
        "connection-not-available",
        "connection-pending",
    ),
    (
        "the configuration file is missing",
        "config-file-missing",
        "config-file-missing",
    ),
    (
        "the runtime version is unsupported",
        "runtime-unsupported",
        "runtime-unsupported",
    ),
    (
        "the build command failed",
        "build-command-failed",
        "build-command-failed",
    ),
    (
        "built well, and what was installed is lost",
        "packages-lost-after-build",
        "cases/build-packages-do-not-persist",
    ),
    (
        "the image is missing",
        "image-not-found",
        "image-tag-missing",
    ),
    (
        "the access role cannot pull",
        "access-role-trust",
        "access-role-trust",
    ),
    (
        "the wrong architecture",
        "image-architecture",
        "arm64-image",
    ),
    (
        "the application crashed at start",
        "application-crashed",
        "dependency-drift",
    ),
    ("out of memory", "out-of-memory", "memory-runs-out"),
    ("port or address mismatch", "port-mismatch", "port-mismatch"),
    (
        "the path of the health check is wrong",
        "health-check-path",
        "false-access-role-lead",
    ),
    (
        "an update replaced the health check",
        "health-check-replaced",
        "health-check-replaced",
    ),
    ("a slow start", "slow-start", "fails-now-and-then"),
    (
        "a dependency is unreachable from the VPC",
        "dependency-unreachable",
        "cases/aws-api-unreachable-from-connector",
    ),
    (
        "the subnets are exhausted",
        "subnet-unusable",
        "subnet-is-full",
    ),
    ("the vCPU quota", "vcpu-quota", "vcpu-quota-is-short"),
    (
        "a secret cannot be read",
        "secret-not-readable",
        "secret-marked-for-deletion",
    ),
    (
        "the instance role cannot be assumed",
        "instance-role-trust",
        "cases/instance-role-trusts-build",
    ),
    (
        "the container never started",
        "container-never-started",
        "container-never-started",
    ),
    ("trouble on AWS's side", "aws-event", "aws-has-trouble"),
    (
        "the start command is not read as it was meant",
        "start-command-not-run-by-shell",
        "cases/start-command-changes-folder",
    ),
    (
        "a quota of services, or a block",
        "service-quota",
        "cases/region-not-activated",
    ),
    (
        "only the infrastructure tool failed",
        "infrastructure-tool-view",
        "cases/credentials-expired-while-waiting",
    ),
];

/// Lines that lead nowhere: the kind, a sample, the line, and what the report says of it.
const LEADS: &[(Lead, &str, &str, &str)] = &[
    (
        Lead::AccessRoleAfterPull,
        "false-access-role-lead",
        "Invalid Access Role in AuthenticationConfiguration",
        "the access role works: the image was pulled",
    ),
    (
        Lead::AccessRoleForImage,
        "access-role-blamed-for-missing-image",
        "Be sure you configure your service with a valid access role",
        "an image that does not exist",
    ),
    (
        Lead::CopyAfterPull,
        "three-lines-while-rolling-back",
        "Failed to copy the image from ECR",
        "the image was pulled",
    ),
    (
        Lead::CopyOfOtherArchitecture,
        "arm64-image-not-copied",
        "Failure reason : Failed to copy the image from ECR",
        "an image for another processor",
    ),
    (
        Lead::PortHint,
        "false-access-role-lead",
        "Check your configured port number",
        "printed for every failed health check",
    ),
    (
        Lead::OldVersionRuns,
        "silent-rollback",
        "Service status is set to RUNNING",
        "RUNNING is the old version",
    ),
    (
        Lead::VcpuLimit,
        "limit-and-warning-beside-a-crash",
        "low vCPU limit",
        "beside unrelated failures",
    ),
    (
        Lead::PublicSubnets,
        "limit-and-warning-beside-a-crash",
        "Provide private subnet ids",
        "services which work get as well",
    ),
];

/// What a topic of a report has to tell, and in which sample.
const TOLD: &[(&str, &str, &str)] = &[
    (
        "role-policy-detached",
        "history",
        "sudden: none had failed until",
    ),
    (
        "fails-now-and-then",
        "history",
        "now and then: 2 of 6 failed",
    ),
    (
        "port-mismatch",
        "history",
        "the only deployment that is known",
    ),
    ("dependency-drift", "history", "derived from the operations"),
    ("role-policy-detached", "history", "at the step pull"),
    (
        "role-policy-detached",
        "history",
        "begun by itself after shop:v1 was pushed",
    ),
    (
        "role-policy-detached",
        "changes",
        "Housekeeping called DetachRolePolicy on AppRunnerEcrAccess, policy AWSAppRunnerServicePolicyForECRAccess, 8 min before the deployment began",
    ),
    (
        "dependency-drift",
        "changes",
        "within 30 minutes nothing changed that the service depends on; the window was covered",
    ),
    (
        "dependency-drift",
        "changes",
        "within 1 hour nothing changed",
    ),
    (
        "dependency-drift",
        "changes",
        "within 24 hours nothing changed",
    ),
    (
        "dependency-drift",
        "changes",
        "within 30 days and after the last deployment that went well",
    ),
    (
        "role-policy-detached",
        "other_services",
        "they share the access role AppRunnerEcrAccess",
    ),
    (
        "fails-now-and-then",
        "other_services",
        "the trouble is the service's own",
    ),
    ("dependency-drift", "fallback", "source connectivity: "),
    ("dependency-drift", "fallback", "build process: "),
    ("dependency-drift", "fallback", "gradual change: "),
    ("dependency-drift", "fallback", "flask 2.3.3 → 3.0.2"),
    (
        "dependency-drift",
        "fallback",
        "history: 1 of 3 deployments failed",
    ),
    (
        "silent-rollback",
        "fallback",
        "image authentication: the policies in the bundle allow the pull",
    ),
    ("dependency-drift", "fallback", "build time-out: "),
];

fn bundles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles")
}

fn read(path: &Path) -> Evidence {
    let reader = Reader::open(File::open(path).unwrap(), Limits::default()).unwrap();
    Evidence::read(reader).unwrap()
}

fn analyzed(path: &Path) -> Report {
    report::assemble(&read(path))
}

fn path_of(name: &str) -> PathBuf {
    let plain = bundles().join(format!("{name}.json"));
    if plain.exists() {
        return plain;
    }
    bundles().join(format!("{name}.evidence.json.zst"))
}

fn named(name: &str) -> Report {
    analyzed(&path_of(name))
}

#[test]
fn every_root_cause_is_named_first_in_a_sample() {
    for (what, rule, sample) in CAUSES {
        let report = named(sample);
        let first = report.findings.first().map(|it| it.rule);
        assert_eq!(first, Some(*rule), "{what}: {sample}");
    }
}

#[test]
fn every_line_that_leads_nowhere_is_named_in_a_report() {
    let shown: BTreeSet<Lead> = LEADS.iter().map(|(lead, ..)| *lead).collect();
    assert_eq!(shown, BTreeSet::from(Lead::ALL), "a kind has no sample");
    for (lead, sample, line, reason) in LEADS {
        let told = named(sample).false_leads;
        let told = told.iter().find(|it| it.line.text.contains(line));
        let told = told.unwrap_or_else(|| panic!("{sample} does not name “{line}”"));
        assert!(told.reason.contains(reason), "{sample}: {}", told.reason);
        // What a report tells is what ranking calls so.
        let evidence = read(&path_of(sample));
        let (attempt, _) = evidence.subject().unwrap();
        let kinds = ranking::diagnose(&evidence, attempt).false_leads;
        assert!(
            kinds
                .iter()
                .any(|it| it.lead == *lead && it.record == told.line.record),
            "{sample}: {line}"
        );
    }
}

#[test]
fn every_step_and_every_question_is_answered_in_a_report() {
    for (sample, topic, text) in TOLD {
        let report = named(sample);
        let topic = report.topics.iter().find(|it| it.id == *topic);
        let told: Vec<&str> = topic
            .unwrap_or_else(|| panic!("{sample} has no {text}"))
            .told
            .iter()
            .map(|it| it.text.as_str())
            .collect();
        assert!(
            told.iter().any(|it| it.contains(text)),
            "{sample} does not tell “{text}”: {told:#?}"
        );
    }
}

#[test]
fn every_rule_finds_something_in_some_bundle() {
    let mut silent: BTreeSet<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
    let mut unmended = Vec::new();
    let mut tried = 0;
    for folder in ["", "cases", "healthy"] {
        for entry in fs::read_dir(bundles().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            for finding in analyzed(&path).findings {
                silent.remove(finding.rule);
                for step in finding.fix {
                    if let analyzer::finding::Step::Text(text) = step
                        && text.starts_with("Checked")
                    {
                        tried += 1;
                        if text.contains("not enough") {
                            unmended.push(format!("{}: {}", path.display(), finding.rule));
                        }
                    }
                }
            }
        }
    }
    assert!(silent.is_empty(), "{silent:?} find nothing in any bundle");
    assert!(unmended.is_empty(), "fixes that do not help: {unmended:?}");
    println!("{tried} fixes were tried out on the evidence, and all of them help");
    assert!(tried >= 7, "{tried}");
}
