//! Why a question has no answer.

/// We could not look, or what was seen does not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The source, such as `application-log`.
    pub source: String,
    /// What of the source: a role, a log group.
    pub subject: Option<String>,
    /// Why.
    pub why: Why,
    /// The IAM action that would have allowed the call.
    pub permission: Option<String>,
    /// What AWS, the ledger or a rule says about it.
    pub detail: Option<String>,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The bundle was cut before its ledger.
    Cut,
    /// The ledger has no entry.
    NotInLedger,
    /// It was not asked for.
    NotAsked,
    /// AWS refused.
    Denied,
    /// AWS answered "too many requests".
    Throttled,
    /// The call failed.
    Failed,
    /// The time that matters was not read.
    NotCovered,
    /// The log group had deleted its lines of that time.
    Expired,
    /// The collection was so soon after that lines may still have been on their way.
    TooSoon,
    /// It was looked at and does not decide.
    Undecided,
}

impl Missing {
    /// A question that was looked at and is not decided by what is there.
    pub fn undecided(source: &str, detail: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            subject: None,
            why: Why::Undecided,
            permission: None,
            detail: Some(detail.into()),
        }
    }

    /// Whether nothing was looked at, as opposed to looked at in vain.
    pub fn is_gap(&self) -> bool {
        self.why != Why::Undecided
    }

    /// The reason in words.
    pub fn sentence(&self) -> String {
        let subject = match &self.subject {
            Some(subject) => format!("{} ({subject})", self.source),
            None => self.source.clone(),
        };
        let detail = self.detail.as_deref().unwrap_or("no reason is given");
        match self.why {
            Why::Cut => "the bundle was cut before it says what was looked at".to_owned(),
            Why::NotInLedger => format!("the bundle does not say whether {subject} was looked at"),
            Why::NotAsked => format!("{subject} was not collected: {detail}"),
            Why::Denied => match &self.permission {
                Some(permission) => format!("{subject} was denied; {permission} is needed"),
                None => format!("{subject} was denied: {detail}"),
            },
            Why::Throttled => format!("{subject} was throttled until the collector gave up"),
            Why::Failed => format!("{subject} failed: {detail}"),
            Why::NotCovered => {
                format!("{subject} was not read for the time that matters: {detail}")
            }
            Why::Expired => {
                format!("{subject} no longer has lines of that time: {detail}")
            }
            Why::TooSoon => format!(
                "{subject} was collected within minutes of the failure, and lines can be that \
                 late; collect again"
            ),
            Why::Undecided => detail.to_owned(),
        }
    }
}
