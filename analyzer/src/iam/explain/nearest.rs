//! How far a statement is from applying, and what it fails for.

use std::fmt;

use crate::iam::{
    arn::Arn,
    condition::Condition,
    context::Presence,
    evaluate::{Asked, covers_action, covers_resource, names_principal},
    policy::{Listed, Statement},
    principal::Named,
    tri::Tri,
};

/// How many patterns a sentence names.
const SHOWN: usize = 3;

/// An element of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// `Action` or `NotAction`
    Action,
    /// `Principal` or `NotPrincipal`
    Principal,
    /// `Resource` or `NotResource`
    Resource,
    /// `Condition`
    Condition,
}

impl Element {
    /// As policies spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Action => "Action",
            Self::Principal => "Principal",
            Self::Resource => "Resource",
            Self::Condition => "Condition",
        }
    }
}

/// Why a statement does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The first element that does not fit.
    pub element: Element,
    /// Why, as the end of a sentence: `it is about … and not about …`.
    pub text: String,
    /// How many of the elements fit.
    fitting: usize,
    /// How alike the text of the element is to what was asked.
    likeness: usize,
    /// How many things the element names: one that names more is likelier to be meant.
    named: usize,
    /// Whether it is about the actions of other services only.
    far: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Failure {
    /// How near the statement is, for comparison.
    pub(super) fn rank(&self) -> (usize, usize, usize) {
        (self.fitting, self.likeness, self.named)
    }

    /// Whether the statement is about something else altogether.
    pub(super) fn is_far(&self) -> bool {
        self.far
    }

    /// What a statement fails for; nothing when it applies.
    pub(super) fn of(statement: &Statement, asked: Asked<'_>) -> Option<Self> {
        let action = covers_action(statement, asked) != Tri::No;
        let principal = names_principal(statement, asked) != Tri::No;
        let resource = covers_resource(statement, asked) != Tri::No;
        let condition = statement
            .conditions
            .iter()
            .find(|it| it.holds(&asked.context, statement.doubt) == Tri::No);
        // A statement about another action is far, however well the rest fits.
        let fitting = 4 * usize::from(action)
            + usize::from(principal)
            + usize::from(resource)
            + usize::from(condition.is_none());
        let (element, text, likeness) = if !action {
            let likeness = likeness(&statement.actions, &asked.folded);
            (Element::Action, action_text(statement, asked), likeness)
        } else if !principal {
            let text = principal_text(statement, asked);
            (Element::Principal, text, 0)
        } else if !resource {
            let listed = statement.resources.as_ref()?;
            let likeness = likeness(listed, &asked.resource);
            (Element::Resource, resource_text(listed, asked), likeness)
        } else {
            (Element::Condition, condition_text(condition?, asked), 0)
        };
        Some(Self {
            element,
            text,
            fitting,
            likeness,
            named: match element {
                Element::Action => statement.actions.patterns.len(),
                _ => 0,
            },
            far: element == Element::Action && likeness <= asked.service().len(),
        })
    }
}

/// The longest beginning that a pattern shares with a text.
fn likeness(listed: &Listed, text: &str) -> usize {
    let shared = |pattern: &str| {
        let pairs = pattern.chars().zip(text.chars());
        pairs
            .take_while(|(one, two)| one.eq_ignore_ascii_case(two))
            .count()
    };
    let patterns = listed.patterns.iter();
    patterns
        .map(|pattern| shared(&pattern.source))
        .max()
        .unwrap_or_default()
}

/// The patterns in words: the ones that are most like `text` first, and how many more there are.
fn shown(listed: &Listed, text: &str) -> String {
    let mut sources: Vec<&str> = listed
        .patterns
        .iter()
        .map(|pattern| pattern.source.as_str())
        .collect();
    sources.sort_by_key(|source| {
        let pairs = source.chars().zip(text.chars());
        let shared = pairs
            .take_while(|(one, two)| one.eq_ignore_ascii_case(two))
            .count();
        std::cmp::Reverse(shared)
    });
    let more = sources.len().saturating_sub(SHOWN);
    let mut text = sources[..sources.len() - more].join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn action_text(statement: &Statement, asked: Asked<'_>) -> String {
    let patterns = shown(&statement.actions, &asked.folded);
    if statement.actions.inverse {
        format!("it leaves out {patterns}")
    } else {
        format!("it is about {patterns}, not about {}", asked.action)
    }
}

fn principal_text(statement: &Statement, asked: Asked<'_>) -> String {
    let Some(principals) = &statement.principals else {
        return String::new();
    };
    let names: Vec<&str> = principals.names.iter().map(Named::text).collect();
    let names = names.join(", ");
    if principals.inverse {
        return format!("it leaves out {names}");
    }
    let deleted = principals
        .names
        .iter()
        .any(|named| matches!(named, Named::Id(_)));
    let mut text = format!("it names {names}, not {}", asked.principal.name());
    if deleted {
        text.push_str(
            "; AWS puts such an id in the place of a role or user that was deleted, and one that \
             was made again under the old name has another id",
        );
    }
    text
}

fn resource_text(listed: &Listed, asked: Asked<'_>) -> String {
    let patterns = shown(listed, &asked.resource);
    if listed.inverse {
        return format!("it leaves out {patterns}");
    }
    let mut text = format!("it is about {patterns}, not about {}", asked.resource);
    let differs = listed
        .patterns
        .iter()
        .find_map(|pattern| difference(&pattern.source, asked));
    if let Some(differs) = differs {
        text.push_str("; ");
        text.push_str(&differs);
    }
    text
}

/// What is different, where that is a mistake that is often made.
fn difference(pattern: &str, asked: Asked<'_>) -> Option<String> {
    if asked.resource == "*" {
        return Some(format!(
            "{} has no resource, so it is allowed on * only",
            asked.action
        ));
    }
    let wanted = Arn::parse(&asked.resource)?;
    let named = Arn::parse(pattern)?;
    if named.service != wanted.service {
        return None;
    }
    let suffix = asked.resource.strip_prefix(pattern);
    if wanted.service == "secretsmanager"
        && suffix.is_some_and(|suffix| suffix.len() == 7 && suffix.starts_with('-'))
    {
        return Some(
            "the ARN of a secret ends in a hyphen and six characters, which the statement leaves \
             out"
            .to_owned(),
        );
    }
    let plain = |text: &str| !text.contains(['*', '?', '$']);
    if plain(named.account) && named.account != wanted.account {
        return Some(format!(
            "the accounts differ, {} and {}",
            named.account, wanted.account
        ));
    }
    if plain(named.region) && named.region != wanted.region {
        return Some(format!(
            "the Regions differ, {} and {}",
            named.region, wanted.region
        ));
    }
    None
}

fn condition_text(condition: &Condition, asked: Asked<'_>) -> String {
    let values = condition.values.join(", ");
    let has = match asked.context.get(&condition.key) {
        Presence::Known(values) if values.is_empty() => "has none".to_owned(),
        Presence::Known(values) => format!("has {}", values.join(", ")),
        Presence::Absent => "does not carry it".to_owned(),
        Presence::Unknown => "is not known to carry it".to_owned(),
    };
    format!(
        "it wants {} {} {values}, and the request {has}",
        condition.name, condition.operator
    )
}
