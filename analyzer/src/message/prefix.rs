//! What stands in front of the text of a platform line.

use std::sync::LazyLock;

use regex::Regex;

/// Who wrote a line of the service log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// The platform.
    AppRunner,
    /// The pre-build commands.
    PreBuild,
    /// The build commands.
    Build,
    /// The pre-run commands.
    PreRun,
    /// The post-build commands.
    PostBuild,
}

impl Prefix {
    /// The prefix as the platform writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppRunner => "AppRunner",
            Self::PreBuild => "PreBuild",
            Self::Build => "Build",
            Self::PreRun => "PreRun",
            Self::PostBuild => "PostBuild",
        }
    }
}

// CloudWatch keeps the bare message. The console and its download put a time in front, with or
// without seconds, and people paste numbered lists of them.
static FRONT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi) ^ \s*
        (?: \d+ \. \s+ )?
        (?:
            (?: (?: \d{2}-\d{2}-\d{4} | \d{4}-\d{2}-\d{2} ) [\ T] )?
            \d{1,2}:\d{2} (?: :\d{2} )? (?: \.\d+ )? (?: \s* [AP]M | Z | [+-]\d{2}:?\d{2} )? (?: \s+ \| )? \s+
            | (?: \d{2}-\d{2}-\d{4} | \d{4}-\d{2}-\d{2} ) [\ ]
        )?
        (?: \[ (AppRunner|PreBuild|Build|PreRun|PostBuild) \] \ ? )?",
    )
    .expect("the pattern is fixed and tested")
});

/// Takes time and prefix off a line.
pub fn split(raw: &str) -> (Option<Prefix>, &str) {
    let Some(front) = FRONT.captures(raw) else {
        return (None, raw);
    };
    let text = &raw[front.get(0).map_or(0, |all| all.end())..];
    let prefix = front.get(1).map(|name| {
        let name = name.as_str();
        [
            Prefix::PreBuild,
            Prefix::Build,
            Prefix::PreRun,
            Prefix::PostBuild,
        ]
        .into_iter()
        .find(|prefix| prefix.as_str().eq_ignore_ascii_case(name))
        .unwrap_or(Prefix::AppRunner)
    });
    (prefix, text)
}
