//! Who collected what, when, and with which settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{Interval, Time};

/// The head of a bundle. Only `collected_at`, `run_id` and `clock` differ between two collections
/// of the same state of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The program that wrote the bundle.
    pub tool: Tool,
    /// A random id of this collection.
    pub run_id: String,
    /// When the collection began, by AWS's clock. The analyzer's "now".
    pub collected_at: Time,
    /// How the clock of the machine that collected compares; absent when AWS told no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// The service that the bundle is about.
    pub target: Target,
    /// The windows of time that were asked for.
    pub windows: Windows,
    /// What was done so that the bundle may leave the account.
    pub redaction: Redaction,
}

/// The clock of the machine that collected. Every time in a bundle is by AWS's clock; this tells
/// how times that people noted on that machine compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    /// By how many seconds AWS's clock was ahead; negative when it was behind. It is taken once,
    /// from the `Date` header of the first answer: that has whole seconds and is as old as the
    /// answer was on its way, so a difference of a few seconds means nothing.
    pub aws_ahead_seconds: i64,
}

impl Clock {
    /// Whether the difference is more than a minute, which no slow answer explains.
    pub fn is_off(self) -> bool {
        self.aws_ahead_seconds.unsigned_abs() > 60
    }
}

/// A program and its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// The name of the program.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The App Runner service that was collected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The AWS account id.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The name of the service.
    pub service_name: String,
    /// The id of the service, 32 hex digits.
    pub service_id: String,
    /// The ARN of the service.
    pub service_arn: String,
}

/// The windows of time that were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Windows {
    /// One window around every failed operation, from one hour before its start to 15 minutes
    /// after its end, joined where they overlap. Application logs are read for these.
    pub incidents: Vec<Interval>,
    /// The last 24 hours.
    pub recent: Interval,
    /// The whole span, 30 days unless `--since` said otherwise.
    pub extended: Interval,
}

/// What was done so that the bundle may leave the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redaction {
    /// Values of environment variables are never written: a [`crate::Withheld`] stands for each.
    pub environment_values_withheld: bool,
    /// How many values that were withheld were also looked for in every other string.
    #[serde(default)]
    pub known_values: u64,
    /// Whether e-mail addresses were replaced.
    #[serde(default)]
    pub email_addresses: bool,
    /// How many times something was replaced that may not leave, by detector.
    pub replaced: BTreeMap<String, u64>,
    /// The same for each source, by source and detector.
    #[serde(default)]
    pub replaced_by_source: BTreeMap<String, BTreeMap<String, u64>>,
    /// How many records were taken out, by what was found in them or what failed. Missing in a
    /// bundle that no scan has read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<BTreeMap<String, u64>>,
    /// What was replaced by pseudonyms, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudonyms: Option<Pseudonyms>,
    /// The programs that redacted the finished bundle once more, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<Tool>,
}

/// How many different things have a pseudonym. Those that only lines of logs have are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pseudonyms {
    /// Account ids.
    #[serde(default)]
    pub accounts: u64,
    /// Words of names.
    #[serde(default)]
    pub words: u64,
    /// Host names.
    #[serde(default)]
    pub hosts: u64,
    /// Addresses and blocks of them.
    #[serde(default)]
    pub addresses: u64,
    /// Ids of resources and principals.
    #[serde(default)]
    pub ids: u64,
}

impl Pseudonyms {
    /// How many different things have a pseudonym.
    pub fn total(self) -> u64 {
        self.accounts + self.words + self.hosts + self.addresses + self.ids
    }
}

/// How far a bundle was made fit to be handed on. The name of its file and the first line of every
/// report say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marking {
    /// It does not say that anything was withheld.
    Unredacted,
    /// What is secret was replaced.
    Redacted,
    /// What tells whose it is was replaced too.
    Pseudonymized,
}

impl Marking {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unredacted => "unredacted",
            Self::Redacted => "redacted",
            Self::Pseudonymized => "pseudonymized",
        }
    }
}

impl Redaction {
    /// How far the bundle was made fit to be handed on.
    pub fn marking(&self) -> Marking {
        match (self.environment_values_withheld, self.pseudonyms) {
            (_, Some(_)) => Marking::Pseudonymized,
            (true, None) => Marking::Redacted,
            (false, None) => Marking::Unredacted,
        }
    }
}
