//! The wording of the platform, a row a form, with when it was seen.

use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex, RegexSet};

use crate::words;

use super::{Action, BuildFailure, Message, Probe, Progress, PullFailure, SourceFailure};

/// One wording of one message.
pub struct Form {
    /// The years in which it was seen.
    pub seen: &'static str,
    /// The wording, for text whose spaces are single and whose backticks are gone. The end of a
    /// line is left open, because reporters and the platform drop and change it.
    pub pattern: &'static str,
    /// What it means.
    build: fn(&Captures<'_>) -> Message,
}

impl Form {
    fn regex(&self) -> String {
        format!("(?i){}", words::pattern(self.pattern))
    }
}

const fn form(
    seen: &'static str,
    pattern: &'static str,
    build: fn(&Captures<'_>) -> Message,
) -> Form {
    Form {
        seen,
        pattern,
        build,
    }
}

/// Every known wording. The first that matches decides, so the narrow ones come first.
pub const FORMS: &[Form] = &[
    // Lifecycle.
    form("2021-2026", r"^service status is set to (\w+)", |found| {
        Message::Status(text(found, 1))
    }),
    form(
        "2021-2024",
        r"^(service creation|service update|service pause|service resume|service deletion|deployment) (started|completed successfully)\b",
        |found| Message::Lifecycle(action(found), progress(found)),
    ),
    form(
        "2021-2024",
        r"^(service creation|service update|service pause|service resume|service deletion|deployment) (failed)\.? for details",
        |found| Message::Lifecycle(action(found), progress(found)),
    ),
    form(
        "2021-2024",
        r"^(service creation|service update|service pause|service resume|service deletion) (failed)\b",
        |found| Message::Lifecycle(action(found), progress(found)),
    ),
    form(
        "2023-2026",
        r"^deployment with id ?: ?(\S+) started\.?(?: triggering event ?: ?(\w+))?",
        |found| Message::DeploymentStarted {
            id: id(found),
            trigger: some(found, 2),
        },
    ),
    form(
        "2023-2026",
        r"^deployment with id ?: ?(\S+) failed\.?(?: failure reason ?: ?(.+))?",
        |found| Message::DeploymentFailed {
            id: Some(id(found)),
            reason: some(found, 2).map(sentence),
        },
    ),
    form(
        "2025-2026",
        r"^deployment failed\.?(?: failure reason ?: ?(.+))?",
        |found| Message::DeploymentFailed {
            id: None,
            reason: some(found, 1).map(sentence),
        },
    ),
    form("2025", r"^deployment artifact: (.+)", |found| {
        Message::Artifact(text(found, 1))
    }),
    form(
        "2022-2025",
        r"^(?:creating|successfully created) pipeline\b",
        |_| Message::Pipeline,
    ),
    // Image pull.
    form(
        "2023-2026",
        r"^pulling image(?: (\S+))? from ecr\b",
        |found| Message::PullStarted {
            image: some(found, 1),
        },
    ),
    form(
        "2021-2025",
        r"^starting to pull your application image",
        |_| Message::PullStarted { image: None },
    ),
    form(
        "2025-2026",
        r"^starting to deploy your application (?:image|source code)",
        |_| Message::DeployStarted,
    ),
    form(
        "2021-2026",
        r"^successfully (?:pulled|copied) (?:the |your )?(?:application )?image\b",
        |_| Message::PullSucceeded,
    ),
    form(
        "2025-2026",
        r"^(?:failed to pull your application image\.? )?(?:reason ?: )?invalid access role\b",
        |_| Message::PullFailed(PullFailure::AccessRole),
    ),
    form(
        "2026",
        r"^(?:failed to pull your application image\.? )?(?:reason ?: )?ecr image doesn'?t exist",
        |_| Message::PullFailed(PullFailure::ImageMissing),
    ),
    form(
        "2021-2022",
        r"^failed to pull your application image\.? be sure you configure your service with a valid access role",
        |_| Message::PullFailed(PullFailure::AccessRoleOrImage),
    ),
    form(
        "2021-2026",
        r"^failed to pull your application image\.?(?: (.+))?",
        |found| Message::PullFailed(PullFailure::Other(sentence(text(found, 1)))),
    ),
    form("2023-2025", r"^failed to copy the image from ecr", |_| {
        Message::PullFailed(PullFailure::NotCopied)
    }),
    // Source pull and configuration file.
    form("2025", r"^pulling source code from \w+ repository", |_| {
        Message::SourcePullStarted
    }),
    form(
        "2023-2025",
        r"^successfully pulled (?:your application )?source code",
        |_| Message::SourcePulled,
    ),
    form("2021", r"^failed to pull repository (\S+)", |found| {
        Message::SourcePullFailed(SourceFailure::Repository(text(found, 1)))
    }),
    form("2021", r"^failed to retrieve the latest commit", |_| {
        Message::SourcePullFailed(SourceFailure::LatestCommit)
    }),
    form("2023-2025", r"^reading apprunner\.yaml config", |_| {
        Message::ConfigReading
    }),
    form(
        "2023-2025",
        r"^successfully validated? configuration file",
        |_| Message::ConfigAccepted,
    ),
    // Build.
    form("2023", r"^starting source code build", |_| {
        Message::BuildStarted
    }),
    form(
        "2025",
        r"^starting to build your application source code",
        |_| Message::BuildStarted,
    ),
    form(
        "2025",
        r"^successfully built your application source code",
        |_| Message::BuildSucceeded,
    ),
    form(
        "2023-2026",
        r"^(?:failed to build\b.{0,60}? )?(?:reason ?: )?failed to execute '([^']+)' command",
        |found| Message::BuildFailed(BuildFailure::Command(text(found, 1))),
    ),
    form(
        "2025",
        r"^(?:failed to build\b.{0,60}? )?(?:reason ?: )?app runner configuration file (\S+) not found",
        |found| Message::BuildFailed(BuildFailure::ConfigMissing(text(found, 1))),
    ),
    form(
        "2025-2026",
        r"^(?:failed to build\b.{0,60}? )?(?:reason ?: )?(?:the specified )?runtime version (?:is )?not supported",
        |_| Message::BuildFailed(BuildFailure::Runtime),
    ),
    form(
        "2023-2026",
        r"^failed to build your application source code\.?(?: reason ?: ?(.+))?",
        |found| Message::BuildFailed(BuildFailure::Other(sentence(text(found, 1)))),
    ),
    // Deploy.
    form(
        "2021-2025",
        r"^provisioning instances? and deploying image",
        |_| Message::Provisioning,
    ),
    form(
        "2023-2026",
        r"^your application stopped or failed to start(?:.*?container exit code ?: ?(-?\d+))?",
        |found| Message::ApplicationStopped {
            exit_code: number(found, 1),
        },
    ),
    form("2026", r"^container exit code ?: ?(-?\d+)", |found| {
        Message::ApplicationStopped {
            exit_code: number(found, 1),
        }
    }),
    form(
        "2021-2026",
        r"^failed to deploy your application (?:image|source code)",
        |_| Message::DeployFailed,
    ),
    form("2023-2026", r"\blow vcpu limit\b", |_| Message::VcpuLimit),
    form("2023-2026", r"^provide private subnet ids\b", |_| {
        Message::PublicSubnets
    }),
    form("2026", r"unable to retrieve secret from asm", |found| {
        Message::SecretUnreadable(sentence(found_line(found)))
    }),
    // Health check.
    form(
        "2021-2023",
        r"^performing health check on path '([^']*)' and port '?(\d+)'?",
        |found| Message::HealthCheckStarted(probe(None, some(found, 1), some(found, 2))),
    ),
    form(
        "2022-2025",
        r"^performing health check on port '?(\d+)'?",
        |found| Message::HealthCheckStarted(probe(None, None, some(found, 1))),
    ),
    form(
        "2025-2026",
        r"^performing health check on protocol (\w+)(?: ?\[path: '([^']*)'\])?,?(?: ?\[port: '?(\d+)'?\])?",
        |found| Message::HealthCheckStarted(probe(some(found, 1), some(found, 2), some(found, 3))),
    ),
    form("2021-2025", r"^health check is successful", |_| {
        Message::HealthCheckPassed
    }),
    form("2023", r"^health check failed on port '?(\d+)'?", |found| {
        Message::HealthCheckFailed(probe(None, None, some(found, 1)))
    }),
    form(
        "2023",
        r"^health check failed on path '([^']*)' and port '?(\d+)'?",
        |found| Message::HealthCheckFailed(probe(None, some(found, 1), some(found, 2))),
    ),
    form(
        "2025-2026",
        r"^health check failed on protocol (\w+)(?: ?\[path: '([^']*)'\])?,?(?: ?\[port: '?(\d+)'?\])?",
        |found| Message::HealthCheckFailed(probe(some(found, 1), some(found, 2), some(found, 3))),
    ),
    form("2025-2026", r"^check your configured port number", |_| {
        Message::PortHint
    }),
    form(
        "2025-2026",
        r"^(?:confirm that your service is configured with a valid access role|refer to the release information|for more information, (?:see|read) the application logs)",
        |_| Message::Continuation,
    ),
    form(
        "2021-2025",
        r"^successfully routed incoming traffic",
        |_| Message::TrafficRouted,
    ),
    // The guide announces an event for subnets without addresses and for zones that are not
    // supported, and nobody published its text.
    form(
        "unseen",
        r"\bsubnets?\b.*\b(?:ip address(?:es)?|available ips?|availability zone)\b",
        |found| Message::SubnetTrouble(sentence(found_line(found))),
    ),
];

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(FORMS.iter().map(Form::regex)).expect("the patterns are fixed and tested")
});

