//! The account that most tests are about, and short questions about what came of it.

use std::{
    fs,
    process::{Command, Output},
};

use evidence_schema::Coverage;
use samples::Account;

use crate::scene::{Bundle, Scene, said};

/// A failed deployment, to which a test adds what it is about. The deployment of `shop` was rolled
/// back two hours ago, with a line of the application.
pub(crate) const FAILED: &str = r#"
what = "The application listens on another port."
expect = ["port-mismatch"]

[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
events = """
0:02 [AppRunner] Deployment with ID : {id} started. Triggering event : SERVICE_DEPLOY
8:20 [AppRunner] Deployment with ID : {id} failed. Failure reason : Health check failed.
"""
deployment = """
0:03 [AppRunner] Starting to deploy your application image.
8:16 [AppRunner] Failed to deploy your application image.
"""
application = """
2:31 Server listening on http://0.0.0.0:3000
2:31 second line of the same moment
2:31 third line of the same moment
"""
"#;

impl Scene {
    /// Serves the account that `toml` describes.
    pub(crate) fn new(toml: &str) -> Self {
        Self::of(Account::parse("test", toml).expect("a valid account"))
    }

    /// Collects and expects this exit code.
    pub(crate) fn collected(&self, file: &str, code: i32) -> Bundle {
        let output = self.collect(file, &[]);
        expect_code(&output, code);
        self.read(file)
    }

    /// Collects the service `shop` into `shop.json` by a shell, which can close and limit what Rust
    /// cannot. In `script` the program and its arguments are `"$@"`.
    #[cfg(unix)]
    pub(crate) fn in_shell(&self, script: &str, more: &[&str]) -> Output {
        let program = self.program();
        let environment = program
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        let mut shell = Command::new("sh");
        shell
            .current_dir(self.directory.path())
            .env_clear()
            .envs(environment)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .args(["-c", script, "sh"])
            .arg(program.get_program())
            .args(["collect", "--service", "shop", "-o", "shop.json"]);
        shell.args(more).output().expect("a shell")
    }

    /// The names of all files that the program left.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.directory.path())
            .expect("the directory")
            .map(|entry| {
                entry
                    .expect("a file")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .collect();
        names.sort();
        names
    }
}

impl Bundle {
    /// The entries of a source.
    pub(crate) fn source(&self, name: &str) -> Vec<&Coverage> {
        self.coverage
            .iter()
            .filter(|entry| entry.source == name)
            .collect()
    }

    /// How many records there are of a kind.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.records
            .iter()
            .filter(|record| record.body.kind().as_str() == kind)
            .count()
    }
}

/// Checks the exit code and shows what the program said if it is another.
pub(crate) fn expect_code(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "it said:\n{}",
        said(output)
    );
}
