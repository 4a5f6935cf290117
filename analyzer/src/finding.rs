//! A finding: what a rule concludes, and what it rests on.

use evidence_schema::{Time, record::Service};

use crate::attempt::PlatformLine;
use crate::evidence::{LogText, Observed};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The service does not run, or its deployments cannot go well.
    Critical,
    /// A deployment failed; an older version serves.
    High,
    /// Worth to know.
    Notice,
}

impl Severity {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Notice => "notice",
        }
    }
}

/// How well a finding is founded. It follows from what the finding rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// App Runner says so itself, with the reason.
    StatedByPlatform,
    /// A configuration in the bundle makes it impossible to work.
    ProvenFromConfiguration,
    /// The application says so in its log.
    StatedByApplication,
    /// Several facts agree in time and subject.
    Correlated,
    /// Nothing contradicts it.
    ConsistentWith,
}

impl Strength {
    /// As it is written for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StatedByPlatform => "stated by App Runner",
            Self::ProvenFromConfiguration => "proven from the configuration",
            Self::StatedByApplication => "stated by the application",
            Self::Correlated => "correlated",
            Self::ConsistentWith => "consistent with the evidence",
        }
    }

    /// As it is written for programs.
    pub fn id(self) -> &'static str {
        match self {
            Self::StatedByPlatform => "stated_by_platform",
            Self::ProvenFromConfiguration => "proven_from_configuration",
            Self::StatedByApplication => "stated_by_application",
            Self::Correlated => "correlated",
            Self::ConsistentWith => "consistent_with",
        }
    }
}

/// The place of a finding in the chain of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What has to be changed.
    Cause,
    /// How the cause made the deployment fail.
    Mechanism,
    /// What was seen of it.
    Symptom,
    /// What followed.
    Consequence,
}

impl Role {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Mechanism => "mechanism",
            Self::Symptom => "symptom",
            Self::Consequence => "consequence",
        }
    }
}

/// What a citation is, which decides the strength of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A platform line that names the reason.
    Platform,
    /// A configuration: a policy, a manifest, the state of a resource.
    Configuration,
    /// A line of the application that names the reason.
    Application,
    /// A fact that agrees with the finding.
    Agreement,
    /// A fact that is only not against it, or context.
    Context,
}

/// A record, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The record; 0 for what the coverage ledger says.
    pub record: u64,
    /// When it happened.
    pub time: Option<Time>,
    /// What it shows.
    pub shows: String,
    /// The text of a log line.
    pub quote: Option<String>,
    /// What it is.
    pub ground: Ground,
}

impl Citation {
    /// A platform line.
    pub fn line(ground: Ground, line: &PlatformLine, shows: impl Into<String>) -> Self {
        Self {
            record: line.record,
            time: Some(line.time),
            shows: shows.into(),
            quote: Some(line.text.clone()),
            ground,
        }
    }

    /// A line of the application or of a build.
    pub fn text(ground: Ground, line: &LogText, shows: impl Into<String>) -> Self {
        Self {
            record: line.record,
            time: Some(line.time),
            shows: shows.into(),
            quote: Some(line.text.clone()),
            ground,
        }
    }

    /// Another record.
    pub fn fact<T>(ground: Ground, fact: &Observed<T>, shows: impl Into<String>) -> Self {
        Self {
            record: fact.record,
            time: fact.time,
            shows: shows.into(),
            quote: None,
            ground,
        }
    }

    /// What the ledger says was looked for and is not there.
    pub fn absence(ground: Ground, shows: impl Into<String>) -> Self {
        Self {
            record: 0,
            time: None,
            shows: shows.into(),
            quote: None,
            ground,
        }
    }
}

/// What a change would have to touch to explain a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touches {
    /// The role of this name.
    Role(String),
    /// The ECR repository of this name.
    Repository(String),
    /// The connection of this name.
    Connection(String),
    /// The service itself.
    Service,
    /// Anything else that CloudTrail knows: a secret, a parameter, a key, a VPC connector, a security
    /// group, a route table.
    Resource {
        /// The service whose calls change it, such as `secretsmanager`.
        source: &'static str,
        /// The names under which calls may know it: an ARN, an id, a name.
        names: Vec<String>,
    },
}

/// Which changes of what a finding touches may explain it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suspects {
    /// All of them.
    #[default]
    All,
    /// Those that can take a permission away, for one is missing.
    Permissions,
    /// Those that change who may assume a role.
    Trust,
}

/// A change to the facts that a fix makes, so that it can be tried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amendment {
    /// The role of this ARN has this trust policy.
    Trust {
        /// The role.
        role: String,
        /// Its new trust policy.
        document: String,
    },
    /// The role of this ARN has one inline policy more.
    RolePolicy {
        /// The role.
        role: String,
        /// The policy.
        document: String,
    },
    /// The repository of the image has this policy.
    RepositoryPolicy(String),
    /// The service is configured so.
    Service(Box<Service>),
}

/// One step of a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something to do or to know.
    Text(String),
    /// A command: the program and its arguments, not quoted.
    Command(Vec<String>),
}

impl Step {
    /// A command out of its words.
    pub fn command(words: &[&str]) -> Self {
        Self::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }
}

