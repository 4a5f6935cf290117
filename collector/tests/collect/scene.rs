//! A simulated account, its endpoint, a directory to write into, and the program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use assert_cmd::cargo::CommandCargoExt;
use evidence_schema::{Coverage, Limits, Manifest, Reader, Record, read::DigestCheck};
use samples::{Account, Endpoint};
use tempfile::TempDir;

/// Everything a test needs.
pub(crate) struct Scene {
    pub(crate) endpoint: Endpoint,
    pub(crate) directory: TempDir,
}

/// What a bundle holds.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) bytes: Vec<u8>,
    pub(crate) manifest: Manifest,
    pub(crate) records: Vec<Record>,
    pub(crate) coverage: Vec<Coverage>,
    pub(crate) digest: DigestCheck,
}

impl Scene {
    /// Serves an account.
    pub(crate) fn of(account: Account) -> Self {
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
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", &self.endpoint.account().region);
        command
    }

    /// Collects the account's service into `file` with further arguments.
    pub(crate) fn collect(&self, file: &str, more: &[&str]) -> Output {
        let mut command = self.program();
        let service = &self.endpoint.account().service().name;
        command.args(["collect", "--service", service, "-o", file]);
        command.args(more).output().expect("the program runs")
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
            digest: ending.digest,
            bytes,
            manifest,
            records,
        }
    }
}

impl Bundle {
    /// The text of a bundle without what differs between two runs.
    pub(crate) fn comparable(&self) -> String {
        let text = String::from_utf8(self.bytes.clone()).expect("plain JSON");
        let (head, _) = text.split_once(",\"digest\":").expect("a digest");
        let mut text = head.replace(&self.manifest.run_id, "RUN").replace(
            &serde_json::to_string(&self.manifest.collected_at).expect("a time"),
            "NOW",
        );
        if let Some(clock) = &self.manifest.clock {
            let clock = serde_json::to_string(clock).expect("a clock");
            text = text.replace(&format!(",\"clock\":{clock}"), "");
        }
        text
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

/// What the program said on stderr.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
