//! One call that fails in one way.

use std::process::Output;

use evidence_schema::read::DigestCheck;
use samples::Account;
use serde_json::Value;

use crate::{
    accounts::Stage,
    judge::{Verdict, judge},
    kind::Kind,
    scene::{Bundle, Scene, bare_program, said},
};

/// What both a whole collection and one with a fault are asked with: no more patience than it
/// takes to see that something fails.
const PATIENCE: &[&str] = &[
    "--attempts",
    "2",
    "--attempt-timeout",
    "2s",
    "--call-timeout",
    "10s",
    "--deadline",
    "60s",
    "--deployment-metrics",
    "Shop",
];

/// A collection in which nothing fails.
#[derive(Debug)]
pub(crate) struct Whole {
    stage: &'static Stage,
    service_arn: String,
    pub(crate) bundle: Bundle,
}

/// One field of the matrix.
#[derive(Debug)]
pub(crate) struct Cell<'a> {
    pub(crate) source: &'a str,
    pub(crate) action: &'a str,
    pub(crate) kind: &'static Kind,
    pub(crate) whole: &'a Whole,
}

/// Every source with each of its calls, as the program tells them.
pub(crate) fn table() -> Vec<(String, String)> {
    let directory = tempfile::tempdir().expect("a directory");
    let output = bare_program(directory.path())
        .args(["sources", "--json"])
        .output()
        .expect("the program runs");
    let table: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let rows = table.as_array().expect("rows").iter();
    let mut calls: Vec<_> = rows
        .flat_map(|row| {
            let calls = row["calls"].as_array().expect("calls").iter();
            calls.map(move |call| (text(&row["name"]), text(&call["action"])))
        })
        .collect();
    calls.sort_unstable();
    // An action may be needed on several kinds of resources.
    calls.dedup();
    assert!(!calls.is_empty());
    calls
}

impl Whole {
    /// Collects everything.
    pub(crate) fn collect(stage: &'static Stage) -> Self {
        let scene = scene(stage, "");
        let output = scene.collect("whole.json", PATIENCE);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let bundle = scene.read("whole.json");
        Self {
            stage,
            service_arn: bundle.manifest.target.service_arn.clone(),
            bundle,
        }
    }

    /// Whether the source makes the call.
    pub(crate) fn makes(&self, source: &str, action: &str) -> bool {
        let entries = self.bundle.coverage.iter();
        let mut entries = entries.filter(|entry| entry.source == source);
        entries.any(|entry| entry.operations.iter().any(|it| it == action))
    }
}

impl Cell<'_> {
    /// Runs it; the error says what is wrong.
    pub(crate) fn run(&self) -> Result<(), String> {
        let scene = scene(self.whole.stage, &self.kind.toml(self.action));
        let output = self.collect(&scene);
        self.check(&scene, &output).map_err(|problem| {
            format!(
                "{} {}, {} (account {}): {problem}",
                self.source, self.action, self.kind.name, self.whole.stage.name
            )
        })
    }

    fn collect(&self, scene: &Scene) -> Output {
        // Only who is found by name is looked for in the list, which would end the run if it failed.
        let service = match self.is_list_of_start() {
            true => scene.endpoint.account().service().name.as_str(),
            false => &self.whole.service_arn,
        };
        let mut command = scene.program();
        command.args(["collect", "--service", service, "-o", "cell.json"]);
        command.args(["--sources", self.source]).args(PATIENCE);
        command.output().expect("the program runs")
    }

    fn check(&self, scene: &Scene, output: &Output) -> Result<(), String> {
        let code = output.status.code();
        let told = said(output);
        if told.contains("panicked") {
            return Err(told);
        }
        let struck = scene.endpoint.calls();
        if !struck
            .iter()
            .any(|call| self.action.ends_with(&format!(":{}", call.operation)))
        {
            return Err("the call was not made".to_owned());
        }
        if self.nothing_can_be_written() {
            let fine = code == Some(3)
                && told.contains("error: ")
                && told.contains("hint: ")
                && !scene.path("cell.json").exists();
            return match fine {
                true => Ok(()),
                false => Err(format!("exit code {code:?}, {told}")),
            };
        }
        if !matches!(code, Some(0..=2)) {
            return Err(format!("exit code {code:?}, {told}"));
        }
        let bundle = scene.read("cell.json");
        if bundle.digest != DigestCheck::Verified {
            return Err("the digest is wrong".to_owned());
        }
        let verdict = judge(self, &bundle)?;
        let expected = match verdict {
            Verdict::Whole => 0,
            Verdict::Gaps => 1,
        };
        match code == Some(expected) {
            true => Ok(()),
            false => Err(format!("exit code {code:?} and not {expected}, {told}")),
        }
    }

    /// Whether it is the list in which a service is looked for.
    fn is_list_of_start(&self) -> bool {
        (self.source, self.action) == ("service", "apprunner:ListServices")
    }

    /// Whether the fault ends the run before there is anything to write: the list of services when
    /// one is looked for by its name, and an AWS that cannot be reached at all.
    fn nothing_can_be_written(&self) -> bool {
        if self.kind.leaves_no_trace() {
            return false;
        }
        let unreachable = match self.action {
            "sts:GetCallerIdentity" => self.kind.fault == "reset",
            "apprunner:DescribeService" => matches!(self.kind.fault, "reset" | "hang"),
            _ => false,
        };
        self.is_list_of_start() || unreachable
    }
}

fn scene(stage: &Stage, fault: &str) -> Scene {
    let toml = format!("{}{fault}", stage.toml);
    let account = Account::parse(stage.name, &toml);
    Scene::of(account.unwrap_or_else(|error| panic!("{}: {error}", stage.name)))
}
