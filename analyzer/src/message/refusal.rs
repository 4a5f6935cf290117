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
    /// The error codes that mean it whatever the message says.
    codes: &'static [&'static str],
    /// What it means, for people.
    pub meaning: &'static str,
}

const fn by_text(id: &'static str, pattern: &'static str, meaning: &'static str) -> Refusal {
    Refusal {
        id,
        pattern,
        codes: &[],
        meaning,
    }
}

/// The first that matches counts, so the more special ones come first.
const REFUSALS: &[Refusal] = &[
    by_text(
        "access-role-not-assumed",
        r"error in assuming access role",
        "the access role does not trust build.apprunner.amazonaws.com, does not exist, or was created seconds before",
    ),
    by_text(
        "instance-role-not-assumed",
        r"error in assuming instance role|failed to assume instance-role-arn",
        "the instance role does not trust tasks.apprunner.amazonaws.com, does not exist, or was created seconds before",
    ),
    by_text(
        "authentication-invalid",
        r"authentication configuration is invalid",
        "a private ECR image was given without an access role, or a public one with it",
    ),
    by_text(
        "instance-role-required",
        r"instance role ha(?:ve|s) to be provided if passing in runtimeenvironmentsecrets",
        "secrets were given without an instance role that may read them",
    ),
    by_text(
        "not-running",
        r"isn't in running state|service status must be running or paused",
        "the service is paused, failed to create, or is busy",
    ),
    by_text(
        "operation-in-progress",
        r"operation_in_progress",
        "another operation is under way, often the automatic deployment of the same push",
    ),
    by_text(
        "configuration-source-fixed",
        r"configurationsource cannot be changed",
        "a service that failed to create cannot change its configuration source; delete and create it again",
    ),
    by_text(
        "create-failed",
        r"current state: create_failed|invalid state.{0,40}create_failed",
        "the service failed to create and could not be updated then",
    ),
    by_text("paused", r"current state: paused", "the service is paused"),
    by_text(
        "min-size",
        r"minsize must be at least 1",
        "an auto scaling configuration needs one instance at least",
    ),
    by_text(
        "pass-role",
        r"iam:passrole",
        "the caller may not pass the role to App Runner",
    ),
    // The organization's say comes before the plain denial, which no policy of the account mends.
    by_text(
        "organization",
        r"(?:service|resource) control policy",
        "a policy of the organization forbids it",
    ),
    // The wording of the console and of the API differ, and no list of them is published.
    Refusal {
        id: "not-activated",
        pattern: r"not (?:yet )?(?:activated|subscribed|signed up|opted in)|needs a subscription|subscription (?:is )?required|opt[- ]in (?:is )?required|account is (?:blocked|restricted|suspended|pending)|enable all features|not available to new customers|no longer (?:open|available) to new customers",
        codes: &[
            "SubscriptionRequiredException",
            "OptInRequired",
            "AccountBlockedException",
        ],
        meaning: "the account may not use App Runner, or not in this Region",
    },
    // The text of App Runner's own quotas was never published; the code is documented.
    Refusal {
        id: "quota",
        pattern: r"(?:service|account|resource) quota|quota (?:was |is |has been )?(?:exceeded|reached)|(?:service|resource|account)s? limit (?:was |is |has been )?(?:exceeded|reached)|maximum number of (?:services|connections|vpc connectors|auto ?scaling)",
        codes: &["ServiceQuotaExceededException", "LimitExceededException"],
        meaning: "the account has as many of these as it may have",
    },
    by_text(
        "connector-in-use",
        r"provided vpc connector arn is being used",
        "the VPC connector still counts as used",
    ),
    by_text(
        "service-exists",
        r"service\b.{0,80}already exists|already exists.{0,40}\bservice",
        "there is a service of that name already",
    ),
    by_text(
        "connector-duplicate",
        r"(?:vpc ?connector|security ?groups?).{0,120}(?:already (?:exists?|used|in use)|same (?:set of )?(?:security|subnet)|duplicate)",
        "a VPC connector with the same security groups exists already",
    ),
    by_text(
        "cross-account-automatic",
        r"auto(?:matic)?[ -]?deployments?.{0,80}(?:cross[ -]?account|(?:another|different|other) account|not supported|unsupported|cannot be enabled|can't be enabled)|cross[ -]?account.{0,80}auto(?:matic)?[ -]?deployments?",
        "automatic deployment does not work for an image of another account",
    ),
    Refusal {
        id: "validation",
        pattern: r"validation errors? detected|failed to satisfy constraint|(?:invalid|parameter) (?:type|length|value|validation)|invalid (?:\w+ ){0,2}for parameter|must (?:satisfy|be one of|be between|match)",
        codes: &["ValidationException", "ValidationError"],
        meaning: "a parameter has a form that the API does not take",
    },
    by_text(
        "not-authorized",
        r"is not authorized to perform",
        "the caller lacks a permission",
    ),
];

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(REFUSALS.iter().map(|it| format!("(?i){}", it.pattern)))
        .expect("the patterns are fixed and tested")
});

/// What the error of a refused call means, if it is known: by its message, or else by its code.
pub fn refusal(code: &str, message: &str) -> Option<&'static Refusal> {
    let by_message = SET.matches(&normalised(message)).iter().next();
    by_message.map(|first| &REFUSALS[first]).or_else(|| {
        let is_known = |known: &&str| known.eq_ignore_ascii_case(code);
        REFUSALS.iter().find(|it| it.codes.iter().any(is_known))
    })
}