/// Compiled when the first line matches: most bundles have lines of a few forms only.
static EACH: [OnceLock<Regex>; FORMS.len()] = [const { OnceLock::new() }; FORMS.len()];

fn each(index: usize) -> &'static Regex {
    EACH[index].get_or_init(|| {
        Regex::new(&FORMS[index].regex()).expect("the patterns are fixed and tested")
    })
}

/// Finds the form of a line without its prefix.
pub(super) fn understand(line: &str) -> Option<Message> {
    let line = normalised(line);
    let first = SET.matches(&line).iter().next()?;
    let found = each(first).captures(&line)?;
    Some((FORMS[first].build)(&found))
}

/// One space where there were several, no backticks, a straight apostrophe.
pub(super) fn normalised(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().filter_map(|letter| match letter {
            '`' => None,
            '\u{2018}' | '\u{2019}' => Some('\''),
            other => Some(other),
        }));
    }
    out
}

fn some(found: &Captures<'_>, group: usize) -> Option<String> {
    found.get(group).map(|text| text.as_str().to_owned())
}

fn text(found: &Captures<'_>, group: usize) -> String {
    some(found, group).unwrap_or_default()
}

fn found_line(found: &Captures<'_>) -> String {
    text(found, 0)
}

fn number(found: &Captures<'_>, group: usize) -> Option<i32> {
    found.get(group)?.as_str().parse().ok()
}

fn sentence(text: String) -> String {
    text.trim().trim_end_matches('.').to_owned()
}

fn id(found: &Captures<'_>) -> String {
    crate::words::plain_id(text(found, 1).trim_end_matches('.'))
}

fn probe(protocol: Option<String>, path: Option<String>, port: Option<String>) -> Probe {
    Probe {
        protocol: protocol.map(|name| name.to_ascii_uppercase()),
        path,
        port: port.and_then(|port| port.parse().ok()),
    }
}

fn action(found: &Captures<'_>) -> Action {
    match text(found, 1).to_ascii_lowercase().as_str() {
        "service creation" => Action::Create,
        "service update" => Action::Update,
        "deployment" => Action::Deploy,
        _ => Action::Other,
    }
}

fn progress(found: &Captures<'_>) -> Progress {
    match text(found, 2).to_ascii_lowercase().as_str() {
        "started" => Progress::Started,
        "failed" => Progress::Failed,
        _ => Progress::Succeeded,
    }
}
