//! The numbers below which the accuracy may not fall.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::table::{Alarms, Table, Tally};

/// The committed numbers.
const COMMITTED: &str = include_str!("../baseline.toml");

const HEAD: &str = "# The accuracy may not fall below this. `cargo xtask accuracy` raises it, with `--perturb` that of a seed.\n\n";

/// The seeds of other words whose numbers are held too. Each costs a collection of every account.
pub const SEEDS: [u64; 2] = [1, 2];

/// The numbers below which the accuracy may not fall.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Of the accounts as they are.
    #[serde(flatten)]
    pub table: Table,
    /// Of the accounts in other words, by seed.
    #[serde(default)]
    pub perturbed: BTreeMap<String, Perturbed>,
}

/// The numbers of a seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Perturbed {
    /// The healthy accounts.
    pub healthy: Alarms,
    /// The cases that are decided and confirmed.
    pub certain: Tally,
}

impl From<&Table> for Perturbed {
    fn from(table: &Table) -> Self {
        Self {
            healthy: table.healthy,
            certain: table.certain,
        }
    }
}

/// The committed numbers.
///
/// # Errors
///
/// When they are not in the form that [`text`] gives.
pub fn committed() -> Result<Baseline, toml::de::Error> {
    toml::from_str(COMMITTED)
}

/// The numbers as they are committed.
///
/// # Errors
///
/// Never, with these types.
pub fn text(baseline: &Baseline) -> Result<String, toml::ser::Error> {
    Ok(format!("{HEAD}{}", toml::to_string(baseline)?))
}

/// What is worse than it was, in sentences.
pub fn worse(before: &Table, now: &Table) -> Vec<String> {
    let mut worse = Vec::new();
    compare(&mut worse, "all", &before.total, &now.total);
    let kinds = [
        ("decided and confirmed", &before.certain, &now.certain),
        ("decided, not confirmed", &before.likely, &now.likely),
        ("not decided", &before.undecidable, &now.undecidable),
    ];
    for (name, before, now) in kinds {
        compare(&mut worse, name, before, now);
    }
    for (category, before) in &before.by_category {
        let now = now.by_category.get(category).copied().unwrap_or_default();
        compare(&mut worse, category, before, &now);
    }
    alarms(&mut worse, before.healthy, now.healthy);
    worse
}

/// What is worse than it was in the words of a seed, in sentences.
pub fn worse_in_other_words(before: &Perturbed, now: &Perturbed) -> Vec<String> {
    let mut worse = Vec::new();
    let name = "decided and confirmed, in other words";
    compare(&mut worse, name, &before.certain, &now.certain);
    alarms(&mut worse, before.healthy, now.healthy);
    worse
}

fn compare(worse: &mut Vec<String>, name: &str, before: &Tally, now: &Tally) {
    if now.right < before.right {
        worse.push(format!(
            "{name}: the right cause is named first in {} cases, it was in {}",
            now.right, before.right
        ));
    }
    if now.in_three < before.in_three {
        worse.push(format!(
            "{name}: the right cause is among the first three in {} cases, it was in {}",
            now.in_three, before.in_three
        ));
    }
    if now.wrong > before.wrong {
        worse.push(format!(
            "{name}: something else is named first in {} cases, it was in {}",
            now.wrong, before.wrong
        ));
    }
}

fn alarms(worse: &mut Vec<String>, before: Alarms, now: Alarms) {
    if now.alarms > before.alarms {
        worse.push(format!(
            "{} healthy accounts are called ill, it were {}",
            now.alarms, before.alarms
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(right: usize, wrong: usize, alarms: usize) -> Table {
        let mut table = Table::default();
        table.total.right = right;
        table.total.wrong = wrong;
        table.healthy.alarms = alarms;
        table.by_category.insert("quota".to_owned(), table.total);
        table
    }

    #[test]
    fn better_and_equal_is_not_worse() {
        assert!(worse(&table(3, 2, 1), &table(3, 2, 1)).is_empty());
        assert!(worse(&table(3, 2, 1), &table(4, 1, 0)).is_empty());
    }

    #[test]
    fn each_number_is_held() {
        assert_eq!(worse(&table(3, 2, 1), &table(2, 2, 1)).len(), 2);
        assert_eq!(worse(&table(3, 2, 1), &table(3, 3, 1)).len(), 2);
        assert_eq!(worse(&table(3, 2, 1), &table(3, 2, 2)).len(), 1);
        assert_eq!(worse(&table(3, 2, 1), &Table::default()).len(), 2);
    }

    #[test]
    fn what_is_written_is_read() {
        let table = table(3, 2, 1);
        let perturbed = BTreeMap::from([("7".to_owned(), Perturbed::from(&table))]);
        let baseline = Baseline { table, perturbed };
        let text = text(&baseline).expect("numbers can be written");
        assert_eq!(toml::from_str::<Baseline>(&text), Ok(baseline));
    }

    #[test]
    fn the_numbers_of_a_seed_are_held() {
        let of = |right, alarms| Perturbed {
            healthy: Alarms {
                accounts: 3,
                alarms,
            },
            certain: Tally {
                cases: 3,
                right,
                ..Tally::default()
            },
        };
        assert!(worse_in_other_words(&of(2, 0), &of(3, 0)).is_empty());
        assert_eq!(worse_in_other_words(&of(2, 0), &of(1, 1)).len(), 2);
    }

    /// Whoever loses more has learnt the words of the cases by heart.
    #[test]
    fn other_words_cost_two_percentage_points_at_most() {
        let committed = committed().expect("the chore wrote it");
        let seeds: Vec<String> = SEEDS.iter().map(u64::to_string).collect();
        assert!(committed.perturbed.keys().eq(&seeds), "a seed is not held");
        let plain = committed.table.certain;
        for (seed, of) in committed.perturbed {
            let (all, right) = (of.certain.cases, of.certain.right);
            assert_eq!(all, plain.cases, "{seed}");
            assert!(right * 100 >= all * 93, "seed {seed}: {right} of {all}");
            assert!(
                (plain.right.saturating_sub(right)) * 100 <= all * 2,
                "seed {seed}: {right} of {}",
                plain.right
            );
        }
    }
}
