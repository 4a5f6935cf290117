//! A simulated account, its endpoint, a directory to write into, and the program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use assert_cmd::cargo::CommandCargoExt;
use evidence_schema::{Coverage, Limits, Manifest, Reader, Record};
use samples::{Account, Endpoint};
use tempfile::TempDir;

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

/// Everything a test needs.
pub(crate) struct Scene {
    pub(crate) endpoint: Endpoint,
    pub(crate) directory: TempDir,
}

/// What a bundle holds.
pub(crate) struct Bundle {
    pub(crate) bytes: Vec<u8>,
    pub(crate) manifest: Manifest,
    pub(crate) records: Vec<Record>,
    pub(crate) coverage: Vec<Coverage>,
}

impl Scene {
    /// Serves the account that `toml` describes.
    pub(crate) fn new(toml: &str) -> Self {
        let account = Account::parse("test", toml).expect("a valid account");
        Self {
            endpoint: Endpoint::start(account, 0).expect("a free port"),
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    /// The program, with an environment that knows nothing but the endpoint.
    pub(crate) fn program(&self) -> Command {
        let mut command = bare_program(self.directory.path());
        command
            .env("AWS_ENDPOINT_URL", self.endpoint.url())
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        command
    }

    /// Collects `shop` into `file` with further arguments.
    pub(crate) fn collect(&self, file: &str, more: &[&str]) -> Output {
        let mut command = self.program();
        command.args(["collect", "--service", "shop", "-o", file]);
        command.args(more).output().expect("the program runs")
    }

    /// Collects and expects this exit code.
    pub(crate) fn collected(&self, file: &str, code: i32) -> Bundle {
        let output = self.collect(file, &[]);
        expect_code(&output, code);
        self.read(file)
    }

    /// Where a file of the test is.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    /// Reads a bundle.
    pub(crate) fn read(&self, file: &str) -> Bundle {
        let bytes = fs::read(self.path(file)).expect("the bundle is there");
        let mut reader = Reader::open(bytes.as_slice(), Limits::default()).expect("a bundle");
        let manifest = reader.manifest().clone();
        let records = reader
            .by_ref()
            .collect::<Result<Vec<_>, _>>()
            .expect("every record can be read");
        let ending = reader.ending();
        assert!(ending.cut.is_none(), "the bundle is whole");
        Bundle {
            coverage: ending.coverage.clone(),
            bytes,
            manifest,
            records,
        }
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

    /// The text of a bundle without what differs between two runs.
    pub(crate) fn comparable(&self) -> String {
        let text = String::from_utf8(self.bytes.clone()).expect("plain JSON");
        let (head, _) = text.split_once(",\"digest\":").expect("a digest");
        head.replace(&self.manifest.run_id, "RUN").replace(
            &serde_json::to_string(&self.manifest.collected_at).expect("a time"),
            "NOW",
        )
    }
}

/// The program in `directory`, with no credentials and no configuration.
pub(crate) fn bare_program(directory: &Path) -> Command {
    let mut command = Command::cargo_bin("apprunner-collector").expect("the program is built");
    command
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .env("TMPDIR", std::env::temp_dir())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command
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

/// What the program said on stderr.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