/// What a rule concludes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// One sentence, with the user's own names.
    pub summary: String,
    /// Its place in the chain.
    pub role: Role,
    /// What it rests on, the decisive one first. Never empty.
    citations: Vec<Citation>,
    /// Further lines that help to understand: the end of a build, of an application.
    pub excerpt: Vec<LogText>,
    /// What to do.
    pub fix: Vec<Step>,
    /// What the fix changes in the facts, where that can be tried out.
    pub amendments: Vec<Amendment>,
    /// What would show that it is so, or that it is not.
    pub confirm: Option<String>,
    /// What a change would have to touch to explain it.
    pub touches: Vec<Touches>,
    /// Which of these changes can.
    pub suspects: Suspects,
}

impl Finding {
    /// A finding that rests on `first`.
    pub fn new(role: Role, summary: impl Into<String>, first: Citation) -> Self {
        Self {
            summary: summary.into(),
            role,
            citations: vec![first],
            excerpt: vec![],
            fix: vec![],
            amendments: vec![],
            confirm: None,
            touches: vec![],
            suspects: Suspects::All,
        }
    }

    /// Rests on `citation` too.
    #[must_use]
    pub fn citing(mut self, citation: Citation) -> Self {
        self.citations.push(citation);
        self
    }

    /// Rests on `citation` too, if there is one.
    #[must_use]
    pub fn citing_if(mut self, citation: Option<Citation>) -> Self {
        self.citations.extend(citation);
        self
    }

    /// Rests on these too.
    #[must_use]
    pub fn citing_all(mut self, citations: impl IntoIterator<Item = Citation>) -> Self {
        self.citations.extend(citations);
        self
    }

    /// Shows these lines.
    #[must_use]
    pub fn showing<'a>(mut self, lines: impl IntoIterator<Item = &'a LogText>) -> Self {
        self.excerpt.extend(lines.into_iter().cloned());
        self
    }

    /// Is mended by `steps`.
    #[must_use]
    pub fn fixed_by(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.fix.extend(steps);
        self
    }

    /// Whose fix changes the facts so.
    #[must_use]
    pub fn amending(mut self, amendment: Amendment) -> Self {
        self.amendments.push(amendment);
        self
    }

    /// Would be told apart by `what`.
    #[must_use]
    pub fn confirmed_by(mut self, what: impl Into<String>) -> Self {
        self.confirm = Some(what.into());
        self
    }

    /// May be explained by a change of `what`.
    #[must_use]
    pub fn touching(mut self, what: Touches) -> Self {
        self.touches.push(what);
        self
    }

    /// May be explained by a change of any of `what`.
    #[must_use]
    pub fn touching_all(mut self, what: impl IntoIterator<Item = Touches>) -> Self {
        self.touches.extend(what);
        self
    }

    /// May be explained by such changes only.
    #[must_use]
    pub fn suspecting(mut self, suspects: Suspects) -> Self {
        self.suspects = suspects;
        self
    }

    /// What it rests on, the decisive one first.
    pub fn citations(&self) -> &[Citation] {
        &self.citations
    }

    /// How well it is founded: the strongest ground of its citations.
    pub fn strength(&self) -> Strength {
        self.citations
            .iter()
            .map(|citation| match citation.ground {
                Ground::Platform => Strength::StatedByPlatform,
                Ground::Configuration => Strength::ProvenFromConfiguration,
                Ground::Application => Strength::StatedByApplication,
                Ground::Agreement => Strength::Correlated,
                Ground::Context => Strength::ConsistentWith,
            })
            .min()
            .unwrap_or(Strength::ConsistentWith)
    }

    /// When what it is about was first seen.
    pub fn time(&self) -> Option<Time> {
        self.citations[0].time
    }
}

/// What a rule answers when it could look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Found(Box<Finding>),
    /// It is not so.
    Cleared(Cleared),
    /// The question does not arise, and why.
    NotApplicable(String),
}

impl From<Finding> for Answer {
    fn from(finding: Finding) -> Self {
        Self::Found(Box::new(finding))
    }
}

/// Why something is not so, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// The reason, a sentence.
    pub reason: String,
    /// The record that shows it, where one does; otherwise the intervals that were covered do.
    pub by: Option<(u64, Option<Time>)>,
}

impl Answer {
    /// Cleared by a platform line.
    pub fn cleared_by(line: &PlatformLine, reason: impl Into<String>) -> Self {
        Self::Cleared(Cleared {
            reason: reason.into(),
            by: Some((line.record, Some(line.time))),
        })
    }

    /// Cleared by a line of the application.
    pub fn cleared_by_text(line: &LogText, reason: impl Into<String>) -> Self {
        Self::Cleared(Cleared {
            reason: reason.into(),
            by: Some((line.record, Some(line.time))),
        })
    }

    /// Cleared by another record.
    pub fn cleared_by_fact<T>(fact: &Observed<T>, reason: impl Into<String>) -> Self {
        Self::Cleared(Cleared {
            reason: reason.into(),
            by: Some((fact.record, fact.time)),
        })
    }

    /// Cleared because it was looked for in all that was covered and is not there.
    pub fn cleared(reason: impl Into<String>) -> Self {
        Self::Cleared(Cleared {
            reason: reason.into(),
            by: None,
        })
    }
}
