//! Cases counted.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Measured, Outcome, Scored};

/// How many cases came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All.
    pub cases: usize,
    /// The right cause is named first.
    pub right: usize,
    /// The right cause is among the first three.
    pub in_three: usize,
    /// Something else is named first as the reason.
    pub wrong: usize,
    /// No reason is given.
    pub open: usize,
}

impl Tally {
    /// Counts cases.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Scored>) -> Self {
        let mut tally = Self::default();
        for it in cases {
            tally.cases += 1;
            tally.in_three += usize::from(it.in_first);
            match it.outcome {
                Outcome::Right => tally.right += 1,
                Outcome::Wrong => tally.wrong += 1,
                Outcome::Open => tally.open += 1,
            }
        }
        tally
    }

    /// The numbers in the order of the columns.
    pub fn row(self) -> [usize; 5] {
        [self.cases, self.right, self.in_three, self.wrong, self.open]
    }
}

/// The heads of the columns.
pub const COLUMNS: [&str; 5] = [
    "cases",
    "right first",
    "in first three",
    "wrong first",
    "left open",
];

/// Cases of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The account decides the cause, and whoever reported it made sure of it.
    Certain,
    /// The account decides the cause, which nobody made sure of.
    Likely,
    /// Nothing in the account decides.
    Undecidable,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Certain, Self::Likely, Self::Undecidable];

    /// The kind of a case.
    pub fn of(case: &Scored) -> Self {
        match (case.decides, case.confirmed) {
            (true, true) => Self::Certain,
            (true, false) => Self::Likely,
            (false, _) => Self::Undecidable,
        }
    }

    /// What it is, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "decided by what was collected, and confirmed",
            Self::Likely => "decided by what was collected, not confirmed",
            Self::Undecidable => "not decided by anything that was collected",
        }
    }
}

/// Every number of a measurement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The healthy accounts.
    pub healthy: Alarms,
    /// All cases.
    pub total: Tally,
    /// The cases that are decided and confirmed.
    pub certain: Tally,
    /// The cases that are decided and not confirmed.
    pub likely: Tally,
    /// The cases that nothing decides.
    pub undecidable: Tally,
    /// The cases that are decided and confirmed, by category.
    pub certain_by_category: BTreeMap<String, Tally>,
    /// All cases by category.
    pub by_category: BTreeMap<String, Tally>,
}

/// How many healthy accounts were called ill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarms {
    /// All.
    pub accounts: usize,
    /// A report says that something is wrong.
    pub alarms: usize,
}

impl Table {
    /// Counts.
    pub fn of(measured: &Measured) -> Self {
        let of_kind = |kind| Tally::of(measured.cases.iter().filter(|it| Kind::of(it) == kind));
        Self {
            healthy: Alarms {
                accounts: measured.healthy.len(),
                alarms: measured.healthy.iter().filter(|it| it.is_alarm).count(),
            },
            total: Tally::of(&measured.cases),
            certain: of_kind(Kind::Certain),
            likely: of_kind(Kind::Likely),
            undecidable: of_kind(Kind::Undecidable),
            certain_by_category: by_category(
                measured
                    .cases
                    .iter()
                    .filter(|it| Kind::of(it) == Kind::Certain),
            ),
            by_category: by_category(&measured.cases),
        }
    }

    /// The tally of a kind.
    pub fn kind(&self, kind: Kind) -> Tally {
        match kind {
            Kind::Certain => self.certain,
            Kind::Likely => self.likely,
            Kind::Undecidable => self.undecidable,
        }
    }
}

fn by_category<'a>(cases: impl IntoIterator<Item = &'a Scored>) -> BTreeMap<String, Tally> {
    let mut groups = BTreeMap::<String, Vec<&Scored>>::new();
    for case in cases {
        groups.entry(case.category.clone()).or_default().push(case);
    }
    groups
        .into_iter()
        .map(|(category, cases)| (category, Tally::of(cases)))
        .collect()
}

/// As it is shown in a terminal.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = |f: &mut fmt::Formatter<'_>, title: &str| {
            write!(f, "{title:<46}")?;
            for column in COLUMNS {
                write!(f, "{column:>16}")?;
            }
            writeln!(f)
        };
        let row = |f: &mut fmt::Formatter<'_>, name: &str, tally: &Tally| {
            write!(f, "{name:<46}")?;
            for number in tally.row() {
                write!(f, "{number:>16}")?;
            }
            writeln!(f)
        };
        head(f, "category")?;
        for (category, tally) in &self.by_category {
            row(f, category, tally)?;
        }
        row(f, "all", &self.total)?;
        writeln!(f)?;
        head(f, "of these")?;
        for kind in Kind::ALL {
            row(f, kind.as_str(), &self.kind(kind))?;
        }
        writeln!(f)?;
        head(f, "decided and confirmed, by category")?;
        for (category, tally) in &self.certain_by_category {
            row(f, category, tally)?;
        }
        writeln!(
            f,
            "\nhealthy accounts: {}, called ill: {}",
            self.healthy.accounts, self.healthy.alarms
        )
    }
}
