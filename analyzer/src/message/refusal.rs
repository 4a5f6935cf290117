//! Calls that the App Runner API refused, as CloudTrail keeps their error messages.

use std::sync::LazyLock;

use regex::RegexSet;

use super::table::normalised;

/// Why a call was refused: what is in the message, and what it means.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A name for it.
    pub id: &'static str,
    /// What is in the message.
    pattern: &'static str,
    /// What it means, for people.
    pub meaning: &'static str,
}

const REFUSALS: &[Refusal] = &[
    Refusal {
        id: "access-role-not-assumed",
        pattern: r"error in assuming access role",
        meaning: "the access role does not trust build.apprunner.amazonaws.com, does not exist, or was created seconds before",
    },
    Refusal {
        id: "instance-role-not-assumed",
        pattern: r"error in assuming instance role|failed to assume instance-role-arn",
        meaning: "the instance role does not trust tasks.apprunner.amazonaws.com, does not exist, or was created seconds before",
    },
    Refusal {
        id: "authentication-invalid",
        pattern: r"authentication configuration is invalid",
        meaning: "a private ECR image was given without an access role, or a public one with it",
    },
    Refusal {
        id: "instance-role-required",
        pattern: r"instance role have to be provided if passing in runtimeenvironmentsecrets",
        meaning: "secrets were given without an instance role that may read them",
    },
    Refusal {
        id: "not-running",
        pattern: r"isn't in running state|service status must be running or paused",
        meaning: "the service is paused, failed to create, or is busy",
    },
    Refusal {
        id: "operation-in-progress",
        pattern: r"current state: operation_in_progress|operation_in_progress",
        meaning: "another operation is under way, often the automatic deployment of the same push",
    },
    Refusal {
        id: "create-failed",
        pattern: r"current state: create_failed",
        meaning: "the service failed to create and could not be updated then",
    },
    Refusal {
        id: "configuration-source-fixed",
        pattern: r"configurationsource cannot be changed",
        meaning: "a service that failed to create cannot change its configuration source; delete and create it again",
    },
    Refusal {
        id: "min-size",
        pattern: r"minsize must be at least 1",
        meaning: "an auto scaling configuration needs one instance at least",
    },
    Refusal {
        id: "validation",
        pattern: r"validation errors? detected|failed to satisfy constraint|invalid (?:type|length) for parameter",
        meaning: "a parameter has a form that the API does not take",
    },
    Refusal {
        id: "pass-role",
        pattern: r"iam:passrole",
        meaning: "the caller may not pass the role to App Runner",
    },
    Refusal {
        id: "connector-in-use",
        pattern: r"provided vpc connector arn is being used",
        meaning: "the VPC connector still counts as used",
    },
    Refusal {
        id: "not-authorized",
        pattern: r"is not authorized to perform",
        meaning: "the caller lacks a permission",
    },
];

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(REFUSALS.iter().map(|it| format!("(?i){}", it.pattern)))
        .expect("the patterns are fixed and tested")
});

/// What the error message of a refused call means, if it is known.
pub fn refusal(message: &str) -> Option<&'static Refusal> {
    let first = SET.matches(&normalised(message)).iter().next()?;
    Some(&REFUSALS[first])
}
