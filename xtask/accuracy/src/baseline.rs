//! The numbers below which the accuracy may not fall.

use crate::table::{Table, Tally};

/// The committed numbers.
const COMMITTED: &str = include_str!("../baseline.toml");

const HEAD: &str = "# The accuracy may not fall below this. `cargo xtask accuracy` raises it.\n\n";

/// The committed numbers.
///
/// # Errors
///
/// When they are not in the form that [`text`] gives.
pub fn committed() -> Result<Table, toml::de::Error> {
    toml::from_str(COMMITTED)
}

/// The numbers as they are committed.
///
/// # Errors
///
/// Never, with these types.
pub fn text(table: &Table) -> Result<String, toml::ser::Error> {
    Ok(format!("{HEAD}{}", toml::to_string(table)?))
}

/// What is worse than it was, in sentences.
pub fn worse(before: &Table, now: &Table) -> Vec<String> {
    let mut worse = Vec::new();
    let mut compare = |name: &str, before: &Tally, now: &Tally| {
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
    };
    compare("all", &before.total, &now.total);
    compare("decided and confirmed", &before.certain, &now.certain);
    compare("decided, not confirmed", &before.likely, &now.likely);
    compare("not decided", &before.undecidable, &now.undecidable);
    for (category, before) in &before.by_category {
        let now = now.by_category.get(category).copied().unwrap_or_default();
        compare(category, before, &now);
    }
    if now.healthy.alarms > before.healthy.alarms {
        worse.push(format!(
            "{} healthy accounts are called ill, it were {}",
            now.healthy.alarms, before.healthy.alarms
        ));
    }
    worse
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
        let text = text(&table).expect("numbers can be written");
        assert_eq!(toml::from_str::<Table>(&text), Ok(table));
    }
}
